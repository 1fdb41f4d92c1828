"""What a claim can say of a phase map, as numbers: one of each seed's map.

Cells that refinement inferred count with the phase they were given. A number is NaN where the map
does not have what it is about. Corners are named as the axes ascend: "low right" is at the small
values of y and the large ones of x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise, product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators.statistics import rank_correlation
from grokphase.phases.classify import COMPREHENSION, GROKKING, MEMORIZATION, TABLE_1
from grokphase.phases.letters import from_letters
from grokphase.phases.phase_map import PhaseMap

Statistic = Callable[[PhaseMap], float]
"""Of the map of one seed."""


def of_each_seed(data: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """A row a seed, and a column for each of `STATISTICS`: the table that claims are judged on.

    Args:
        data: of one figure, by its id, as `studies.maps.compute` gives them.
    """
    (figure,) = data.values()
    return {"seed": [entry["seed"] for entry in figure["maps"]], **measured(figure, STATISTICS)}


def measured(
    figure: Mapping[str, Any], statistics: Mapping[str, Statistic]
) -> dict[str, list[float]]:
    """Statistics of the map of each seed, by name.

    Args:
        figure: the data of a figure.
        statistics: by name.
    """
    maps = [from_letters(figure["x"], figure["y"], [entry]) for entry in figure["maps"]]
    return {name: [of(found) for found in maps] for name, of in statistics.items()}


def phases_present(found: PhaseMap) -> float:
    """How many of the four phases of Table 1 occur."""
    return float(np.isin(TABLE_1, found.phase).sum())


def corner_share(
    found: PhaseMap, phase: str, *, high: bool, right: bool, edge: bool = False
) -> float:
    """The share of one phase in a corner: the outer quarter of both axes, a cell at least.

    Args:
        found: a map.
        phase: the phase.
        high: the corner at the large values of y, else at the small ones.
        right: the corner at the large values of x, else at the small ones.
        edge: only the outermost row of the corner.
    """
    corner = _corner(found.phase, high, right)
    return float(((corner[-1 if high else 0] if edge else corner) == phase).mean())


def late_corner(found: PhaseMap, *, high: bool, right: bool) -> float:
    """How much later a corner generalizes than the rest of the map.

    Median steps to the validation accuracy, over the cells of comprehension and grokking of the
    corner, divided by the same elsewhere; only cells that were run have steps. 0 where no more than
    half of the corner generalizes; NaN where nothing else does.

    Args:
        found: a map.
        high: as for `corner_share`.
        right: as for `corner_share`.
    """
    generalizes = np.isin(found.phase, (COMPREHENSION, GROKKING))
    inside = np.zeros_like(generalizes)
    _corner(inside, high, right)[...] = True
    if not generalizes[inside].mean() > 0.5:
        return 0.0
    steps = [found.validation_step[generalizes & where] for where in (inside, ~inside)]
    if any(np.isnan(one).all() for one in steps):
        return float("nan")
    return float(np.nanmedian(steps[0]) / np.nanmedian(steps[1]))


def _corner(cells: NDArray[Any], high: bool, right: bool) -> NDArray[Any]:
    """A view of the cells of a corner."""
    rows, columns = (_outer(n, end) for n, end in zip(cells.shape, (high, right), strict=True))
    return cells[rows, columns]


def _outer(size: int, end: bool) -> slice:
    """The quarter of an axis at its end, or at its beginning."""
    many = max(1, round(size / 4))
    return slice(size - many, size) if end else slice(0, many)


def passages_through_grokking(found: PhaseMap) -> float:
    """How often grokking stands between comprehension and memorization.

    Each row and each column is walked along. A passage leads from a cell of comprehension to the
    next of memorization, or back, with neither of the two between them. Of all passages of the map,
    the share with a cell of grokking on the way. `borders_with_grokking` need not agree.
    """
    lines = (*found.phase, *found.phase.T)
    through = [GROKKING in line[a:b] for line in lines for a, b in _passages(line)]
    return float(np.mean(through)) if through else float("nan")


def _passages(line: NDArray[np.str_]) -> Iterator[tuple[int, int]]:
    """Where passages between comprehension and memorization begin and end on a line of cells."""
    ends = np.flatnonzero((line == COMPREHENSION) | (line == MEMORIZATION))
    for a, b in pairwise(ends.tolist()):
        if line[a] != line[b]:
            yield a, b


def borders_with_grokking(found: PhaseMap) -> float:
    """What memorization borders on, where it borders on generalization: the share that groks.

    Of all pairs of neighbouring cells, in rows and columns, of which one memorizes and the other
    comprehends or groks.
    """
    phase = found.phase
    pairs = [
        {*pair}
        for first, second in ((phase[:, :-1], phase[:, 1:]), (phase[:-1], phase[1:]))
        for pair in zip(first.flat, second.flat, strict=True)
    ]
    asked = ({MEMORIZATION, GROKKING}, {MEMORIZATION, COMPREHENSION})
    groks = [GROKKING in pair for pair in pairs if pair in asked]
    return float(np.mean(groks)) if groks else float("nan")


def comprehension_along_y(found: PhaseMap) -> float:
    """Rank correlation (Spearman) of y with the number of cells of comprehension in its row."""
    return rank_correlation(found.y.values, (found.phase == COMPREHENSION).sum(axis=1))


def comprehension_at_low_y(found: PhaseMap) -> float:
    """The share of comprehension in the rows of the least quarter of y."""
    return float((found.phase[_outer(found.y.size, end=False)] == COMPREHENSION).mean())


def unlike_their_column(found: PhaseMap) -> float:
    """The share of cells whose phase is not the commonest one of their column."""
    usual = (np.unique(column, return_counts=True)[1].max() for column in found.phase.T)
    return 1 - float(sum(usual)) / found.phase.size


def _corners() -> Iterator[tuple[str, Statistic]]:
    """Statistics of each corner."""
    for (up, high), (across, right) in product(
        (("low", False), ("high", True)), (("left", False), ("right", True))
    ):
        yield f"late_{up}_{across}", partial(late_corner, high=high, right=right)
        for phase in TABLE_1:
            share = partial(corner_share, phase=phase, high=high, right=right)
            yield f"{phase}_{up}_{across}", share
            yield f"{phase}_{up}_{across}_edge", partial(share, edge=True)


STATISTICS: Final[Mapping[str, Statistic]] = {
    "phases_present": phases_present,
    "passages_through_grokking": passages_through_grokking,
    "borders_with_grokking": borders_with_grokking,
    "comprehension_along_y": comprehension_along_y,
    "comprehension_at_low_y": comprehension_at_low_y,
    "unlike_their_column": unlike_their_column,
    **dict(_corners()),
}
"""By the names of their columns: "memorization_low_right" is the share of memorization in that
corner, "memorization_low_right_edge" that in its outermost row, "late_high_left" how much later
that corner generalizes."""
