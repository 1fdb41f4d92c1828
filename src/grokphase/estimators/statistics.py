"""Statistics that several claims rest on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
"""Weights are (m, n): how often each of n rows is counted, in each of m resamples."""


def mean(values: Floats, weights: Floats) -> Floats:
    """Means of n values counted so often, (m,); NaN where none is.

    Example:
        >>> mean(np.array([1.0, 4.0]), np.array([[1.0, 1.0], [2.0, 1.0]])).tolist()
        [2.5, 2.0]
    """
    total = weights.sum(axis=1)
    return np.asarray(weights @ values / np.where(total > 0, total, np.nan))


def median(values: Floats, weights: Floats) -> Floats:
    """Medians of n values counted so often, (m,); infinite values are later than all others.

    Example:
        >>> median(np.array([1.0, 2.0, np.inf]), np.array([[1, 1, 0], [1, 1, 1], [1, 1, 2.0]]))
        array([1.5, 2. , inf])
    """
    if not values.size:
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    ordered, reached = values[order], weights[:, order].cumsum(axis=1)
    total = reached[:, -1:]
    low, high = (
        ordered[(reached > np.floor(middle)).argmax(axis=1)]
        for middle in ((total - 1) / 2, total / 2)
    )
    found = np.where(low == high, low, low / 2 + high / 2)
    return np.where(total[:, 0] > 0, found, np.nan)


def rank_correlations(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Spearman's rank correlations of n pairs counted so often, (m,).

    NaN where fewer than three are counted, or one of them does not vary.

    Example:
        >>> pairs = np.array([1.0, 2, 3]), np.array([10.0, 30, 20])
        >>> rank_correlations(*pairs, np.ones((1, 3))).tolist()
        [0.5]
    """
    total = weights.sum(axis=1)
    if not x.size:
        return np.full(len(weights), np.nan)
    first, second = (_ranks(values, weights) for values in (x, y))
    squares = (weights * first**2).sum(axis=1) * (weights * second**2).sum(axis=1)
    known = (total >= 3) & (squares > 0)
    shared = (weights * first * second).sum(axis=1)
    return np.where(known, shared / np.sqrt(np.where(known, squares, 1.0)), np.nan)


def _ranks(values: Floats, weights: Floats) -> Floats:
    """(m, n) ranks, in the middle of ties, less their mean."""
    _, inverse = np.unique(values, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    begins = np.flatnonzero(np.diff(inverse[order], prepend=-1))
    tied = np.add.reduceat(weights[:, order], begins, axis=1)
    middle = tied.cumsum(axis=1) - (tied - 1) / 2
    ranks = middle[:, inverse]
    total = weights.sum(axis=1, keepdims=True)
    centre = (weights * ranks).sum(axis=1, keepdims=True) / np.maximum(total, 1)
    return np.asarray(ranks - centre)


def slopes(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Slopes of y against x of n points counted so often, (m,), by least squares.

    NaN where fewer than three are counted, or all at one x.

    Example:
        >>> slopes(np.array([0.0, 1, 2]), np.array([1.0, 3, 5]), np.ones((1, 3))).tolist()
        [2.0]
    """
    total = weights.sum(axis=1)
    if not x.size:
        return np.full(len(weights), np.nan)
    centre = weights @ x / np.maximum(total, 1)
    apart = x - centre[:, None]
    spread = (weights * apart**2).sum(axis=1)
    counted = weights > 0
    several = np.where(counted, x, -np.inf).max(axis=1) > np.where(counted, x, np.inf).min(axis=1)
    known = (total >= 3) & several
    return np.where(known, (weights * apart * y).sum(axis=1) / np.where(known, spread, 1.0), np.nan)


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's rank correlation; NaN for fewer than three values, or without variation.

    Example:
        >>> rank_correlation([1, 2, 3], [10, 30, 20])
        0.5
    """
    x, y = (np.ravel(np.asarray(values, float)) for values in (first, second))
    return float(rank_correlations(x, y, np.ones((1, x.size)))[0])


def censored_slope(x: ArrayLike, y: ArrayLike, censored: ArrayLike) -> float:
    """The slope of y against x with normal errors, where some y are only known to be larger.

    The slope of largest likelihood, which is that of least squares where nothing is censored.

    Args:
        x: (n,).
        y: (n,) values; where censored, what they exceed.
        censored: (n,) whether they are.

    Example:
        >>> x = np.arange(40.0)
        >>> y = x + np.tile([-1.0, 1.0], 20)
        >>> late = y > 30  # left out, or taken as 30, they would make the slope smaller
        >>> round(censored_slope(x, np.minimum(y, 30.0), late), 1)
        1.0

    Source: Tobin 1958, Econometrica 26, 24.
    """
    from grokphase.theory.log_times import most_likely_coefficients

    first, second = (np.ravel(np.asarray(values, float)) for values in (x, y))
    late = np.ravel(np.asarray(censored, bool))
    design = np.stack([np.ones(first.size), first], axis=1)
    return float(most_likely_coefficients(design, second, np.where(late, np.inf, second))[1])


def passing(x: Floats, means: Floats, level: float) -> float:
    """Where means that should rise with x pass a level.

    They are made not to fall (isotonic regression, weights equal), so that no single dip or peak
    decides, and joined by straight lines.

    Args:
        x: (n,) ascending.
        means: (n,) at x.
        level: what is passed.

    Returns:
        Infinity where they do not reach it, minus infinity where they are above it from the start;
        NaN for none.

    Example:
        >>> x, means = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0.0, 0.4, 0.2, 0.7])
        >>> passing(x, means, 0.5)  # 0.4 and 0.2 are 0.3 each
        0.7
    """
    from scipy.optimize import isotonic_regression

    from grokphase.theory.critical import crossing

    if len(x) == 0:
        return float("nan")
    rising = isotonic_regression(means).x
    if rising[-1] < level:
        return float("inf")
    if rising[0] > level:
        return float("-inf")
    return round(crossing(x, rising, level), 12)


def half_crossing(fractions: ArrayLike, shares: ArrayLike) -> float:
    """Where shares that should rise with a fraction are one half, or the first where all are more.

    Example:
        >>> half_crossing([0.2, 0.4, 0.6], [0.1, 0.3, 0.7]), half_crossing([0.2, 0.4], [0.6, 0.8])
        (0.5, 0.2)
    """
    x = np.asarray(fractions, float)
    return max(passing(x, np.asarray(shares, float), 0.5), float(x[0]))


def surprise(groups: ArrayLike, first: ArrayLike, second: ArrayLike) -> float:
    """How likely chance alone makes two properties coincide as often as they do, or more often.

    Fisher's exact test, one-sided, over groups that may differ in how common either is (the exact
    conditional test of Cochran, Mantel and Haenszel): within each group the number of cases with
    both is hypergeometric if they have nothing to do with each other.

    Args:
        groups: (n,) the group of each case.
        first: (n,) whether a case has the first property.
        second: (n,) whether it has the second.

    Returns:
        The p-value; 1 where one of the properties has no variation in any group.

    Example:
        >>> round(surprise([0] * 6, [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]), 3)  # 1 of 20
        0.05
    """
    from scipy.stats import hypergeom

    of, one, other = (np.asarray(values) for values in (groups, first, second))
    chance, both = np.ones(1), 0
    for group in np.unique(of):
        here, there = one[of == group].astype(bool), other[of == group].astype(bool)
        both += int((here & there).sum())
        many = np.arange(len(here) + 1)
        chance = np.convolve(chance, hypergeom.pmf(many, len(here), here.sum(), there.sum()))
    return float(min(1.0, chance[both:].sum()))
