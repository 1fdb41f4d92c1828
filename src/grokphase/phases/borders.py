"""Where the borders between phases lie, and how far they move from seed to seed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from grokphase.counting import counted
from grokphase.errors import GrokphaseError, nearest
from grokphase.phases.axis import Axis
from grokphase.phases.axis_text import Value
from grokphase.phases.classify import COMPREHENSION, FAILED, GROKKING, MEMORIZATION
from grokphase.phases.summary import LEVEL, order_interval
from grokphase.plain import finite

BORDERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "comprehends": (COMPREHENSION,),
        "generalizes": (COMPREHENSION, GROKKING),
        "trains": (COMPREHENSION, GROKKING, MEMORIZATION),
    }
)
"""The borders looked for: each encloses a set of phases that belong together."""


class Mapped(Protocol):
    """What has borders: a `PhaseMap`, or whatever else has phases over two axes."""

    @property
    def x(self) -> Axis:
        """The horizontal axis."""

    @property
    def y(self) -> Axis:
        """The vertical axis."""

    @property
    def phase_by_seed(self) -> NDArray[np.str_]:
        """(ny, nx, seeds) phase of every run."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds."""


@dataclass(frozen=True)
class Border:
    """One border on one line of a map, over seeds.

    Positions count cells along the axis: 2.5 is between the third and the fourth value, and a
    border is known to half a cell. `Axis.at` turns positions into values (the geometric mean of
    two cells on a log axis).

    Args:
        name: which border, e.g. "generalizes".
        at: the value of the other axis, a number or a word: which line.
        enters: True where the phases of the border begin as the axis ascends, False where they
            end.
        positions: one for each seed; -inf or inf where that seed has no such border because what
            lies after it, or before it, fills the whole stretch.
        median: median of the positions over seeds; NaN if it falls among seeds without border.
        low: lower end of the interval for the median; -inf if open, NaN for one seed.
        high: upper end; inf if open, NaN for one seed.
        coverage: probability with which the interval holds the median of all seeds.
    """

    name: str
    at: Value
    enters: bool
    positions: tuple[float, ...]
    median: float
    low: float
    high: float
    coverage: float

    @property
    def absent(self) -> int:
        """Seeds that do not have this border."""
        return sum(math.isinf(position) for position in self.positions)

    @property
    def extent(self) -> float:
        """Cells from the lowest to the highest position seen; NaN if no seed has the border."""
        seen = [position for position in self.positions if math.isfinite(position)]
        return max(seen) - min(seen) if seen else math.nan


@dataclass(frozen=True, repr=False)
class Borders:
    """The borders of a map along one axis.

    Args:
        axis: the axis along which positions are counted.
        across: the other axis; it numbers the lines.
        borders: every border found, by name and then by line.
        unplaced: for each name, how many (line, seed) pairs cross from one side to the other on a
            line where most seeds have no such border; those are in no `Border`.
        seeds: the seeds.
    """

    axis: Axis
    across: Axis
    borders: tuple[Border, ...]
    unplaced: Mapping[str, int]
    seeds: tuple[int, ...]

    def named(self, name: str) -> tuple[Border, ...]:
        """The borders of one name, one for each place where it crosses a line.

        Raises:
            GrokphaseError: if there is no border of that name.
        """
        if name not in self.unplaced:
            names = ", ".join(self.unplaced)
            raise GrokphaseError(
                f'"{name}" is no border; borders are {names}.{nearest(name, self.unplaced)}'
            )
        return tuple(border for border in self.borders if border.name == name)

    def rows(self) -> list[dict[str, Any]]:
        """Plain rows for a table: one for each border, positions in cells and axis values.

        A value is None where a seed, the median or an end of the interval has no place.
        """
        return [_row(border, self.axis) for border in self.borders]

    def __repr__(self) -> str:
        """How many lines each border crosses and how far it moves, in cells."""
        lines = [
            f"Borders along {self.axis.name}, {counted(len(self.seeds), 'seed')} "
            "(cells; intervals: order statistics)"
        ]
        return "\n".join(lines + [f"  {name}: {self._sentence(name)}" for name in self.unplaced])

    def _sentence(self, name: str) -> str:
        found = self.named(name)
        if not found:
            return f"none; {self.unplaced[name]} seeds cross it here and there"
        extents = [border.extent for border in found if math.isfinite(border.extent)]
        moved = f"moves by {np.median(extents):.1f} (most: {max(extents):.1f})" if extents else ""
        absent = sum(border.absent for border in found)
        total = len(found) * len(self.seeds)
        return (
            f"{len(found)} crossings, {moved}; absent in {absent} of {total}, "
            f"unplaced {self.unplaced[name]}"
        )


def borders(
    phase_map: Mapped,
    along: str = "x",
    *,
    sets: Mapping[str, Iterable[str]] = BORDERS,
    level: float = LEVEL,
) -> Borders:
    """Find the borders of a map along one of its axes, and their spread over seeds.

    For a set S of phases, and on each line of cells along the axis:

    1. A border is placed between two neighbouring cells where more than half of the seeds are in
       S on one side and not on the other. It owns the stretch of cells from halfway to the border
       before it to halfway to the one after it.
    2. Within that stretch, each seed's border is the single cut that leaves the fewest cells on
       the wrong side, so that a lone odd cell does not move it; of equally good cuts, the median.
       If no cut is better than none, the seed has no such border: it is counted as absent, at
       -inf or inf, and never dropped.
    3. The median and its interval are taken over all seeds, absent ones included. The interval
       runs between order statistics, from the k-th lowest to the k-th highest position with the
       largest k whose coverage 1 - 2 P(B < k), B ~ Binomial(seeds, 1/2), is at least ``level``;
       with too few seeds it is the whole range, and its coverage says so (5 seeds: 0.94).

    A run that failed says nothing of learning. Cells in which all failed are passed over, so that
    their edge is no border, and a border between the cells on both sides of some lies amid them;
    elsewhere a failed run counts as most other seeds of its cell.

    Args:
        phase_map: the map; with one seed there are positions but no intervals.
        along: "x" or "y": the axis along which positions are counted.
        sets: name -> the phases that the border encloses.
        level: least coverage wanted, between 0 and 1.

    Returns:
        All borders; inferred cells count with the phase they were given.

    Raises:
        GrokphaseError: if ``along`` is neither axis, or runs over words, which have no order.

    Example:
        >>> from grokphase.phases import PhaseMap
        >>> x, y = Axis("split.fraction", (0.4, 0.6, 0.8)), Axis("task.p", (5, 7))
        >>> found = [
        ...     ["memorization", "memorization", "grokking"],
        ...     ["memorization", "comprehension", "comprehension"],
        ... ]
        >>> none = np.full((2, 3), np.nan)
        >>> for row in borders(PhaseMap.from_arrays(x, y, found, none, none)).rows()[1:]:
        ...     print(row["border"], row["at"], row["median"], row["median_cells"])
        generalizes 5 0.7 1.5
        generalizes 7 0.5 0.5
    """
    if along not in ("x", "y"):
        raise GrokphaseError(f'along is "{along}"; borders run along "x" or along "y".')
    axes = (phase_map.x, phase_map.y) if along == "x" else (phase_map.y, phase_map.x)
    axes[0].numbers  # refuses words: there is no border between two of them  # noqa: B018
    phases = phase_map.phase_by_seed
    if along == "y":
        phases = phases.swapaxes(0, 1)
    found: list[Border] = []
    unplaced: dict[str, int] = {}
    for name, members in sets.items():
        unplaced[name] = 0
        for line, at in zip(phases, axes[1].values, strict=True):
            cells = np.flatnonzero((line != FAILED).any(axis=1))
            inside = _inside(line[cells], list(members))
            here = _on_line(inside, cells, name, at, level)
            found += here
            if not here:
                unplaced[name] += int((inside != inside[:1]).any(axis=0).sum())
    return Borders(*axes, tuple(found), MappingProxyType(unplaced), phase_map.seeds)


def _inside(line: NDArray[np.str_], members: list[str]) -> NDArray[np.bool_]:
    """Which runs are in a set of phases; one that failed is where most others of its cell are."""
    inside, known = np.isin(line, members), line != FAILED
    most = 2 * (inside & known).sum(axis=1) > known.sum(axis=1)
    return np.where(known, inside, most[:, np.newaxis])


def _on_line(
    line: NDArray[np.bool_], cells: NDArray[np.intp], name: str, at: Value, level: float
) -> list[Border]:
    """The borders on one line; ``line`` is (n, seeds): inside the set or not, in these cells."""
    most = line.mean(axis=1) > 0.5
    cuts = np.flatnonzero(most[1:] != most[:-1]) + 1  # the first cell after each border
    middles = (cuts[1:] + cuts[:-1]) // 2
    starts, ends = [0, *middles.tolist()], [*middles.tolist(), len(line)]
    found = []
    for cut, start, end in zip(cuts.tolist(), starts, ends, strict=False):
        enters = bool(most[cut])
        positions = [
            _place(start + _cut(seed == enters) - 0.5, cells) for seed in line[start:end].T
        ]
        interval = order_interval(positions, level)
        found.append(Border(name, at, enters, tuple(positions), _median(positions), *interval))
    return found


def _place(position: float, cells: NDArray[np.intp]) -> float:
    """A position among some cells of a line as one among all of them."""
    if math.isinf(position):
        return position
    return float(np.interp(position, np.arange(cells.size), cells))


def _cut(after: NDArray[np.bool_]) -> float:
    """How many cells stand before the best cut; -inf or inf if no cut is better than none.

    ``after`` says of each cell whether it looks like what should come after the border.
    """
    # wrong[k]: cells on the wrong side if the first k stand before the border.
    wrong = np.concatenate([[0], np.cumsum(after)]) + np.concatenate(
        [np.cumsum(~after[::-1])[::-1], [0]]
    )
    within = wrong[1:-1]
    if within.size == 0 or within.min() >= min(wrong[0], wrong[-1]):
        return -math.inf if wrong[0] <= wrong[-1] else math.inf
    return float(np.median(np.flatnonzero(within == within.min()) + 1))


def _median(positions: list[float]) -> float:
    """The median, NaN if it falls among seeds that have no border."""
    ordered = sorted(positions)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return (low + high) / 2 if math.isfinite(low) and math.isfinite(high) else math.nan


def _row(border: Border, axis: Axis) -> dict[str, Any]:
    cells = {"median": border.median, "low": border.low, "high": border.high}
    return {
        "border": border.name,
        "at": border.at,
        "enters": border.enters,
        **{f"{name}_cells": finite(value) for name, value in cells.items()},
        **{name: _value(axis, value) for name, value in cells.items()},
        "coverage": border.coverage,
        "absent": border.absent,
        "positions": [_value(axis, position) for position in border.positions],
    }


def _value(axis: Axis, position: float) -> float | None:
    return axis.at(position) if math.isfinite(position) else None
