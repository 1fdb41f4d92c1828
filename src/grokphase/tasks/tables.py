"""Operations of a user: from a nested list, an array, a CSV or NPY file, or a Python function."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.operations import MOST_SYMBOLS, operation
from grokphase.tasks.properties import UNDEFINED
from grokphase.tasks.targets import Target


def from_table(
    table: Any, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation with this table.

    Args:
        table: p x p nested list, array or data frame; entry ``[a][b]`` is the result of ``(a, b)``,
            a whole number. -1, None or an empty text means that the operation is not defined
            there. Distinct results become the classes, in ascending order, so they need not be
            numbers from 0 to p - 1.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the table is not square, or an entry is not a whole number.

    Example:
        >>> nim = from_table([[0, 1], [1, 0]], pairs="unordered")
        >>> len(nim), nim.classes
        (3, 2)
    """
    return _task(*_whole_entries(table, "The table"), pairs, target)


def from_csv(
    path: str | Path, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation whose table is in a CSV file: p lines of p whole numbers, no header.

    Cells are separated by commas, semicolons or tabs; an empty cell or -1 means undefined.

    Args:
        path: the file.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the file cannot be read, or does not hold such a table.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "xor.csv")
        ...     _ = file.write_text("0,1\\n1,0\\n")
        ...     len(from_csv(file))
        4
    """
    file = _as_path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(path, problem) from None
    lines = [line for line in text.splitlines() if line.strip(" ")]
    first = lines[0] if lines else ""
    separator = next((mark for mark in ",;\t" if mark in first), ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    return _task(*_whole_entries(rows, str(path)), pairs, target)


def from_npy(
    path: str | Path, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation whose table is in a NumPy ``.npy`` file: a (p, p) array of whole numbers.

    Args:
        path: the file.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the file cannot be read, or does not hold such a table.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "xor.npy")
        ...     np.save(file, np.array([[0, 1], [1, 0]]))
        ...     len(from_npy(file))
        4
    """
    file = _as_path(path)
    try:
        with file.open("rb") as opened:
            table = np.lib.format.read_array(opened, allow_pickle=False)
    except (OSError, ValueError, EOFError) as problem:
        raise _unreadable(path, problem) from None
    return _task(*_whole_entries(table, str(path)), pairs, target)


def from_file(
    path: str | Path, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation whose table is in a file: ``.npy`` as :func:`from_npy`, else :func:`from_csv`.

    Args:
        path: a file ending in .csv, .tsv, .txt or .npy.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the file is of another kind, cannot be read, or holds no such table.
    """
    suffix = _as_path(path).suffix.lower()
    if suffix not in (".csv", ".tsv", ".txt", ".npy"):
        raise GrokphaseError(
            f"A table is read from a .csv, .tsv, .txt or .npy file, not from {str(path)!r}."
        )
    read = from_npy if suffix == ".npy" else from_csv
    return read(path, pairs=pairs, target=target)


def from_function(
    f: Callable[[int, int], int | None],
    p: int,
    *,
    pairs: str = "ordered",
    target: Target | str = "classification",
) -> Task:
    """The operation ``f(a, b)`` on the symbols 0 ... p-1.

    Args:
        f: called with each ordered pair; returns a whole number (negative ones too), or None
            where the operation is not defined.
        p: number of symbols.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: f raises an error or returns something else.

    Example:
        >>> from_function(lambda a, b: a - b, p=5).classes
        9
    """
    p = whole(p, "p", 2, MOST_SYMBOLS)
    entries = np.zeros((p, p), np.int64)
    defined = np.zeros((p, p), bool)
    for a in range(p):
        for b in range(p):
            result = _called(f, a, b)
            if result is not None:
                entries[a, b], defined[a, b] = result, True
    return _task(entries, defined, pairs, target)


def _called(f: Callable[[int, int], int | None], a: int, b: int) -> int | None:
    try:
        result = f(a, b)
    except Exception as problem:
        raise GrokphaseError(
            f"f({a}, {b}) raised {type(problem).__name__}: {problem}; "
            "where the operation is not defined, return None."
        ) from problem
    return None if result is None else _entry(result, f"f({a}, {b})")


def _task(
    entries: NDArray[np.int64], defined: NDArray[np.bool_], pairs: str, target: Target | str
) -> Task:
    if not defined.any():
        raise GrokphaseError("The operation is defined for no pair, so there is nothing to learn.")
    return operation("table", entries, defined, pairs=pairs, target=target)


def _whole_entries(given: Any, source: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Entries and where they are defined, from anything that looks like a square table."""
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different length
        array = np.empty(0, object)
    if array.ndim == 2 and array.dtype.kind in "iu":
        _check_square([len(row) for row in array], source)
        if array.dtype.kind == "i" or array.max() < 2**63:
            entries = array.astype(np.int64)
            return _refuse_negative(entries, entries != UNDEFINED, source)
    return _cell_by_cell(given, source)


def _cell_by_cell(given: Any, source: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    rows = _rows(given, source)
    _check_square([len(row) for row in rows], source)
    entries = np.full((len(rows), len(rows)), UNDEFINED, np.int64)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if not (cell is None or cell == ""):
                entries[i, j] = _entry(cell, f"{source}, row {i + 1}, column {j + 1},")
    return _refuse_negative(entries, entries != UNDEFINED, source)


def _rows(given: Any, source: str) -> Sequence[Sequence[Any]]:
    rows = np.asarray(given).tolist() if hasattr(given, "__array__") else given
    try:
        if isinstance(rows, str):
            raise TypeError
        return [list(row) for row in rows]
    except TypeError:
        raise GrokphaseError(
            f"{source} must be a square table, a list of rows such as [[0, 1], [1, 0]]; "
            "a file is read by from_file(path)."
        ) from None


def _check_square(lengths: Sequence[int], source: str) -> None:
    p = len(lengths)
    if p == 0:
        raise GrokphaseError(f"{source} is empty: a table has p rows of p whole numbers.")
    for row, length in enumerate(lengths):
        if length != p:
            raise GrokphaseError(
                f"{source} is not square: it has {p} rows, but row {row + 1} has {length} "
                f"entries; a table has p rows of p whole numbers."
            )
    if not 2 <= p <= MOST_SYMBOLS:
        raise GrokphaseError(f"{source} has {p} rows: from 2 to {MOST_SYMBOLS} are allowed.")


def _entry(cell: object, where: str) -> int:
    """A cell as a whole number, or an error that says where it is."""
    number = real(cell)
    if not number.is_integer() or abs(number) > 2**53:  # beyond, a float is not exact
        raise GrokphaseError(
            f"{where} is {cell!r}, which is not a whole number (of at most 2^53); "
            "leave a pair without a result empty (or None)."
        )
    return int(number)


def _refuse_negative(
    entries: NDArray[np.int64], defined: NDArray[np.bool_], source: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if entries.min() < UNDEFINED:
        raise GrokphaseError(
            f"{source} holds {entries.min()}: in a table results are >= 0, and -1 means "
            "undefined; for negative results write from_function(f, p)."
        )
    return entries, defined


def _as_path(path: object) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise GrokphaseError(f'{path!r} is no path of a file; write one, such as "my_op.csv".')
    return Path(path)


def _unreadable(path: str | Path, problem: Exception) -> GrokphaseError:
    if isinstance(problem, FileNotFoundError):
        return GrokphaseError(f"There is no file {str(path)!r} to read a table from.")
    reason = getattr(problem, "strerror", None) or str(problem)
    return GrokphaseError(f"No table can be read from {str(path)!r}: {reason}.")
