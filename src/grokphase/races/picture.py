"""The picture of a race: speed-ups with their intervals, in steps and in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokphase.plotting.charts.page import Panel, page
from grokphase.races.told import heading, p_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grokphase.races.protocol import Compared
    from grokphase.races.result import Entry, Race


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
        "signed-rank test over seeds, Holm-corrected. A mark beside the axes: one of the two was "
        "not reached, see the table."
    )
    title = f"{found.title}{'' if found.p is None else f', p = {found.p}'}"
    return page(
        [Panel("intervals", picture_table(found), parameters)],
        title=title,
        caption=caption,
    )


def picture_table(found: Race) -> dict[str, list[Any]]:
    """What is drawn, a row an arm and kind of time."""
    rows = [
        _row(entry, of, compared[entry.arm])
        for of, compared in (("in steps", found.in_steps), ("in seconds", found.in_seconds))
        for entry in found.ranked
        if entry.arm in compared
    ]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _row(entry: Entry, of: str, found: Compared) -> dict[str, Any]:
    nan = float("nan")
    value, low, high = (
        nan if each is None else each for each in (found.speedup, found.low, found.high)
    )
    verdict = "" if found.verdict == "open" else f", {found.verdict}"
    return {
        "arm": entry.arm,
        "of": of,
        "value": value,
        "low": low,
        "high": high,
        "said": f"p = {p_text(found)}{verdict}",
    }
