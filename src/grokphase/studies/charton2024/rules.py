"""The three rules by which predictions of a greatest common divisor follow from what is learned."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

LARGEST = 100
"""Of the divisors that are counted."""


def primes_of(number: int) -> list[int]:
    """The primes that divide a number, from the smallest.

    Example:
        >>> primes_of(2023)
        [7, 17]
    """
    found, left = [], number
    for candidate in range(2, math.isqrt(number) + 1):
        if left % candidate == 0:
            found.append(candidate)
        while left % candidate == 0:
            left //= candidate
    return found + ([left] if left > 1 else [])


def ceiling(base: int) -> float:
    r"""The share of pairs whose greatest common divisor has no primes but the base's.

    :math:`\frac{6}{\pi^2} \prod_{p | B} \frac{p^2}{p^2 - 1}`, as that of pairs without a common
    divisor is :math:`6 / \pi^2 = \prod_p (1 - p^{-2})`.

    Example:
        >>> round(ceiling(10), 4)
        0.8443
    """
    return share(1) * math.prod(p**2 / (p**2 - 1) for p in primes_of(base))


def share(divisor: int) -> float:
    r"""The share of pairs with this greatest common divisor, :math:`6 / (\pi k)^2` (Cesaro)."""
    return 6 / (math.pi * divisor) ** 2


def all_powers(base: int, largest: int) -> list[int]:
    """The powers up to a number of the primes of a base.

    Example:
        >>> all_powers(10, 30)
        [2, 4, 8, 16, 5, 25]
    """
    return [
        p**k for p in primes_of(base) for k in range(1, largest.bit_length()) if p**k <= largest
    ]


def products(powers: Iterable[int], largest: int = LARGEST) -> list[int]:
    """What is predicted right where these powers of primes are told: 1, and all their products.

    Example:
        >>> products([2, 4, 5], 100)
        [1, 2, 4, 5, 10, 20]
    """
    of_prime: dict[int, list[int]] = {}
    for power in powers:
        of_prime.setdefault(primes_of(power)[0], [1]).append(power)
    found = {1}
    for those in of_prime.values():
        found = {one * other for one in found for other in those if one * other <= largest}
    return sorted(found)


def predicted(divisor: int, right: Iterable[int]) -> int:
    """The largest that is predicted right and divides the divisor: the third rule.

    Example:
        >>> predicted(24, [1, 2, 4, 5, 10])
        4
    """
    return max(one for one in right if divisor % one == 0)


def pairs_by_divisor(most: int, largest: int = LARGEST) -> NDArray[np.int64]:
    r"""How many pairs of numbers up to `most` have the greatest common divisors 1 ... `largest`.

    Of k there are :math:`2 \sum_{j \le M/k} \varphi(j) - 1`, by a sieve of Euler's function.

    Example:
        >>> pairs_by_divisor(6, 3).tolist()
        [23, 7, 3]
    """
    totients = np.arange(most + 1)
    for p in range(2, most + 1):
        if totients[p] == p:  # not yet divided: a prime
            totients[p::p] -= totients[p::p] // p
    sums = np.cumsum(totients)
    found: NDArray[np.int64] = 2 * sums[most // np.arange(1, largest + 1)] - 1
    return found
