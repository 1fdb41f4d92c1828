"""What a figure shows, as JSON holds it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

Data = Mapping[str, Any]
"""What a figure shows: JSON-able; arrays as nested lists, what was not reached as None."""

_DIGITS = 7  # a float32 is told from its neighbours by nine, and no figure needs as many


def in_columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as a table: columns by name, None where a row has no such value.

    Example:
        >>> in_columns([{"seed": 0, "steps": 90}, {"seed": 1}])
        {'seed': [0, 1], 'steps': [90, None]}
    """
    known = list(rows)
    names = dict.fromkeys(name for row in known for name in row)
    return {name: [row.get(name) for row in known] for name in names}


def plain(value: Any) -> Any:
    """Data as JSON holds them: arrays as lists, NaN and infinity as None, seven digits.

    Example:
        >>> import numpy as np
        >>> plain({"steps": np.array([120.0, np.nan]), "p": np.int64(10)})
        {'steps': [120.0, None], 'p': 10}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
