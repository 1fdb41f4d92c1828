"""A whole map from part of its runs: which cells to run next, and what the others must be."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError

Cell = tuple[int, ...]

STRIDE: Final = 5
"""Cells between two points of the first, coarse lattice."""

CHECKS: Final = 0.015
"""Share of the cost of the whole grid that is spent on looking for what the lattice missed."""

_NONE = -1  # no label: not run, or outside the grid
_SIDES: Final = ((-1, 0), (1, 0), (0, -1), (0, 1))
_CORNERS: Final = ((-1, -1), (-1, 1), (1, -1), (1, 1))

_POWER = 4  # a measured cell at distance d votes with the weight d^-4
_ODD = 3  # a straight border shows at most this many run cells of another label around a cell
_GAP = 2  # and leaves out at most this many cells between two that are run
_DIGITS = 9  # votes are compared after rounding, so that ties do not hang on the order of a sum


class Refinement:
    """Chooses which cells of a grid to run, and infers the rest from them (ask and tell).

    A phase diagram is mostly large areas of one phase, so the runs belong to the borders:

    1. A lattice of at most every fifth row and column is run, the edges of the grid and a row and
       a column between them included.
    2. Every cell not run is given a label by the measured cells within 10 rows and columns, which
       vote with weight 1/d^4, d being the distance in cells; a tie goes to the label that costs
       less.
    3. A cell not run is *open* if one of its four neighbours has another label. It is not where
       the border seems straight and the cell is dear: it is expected to cost what the average
       cell does or more, only that one neighbour differs, at most three of the run cells among
       its eight neighbours do, and it lies, alone or with one more, in a gap between two run
       cells of a row or column that have its own label. Open cells are run, the cheapest first,
       no two touching in one batch, and step 2 is done again, until no cell is open. So borders
       are followed from their cheap side, where a run stops early, and an expensive cell inside
       an area is not run.
    4. Once, checks worth 1.5 % of the estimated cost of the whole grid are run far from all
       measured cells and where they are cheap, and step 3 is done again with what they find.

    What is inferred at the end therefore either has four neighbours of its own label, or lies in
    a gap of one or two cells between measured cells of its own label. The choice depends on labels
    and costs only: not on time, chance, or the order in which the cells of a batch are told. No
    cell is asked twice.

    Args:
        shape: rows and columns of the grid.
        stride: cells between two points of the lattice; areas narrower than this can be missed.
        checks: share of the whole grid's estimated cost that step 4 may spend.
        infers: whether a label may be inferred; cells that would get another are open and run.

    Raises:
        GrokphaseError: if the shape, the stride or the share makes no sense.

    Example:
        >>> refinement = Refinement((9, 9))
        >>> while batch := refinement.ask():
        ...     refinement.tell({(y, x): "left" if x < 5 else "right" for y, x in batch})
        >>> refinement.labels()[3].tolist()
        ['left', 'left', 'left', 'left', 'left', 'right', 'right', 'right', 'right']
        >>> bool(refinement.measured.mean() < 0.5)
        True
    """

    def __init__(
        self,
        shape: tuple[int, int],
        *,
        stride: int = STRIDE,
        checks: float = CHECKS,
        infers: Callable[[Hashable], bool] = lambda label: True,
    ) -> None:
        """Start with nothing measured; the first batch is the lattice."""
        if len(shape) != 2 or min(shape) < 1:
            raise GrokphaseError(f"shape is {shape}; refinement needs (rows, columns), both >= 1.")
        if stride < 1:
            raise GrokphaseError(f"stride is {stride}; it must be 1 (run every cell) or more.")
        if not 0 <= checks <= 1:
            raise GrokphaseError(f"checks is {checks}; it must be a share from 0 to 1.")
        self._shape = (int(shape[0]), int(shape[1]))
        self._stride = stride
        self._checks = checks
        self._infers = infers
        self._checked = False
        # Labels may be anything hashable; inside they are numbers, in the order of cells.
        self._labels: list[Hashable] = []
        self._code = np.full(self._shape, _NONE)
        self._cost = np.zeros(self._shape)
        rows, columns = (_lattice(n, stride) for n in self._shape)
        self._next: list[Cell] = [(y, x) for y in rows for x in columns]
        self._running: set[Cell] = set()
        self._told: dict[Cell, tuple[Hashable, float]] = {}

    @property
    def measured(self) -> NDArray[np.bool_]:
        """(rows, columns) whether a cell was told, rather than inferred."""
        known: NDArray[np.bool_] = self._code != _NONE
        return known

    @property
    def done(self) -> bool:
        """Whether every cell has its label, and nothing is left to ask."""
        return not self._running and not self._next

    def ask(self) -> list[Cell]:
        """The next cells to run; they may run side by side.

        Returns:
            Cells (row, column) in ascending order; empty when done, and while cells of the last
            batch have not been told.
        """
        batch, self._next = self._next, []
        self._running.update(batch)
        return batch

    def tell(
        self, labels: Mapping[Cell, Hashable], cost: Mapping[Cell, float] | None = None
    ) -> None:
        """Say what became of cells that were asked; a batch may be told in parts.

        Args:
            labels: label of each cell: a phase, or with several seeds the tuple of their phases.
            cost: what each cell cost, in any one unit (best: steps trained), or None if all cost
                the same.

        Raises:
            GrokphaseError: if a cell was not asked or was told before, or a cost is not a
                finite number >= 0.
        """
        for cell in labels:
            price = 1.0 if cost is None else cost[cell]
            if cell not in self._running or cell in self._told:
                raise GrokphaseError(f"cell {cell} was not asked, or was told before.")
            if not (math.isfinite(price) and price >= 0):
                raise GrokphaseError(f"cell {cell} cost {price}; a cost is a number >= 0.")
        for cell, label in labels.items():
            self._told[cell] = (label, 1.0 if cost is None else float(cost[cell]))
        if self._running and self._running == self._told.keys():
            self._take_in()
            self._next = self._choose()

    def labels(self) -> NDArray[np.object_]:
        """(rows, columns) label of every cell, told or inferred.

        Raises:
            GrokphaseError: if no batch has been told yet.
        """
        if not self._labels:
            raise GrokphaseError("nothing has been told yet: run the cells of ask(), then tell().")
        code, _ = self._infer()
        labels = np.empty(self._shape, dtype=object)
        for cell in np.ndindex(self._shape):
            labels[cell] = self._labels[code[cell]]
        return labels

    def _take_in(self) -> None:
        """Enter a complete batch, in the order of cells and not of telling."""
        codes = {label: code for code, label in enumerate(self._labels)}
        for cell, (label, cost) in sorted(self._told.items(), key=lambda item: item[0]):
            self._code[cell] = codes.setdefault(label, len(codes))
            self._cost[cell] = cost
        self._labels = list(codes)
        self._told, self._running = {}, set()

    def _infer(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Step 2: label (as a number) and expected cost of every cell."""
        kernel = _kernel(2 * self._stride)
        means = [self._cost[self._code == code].mean() for code in range(len(self._labels))]
        # From the cheapest label on, so that argmax gives it the ties.
        order = np.argsort(means, kind="stable")
        votes = np.stack([_sum_near(self._code == code, kernel) for code in order])
        weight = votes.sum(axis=0)
        shares = np.round(votes / weight, _DIGITS)
        code = np.where(self.measured, self._code, order[shares.argmax(axis=0)])
        cost = np.where(self.measured, self._cost, _sum_near(self._cost, kernel) / weight)
        return code, cost

    def _choose(self) -> list[Cell]:
        """The next batch: open cells, or once the checks."""
        if self.measured.all():
            return []
        code, cost = self._infer()
        never = np.array([not self._infers(label) for label in self._labels])[code]
        cells = _spread(_open(code, self.measured, cost) | (never & ~self.measured), cost)
        if not cells and not self._checked:
            self._checked = True
            cells = _far(self.measured, cost, self._checks * float(cost.sum()))
        return cells


def _lattice(count: int, stride: int) -> list[int]:
    """Evenly spread indices with both ends, at most ``stride`` apart, and one between them.

    Of a small grid both ends alone would be its four corners, and all else guessed from them.
    """
    points = max(math.ceil((count - 1) / stride) + 1, min(count, 3))
    return sorted({round(i) for i in np.linspace(0, count - 1, points).tolist()})


def _kernel(radius: int) -> NDArray[np.float64]:
    """Weight of a vote from each cell of a square window; a cell that votes keeps its label."""
    offset = np.arange(-radius, radius + 1)
    distance = np.hypot(offset[:, np.newaxis], offset)
    distance[radius, radius] = 1
    weight: NDArray[np.float64] = distance**-_POWER
    return weight


def _sum_near(values: NDArray[np.generic], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    # Imported late, here and below: it takes longer than all else in this package.
    from scipy.ndimage import convolve

    near: NDArray[np.float64] = convolve(values.astype(np.float64), kernel, mode="constant")
    return near


def _open(
    code: NDArray[np.intp], measured: NDArray[np.bool_], cost: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Step 3: cells not run that may lie at a border."""
    told = np.where(measured, code, _NONE)
    others = _differing(code, code, _SIDES)
    odd = _differing(told, code, _SIDES + _CORNERS)
    up, down, left, right = (_away(told, code, side) for side in _SIDES)
    in_gap = (up + down <= _GAP + 1) | (left + right <= _GAP + 1)
    dear = cost >= (1 - 1e-9) * cost.mean()  # where all cost the same, all are
    straight = (others == 1) & (odd <= _ODD) & in_gap & dear
    wanted: NDArray[np.bool_] = ~measured & (others > 0) & ~straight
    return wanted


def _differing(
    seen: NDArray[np.intp], code: NDArray[np.intp], offsets: Sequence[Cell]
) -> NDArray[np.intp]:
    """How many of the cells around each have another label in `seen` than it has itself."""
    around = np.stack([_beside(seen, offset) for offset in offsets])
    count: NDArray[np.intp] = ((around != _NONE) & (around != code)).sum(axis=0)
    return count


def _away(told: NDArray[np.intp], code: NDArray[np.intp], side: Cell) -> NDArray[np.intp]:
    """How far off the first run cell to one side is, if all up to it have the cell's own label.

    `_GAP` + 1, too far, where they do not, or where none of `_GAP` cells was run.
    """
    away = np.full(code.shape, _GAP + 1)
    for distance in range(_GAP, 0, -1):
        offset = (distance * side[0], distance * side[1])
        same, run = _beside(code, offset) == code, _beside(told, offset) != _NONE
        away = np.where(same, np.where(run, distance, away), _GAP + 1)
    return away


def _beside(values: NDArray[np.intp], offset: Cell) -> NDArray[np.intp]:
    """What each cell has at an offset from it, `_NONE` outside the grid."""
    (rows, columns), margin = values.shape, max(abs(offset[0]), abs(offset[1]))
    y, x = margin + offset[0], margin + offset[1]
    padded = np.pad(values, margin, constant_values=_NONE)
    return padded[y : y + rows, x : x + columns]


def _spread(wanted: NDArray[np.bool_], cost: NDArray[np.float64]) -> list[Cell]:
    """The cheapest of the wanted cells, leaving out those that touch one already taken."""
    taken = np.zeros_like(wanted)
    cells: list[Cell] = []
    for y, x in sorted(_cells(wanted), key=lambda cell: (round(float(cost[cell]), 3), cell)):
        if not taken[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].any():
            taken[y, x] = True
            cells.append((y, x))
    return sorted(cells)


def _far(measured: NDArray[np.bool_], cost: NDArray[np.float64], allowance: float) -> list[Cell]:
    """Step 4: cells with little cost for their distance from measured ones, for an allowance.

    No two of them are neighbours until there is no other cell left that the allowance pays for.
    """
    from scipy.ndimage import distance_transform_edt

    price = np.round(cost / np.maximum(distance_transform_edt(~measured), 1), 3)
    order = sorted(_cells(~measured), key=lambda cell: (price[cell], cell))
    cells: set[Cell] = set()
    for apart in (True, False):
        for y, x in order:
            near = {(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)}
            if (y, x) in cells or (apart and near & cells) or cost[y, x] > allowance:
                continue
            cells.add((y, x))
            allowance -= cost[y, x]
    return sorted(cells)


def _cells(mask: NDArray[np.bool_]) -> list[Cell]:
    return [(int(y), int(x)) for y, x in np.argwhere(mask)]
