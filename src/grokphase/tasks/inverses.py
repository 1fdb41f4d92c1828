"""Numbers that have an inverse modulo p, and what that leaves undefined of a division."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_DIVISIONS = ("modular-division", "odd-division-even-subtraction")


def invertible(p: int) -> NDArray[np.bool_]:
    """Which of 0 ... p-1 have an inverse modulo p: all but 0 if p is prime.

    Example:
        >>> invertible(6).sum()
        np.int64(2)
    """
    found: NDArray[np.bool_] = np.gcd(np.arange(p), p) == 1
    return found


def undefined(
    kind: str, symbols: int, samples: int, pairs: str | None, parameters: Mapping[str, float]
) -> str:
    """Of how many pairs an operation has no result, and why where a modulus is not prime.

    Args:
        kind: of the task.
        symbols: how many there are.
        samples: how many pairs have a result.
        pairs: "ordered" or "unordered".
        parameters: the numbers that made the task, such as the modulus p.

    Returns:
        Nothing where it has one of all pairs.

    Example:
        >>> undefined("modular-division", 4, 8, "ordered", {"p": 4})
        '8 of 16 undefined (2 of 4 numbers have an inverse modulo 4, which is not prime)'
    """
    every = symbols * symbols if pairs == "ordered" else symbols * (symbols + 1) // 2
    if samples == every:
        return ""
    return f"{every - samples} of {every} undefined{_why(kind, parameters.get('p'))}"


def _why(kind: str, p: float | None) -> str:
    if kind not in _DIVISIONS or p is None:
        return ""
    count = int(invertible(int(p)).sum())
    if count == p - 1:
        return ""
    return f" ({count} of {p:g} numbers have an inverse modulo {p:g}, which is not prime)"
