"""Survival in a page: its curves as a picture, its medians and tests as tables."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from grokphase.phases.survival import LEVEL, MOST_COMPARED
from grokphase.phases.times import DELAYS_BIASED, EVENTS
from grokphase.plotting.style import paper_style
from grokphase.plotting.survival import MOST, survival_figure
from grokphase.telling.sweep_text import passed
from grokphase.web.data import value_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grokphase.phases.survival import Survival

_TESTED = 10  # rows of a table of tests: of more settings the smallest p


def card(events: Sequence[Survival]) -> str:
    """A section of a page with the survival of all events of a sweep.

    Args:
        events: one for each event; none where times are not known.

    Returns:
        HTML; empty where there is but one seed or nothing is known, or more settings than curves
        can be told apart.
    """
    if not events or len(events[0].seeds) < 2 or not 0 < len(events[0].cells()) <= MOST:
        return ""
    parts = [
        '<section class="card"><h2>Survival</h2><p>How long an event is waited for: the share of '
        "runs in which it has not happened yet, by the product limit (Kaplan and Meier), which "
        "takes in what was censored. Medians have 95 % intervals (log-log, Greenwood), tests are "
        "log-rank, two-sided. A run whose loss diverged, or that failed, counts as censored at its "
        f"last step. Delays, and tests of them, are {DELAYS_BIASED}.</p>",
        picture(survival_figure(events), "Kaplan-Meier curves of every setting"),
        table(_medians(events)),
        *(_tests(event) for event in events),
    ]
    return "".join(parts) + "</section>"


def picture(figure: Figure, words: str) -> str:
    """A figure as an image that is part of the page."""
    file = io.BytesIO()
    with paper_style():
        figure.savefig(file, format="svg", metadata={"Date": None})
    data = base64.b64encode(file.getvalue()).decode()
    return f'<p><img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}"></p>'


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of the same names as a table."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(value_text(cell))}</td>" for cell in row.values()) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _medians(events: Sequence[Survival]) -> list[dict[str, Any]]:
    """A row for each setting, its median time to every event."""
    rows: list[dict[str, Any]] = [dict(setting) for setting, _ in events[0].cells()]
    for event in events:
        for row, found in zip(rows, event.medians(), strict=True):
            ends = {f"{event.of}_{name}": found[name] for name in ("median", "low", "high")}
            seen = f"{passed(ends, event.of)} ({found['events']} of {found['runs']})"
            row[event.of] = seen if found["runs"] else "no run has one"
    return rows


def _tests(event: Survival) -> str:
    if not 2 <= len(event.cells()) <= MOST_COMPARED:
        return ""
    known = sorted(
        (row for row in event.logrank() if not math.isnan(row["p"])), key=lambda row: row["p_holm"]
    )
    rows = [
        {
            "one": _words(row["one"]),
            "other": _words(row["other"]),
            "p": f"{row['p']:.2g}",
            "p, Holm": f"{row['p_holm']:.2g}",
        }
        for row in known[:_TESTED]
    ]
    if not rows:
        return ""
    below = sum(row["p_holm"] < 1 - LEVEL for row in known)
    some = len(rows) < len(known)
    shown = f"<p>The {len(rows)} of {len(known)} pairs with the least p.</p>" if some else ""
    return (
        f"<details><summary>{escape(EVENTS[event.of].capitalize())}: {below} of {len(known)} pairs "
        f"of settings differ (p &lt; 0.05 after Holm's correction)</summary>{shown}{table(rows)}"
        "</details>"
    )


def _words(setting: Mapping[str, Any]) -> str:
    return ", ".join(value_text(value) for value in setting.values())
