"""What JSON can hold: numbers that are finite, and data of lists, mappings and plain values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any


def finite(value: float) -> float | None:
    """A number, or None where it is none or has no end.

    Example:
        >>> finite(0.5), finite(float("inf"))
        (0.5, None)
    """
    return value if math.isfinite(value) else None


def plain(value: Any, digits: int = 7, *, text: bool = False) -> Any:
    """Data as JSON holds them: arrays as lists, paths as text, NaN and infinity as None.

    Args:
        value: data of any depth.
        digits: of numbers. A float32 is told from its neighbours by nine, and no figure needs as
            many; 17 keep every bit.
        text: write as text what JSON has no kind for, such as a date of SQL.

    Raises:
        TypeError: for what JSON has no kind for, without `text`.

    Example:
        >>> import numpy as np
        >>> plain({"steps": np.array([120.0, np.nan]), "p": np.int64(10)})
        {'steps': [120.0, None], 'p': 10}
    """
    if hasattr(value, "tolist"):  # of NumPy, which help pages must not wait for
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item, digits, text=text) for key, item in value.items()}
    if isinstance(value, float | Decimal):
        return finite(float(f"{value:.{digits}g}"))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Iterable):
        return [plain(item, digits, text=text) for item in value]
    if text:
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
