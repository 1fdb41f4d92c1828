"""Verdicts: what an interval says about a claim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.theory.intervals import clopper_pearson

Verdict = Literal["holds", "fails", "inconclusive", "not run"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Interval = tuple[float, float]

CONFIDENCE = 0.90
"""Of every interval: 5 % on each side, so that five seeds out of five can decide a claim."""

LEAST = 5
"""Cases that can be resampled. Not even the least and the greatest of four enclose the median with
the probability `CONFIDENCE`: they miss it with 2 / 2^4."""


def within(interval: Interval, low: float, high: float) -> Verdict:
    """Whether a quantity lies in a range, given an interval for it.

    "holds" if the whole interval does, "fails" if none of it does, "inconclusive" between.

    Example:
        >>> within((0.39, 0.42), 0.35, 0.45), within((0.5, 0.6), 0.35, 0.45)
        ('holds', 'fails')
    """
    if np.isnan(interval).any():
        return "inconclusive"
    if low <= interval[0] and interval[1] <= high:
        return "holds"
    return "fails" if interval[1] < low or interval[0] > high else "inconclusive"


def proportion(successes: int, trials: int) -> Interval:
    """Exact (Clopper-Pearson) interval of a share, at `CONFIDENCE`.

    Example:
        >>> low, high = proportion(5, 5)
        >>> round(low, 3), high
        (0.549, 1.0)
    """
    low, high = clopper_pearson(np.array([successes]), trials, confidence=CONFIDENCE)
    return float(low[0]), float(high[0])


def mostly(successes: int, trials: int) -> Verdict:
    """Whether something is so in more than half of the cases; five out of five are enough.

    Example:
        >>> mostly(5, 5), mostly(3, 3), mostly(0, 6)
        ('holds', 'inconclusive', 'fails')
    """
    return within(proportion(successes, trials), 0.5, 1.0) if trials else "inconclusive"


def bootstrap(
    statistic: Callable[[np.ndarray], float], n: int, *, draws: int = 2000, seed: int = 0
) -> Interval:
    """Percentile bootstrap interval of a statistic of n independent cases.

    Args:
        statistic: from (n,) indices of the cases, drawn with replacement, to a number; draws where
            it is NaN are left out.
        n: cases, such as seeds; (nan, nan) for fewer than `LEAST`.
        draws: resamples.
        seed: of the resamples.

    Example:
        >>> values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
        >>> low, high = bootstrap(lambda at: float(values[at].mean()), 5)
        >>> low < 3 < high
        True
    """
    if n < LEAST:
        return float("nan"), float("nan")
    generator = np.random.default_rng(seed)
    found = np.array([statistic(generator.integers(0, n, n)) for _ in range(draws)])
    found = found[np.isfinite(found)]
    if len(found) < draws / 2:
        return float("nan"), float("nan")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(low), float(high)


def over_seeds(seeds: ArrayLike, statistic: Callable[[np.ndarray], float]) -> Interval:
    """Bootstrap interval of a statistic of runs, with whole seeds drawn: their runs are related.

    Args:
        seeds: (n,) the seed of each run.
        statistic: from indices of runs to a number.

    Example:
        >>> values = np.repeat(np.arange(5.0), 2)  # five seeds of two runs each
        >>> low, high = over_seeds(values, lambda at: float(values[at].mean()))
        >>> low < 2 < high
        True
    """
    of = np.asarray(seeds)
    groups = [np.flatnonzero(of == seed) for seed in np.unique(of)]
    return bootstrap(
        lambda drawn: statistic(np.concatenate([groups[at] for at in drawn])), len(groups)
    )


def share_interval(seeds: ArrayLike, true: NDArray[np.bool_]) -> Interval:
    """Interval of the share of runs in which something is so.

    The wider, on each side, of the bootstrap over seeds and of the exact interval for independent
    runs: the first knows that runs of a seed are related, the second that a share of 1 in a few
    runs is not certain. Where all runs agree the bootstrap has nothing to say, and the exact
    interval counts seeds, as if the runs of a seed were one.

    Args:
        seeds: (n,) the seed of each run.
        true: (n,) whether it is so.

    Example:
        >>> low, high = share_interval(np.arange(5).repeat(4), np.ones(20, bool))
        >>> round(low, 3), high
        (0.549, 1.0)
    """
    if true.all() or not true.any():
        many = len(np.unique(np.asarray(seeds)))
        return proportion(many if true.all() else 0, many)
    related = over_seeds(seeds, lambda at: float(true[at].mean()))
    independent = proportion(int(true.sum()), len(true))
    low, high = np.minimum(related, independent)[0], np.maximum(related, independent)[1]
    return float(low), float(high)


def worst(*given: Verdict) -> Verdict:
    """Of conditions that must all hold: "fails" if one does.

    Example:
        >>> worst("holds", "inconclusive"), worst("holds", "fails", "inconclusive")
        ('inconclusive', 'fails')
    """
    order: tuple[Verdict, ...] = ("fails", "inconclusive", "holds")
    return min(given, key=order.index)
