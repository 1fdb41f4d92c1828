"""A phase map in letters, for a terminal without colours."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from grokphase.phases.classify import BY

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap

_LINES, _COLUMNS, _WIDTH = 24, 66, 80
_AROUND = 6  # lines: three of heading, the labels of x, the legend, and what is left out
_LEAST_ROWS = 6


def draw(phase_map: PhaseMap) -> str:
    """The map as text of at most 80 columns and 24 lines, the largest y at the top.

    Inferred cells are in lower case. Where there are more cells than room, every second (third,
    ...) row or column is shown, and the text says so. The notes of the map stand below.

    Args:
        phase_map: the map.

    Returns:
        The text, without a newline at its end.
    """
    ny, nx = phase_map.shape
    notes = [line for note in phase_map.notes for line in textwrap.wrap(note.sentence, _WIDTH)]
    room = max(_LINES - _AROUND - len(notes), _LEAST_ROWS)
    down, across = -(-ny // room), -(-nx // _COLUMNS)
    letters = np.vectorize(_letter)(phase_map.phase)
    shown = np.where(phase_map.measured, letters, np.char.lower(letters))[::down, ::across]
    labels = [label[:10] for label in phase_map.y.labels()[::down]]
    margin = max(map(len, labels))
    gap = " " if margin + 2 + 2 * shown.shape[1] <= _WIDTH else ""
    rows = [
        f"{label:>{margin}} |{gap}{gap.join(row)}"
        for label, row in zip(labels, shown.tolist(), strict=True)
    ]
    width = len(rows[0]) - margin - 2
    first, last = phase_map.x.labels()[0], phase_map.x.labels()[(nx - 1) // across * across]
    between = " " * max(width - len(gap) - len(first) - len(last), 1)
    ends = f"{' ' * (margin + 2)}{gap}{first}{between}{last}"
    lines = [_cut(line) for line in _heading(phase_map)] + rows[::-1] + [ends[:_WIDTH]]
    lines.append(_cut(_legend(phase_map)))
    if down > 1 or across > 1:
        lines.append(f"shown: every {down}. row and every {across}. column")
    return "\n".join(lines + notes)


def _letter(phase: str) -> str:
    # Imported late: the styles are keyed by the phases of this package.
    from grokphase.plotting.style import phase_style

    return phase_style(phase).letter


def _heading(phase_map: PhaseMap) -> list[str]:
    seeds = len(phase_map.seeds)
    inferred = int((~phase_map.measured).sum())
    lower = f" ({inferred} inferred, in lower case)" if inferred else ""
    return [
        f"PhaseMap of {phase_map.measured.size} cells{lower}, {seeds} seed{'s' * (seeds != 1)}",
        f"{phase_map.steps_trained:,} steps, {phase_map.seconds:,.0f} s of training; "
        f"phases by {BY[phase_map.by]}",
        f"y: {phase_map.y.name}, x: {phase_map.x.name}",
    ]


def _legend(phase_map: PhaseMap) -> str:
    counts = [f"{_letter(phase)} {phase} {n}" for phase, n in phase_map.counts().items()]
    return "  ".join(counts)


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."
