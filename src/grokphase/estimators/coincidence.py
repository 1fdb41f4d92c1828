"""Whether two properties of runs go together more often than chance has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from grokphase.estimators.estimator import (
    Estimator,
    Parameters,
    Reach,
    joined,
    refused,
    unit_count,
)
from grokphase.estimators.intervals import CONFIDENCE, tail
from grokphase.estimators.kinds import Column, Columns, Condition
from grokphase.estimators.measured import Measured, Verdict
from grokphase.estimators.statistics import surprise
from grokphase.estimators.table import Table, holds, raw, rows, units


def coincidence(
    table: Table,
    *,
    first: Column,
    second: Column,
    first_so: Condition = True,
    second_so: Condition = True,
    group: Columns = None,
    unit: Column = "seed",
) -> Measured:
    """Two properties coincide more often than chance alone would have it.

    Fisher's exact test, one-sided, over groups that may differ in how common either is (Cochran,
    Mantel and Haenszel, see `statistics.surprise`). It holds if chance alone gives as many
    coincidences in less than 5 % of the cases, fails if it gives as few, and is inconclusive
    between. What is shown is by how much the share of runs with the second property is larger among
    those with the first, in the mean over groups that have both kinds. Runs count as independent
    within a group: a seed that is there twice is refused.

    Args:
        table: of runs.
        first: the column of one property,
        second: and of the other.
        first_so: the condition on it, see `table.holds`,
        second_so: and on the other.
        group: a column of what runs are compared within.
        unit: the column of what is independent, once in a group; "row" for each row.

    Example:
        >>> runs = {
        ...     "seed": range(8),
        ...     "new": [1, 1, 1, 1, 0, 0, 0, 0],
        ...     "circle": [True] * 4 + [False] * 4,
        ... }
        >>> found = coincidence(runs, first="new", second="circle", first_so="> 0.9")
        >>> found.value, found.verdict
        (1.0, 'holds')
    """
    of = units(table, unit)
    seeds = unit_count(of)
    one, other = holds(table, first, first_so), holds(table, second, second_so)
    said = ~np.isnan(one) & ~np.isnan(other)
    groups = (units(table, group) if group else np.zeros(rows(table), int))[said]
    named, many = np.unique(np.stack([groups, of[said]]), axis=1, return_counts=True)
    if (many > 1).any():
        twice = raw(table, unit)[int(np.flatnonzero(of == named[1, many.argmax()])[0])]
        return refused(
            f"{unit.capitalize()} {twice} is there {many.max()} times"
            f"{f' with one {group}' if group else ''}, and chance is counted of independent runs: "
            'name a group in which it is once, or write unit = "row" where each is a case.',
            seeds,
        )
    able, order = one[said] == 1, other[said] == 1
    if able.all() or not able.any():
        return refused(f"All or none of {len(able)} runs have the first property.", seeds)
    with_it, without = surprise(groups, able, order), surprise(groups, able, ~order)
    verdict: Verdict = (
        "holds" if with_it < tail() else "fails" if without < tail() else "inconclusive"
    )
    apart: list[Any] = [
        order[of & able].mean() - order[of & ~able].mean()
        for of in (groups == number for number in np.unique(groups))
        if (of & able).any() and (of & ~able).any()
    ]
    gone = int((~said).sum())
    note = joined(
        f"{order[able].sum()} of {able.sum()} with the first property and {order[~able].sum()} of "
        f"{(~able).sum()} others have the second; by chance as many in {with_it:.2g} of cases.",
        f"{gone} runs of which one is not known are left out." if gone else "",
    )
    value = float(np.mean(apart)) if apart else "no group has both"
    return Measured(value, verdict, None, seeds, note)


def _reach(p: Parameters, seeds: int) -> Reach:
    """As many runs as seeds, in one group: a perfect coincidence, half and half."""
    runs = seeds if p["group"] is None else 2 * seeds
    half = np.arange(runs) < runs // 2
    least = surprise(np.zeros(runs), half, half)
    return bool(least < tail()), bool(least < tail())


ESTIMATORS = (
    Estimator(
        "coincidence",
        coincidence,
        lambda p: (
            f"{p['first']} and {p['second']} coincide as often in less than "
            f"{(1 - CONFIDENCE) / 2:.0%} of cases by chance (Fisher's exact test"
            + (f" over {p['group']}" if p["group"] else "")
            + ", one-sided)"
        ),
        _reach,
    ),
)
