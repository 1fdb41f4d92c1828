"""Checks shared by the theory: numbers above 0, arrays of numbers, and the times of a flow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real
from grokphase.theory.samples import Floats


def positive(value: object, what: str, example: float) -> float:
    """The value as a float, if it is a finite number above 0.

    Args:
        value: what was given.
        what: its name, for the message.
        example: one that could be given, for the message.

    Raises:
        GrokphaseError: it is not a number, not finite or not above 0.

    Example:
        >>> positive(1e-3, "eta", 1e-3)
        0.001
    """
    number = real(value)
    if not 0 < number < math.inf:
        raise GrokphaseError(
            f"{what} must be a finite number above 0, not {value!r}: for example {what}={example}."
        )
    return number


def reals(values: Any) -> Floats:
    """The values as an array in float64; one NaN if they are none, as `real` has it of one.

    Example:
        >>> reals([[1, 2]]).shape, reals(["a", "b"])
        ((1, 2), array([nan]))
    """
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        return np.array([math.nan])


def instants(times: Any, *, ascending: bool = False) -> Floats:
    """The times at which a flow is wanted, as an array.

    Args:
        times: (t,) numbers from 0 on, or one number.
        ascending: whether each must be later than the one before, as an integration needs them.

    Returns:
        (t,).

    Raises:
        GrokphaseError: they are not finite numbers from 0 on, or do not ascend where they must.

    Example:
        >>> instants(2).tolist()
        [2.0]
    """
    given = np.atleast_1d(reals(times))
    if given.ndim != 1 or not given.size or not (np.isfinite(given).all() and given.min() >= 0):
        raise GrokphaseError(
            f"Times are numbers from 0 on, not {briefly(times)}: for example [0, 1, 10]."
        )
    if ascending and (np.diff(given) <= 0).any():
        raise GrokphaseError(
            f"Times of an integration ascend, unlike {briefly(times)}: for example [0, 1, 10]."
        )
    return given


def briefly(given: Any) -> str:
    """What was given, but for the middle of what fills more than a line.

    Example:
        >>> briefly([0.5]), len(briefly(np.zeros(1000)))
        ('[0.5]', 60)
    """
    text = " ".join(repr(given).split())
    return text if len(text) <= 60 else f"{text[:40]} ... {text[-15:]}"
