"""The level of a quantity: in a range, or equal to a published number, or to a closed form."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.estimators import statistics
from grokphase.estimators.estimator import (
    INTERVAL,
    Estimator,
    Parameters,
    always,
    by_resampling,
    either_way,
    exactly,
    judged,
    range_words,
    refused,
    unit_count,
)
from grokphase.estimators.intervals import DRAWS, resampled
from grokphase.estimators.kinds import (
    Column,
    Columns,
    Count,
    Flag,
    Known,
    Missing,
    Published,
    Range,
    Statistic,
    Tolerance,
)
from grokphase.estimators.measured import Interval, Measured
from grokphase.estimators.several import all_within
from grokphase.estimators.table import Floats, Table, known, raw, units
from grokphase.estimators.table import column as of_table


def level(
    table: Table,
    *,
    column: Column,
    within: Range,
    statistic: Statistic = "mean",
    missing: Missing = "last",
    budget: Known = None,
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """The mean or median of a column over runs, in a range.

    The interval is the percentile bootstrap over seeds, with all runs of a seed drawn together;
    fewer than five seeds are not resampled. It is too narrow for few seeds: of means of normal
    values a nominal 90 % covers 80 % at five seeds, 85 % at ten, 87 % at twenty, and of very skewed
    ones (log-normal, sigma 2) 43, 50 and 58 % (measured): ask for a median of those.

    A value that is missing comes after all others ("last": a time that was not reached), so that a
    median is known as long as more than half are reached; its lower end takes what is missing to be
    what it is known to exceed, its upper end to be infinite. A mean is not known then. Or it is
    "left out", where the claim is about the others only.

    Args:
        table: of runs.
        column: numbers, or true and false, whose mean is a share.
        within: the range that the claim puts it into.
        statistic: "mean" or "median", over runs.
        missing: "last" or "left out".
        budget: what a missing value is known to exceed, a number or a column; the greatest value
            seen, where it is not given, as runs of one budget exceed it.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> runs = {"seed": range(9), "steps": [10, 20, 30, 40, 50, 60, None, None, None]}
        >>> found = level(runs, column="steps", statistic="median", within=[15, 100], budget=200)
        >>> found.value, found.interval, found.verdict
        (50.0, (30.0, inf), 'inconclusive')
    """
    values, of = of_table(table, column), units(table, unit)
    gone, seeds = np.isnan(values), unit_count(of)
    if not len(values):
        return refused("There is no such run.", value="no such run")
    if gone.all() and (budget is None or missing == "left out"):
        return refused("No run has a value.", seeds, "not reached")
    if missing == "last" and gone.any() and statistic == "mean":
        return refused(
            f"{gone.sum()} of {len(values)} runs have no value, and with them no mean is known: "
            'ask for a median, or leave them out (missing = "left out").',
            seeds,
        )
    if missing == "left out":
        value, interval = _level(values, of, statistic, draws)
        note = f"{gone.sum()} of {len(values)} runs have no value, and are left out."
        return judged(value, interval, within, seeds, note if gone.any() else "")
    least = np.where(gone, known(table, budget, values), values)
    value, interval = _level(values, of, statistic, draws, (least, np.where(gone, np.inf, values)))
    note = f"{gone.sum()} of {len(values)} do not reach it, and count as later than all others."
    return judged(value, interval, within, seeds, note if gone.any() else "")


def _level(
    values: Floats,
    of: NDArray[np.int64],
    statistic: str,
    draws: int,
    bounds: tuple[Floats, Floats] | None = None,
) -> tuple[float, Interval]:
    """A level of all values but NaN, or between bounds of each, with its interval over seeds."""
    measure = statistics.mean if statistic == "mean" else statistics.median
    kept = ~np.isnan(values) if bounds is None else np.ones(len(values), bool)
    low, high = (one[kept] for one in (bounds or (values, values)))
    value = float(measure(high, np.ones((1, len(high))))[0])
    ends = resampled(
        of,
        *(
            (lambda weights, one=one: measure(one, weights[:, kept]))
            for one in ((low,) if bounds is None else (low, high))
        ),
        draws=draws,
    )
    return value, (ends[0][0], ends[-1][1])


def equality(
    table: Table,
    *,
    column: Column,
    published: Published,
    tolerance: Tolerance,
    relative: Flag = False,
    by: Columns = None,
    statistic: Statistic = "mean",
    missing: Missing = "last",
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """The mean or median of a column, within a tolerance of what was published.

    "Holds" only if the whole interval, that of `level`, lies within the tolerance. Of several
    published numbers, as points read off a curve, each is compared with the runs beside it, and all
    must agree: it holds if each does by its own interval, and fails if one of k does by an interval
    of 5 % / k on each side. What is shown is the one that is furthest off.

    Args:
        table: of runs.
        column: ours.
        published: a number, or a column of numbers, one beside each run.
        tolerance: greatest difference that counts as equal.
        relative: the tolerance is a part of the published number.
        by: with a column of published numbers, the column whose values say which runs are compared
            together; runs beside one published number, where it is not given.
        statistic: "mean" or "median", over runs.
        missing: "last" or "left out", see `level`.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> runs = {"seed": range(8), "fraction": [0.39, 0.40, 0.41, 0.42, 0.38, 0.40, 0.41, 0.39]}
        >>> equality(runs, column="fraction", published=0.4, tolerance=0.05).verdict
        'holds'
    """

    def compared(rows: Table, number: float, unit: str) -> Measured:
        off = tolerance * abs(number) if relative else tolerance
        return level(
            rows,
            column=column,
            within=(number - off, number + off),
            statistic=statistic,
            missing=missing,
            unit=unit,
            draws=draws,
        )

    if not isinstance(published, str):
        return compared(table, published, unit)
    numbers, groups = of_table(table, published), units(table, by or published)
    ours, of, named = of_table(table, column), units(table, unit), raw(table, by or published)
    parts, theirs = {}, {}
    for group in np.unique(groups[~np.isnan(numbers)]):
        at = groups == group
        name = f"{by or published} {named[int(at.argmax())]}"
        if len(np.unique(numbers[at])) > 1:
            raise GrokphaseError(
                f'Column "{published}" must have one number where there is {name}, to compare with.'
            )
        theirs[name] = float(numbers[at][0])
        rows = {column: ours[at], "unit": of[at]}
        parts[name] = partial(compared, rows, theirs[name], "unit")
    return all_within(
        parts,
        lambda name, value: abs(value - theirs[name]) / (abs(theirs[name]) if relative else 1.0),
        unit_count(of),
    )


def closed_form(
    table: Table,
    *,
    column: Column,
    expected: Published,
    tolerance: Tolerance = 0.0,
    relative: Flag = False,
) -> Measured:
    """A column that equals a closed form, up to rounding: the greatest error of any case.

    Exact, and so without an interval: one case that is further off fails. A case without a value
    is refused rather than left out.

    Args:
        table: of cases.
        column: ours.
        expected: the closed form, a number or a column.
        tolerance: greatest error that is rounding; 0 for counts, which must be equal.
        relative: the error is divided by the size of what is expected.

    Example:
        >>> counts = {"p": [4, 6, 10], "pairs": [10, 21, 55], "formula": [10, 21, 55]}
        >>> found = closed_form(counts, column="pairs", expected="formula")
        >>> found.value, found.verdict
        (0.0, 'holds')
    """
    ours = of_table(table, column)
    right = of_table(table, expected) if isinstance(expected, str) else np.full(len(ours), expected)
    seeds = unit_count(units(table, "seed")) if "seed" in table else 0
    if not len(ours):
        return refused("There is no such case.", seeds)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.abs(ours - right)
        error = np.where(error == 0, 0.0, error / np.abs(right)) if relative else error
    unknown = np.isnan(error)
    greatest = float(error[~unknown].max(initial=0.0))
    if unknown.any() and greatest <= tolerance:
        return refused(f"{unknown.sum()} of {len(ours)} cases have no value.", seeds, greatest)
    many = f"The greatest {'relative ' if relative else ''}error of {len(ours)} cases."
    note = many if len(ours) > 1 else ""
    return Measured(greatest, exactly(greatest <= tolerance), seeds=seeds, note=note)


def _level_rule(p: Parameters) -> str:
    return f"{p['statistic']} of {p['column']} {range_words(p['within'])} ({INTERVAL})"


def _off(p: Parameters) -> str:
    return f"{100 * p['tolerance']:g} %" if p["relative"] else f"{p['tolerance']:g}"


def _equality_rule(p: Parameters) -> str:
    each = f", for each {p['by'] or p['published']}" if isinstance(p["published"], str) else ""
    return (
        f"{p['statistic']} of {p['column']} within {_off(p)} of {p['published']}{each} ({INTERVAL})"
    )


def _closed_form_rule(p: Parameters) -> str:
    if p["tolerance"] == 0:
        return f"{p['column']} equals {p['expected']} in every case"
    return f"{p['column']} within {_off(p)} of {p['expected']} in every case"


ESTIMATORS = (
    Estimator("level", level, _level_rule, by_resampling()),
    Estimator("equality", equality, _equality_rule, either_way),
    Estimator("closed-form", closed_form, _closed_form_rule, always),
)
