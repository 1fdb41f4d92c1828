"""What a chart reads: a table of columns by name, one row a run.

A column is a list or an array, one entry a row; a scalar stands for every row. None, as JSON holds
it, is NaN: not reached, or not there. A column may be a ratio of two, written "size / samples", or
of one to a whole number, as "size / 55".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest

Table = Mapping[str, Any]
Floats = NDArray[np.float64]

_RATIO: Final = " / "
_PLACE: Final = re.compile(r"\{([A-Za-z_]\w*)(?::([^{}]*))?\}")


def entry(table: Table, name: str) -> Any:
    """A column as it stands in the table.

    Raises:
        GrokphaseError: if there is none of that name, with those that there are.
    """
    if name not in table:
        there = ", ".join(map(str, table)) or "none"
        raise GrokphaseError(
            f'The table has no column "{name}"; it has {there}.{nearest(name, map(str, table))}'
        )
    return table[name]


def array(table: Table, name: str) -> Floats:
    """A column of numbers, of whatever shape; None is NaN.

    Raises:
        GrokphaseError: if there is no such column, or it does not hold numbers.

    Example:
        >>> array({"size": [5, 11], "samples": 55}, "size / samples").tolist()
        [0.09090909090909091, 0.2]
    """
    if _RATIO in name and name not in table:
        above, below = name.split(_RATIO, 1)
        by = float(below) if below.isdigit() else array(table, below)
        return np.asarray(array(table, above) / by)
    given = entry(table, name)
    try:
        return np.asarray(np.array(given, dtype=np.float64))
    except (TypeError, ValueError):
        raise GrokphaseError(
            f'The column "{name}" holds something else than numbers; a chart takes numbers here, '
            "None where there is none, and lists of equal length."
        ) from None


def numbers(table: Table, *names: str) -> tuple[Floats, ...]:
    """Columns of numbers that belong to the same rows; a scalar is repeated.

    Returns:
        For each name an array (rows, ...).

    Raises:
        GrokphaseError: if their numbers of rows differ.

    Example:
        >>> [column.tolist() for column in numbers({"x": [1, None], "budget": 9}, "x", "budget")]
        [[1.0, nan], [9.0, 9.0]]
    """
    found = [array(table, name) for name in names]
    rows = {name: len(each) for name, each in zip(names, found, strict=True) if each.ndim}
    if len(set(rows.values())) > 1:
        said = ", ".join(f"{name} {many}" for name, many in rows.items())
        raise GrokphaseError(
            f"Columns of one chart have a value for each row, and these differ: {said} rows."
        )
    count = next(iter(rows.values()), 1)
    return tuple(
        each if each.ndim else np.asarray(np.broadcast_to(each, (count,))) for each in found
    )


def labels(table: Table, name: str, rows: int) -> list[str]:
    """A column as words, one a row; for no name, one empty word a row.

    Raises:
        GrokphaseError: if there is no such column, or it has other than so many rows.

    Example:
        >>> labels({"seed": [1, 2]}, "seed", 2), labels({}, "", 2)
        (['1', '2'], ['', ''])
    """
    if not name:
        return [""] * rows
    found = entry(table, name)
    if isinstance(found, str) or not hasattr(found, "__len__"):
        return [str(found)] * rows
    if len(found) != rows:
        raise GrokphaseError(
            f'The column "{name}" has {len(found)} rows, and the others of the chart {rows}.'
        )
    return ["" if each is None else str(each) for each in found]


def number(table: Table, given: float | str) -> float:
    """A number, or that of a scalar column.

    Example:
        >>> number({"budget": 10_000}, "budget"), number({}, 0.4)
        (10000.0, 0.4)

    Raises:
        GrokphaseError: for a column of several numbers.
    """
    if not isinstance(given, str):
        return float(given)
    found = np.unique(array(table, given))
    if found.size != 1:
        raise GrokphaseError(
            f'The column "{given}" has {found.size} different values, and one is needed here.'
        )
    return float(found[0])


def filled(text: str, table: Table) -> str:
    """A text in which {name} stands for a scalar column, with a format as in {name:.2f}.

    What names no column stays as it is, such as the braces of a formula.

    Example:
        >>> filled(r"$r_{c}$ = {critical:.2f}", {"critical": 0.409})
        '$r_{c}$ = 0.41'
    """

    def value(match: re.Match[str]) -> str:
        name, form = match.groups()
        return format(table[name], form or "") if name in table else match.group()

    return _PLACE.sub(value, text)


def row_of(table: Table, at: int, rows: int) -> dict[str, Any]:
    """One row as scalars by name; what has other than a value for each row is as it was.

    Example:
        >>> row_of({"seed": [3, 4], "samples": 55}, 1, 2)
        {'seed': 4, 'samples': 55}
    """
    return {
        name: each[at]
        if hasattr(each, "__len__") and not isinstance(each, str | Mapping) and len(each) == rows
        else each
        for name, each in table.items()
    }


def words_of(name: str) -> str:
    """The name of a column as a label.

    Example:
        >>> words_of("rqi_step")
        'rqi step'
    """
    return name.replace("_", " ")
