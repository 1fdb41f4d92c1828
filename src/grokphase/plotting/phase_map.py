"""The picture of a phase map: every cell as it was measured, nothing interpolated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from grokphase.plotting.captions import caption_below
from grokphase.plotting.information import AxisInfo, PhaseMapInfo, phase_map_info
from grokphase.plotting.layers import (
    draw_borders,
    draw_cells,
    draw_shares,
    draw_spreads,
    draw_values,
    label_regions,
)
from grokphase.plotting.legend import Entry, map_entries, values_entries
from grokphase.plotting.quantities import Colour, colour_of, validation_steps
from grokphase.plotting.style import paper_style
from grokphase.plotting.ticks import Which, broken, check_axes, points, room, value_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from grokphase.phases.phase_map import PhaseMap

_MAP_WIDTH, _LEGEND_WIDTH, _STEPS_WIDTH, _HEIGHT = 4.0, 1.5, 3.6, 3.3  # inches
_LABELS_WIDTH = 0.8  # of the axis up


def phase_map_figure(
    phase_map: PhaseMap,
    *,
    steps: bool = False,
    colour: str | None = None,
    title: str | None = None,
    legend: bool = True,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """A phase map as a figure for a paper.

    Cells lie on their values, with edges halfway to the next one (on a log axis in the
    logarithm). A cell that was inferred by refinement is paler and carries a dot,
    one whose phase is a forecast a ring. Where seeds
    disagree, a cell has the colour of the majority and, along its foot, a bar of the shares of
    its runs. Dark lines are the borders between phases; a whisker across one is the interval of its
    place over seeds. Under the map stand task, budget, seeds,
    thresholds, number of runs and steps trained.

    Args:
        phase_map: the map.
        steps: add a second panel with the step of validation accuracy, by the times that decided
            the phases. There, cells that did not pass within the budget are grey and hatched, not
            coloured.
        colour: colour the cells by this quantity instead of their phases: "validation_step",
            "train_step", "delay", or the last value of a measure that the runs recorded, such as
            "weight_norm" or one of your own, the median over seeds. A cell without a value is grey
            and hatched: not reached, or not a number for half of its seeds or more. Borders
            between phases stay.
        title: above the map; None names the task, or the quantity.
        legend: at the right.
        figsize: width and height in inches; None takes those of a paper.

    Returns:
        A figure of its own canvas (Agg), which shows itself in a notebook; nothing global is
        touched.

    Example:
        >>> from grokphase.phases.axis import Axis
        >>> from grokphase.phases.phase_map import PhaseMap
        >>> x = Axis("recipe.decoder.learning_rate", (1e-4, 1e-3, 1e-2), "log")
        >>> y = Axis("recipe.decoder.weight_decay", (0, 5), "linear")
        >>> found = [["grokking", "grokking", "memorization"], ["comprehension"] * 3]
        >>> passed = [[90] * 3] * 2, [[4000, 3000, None], [200] * 3]
        >>> figure = phase_map_figure(PhaseMap.from_arrays(x, y, found, *passed))
        >>> figure.axes[0].get_xlabel()
        'decoder learning rate (per step)'

    Source: layout of Liu et al. 2022, arXiv:2205.10343, Figure 6.
    """
    from grokphase.plotting.notebook import new_figure

    info = phase_map_info(phase_map)
    one = None if colour is None else colour_of(phase_map, colour)
    times = validation_steps(phase_map)
    width = _MAP_WIDTH + _LEGEND_WIDTH * legend + _STEPS_WIDTH * steps
    with paper_style():
        figure = new_figure(figsize or (width, _HEIGHT))
        ratios = [_MAP_WIDTH, _STEPS_WIDTH] if steps else [1]
        panels = figure.subplots(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
        beside = _LEGEND_WIDTH + _LABELS_WIDTH if legend and not steps else 0.0
        if one is None:
            _draw_map(panels[0], info, title, 72 * (figure.get_figwidth() - beside))
        else:
            _draw_values(panels[0], info, one, title)
        if steps:
            _draw_values(panels[1], info, times, None)
            panels[1].set_ylabel("")
        if legend:
            entries = map_entries(info) if one is None else values_entries(info, one)
            if steps:
                entries += [each for each in values_entries(info, times) if one != times]
            draw_legend(figure, entries, loc="outside right upper")
        caption_below(figure, info.caption)
        # Laid out here, under our fonts, and then kept: a caller's settings do not move it.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def draw_phase_map(
    axes: Axes,
    phase_map: PhaseMap,
    *,
    steps: bool = False,
    colour: str | None = None,
    title: str | None = None,
    legend: bool = True,
) -> Axes:
    """A phase map in axes of yours, in the sizes of letters that you have set.

    What stands under the figure of `phase_map_figure` (seeds, budget, thresholds) is left to your
    own caption; `grokphase.plotting.information.caption` has the words.

    Args:
        axes: where to draw.
        phase_map: the map.
        steps: draw the step of validation accuracy instead of the phases.
        colour: draw this quantity instead of the phases, see `phase_map_figure`.
        title: above the map; None names the task or the quantity, "" leaves it out.
        legend: at the right of the axes, where your figure must leave room for it; that of steps
            or another quantity is above them.

    Returns:
        The axes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from grokphase.phases.axis import Axis
        >>> from grokphase.phases.phase_map import PhaseMap
        >>> x, y = Axis("split.count", (40, 45)), Axis("recipe.batch", (5, 40))
        >>> found = [["grokking", "grokking"], ["comprehension"] * 2]
        >>> passed = [[90] * 2] * 2, [[4000, 3000], [200] * 2]
        >>> axes = Figure(layout="constrained").subplots()
        >>> draw_phase_map(axes, PhaseMap.from_arrays(x, y, found, *passed)).get_xlabel()
        'training samples'
    """
    check_axes(axes)
    info = phase_map_info(phase_map)
    if not steps and colour is None:
        _draw_map(axes, info, title)
        if legend:
            draw_legend(
                axes, map_entries(info), loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0
            )
        return axes
    one = validation_steps(phase_map) if colour is None else colour_of(phase_map, colour)
    entries = values_entries(info, one) if legend else []
    _draw_values(axes, info, one, title, 1.8 * points("legend.fontsize") * len(entries))
    if entries:
        in_a_line = [(label.replace("\n", " "), artists) for label, artists in entries]
        draw_legend(axes, in_a_line, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    return axes


def _draw_map(axes: Axes, info: PhaseMapInfo, title: str | None, width: float = math.inf) -> None:
    words = f"Phases of learning: {info.title}" if title is None else title
    _set_title(axes, words, bold=True, width=width)
    set_axes(axes, info)
    draw_cells(axes, info)
    draw_shares(axes, info)
    draw_borders(axes, info)
    draw_spreads(axes, info)
    label_regions(axes, info)


def _draw_values(
    axes: Axes, info: PhaseMapInfo, colour: Colour, title: str | None, above: float = 0
) -> None:
    words = f"{'median ' if info.seeds > 1 else ''}{colour.title}"
    words = words[:1].upper() + words[1:]
    _set_title(axes, words if title is None else title, above=above)
    set_axes(axes, info)
    draw_values(axes, info, colour)
    draw_borders(axes, info)


def _set_title(
    axes: Axes,
    title: str,
    *,
    bold: bool = False,
    above: float = 0,
    width: float = math.inf,
) -> None:
    size = points("axes.titlesize")
    text = broken(title, min(width, room(axes, "x")), size * (1.08 if bold else 1))
    axes.set_title(text, loc="left", fontweight="bold" if bold else "normal", pad=6 + above)


def set_axes(axes: Axes, info: PhaseMapInfo) -> None:
    """Scale, limits, ticks and labels of both axes of a map."""
    _set_axis(axes, "x", info.x)
    _set_axis(axes, "y", info.y)
    for spine in axes.spines.values():
        spine.set_zorder(5)


def _set_axis(axes: Axes, which: Which, axis: AxisInfo) -> None:
    """Scale, limits, ticks and label of one axis."""
    if axis.scale == "log":
        axes.set(**{f"{which}scale": "log"})
    label = broken(axis.label, room(axes, which), points("axes.labelsize"))
    axes.set(**{f"{which}lim": (axis.edges[0], axis.edges[-1]), f"{which}label": label})
    value_ticks(axes, which, axis)


def draw_legend(place: Axes | Figure | SubFigure, entries: list[Entry], **where: Any) -> None:
    """A legend of what occurs."""
    from matplotlib.legend_handler import HandlerTuple

    # matplotlib draws a tuple of artists as one handle, which its types do not say.
    handles: list[Any] = [artists for _, artists in entries]
    place.legend(
        handles,
        [label for label, _ in entries],
        handler_map={tuple: HandlerTuple(ndivide=1)},
        handlelength=1.5,
        handleheight=1.1,
        labelspacing=0.55,
        borderpad=0.5,
        alignment="left",
        frameon=False,
        **where,
    )
