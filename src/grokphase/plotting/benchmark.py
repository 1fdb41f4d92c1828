"""The benchmark of forecasters drawn: errors beside the floor, coverage, and calibration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from grokphase.plotting.captions import caption_below
from grokphase.plotting.looks import COLOURS, FAINT, INK, MARKERS, PALETTE
from grokphase.plotting.style import paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.forecasting.benchmark import Benchmark, FamilyScore

GOAL_ERROR: Final = 0.35
"""Median error across families that is aimed at."""

GOAL_COVERAGE: Final = (0.85, 0.95)
"""Share of delays in intervals of 90 % that is aimed at."""

_COLOURS: Final = (*COLOURS, PALETTE["red"], PALETTE["grey"])
_MARKERS: Final = (*MARKERS, "p", "h")
_WIDTH, _HEIGHT = 7.2, 6.2  # inches


def benchmark_figure(found: Benchmark, *, figsize: tuple[float, float] | None = None) -> Figure:
    """Every forecaster on families of runs that it was not fitted on.

    Above: the median relative error of the delay at memorization, family by family, with the floor
    that the other seeds of a cell give; and over all families at shares of the delay. Below: the
    share of delays inside intervals of 90 %, and what was told of generalizing beside what came.

    Args:
        found: the scores.
        figsize: width and height in inches.
    """
    from grokphase.plotting.notebook import new_figure

    with paper_style():
        figure = new_figure(figsize or (_WIDTH, _HEIGHT))
        panels = figure.subplots(2, 2, width_ratios=(1.5, 1))
        names = [*found.calibration]
        families = [each for each in found.families if each.generalizing]
        _draw_errors(panels[0][0], families, names)
        _draw_times(panels[0][1], families[-1], names)
        _draw_coverage(panels[1][0], families, names)
        _draw_calibration(panels[1][1], found, names)
        for axes in panels.flat:
            axes.spines[["top", "right"]].set_visible(False)
        handles, labels = panels[0][1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=5, fontsize=6.5)
        runs = sum(each.generalizing for each in found.single)
        caption_below(
            figure,
            f'Families of the split "{found.split}", {runs:,} runs that generalize after they '
            f"memorize, forecast by constants fitted on {found.fitted['train']['runs']:,} runs of "
            f"{len(found.fitted['train']['families'])} other families. Errors are of the delay. "
            "Black bars: a run predicted by the other seeds of its cell. Grey: what is aimed at.",
        )
        figure.draw_without_rendering()
        figure.draw_without_rendering()  # names of families move the panels, and those the legend
        figure.set_layout_engine("none")
    return figure


def _look(names: list[str], name: str) -> dict[str, Any]:
    if name == names[-1]:  # the combination of the others
        return {"color": INK, "marker": "*", "markersize": 7, "zorder": 4}
    place = names.index(name)
    colour, marker = _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)]
    return {"color": colour, "marker": marker, "markersize": 4}


def _errors(axes: Axes, which: Literal["x", "y"]) -> None:
    """A logarithmic axis of relative errors, in per cent."""
    from matplotlib.ticker import FixedLocator, NullLocator

    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_minor_locator(NullLocator())
    low, high = axis.get_view_interval()
    between = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 4, 5, 7)
    axis.set_major_locator(FixedLocator([m * 10.0**k for k in range(-2, 2) for m in between]))
    axis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _rows(axes: Axes, families: list[FamilyScore]) -> None:
    names = ["/\n".join(each.name.split("/", 1)) for each in families]
    labels = [f"{name} ({each.generalizing})" for name, each in zip(names, families, strict=True)]
    axes.set_yticks(range(len(families)), labels, fontsize=7)
    axes.set_ylim(len(families) - 0.5, -0.5)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.6)
    axes.set_axisbelow(True)


def _dots(axes: Axes, families: list[FamilyScore], names: list[str], score: str, gid: str) -> None:
    """A score of every forecaster at memorization, a row a family."""
    for row, family in enumerate(families):
        for each in family.scores:
            if each.at == "memorization":
                look = {"linestyle": "", "alpha": 0.9, **_look(names, each.name)}
                axes.plot(getattr(each, score), row, gid=gid, **look)


def _draw_errors(axes: Axes, families: list[FamilyScore], names: list[str]) -> None:
    _rows(axes, families)
    axes.axvline(GOAL_ERROR, color=FAINT, linewidth=0.8, linestyle="--", gid="goal")
    for row, family in enumerate(families):
        if not math.isnan(family.floor):
            axes.plot(
                [family.floor] * 2, [row - 0.35, row + 0.35], color="black", lw=1.6, gid="floor"
            )
    _dots(axes, families, names, "median_error", "error")
    _errors(axes, "x")
    axes.set_xlabel("median relative error of the delay")
    axes.set_title("at memorization, by family", loc="left")


def _draw_times(axes: Axes, family: FamilyScore, names: list[str]) -> None:
    times = list(dict.fromkeys(each.at for each in family.scores))
    for name in names:
        errors = [each.median_error for each in family.scores if each.name == name]
        axes.plot(range(len(times)), errors, lw=1, label=name, **_look(names, name))
    axes.axhline(family.floor, color="black", lw=1.6, gid="floor")
    axes.axhline(GOAL_ERROR, color=FAINT, linewidth=0.8, linestyle="--", gid="goal")
    axes.set_xticks(range(len(times)), times)
    axes.set_xlabel("share of the delay that is over")
    axes.set_ylabel("median relative error")
    _errors(axes, "y")
    axes.set_title("all families", loc="left")


def _draw_coverage(axes: Axes, families: list[FamilyScore], names: list[str]) -> None:
    _rows(axes, families)
    axes.axvspan(*GOAL_COVERAGE, color="#e8e8e8", lw=0, gid="goal")
    _dots(axes, families, names, "coverage90", "coverage")
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel("share of delays inside intervals of 90 %")
    axes.set_title("coverage at memorization", loc="left")


def _draw_calibration(axes: Axes, found: Benchmark, names: list[str]) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle="--")
    for name in names:
        rows = found.calibration[name]
        told, came = (np.array([row[key] for row in rows]) for key in ("told", "came"))
        width = 1.6 if name == names[-1] else 0.7
        axes.plot(told, came, lw=width, gid="calibration", **_look(names, name))
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("probability told of generalizing")
    axes.set_ylabel("share that did")
    axes.set_title("will it, within the budget?", loc="left")
