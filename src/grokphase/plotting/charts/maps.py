"""Phase maps of several seeds: what most of them say, and each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.plotting.charts.columns import Table, entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from grokphase.phases.axis import Axis
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.plotting.information import PhaseMapInfo

_TALL, _SMALL = 3.0, 1.55  # inches: the large panels, one seed's map
_IN_A_ROW: Final = 5


@dataclass(frozen=True)
class Maps:
    """What the chart shows; see `maps`.

    Args:
        each: the map of each seed.
        most: of all seeds, in which a cell has the phase of the majority; of one seed, its map.
        published: the map of the paper, or None.
        published_label: above it.
        downwards: y grows downwards.
    """

    each: tuple[PhaseMap, ...]
    most: PhaseMap
    published: PhaseMap | None
    published_label: str
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
    downwards: bool = False,
    published: Table | None = None,
    published_label: str = "published",
) -> Maps:
    """The data of the chart.

    Args:
        table: x and y, each an axis {name, values, scale}; and the column `maps` with an entry for
            each seed: `seed`; `phase` and `measured`, a text a row of y with one letter ("C", "G",
            ...) or digit ("1" for run, "0" for inferred) a value of x; `train_step` and
            `validation_step`, a list of lists, None where not reached.
        maps: the name of that column.
        downwards: y grows downwards, as some papers draw it.
        published: the map of the paper: x, y and `phase` as above.
        published_label: above it.

    Raises:
        GrokphaseError: if there is no map, or a letter stands for no phase.

    Example:
        >>> x = {"name": "recipe.decoder.learning_rate", "values": [1e-3, 1e-2], "scale": "log"}
        >>> y = {"name": "recipe.decoder.weight_decay", "values": [0, 5], "scale": "linear"}
        >>> steps = [[9, 9], [9, None]]
        >>> one = {"seed": 3, "phase": ["CC", "CX"], "train_step": steps, "validation_step": steps}
        >>> maps({"x": x, "y": y, "maps": [one]}).most.counts()["comprehension"]
        3
    """
    entries: Sequence[Mapping[str, Any]] = entry(table, maps)
    if not entries:
        raise GrokphaseError(f'The column "{maps}" has no map; a chart of maps needs one at least.')
    return Maps(
        tuple(phase_map(table, [one]) for one in entries),
        phase_map(table, entries),
        None if published is None else phase_map(published, [published]),
        published_label,
        downwards,
    )


def phase_map(table: Table, entries: Sequence[Mapping[str, Any]]) -> PhaseMap:
    """Seeds as one map; a cell counts as run if it was in all of them.

    Args:
        table: with the axes x and y.
        entries: of its seeds, see `maps`.
    """
    from grokphase.phases.phase_map import PhaseMap

    x, y = (_axis(entry(table, name)) for name in "xy")
    phases = np.stack([_phases(one["phase"]) for one in entries], axis=-1)
    never = np.full(phases.shape[:2], np.nan)
    train, validation = (
        np.stack([np.array(one.get(which, never), float) for one in entries], axis=-1)
        for which in ("train_step", "validation_step")
    )
    everything = ["1" * len(x.values)] * len(y.values)
    measured = np.array([[list(r) for r in one.get("measured", everything)] for one in entries])
    return PhaseMap.from_arrays(
        x,
        y,
        phases,
        train,
        validation,
        measured=(measured == "1").all(axis=0),
        seeds=[one.get("seed", 0) for one in entries],
    )


def _axis(given: Mapping[str, Any]) -> Axis:
    from grokphase.phases.axis import Axis

    return Axis(given["name"], tuple(given["values"]), given["scale"])


def _phases(rows: Sequence[str]) -> Any:
    """Names of phases from their letters."""
    from grokphase.telling.looks import PHASE_STYLES

    names = {style.letter: name for name, style in PHASE_STYLES.items()}
    if unknown := {letter for row in rows for letter in row} - names.keys():
        raise GrokphaseError(
            f'"{min(unknown)}" stands for no phase; a map is written in {", ".join(names)}.'
        )
    return np.array([[names[letter] for letter in row] for row in rows])


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
    columns = 1 + one + (picture.published is not None)
    panels = list(parts[0].subplots(1, columns, sharey=True, squeeze=False)[0])
    if picture.published is not None:
        _draw_map(panels.pop(), picture.published, picture, picture.published_label).set_ylabel("")
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

    info = phase_map_info(picture.most)
    title = f"Most of {info.seeds} seeds (of equals, the lower in the legend)"
    _draw_map(axes, picture.most, picture, title)
    draw_shares(axes, info)
    # Whiskers of borders are left out: they would hide the bars, and each seed is drawn below.
    entries = map_entries(info._replace(spreads=()))
    inferred = "inferred, not run"
    _legend(
        figure,
        [(text.replace(inferred, f"{inferred},\nin some seed"), art) for text, art in entries],
    )


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
    from grokphase.plotting.colours import validation_steps
    from grokphase.plotting.information import phase_map_info
    from grokphase.plotting.layers import draw_borders, draw_values
    from grokphase.plotting.legend import map_entries, values_entries

    phases, steps = panels
    info, passed = phase_map_info(picture.most), validation_steps(picture.most)
    _draw_map(phases, picture.most, picture, f"Seed {picture.most.seeds[0]}")
    _set_axes(steps, info, picture.downwards)
    steps.set_title("Steps to validation accuracy", loc="left")
    steps.set_ylabel("")
    draw_values(steps, info, passed)
    draw_borders(steps, info)
    _legend(figure, [*map_entries(info), *values_entries(info, passed)])


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


def _legend(figure: Figure | SubFigure, entries: Sequence[tuple[str, Any]]) -> None:
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
