"""A phase map in letters, for a terminal without colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from grokphase.counting import counted
from grokphase.phases.classify import BY
from grokphase.telling.axes import fixed_text
from grokphase.telling.captions import not_measured
from grokphase.telling.looks import phase_style

if TYPE_CHECKING:
    from grokphase.phases.axis import Axis
    from grokphase.phases.phase_map import PhaseMap

_LINES, _WIDTH = 24, 80
_LEAST_ROWS = 6
_KEPT = "\N{NO-BREAK SPACE}"  # what it joins stays on one line


def draw(phase_map: PhaseMap) -> str:
    """The map as text of at most 80 columns and 24 lines, the largest y at the top.

    Inferred and forecast cells are in lower case. Where there are more cells than room, every
    second (third, ...) row or column is shown, and the text says so. The notes of the map stand
    below.

    Args:
        phase_map: the map.

    Returns:
        The text, without a newline at its end.
    """
    ny, nx = phase_map.shape
    heading, below = _wrapped(_heading(phase_map)), _wrapped([_legend(phase_map)])
    notes = _wrapped([f"{note.sentence}." for note in phase_map.notes])
    named = 0 if phase_map.x.ordered else len(_below(phase_map.x, 1, 0, "", 0)) - 1
    around = len([*heading, *below, *notes]) + named + 2  # the labels of x, and what is left out
    labels = phase_map.y.labels()
    margin = max(map(len, labels)) + 2  # with the bar
    down = -(-ny // max(_LINES - around, _LEAST_ROWS))
    across = -(-nx // (_WIDTH - margin))
    letters = np.vectorize(_letter)(phase_map.phase)
    shown = np.where(phase_map.measured, letters, np.char.lower(letters))[::down, ::across]
    gap = " " if margin + 2 * shown.shape[1] <= _WIDTH else ""
    rows = [
        f"{label:>{margin - 2}} |{gap}{gap.join(row)}"
        for label, row in zip(labels[::down], shown.tolist(), strict=True)
    ]
    lines = [*heading, *rows[::-1], *_below(phase_map.x, across, margin, gap, len(rows[0])), *below]
    if down > 1 or across > 1:
        lines.append(f"shown: every {down}. row and every {across}. column")
    return "\n".join(lines + notes)


def _below(axis: Axis, across: int, margin: int, gap: str, width: int) -> list[str]:
    """The first and the last value shown; of words all, since none follows from its neighbours."""
    labels = axis.labels()[::across]
    if not axis.ordered:
        return _wrapped([f"columns: {', '.join(labels)}"])
    between = " " * max(width - margin - len(gap) - len(labels[0]) - len(labels[-1]), 1)
    return [f"{' ' * margin}{gap}{labels[0]}{between}{labels[-1]}"]


def _wrapped(lines: Iterable[str]) -> list[str]:
    parts = [part for line in lines for part in textwrap.wrap(line, _WIDTH, break_on_hyphens=False)]
    return [part.replace(_KEPT, " ") for part in parts]


def _letter(phase: str) -> str:
    return phase_style(phase).letter


def _heading(phase_map: PhaseMap) -> list[str]:
    seeds = counted(len(phase_map.seeds), "seed")
    others = not_measured(phase_map)
    lower = f" ({others}, in lower case)" if others else ""
    fixed = [fixed_text(phase_map.fixed)] if phase_map.fixed else []
    return [
        f"PhaseMap of {phase_map.measured.size} cells{lower}, {seeds}",
        f"{phase_map.steps_trained:,} steps, {phase_map.seconds:,.0f} s of training; "
        f"phases by {BY[phase_map.by]}",
        f"y:{_KEPT}{phase_map.y.name}, x:{_KEPT}{phase_map.x.name}",
        *fixed,
    ]


def _legend(phase_map: PhaseMap) -> str:
    counts = [
        f"{_letter(phase)}{_KEPT}{phase}{_KEPT}{n}" for phase, n in phase_map.counts().items()
    ]
    return "  ".join(counts)
