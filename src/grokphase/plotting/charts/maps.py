"""Phase maps of several seeds: what most of them say, and each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.phases.classify import DELAY, classify_many
from grokphase.phases.letters import LETTERS, from_letters
from grokphase.plotting.charts.columns import Table, entry, labels, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from grokphase.phases.phase_map import PhaseMap
    from grokphase.plotting.information import PhaseMapInfo

_TALL, _SMALL = 3.0, 1.55  # inches: the large panels, one seed's map
_IN_A_ROW: Final = 5
_BESIDE: Final = "outside right upper"


@dataclass(frozen=True)
class Maps:
    """What the chart shows; see `maps`.

    Args:
        each: the map of each seed.
        most: of all seeds, in which a cell has the phase of the majority; of one seed, its map.
        label: above a map of one seed; empty names the seed.
        downwards: y grows downwards.
    """

    each: tuple[PhaseMap, ...]
    most: PhaseMap
    label: str
    downwards: bool

    @property
    def height(self) -> float:
        """Inches that it needs."""
        rows = 0 if len(self.each) == 1 else -(-len(self.each) // _IN_A_ROW)
        return _TALL + rows * _SMALL


def maps(
    table: Table,
    *,
    maps: str = "maps",
    x: str = "",
    y: str = "",
    x_name: str = "",
    y_name: str = "",
    x_scale: str = "linear",
    y_scale: str = "linear",
    delay: float = DELAY,
    label: str = "",
    downwards: bool = False,
) -> Maps:
    """The data of the chart.

    A table holds maps in one of two ways: x and y, each an axis {name, values, scale}, and a column
    with an entry for each seed; or a row a run, as published maps do.

    Args:
        table: the maps.
        maps: the column with an entry for each seed: `seed`; `phase` and `measured`, a text a row
            of y with one letter ("C", "G", ...) or digit ("1" for run, "0" for inferred) a value of
            x; `train_step` and `validation_step`, a list of lists, None where not reached.
        x: where a row is a run, the column across; then also `train_step` and `validation_step`
            are columns, and `seed` where there are several.
        y: the column upwards.
        x_name: the dotted name of the setting across, from which come words and unit.
        y_name: the same upwards.
        x_scale: "linear" or "log".
        y_scale: the same.
        delay: from how many steps on a run groks.
        label: above a map of one seed, as "published"; empty names the seed.
        downwards: y grows downwards, as some papers draw it.

    Raises:
        GrokphaseError: if there is no map, a letter stands for no phase, or a cell has no run.

    Example:
        >>> x = {"name": "recipe.decoder.learning_rate", "values": [1e-3, 1e-2], "scale": "log"}
        >>> y = {"name": "recipe.decoder.weight_decay", "values": [0, 5], "scale": "linear"}
        >>> steps = [[9, 9], [9, None]]
        >>> one = {"seed": 3, "phase": ["CC", "CX"], "train_step": steps, "validation_step": steps}
        >>> maps({"x": x, "y": y, "maps": [one]}).most.counts()["comprehension"]
        3
    """
    if x:
        table = _of_runs(table, (x, x_name, x_scale), (y, y_name, y_scale), delay)
        maps = "maps"
    entries: Sequence[Mapping[str, Any]] = entry(table, maps)
    if not entries:
        raise GrokphaseError(f'The column "{maps}" has no map; a chart of maps needs one at least.')
    across, up = entry(table, "x"), entry(table, "y")
    each = tuple(from_letters(across, up, [one]) for one in entries)
    return Maps(each, from_letters(across, up, entries), label, downwards)


def _of_runs(
    table: Table, across: tuple[str, str, str], up: tuple[str, str, str], delay: float
) -> dict[str, Any]:
    """Maps in entries of their seeds, from a row a run."""
    axes, at = {}, []
    columns = numbers(table, across[0], up[0], "train_step", "validation_step")
    for (column, name, scale), values, which in zip((across, up), columns, "xy", strict=False):
        places, where = np.unique(values, return_inverse=True)
        at.append(where)
        axes[which] = {"name": name or column, "values": places.tolist(), "scale": scale}
    seeds = labels(table, "seed", len(at[0])) if "seed" in table else ["0"] * len(at[0])
    entries = []
    for seed in dict.fromkeys(seeds):
        own = np.flatnonzero([each == seed for each in seeds])
        steps = np.full((2, len(axes["y"]["values"]), len(axes["x"]["values"])), np.nan)
        there = np.zeros(steps.shape[1:], int)
        cell = (at[1][own], at[0][own])
        np.add.at(there, cell, 1)
        if (there != 1).any():
            raise GrokphaseError(
                f"A map has one run a cell and seed; of {there.size} cells of seed {seed}, "
                f"{int((there == 0).sum())} have none and {int((there > 1).sum())} several."
            )
        steps[0][cell], steps[1][cell] = columns[2][own], columns[3][own]
        found = classify_many(*steps, delay=delay)
        entries.append(
            {
                "seed": int(float(seed)),
                "phase": ["".join(LETTERS[str(one)] for one in row) for row in found],
                "train_step": steps[0],
                "validation_step": steps[1],
            }
        )
    return {**axes, "maps": entries}


def draw(figure: Figure | SubFigure, picture: Maps) -> None:
    """Draw them onto a part of a figure.

    Where seeds disagree, a cell has the colour of the majority and a bar of their shares. Cells
    that refinement inferred are pale and carry a dot; in the large map, those that it inferred in
    at least one seed. Of a single seed there is one map, and beside it the step of validation
    accuracy.

    Args:
        figure: a part of a figure, so that its legend keeps off the title of the whole.
        picture: what `maps` gives.
    """
    one = len(picture.each) == 1
    parts: Any = [figure]
    if not one:
        heights = [_TALL, picture.height - _TALL]
        parts = figure.subfigures(2, 1, squeeze=False, height_ratios=heights).flat
    panels = parts[0].subplots(1, 1 + one, sharey=True, squeeze=False)[0]
    if one:
        _draw_one(parts[0], panels, picture)
    else:
        _draw_most(parts[0], panels[0], picture)
        _draw_each(parts[1], picture)


def _draw_most(figure: Figure | SubFigure, axes: Axes, picture: Maps) -> None:
    """The map of the majority, with its legend."""
    from grokphase.plotting.information import phase_map_info
    from grokphase.plotting.layers import draw_shares
    from grokphase.plotting.legend import map_entries
    from grokphase.plotting.phase_map import draw_legend

    info = phase_map_info(picture.most)
    title = f"Most of {info.seeds} seeds (of equals, the lower in the legend)"
    _draw_map(axes, picture.most, picture, title)
    draw_shares(axes, info)
    # Whiskers of borders are left out: they would hide the bars, and each seed is drawn below.
    entries = map_entries(info._replace(spreads=()))
    inferred = "inferred, not run"
    named = [(text.replace(inferred, f"{inferred},\nin some seed"), art) for text, art in entries]
    draw_legend(figure, named, loc=_BESIDE)


def _draw_each(figure: SubFigure, picture: Maps) -> None:
    """A small map for each seed."""
    rows, columns = -(-len(picture.each) // _IN_A_ROW), min(len(picture.each), _IN_A_ROW)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, found in zip(panels.flat, picture.each, strict=False):
        _draw_map(axes, found, picture, f"seed {found.seeds[0]}", small=True)
        axes.set(xlabel="", ylabel="")
        axes.tick_params(labelsize=6)
    for axes in panels.flat[len(picture.each) :]:
        axes.set_axis_off()


def _draw_one(figure: Figure | SubFigure, panels: Sequence[Axes], picture: Maps) -> None:
    """The map of a single seed, and the steps to validation accuracy."""
    from grokphase.plotting.information import phase_map_info
    from grokphase.plotting.layers import draw_borders, draw_values
    from grokphase.plotting.legend import map_entries, values_entries
    from grokphase.plotting.phase_map import draw_legend
    from grokphase.plotting.quantities import validation_steps

    phases, steps = panels
    info, passed = phase_map_info(picture.most), validation_steps(picture.most)
    _draw_map(phases, picture.most, picture, picture.label or f"Seed {picture.most.seeds[0]}")
    _set_axes(steps, info, picture.downwards)
    steps.set_title("Steps to validation accuracy", loc="left")
    steps.set_ylabel("")
    draw_values(steps, info, passed)
    draw_borders(steps, info)
    draw_legend(figure, [*map_entries(info), *values_entries(info, passed)], loc=_BESIDE)


def _draw_map(
    axes: Axes, found: PhaseMap, picture: Maps, title: str, *, small: bool = False
) -> Axes:
    from grokphase.plotting.information import phase_map_info
    from grokphase.plotting.layers import draw_borders, draw_cells, label_regions

    info = phase_map_info(found)
    _set_axes(axes, info, picture.downwards)
    axes.set_title(title, loc="left", fontsize=7.5 if small else None)
    draw_cells(axes, info)
    draw_borders(axes, info)
    if not small:
        label_regions(axes, info)
    return axes


def _set_axes(axes: Axes, info: PhaseMapInfo, downwards: bool) -> None:
    from grokphase.plotting.phase_map import set_axes

    set_axes(axes, info)
    if downwards and not axes.yaxis_inverted():
        axes.invert_yaxis()
