"""A number that is computed without chance."""

from __future__ import annotations

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.estimators.estimator import (
    Estimator,
    always,
    exactly,
    range_words,
    refused,
    unit_count,
)
from grokphase.estimators.kinds import Case, Column, Range
from grokphase.estimators.measured import Measured
from grokphase.estimators.table import Table, units
from grokphase.estimators.table import column as of_table


def exact(table: Table, *, column: Column, within: Range, case: Case = "weakest") -> Measured:
    """A number that is computed without chance, in a range.

    Of several cases the weakest is shown and judged, which is furthest outside, or nearest to an
    end; or the median, where the claim is about what is typical of random cases. There is no
    interval. A case without a value is refused rather than left out.

    Args:
        table: of cases.
        column: the number.
        within: the range that the claim puts it into.
        case: "weakest" or "median".

    Raises:
        GrokphaseError: a range of all numbers, which no value contradicts.

    Example:
        >>> found = exact({"freedom": [4, 2, 3]}, column="freedom", within=[2, float("inf")])
        >>> found.value, found.verdict
        (2.0, 'holds')
    """
    low, high = within
    if (low, high) == (-np.inf, np.inf):
        raise GrokphaseError(
            'Estimator "exact" needs a range that a number can be outside of, as [-inf, 0].'
        )
    values = of_table(table, column)
    seeds = unit_count(units(table, "seed")) if "seed" in table else 0
    if not len(values):
        return refused("There is no such case.", seeds)
    if np.isnan(values).any():
        return refused(f"{np.isnan(values).sum()} of {len(values)} cases have no value.", seeds)
    if case == "median":
        value = float(np.median(values))
    else:
        value = float(values[np.minimum(values - low, high - values).argmin()])
    return Measured(value, exactly(low <= value <= high), seeds=seeds)


ESTIMATORS = (
    Estimator(
        "exact",
        exact,
        lambda p: (
            f"{p['column']} {range_words(p['within'])}"
            f"{' in the median' if p['case'] == 'median' else ' in every case'}"
        ),
        always,
    ),
)
