"""Intervals side by side, a row an item: the picture of a race, or of a whole ledger of claims.

Where a tolerance is given, x is (ours - published) / tolerance, so that all rows have one scale:
between -1 and 1 ours agrees. What is off the scale is an arrow at its end, with its number; what is
infinite is an arrow alone, and an interval whose end is infinite runs on to the frame. An item
without numbers is listed with the mark of its verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.plotting.charts.columns import Table, entry, labels, numbers, words_of
from grokphase.plotting.looks import FAINT, INK, PALETTE
from grokphase.plotting.ticks import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_LINE: Final = 0.128  # inches of a row
_AROUND: Final = 0.55  # inches of labels and legend
_FRAME: Final = 1.12  # where axes end, in ends of the scale: an interval that runs on reaches it
_ROOM: Final = (0.08, 0.12)  # beyond what is finite, in its width, to an arrow and to the frame
_LONG: Final = 30  # letters of what is said of an item at the right
_BESIDE: Final = 1.03  # where that stands, in widths of the axes
_NAN: Final = float("nan")


class VerdictLook(NamedTuple):
    """How a verdict looks: colour, marker, and whether it is filled."""

    colour: str
    marker: str
    filled: bool


VERDICTS: Final = {
    "holds": VerdictLook(PALETTE["blue"], "o", True),
    "fails": VerdictLook(PALETTE["vermilion"], "X", True),
    "inconclusive": VerdictLook(PALETTE["brown"], "D", False),
    "not run": VerdictLook(PALETTE["grey"], "s", False),
}
_PUBLISHED: Final[dict[str, Any]] = {
    "linestyle": "none",
    "marker": "D",
    "color": "black",
    "markerfacecolor": "white",
    "markersize": 3,
    "markeredgewidth": 0.7,
}
_PLAIN: Final = VerdictLook(PALETTE["blue"], "o", True)


@dataclass(frozen=True)
class Row:
    """One item.

    Args:
        item: its name.
        group: its heading.
        at: where its mark stands, at the end of the scale if it is off; NaN without numbers.
        low: the lower end of its interval, at most at the frame; NaN for none.
        high: the upper end.
        off: -1 or 1 where the value is off the scale at that side, else 0.
        beyond: where it is then, as "+17"; empty on the scale, and where it is infinite.
        published: where the published value stands; NaN without one, or off the scale.
        text: what is said of it at the right.
        verdict: "holds", "fails", "inconclusive", "not run", or empty.
    """

    item: str
    group: str
    at: float
    low: float
    high: float
    off: int
    beyond: str
    published: float
    text: str
    verdict: str


@dataclass(frozen=True)
class Intervals:
    """What the chart shows; see `intervals`.

    Args:
        rows: in order, those of one group together.
        columns: side by side.
        scaled: whether x is in units of the tolerance.
        ends: of the scale; NaN for as far as the rows reach.
        frame: where axes end then.
        reference: a value to compare all with, NaN for none.
        reference_label: what it is called.
        log: whether x is logarithmic.
        x_label: of the axis.
    """

    rows: tuple[Row, ...]
    columns: int
    scaled: bool
    ends: tuple[float, float]
    frame: tuple[float, float]
    reference: float
    reference_label: str
    log: bool
    x_label: str

    @property
    def split(self) -> list[list[Row]]:
        """The rows of each column: as many lines each, headings included, none cut off."""
        lines = [*_lines(self.rows)]
        share = -(-len(lines) // self.columns)
        found: list[list[Row]] = [[]]
        for row in self.rows:
            if len(_lines([*found[-1], row])) > share and len(found) < self.columns:
                found.append([])
            found[-1].append(row)
        return found

    @property
    def height(self) -> float:
        """Inches that it needs."""
        return _AROUND + _LINE * max(len(_lines(rows)) for rows in self.split)


def _lines(rows: Sequence[Row]) -> list[Row | str]:
    """Rows with the heading of each group before them."""
    lines: list[Row | str] = []
    group = ""
    for row in rows:
        if row.group != group:
            lines.append(row.group)
            group = row.group
        lines.append(row)
    return lines


def intervals(
    table: Table,
    *,
    item: str = "id",
    value: str = "value",
    low: str = "low",
    high: str = "high",
    reference: str | float = "",
    reference_label: str = "",
    tolerance: str = "",
    accept_low: str = "",
    accept_high: str = "",
    group: str = "",
    verdict: str = "",
    text: str = "",
    reach: float = 3.0,
    columns: int = 1,
    log: bool = False,
    label: str = "",
) -> Intervals:
    """The data of the chart.

    Args:
        table: one row an item.
        item: column of the names.
        value: column of the values; NaN for an item without a number, infinite, or on a
            logarithmic axis 0, for one beyond any.
        low: column of the lower ends of intervals; NaN or no such column for none; infinite, or on
            a logarithmic axis 0, for an open one.
        high: column of the upper ends.
        reference: column of the published values, or one value for all.
        reference_label: what it is called; where rows are scaled by what agrees, "published".
        tolerance: column of the tolerances: x is then (value - reference) / tolerance.
        accept_low: instead, the column of the least value that agrees; x is then such that what
            agrees lies from -1 to 1. Where one end alone is a number, the reference lies at 0; and
            without a reference, or where it is that end, the item has no place.
        accept_high: column of the greatest value that agrees.
        group: column of headings.
        verdict: column of verdicts, which give colour and mark.
        text: column of what is said of an item at the right, such as its value in words.
        reach: the end of the scale, in tolerances.
        columns: side by side.
        log: whether x is logarithmic; not with tolerances.
        label: of the axis.

    Raises:
        GrokphaseError: for a column that there is not, tolerances without a reference, or a
            verdict that there is not.

    Example:
        >>> table = {"id": ["a", "b"], "value": [0.42, 9.0], "paper": 0.4, "within": 0.05}
        >>> made = intervals(table, reference="paper", tolerance="within")
        >>> [(round(row.at, 2), row.off) for row in made.rows]
        [(0.4, 0), (3.0, 1)]
    """
    rows = len(entry(table, item))
    named = {"value": value, "low": low, "high": high, "tolerance": tolerance}
    named |= {"accept_low": accept_low, "accept_high": accept_high}
    if isinstance(reference, str):
        named["reference"] = reference
    there = {
        key: name
        for key, name in named.items()
        if name and (name in table or key not in ("low", "high"))
    }
    found = dict(
        zip(there, numbers({**table, "": [0.0] * rows}, *there.values(), ""), strict=False)
    )
    none = np.full(rows, _NAN)
    fixed = none if isinstance(reference, str) else np.full(rows, float(reference))
    paper = found.get("reference", fixed)
    scaled = bool(tolerance or accept_low or accept_high)
    if tolerance and np.isnan(paper).all():
        raise GrokphaseError(
            "Tolerances are around a published value; write reference = the column that has it."
        )
    centre, unit = np.zeros(rows), np.ones(rows)
    if tolerance:
        centre, unit = paper, found["tolerance"]
    elif scaled:
        centre, unit = _accepted(
            found.get("accept_low", none), found.get("accept_high", none), paper
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        places = [(found.get(name, none) - centre) / unit for name in ("value", "low", "high")]
        # Scaled by a tolerance, all published values are 0, where a line stands.
        theirs = (paper - centre) / unit if scaled and not tolerance else none
    shown = float(reference) if not isinstance(reference, str) else _only(paper, scaled)
    if scaled:
        ends = (-reach, reach)
        frame = (_FRAME * ends[0], _FRAME * ends[1])
    else:
        ends, frame = (_around([*places, [shown]], log, room) for room in _ROOM)
    verdicts = labels(table, verdict, rows)
    for one in verdicts:
        if one and one not in VERDICTS:
            raise GrokphaseError(f'"{one}" is no verdict; there are {", ".join(VERDICTS)}.')
    words = labels(table, text, rows)
    made = [
        _row(name, heading, at, least, most, other, ends, frame, said, judged)
        for name, heading, at, least, most, other, said, judged in zip(
            labels(table, item, rows),
            labels(table, group, rows),
            *places,
            theirs,
            words,
            verdicts,
            strict=True,
        )
    ]
    order = list(dict.fromkeys(row.group for row in made))
    usual = "(ours \N{MINUS SIGN} published) / tolerance" if scaled else words_of(value)
    return Intervals(
        tuple(sorted(made, key=lambda row: order.index(row.group))),
        columns,
        scaled,
        ends,
        frame,
        shown,
        reference_label,
        log,
        label or usual,
    )


def _accepted(low: Any, high: Any, paper: Any) -> tuple[Any, Any]:
    """The middle and half the width of what agrees; of an end alone, from the reference to it."""
    both = np.isfinite(low) & np.isfinite(high)
    end = np.where(np.isfinite(low), low, high)
    centre = np.where(both, (low + high) / 2, paper)
    unit = np.where(both, (high - low) / 2, np.abs(end - paper))
    return centre, np.where(unit > 0, unit, _NAN)


def _around(places: Sequence[Any], log: bool, room: float) -> tuple[float, float]:
    """The ends of a scale that has to say what is beyond it; NaN where nothing is."""
    every = np.concatenate([np.asarray(each, np.float64) for each in places])
    every = (
        np.log(every, where=every > 0, out=np.where(every == 0, -np.inf, _NAN)) if log else every
    )
    within = every[np.isfinite(every)]
    if not np.isinf(every).any() or not within.size:
        return _NAN, _NAN
    low, high = float(within.min()), float(within.max())
    more = room * ((high - low) or 1.0)
    return (math.exp(low - more), math.exp(high + more)) if log else (low - more, high + more)


def _only(paper: Any, scaled: bool) -> float:
    """The reference where it is one value, and rows are in its unit."""
    values = np.unique(paper[np.isfinite(paper)])
    return float(values[0]) if values.size == 1 and not scaled else _NAN


def _row(
    item: str,
    group: str,
    at: float,
    low: float,
    high: float,
    published: float,
    ends: tuple[float, float],
    frame: tuple[float, float],
    text: str,
    verdict: str,
) -> Row:
    """A row whose mark lies within the scale."""
    off, beyond = 0, ""
    if np.isfinite(ends[0]) and not np.isnan(at):
        off = int(at > ends[1]) - int(at < ends[0])
        beyond = f"{at:+.3g}" if off and np.isfinite(at) and at else ""
        at = float(np.clip(at, *ends))
        low, high = (float(np.clip(each, *frame)) for each in (low, high))
    theirs = float(published) if ends[0] <= published <= ends[1] else _NAN
    return Row(item, group, float(at), float(low), float(high), off, beyond, theirs, text, verdict)


def draw(figure: Figure | SubFigure, picture: Intervals) -> None:
    """Draw them onto a part of a figure, as many axes as there are columns.

    Args:
        figure: a part of a figure.
        picture: what `intervals` gives.
    """
    split = picture.split
    panels = figure.subplots(1, len(split), squeeze=False)[0]
    most = max(len(_lines(rows)) for rows in split)
    for axes, rows in zip(panels, split, strict=True):
        _draw_column(axes, picture, rows, most)
    if entries := _entries(picture):
        figure.legend(
            handles=entries,
            loc="outside lower center",
            ncols=len(entries),
            fontsize=6.5,
            handletextpad=0.2,
        )


def _draw_column(axes: Axes, picture: Intervals, rows: Sequence[Row], most: int) -> None:
    lines = _lines(rows)
    if picture.scaled:
        axes.axvspan(-1, 1, color="#e8eef4", linewidth=0, zorder=0)
        axes.axvline(0, color=FAINT, linewidth=0.7, zorder=1)
    elif np.isfinite(picture.reference):
        axes.axvline(picture.reference, color=FAINT, linewidth=0.7, zorder=1)
    if picture.log:
        axes.set_xscale("log")
    if np.isfinite(picture.frame[0]):
        axes.set_xlim(*picture.frame)
    for y, line in enumerate(lines):
        if isinstance(line, Row):
            _draw_row(axes, picture, line, y)
    if picture.log:
        log_ticks(axes, "x")
    at = [y for y, line in enumerate(lines) if isinstance(line, Row)]
    axes.set_yticks(at, [line.item for line in lines if isinstance(line, Row)], fontsize=5.5)
    for y, line in enumerate(lines):
        if isinstance(line, str):
            axes.annotate(
                line,
                (0, y),
                (-4, 0),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="center",
                textcoords="offset points",
                fontsize=6,
                fontweight="bold",
            )
            axes.axhline(y, color="#eeeeee", linewidth=0.6, zorder=0)
    axes.tick_params(axis="y", length=0, pad=3)
    axes.tick_params(axis="x", labelsize=6.5)
    axes.set_ylim(most - 0.4, -0.8)
    axes.set_xlabel(picture.x_label, fontsize=7)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_row(axes: Axes, picture: Intervals, row: Row, y: int) -> None:
    style = VERDICTS.get(row.verdict, _PLAIN)
    mark: dict[str, Any] = {
        "color": style.colour,
        "markerfacecolor": style.colour if style.filled else "white",
        "markersize": 4,
        "markeredgewidth": 0.9 if not style.filled else 0.3,
        "gid": "row",
    }
    if row.text:
        _write(axes, row.text, y)
    if not np.isfinite(row.at):
        axes.plot(
            _BESIDE, y, style.marker, transform=axes.get_yaxis_transform(), clip_on=False, **mark
        )
        return
    if np.isfinite(row.published):
        axes.plot(row.published, y, zorder=3.2, gid="published", **_PUBLISHED)
    if np.isfinite(row.low) and np.isfinite(row.high):
        axes.hlines(y, row.low, row.high, color=style.colour, linewidth=0.9, zorder=2)
    if row.off:
        axes.plot(row.at, y, ">" if row.off > 0 else "<", clip_on=False, zorder=3, **mark)
        axes.annotate(
            row.beyond,
            (row.at, y),
            (-5 * row.off, 0),
            textcoords="offset points",
            fontsize=5,
            ha="right" if row.off > 0 else "left",
            va="center_baseline",
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3},
            zorder=2.5,
        )
        return
    axes.plot(row.at, y, style.marker, zorder=3, **mark)


def _write(axes: Axes, text: str, y: int) -> None:
    """What is said of a row, beside the axes."""
    axes.annotate(
        text if len(text) <= _LONG else f"{text[: _LONG - 1]}\N{HORIZONTAL ELLIPSIS}",
        (_BESIDE, y),
        (5, 0),
        xycoords=("axes fraction", "data"),
        va="center_baseline",
        textcoords="offset points",
        fontsize=5,
        color=INK,
        annotation_clip=False,
    )


def _entries(picture: Intervals) -> list[Any]:
    """Verdicts that occur, with how many; and what else needs saying."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[Any] = []
    for name, style in VERDICTS.items():
        many = sum(row.verdict == name for row in picture.rows)
        if many:
            entries.append(
                Line2D(
                    [],
                    [],
                    linestyle="none",
                    marker=style.marker,
                    color=style.colour,
                    markersize=4,
                    markerfacecolor=style.colour if style.filled else "white",
                    label=f"{name} ({many})",
                )
            )
    if any(np.isfinite(row.published) for row in picture.rows):
        said = picture.reference_label or "published"
        entries.append(Line2D([], [], label=said, **_PUBLISHED))
    if picture.scaled:
        entries.append(Patch(color="#e8eef4", label="within the tolerance"))
    if any(row.beyond for row in picture.rows):
        entries.append(
            Line2D(
                [], [], linestyle="none", marker=">", color=INK, markersize=4, label="off the scale"
            )
        )
    if picture.reference_label and np.isfinite(picture.reference):
        entries.append(Line2D([], [], color=FAINT, linewidth=0.7, label=picture.reference_label))
    return entries
