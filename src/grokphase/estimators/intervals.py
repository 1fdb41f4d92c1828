"""Intervals: how sure a measured value is, and what that says about a claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.estimators.measured import Interval, Verdict

CONFIDENCE: Final = 0.90
"""Of every interval: 5 % on each side, so that five seeds out of five can decide a claim."""

_confidence: ContextVar[float] = ContextVar("confidence", default=CONFIDENCE)

LEAST = 5
"""Cases that can be resampled. Not even the least and the greatest of four enclose the median with
the probability `CONFIDENCE`: they miss it with 2 / 2^4."""

DRAWS: Final = 10_000
"""Resamples of more seeds than can be gone through: a percentile of 5 % is one from 4.6 to 5.4."""

_ALL: Final = 20_000
"""Resamples that are gone through one by one: of eight seeds, or of five and five."""

_BEYOND, _MOST = 20, 200_000
"""Draws that must lie beyond an end of a stricter interval, and the most that are drawn for it."""

_ROUNDING: Final = 1e-9
"""Of sums of chances."""


@contextmanager
def at_confidence(confidence: float) -> Iterator[None]:
    """Intervals of this confidence, for what is measured inside: see `holm`.

    Example:
        >>> with at_confidence(0.99):
        ...     low, high = proportion(5, 5)
        >>> round(low, 3), high
        (0.347, 1.0)
    """
    token = _confidence.set(confidence)
    try:
        yield
    finally:
        _confidence.reset(token)


def tail() -> float:
    """The probability on each side of an interval: 5 %, unless `at_confidence` says otherwise."""
    return (1 - _confidence.get()) / 2


def kept_interval(value: float, interval: Interval) -> Interval:
    """An interval that was kept with a result at `CONFIDENCE`, at the confidence asked for.

    Both its sides are stretched as those of a normal distribution.

    Example:
        >>> kept_interval(0.5, (0.4, 0.6))
        (0.4, 0.6)
    """
    from scipy.stats import norm

    if _confidence.get() == CONFIDENCE:
        return interval
    stretch = float(norm.ppf(tail()) / norm.ppf((1 - CONFIDENCE) / 2))
    low, high = (value + stretch * (end - value) for end in interval)
    return low, high


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
    """Exact (Clopper-Pearson) interval of a share of independent cases, at `CONFIDENCE`.

    Example:
        >>> low, high = proportion(5, 5)
        >>> round(low, 3), high
        (0.549, 1.0)
    """
    from grokphase.theory.intervals import clopper_pearson

    low, high = clopper_pearson(np.array([successes]), trials, confidence=_confidence.get())
    return float(low[0]), float(high[0])


def over_seeds(seeds: ArrayLike, statistic: Callable[[NDArray[np.int64]], float]) -> Interval:
    """`resampled`, of a statistic that is written for the runs of one resample.

    Args:
        seeds: (n,) the seed of each run.
        statistic: from indices of runs, each as often as it is drawn, to a number; draws where it
            is NaN are left out.

    Example:
        >>> values = np.repeat(np.arange(5.0), 2)  # five seeds of two runs each
        >>> low, high = over_seeds(values, lambda at: float(values[at].mean()))
        >>> low < 2 < high
        True
    """
    _, of = np.unique(np.asarray(seeds), return_inverse=True)
    runs = np.arange(of.size)
    [found] = resampled(
        of.ravel(),
        lambda weights: np.array([statistic(runs.repeat(one)) for one in weights.astype(int)]),
    )
    return found


def resampled(
    of: NDArray[np.int64],
    *statistics: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    draws: int = DRAWS,
    seed: int = 0,
    apart: NDArray[np.bool_] | None = None,
) -> list[Interval]:
    """Percentile bootstrap of statistics of runs, with whole seeds drawn: their runs are related.

    All statistics are of the same resamples, counts of seeds, which weigh their runs. Where there
    are few seeds all resamples are gone through with their chances, so that no drawing decides a
    claim: of five seeds one is the median of 5.8 % of them, near the 5 % that are left out.
    Resamples for which a statistic is infinite (a time that is not reached) keep their place at the
    end.

    At `CONFIDENCE` the percentiles are taken as they are, and miss more than they say where seeds
    are few. What Holm's rule asks for is stricter, and must not miss more: see `_percentile`.

    Args:
        of: (n,) the number of the seed of each run, from 0.
        statistics: each from (m, n) weights to (m,) numbers; resamples where it is NaN are left
            out.
        draws: resamples that are drawn where there are too many to go through; more of them where a
            stricter percentile needs them.
        seed: of what is drawn.
        apart: (n,) of two groups without a common seed, which run is of the first: the seeds of
            each group are drawn by themselves, so that the groups keep their sizes.

    Returns:
        An interval for each statistic; (nan, nan) for fewer than `LEAST` seeds, or where most
        resamples have no value; (-inf, inf) where so few seeds cannot say as much as is asked.

    Example:
        >>> values, of = np.repeat(np.arange(5.0), 2), np.repeat(np.arange(5), 2)
        >>> mean = lambda weights: weights @ values / weights.sum(axis=1)
        >>> [found] = resampled(of, mean)
        >>> found == over_seeds(of, lambda at: float(values[at].mean()))
        True
        >>> with at_confidence(0.99):
        ...     resampled(of, mean)
        [(-inf, inf)]
    """
    groups = [np.unique(of)] if apart is None else [np.unique(of[apart]), np.unique(of[~apart])]
    fewest = min(map(len, groups))
    if fewest < LEAST:
        return [(float("nan"), float("nan"))] * len(statistics)
    percentile = _percentile(fewest)
    if _stricter():
        if percentile * _MOST < _BEYOND:
            return [(-np.inf, np.inf)] * len(statistics)
        draws = max(draws, int(np.ceil(_BEYOND / percentile)))
    counts, chances = _resamples(groups, draws, seed)
    found: list[list[NDArray[np.float64]]] = [[] for _ in statistics]
    for part in np.array_split(counts, max(1, len(counts) * len(of) // 1_000_000)):
        weights = part[:, of]
        for one, statistic in zip(found, statistics, strict=True):
            one.append(statistic(weights))
    return [_ends(np.concatenate(one), chances, percentile) for one in found]


def _resamples(
    groups: Sequence[NDArray[np.int64]], draws: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(m, seeds) how often each seed is drawn, its group by itself; (m,) the chance of each row.

    All that there are, if these are `_ALL` or fewer; else so many of equal chances.
    """
    sizes = [len(group) for group in groups]
    if math.prod(math.comb(2 * size - 1, size) for size in sizes) <= _ALL:
        every = [_every_resample(size) for size in sizes]
        picked = np.array(list(product(*(range(len(chances)) for _, chances in every)))).T
        parts = [rows[at] for (rows, _), at in zip(every, picked, strict=True)]
        chances = np.prod([of[at] for (_, of), at in zip(every, picked, strict=True)], axis=0)
    else:
        generator = np.random.default_rng(seed)
        parts = [generator.multinomial(n, np.full(n, 1 / n), draws).astype(float) for n in sizes]
        chances = np.full(draws, 1 / draws)
    counts = np.zeros((len(chances), max(int(group.max()) for group in groups) + 1))
    for group, part in zip(groups, parts, strict=True):
        counts[:, group] = part
    return counts, chances


@cache
def _every_resample(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All ways to draw so many cases from as many, as counts of each, and their chances."""
    drawn = combinations_with_replacement(range(size), size)
    rows = np.array([np.bincount(each, minlength=size) for each in drawn], float)
    ways = [math.factorial(size) / math.prod(math.factorial(int(k)) for k in row) for row in rows]
    return rows, np.array(ways) / float(size) ** size


def _stricter() -> bool:
    """Whether intervals are asked for that miss less than those at `CONFIDENCE`, up to rounding."""
    return _confidence.get() > CONFIDENCE + 1e-12


def _percentile(seeds: int) -> float:
    """The part of the draws beyond each end of an interval; 0 where no draws can give it.

    Resamples never leave the range of the data, and all n seeds lie on one side of their median
    with a chance of 2^-n: below that nothing is known. Above it the percentile of the normal
    distribution is exchanged for that of Student's, which knows that the spread is estimated, and
    the spread of resamples is made larger by n / (n - 1), which they leave out.

    Source: Hesterberg 2015, The American Statistician 69, 371 (the expanded percentile interval).
    """
    if not _stricter():
        return tail()
    if tail() < 2.0**-seeds:
        return 0.0
    from scipy.stats import norm, t

    return float(norm.cdf(np.sqrt(seeds / (seeds - 1)) * t.ppf(tail(), seeds - 1)))


def _ends(found: NDArray[np.float64], chances: NDArray[np.float64], percentile: float) -> Interval:
    """The interval between percentiles of what resamples gave, infinite or NaN for some.

    Each end is the first value, from outside, that no more than `percentile` lie beyond, and with
    it more or as many do.
    """
    known = ~np.isnan(found)
    if chances[known].sum() < 0.5:
        return float("nan"), float("nan")
    order = np.argsort(found[known])
    ordered, chances = found[known][order], chances[known][order]
    return _first(ordered, chances, percentile), _first(ordered[::-1], chances[::-1], percentile)


def _first(values: NDArray[np.float64], chances: NDArray[np.float64], percentile: float) -> float:
    """The value at which the chances so far come to a share of all."""
    so_far = np.cumsum(chances)
    return float(values[np.searchsorted(so_far, percentile * so_far[-1] * (1 - _ROUNDING))])


def share_interval(seeds: ArrayLike, true: ArrayLike) -> Interval:
    """Interval of the mean over seeds of the share of its runs in which something is so.

    Runs of a seed are related, so seeds are weighed and not runs: by weights drawn from the
    Dirichlet distribution with one for each seed (the Bayesian bootstrap), and for the lower end
    one more for a seed of which no run is so, for the upper end one of which all are. Where a seed
    has one run, or its runs agree, this *is* the exact interval of Clopper and Pearson, counting
    seeds. No success more lowers either end, and no width is zero.

    Args:
        seeds: (n,) the seed of each run.
        true: (n,) whether it is so.

    Returns:
        At `CONFIDENCE`; (0, 1) for no runs.

    Example:
        >>> low, high = share_interval(np.arange(5).repeat(4), np.ones(20, bool))
        >>> round(low, 3), high  # 19 of 20 are no surer than 20 of 20
        (0.549, 1.0)

    Source: Rubin 1981, The Annals of Statistics 9, 130 (the bootstrap); the seed more: this work.
    """
    shares = seed_shares(seeds, true)
    if len(shares) and np.isin(shares, (0, 1)).all():
        return proportion(int(shares.sum()), len(shares))
    # The share of successes from above is one less that of failures from below.
    return _least_share(shares), 1 - _least_share(1 - shares)


def seed_shares(seeds: ArrayLike, true: ArrayLike) -> NDArray[np.float64]:
    """The share of each seed's runs in which something is so, in the order of the seeds.

    Example:
        >>> seed_shares([3, 3, 8], [True, False, True]).tolist()
        [0.5, 1.0]
    """
    _, at = np.unique(np.asarray(seeds), return_inverse=True)
    return np.asarray(np.bincount(at, np.asarray(true, float)) / np.maximum(np.bincount(at), 1))


def _least_share(shares: NDArray[np.float64]) -> float:
    """The quantile of the mean share under random weights, one of them for a share of 0."""
    from scipy.optimize import brentq

    if not shares.size or shares.max() == 0:
        return 0.0
    every = np.append(shares, 0.0)
    found = brentq(
        lambda x: _below_zero(every - x) - tail(), 0.0, shares.max(), xtol=1e-12, rtol=1e-12
    )
    return float(found)


@cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights from -1 to 1 (Gauss and Legendre)."""
    nodes, weights = np.polynomial.legendre.leggauss(300)
    return nodes, weights


def _below_zero(coefficients: NDArray[np.float64]) -> float:
    """The probability that a sum of independent exponential variables, so weighed, is negative.

    Source: Imhof 1961, Biometrika 48, 419, for two degrees of freedom each.
    """
    if coefficients.min() >= 0 or coefficients.max() <= 0:
        return float(coefficients.min() < 0)
    scaled, many = np.unique(coefficients / np.linalg.norm(coefficients), return_counts=True)
    nodes, weights = _quadrature()
    t = (nodes + 1) / 2
    u = t / (1 - t)  # from 0 to infinity
    angle = many @ np.arctan(scaled[:, None] * u)
    fading = np.exp(-(many @ np.log1p((scaled[:, None] * u) ** 2)) / 2)
    integral = (weights / 2 * np.sin(angle) * fading / u / (1 - t) ** 2).sum()
    return float(0.5 - integral / np.pi)


def worst(*given: Verdict) -> Verdict:
    """Of conditions that must all hold: "fails" if one does.

    Example:
        >>> worst("holds", "inconclusive"), worst("holds", "fails", "inconclusive")
        ('inconclusive', 'fails')
    """
    order: tuple[Verdict, ...] = ("fails", "inconclusive", "holds")
    return min(given, key=order.index)
