"""The picture of a sweep: of one axis times, delay and share, of three and more a map a facet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.classify import FAILED
from grokphase.plotting.captions import caption_below, title_above
from grokphase.plotting.information import AxisInfo, axis_info
from grokphase.plotting.layers import between
from grokphase.plotting.legend import Entry, phase_entry
from grokphase.plotting.looks import FAINT, PALETTE, mark_censored, mark_failed, mark_runs
from grokphase.plotting.phase_map import draw_legend, draw_phase_map
from grokphase.plotting.style import (
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    paper_style,
)
from grokphase.plotting.ticks import log_ticks, say_missing, value_ticks
from grokphase.telling.axes import axis_label
from grokphase.telling.captions import (
    MOST_FACETS,
    sweep_caption,
    task_title,
)
from grokphase.telling.looks import in_display_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.phases.phase_map import PhaseMap
    from grokphase.phases.sweep_result import SweepResult

_WIDTH, _HEIGHT = 4.6, 5.6  # inches of a sweep of one axis
_FACET: Final = 2.1  # inches of one map
DELAY_COLOUR: Final = PALETTE["violet"]
SHARE_COLOUR: Final = PALETTE["green"]


def sweep_figure(
    found: SweepResult,
    *,
    title: str | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """A sweep as a figure for a paper.

    Of one axis three panels stand above each other: steps to training and to validation accuracy,
    the delay between them, and the share of runs that generalize. A dot is a run, an open triangle
    one that was censored at that step, a cross one that failed there; lines join medians over
    seeds, with bars for their intervals (order statistics; of the delay the product limit, 95 %; of
    the share Wilson, 95 %). A median that is not reached is left out, never drawn at the budget.
    Of more axes, each facet is the map over the first two; of more than 30 the first are drawn, and
    the caption says so.

    Args:
        found: the sweep.
        title: above; None names the task.
        figsize: width and height in inches.
    """
    from grokphase.plotting.notebook import new_figure

    text = f"Sweep: {task_title(found.settings)}" if title is None else title
    with paper_style():
        if len(found.axes) == 1:
            figure: Figure = new_figure(figsize or (_WIDTH, _HEIGHT))
            _draw_one_axis(figure, found)
        else:
            figure = _draw_facets(found, figsize)
        title_above(figure, text)
        caption_below(figure, sweep_caption(found))
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _draw_one_axis(figure: Figure, found: SweepResult) -> None:
    times, delay, share = figure.subplots(3, 1, sharex=True, height_ratios=[3, 2, 2])
    info, rows = axis_info(found.axes[0]), found.summary()
    if info.scale == "log":
        share.set_xscale("log")
    share.set_xlim(info.edges[0], info.edges[-1])
    for event, colour, at in (
        ("train", TRAIN_COLOUR, 0.42),
        ("validation", VALIDATION_COLOUR, 0.58),
    ):
        _draw_times(times, found, info, (event, colour, at), rows)
    _draw_times(delay, found, info, ("delay", DELAY_COLOUR, 0.5), rows)
    if found.budget is not None:
        times.axhline(found.budget, color=FAINT, linewidth=0.6, linestyle=":")
        times.annotate(
            "budget",
            (1, found.budget),
            xycoords=("axes fraction", "data"),
            xytext=(2, 0),
            textcoords="offset points",
            fontsize=6,
            color="#666666",
            va="center",
        )
    _set_scale(times, [found.intervals["train"], found.intervals["validation"]])
    _set_scale(delay, [found.intervals["delay"]])
    times.set_ylabel("steps")
    delay.set_ylabel("delay (steps)")
    _draw_share(share, info, rows)
    share.set_xlabel(info.label)
    value_ticks(share, "x", info)
    times.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
    for panel in (times, delay, share):
        panel.tick_params(axis="x", which="minor", bottom=False)
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)


def _draw_times(
    axes: Axes,
    found: SweepResult,
    info: AxisInfo,
    look: tuple[str, str, float],
    rows: list[dict[str, Any]],
) -> None:
    """The runs of one event, and the medians over seeds."""
    event, colour, place = look
    times = found.intervals[event]
    x = np.array([between(*ends, place, info) for ends in pairwise(info.edges.tolist())])
    seen, waited = np.isfinite(times[..., 2]), np.isinf(times[..., 2])
    failed = waited & (found.phase_by_seed == FAILED)
    at, seed = np.nonzero(failed)
    mark_failed(axes, x[at], times[at, seed, 0], label="failed" if at.size else None)
    for mask, mark in ((seen, mark_runs), (waited & ~failed, mark_censored)):
        at, seed = np.nonzero(mask)
        mark(axes, x[at], times[at, seed, 0], colour, markersize=3.5)
    median, low, high = (
        np.array([row[f"{event}_{name}"] for row in rows], dtype=np.float64)
        for name in ("median", "low", "high")
    )
    joined = "-" if info.scale != "categories" else "none"
    label = {"train": "training accuracy", "validation": "validation accuracy"}.get(event, event)
    look_of = {"marker": "_", "markersize": 9, "color": colour, "linestyle": joined}
    axes.plot(x, median, **look_of, label=label, gid="median")  # type: ignore[arg-type]
    # An interval that is open above ends in an arrow at the last step that is known.
    top = np.nanmax(times[..., 0], axis=1, initial=-np.inf)
    for which in np.flatnonzero(~np.isnan(low)).tolist():
        end = high[which] if np.isfinite(high[which]) else max(top[which], low[which])
        axes.plot([x[which]] * 2, [low[which], end], color=colour, linewidth=0.8, gid="interval")
        if not np.isfinite(high[which]):
            axes.annotate(
                "",
                (x[which], end),
                (0, 9),
                textcoords="offset points",
                arrowprops={"arrowstyle": "<-", "color": colour, "linewidth": 0.8, "shrinkA": 0},
                gid="open",
            )


def _set_scale(axes: Axes, times: list[NDArray[np.float64]]) -> None:
    """Logarithmic where all steps are positive, with ticks that can be read; or what is missing."""
    from matplotlib.ticker import MaxNLocator

    shown = np.concatenate([each[..., 0].ravel() for each in times])
    shown = shown[~np.isnan(shown)]
    if not shown.size:
        say_missing(axes, "no delays: no run passed\nthe training threshold", "y")
        return
    low, high = axes.dataLim.intervaly
    equal = math.isclose(low, high)  # a line across is where it should be but for rounding
    if shown.min() > 0:
        if equal:
            axes.set_ylim(0.7 * low, 1.4 * high)
        axes.set_yscale("log")
        log_ticks(axes, "y")
    elif shown.max() > 10:
        axes.set_yscale("symlog", linthresh=10)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        if equal:
            axes.set_ylim(low - 1, high + 1)


def _draw_share(axes: Axes, info: AxisInfo, rows: list[dict[str, Any]]) -> None:
    share, low, high = (
        np.array([row[name] for row in rows]) for name in ("share", "share_low", "share_high")
    )
    joined = "-" if info.scale != "categories" else "none"
    axes.plot(
        info.centres,
        share,
        linestyle=joined,
        marker="o",
        markersize=4,
        color=SHARE_COLOUR,
        gid="share",
    )
    axes.vlines(info.centres, low, high, color=SHARE_COLOUR, linewidth=0.8)
    axes.set_ylim(-0.04, 1.04)
    axes.set_ylabel("share that\ngeneralizes")


def _draw_facets(found: SweepResult, figsize: tuple[float, float] | None) -> Figure:
    """A map for each value of the axes beyond the second, in the order of their values."""
    from grokphase.plotting.notebook import new_figure

    facets = [*islice(found.facets(), MOST_FACETS)]
    # The last axis runs across; of one further axis the maps fill as square a sheet as they can.
    columns = found.shape[-1] if len(found.axes) > 3 else math.ceil(math.sqrt(len(facets)))
    rows = -(-len(facets) // columns)
    figure = new_figure(figsize or (_FACET * columns + 1.9, _FACET * rows + 0.9))
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for panel, (setting, found_map) in zip(panels.flat, facets, strict=False):
        draw_phase_map(panel, found_map, title=_words(setting, found), legend=False)
        panel.title.set_fontsize(7.5)
        panel.set(xlabel="", ylabel="")
    for panel in panels.flat[len(facets) :]:
        panel.set_visible(False)
    for number in range(len(facets)):  # the lowest of each column, and the first of each row
        panel = panels.flat[number]
        if number + columns >= len(facets):
            panel.set_xlabel(axis_label(found.axes[0].name))
            panel.tick_params(labelbottom=True)
        if number % columns == 0:
            panel.set_ylabel(axis_label(found.axes[1].name))
    draw_legend(figure, _entries([each for _, each in facets]), loc="outside right upper")
    return figure


def _words(setting: Mapping[str, Any], found: SweepResult) -> str:
    axes = {axis.name: axis for axis in found.axes}
    return ", ".join(
        f"{axis_label(name).split(' (')[0]} {axes[name].labels()[axes[name].values.index(value)]}"
        for name, value in setting.items()
    )


def _entries(maps: list[PhaseMap]) -> list[Entry]:
    """Phases with their cells in all maps."""
    counts: Counter[str] = Counter()
    for found in maps:
        counts.update(found.counts())
    return [phase_entry(phase, counts[phase]) for phase in in_display_order({*+counts})]
