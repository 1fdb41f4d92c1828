"""Operations of a user: from a list, an array, a data frame, a file, or a Python function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import as_path, real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.layouts import MISSING, Operation, check_size, operation_in
from grokphase.tasks.operations import MOST_SYMBOLS, operation
from grokphase.tasks.properties import UNDEFINED
from grokphase.tasks.sheets import Sheet, sheet_of, written_alike
from grokphase.tasks.targets import Target

KIND = "table"
"""What every task from a table counts as; what its file is called is a name and no more."""


def from_table(
    table: Any, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation with this table.

    Args:
        table: p x p nested list, array or data frame; entry ``[a][b]`` is the result of ``(a, b)``,
            a whole number. -1, None or an empty text means that the operation is not defined
            there. Distinct results become the classes, in ascending order, so they need not be
            numbers from 0 to p - 1. Symbols may be words: the labels of a data frame, or a first
            row and column of a list, as :func:`from_csv` reads them.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative; then one of
            ``(a, b)`` and ``(b, a)`` is enough.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the table is not square, or an entry is not a whole number.

    Example:
        >>> nim = from_table([[0, 1], [1, 0]], pairs="unordered")
        >>> len(nim), nim.classes
        (3, 2)
        >>> from_table([["e", "a"], ["a", "e"]]).names
        ('e', 'a')
    """
    return _task(_read(table, "The table"), pairs, target)


def from_csv(
    path: str | Path, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation in a file of text, as programs and spreadsheets write it.

    p lines of p results; with or without names of the columns in a first line and of the rows in
    a first column, whose corner may be empty or hold a sign such as ``*``; or lines ``a,b,c``, a
    sample ``a∘b = c`` each. Symbols are numbers or words. Cells are separated by commas,
    semicolons, tabs or spaces, or by what a line ``sep=`` says; 1.0 and 1.000e+00 are the number
    1. An empty cell, NA, NaN or -1 means undefined. Lines that begin with ``#`` are left out.
    UTF-8 or UTF-16.

    Args:
        path: the file; the task is called by its name.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative; then one of
            ``(a, b)`` and ``(b, a)`` is enough.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the file cannot be read, holds no operation, or could be read in two ways.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "xor.csv")
        ...     _ = file.write_text("0,1\\n1,0\\n")
        ...     xor = from_csv(file)
        >>> xor.name, len(xor)
        ('xor', 4)
    """
    file = as_path(path, "a file", "my_op.csv")
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise _unreadable(path, problem) from None
    return _task(operation_in(sheet_of(content, str(path))), pairs, target, file)


def from_npy(
    path: str | Path, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation in a NumPy ``.npy`` file: a (p, p) array of results, or (n, 3) of samples.

    Args:
        path: the file; the task is called by its name.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative; then one of
            ``(a, b)`` and ``(b, a)`` is enough.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the file cannot be read, or does not hold such an array.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "xor.npy")
        ...     np.save(file, np.array([[0, 1], [1, 0]]))
        ...     len(from_npy(file))
        4
    """
    file = as_path(path, "a file", "my_op.npy")
    try:
        with file.open("rb") as opened:
            table = np.lib.format.read_array(opened, allow_pickle=False)
    except (OSError, ValueError, EOFError) as problem:
        raise _unreadable(path, problem) from None
    samples = table.ndim == 2 and table.shape[1] == 3 != len(table)
    read = operation_in(_sheet(table.tolist(), str(path))) if samples else _read(table, str(path))
    return _task(read, pairs, target, file)


def from_file(
    path: str | Path, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The operation in a file: ``.npy`` as :func:`from_npy`, else :func:`from_csv`.

    Args:
        path: a file ending in .csv, .tsv, .txt or .npy; the task is called by its name.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative; then one of
            ``(a, b)`` and ``(b, a)`` is enough.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the file is of another kind, cannot be read, or holds no such table.
    """
    suffix = as_path(path, "a file", "my_op.csv").suffix.lower()
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
    return _task(Operation(entries, defined), pairs, target)


def _called(f: Callable[[int, int], int | None], a: int, b: int) -> int | None:
    try:
        result = f(a, b)
    except Exception as problem:
        raise GrokphaseError(
            f"f({a}, {b}) raised {type(problem).__name__}: {problem}; "
            "where the operation is not defined, return None."
        ) from problem
    return None if result is None else _entry(result, f"f({a}, {b})")


def _task(read: Operation, pairs: str, target: Target | str, file: Path | None = None) -> Task:
    entries, defined, names = read
    if not defined.any():
        raise GrokphaseError("The operation is defined for no pair, so there is nothing to learn.")
    if pairs == "unordered":  # one of (a, b) and (b, a) says the other
        mirrored = defined.T & ~defined
        entries, defined = np.where(mirrored, entries.T, entries), defined | mirrored
    name = KIND if file is None else " ".join(file.stem.split()) or KIND
    return operation(name, entries, defined, pairs=pairs, target=target, kind=KIND, names=names)


def _read(given: Any, source: str) -> Operation:
    """The operation in anything that looks like a square table."""
    if hasattr(given, "columns") and hasattr(given, "to_numpy"):
        return _framed(given, source)
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different length
        array = np.empty(0, object)
    if array.ndim == 2 and array.dtype.kind in "iu":
        _check_square([len(row) for row in array], source)
        if array.dtype.kind == "i" or array.max() < 2**63:
            entries = array.astype(np.int64)
            return _refuse_negative(entries, entries != UNDEFINED, source)
    rows = _rows(given, source)
    if any(_is_word(cell) for row in rows for cell in row):
        _check_rows([len(row) for row in rows], source)
        return operation_in(_sheet(rows, source))
    return _cell_by_cell(rows, source)


def _framed(frame: Any, source: str) -> Operation:
    """The operation in a data frame; labels that only count are none."""
    rows = frame.to_numpy().tolist()
    columns, index = list(frame.columns), list(getattr(frame, "index", range(len(rows))))
    counted = [f"column_{k}" for k in range(len(columns))]  # what Polars calls them
    named = columns not in (counted, list(range(len(columns))))
    numbered = index == list(range(len(rows)))
    if not named and numbered:
        triples = len(columns) == 3 != len(rows)
        return operation_in(_sheet(rows, source)) if triples else _read(rows, source)
    cells = [columns, *rows] if named else rows
    if not numbered:
        before = ["", *index] if named else index
        cells = [[label, *row] for label, row in zip(before, cells, strict=True)]
    return operation_in(_sheet(cells, source))


def _sheet(rows: Sequence[Sequence[Any]], source: str) -> Sheet:
    cells = [[_text(cell) for cell in row] for row in rows]
    return written_alike(Sheet(source, cells, range(1, len(rows) + 1), line="row"))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, bool | np.bool_) else str(cell).strip()


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip() not in MISSING and real(cell) != real(cell)


def _cell_by_cell(rows: Sequence[Sequence[Any]], source: str) -> Operation:
    _check_square([len(row) for row in rows], source)
    entries = np.full((len(rows), len(rows)), UNDEFINED, np.int64)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if str(cell).strip() not in MISSING:  # None and NaN are among these
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
    check_size(p, source)


def _check_rows(lengths: Sequence[int], source: str) -> None:
    if len(set(lengths)) > 1:
        other = next(row for row, length in enumerate(lengths) if length != lengths[0])
        raise GrokphaseError(
            f"{source} is not square: row {other + 1} has {lengths[other]} entries, and row 1 has "
            f"{lengths[0]}."
        )


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
) -> Operation:
    if entries.min() < UNDEFINED:
        raise GrokphaseError(
            f"{source} holds {entries.min()}: in a table results are >= 0, and -1 means "
            "undefined; for negative results write from_function(f, p)."
        )
    return Operation(entries, defined)


def _unreadable(path: str | Path, problem: Exception) -> GrokphaseError:
    if isinstance(problem, FileNotFoundError):
        return GrokphaseError(f"There is no file {str(path)!r} to read a table from.")
    reason = getattr(problem, "strerror", None) or str(problem)
    return GrokphaseError(f"No table can be read from {str(path)!r}: {reason}.")
