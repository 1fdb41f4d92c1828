"""Numbers that have an inverse modulo p, and what that leaves undefined of a division."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from grokphase.tasks.definition import Task

_DIVISIONS = ("modular-division", "odd-division-even-subtraction")


def invertible(p: int) -> NDArray[np.bool_]:
    """Which of 0 ... p-1 have an inverse modulo p: all but 0 if p is prime.

    Example:
        >>> invertible(6).sum()
        np.int64(2)
    """
    found: NDArray[np.bool_] = np.gcd(np.arange(p), p) == 1
    return found


def undefined(task: Task) -> str:
    """Of how many pairs an operation has no result, and why where a modulus is not prime.

    Returns:
        Nothing where it has one of all pairs, or there is no table.

    Example:
        >>> from grokphase.tasks import task
        >>> undefined(task("modular-division", p=4))
        '8 of 16 undefined (2 of 4 numbers have an inverse modulo 4, which is not prime)'
    """
    p = task.symbols
    if task.table is None or p is None:
        return ""
    every = p * p if task.pairs == "ordered" else p * (p + 1) // 2
    if len(task) == every:
        return ""
    return f"{every - len(task)} of {every} undefined{_why(task)}"


def _why(task: Task) -> str:
    p = task.parameters.get("p")
    if task.kind not in _DIVISIONS or p is None:
        return ""
    count = int(invertible(int(p)).sum())
    if count == p - 1:
        return ""
    return f" ({count} of {p:g} numbers have an inverse modulo {p:g}, which is not prime)"
