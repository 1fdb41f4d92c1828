"""Small checks shared by the tasks: whole numbers, and what an array looks like in a spec."""

from __future__ import annotations

import hashlib
import math
import numbers
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError


def whole(value: object, what: str, low: int, high: int | None = None) -> int:
    """The value as a Python int, if it is a whole number within its bounds.

    A float without a fraction is taken too, because the axes of a sweep hold floats.

    Args:
        value: what was given.
        what: its name, for the message.
        low: the smallest allowed value.
        high: the largest allowed value; None for no bound.

    Raises:
        GrokphaseError: it is not a whole number, or out of bounds.

    Example:
        >>> whole(59.0, "p", 2)
        59
    """
    number = _as_int(value)
    if number is None or number < low or (high is not None and number > high):
        allowed = f"from {low} to {high}" if high is not None else f">= {low}"
        said = repr(value if number is None else number)
        raise GrokphaseError(
            f"{what} must be a whole number {allowed}, not {said}: for example "
            f"{what}={_nearest(value, low, high)}."
        )
    return number


def _nearest(value: object, low: int, high: int | None) -> int:
    """The allowed number next to the one given; the lowest if none was."""
    number = real(value)
    if math.isnan(number):
        return low
    if number < low or (number == math.inf and high is None):
        return low
    return high if high is not None and number > high else round(number)


def real(value: object) -> float:
    """The value as a float; NaN if it is not a number, so that one comparison refuses both.

    Example:
        >>> real("2.5"), real(None)
        (2.5, nan)
    """
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def as_path(given: object, of: str, example: str) -> Path:
    """A path, where something was given that can be one.

    Args:
        given: by a user.
        of: what it is of, "a file" or "a folder".
        example: of one.

    Raises:
        GrokphaseError: it is no path.

    Example:
        >>> as_path("sums.csv", "a file", "my_op.csv").name
        'sums.csv'
    """
    if not isinstance(given, str | os.PathLike):
        raise GrokphaseError(f'{given!r} is no path of {of}; write one, such as "{example}".')
    return Path(given)


def _as_int(value: object) -> int | None:
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return int(value)
    return None


def frozen(array: object, dtype: Any, what: str) -> NDArray[Any]:
    """A contiguous, little-endian copy that cannot be written to, so that a spec stays true.

    Args:
        array: anything NumPy takes as an array of numbers.
        dtype: the type of the copy.
        what: its name, for the message.

    Raises:
        GrokphaseError: it is not an array of numbers, or one of them does not fit the type.
    """
    kind = np.dtype(dtype)
    try:
        given = np.asarray(array)
        with np.errstate(invalid="ignore"):  # NaN to an integer: refused below
            copy = np.array(given, dtype=kind.newbyteorder("<"), order="C")
    except (TypeError, ValueError, OverflowError):
        raise GrokphaseError(f"{what} must be an array of numbers, with rows alike.") from None
    if kind.kind == "i" and not np.array_equal(copy, given):
        raise GrokphaseError(f"{what} must be whole numbers that fit {kind.name}.")
    copy.setflags(write=False)
    return copy


def array_spec(array: NDArray[Any]) -> dict[str, Any]:
    """How an array is written in a spec: its digest, shape and type instead of its numbers.

    Args:
        array: any array of numbers; its bytes are read in little-endian, row-major order.

    Returns:
        ``{"sha256": hex, "shape": [...], "dtype": name}``.

    Example:
        >>> array_spec(np.arange(3, dtype=np.int32))["shape"]
        [3]
    """
    ordered = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return {
        "sha256": hashlib.sha256(ordered.tobytes()).hexdigest(),
        "shape": list(array.shape),
        "dtype": array.dtype.name,
    }
