"""A phase map and the curves of a run in a terminal: coloured letters and small bars."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.axis import Axis
from grokphase.telling.axes import axis_label
from grokphase.telling.captions import leaf
from grokphase.telling.looks import (
    PENDING,
    PHASE_STYLES,
    ink_on,
    lighter,
    phase_style,
)
from grokphase.telling.words import events_text, phase_text

if TYPE_CHECKING:
    from rich.text import Text

    from grokphase.store.record import RunRecord

_WIDEST_CELL = 3
_BARS: Final = "▁▂▃▄▅▆▇█"


class MapLike(Protocol):
    """What is drawn: a `PhaseMap`, or a map of which cells are still missing (`LiveMap`)."""

    @property
    def x(self) -> Axis:
        """The horizontal axis."""
        ...

    @property
    def y(self) -> Axis:
        """The vertical axis."""
        ...

    @property
    def phase(self) -> NDArray[np.str_]:
        """(ny, nx) phases, rows by y; empty where there is no outcome yet."""
        ...

    @property
    def measured(self) -> NDArray[np.bool_]:
        """(ny, nx), False where the phase was inferred and not run, or is forecast."""
        ...

    @property
    def forecast(self) -> NDArray[np.bool_]:
        """(ny, nx) whether the phase is a forecast."""
        ...


class LiveMap(NamedTuple):
    """A map while it is being made.

    Attributes:
        x: horizontal axis.
        y: vertical axis.
        phase: (ny, nx) phases, rows by y; an empty string for a cell without outcome.
        measured: (ny, nx), False where the phase was inferred and not run.

    Example:
        >>> import numpy as np
        >>> from grokphase.phases.axis import Axis
        >>> phase = np.array([["grokking", ""]] * 2)
        >>> live = LiveMap(Axis("seed", (0, 1)), Axis("task.p", (5, 7)), phase, phase != "")
        >>> print(terminal_map(live).plain.splitlines()[1].rstrip())
        7 | G  ·
    """

    x: Axis
    y: Axis
    phase: NDArray[np.str_]
    measured: NDArray[np.bool_]

    @property
    def forecast(self) -> NDArray[np.bool_]:
        """(ny, nx) whether the phase is a forecast; only a finished map knows."""
        return np.zeros(self.phase.shape, bool)


def terminal_map(found: MapLike, *, width: int = 80, height: int = 30) -> Text:
    """A phase map as coloured blocks, the largest y at the top.

    Each cell is filled with the letter of its phase: C, G, M, X, and V, D or F for the three rare
    outcomes; in lower case and paler where it was inferred or is a forecast; a dot where it has
    none yet. If there are more cells than room, every second (third, ...) row or column is shown,
    and it says so.

    Args:
        found: a map, or what is known of it so far.
        width: columns to fit into.
        height: lines to fit into.

    Returns:
        Text for a rich console; `.plain` reads without colours.
    """
    from rich.text import Text

    phase, measured = found.phase, found.measured  # a map computes its phases when asked
    ny, nx = phase.shape
    labels = found.y.labels()
    margin = max(map(len, labels))
    # Left of a row: label, " |"; around the rows: y name, x labels, x name, legend, two notes.
    across = max(1, -(-nx // (width - margin - 2)))
    widest = _WIDEST_CELL if found.x.ordered else 1 + max(map(len, found.x.labels()))
    cell = min(max(widest, _WIDEST_CELL), (width - margin - 2) // -(-nx // across))
    above = textwrap.wrap(axis_label(found.y.name), width)
    below = list(_below(found.x, margin, (across, cell), width))
    down = max(1, -(-ny // max(height - 4 - len(above) - len(below), 1)))
    lines = [Text(line, style="bold") for line in above]
    for row in range(0, ny, down)[::-1]:
        line = Text(f"{labels[row]:>{margin}} |")
        for column in range(0, nx, across):
            text, style = _cell(str(phase[row, column]), bool(measured[row, column]))
            line.append(text.center(cell), style=style)
        lines.append(line)
    lines += map(Text, below)
    lines.append(_legend(found, width))
    if across > 1 or down > 1:
        lines.append(Text(f"shown: one row in {down}, one column in {across}", style="dim"))
    return Text("\n").join(lines)


def _cell(phase: str, measured: bool) -> tuple[str, str]:
    """The character of a cell and its rich style."""
    if not phase:
        return PENDING, "dim"
    look = phase_style(phase)
    colour = look.colour if measured else lighter(look.colour)
    letter = look.letter if measured else look.letter.lower()
    return letter, f"{ink_on(colour)} on {colour}"


def _below(axis: Axis, margin: int, scale: tuple[int, int], width: int) -> Iterator[str]:
    """Labels of the first, middle and last column where they fit, and the name of the axis."""
    every, cell = scale
    labels = axis.labels()[::every]
    left = " " * (margin + 2)
    name = axis_label(axis.name)
    if not axis.ordered:
        yield from _words(labels, cell, left, width)
        yield from textwrap.wrap(name, width, initial_indent=left, subsequent_indent=left)
        return
    room = max(cell * len(labels), len(labels[0]) + len(labels[-1]) + 1)
    line = [" "] * room
    # The ends first: the middle gives way.
    for index in (0, len(labels) - 1, (len(labels) - 1) // 2):
        middle = index * cell + (cell - len(labels[index])) // 2
        at = min(max(0, middle), room - len(labels[index]))
        if index == len(labels) - 1:
            at = max(at, len(labels[0]) + 1)
        place = slice(max(at - 1, 0), at + len(labels[index]) + 1)
        if not "".join(line[place]).strip():
            line[at : at + len(labels[index])] = labels[index]
    yield f"{left}{''.join(line).rstrip()}"
    yield from textwrap.wrap(name, width, initial_indent=left, subsequent_indent=left)


def _words(labels: Sequence[str], cell: int, left: str, width: int) -> Iterator[str]:
    """Every word of an axis: under its column, or where there is no room, in their order."""
    if max(map(len, labels)) < cell:
        yield left + "".join(label.center(cell) for label in labels).rstrip()
        return
    in_order = f"from left to right: {', '.join(labels)}"
    yield from textwrap.wrap(in_order, width, initial_indent=left, subsequent_indent=left)


def _legend(found: MapLike, width: int) -> Text:
    """Letters, names and numbers of cells, in as many lines as the width asks for."""
    from rich.text import Text

    phases, forecast = found.phase, found.forecast
    counts = Counter(phases.ravel().tolist())
    lines = [Text()]
    for phase in (*PHASE_STYLES, ""):
        if counts[phase]:
            letter, style = _cell(phase, measured=True)
            entry = Text.assemble(
                (f" {letter} ", style), f" {phase or 'to come'} {counts[phase]:,}  "
            )
            if lines[-1].cell_len + entry.cell_len - 2 > width:
                lines.append(Text())
            lines[-1].append_text(entry)
    inferred = ~found.measured & ~forecast & (phases != "")
    named = (("inferred, not run", inferred), ("forecast, run in part", forecast))
    said = [f"{name} ({int(cells.sum()):,})" for name, cells in named if cells.any()]
    if said:
        lines.append(Text(f"lower case: {'; '.join(said)}", style="dim"))
    return Text("\n").join(lines)


def terminal_curves(record: RunRecord) -> Text:
    """A run in a few lines: its phase, when it passed what, and its curves as small bars.

    The bars are spaced evenly in the logarithm of the step, from step 0 to the last; accuracy and
    RQI run from 0 to 1, losses and norms over their own range, in the logarithm.

    Args:
        record: the run.

    Returns:
        Text for a rich console.
    """
    from rich.text import Text

    look = phase_style(record.phase)
    lines = [Text(f" {phase_text(record)} ", style=f"bold {ink_on(look.colour)} on {look.colour}")]
    lines[0].append(f" seed {record.seed}, run {record.id}", style="not bold default on default")
    lines += [Text(f"  {line}") for line in events_text(record)]
    for measure in shown_measures(record.curves, _asked(record)):
        name = measure.replace("_", " ")
        ends = f"{record.curves[measure][0]:.3g} to {record.curves[measure][-1]:.3g}"
        bars = sparkline(record, measure, 15)
        lines.append(Text(f"  {name:<23} {bars} {ends}"))
    return Text("\n").join(lines)


_MEASURES: Final = (
    *("train_loss", "validation_loss", "restricted_loss", "excluded_loss"),
    *("train_accuracy", "validation_accuracy", "new_validation_accuracy", "rqi", "weight_norm"),
)


def shown_measures(curves: Mapping[str, NDArray[Any]], asked: Sequence[str]) -> list[str]:
    """The curves that are shown in a terminal, in their order: the usual, and what was asked for.

    Args:
        curves: of a run, by name.
        asked: measures of its recipe; those that are arrays, or nowhere a number, are left out.
    """
    wanted = dict.fromkeys((*_MEASURES, *asked))
    return [
        name
        for name in wanted
        if name in curves and curves[name].ndim == 1 and np.isfinite(curves[name]).any()
    ]


def _asked(record: RunRecord) -> list[str]:
    """What its recipe asked for; a measure of a user's own stands there with its digest."""
    listed = leaf(record.spec, "recipe.measures", ())
    names = [each["name"] if isinstance(each, dict) else each for each in listed]
    return [name for name in names if name in record.curves]


class HasCurves(Protocol):
    """Anything with recorded curves: a run that ended, or one in flight."""

    @property
    def curves(self) -> dict[str, NDArray[Any]]:
        """Columns of one length, among them "step"."""
        ...


def sparkline(record: HasCurves, measure: str, columns: int) -> str:
    """A measure of a run as bars of eight heights.

    Args:
        record: the run.
        measure: column of its curves.
        columns: number of bars.

    Returns:
        One character for each column, the last value known at the step it stands for; a space
        where that is not a number.
    """
    steps, values = record.curves["step"], record.curves[measure].astype(np.float64)
    if not steps.size:
        return " " * columns
    return bars(steps, values, columns, int(steps[-1]), share=is_share(measure))


def is_share(measure: str) -> bool:
    """Whether a measure runs from 0 to 1, so that its bars are over that."""
    return measure.endswith("accuracy") or measure == "rqi"


def bars(
    steps: NDArray[Any], values: NDArray[np.float64], columns: int, end: float, *, share: bool
) -> str:
    """A curve as bars of eight heights, spaced evenly in the logarithm of the step.

    Args:
        steps: (m,) ascending, at least one.
        values: (m,).
        columns: number of bars.
        end: the step of the last bar; after the last of `steps` there are spaces.
        share: whether bars are over [0, 1]; else over the logarithms of what there is.

    Example:
        >>> bars(np.array([0, 10, 100]), np.array([0.1, 0.5, 1.0]), 10, 1000, share=True)
        '▁▁▁▁▅▅▅   '
    """
    at = np.expm1(np.linspace(0, np.log1p(end), columns))
    places = np.searchsorted(steps, at + 1e-9 * (1 + at), side="right") - 1
    seen = np.where((places < 0) | (at > steps[-1] * (1 + 1e-9)), np.nan, values[places])
    if share:
        level = seen
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(seen)
        finite = logs[np.isfinite(logs)]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
        level = (logs - low) / max(high - low, 1e-12)
    return "".join(_bar(each) for each in level.tolist())


def _bar(share: float) -> str:
    if not np.isfinite(share):
        return " "
    return _BARS[min(max(int(share * len(_BARS)), 0), len(_BARS) - 1)]
