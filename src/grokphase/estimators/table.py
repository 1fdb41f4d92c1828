"""Reading a table: columns by name, one row a run or a case.

A table is a mapping from names to columns of equal length; a value that is no list stands for every
row. What was not reached, or is not there, is None (NaN in numbers). Results keep seven digits, so
two numbers that differ by little more than half of the seventh are taken as equal (0.9999999 and 1
are not); whole numbers are compared as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest

Table = Mapping[str, Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ROW: Final = "row"
"""The unit of resampling where each row is a case of its own."""

REACHED, NOT_REACHED = "reached", "not reached"

_SAME: Final = 0.6
"""Of the seventh digit: half of it is lost in rounding, and single precision loses as much."""
_COMPARISON: Final = re.compile(r"^(<=|>=|==|!=|<|>)\s*(\S.*)$")


def rows(table: Table) -> int:
    """How many rows a table has.

    Raises:
        GrokphaseError: columns of different lengths.

    Example:
        >>> rows({"seed": [0, 1, 2], "budget": 1000})
        3
    """
    lengths = {name: len(values) for name, values in table.items() if _is_column(values)}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {many}" for name, many in lengths.items())
        raise GrokphaseError(f"Columns of a table have one length; these do not ({listed}).")
    return next(iter(lengths.values()), 1)


def _is_column(values: Any) -> bool:
    return isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes)


def raw(table: Table, name: str) -> list[Any]:
    """A column as it is given.

    Raises:
        GrokphaseError: there is no such column.

    Example:
        >>> raw({"seed": [0, 1], "setting": "fast"}, "setting")
        ['fast', 'fast']
    """
    if name not in table:
        there = ", ".join(table) or "none"
        raise GrokphaseError(
            f'There is no column "{name}"; there are: {there}.{nearest(name, table)}'
        )
    many, values = rows(table), table[name]
    return list(values) if _is_column(values) else [values] * many


def column(table: Table, name: str) -> Floats:
    """A column of numbers, or of true and false as 1 and 0; NaN for what is not there.

    What is infinite is not there either: a time that is never reached, as in results that are kept.

    Raises:
        GrokphaseError: there is no such column, or it is of words.

    Example:
        >>> column({"step": [10, None]}, "step")
        array([10., nan])
    """
    values = raw(table, name)
    try:
        found = np.array(values, np.float64)
    except (TypeError, ValueError):
        found = None
    if found is None or found.ndim != 1 or any(isinstance(one, str) for one in values):
        example = next((one for one in values if not isinstance(one, int | float)), "")
        raise GrokphaseError(
            f'Column "{name}" must hold numbers, or true and false; it holds {str(example)[:40]!r}.'
        )
    return np.where(np.isfinite(found), found, np.nan)


def known(table: Table, given: str | float | None, like: Floats) -> Floats:
    """What each value that is missing is known to exceed: given, or else the greatest one seen.

    Runs of one budget that did not arrive took longer than any that did.

    Example:
        >>> known({"budget": [5, 9]}, "budget", np.array([3.0, np.nan]))
        array([5., 9.])
        >>> known({}, None, np.array([3.0, np.nan]))
        array([3., 3.])
    """
    if isinstance(given, str):
        return np.nan_to_num(column(table, given))
    seen = like[np.isfinite(like)]
    least = (seen.max() if len(seen) else 0.0) if given is None else float(given)
    return np.full(len(like), least)


def units(table: Table, unit: str) -> Integers:
    """The number of the unit that each row belongs to, from 0, in ascending order of the units.

    Args:
        table: of runs.
        unit: the column that names them, "seed" usually: runs of one seed are related. "row" where
            each row is a case of its own.

    Raises:
        GrokphaseError: there is no such column.

    Example:
        >>> units({"seed": [7, 7, 3]}, "seed"), units({"seed": [7, 7, 3]}, "row")
        (array([1, 1, 0]), array([0, 1, 2]))
    """
    if unit == ROW and ROW not in table:
        return np.arange(rows(table))
    if unit not in table:
        there = ", ".join(table) or "none"
        raise GrokphaseError(
            f'There is no column "{unit}" to say which runs are related; there are: {there}. Where '
            'each row is a case of its own, write unit = "row".'
        )
    names = np.array(raw(table, unit))
    names = names.astype(str) if names.dtype == object else names
    return np.asarray(np.unique(names, return_inverse=True)[1].ravel())


def holds(table: Table, name: str, condition: Any) -> Floats:
    """Of each row, whether a condition on a column is so: 1, 0, or NaN where nothing is known.

    Args:
        table: of runs.
        name: the column.
        condition: a value that it must equal; a list of values, one of which it must; a comparison
            with a number or with another column, or several that must all be so ("> 0.4",
            "<= ideal", ">= 1 and < 5", "!= fast"); "reached" or "not reached".

    Raises:
        GrokphaseError: there is no such column, or words are compared by size.

    Example:
        >>> runs = {"accuracy": [0.5, 0.9, None], "ideal": [0.6, 0.8, 1.0]}
        >>> holds(runs, "accuracy", "<= ideal"), holds(runs, "accuracy", "reached")
        (array([ 1.,  0., nan]), array([1., 1., 0.]))
    """
    if isinstance(condition, list | tuple):
        found = [holds(table, name, one) for one in condition]
        return np.asarray(np.max(found, axis=0)) if found else np.zeros(rows(table))
    if condition in (REACHED, NOT_REACHED) and isinstance(condition, str):
        there = np.isfinite(column(table, name))
        return np.asarray(there == (condition == REACHED), np.float64)
    if isinstance(condition, str):
        parts = [_COMPARISON.match(part.strip()) for part in condition.split(" and ")]
        if all(parts):
            found = [_compare(table, name, *part.groups()) for part in parts if part]
            return np.asarray(np.min(found, axis=0))
        if any(isinstance(one, str) for one in raw(table, name)):
            return _is_word(table, name, condition)
    return _compare(table, name, "==", condition)


def _compare(table: Table, name: str, sign: str, other: Any) -> Floats:
    right = _right(table, other)
    if isinstance(right, str):
        if sign in ("==", "!=") and not _are_numbers(raw(table, name)):
            so = _is_word(table, name, right)
            return so if sign == "==" else 1 - so
        raise GrokphaseError(
            f'"{other}" cannot be asked of column "{name}": write a number, or a comparison with a '
            f'number or a column, such as "> 0.4"; there are: {", ".join(table)}.'
            f"{nearest(right, table)}"
        )
    left = column(table, name)
    with np.errstate(invalid="ignore"):
        whole = (left == np.round(left)) & (right == np.round(right))
        same = np.where(whole, left == right, _close(left, right))
        less = left < right
    found = {
        "==": same,
        "!=": ~same,
        "<": less & ~same,
        "<=": less | same,
        ">": ~(less | same),
        ">=": ~less | same,
    }[sign]
    return np.where(np.isnan(left) | np.isnan(right), np.nan, found)


def _close(left: Floats, right: Floats) -> NDArray[np.bool_]:
    """Whether numbers are the same in seven digits, but for rounding; a zero is what is below
    1e-12."""
    size = np.fmin(np.abs(left), np.abs(right))
    digit = 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1e-300))) - 6)
    return np.asarray(np.abs(left - right) <= np.where(size > 0, _SAME * digit, 1e-12))


def _are_numbers(values: Sequence[Any]) -> bool:
    there = [one for one in values if one is not None]
    return bool(there) and not any(isinstance(one, str) for one in there)


def _is_word(table: Table, name: str, word: str) -> Floats:
    given = raw(table, name)
    return np.array([np.nan if one is None else float(str(one) == word) for one in given])


def _right(table: Table, other: Any) -> Floats | str:
    """What is compared with: a number or a column as numbers, else a word."""
    if not isinstance(other, str):
        return np.array(float(other))
    if other in table:
        return column(table, other)
    try:
        return np.array(float(other))
    except ValueError:
        return {"true": np.array(1.0), "false": np.array(0.0)}.get(other, other)


def among(table: Table, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """The rows for which conditions on columns are so.

    Args:
        table: of runs.
        conditions: by column, see `holds`; a row of which one is not known is left out.

    Raises:
        GrokphaseError: as `holds`.

    Example:
        >>> runs = {"fraction": [0.3, 0.5, 0.9], "steps": [None, 70, 20], "budget": 100}
        >>> among(runs, {"fraction": "> 0.4"})
        {'fraction': [0.5, 0.9], 'steps': [70, 20], 'budget': 100}
    """
    chosen = np.ones(rows(table), bool)
    for name, condition in conditions.items():
        chosen &= holds(table, name, condition) == 1
    at = np.flatnonzero(chosen).tolist()
    return {
        name: [values[k] for k in at] if _is_column(values) else values
        for name, values in table.items()
    }
