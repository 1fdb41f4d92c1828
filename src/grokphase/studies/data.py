"""What a figure shows, as JSON holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Data = Mapping[str, Any]
"""What a figure shows: JSON-able; arrays as nested lists, what was not reached as None."""


def in_columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as a table: columns by name, None where a row has no such value.

    Example:
        >>> in_columns([{"seed": 0, "steps": 90}, {"seed": 1}])
        {'seed': [0, 1], 'steps': [90, None]}
    """
    known = list(rows)
    names = dict.fromkeys(name for row in known for name in row)
    return {name: [row.get(name) for row in known] for name in names}
