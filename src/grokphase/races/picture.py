"""The picture of a race: speed-ups with their intervals, in steps and in seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grokphase.plotting.charts.page import Panel, page
from grokphase.races.protocol import median
from grokphase.races.told import LEAK, heading, named, p_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grokphase.races.protocol import Compared
    from grokphase.races.result import Race


def race_figure(found: Race) -> Figure:
    """Two columns, a row an arm: how many times as fast as tuned AdamW it is."""
    parameters = {
        "item": "arm",
        "reference": 1.0,
        "group": "of",
        "text": "said",
        "columns": 2,
        "log": True,
        "label": "times as fast as tuned AdamW",
    }
    caption = (
        f"{heading(found)} Ratios of medians with 95 % bootstrap intervals over seeds; p of the "
        "signed-rank test over seeds, Holm-corrected. An arrow at the left end: half of the arm's "
        "runs did not reach the goal; at the right end: half of AdamW's; a mark beside the axes: "
        "neither did. An interval that runs on to an end is open."
    )
    if any(found.leaks(entry.arm) for entry in found.entries):
        caption += f" {LEAK} trains on validation samples too, and is not judged."
    title = f"{found.title}{'' if found.p is None else f', p = {found.p}'}"
    return page(
        [Panel("intervals", picture_table(found), parameters)],
        title=title,
        caption=caption,
    )


def records_figure(found: Sequence[Race]) -> Figure:
    """All arms on all tracks: how many times as fast as tuned AdamW in steps, its logarithm in
    colour."""
    table = records_table(found)
    parameters = {
        "x": "race",
        "y": "arm",
        "value": "doublings",
        "text": "said",
        "label": "doublings of the speed",
        "centre": 0.0,
        "downwards": True,
        "upright": True,
        "legend": "none",  # the caption says what is hatched
    }
    caption = (
        "Median steps of tuned AdamW to a validation accuracy that holds, over those of the arm. "
        "* p < 0.01 over fresh seeds, of the signed-rank test, Holm-corrected for the arms of a "
        f"race. {LEAK} trains on validation samples too. Hatched: one of the two was not reached. "
        "Small networks, few draws: see each race."
    )
    return page(
        [Panel("heat", table, parameters)],
        title="How many times as fast as tuned AdamW, in steps",
        caption=caption,
        height=2.2 + 0.17 * len(set(table["arm"])),
    )


def records_table(found: Sequence[Race]) -> dict[str, list[Any]]:
    """What is drawn of several races, a row an arm of a race."""
    compared = [(each, arm, one) for each in found for arm, one in each.in_steps.items()]
    return {
        "race": [each.name.replace(f"-{each.scale}", "") for each, _, _ in compared],
        "arm": [arm for _, arm, _ in compared],
        "doublings": [
            math.nan if one.speedup is None else math.log2(one.speedup) for _, _, one in compared
        ],
        "said": [_short(one) + LEAK * each.leaks(arm) for each, arm, one in compared],
    }


def _short(found: Compared) -> str:
    """A speed-up in three letters, as ".66", "1.3" or "38", and a star where it is one.

    Four would touch those of the next cell. Where one of the two was not reached a star alone.
    """
    said = ""
    if found.speedup is not None:
        digits = 0 if found.speedup >= 9.95 else 1 if found.speedup >= 0.995 else 2
        said = f"{found.speedup:.{digits}f}".removeprefix("0")
    return f"{said}{'' if found.verdict == 'open' else '*'}"


def picture_table(found: Race) -> dict[str, list[Any]]:
    """What is drawn, a row an arm and kind of time."""
    base = median(found.baseline.steps())
    rows = [
        _row(named(found, entry.arm), of, compared[entry.arm], median(entry.steps()), base)
        for of, compared in (("in steps", found.in_steps), ("in seconds", found.in_seconds))
        for entry in found.ranked
        if entry.arm in compared
    ]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _row(arm: str, of: str, found: Compared, steps: float, base: float) -> dict[str, Any]:
    unknown = found.speedup is None and found.low is None and found.high is None
    verdict = "" if found.verdict == "open" else f", {found.verdict}"
    return {
        "arm": arm,
        "of": of,
        # Where one of the two never came it is 0 or infinite, where neither did NaN.
        "value": base / steps if found.speedup is None else found.speedup,
        "low": math.nan if unknown else 0.0 if found.low is None else found.low,
        "high": math.nan if unknown else math.inf if found.high is None else found.high,
        "said": f"p = {p_text(found)}{verdict}",
    }
