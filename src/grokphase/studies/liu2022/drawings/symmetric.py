"""Figures 17 and 18: the permutation group S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.plotting.style import (
    RQI_COLOUR,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    paper_style,
)
from grokphase.studies.liu2022.drawings.sheet import INK, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.studies.figure import Data, FigureResult

Floats = NDArray[np.float64]

_FRACTION = r"training fraction |D| / |$D_0$|"
_LOOKS = {
    "wide": (VALIDATION_COLOUR, "s", "wide start"),
    "small": (TRAIN_COLOUR, "o", "small start"),
    "decayed": (RQI_COLOUR, "^", "small start, weight decay"),
}
_ELEMENTS = ("e", "(23)", "(12)", "(123)", "(132)", "(13)")
_ODD = np.array([False, True, True, False, False, True])
_EVEN_COLOUR, _ODD_COLOUR = "#0072b2", "#e69f00"
_SEEDS_SHOWN = 6


def draw_fractions(result: FigureResult) -> Figure:
    """RQI, its time, accuracy and predicted accuracy against the training fraction: Figure 18."""
    data = result.data
    with paper_style():
        figure = sheet(
            "Figure 18: S3, 3 x 3 matrices, against the training fraction", _caption(result), 4.7
        )
        (a, b, c), (d, e, legend) = figure.subplots(2, 3)
        _against_fraction(a, data, "rqi", "RQI", np.max)
        _times(b, data)
        for axes, name, label in (
            (c, "accuracy", "accuracy, all 36 samples"),
            (d, "predicted_code", "predicted accuracy"),
        ):
            _against_fraction(axes, data, name, label, np.max)
            axes.plot([0, 1], [0, 1], "--", color="#b04030", lw=0.9, zorder=1)
        _agreement(e, data)
        for letter, axes in zip("abcde", (a, b, c, d, e), strict=True):
            axes.set_title(f"({letter})", loc="left")
            axes.spines[["top", "right"]].set_visible(False)
            axes.set_box_aspect(1)
        _legend(legend, data)
    return figure


def _against_fraction(axes: Axes, data: Data, name: str, label: str, best: Any) -> None:
    """A mark for each run, the best and the median seed as lines."""
    values = np.asarray(data[name], np.float64)
    for variant, fraction, at in _variants(data):
        colour, marker, _ = _LOOKS[variant]
        axes.plot(fraction, values[at], marker, ms=2.8, mew=0, color=colour, alpha=0.4)
        for summary, dashes, width in ((best, "-", 1.3), (np.median, ":", 1.1)):
            where, line = _by_fraction(fraction, values[at], summary)
            axes.plot(where, line, dashes, color=colour, lw=width)
    _unit(axes)
    axes.set(xlabel=_FRACTION, ylabel=label)


def _times(axes: Axes, data: Data) -> None:
    """Steps to RQI 0.95; what was not reached stands as an open mark at the top."""
    steps = np.array([np.nan if x is None else x for x in data["rqi_step"]], np.float64)
    budget = max(data["steps"])
    top = budget * 1.8
    for variant, fraction, at in _variants(data):
        colour, marker, _ = _LOOKS[variant]
        there = ~np.isnan(steps[at])
        aside = 0.008 * (list(_LOOKS).index(variant) - 1)
        axes.plot(fraction[there], steps[at][there], marker, ms=3, mew=0, color=colour, alpha=0.6)
        axes.plot(
            fraction[~there] + aside, [top] * int((~there).sum()), "^", ms=3.5, mew=0.6,
            mec=colour, mfc="none",
        )  # fmt: skip
        where, best = _by_fraction(fraction, np.where(there, steps[at], np.inf), np.min)
        _, middle = _by_fraction(fraction, np.where(there, steps[at], np.inf), np.median)
        for line, dashes in ((best, "-"), (middle, ":")):
            shown = np.where(np.isfinite(line), line, np.nan)
            axes.plot(where, shown, dashes, color=colour, lw=1.3)
    axes.axhline(budget, color="#aaaaaa", lw=0.7)
    axes.axvline(data["theory"], color=INK, lw=0.8, ls="-.")
    axes.axvspan(*data["theory_interval"], color="#dddddd", lw=0, zorder=0)
    axes.set_yscale("log")
    axes.set(xlabel=_FRACTION, ylabel="steps to RQI > 0.95", xlim=(-0.02, 1.03))
    axes.set_ylim(top=top * 1.5)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])


def _agreement(axes: Axes, data: Data) -> None:
    """Predicted against real accuracy; above the diagonal the prediction is no lower bound."""
    real = np.asarray(data["accuracy"], np.float64)
    axes.fill_between([0, 1], [0, 1], 1.05, color="#f0e0dc", lw=0, zorder=0)
    axes.plot([0, 1], [0, 1], color="#888888", lw=0.8, zorder=1)
    predicted = np.asarray(data["predicted_code"], np.float64)
    for variant, _, at in _variants(data):
        colour, marker, _ = _LOOKS[variant]
        axes.plot(real[at], predicted[at], marker, ms=3.4, mew=0, color=colour, alpha=0.5)
    lines = []
    for name, word in (("code", "code"), ("text", "text")):
        promised = np.asarray(data[f"predicted_{name}"], np.float64)
        lines.append(f"{word}: above in {int((promised > real + 1e-6).sum())} of {len(real)} runs")
    axes.text(0.04, 0.98, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=6.5)
    _unit(axes)
    axes.set(xlabel="accuracy, all 36 samples", ylabel="predicted accuracy")


def _legend(axes: Axes, data: Data) -> None:
    from matplotlib.lines import Line2D

    axes.axis("off")
    marks = [
        Line2D([], [], marker=marker, color=colour, lw=1.3, ms=4, label=name)
        for variant, (colour, marker, name) in _LOOKS.items()
        if variant in data["variant"]
    ]
    grey = "#666666"
    low, high = data["theory_interval"]
    marks += [
        Line2D([], [], color=grey, lw=1.3, label="best seed"),
        Line2D([], [], color=grey, lw=1.1, ls=":", label="median seed"),
        Line2D([], [], color="none", marker="^", mec=grey, mfc="none", label="not reached"),
        Line2D([], [], color="#aaaaaa", lw=0.7, label="budget"),
        Line2D([], [], color="#b04030", lw=0.9, ls="--", label="memorization alone"),
        Line2D(
            [],
            [],
            color=INK,
            lw=0.8,
            ls="-.",
            label=f"half of the training sets determine\nall parallelograms ({data['theory']:.2f}; "
            f"{low:.2f} to {high:.2f})",
        ),
    ]
    axes.legend(handles=marks, loc="center left", bbox_to_anchor=(-0.12, 0.5), fontsize=7)


def draw_components(result: FigureResult) -> Figure:
    """The six matrices along three principal components, of several networks: Figure 17."""
    data = result.data
    chosen = _most_regular(data)
    with paper_style():
        figure = sheet(
            "Figure 17: the six matrices of S3 along principal components", _caption(result), 5.9
        )
        halves: Any = figure.subfigures(2, 1, height_ratios=[1.6, 1.5])
        large, small = halves
        large.suptitle(_network(data, chosen[0]), x=0.01, ha="left", fontsize=7.5)
        _plane(large.subplots(1, 2), data, chosen[0])
        _several(small, data, chosen[1 : 1 + 2 * _SEEDS_SHOWN])
    return figure


def _most_regular(data: Data) -> list[int]:
    """Rows, those that generalize first, and among them the most regular hexagons."""
    return sorted(
        range(len(data["seed"])),
        key=lambda row: (
            not data["validation"][row] > 0.9,
            max(data["gap"][row] / 20, data["radius"][row] / 0.2),
        ),
    )


def _plane(panels: Any, data: Data, row: int) -> None:
    """One network large: PC1-PC2 and PC1-PC3."""
    from matplotlib.lines import Line2D

    scores = np.asarray(data["scores"][row], np.float64)
    explained = data["explained"][row]
    for axes, other in zip(panels, (1, 2), strict=True):
        if other == 2:
            _outline(axes, scores[:, [0, 2]])
        for k, name in enumerate(_ELEMENTS):
            colour = _ODD_COLOUR if _ODD[k] else _EVEN_COLOUR
            x, y = scores[k, 0], scores[k, other]
            axes.plot(x, y, "s" if _ODD[k] else "o", ms=6, color=colour, mec="white", mew=0.6)
            place = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center"}
            axes.annotate(name, (x, y), gid="symbol", **place)
        axes.set(
            xlabel=f"PC1 ({explained[0]:.0%} of variance)",
            ylabel=f"PC{other + 1} ({explained[other]:.0%})",
            box_aspect=1,
        )
        axes.margins(0.22)
        axes.spines[["top", "right"]].set_visible(False)
    marks = [
        Line2D([], [], ls="", marker="o", color=_EVEN_COLOUR, label="even permutations"),
        Line2D([], [], ls="", marker="s", color=_ODD_COLOUR, label="odd permutations"),
    ]
    panels[1].legend(handles=marks, loc="center left", bbox_to_anchor=(1.02, 0.5))


def _several(figure: Any, data: Data, rows: list[int]) -> None:
    """PC1-PC3 of other networks, small."""
    columns = _SEEDS_SHOWN
    panels = figure.subplots(-(-max(len(rows), 1) // columns), columns, squeeze=False).ravel()
    for axes in panels[len(rows) :]:
        axes.axis("off")
    for axes, row in zip(panels, rows, strict=False):
        scores = np.asarray(data["scores"][row], np.float64)
        _outline(axes, scores[:, [0, 2]])
        for odd in (False, True):
            one = scores[odd == _ODD]
            axes.plot(
                one[:, 0],
                one[:, 2],
                "s" if odd else "o",
                ms=3.6,
                mew=0,
                color=_ODD_COLOUR if odd else _EVEN_COLOUR,
            )
        axes.set(xticks=[], yticks=[], box_aspect=1)
        axes.margins(0.15)
        word = "hexagon" if data["hexagon"][row] else "no hexagon"
        axes.set_title(f"{_short(data, row)}\n{word}", fontsize=6, loc="left")
    figure.supxlabel("PC1 (others, in order of regularity)", fontsize=7)
    figure.supylabel("PC3", fontsize=7)


def _outline(axes: Axes, points: Floats) -> None:
    """The points joined in the order of their angles."""
    spread = points / points.std(axis=0)
    order = np.argsort(np.arctan2(spread[:, 1], spread[:, 0]))
    ring = points[np.append(order, order[0])]
    axes.plot(*ring.T, color="#bbbbbb", lw=0.8, zorder=0)


def _network(data: Data, row: int) -> str:
    turn = "in turn" if data["alternates"][row] else "not in turn"
    return (
        f"Most regular: {_LOOKS[data['variant'][row]][2]}, seed {data['seed'][row]}, validation "
        f"{data['validation'][row]:.0%}, RQI {data['rqi'][row]:.2f}. PC1-PC3: neighbours within "
        f"{data['gap'][row]:.0f}° of 60°,\ndistances from the centre spread by "
        f"{data['radius'][row]:.0%}; even and odd permutations {turn}"
    )


def _short(data: Data, row: int) -> str:
    name = {"wide": "wide", "small": "small", "decayed": "decay"}[data["variant"][row]]
    return f"{name}, seed {data['seed'][row]}, val. {data['validation'][row]:.0%}"


def _variants(data: Data) -> list[tuple[str, Floats, NDArray[np.int64]]]:
    """Variants with the fractions and the rows of their runs."""
    names = np.asarray(data["variant"])
    fraction = np.asarray(data["size"], np.float64) / data["samples"]
    rows = ((name, np.flatnonzero(names == name)) for name in _LOOKS)
    return [(name, fraction[at], at) for name, at in rows if len(at)]


def _by_fraction(fraction: Floats, values: Floats, summary: Any) -> tuple[Floats, Floats]:
    where = np.unique(fraction)
    return where, np.array([summary(values[fraction == at]) for at in where])


def _unit(axes: Axes) -> None:
    axes.set(xlim=(-0.02, 1.03), ylim=(-0.03, 1.05))
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])


def _caption(result: FigureResult) -> str:
    return f"{result.settings} {result.runs:,} runs, {result.steps:,} steps."
