"""Figures 9, 11 and 12: representations as points, parallelograms as what joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.plotting.style import TRAIN_COLOUR, paper_style
from grokphase.studies.figure import FigureResult
from grokphase.studies.liu2022.drawings.sheet import INK, sheet
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#5b4a8a", "#56b4e9")
"""Okabe and Ito's, and two of ours: of A1, A2, A3, or of the results of a sum."""

_SIDES = (((0, 2), (1, 1)), ((0, 3), (1, 2)), ((1, 3), (2, 2)))  # of A1, A2, A3
_BARS = (
    ("all", "1-D", "", 0.0),
    ("plane", "2-D", "", 0.62),
    ("A1", "1-D, only A1 shown", "/////", 0.85),
)


# ------------------------------------------------------------------------------ Figure 9


def draw_emergence(result: FigureResult) -> Figure:
    """The ground states of nested training sets, with every implied parallelogram.

    Args:
        result: of `hierarchy.emergence`.
    """
    stages = result.data["stages"]
    least, *_ = (entry for entry in result.data["sets"] if entry["determining"])
    caption = (
        f"{result.settings} Each panel: a ground state in general position; a parallelogram is a "
        "coloured quadrilateral, or a bar with a ring where one symbol is midway between two; on a "
        "line, arcs of one colour are samples with one sum, and share their midpoint. A dotted "
        f"edge is implied, not shown. The least number of samples that determine the line is "
        f"{least['samples']} ({least['determining']} of {least['sets']:,} sets)."
    )
    with paper_style():
        figure = sheet("Figure 9: parallelograms emerge as data are added", caption, 2.75)
        for letter, axes, at in zip("abc", figure.subplots(1, 3), range(3), strict=True):
            stage = stages[at]
            points = np.asarray(stage["embedding"], np.float64)
            shown = [pair for earlier in stages[: at + 1] for pair in earlier["samples"]]
            if stage["freedom"] == 2:
                _arcs_by_sum(axes, points)
            else:
                _quadrilaterals(axes, points, stage["parallelograms"], shown)
            _points(axes, points)
            bare(axes)
            added = ", ".join("({}, {})".format(*pair) for pair in stage["samples"])
            axes.set_title(f"({letter})  RQI = {stage['rqi']:.2f}", loc="left")
            axes.set_xlabel(
                f"{'+ ' if at else ''}{added}\n{stage['distinct']} samples, "
                f"{len(stage['parallelograms'])} parallelograms\n"
                f"{stage['freedom']} degrees of freedom",
                fontsize=7.5,
            )
    return figure


def _quadrilaterals(
    axes: Axes, points: Floats, parallelograms: Sequence[Sequence[int]], shown: Sequence[Any]
) -> None:
    samples = {tuple(sorted(pair)) for pair in shown}
    for at, (i, j, m, n) in enumerate(parallelograms):
        colour = COLOURS[at % len(COLOURS)]
        given = {tuple(sorted((i, j))), tuple(sorted((m, n)))} <= samples
        edge = "-" if given else ":"
        if i == j or m == n:
            middle, ends = (i, (m, n)) if i == j else (m, (i, j))
            _midpoint(axes, points, middle, ends, colour, edge)
            continue
        corners = points[[i, m, j, n]]
        axes.fill(*corners.T, facecolor=colour, alpha=0.16, lw=0, zorder=1)
        axes.fill(*corners.T, facecolor="none", edgecolor=colour, lw=1.3, ls=edge, zorder=2)


def _midpoint(
    axes: Axes, points: Floats, middle: int, ends: Sequence[int], colour: str, edge: str
) -> None:
    """One symbol midway between two others: a degenerate parallelogram."""
    along = points[list(ends)]
    axes.plot(*along.T, color=colour, lw=5, alpha=0.35, solid_capstyle="round", zorder=1)
    axes.plot(*along.T, color=colour, lw=1.2, ls=edge, zorder=2)
    axes.plot(*points[middle], "o", ms=13, mfc="none", mec=colour, mew=1.3, zorder=3)


def _arcs_by_sum(axes: Axes, points: Floats) -> None:
    """On a line, the samples of one sum as arcs about their common midpoint."""
    p = len(points)
    axes.plot(*points[[0, -1]].T, color="#888888", lw=0.8, zorder=1)
    coloured = 0
    for total in range(2 * p - 1):
        samples = [(i, total - i) for i in range(p) if i <= total - i < p]
        if len(samples) < 2:
            continue
        colour = COLOURS[coloured % len(COLOURS)]
        coloured += 1
        for i, j in samples:
            if i == j:
                axes.plot(*points[i], "o", ms=13, mfc="none", mec=colour, mew=1.3, zorder=3)
            else:
                _arc(axes, points[i], points[j], colour, up=total % 2 == 1)


def _arc(axes: Axes, first: Floats, second: Floats, colour: str, *, up: bool) -> None:
    half, angle = (second - first) / 2, np.linspace(0, np.pi, 60)[:, None]
    across = np.array([-half[1], half[0]]) * (0.62 if up else -0.62)
    curve = (first + second) / 2 - np.cos(angle) * half + np.sin(angle) * across
    axes.plot(*curve.T, color=colour, lw=1.2, zorder=2)


def _points(axes: Axes, points: Floats, size: float = 9.5) -> None:
    for symbol, (x, y) in enumerate(points):
        axes.plot(x, y, "o", ms=size, color="white", mec=INK, mew=0.8, zorder=4)
        axes.text(
            x, y, str(symbol), ha="center", va="center_baseline", fontsize=size - 2.5, zorder=5
        )


def bare(axes: Axes, margin: float = 0.12) -> None:
    """A panel without axes: positions mean something only relative to each other."""
    axes.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
    axes.margins(margin)
    axes.spines[:].set_visible(False)


# ------------------------------------------------------------------------------ Figure 11


def draw_subsets(result: FigureResult) -> Figure:
    """The subsets of {A1, A2, A3} by level, from all three to none.

    Args:
        result: of `hierarchy.subsets`.
    """
    nodes = result.data["nodes"]
    caption = (
        f"{result.settings} Arrows go from parent to child. n: degrees of freedom of each "
        "dimension. A dashed frame: two equations imply the third, so this is the linear "
        "representation again. Positions are a ground state in general position."
    )
    with paper_style():
        figure = sheet("Figure 11: the hierarchy of representations", caption, 3.9)
        axes = figure.add_subplot()
        axes.set(xlim=(0, 4), ylim=(-0.28, 3), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        places = {tuple(node["subset"]): _place(node["subset"]) for node in nodes}
        for parent, child in _arrows(list(places)):
            (x0, y0), (x1, y1) = places[parent], places[child]
            axes.annotate(
                "",
                (x1 - _HALF_WIDTH, y1),
                (x0 + _HALF_WIDTH, y0),
                arrowprops={"arrowstyle": "-|>", "color": "#888888", "lw": 0.8, "shrinkA": 1},
            )
        for node in nodes:
            _node(axes, node, places[tuple(node["subset"])])
        for at, words in enumerate(result.data["equations"]):
            axes.text(
                0.02 + 1.05 * at,
                -0.24,
                f"A{at + 1}: {words}",
                color=COLOURS[at],
                fontsize=8,
                va="bottom",
            )
    return figure


_HALF_WIDTH, _HALF_HEIGHT = 0.33, 0.33


def _place(subset: Sequence[int]) -> tuple[float, float]:
    """Levels from left to right; within a level A1 on top, and its complement opposite."""
    x = 0.5 + (3 - len(subset))
    if len(subset) in (0, 3):
        return x, 1.5
    which = subset[0] if len(subset) == 1 else 2 - (3 - sum(subset))
    row = which if len(subset) == 1 else 3 - sum(subset)
    row = row if len(subset) == 1 else 2 - row
    return x, 2.5 - row


def _arrows(subsets: Sequence[tuple[int, ...]]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [
        (parent, child)
        for parent in subsets
        for child in subsets
        if set(child) < set(parent) and len(child) == len(parent) - 1
    ]


def _node(axes: Axes, node: Mapping[str, Any], place: tuple[float, float]) -> None:
    x, y = place
    box = (x - _HALF_WIDTH, y - _HALF_HEIGHT, 2 * _HALF_WIDTH, 2 * _HALF_HEIGHT)
    inset = axes.inset_axes(box, transform=axes.transData)
    points = np.asarray(node["embedding"], np.float64)
    for equation in node["implied"]:
        (i, j), (m, n) = _SIDES[equation]
        colour = COLOURS[equation]
        if node["freedom"] == 2:
            for first, second in ((i, j), (m, n)):
                if first == second:
                    inset.plot(*points[first], "o", ms=10, mfc="none", mec=colour, mew=1.2)
                else:
                    _arc(inset, points[first], points[second], colour, up=equation == 1)
        elif m == n:
            _midpoint(inset, points, m, (i, j), colour, "-")
        else:
            corners = points[[i, m, j, n]]
            inset.fill(*corners.T, facecolor=lighter(colour, 0.75), edgecolor=colour, lw=1.2)
    _points(inset, points, size=7.5)
    inset.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
    inset.margins(0.22)
    implied = set(node["implied"]) - set(node["subset"])
    inset.spines[:].set(color=INK, linewidth=0.8, linestyle=(0, (3, 2)) if implied else "-")
    inset.set_title(f"{_set_words(node['subset'])}:  n = {node['freedom']}", fontsize=7.5, pad=2.5)


def _set_words(subset: Sequence[int]) -> str:
    return "{" + ", ".join(f"A{at + 1}" for at in subset) + "}" if subset else "none"


# ------------------------------------------------------------------------------ Figure 12


def draw_found(result: FigureResult) -> Figure:
    """Which representations networks find: an example of each, and how many seeds.

    Args:
        result: of `hierarchy.found`.
    """
    data = result.data
    rows = _rows(data["groups"])
    caption = (
        f"{result.settings} Lines: the final 1-D embedding with these equations whose symbols lie "
        "furthest apart, standardised; arcs join samples with one sum where the equation holds, a "
        f"ring is a midpoint. {result.runs:,} runs, {result.steps:,} steps."
    )
    with paper_style():
        figure = sheet("Figure 12: representations found by training", caption, 3.6)
        panels = figure.subplots(1, 4, width_ratios=[1.25, 1, 1.25, 1], sharey=True)
        for at, name in enumerate(("fast", "slow")):
            chosen = [group for group in data["groups"] if _speed(group) == name]
            pictures, bars = panels[2 * at : 2 * at + 2]
            _examples(pictures, chosen, rows)
            _counts(bars, chosen, rows)
            representation, decoder = chosen[0]["rates"]
            pictures.set_title(
                f"{name} decoder:  $\\eta_1$ = {_power(representation)}, $\\eta_2$ = "
                f"{_power(decoder)}",
                loc="left",
            )
            if at == 0:
                pictures.set_yticks(range(len(rows)), [_set_words(row) for row in rows])
                pictures.tick_params(axis="y", length=0)
        panels[1].legend(
            loc="upper right",
            bbox_to_anchor=(1.13, 1.02),
            fontsize=6.5,
            handlelength=1.4,
            borderpad=0,
        )
    return figure


def _rows(groups: Sequence[Mapping[str, Any]]) -> list[tuple[int, ...]]:
    """Sets of equations, most first: the five that are possible, and what else occurred."""
    seen = {tuple(one) for group in groups for one in group["code"]}
    possible = {(0, 1, 2), (0,), (1,), (2,), ()}
    return sorted(seen | possible, key=lambda subset: (-len(subset), subset))


def _speed(group: Mapping[str, Any]) -> str:
    representation, decoder = group["rates"]
    return "fast" if decoder > representation else "slow"


def _power(rate: float) -> str:
    return f"$10^{{{round(np.log10(rate))}}}$"


def _examples(
    axes: Axes, groups: Sequence[Mapping[str, Any]], rows: Sequence[tuple[int, ...]]
) -> None:
    everything = next(group for group in groups if group["name"] == "all")
    there = {tuple(one["subset"]): one["embedding"] for one in everything["examples"]}
    for row, subset in enumerate(rows):
        if subset in there:
            _number_line(axes, np.asarray(there[subset], np.float64)[:, 0], subset, row)
        else:
            axes.text(0, row, "not found", ha="center", va="center", color="#888888", fontsize=7)
    axes.set(xlim=(-2, 2), ylim=(len(rows) - 0.45, -0.6), xticks=[])
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _number_line(axes: Axes, embedding: Floats, subset: Sequence[int], row: int) -> None:
    """A 1-D representation on the line y = row, of an axis that points down."""
    at = (embedding - embedding.mean()) / embedding.std(ddof=1)
    at = at if at[-1] >= at[0] else -at  # mirror images are one representation
    axes.plot([-1.8, 1.8], [row, row], color="#bbbbbb", lw=0.8, zorder=1)
    angle = np.linspace(0, np.pi, 60)
    for equation in subset:
        for first, second in _SIDES[equation]:
            if first == second:
                axes.plot(at[first], row, "o", ms=10, mfc="none", mec=COLOURS[equation], mew=1.2)
                continue
            middle, half = (at[first] + at[second]) / 2, (at[second] - at[first]) / 2
            up = -1 if equation == 1 else 1
            height = 0.13 + 0.09 * abs(half)
            axes.plot(
                middle - half * np.cos(angle),
                row + up * height * np.sin(angle),
                color=COLOURS[equation],
                lw=1.2,
                zorder=2,
            )
    for symbols in _together(at):
        words, x = ", ".join(map(str, symbols)), at[symbols].mean()
        axes.plot(at[symbols], [row] * len(symbols), "o", ms=7, color="white", mec=INK, zorder=4)
        y = row if len(symbols) == 1 else row + 0.24
        axes.text(x, y, words, ha="center", va="center_baseline", fontsize=5.5, zorder=5)


def _together(at: Floats) -> list[list[int]]:
    """Symbols in groups whose marks would cover each other, from left to right."""
    groups: list[list[int]] = []
    for symbol in np.argsort(at).tolist():
        if groups and at[symbol] - at[groups[-1][-1]] < 0.2:
            groups[-1].append(symbol)
        else:
            groups.append([symbol])
    return groups


def _counts(
    axes: Axes, groups: Sequence[Mapping[str, Any]], rows: Sequence[tuple[int, ...]]
) -> None:
    height = 0.24
    most = max(len(group["code"]) for group in groups)
    for at, (name, words, hatch, share) in enumerate(_BARS):
        group = next(one for one in groups if one["name"] == name)
        counts = [sum(tuple(one) == row for one in group["code"]) for row in rows]
        where = np.arange(len(rows)) + (at - 1) * (height + 0.02)
        axes.barh(
            where,
            counts,
            height,
            color=lighter(TRAIN_COLOUR, share),
            edgecolor=TRAIN_COLOUR,
            linewidth=0.5,
            hatch=hatch,
            label=words,
        )
        for y, value in zip(where, counts, strict=True):
            axes.text(value + most * 0.02, y, str(value), va="center_baseline", fontsize=6)
    axes.set(xlim=(0, most * 1.12), xlabel=f"seeds, of {most}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
