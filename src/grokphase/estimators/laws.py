"""Laws of one quantity in another: how steep, how related in rank, and where a level is passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import statistics
from grokphase.estimators.estimator import (
    INTERVAL,
    Estimator,
    above,
    by_resampling,
    condition_words,
    joined,
    judged,
    range_words,
    refused,
    unit_count,
)
from grokphase.estimators.intervals import DRAWS, resampled
from grokphase.estimators.kinds import (
    Column,
    Columns,
    Conditions,
    Count,
    Flag,
    Known,
    Law,
    Missing,
    Number,
    Part,
    Range,
)
from grokphase.estimators.measured import Measured
from grokphase.estimators.table import Floats, Table, holds, known, units
from grokphase.estimators.table import column as of_table

_LAWS: Final = {"power": "y ~ x^a", "exponential": "y ~ exp(a x)", "straight": "y ~ a x"}


def slope(
    table: Table,
    *,
    x: Column,
    y: Column,
    within: Range,
    law: Law = "power",
    missing: Missing = "last",
    budget: Known = None,
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """The exponent of a power law, the rate of an exponential one, or the slope of a straight line.

    By least squares of log y on log x (y ~ x^a), of log y on x (y ~ exp(a x)) or of y on x, over
    the runs that have both; the interval is the percentile bootstrap over seeds. Without those
    whose y was not reached, a slope of times is too flat. So it is estimated once more as if they
    were on their way (Tobit: the slope of largest likelihood with normal errors, where a missing y
    is only known to exceed the budget), and where that lies elsewhere, or could not be estimated,
    there is no verdict. A claim
    that is about runs that arrive leaves the others out; the note says the other slope all the
    same.

    Args:
        table: of runs.
        x: a column of what is varied; for a power law above 0.
        y: a column of what follows; above 0 but for a straight line.
        within: the range that the claim puts the slope into.
        law: "power", "exponential" or "straight".
        missing: "last" if the verdict must stand for runs that did not arrive too; or "left out".
        budget: what a missing y is known to exceed, a number or a column; the greatest y seen,
            where it is not given.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> size = [2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
        >>> runs = {"seed": range(6), "size": size, "steps": [3 * n**2 for n in size]}
        >>> found = slope(runs, x="size", y="steps", within=[1.9, 2.1])
        >>> round(found.value, 9), found.verdict
        (2.0, 'holds')

    Source: Tobin 1958, Econometrica 26, 24.
    """
    of, seeds = units(table, unit), unit_count(units(table, unit))
    given, asked = of_table(table, x), of_table(table, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.log(given) if law == "power" else given
        up = np.log(asked) if law != "straight" else asked
        # Of a budget that is not known there is nothing to check by.
        most = of_table(table, budget) if isinstance(budget, str) else known(table, budget, asked)
        beyond = np.log(most) if law != "straight" else most
    kept = np.isfinite(across) & np.isfinite(up)
    late = np.isfinite(across) & np.isnan(asked)
    first, second = across[kept], up[kept]
    value = float(statistics.slopes(first, second, np.ones((1, len(first))))[0])
    [interval] = resampled(
        of, lambda weights: statistics.slopes(first, second, weights[:, kept]), draws=draws
    )
    unusable = int((~kept & ~late & np.isfinite(given) & ~np.isnan(asked)).sum())
    notes = [f"{unusable} runs have no logarithm, and are left out." if unusable else ""]
    if late.any():
        notes.append(
            f"{late.sum()} of {(kept | late).sum()} runs do not reach it, and are left out."
        )
    censored = np.nan
    if late.any() and np.isfinite(value) and np.isfinite(beyond[late]).all():
        some = kept | late
        censored = statistics.censored_slope(
            across[some], np.where(late, beyond, up)[some], late[some]
        )
    if np.isfinite(censored):
        notes.append(
            f"If all of them were on their way, and late, it would be {censored:.2f} (normal "
            "errors, censored at the budget)."
        )
    elif late.any() and np.isfinite(value):
        notes.append(
            "Whether it would be the same with them could not be checked: it takes the budget of "
            "each, above 0 for a logarithm."
        )
    found = judged(value, interval, within, seeds, joined(*notes))
    if late.any() and missing == "last" and _place(censored, within) != _place(value, within):
        found = replace(found, verdict="inconclusive")
    if np.isnan(value):
        return refused(joined("It takes three runs and two values of x.", *notes), seeds)
    return found


def _place(value: float, within: Sequence[float]) -> int | None:
    """Whether a value is below a range, in it, or above; None where there is none."""
    if np.isnan(value):
        return None
    return int(value > within[1]) - int(value < within[0])


def rank_correlation(
    table: Table,
    *,
    x: Column,
    y: Column,
    within: Range,
    missing: Missing = "last",
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """Spearman's rank correlation of two columns over runs.

    It asks whether y goes with x, whatever the law: any rising change of x or of y leaves it as it
    is. A y that was not reached is later than all others; a run without x says nothing. The
    interval is the percentile bootstrap over seeds.

    Args:
        table: of runs.
        x: a column.
        y: a column.
        within: the range that the claim puts it into, from -1 to 1.
        missing: of a missing y, "last" or "left out".
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> runs = {
        ...     "seed": range(8),
        ...     "size": [3, 4, 5, 6, 7, 8, 9, 10],
        ...     "steps": [None, 90, 80, 85, 60, 50, 40, 45],
        ... }
        >>> rank_correlation(runs, x="size", y="steps", within=[-1, -0.5]).verdict
        'holds'
    """
    of, seeds = units(table, unit), unit_count(units(table, unit))
    first, second, kept, note = _both(table, x, y, missing)
    value = float(statistics.rank_correlations(first, second, np.ones((1, len(first))))[0])
    if np.isnan(value):
        why = "It takes three runs, and both columns must vary."
        return refused(joined(why, note), seeds)
    [interval] = resampled(
        of,
        lambda weights: statistics.rank_correlations(first, second, weights[:, kept]),
        draws=draws,
    )
    return judged(value, interval, within, seeds, note)


def concordance(
    table: Table,
    *,
    x: Column,
    y: Column,
    more_than: Part = 0.5,
    within_each: Columns = None,
    missing: Missing = "last",
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """Of pairs of runs that differ in x and in y, the share in which the larger x has the larger y.

    With `within_each` only runs that share a value of that column are compared, so that what it
    explains does not count: of two training sets of one size, is the one of the higher rate faster?
    One half is no relation. The interval is the percentile bootstrap over seeds; a run that is
    drawn twice is no pair with itself.

    Args:
        table: of runs.
        x: a column.
        y: a column; what was not reached is later than all others.
        more_than: the share of such pairs that there must be more than.
        within_each: the column whose values pairs must share.
        missing: of a missing y, "last" or "left out".
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> runs = {
        ...     "seed": [*range(6)] * 2,
        ...     "size": [30] * 6 + [40] * 6,
        ...     "predicted": [1, 2, 3, 4, 5, 6] * 2,
        ...     "steps": [9, 11, 15, 20, 22, None] * 2,
        ... }
        >>> found = concordance(runs, x="predicted", y="steps", within_each="size")
        >>> found.value, found.verdict
        (1.0, 'holds')
    """
    of, seeds = units(table, unit), unit_count(units(table, unit))
    first, second, kept, note = _both(table, x, y, missing)
    groups = _groups(table, within_each)[kept]
    many = unit_count(of)
    agree, asked = np.zeros((many, many)), np.zeros((many, many))
    for group in np.unique(groups):
        at = np.flatnonzero(groups == group)
        with np.errstate(invalid="ignore"):
            signs = np.sign(first[at][:, None] - first[at]) * np.sign(
                np.nan_to_num(second[at][:, None] - second[at])
            )
        place = np.ix_(of[kept][at], of[kept][at])
        np.add.at(agree, place, signs > 0)
        np.add.at(asked, place, signs != 0)

    def share(counts: Floats) -> Floats:
        pairs = ((counts @ asked) * counts).sum(axis=1)
        return np.asarray(
            ((counts @ agree) * counts).sum(axis=1) / np.where(pairs > 0, pairs, np.nan)
        )

    value = float(share(np.ones((1, many)))[0])
    if np.isnan(value):
        return refused(joined("No two runs differ in both.", note), seeds)
    [interval] = resampled(np.arange(many), share, draws=draws)
    return judged(value, interval, above(more_than), seeds, note)


def crossing(
    table: Table,
    *,
    x: Column,
    y: Column,
    within: Range,
    so: Conditions = None,
    level: Number = 0.5,
    rising: Flag = True,
    begin: Number = -np.inf,
    end: Number = np.inf,
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """Where the mean of y against x passes a level.

    The mean of y at each x (a share, where y is true or false) is made monotone by isotonic
    regression, all x weighing the same, so that no single dip or peak decides, and joined by
    straight lines. The interval is the percentile bootstrap over seeds. Where the level is not
    passed at any x, the place is beyond the last one, and where the mean is beyond the level at the
    first x already, it is before that: then what is known is one-sided, up to `begin` or `end`.

    Args:
        table: of runs.
        x: a column of what is varied, a few values each with several runs.
        y: a column of numbers, or of true and false.
        so: a condition on y, as "reached"; then its share is what passes the level.
        within: the range that the claim puts the place into.
        level: what is passed.
        rising: y grows with x; false if it falls.
        begin: the beginning of x, where there is one that no place is before (0 for a fraction),
        end: and its end.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, where all are too many.

    Example:
        >>> size = [0.2, 0.4, 0.6, 0.8]
        >>> runs = {
        ...     "seed": [s for s in range(6) for _ in size],
        ...     "fraction": size * 6,
        ...     "steps": [None, None, 70, 30] * 6,
        ... }
        >>> found = crossing(runs, x="fraction", y="steps", so="reached", within=[0.45, 0.55])
        >>> found.value, found.verdict
        (0.5, 'holds')
    """
    of, seeds = units(table, unit), unit_count(units(table, unit))
    given = of_table(table, x)
    asked = of_table(table, y) if so is None else holds(table, y, so)
    kept = ~np.isnan(given) & ~np.isnan(asked)
    places, at = np.unique(given[kept], return_inverse=True)
    if len(places) < 2:
        return refused("It takes two values of x.", seeds)
    ours, at = asked[kept] * (1 if rising else -1), at.ravel()
    indicator = np.eye(len(places))[at]
    goal = level if rising else -level

    def passes(weights: Floats, before: float, beyond: float) -> Floats:
        counts, sums = weights @ indicator, (weights * ours) @ indicator
        found = []
        for many, total in zip(counts, sums, strict=True):
            there = many > 0
            found.append(statistics.passing(places[there], total[there] / many[there], goal))
        return np.select([np.isneginf(found), np.isposinf(found)], [before, beyond], found)

    value = float(passes(np.ones((1, len(ours))), -np.inf, np.inf)[0])
    first, last = float(places[0]), float(places[-1])
    lower, upper = resampled(
        of,
        lambda weights: passes(weights[:, kept], begin, last),
        lambda weights: passes(weights[:, kept], first, end),
        draws=draws,
    )
    note = {
        np.inf: f"The level {level:g} is not passed at any {x} up to {last:g}.",
        -np.inf: f"The level {level:g} is passed before the least {x}, {first:g}.",
    }.get(value, "")
    found = judged(value, (lower[0], upper[1]), within, seeds, note)
    return replace(found, value=f"below {first:g}") if value == -np.inf else found


def _both(
    table: Table, x: str, y: str, missing: str
) -> tuple[Floats, Floats, NDArray[np.bool_], str]:
    """Two columns of the runs that have them, which runs these are, and a note on the others."""
    first, second = of_table(table, x), of_table(table, y)
    late = np.isnan(second) & ~np.isnan(first)
    kept = ~np.isnan(first) & (~late | (missing == "last"))
    fate = "count as later than all others" if missing == "last" else "are left out"
    note = f"{late.sum()} of {(~np.isnan(first)).sum()} runs do not reach it, and {fate}."
    ranked = np.where(late, np.inf, second)
    return first[kept], ranked[kept], kept, note if late.any() else ""


def _groups(table: Table, name: str | None) -> NDArray[np.int64]:
    """The number of the value that each row has in a column; one for all without a column."""
    return units(table, name) if name else np.zeros(len(units(table, "row")), np.int64)


ESTIMATORS = (
    Estimator(
        "slope",
        slope,
        lambda p: (
            f"{p['y']} against {p['x']}: a of {_LAWS[p['law']]} {range_words(p['within'])} "
            f"({INTERVAL})"
        ),
        by_resampling(),
    ),
    Estimator(
        "rank-correlation",
        rank_correlation,
        lambda p: (
            f"rank correlation of {p['x']} and {p['y']} {range_words(p['within'])} ({INTERVAL})"
        ),
        by_resampling(-1.0, 1.0),
    ),
    Estimator(
        "concordance",
        concordance,
        lambda p: (
            f"{p['x']} and {p['y']} in the same order in more than {p['more_than']:.4g} of the "
            f"pairs of runs{' of one ' + p['within_each'] if p['within_each'] else ''} ({INTERVAL})"
        ),
        by_resampling(0.0, 1.0),
    ),
    Estimator(
        "crossing",
        crossing,
        lambda p: (
            f"mean of {condition_words(p['y'], p['so'])} passes {p['level']:g} at "
            f"{p['x']} {range_words(p['within'])} ({INTERVAL})"
        ),
        by_resampling(),
    ),
)
