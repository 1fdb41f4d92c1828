"""What the runs of a cell say together: majority, shares, and medians that know censoring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.classify import FAILED, PHASES
from grokphase.plain import finite

LEVEL: Final = 0.9
"""Least coverage wanted of an interval for the median."""

SHARE_LEVEL: Final = 0.95
"""Of the interval for a share."""


def majority(phase_by_seed: NDArray[np.str_]) -> NDArray[np.str_]:
    """The phase of most runs of each cell.

    A tie goes to the tied phase that stands last in `PHASES`, so that a cell is never called
    better than half of its runs: a cell split evenly between comprehension and memorization is
    memorization. A run that failed says nothing of learning and has no vote: a cell is failed
    where all of its runs are.

    Args:
        phase_by_seed: (..., seeds) phases.

    Returns:
        (...) phases.

    Example:
        >>> majority(np.array([["grokking", "grokking", "comprehension"]])).tolist()
        ['grokking']
        >>> majority(np.array([["comprehension", "grokking"]])).tolist()
        ['grokking']
        >>> majority(np.array([["grokking", "failed", "failed"], ["failed"] * 3])).tolist()
        ['grokking', 'failed']
    """
    worst_first = [phase for phase in PHASES[::-1] if phase != FAILED]
    votes = np.stack([(phase_by_seed == phase).sum(axis=-1) for phase in worst_first])
    # argmax takes the first of equals, which is the later in PHASES.
    winners = np.asarray(worst_first)[votes.argmax(axis=0)]
    return np.where((phase_by_seed == FAILED).all(axis=-1), FAILED, winners)


def fractions(phase_by_seed: NDArray[np.str_]) -> dict[str, NDArray[np.float64]]:
    """The share of each cell's runs in every phase that occurs anywhere.

    Args:
        phase_by_seed: (..., seeds) phases.

    Returns:
        Phase -> (...) shares; over the phases they sum to 1.

    Example:
        >>> shares = fractions(np.array([["grokking", "comprehension"]]))
        >>> {phase: share.tolist() for phase, share in shares.items()}
        {'comprehension': [0.5], 'grokking': [0.5]}
    """
    shares = {phase: (phase_by_seed == phase).mean(axis=-1) for phase in PHASES}
    return {phase: share for phase, share in shares.items() if share.any()}


def median(
    steps: NDArray[np.float64], failed: NDArray[np.bool_] | bool = False
) -> NDArray[np.float64]:
    """The median over seeds of steps of which some were not reached.

    A censored step is later than every step seen, so it counts as infinite. Where the median
    falls among censored ones (for an even number, where either of the two middle ones is), it is
    not known and is NaN. Runs that failed are left out: how far they would have come is not known.

    Args:
        steps: (..., seeds) steps, NaN where not reached within the budget.
        failed: (..., seeds) which runs failed.

    Returns:
        (...) medians, NaN where censored, and where no run is left.

    Example:
        >>> median(np.array([[100.0, 300.0, np.nan], [100.0, np.nan, np.nan]])).tolist()
        [300.0, nan]
        >>> median(np.array([100.0, 300.0, np.nan]), np.array([False, False, True])).tolist()
        200.0
    """
    times = np.where(np.isnan(steps), np.inf, steps)
    ordered = np.sort(np.where(failed, np.nan, times), axis=-1)  # NaN stands last
    runs = (~np.isnan(ordered)).sum(axis=-1, keepdims=True)
    low, high = (
        np.take_along_axis(ordered, at, axis=-1)[..., 0]
        for at in (np.maximum(runs - 1, 0) // 2, runs // 2)
    )
    middle = (low + high) / 2
    return np.where(np.isinf(middle), np.nan, middle)


def order_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float, float]:
    """The interval for a median between order statistics, whatever the distribution.

    It goes from the k-th lowest to the k-th highest of n values, with the largest k whose coverage
    1 - 2 P(B < k), B ~ Binomial(n, 1/2), is at least ``level``; of few values it is the whole
    range, and its coverage says so.

    Args:
        values: independent; infinite where censored.
        level: least coverage wanted, between 0 and 1.

    Returns:
        Lower end, upper end and coverage; ends are NaN for fewer than two values.

    Example:
        >>> order_interval([3.0, 1.0, 2.0, 5.0, math.inf])
        (1.0, inf, 0.9375)
    """
    count = len(values)
    if count < 2:
        return math.nan, math.nan, 0.0
    ranks = [k for k in range(1, count // 2 + 1) if _coverage(count, k) >= level]
    rank = max(ranks, default=1)
    ordered = sorted(values)
    return ordered[rank - 1], ordered[-rank], _coverage(count, rank)


def _coverage(count: int, rank: int) -> float:
    """P(the median lies between the rank-th lowest and the rank-th highest of ``count``)."""
    return float(1 - 2 * sum(math.comb(count, k) for k in range(rank)) / 2**count)


def wilson(count: int, runs: int) -> tuple[float, float]:
    """The 95 % interval of a share from counted runs, by Wilson's score.

    Example:
        >>> low, high = wilson(3, 5)
        >>> round(low, 3), round(high, 3)
        (0.231, 0.882)

    Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209.
    """
    from scipy.stats import binomtest

    found = binomtest(count, runs).proportion_ci(SHARE_LEVEL, method="wilson")
    return float(found.low), float(found.high)


class MedianStep(NamedTuple):
    """The median over runs of the step of an event that some may not have reached.

    Attributes:
        median: None where it is not reached, see `median`.
        low: lower end of the interval for it (order statistics); None where censored.
        high: upper end; None where censored: the interval is open.
        coverage: probability with which the interval holds the median of all seeds.
        reached: runs that reached it.
        runs: all runs.
    """

    median: float | None
    low: float | None
    high: float | None
    coverage: float
    reached: int
    runs: int


def median_step(steps: Sequence[int | None]) -> MedianStep:
    """The median of some runs' steps, with its interval and its censoring.

    Args:
        steps: one for each run that did not fail, None where it was not reached.

    Example:
        >>> median_step([100, 300, 200, None, 900])
        MedianStep(median=300.0, low=100.0, high=None, coverage=0.9375, reached=4, runs=5)
        >>> median_step([100, None]).median is None
        True
    """
    times = [math.inf if step is None else float(step) for step in steps]
    low, high, coverage = order_interval(times)
    return MedianStep(
        median=finite(float(median(np.array(times)))) if times else None,
        low=finite(low),
        high=finite(high),
        coverage=coverage,
        reached=sum(step is not None for step in steps),
        runs=len(times),
    )
