"""The picture of a phase map: every cell as it was measured, nothing interpolated."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from grokphase.plotting.information import AxisInfo, PhaseMapInfo, phase_map_info
from grokphase.plotting.layers import (
    draw_borders,
    draw_cells,
    draw_shares,
    draw_spreads,
    draw_steps,
    label_regions,
)
from grokphase.plotting.legend import map_entries, steps_entries
from grokphase.plotting.style import paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.phases.phase_map import PhaseMap

_MAP_WIDTH, _LEGEND_WIDTH, _STEPS_WIDTH, _HEIGHT = 4.0, 1.5, 3.6, 3.3  # inches
_CHARACTERS_PER_INCH = 20.5  # of the caption, 6.5 points
_MOST_TICKS = 12


def phase_map_figure(phase_map: PhaseMap, *, steps: bool = False) -> Figure:
    """A phase map as a figure for a paper.

    Cells lie on their values, with edges halfway to the next one (on a log axis in the
    logarithm). A cell that was inferred by refinement is paler and carries a dot. Where seeds
    disagree, a cell has the colour of the majority and, along its foot, a bar of the shares of
    its runs. Dark lines are the borders between phases; a whisker across one is the interval of its
    place over seeds. Under the map stand task, budget, seeds,
    thresholds, number of runs and steps trained.

    Args:
        phase_map: the map.
        steps: add a second panel with the step of validation accuracy, by the times that decided
            the phases. There, cells that did not pass within the budget are grey and hatched, not
            coloured.

    Returns:
        A figure of its own canvas (Agg); nothing global is touched.

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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    info = phase_map_info(phase_map)
    width = _MAP_WIDTH + _LEGEND_WIDTH + (_STEPS_WIDTH if steps else 0)
    with paper_style():
        figure = Figure(figsize=(width, _HEIGHT), layout="constrained")
        FigureCanvasAgg(figure)
        ratios = [_MAP_WIDTH, _STEPS_WIDTH] if steps else [1]
        panels = figure.subplots(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
        _draw_map(panels[0], info)
        if steps:
            _draw_steps(panels[1], info)
        _finish(figure, info, width, steps)
        # Laid out here, under our fonts, and then kept: a caller's settings do not move it.
        figure.canvas.draw()
        figure.set_layout_engine("none")
    return figure


def _draw_map(axes: Axes, info: PhaseMapInfo) -> None:
    set_axes(axes, info)
    axes.set_title(f"Phases of learning: {info.title}", loc="left", fontweight="bold")
    draw_cells(axes, info)
    draw_shares(axes, info)
    draw_borders(axes, info)
    draw_spreads(axes, info)
    label_regions(axes, info, (0.8 * _MAP_WIDTH, 0.7 * _HEIGHT))


def _draw_steps(axes: Axes, info: PhaseMapInfo) -> None:
    set_axes(axes, info)
    median = "median " if info.seeds > 1 else ""
    sustained = "sustained " if info.by == "sustained" else ""
    title = f"{median}steps to {sustained}validation accuracy"
    axes.set_title(title.capitalize(), loc="left")
    axes.set_ylabel("")
    draw_steps(axes, info)
    draw_borders(axes, info)


def set_axes(axes: Axes, info: PhaseMapInfo) -> None:
    """Scale, limits, ticks and labels of both axes of a map."""
    _set_axis(axes, "x", info.x)
    _set_axis(axes, "y", info.y)
    for spine in axes.spines.values():
        spine.set_zorder(5)


def _set_axis(axes: Axes, which: str, axis: AxisInfo) -> None:
    """Scale, limits, ticks and label of one axis."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    if axis.scale == "log":
        axes.set(**{f"{which}scale": "log"})
    axes.set(**{f"{which}lim": (axis.edges[0], axis.edges[-1]), f"{which}label": axis.label})
    drawn = axes.xaxis if which == "x" else axes.yaxis
    if axis.scale == "list":
        every = -(-axis.centres.size // _MOST_TICKS)
        drawn.set_ticks(axis.centres[::every], axis.labels[::every])
        drawn.set_minor_locator(NullLocator())
    elif axis.scale == "linear":
        if axis.centres.size <= _MOST_TICKS:
            drawn.set_ticks(axis.centres, axis.labels)
        else:
            drawn.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _finish(figure: Figure, info: PhaseMapInfo, width: float, steps: bool) -> None:
    """Legend at the right, caption below."""
    from matplotlib.legend_handler import HandlerTuple

    entries = map_entries(info) + (steps_entries(info) if steps else [])
    # matplotlib draws a tuple of artists as one handle, which its types do not say.
    handles: list[Any] = [artists for _, artists in entries]
    figure.legend(
        handles,
        [label for label, _ in entries],
        handler_map={tuple: HandlerTuple(ndivide=1)},
        loc="outside right upper",
        handlelength=1.5,
        handleheight=1.1,
        labelspacing=0.55,
        borderpad=0.2,
        alignment="left",
    )
    lines = textwrap.wrap(info.caption, int(width * _CHARACTERS_PER_INCH))
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=6.5, color="#444444")
