"""Phase maps of several seeds: what most of them say, and each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.studies.figure import Data, FigureResult
from grokphase.studies.liu2022.drawings.sheet import sheet
from grokphase.studies.scales import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from grokphase.phases.phase_map import PhaseMap
    from grokphase.plotting.information import PhaseMapInfo

_TALL, _SMALL = 3.0, 1.55  # inches: the large panels, one seed's map
_IN_A_ROW = 5


def draw_map(
    result: FigureResult, *, title: str, planned: Mapping[Scale, int], downwards: bool
) -> Figure:
    """The phases in most seeds, and under them the map of each seed.

    Where seeds disagree, a cell has the colour of the majority and a bar of their shares. Cells
    that refinement inferred are pale and carry a dot; in the large map, those that it inferred in
    at least one seed. Of a single seed there is one map, and beside it the step of validation
    accuracy.

    Args:
        result: data as `maps.compute` gives them.
        title: of the figure.
        planned: seeds that the figure is meant to have; the caption says how many there are.
        downwards: y grows downwards, as the paper draws it.
    """
    from grokphase.plotting.style import paper_style

    maps = [_phase_map(result.data, [entry]) for entry in result.data["maps"]]
    rows = 0 if len(maps) == 1 else -(-len(maps) // _IN_A_ROW)
    with paper_style():
        caption = f"{seeds_sentence(result, planned)} {result.settings}"
        figure = sheet(title, caption, _TALL + rows * _SMALL)
        # Parts of the figure, so that their legends keep off its title.
        heights = [_TALL, rows * _SMALL] if rows else [_TALL]
        parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights).flat
        if rows:
            _draw_most(parts[0], _phase_map(result.data, result.data["maps"]), downwards)
            _draw_each(parts[1], maps, downwards)
        else:
            _draw_one(parts[0], maps[0], downwards)
    return figure


def seeds_sentence(result: FigureResult, planned: Mapping[Scale, int]) -> str:
    """Which seeds there are, of how many, and what their runs cost.

    Args:
        result: of the figure.
        planned: seeds that the figure is meant to have.
    """
    maps = result.data["maps"]
    seeds = ", ".join(str(entry["seed"]) for entry in maps)
    many = planned[result.scale]
    there = f"{len(maps)} of {many} seeds" if len(maps) < many else "all seeds planned"
    cells = sum(len(row) for entry in maps for row in entry["measured"])
    return (
        f"Seed{'s' * (len(maps) > 1)} {seeds} ({there}); {result.runs:,} of {cells:,} cells run, "
        f"others inferred; {result.steps:,} steps trained."
    )


def _phase_map(data: Data, entries: Sequence[Mapping[str, Any]]) -> PhaseMap:
    """Seeds of a figure's data as one map; a cell counts as run if it was in all of them."""
    from grokphase.phases.axis import Axis
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.telling.looks import PHASE_STYLES

    names = {style.letter: name for name, style in PHASE_STYLES.items()}
    x, y = (
        Axis(axis["name"], tuple(axis["values"]), axis["scale"]) for axis in (data["x"], data["y"])
    )
    phases = [[[names[letter] for letter in row] for row in entry["phase"]] for entry in entries]
    train, validation = (
        np.stack([np.array(entry[which], float) for entry in entries], axis=-1)
        for which in ("train_step", "validation_step")
    )
    measured = np.array([[list(row) for row in entry["measured"]] for entry in entries]) == "1"
    return PhaseMap.from_arrays(
        x,
        y,
        np.stack([np.array(rows) for rows in phases], axis=-1),
        train,
        validation,
        measured=measured.all(axis=0),
        seeds=[entry["seed"] for entry in entries],
    )


def _draw_most(figure: SubFigure, phase_map: PhaseMap, downwards: bool) -> None:
    """The map of the majority, with its legend."""
    from grokphase.plotting.information import phase_map_info
    from grokphase.plotting.layers import draw_borders, draw_cells, draw_shares, label_regions
    from grokphase.plotting.legend import map_entries

    info = phase_map_info(phase_map)
    axes = figure.subplots()
    _set_axes(axes, info, downwards)
    axes.set_title(f"Most of {info.seeds} seeds (of equals, the lower in the legend)", loc="left")
    draw_cells(axes, info)
    draw_shares(axes, info)
    draw_borders(axes, info)
    label_regions(axes, info)
    # Whiskers of borders are left out: they would hide the bars, and each seed is drawn below.
    entries = map_entries(info._replace(spreads=()))
    inferred = "inferred, not run"
    _legend(
        figure,
        [(text.replace(inferred, f"{inferred},\nin some seed"), art) for text, art in entries],
    )


def _draw_each(figure: SubFigure, maps: Sequence[PhaseMap], downwards: bool) -> None:
    """A small map for each seed."""
    from grokphase.plotting.information import phase_map_info
    from grokphase.plotting.layers import draw_borders, draw_cells

    rows, columns = -(-len(maps) // _IN_A_ROW), min(len(maps), _IN_A_ROW)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, phase_map in zip(panels.flat, maps, strict=False):
        info = phase_map_info(phase_map)
        _set_axes(axes, info, downwards)
        axes.set(xlabel="", ylabel="")
        axes.tick_params(labelsize=6)
        axes.set_title(f"seed {phase_map.seeds[0]}", loc="left", fontsize=7.5)
        draw_cells(axes, info)
        draw_borders(axes, info)
    for axes in panels.flat[len(maps) :]:
        axes.set_axis_off()


def _draw_one(figure: SubFigure, phase_map: PhaseMap, downwards: bool) -> None:
    """The map of a single seed, and the steps to validation accuracy."""
    from grokphase.plotting.colours import validation_steps
    from grokphase.plotting.information import phase_map_info
    from grokphase.plotting.layers import draw_borders, draw_cells, draw_values, label_regions
    from grokphase.plotting.legend import map_entries, values_entries

    info, passed = phase_map_info(phase_map), validation_steps(phase_map)
    phases, steps = figure.subplots(1, 2, sharey=True)
    for axes, name in (
        (phases, f"Seed {phase_map.seeds[0]}"),
        (steps, "Steps to validation accuracy"),
    ):
        _set_axes(axes, info, downwards)
        axes.set_title(name, loc="left")
    steps.set_ylabel("")
    draw_cells(phases, info)
    draw_borders(phases, info)
    label_regions(phases, info)
    draw_values(steps, info, passed)
    draw_borders(steps, info)
    _legend(figure, [*map_entries(info), *values_entries(info, passed)])


def _set_axes(axes: Axes, info: PhaseMapInfo, downwards: bool) -> None:
    from grokphase.plotting.phase_map import set_axes

    set_axes(axes, info)
    if downwards and not axes.yaxis_inverted():
        axes.invert_yaxis()


def _legend(figure: SubFigure, entries: Sequence[tuple[str, Any]]) -> None:
    from matplotlib.legend_handler import HandlerTuple

    figure.legend(
        [artists for _, artists in entries],
        [text for text, _ in entries],
        handler_map={tuple: HandlerTuple(ndivide=1)},
        loc="outside right upper",
        handlelength=1.5,
        handleheight=1.1,
        labelspacing=0.55,
        alignment="left",
    )
