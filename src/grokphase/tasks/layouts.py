"""What a sheet of cells says of an operation: with or without names of rows and columns, or as
rows ``a,b,c``; refused where it could say two things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.operations import MOST_SYMBOLS
from grokphase.tasks.properties import UNDEFINED
from grokphase.tasks.sheets import Sheet, number_of

MISSING = frozenset(
    (
        *("", "#N/A", "#N/A N/A", "#NA", "-NaN", "-nan", "<NA>", "N/A", "NA", "NULL", "NaN"),
        *("None", "n/a", "nan", "null"),
    )
)
"""Texts that mean that there is no result, as pandas reads and writes them."""

_CORNERS = frozenset(("op", "index", "row", "symbol", "symbols", "name", "element", "operation"))
_WAYS = "; a table has p rows of p results, with or without names, or rows a,b,c where a∘b=c."


class Operation(NamedTuple):
    """An operation as it was read.

    Args:
        entries: ``(p, p)`` the result of each ordered pair: k < p for the symbol k.
        defined: ``(p, p)`` where there is a result.
        names: of the symbols, then of the results that are no symbols; empty if every one is
            called by its number.
    """

    entries: NDArray[np.int64]
    defined: NDArray[np.bool_]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """One way to read a sheet."""

    what: str
    read: Callable[[], Operation]


def operation_in(sheet: Sheet) -> Operation:
    """The operation that a sheet holds.

    Args:
        sheet: its whole numbers written as such.

    Raises:
        GrokphaseError: it holds none, or could be read in two ways.

    Example:
        >>> cells = [["*", "e", "a"], ["e", "e", "a"], ["a", "a", "e"]]
        >>> found = operation_in(Sheet("Z2", cells, [1, 2, 3]))
        >>> found.names, found.entries.tolist()
        (('e', 'a'), [[0, 1], [1, 0]])
    """
    if not sheet.rows or not any(cell for row in sheet.cells for cell in row):
        raise GrokphaseError(f"{sheet.source} is empty: a table has p rows of p results.")
    sheet = _trimmed(sheet)
    readings = [*_named_both(sheet), *_named_once(sheet), *_triples(sheet)]
    if not readings:
        return _plain(sheet)
    if len(readings) > 1:
        ways = " or ".join(one.what for one in readings)
        raise GrokphaseError(
            f"{sheet.source} could be {ways}; write names of rows and columns around a table, with "
            "an empty corner, or -1 in the corner of a table without names, or a line a,b,result "
            "above samples."
        )
    return readings[0].read()


def check_size(p: int, source: str) -> None:
    """Refuse a table of too few or too many rows."""
    if not 2 <= p <= MOST_SYMBOLS:
        raise GrokphaseError(f"{source} has {p} rows: from 2 to {MOST_SYMBOLS} are allowed.")


def _trimmed(sheet: Sheet) -> Sheet:
    """Without the empty rows and columns around a table in a spreadsheet.

    A row of a table may be empty, where nothing is defined, so only those go that belong to no
    square, and symbols that are in no sample at all.
    """
    while sheet.rows > 1 and sheet.columns > 1:
        rows, columns = sheet.rows, sheet.columns
        last_row, last_column = not any(sheet.cells[-1]), not any(sheet.column(-1))
        first_row, first_column = not any(sheet.cells[0]), not any(sheet.column(0))
        without_row = sheet.part(slice(0, rows - 1), slice(0, columns))
        without_column = sheet.part(slice(0, rows), slice(0, columns - 1))
        if last_row and (last_column or (rows > columns and _may_go(sheet, without_row))):
            sheet = without_row
        elif last_column and (last_row or (columns > rows and _may_go(sheet, without_column))):
            sheet = without_column
        elif first_row and (rows > columns or first_column):
            sheet = sheet.part(slice(1, rows), slice(0, columns))
        elif first_column and (columns > rows or first_row):
            sheet = sheet.part(slice(0, rows), slice(1, columns))
        else:
            break
    return sheet


def _may_go(sheet: Sheet, without: Sheet) -> bool:
    """Whether an empty row or column at the end is no part of a table that has names."""
    return not _named_once(sheet) or _is_readable(without)


def _is_readable(sheet: Sheet) -> bool:
    """Whether a sheet is a table without names."""
    try:
        _plain(sheet)
    except GrokphaseError:
        return False
    return True


def _numbers(cells: Sequence[str]) -> list[int] | None:
    """The cells as whole numbers, if all are."""
    found = [number for cell in cells if (number := number_of(cell)) is not None]
    return found if len(found) == len(cells) else None


def _counts(cells: Sequence[str]) -> bool:
    """Whether the cells are 0, 1, 2, ..."""
    return list(cells) == [str(k) for k in range(len(cells))]


def _are_names(cells: Sequence[str]) -> bool:
    return all(cells) and len(set(cells)) == len(cells)


def _is_sign(corner: str) -> bool:
    """Whether a corner is none of the symbols by its looks: ``*``, ``a\\b``, ``op``."""
    lowered = corner.lower()
    return (
        lowered in _CORNERS
        or lowered.startswith("unnamed")
        or any(mark in corner for mark in "\\/|")
        or not any(letter.isalnum() for letter in corner)
    )


def _named_both(sheet: Sheet) -> list[_Reading]:
    """Names in the first row and the first column."""
    if sheet.rows != sheet.columns or sheet.rows < 3:
        return []
    corner, top, left = sheet.cells[0][0], sheet.cells[0][1:], sheet.column(0)[1:]
    body = sheet.part(slice(1, None), slice(1, None))
    inner = {cell for row in body.cells for cell in row}
    if _are_names(top) and _are_names(left) and (corner in MISSING or _is_sign(corner)):
        # Names on one side, and on the other the counting that data frames have by default.
        if _counts(left) and _numbers(top) is None:
            left = list(top)
        elif _counts(top) and _numbers(left) is None:
            top = list(left)
    reading = _Reading(
        f"a table of {body.rows} symbols with their names", lambda: _named(body, left, top)
    )
    if not (_are_names(top) and _are_names(left) and set(top) == set(left)):
        if corner in MISSING or _is_sign(corner):
            _refuse_other_names(sheet, top, left)
        return []
    plain = _Reading(f"a table of {sheet.rows} symbols without names", lambda: _plain(sheet))
    numbers = _numbers(top)
    if corner in MISSING:
        # Without names this is an operation that the first symbol leaves alone.
        alone = numbers is not None and sorted(numbers) == list(range(1, sheet.rows))
        results = inner - MISSING - {"-1"}
        inside = results <= {str(k) for k in range(sheet.rows)}
        return [reading, plain] if alone and inside and not results <= set(top) else [reading]
    if numbers is not None and number_of(corner) is not None:
        return [reading, plain] if _counts(top) and _counts(left) else []
    if corner in inner or corner in top:
        return []
    return [reading] if numbers is not None or _is_sign(corner) else [reading, plain]


def _refuse_other_names(sheet: Sheet, top: Sequence[str], left: Sequence[str]) -> None:
    """Refuse a table whose names of rows and columns were meant as such, and are not alike."""
    words = _numbers([c for c in top if c]) is None and _numbers([c for c in left if c]) is None
    if not (words or _counts(top) or _counts(left)):
        return
    sides: tuple[tuple[Sequence[str], Callable[[int], str]], ...] = (
        (top, lambda k: sheet.where(0, k + 1)),
        (left, lambda k: sheet.where(k + 1, 0)),
    )
    for cells, place in sides:
        for k, cell in enumerate(cells):
            if not cell or cell in cells[:k]:
                said = f"names {cell!r} a second time" if cell else "has no name"
                raise GrokphaseError(f"{place(k)}, {said}; each symbol has a name of its own.")
    other = next(k for k, cell in enumerate(left) if cell not in top)
    raise GrokphaseError(
        f"{sheet.where(other + 1, 0)}, is the name {left[other]!r}, which no column has; rows and "
        "columns are the same symbols."
    )


def _named_once(sheet: Sheet) -> list[_Reading]:
    """Names in the first row alone, or in the first column alone, in the same order for both."""
    if sheet.rows == sheet.columns + 1 and sheet.columns > 1:
        names, body = sheet.cells[0], sheet.part(slice(1, None), slice(0, None))
    elif sheet.columns == sheet.rows + 1 and sheet.rows > 1:
        names, body = sheet.column(0), sheet.part(slice(0, None), slice(1, None))
    else:
        return []
    numbers = _numbers(names)
    if not _are_names(names) or (numbers is not None and numbers != sorted(numbers)):
        return []
    what = f"a table of {body.rows} symbols with their names"
    return [_Reading(what, lambda: _named(body, names, names))]


def _plain(sheet: Sheet) -> Operation:
    """A table without names: of numbers, or of words with the identity first."""
    p = sheet.rows
    if sheet.columns != p:
        raise GrokphaseError(
            f"{sheet.source} is not square: it has {p} rows of {sheet.columns} cells{_WAYS}"
        )
    check_size(p, sheet.source)
    names, left = sheet.cells[0], sheet.column(0)
    words = next(
        ((i, j) for i, row in enumerate(sheet.cells) for j, c in enumerate(row) if _is_word(c)),
        None,
    )
    if words is None:
        counted = [str(k) for k in range(p)]
        return _named(sheet, counted, counted)
    if list(names) == left and _are_names(names) and not MISSING & set(names):
        return _named(sheet, names, names)
    cell = sheet.cells[words[0]][words[1]]
    raise GrokphaseError(
        f"{sheet.where(*words)}, is {cell!r}, which is not a whole number; where symbols are "
        "words, write their names above the columns and before the rows."
    )


def _is_word(cell: str) -> bool:
    return cell not in MISSING and number_of(cell) is None


def _named(sheet: Sheet, left: Sequence[str], top: Sequence[str]) -> Operation:
    """The operation of a table whose rows and columns have these names."""
    check_size(sheet.rows, sheet.source)
    numbers = _numbers(left)
    order = list(left) if numbers is None else [str(number) for number in sorted(numbers)]
    row_of, column_of = ({name: k for k, name in enumerate(names)} for names in (left, top))
    rows = np.array([row_of[name] for name in order])
    columns = np.array([column_of[name] for name in order])
    return _coded(sheet, order, np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1))


def _coded(sheet: Sheet, symbols: Sequence[str], places: NDArray[np.intp]) -> Operation:
    """Results by number.

    Args:
        sheet: where the results are.
        symbols: p names.
        places: ``(p, p, 2)`` the row and column of each pair's result; -1 where there is none.
    """
    numbers = {cell: k for k, cell in enumerate(dict.fromkeys(c for r in sheet.cells for c in r))}
    texts = list(numbers)
    grid = np.array([[numbers[cell] for cell in row] for row in sheet.cells])
    there = places[..., 0] >= 0
    # Each pair's result as a number of its text.
    which = np.where(there, grid[places[..., 0], places[..., 1]], -1)
    undefined = (MISSING | {"-1"}) - set(symbols)
    used = [texts[k] for k in np.unique(which[there]) if texts[k] not in undefined]

    def where(text: str) -> str:
        row, column = places[which == numbers[text]][0]
        return sheet.where(int(row), int(column))

    others = _others(symbols, used, where)
    plain = _counts(symbols) and _numbers(others) is not None
    codes = {name: code for code, name in enumerate((*symbols, *others))}
    of_text = [UNDEFINED] * (len(texts) + 1)  # the last for no text
    for text in used:
        of_text[numbers[text]] = int(text) if plain else codes[text]
    entries = np.array(of_text, np.int64)[which]
    return Operation(entries, entries != UNDEFINED, () if plain else tuple(codes))


def _others(
    symbols: Sequence[str], results: Sequence[str], where: Callable[[str], str]
) -> list[str]:
    """The results that are no symbols: numbers in their order, then words."""
    others = set(results) - set(symbols)
    words = {text for text in others if number_of(text) is None}
    numbers = sorted(int(text) for text in others - words)
    if numbers and numbers[0] < UNDEFINED:
        raise GrokphaseError(
            f"{where(str(numbers[0]))}, is {numbers[0]}: in a table results are >= 0, and -1 means "
            "undefined; for negative results write from_function(f, p)."
        )
    if words and _numbers(symbols) is not None and len(words) < len(results):
        raise GrokphaseError(
            f"{where(min(words))}, is {min(words)!r}, which is not a whole number, as other "
            "results are; leave a pair without a result empty."
        )
    return [*map(str, numbers), *sorted(words)]


def _triples(sheet: Sheet) -> list[_Reading]:
    """Rows ``a,b,c``, one for each sample, where this is a likely way to read them."""
    samples = _samples(sheet)
    if samples is None or samples.rows < 3:
        return []
    reading = _Reading(f"{samples.rows} samples a,b,c with a∘b=c", lambda: _from_triples(samples))
    if sheet.rows > 4 or _are_every_pair(samples):
        plain = _Reading(f"a table of {sheet.rows} symbols", lambda: _plain(sheet))
        return [reading, plain] if _is_readable(sheet) else [reading]
    # Of so few rows a table of 3 columns is the likelier, where it is one.
    other = sheet.rows == sheet.columns or _named_once(sheet)
    return [] if other else [reading]


def _are_every_pair(samples: Sheet) -> bool:
    """Whether the samples are all pairs of two symbols, ordered or not, once each."""
    pairs = {(row[0], row[1]) for row in samples.cells}
    unordered = {frozenset(pair) for pair in pairs}
    return len(pairs) == samples.rows and len(unordered) == len(frozenset().union(*unordered)) + 1


def _samples(sheet: Sheet) -> Sheet | None:
    """The rows of samples, without their header and index."""
    everything, some = slice(0, None), slice(1, None)
    if sheet.columns == 4 and sheet.rows > 3:
        index = sheet.column(0)
        if (index[0] in MISSING or _is_sign(index[0])) and _counts(index[1:]):
            return sheet.part(some, some)
        return None
    if sheet.columns != 3:
        return None
    first, rest = sheet.cells[0], sheet.cells[1:]
    operands = {cell for row in rest for cell in row[:2]}
    numbers = _numbers(sorted(operands)) is not None
    worded = _numbers(first[:2]) is None
    again = _counts(first) and any(list(row[:2]) == list(first[:2]) for row in rest)
    header = again or (worded and (numbers or not set(first[:2]) & operands))
    return sheet.part(some, everything) if header else sheet


def _from_triples(samples: Sheet) -> Operation:
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for row, (a, b, c) in enumerate(samples.cells):
        if not a or not b:
            column = 1 if a else 0
            raise GrokphaseError(f"{samples.where(row, column)}, is empty; a row is a,b,c.")
        before = places.setdefault((a, b), (row, 2))
        if samples.cells[before[0]][2] != c:
            raise GrokphaseError(
                f"{samples.where(row, 2)}, says {a}∘{b}={c}, and {samples.line} "
                f"{samples.lines[before[0]]} says {samples.cells[before[0]][2]}."
            )
    symbols = list(dict.fromkeys(symbol for pair in places for symbol in pair))
    numbers = _numbers(symbols)
    if numbers is not None:
        symbols = [str(number) for number in sorted(numbers)]
    check_size(len(symbols), samples.source)
    absent = (-1, -1)
    return _coded(
        samples, symbols, np.array([[places.get((a, b), absent) for b in symbols] for a in symbols])
    )
