"""How much data determines the structure: one threshold for each random order of the samples.

Adding a sample never frees anything, so along a random order of all samples there is one count
at which the structure becomes determined. Its distribution function *is* the probability that a
random training set of a given size determines the structure, for all sizes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np

from grokphase.tasks import Task, stream
from grokphase.tasks.checks import whole
from grokphase.theory.bulk import LARGEST_P, are_determined
from grokphase.theory.null_space import is_determined, touches_all, trivial_dimension
from grokphase.theory.samples import Integers, symbols


@final
@dataclass(frozen=True)
class Thresholds:
    """Training samples needed, in each of many random orders of the samples.

    Args:
        determined: (trials,) the least count whose first samples determine the structure.
        touched: (trials,) the least count at which every symbol takes part in a parallelogram;
            never larger.

    Example:
        >>> from grokphase.tasks import task
        >>> found = thresholds(task("addition", p=10), trials=5)
        >>> found.determined.shape, found.touched.shape
        ((5,), (5,))

    Source: this work.
    """

    determined: Integers
    touched: Integers


def thresholds(task: Task, *, trials: int, seed: int = 0, modulus: int | None = None) -> Thresholds:
    """The thresholds of random orders of the samples.

    The share of orders whose threshold is at most m is the probability that a random training set
    of m samples determines the structure.

    Args:
        task: a task whose inputs are pairs of symbols.
        trials: how many random orders.
        seed: of the orders.
        modulus: count over the integers modulo this prime; None for the real numbers.

    Returns:
        Numbers of samples, one for each order.

    Raises:
        GrokphaseError: no trial, or a modulus that is not a prime.

    Example:
        >>> from grokphase.tasks import task
        >>> found = thresholds(task("addition", p=10), trials=200)
        >>> 20 < np.median(found.determined) < 25, bool((found.touched <= found.determined).all())
        (np.True_, True)

    Source: this work; their distribution is Figure 4 (a) of Liu et al. (2022), arXiv:2205.10343.
    """
    trials = whole(trials, "trials", 1)
    trivial_dimension(task, modulus)  # refuses what cannot be counted, before any work
    random = stream(seed, "theory")
    if modulus is None and symbols(task) <= LARGEST_P:
        return _all_at_once(task, random.random((trials, len(task))).argsort(axis=1))
    pairs = [_one(task, random.permutation(len(task)), modulus) for _ in range(trials)]
    determined, touched = np.array(pairs).T
    return Thresholds(determined, touched)


def _all_at_once(task: Task, orders: Integers) -> Thresholds:
    place = orders.argsort(axis=1)  # when each sample comes
    determined = _bisect_all(place, lambda masks: are_determined(task, masks))
    touched = [
        first_count(partial(_touched, task, order), most)
        for order, most in zip(orders, determined.tolist(), strict=True)
    ]
    return Thresholds(determined, np.array(touched))


def _touched(task: Task, order: Integers, count: int) -> bool:
    return touches_all(task, order[:count])


def _bisect_all(place: Integers, holds: Callable[[np.ndarray], np.ndarray]) -> Integers:
    """For each order, the least count whose first samples have a property that stays."""
    trials, n = place.shape
    low, high = np.full(trials, -1), np.full(trials, n)
    while (active := np.flatnonzero(high - low > 1)).size:
        middle = (low[active] + high[active]) // 2
        found = holds(place[active] < middle[:, None])
        high[active[found]] = middle[found]
        low[active[~found]] = middle[~found]
    return high


def _one(task: Task, order: Integers, modulus: int | None) -> tuple[int, int]:
    """Both thresholds of one order; linear algebra only from the count where all are touched."""
    n = len(order)
    touched = first_count(partial(_touched, task, order), n)
    determined = first_count(
        lambda m: is_determined(task, order[:m], modulus=modulus), n, start=touched
    )
    return determined, touched


def first_count(holds: Callable[[int], bool], most: int, start: int = 0) -> int:
    """The least count at which a property holds that more samples never take away.

    Strides that double, then halves: dear tests of large sets are made only where needed.

    Args:
        holds: whether it holds for the first so many samples.
        most: a count at which it is known to hold.
        start: the least count that is asked about.

    Example:
        >>> first_count(lambda count: count >= 11, 100)
        11
    """
    if start >= most or holds(start):
        return min(start, most)
    low, stride = start, 1
    while low + stride < most and not holds(low + stride):
        low, stride = low + stride, 2 * stride
    high = min(low + stride, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
