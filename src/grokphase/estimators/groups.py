"""Groups of runs beside each other: how much later, in which order, or not different at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import statistics
from grokphase.estimators.estimator import (
    INTERVAL,
    Estimator,
    Parameters,
    above,
    by_resampling,
    either_way,
    joined,
    judged,
    range_words,
    refused,
    unit_count,
)
from grokphase.estimators.intervals import DRAWS, resampled
from grokphase.estimators.kinds import (
    Column,
    Count,
    Flag,
    Known,
    Missing,
    One,
    Ones,
    Part,
    Positive,
    Range,
    Statistic,
)
from grokphase.estimators.measured import Measured
from grokphase.estimators.several import all_within
from grokphase.estimators.table import Floats, Table, holds, known, units
from grokphase.estimators.table import column as of_table


def ratio_of_medians(
    table: Table,
    *,
    column: Column,
    group: Column,
    first: One,
    second: One,
    within: Range,
    budget: Known = None,
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """The median time of one group over that of another, where some times were not reached.

    A time that was not reached is later than what it is known to exceed. So each median has a lower
    and an upper bound, which is infinite where half of its runs or more do not arrive; the ratio
    lies between the lower over the upper and the upper over the lower, and so does its interval,
    by the percentile bootstrap over seeds. Where one of the medians is not reached, what is known
    is one-sided; where neither is, nothing.

    Seeds are drawn for both groups at once, as their runs are related; where the groups have no
    seed in common, those of each are drawn by themselves.

    Args:
        table: of runs.
        column: the times, None where not reached.
        group: the column that says which group a run is of.
        first: value of the group whose median is divided,
        second: and of the one by whose median.
        within: the range that the claim puts the ratio into.
        budget: what a time that was not reached is known to exceed, a number or a column; the
            greatest time seen, where it is not given, as runs of one budget exceed it.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> runs = {
        ...     "seed": [*range(6)] * 2,
        ...     "decay": [0] * 6 + [1] * 6,
        ...     "steps": [90, 80, None, 95, None, 99, 10, 12, 9, 11, 10, 13],
        ... }
        >>> found = ratio_of_medians(
        ...     runs,
        ...     column="steps",
        ...     group="decay",
        ...     first=0,
        ...     second=1,
        ...     within=[5, float("inf")],
        ...     budget=100,
        ... )
        >>> round(found.value, 2), found.verdict
        (9.24, 'holds')
    """
    pair = _pair(table, column, group, (first, second), unit)
    if pair.empty:
        return refused(f"There is no run of {pair.empty}.", pair.seeds)
    gone = np.isnan(pair.values)
    low = np.where(gone, known(table, budget, of_table(table, column))[pair.rows], pair.values)
    high = np.where(gone, np.inf, pair.values)

    def ratio(above: Floats, below: Floats, weights: Floats) -> Floats:
        one, other = pair.each(statistics.median, (above, below), weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(one / other)

    whole = np.ones((1, len(gone)))
    least, most = (float(ratio(*ends, whole)[0]) for ends in ((low, high), (high, low)))
    lower, upper = resampled(
        pair.of,
        lambda weights: ratio(low, high, weights),
        lambda weights: ratio(high, low, weights),
        draws=draws,
        apart=pair.apart,
    )
    note = pair.late() if gone.any() else ""
    if least == 0 and np.isinf(most):
        return refused(joined("Neither median is reached.", note), pair.seeds)
    found = judged(most, (lower[0], upper[1]), within, pair.fewest, note)
    if np.isinf(most):
        return replace(found, value=f"above {least:.3g}", seeds=pair.seeds)
    if least == 0:
        return replace(found, value=f"below {most:.3g}", seeds=pair.seeds)
    return replace(found, seeds=pair.seeds)


def equivalence(
    table: Table,
    *,
    column: Column,
    group: Column,
    first: One,
    second: One,
    margin: Positive,
    relative: Flag = False,
    statistic: Statistic = "mean",
    missing: Missing = "last",
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """That two groups do not differ by more than a margin.

    It holds if the whole interval of their difference lies within the margin (two one-sided tests
    at 5 %), and fails if none of it does. A test that finds no difference, as few seeds find none,
    shows nothing, and is inconclusive here. The interval is the percentile bootstrap over seeds,
    drawn as in `ratio_of_medians`: runs of a seed that both groups have are compared with each
    other.

    Args:
        table: of runs.
        column: what should not differ.
        group: the column that says which group a run is of.
        first: value of one group,
        second: and of the other.
        margin: the greatest difference that counts as none, in the unit of the column.
        relative: the margin is a part of the second group's level, and what is shown the relative
            difference.
        statistic: "mean" or "median", over the runs of a group.
        missing: "last" or "left out", see `level`; neither a mean nor a difference of medians is
            known where what it rests on was not reached.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> runs = {
        ...     "seed": [*range(8)] * 2,
        ...     "loss": ["mse"] * 8 + ["ce"] * 8,
        ...     "accuracy": [0.91, 0.90, 0.93, 0.92] * 2 + [0.92, 0.91, 0.92, 0.92] * 2,
        ... }
        >>> equivalence(
        ...     runs, column="accuracy", group="loss", first="mse", second="ce", margin=0.05
        ... ).verdict
        'holds'

    Source: Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15, 657.
    """
    pair = _pair(table, column, group, (first, second), unit)
    if pair.empty:
        return refused(f"There is no run of {pair.empty}.", pair.seeds)
    gone = np.isnan(pair.values)
    if gone.any() and missing == "last" and statistic == "mean":
        return refused(f"{pair.late()}, and no mean is known: ask for a median.", pair.seeds)
    measure = statistics.mean if statistic == "mean" else statistics.median
    values = np.where(gone, np.inf, pair.values) if missing == "last" else pair.values
    kept = ~np.isnan(values)

    def difference(weights: Floats, unknown: float = np.nan) -> Floats:
        counted = np.where(kept, weights, 0)
        one, other = pair.each(measure, (np.where(kept, values, 0),) * 2, counted)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = one - other
            apart = apart / np.abs(other) if relative else apart
        return np.where(np.isinf(one) & np.isinf(other), unknown, apart)

    value = float(difference(np.ones((1, len(values))))[0])
    lower, upper = resampled(
        pair.of,
        lambda weights: difference(weights, -np.inf),
        lambda weights: difference(weights, np.inf),
        draws=draws,
        apart=pair.apart,
    )
    note = pair.late() + "." if gone.any() else ""
    found = judged(value, (lower[0], upper[1]), (-margin, margin), pair.fewest, note)
    return replace(found, seeds=pair.seeds)


def order_of_groups(
    table: Table,
    *,
    column: Column,
    group: Column,
    order: Ones,
    ascending: Flag = True,
    more_than: Part = 0.5,
    missing: Missing = "last",
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """Groups of runs in an order: a run of the next group is usually later, or larger.

    Of each group and the next, the share of pairs of runs in which the one of the next group is
    larger, ties counted half (the probability of superiority, U / (m n) of Mann and Whitney). Each
    must be more than that by its own interval, the percentile bootstrap over seeds, drawn as in
    `ratio_of_medians`; what is shown is the weakest. It fails if one of k does by an interval of
    5 % / k on each side.

    Args:
        table: of runs.
        column: what is ordered; a time that was not reached is later than all others.
        group: the column that says which group a run is of.
        order: values of the groups, in the order that is claimed.
        ascending: the column grows along the order; false if it falls.
        more_than: the share of pairs in order that there must be more than; 0.5 is no order.
        missing: "last", or "left out" where a missing value has no meaning.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> runs = {
        ...     "seed": [*range(6)] * 3,
        ...     "size": [30] * 6 + [40] * 6 + [50] * 6,
        ...     "steps": [90, None, 80, 99, 95, None, 50, 60, 70, 55, 65, 52, 9, 8, 7, 9, 5, 6],
        ... }
        >>> found = order_of_groups(
        ...     runs, column="steps", group="size", order=[30, 40, 50], ascending=False
        ... )
        >>> found.value, found.verdict
        (1.0, 'holds')

    Source: Mann and Whitney 1947, The Annals of Mathematical Statistics 18, 50.
    """
    neighbours = list(pairwise(order))
    parts = {
        f"{one} and {other}": partial(
            _superiority,
            table,
            column,
            group,
            (one, other),
            ascending,
            more_than,
            missing,
            unit,
            draws,
        )
        for one, other in neighbours
    }
    return all_within(parts, lambda _, value: -value, unit_count(units(table, unit)))


def _superiority(
    table: Table,
    column: str,
    group: str,
    names: tuple[Any, Any],
    ascending: bool,
    more_than: float,
    missing: str,
    unit: str,
    draws: int,
) -> Measured:
    """The share of pairs of two groups in which the second is larger."""
    pair = _pair(table, column, group, names, unit)
    if pair.empty:
        return refused(f"There is no run of {pair.empty}.", pair.seeds)
    gone = np.isnan(pair.values)
    values = np.where(gone, np.inf, pair.values)
    if gone.all():
        return refused("No run reaches it.", pair.seeds)
    kept = ~gone | (missing == "last")
    first, second = (member & kept for member in pair.members)
    a, b = values[first], values[second]
    wins = (b[None] > a[:, None]) + 0.5 * (b[None] == a[:, None])
    wins = wins if ascending else 1 - wins

    def share(weights: Floats) -> Floats:
        one, other = weights[:, first], weights[:, second]
        pairs = one.sum(axis=1) * other.sum(axis=1)
        return np.asarray(((one @ wins) * other).sum(axis=1) / np.where(pairs > 0, pairs, np.nan))

    value = float(share(np.ones((1, len(values))))[0])
    [interval] = resampled(pair.of, share, draws=draws, apart=pair.apart)
    note = pair.late() + "." if gone.any() else ""
    return judged(value, interval, above(more_than), pair.fewest, note)


@dataclass(frozen=True)
class _Pair:
    """The runs of two groups.

    Args:
        names: of the groups.
        rows: where their runs are in the table.
        values: of the runs.
        of: the number of each run's unit.
        members: which runs are of the first group, and which of the second.
    """

    names: tuple[Any, Any]
    rows: NDArray[np.int64]
    values: Floats
    of: NDArray[np.int64]
    members: tuple[NDArray[np.bool_], NDArray[np.bool_]]

    @property
    def empty(self) -> str:
        """The groups without a run, in words."""
        there = zip(self.names, self.members, strict=True)
        return " nor of ".join(str(name) for name, member in there if not member.any())

    @property
    def seeds(self) -> int:
        """How many units both have."""
        return unit_count(self.of)

    @property
    def apart(self) -> NDArray[np.bool_] | None:
        """Which runs are of the first group, where the groups have no unit in common."""
        first, second = (self.of[member] for member in self.members)
        return self.members[0] if not np.isin(first, second).any() else None

    @property
    def fewest(self) -> int:
        """The units that are drawn together: of both groups, or of the one that has fewer."""
        if self.apart is None:
            return self.seeds
        return min(len(np.unique(self.of[member])) for member in self.members)

    def each(
        self,
        measure: Callable[[Floats, Floats], Floats],
        values: tuple[Floats, Floats],
        weights: Floats,
    ) -> list[Floats]:
        """A statistic of both groups, each of its own values."""
        return [
            measure(of_group[member], weights[:, member])
            for of_group, member in zip(values, self.members, strict=True)
        ]

    def late(self) -> str:
        """How many runs of each group have no value."""
        gone = np.isnan(self.values)
        counts = (
            f"{gone[member].sum()} of {member.sum()} of {name}"
            for name, member in zip(self.names, self.members, strict=True)
        )
        return f"Not reached: {', '.join(counts)}"


def _pair(table: Table, column: str, group: str, names: tuple[Any, Any], unit: str) -> _Pair:
    members = [holds(table, group, name) == 1 for name in names]
    rows = np.flatnonzero(members[0] | members[1])
    of = np.unique(units(table, unit)[rows], return_inverse=True)[1].ravel()
    first, second = (member[rows] for member in members)
    return _Pair(names, rows, of_table(table, column)[rows], of, (first, second))


def _pair_words(p: Parameters) -> str:
    return f"{p['group']} {p['first']} and {p['second']}"


def _equivalence_rule(p: Parameters) -> str:
    off = f"{100 * p['margin']:g} %" if p["relative"] else f"{p['margin']:g}"
    return (
        f"{p['statistic']}s of {p['column']} for {_pair_words(p)} differ by at most {off} "
        f"({INTERVAL})"
    )


def _order_rule(p: Parameters) -> str:
    way = "larger" if p["ascending"] else "smaller"
    return (
        f"{p['column']} {way} from each {p['group']} of {', '.join(map(str, p['order']))} to the "
        f"next, in more than {p['more_than']:.4g} of the pairs of runs ({INTERVAL})"
    )


ESTIMATORS = (
    Estimator(
        "ratio-of-medians",
        ratio_of_medians,
        lambda p: (
            f"median of {p['column']} at {p['group']} {p['first']} over that at "
            f"{p['second']} {range_words(p['within'])} ({INTERVAL})"
        ),
        by_resampling(),
    ),
    Estimator("order-of-groups", order_of_groups, _order_rule, by_resampling(0.0, 1.0)),
    Estimator("equivalence", equivalence, _equivalence_rule, either_way),
)
