"""What a picture of a phase map shows, as plain arrays, before anything is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.axis import Axis
from grokphase.phases.axis_text import Scale
from grokphase.phases.classify import By
from grokphase.plotting.axes import cell_centres, cell_edges
from grokphase.telling.axes import axis_label
from grokphase.telling.captions import caption, task_title
from grokphase.telling.looks import in_display_order

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap


class AxisInfo(NamedTuple):
    """One axis in drawing coordinates.

    Attributes:
        label: words with a unit.
        scale: "linear", "log", or "list" and "categories" (cells of equal width around 0, 1, ...).
        values: (n,) what the axis runs over; of categories their places.
        labels: (n,) short text of each value.
        centres: (n,) where each value is drawn.
        edges: (n + 1,) where cells begin and end.
    """

    label: str
    scale: Scale
    values: NDArray[np.float64]
    labels: tuple[str, ...]
    centres: NDArray[np.float64]
    edges: NDArray[np.float64]


class Spread(NamedTuple):
    """How far one border moves along x over seeds, on one row of a map.

    Attributes:
        row: index along y.
        low: lower end of the interval for the median border, in cells: -0.5 is the left edge of
            the map, 0.5 the edge between the first and the second cell.
        high: upper end.
        coverage: probability with which the interval holds the median of all seeds.
    """

    row: int
    low: float
    high: float
    coverage: float


class PhaseMapInfo(NamedTuple):
    """Everything a picture of a map shows. Arrays are (ny, nx): rows by y, columns by x.

    Attributes:
        x: horizontal axis.
        y: vertical axis.
        phase: phase of each cell; the majority over seeds.
        phases: phases that occur in any run, in the order of display.
        shares: (phases, ny, nx) share of each cell's seeds in each of `phases`.
        agreement: share of a cell's seeds that are in its phase; 1 for a single seed.
        measured: False where the cell was inferred by refinement and not run, or is forecast.
        by: which steps decided the phases.
        train_step: the step of training accuracy by it; NaN if censored or not run.
        validation_step: the step of validation accuracy, likewise.
        spreads: borders that differ between seeds; none for one seed.
        counts: cells in each of `phases`.
        inferred: cells that were not run.
        forecast: cells whose phase is forecast, of a run that was stopped.
        seeds: runs in a cell.
        title: the task in words.
        caption: what was trained, with which thresholds, at which cost.
    """

    x: AxisInfo
    y: AxisInfo
    phase: NDArray[np.str_]
    phases: tuple[str, ...]
    shares: NDArray[np.float64]
    agreement: NDArray[np.float64]
    measured: NDArray[np.bool_]
    by: By
    train_step: NDArray[np.float64]
    validation_step: NDArray[np.float64]
    spreads: tuple[Spread, ...]
    counts: dict[str, int]
    inferred: int
    forecast: NDArray[np.bool_]
    seeds: int
    title: str
    caption: str


def phase_map_info(phase_map: PhaseMap) -> PhaseMapInfo:
    """The data of a picture of a map.

    Args:
        phase_map: the map.

    Returns:
        Plain arrays and text; nothing in them is interpolated.

    Example:
        >>> from grokphase.phases.phase_map import PhaseMap
        >>> x, y = Axis("recipe.decoder.weight_decay", (0, 1)), Axis("split.count", (40, 45))
        >>> found = [["memorization", "grokking"], ["confusion", "comprehension"]]
        >>> steps = [[90, 90], [None, 90]], [[None, 5000], [None, 300]]
        >>> info = phase_map_info(PhaseMap.from_arrays(x, y, found, *steps))
        >>> info.x.label, info.counts["grokking"]
        ('decoder weight decay', 1)
    """
    fractions = phase_map.phase_fractions
    phases = in_display_order(set(fractions))
    phase = phase_map.phase
    return PhaseMapInfo(
        x=axis_info(phase_map.x),
        y=axis_info(phase_map.y),
        phase=phase,
        phases=phases,
        shares=np.stack([fractions[name] for name in phases]),
        agreement=(phase_map.phase_by_seed == phase[..., None]).mean(axis=-1),
        measured=phase_map.measured,
        by=phase_map.by,
        train_step=phase_map.train_step,
        validation_step=phase_map.validation_step,
        spreads=border_spreads(phase_map),
        counts={name: int((phase == name).sum()) for name in phases},
        inferred=int(phase_map.inferred.sum()),
        forecast=phase_map.forecast,
        seeds=len(phase_map.seeds),
        title=task_title(phase_map.settings),
        caption=caption(phase_map),
    )


def border_spreads(phase_map: PhaseMap) -> tuple[Spread, ...]:
    """Where borders between phases differ from seed to seed; see `PhaseMap.borders`.

    Args:
        phase_map: the map.

    Returns:
        One entry for each place where a border moves, each place once although it may border
        several sets of phases. A border that some seeds do not have reaches to the map's edge.
        None along an axis of words, between which there is no border.
    """
    if len(phase_map.seeds) < 2 or not phase_map.x.ordered:
        return ()
    rows = {value: row for row, value in enumerate(phase_map.y.values)}
    ends = -0.5, phase_map.x.size - 0.5
    found: dict[Spread, None] = {}
    for border in phase_map.borders("x").borders:
        low, high = (float(np.clip(end, *ends)) for end in (border.low, border.high))
        if low < high:
            found[Spread(rows[border.at], low, high, border.coverage)] = None
    return tuple(found)


def axis_info(axis: Axis) -> AxisInfo:
    """An axis in drawing coordinates."""
    centres = cell_centres(axis)
    return AxisInfo(
        label=axis_label(axis.name),
        scale=axis.scale,
        values=np.asarray(axis.numbers if axis.ordered else centres, dtype=np.float64),
        labels=axis.labels(),
        centres=centres,
        edges=cell_edges(axis.values, axis.scale),
    )
