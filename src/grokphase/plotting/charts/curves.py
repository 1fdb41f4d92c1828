"""Curves over steps, or over whatever runs on: each run, or the median with a band over seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.plotting.charts.columns import (
    Floats,
    Table,
    array,
    filled,
    labels,
    numbers,
    words_of,
)
from grokphase.plotting.looks import PALETTE, Look, in_order, look, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Curve:
    """One line.

    Args:
        label: in the legend, or at the end of the line.
        look: colour and dash.
        x: (n,) ascending.
        y: (n,) NaN where there is none.
        low: (n,) lower end of its band, empty for none.
        high: (n,) upper end.
        events: (m,) places on x that are marked.
        heights: (m,) where their marks stand.
        faint: one of many, drawn thin.
    """

    label: str
    look: Look
    x: Floats
    y: Floats
    low: Floats
    high: Floats
    events: Floats
    heights: Floats
    faint: bool


@dataclass(frozen=True)
class Curves:
    """What the chart shows; see `curves`.

    Args:
        curves: in the order in which they are drawn.
        named_at_end: labels stand at the ends of lines instead of in a legend.
        marker: of the values, "" for none.
        x_label: of the axis.
        y_label: of the axis.
    """

    curves: tuple[Curve, ...]
    named_at_end: bool
    marker: str
    x_label: str
    y_label: str


def curves(
    table: Table,
    *,
    x: str = "step",
    y: str | Sequence[str],
    by: str = "",
    names: Mapping[str, str] | None = None,
    each: bool = False,
    band: Sequence[float] = (0.25, 0.75),
    low: str = "",
    high: str = "",
    row: int | None = None,
    entries: Sequence[str] = (),
    events: str = "",
    level: float | None = None,
    first: str = "",
    others: str = "other seeds",
    ordered: bool = False,
    dots: bool = False,
    at_end: bool = False,
    colours: Sequence[str] = (),
    dashes: Sequence[str] = (),
) -> Curves:
    """The data of the chart.

    A table holds curves in one of three ways: as columns of one value a row, x against y; as a
    column y with a curve a row, of a run each, and x once for all or once for each; or, with
    `row`, as one run of which y holds several numbers at each x, such as its embeddings.

    Args:
        table: the curves.
        x: column of the steps.
        y: column of the values, or several, a line each.
        by: column of the group that a row belongs to: a line each, or a band over its runs.
        names: groups or columns in words for the legend; their order is that of colours.
        each: draw every run thin, instead of the median with a band over runs; so are those of a
            group that have other steps each, as where one has diverged.
        band: lower and upper quantile over runs between which the band lies.
        low: column of the lower end of a band that is given.
        high: column of its upper end.
        row: of a column with several numbers at each x, the run that is shown.
        entries: what these numbers are called, at the end of their lines where `at_end`.
        events: column of a step for each run, marked on its curve.
        level: where the marks stand; None puts them on the curve.
        first: where each run is drawn, what the first is called, which stands out.
        others: what the others are called then.
        ordered: colours rise from dark to light with the order of lines.
        dots: a dot at each value.
        at_end: labels stand at the ends of lines.
        colours: of the lines or groups.
        dashes: of the lines or groups.

    Raises:
        GrokphaseError: for a column that there is not, or curves of other lengths than x.

    Example:
        >>> table = {"step": [0, 10], "rqi": [[0.1, 0.9], [0.2, 0.7], [0.0, 0.8]]}
        >>> (curve,) = curves(table, y="rqi").curves
        >>> curve.y.tolist(), curve.low.round(2).tolist()
        ([0.1, 0.8], [0.05, 0.75])
    """
    found = [
        *_lines(
            table,
            x,
            [y] if isinstance(y, str) else list(y),
            by,
            each,
            band,
            low,
            high,
            row,
            entries,
            events,
            level,
        )
    ]
    named = names or {}
    order = in_order(named, [name for name, _ in found])
    palette = shades(len(order)) if ordered or row is not None else colours
    made: list[Curve] = []
    for name, parts in sorted(found, key=lambda line: order.index(line[0])):
        label = filled(named.get(name, words_of(name)), table)
        style = look(order.index(name), palette, dashes)
        if first:
            stands_out = not made
            label = filled(first if stands_out else others, table)
            style = style._replace(colour="#000000" if stands_out else "#777777")
            parts = {**parts, "faint": not stands_out}
        made.append(Curve(label, style, **parts))
    return Curves(tuple(made), at_end, "." if dots else "", words_of(x), words_of(_first(y)))


def _first(y: str | Sequence[str]) -> str:
    return y if isinstance(y, str) else y[0]


_Parts = dict[str, Any]


def _lines(
    table: Table,
    x: str,
    names: Sequence[str],
    by: str,
    each: bool,
    band: Sequence[float],
    low: str,
    high: str,
    row: int | None,
    entries: Sequence[str],
    events: str,
    level: float | None,
) -> Iterator[tuple[str, _Parts]]:
    """The name of each line and what it is made of."""
    for name in names:
        values = array(table, name)
        if row is not None:
            steps, paths = array(table, x), values[row]
            _same_length(x, steps, name, paths)
            for at, path in enumerate(paths.T):
                yield (entries[at] if entries else str(at)), _parts(steps, path)
        elif values.ndim == 1:
            yield from _of_rows(table, x, name, by, low, high, len(names) > 1)
        else:
            yield from _of_runs(table, x, name, by, each, band, events, level, len(names) > 1)


def _of_rows(
    table: Table, x: str, name: str, by: str, low: str, high: str, several: bool
) -> Iterator[tuple[str, _Parts]]:
    """One value a row."""
    there = [column for column in (low, high) if column]
    steps, values, *ends = numbers(table, x, name, *there)
    words = labels(table, by, len(values)) if by else [name] * len(values)
    for group in dict.fromkeys(words):
        at = np.flatnonzero([word == group for word in words])
        at = at[np.argsort(steps[at], kind="stable")]
        bounds = [end[at] for end in ends] if len(ends) == 2 else [np.empty(0)] * 2
        yield (name if several else group), _parts(steps[at], values[at], *bounds)


def _of_runs(
    table: Table,
    x: str,
    name: str,
    by: str,
    each: bool,
    band: Sequence[float],
    events: str,
    level: float | None,
    several: bool,
) -> Iterator[tuple[str, _Parts]]:
    """A curve a row: every one of them, or the median and a band over each group."""
    steps, runs = array(table, x), array(table, name)
    _same_length(x, steps if steps.ndim == 1 else steps.T, name, runs.T)
    words = labels(table, by, len(runs)) if by else [name] * len(runs)
    marked = numbers(table, name, events)[1] if events else np.full(len(runs), np.nan)
    for group in dict.fromkeys(words):
        at = np.flatnonzero([word == group for word in words])
        called = name if several else group
        drawn = [_known(steps if steps.ndim == 1 else steps[k], runs[k]) for k in at]
        heights = [
            np.interp(marked[k], *drawn[i]) if level is None else level for i, k in enumerate(at)
        ]
        common = drawn[0][0]
        if each or len(at) == 1 or any(not np.array_equal(own, common) for own, _ in drawn):
            for i, k in enumerate(at):
                there = [marked[k]] if np.isfinite(marked[k]) else []
                spot = [heights[i]] if there else []
                yield called, _parts(*drawn[i], there=there, spot=spot, faint=each or len(at) > 1)
            continue
        heard = np.stack([curve for _, curve in drawn])
        lower, upper = np.quantile(heard, band, axis=0)
        kept = np.isfinite(marked[at])
        yield (
            called,
            _parts(
                common,
                np.median(heard, axis=0),
                lower,
                upper,
                marked[at][kept],
                np.array(heights)[kept],
            ),
        )


def _known(steps: Floats, curve: Floats) -> tuple[Floats, Floats]:
    """A curve where its steps are known: those of a shorter run are filled up with nan."""
    there = np.isfinite(steps)
    return steps[there], curve[there]


def _parts(
    x: Floats,
    y: Floats,
    low: Any = (),
    high: Any = (),
    there: Any = (),
    spot: Any = (),
    faint: bool = False,
) -> _Parts:
    return {
        "x": x,
        "y": y,
        **{
            key: np.asarray(each, np.float64)
            for key, each in (("low", low), ("high", high), ("events", there), ("heights", spot))
        },
        "faint": faint,
    }


def _same_length(x: str, steps: Floats, y: str, values: Floats) -> None:
    if len(steps) != len(values):
        raise GrokphaseError(
            f'The curves of "{y}" have {len(values)} values and "{x}" has {len(steps)} steps; '
            "they must have as many."
        )


def draw(axes: Axes, picture: Curves) -> None:
    """Draw them onto axes whose scales are set.

    Args:
        axes: where; they get no labels and no legend, only entries for one.
        picture: what `curves` gives.
    """
    said: set[str] = set()
    marks = []
    for number, curve in enumerate(picture.curves):
        colour = curve.look.colour
        named = curve.label if curve.label not in said and not picture.named_at_end else None
        said.add(curve.label)
        if curve.low.size:
            axes.fill_between(
                curve.x, curve.low, curve.high, color=colour, alpha=0.2, linewidth=0, gid="band"
            )
        axes.plot(
            curve.x,
            curve.y,
            color=colour,
            linestyle=curve.look.dash,
            label=named,
            linewidth=0.6 if curve.faint else 1.2,
            marker=picture.marker,
            markersize=3,
            zorder=2 + (not curve.faint) / 2 - number * 1e-6,
            gid="curve",
        )
        if picture.named_at_end:
            axes.annotate(
                curve.label,
                (curve.x[-1], curve.y[-1]),
                (3, 0),
                textcoords="offset points",
                va="center",
                color=colour,
                fontsize=6.5,
                gid="symbol",
            )
        marks.append((curve.events, curve.heights, PALETTE["vermilion"] if curve.faint else colour))
    for x, y, colour in marks:
        axes.plot(x, y, "|", color=colour, markersize=8, gid="event", zorder=4)
