"""The equations of a training set over a finite field, where a circle is a line.

No real embedding other than a point obeys all the sums of modular addition: going round the
circle returns to where one began. Modulo a prime q dividing p it is as for addition: the
embeddings a + b k mod q obey them all, and q-th roots of unity draw them as a circle.
"""

from __future__ import annotations

import numbers

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.theory.samples import Integers, Samples

_LARGEST = 2**31 - 1  # products of two residues stay below 2^63


def nullity(data: Samples, prime: int) -> int:
    """The dimension of the null space of A(P0(D)) over the field with this many elements.

    Args:
        data: the samples of D.
        prime: the number of elements of the field, a prime.

    Returns:
        p minus the rank, found by exact elimination.

    Raises:
        GrokphaseError: the number is not a prime below 2^31.

    Example:
        >>> from grokphase.tasks import task
        >>> from grokphase.theory.samples import samples
        >>> nullity(samples(task("modular-addition", p=7)), 7)
        2
    """
    if not (isinstance(prime, numbers.Integral) and is_prime(prime)):
        raise GrokphaseError(
            f"A field has a prime number of elements, which {prime} is not: for addition modulo "
            "59 write modulus=59, in a shell --modulus 59."
        )
    return data.symbols - _rank(relations(data) % prime, prime)


def relations(data: Samples) -> Integers:
    """Equations with the solutions of A(P0(D)): each sample against the one before in its class.

    Args:
        data: the samples of D.

    Returns:
        (m - number of results present, p) whole numbers between -2 and 2.
    """
    order = np.argsort(data.labels, kind="stable")
    rows = np.zeros((len(order), data.symbols), np.int64)
    every = np.arange(len(order))
    np.add.at(rows, (every, data.first[order]), 1)
    np.add.at(rows, (every, data.second[order]), 1)
    same = np.diff(data.labels[order]) == 0
    return np.diff(rows, axis=0)[same] if len(order) else rows


def is_prime(number: int) -> bool:
    """Whether a number is a prime below 2^31.

    Example:
        >>> [n for n in range(12) if is_prime(n)]
        [2, 3, 5, 7, 11]
    """
    if not 2 <= number <= _LARGEST:
        return False
    return all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def _rank(matrix: Integers, prime: int) -> int:
    """Gaussian elimination; each step leaves only the rows that are not zero yet."""
    rank, left = 0, matrix[matrix.any(axis=1)]
    while len(left):
        column = int(np.argmax(left[0] != 0))
        pivot = left[0] * pow(int(left[0, column]), -1, prime) % prime
        left = (left[1:] - left[1:, column : column + 1] * pivot) % prime
        left = left[left.any(axis=1)]
        rank += 1
    return rank
