"""What other programs write, as columns: CSV and its kin, JSON, JSON lines, by what is in them.

Nothing is understood here: cells stay as they were written. What a column means is said in
`grokphase.forecasting.columns`, and a run is made of both in `grokphase.forecasting.reading`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from grokphase.counting import counted
from grokphase.errors import GrokphaseError
from grokphase.forecasting.numerals import Sign, decimal_sign, is_open, plain

Cell = str | float | None
"""What stands in a row under a column: a text, a number of JSON, or nothing."""

_KINDS: Final = ("*.csv", "*.tsv", "*.jsonl", "*.ndjson", "trainer_state.json")
_PLAIN: Final = re.compile(r"[+-]?(\d|\.\d|nan\b|inf)", re.IGNORECASE)
_LOCAL: Final = ";\t"  # between columns where a spreadsheet may have written a decimal comma
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # bytes that no text has
_TAGS: Final = ("tag", "metric", "key", "variable")
_TENSORBOARD: Final = ("Wall time", "Step", "Value")
_OF_TENSORBOARD: Final = re.compile(r"run[-_](?P<run>.*)[-_]tag[-_](?P<tag>.+)")
_LOOKED_AT: Final = 1000  # files and folders in a folder
_DEEP: Final = (1, 2, 3)  # as deep as logs/lightning_logs/version_0/metrics.csv
_MOST: Final = 10**300  # whole numbers beyond it have no double
_SUMMARY: Final = "train_runtime"  # of the row with which a Hugging Face Trainer ends its log


class NothingYet(GrokphaseError):
    """A file that is not there, or has no row of values: a program may still write it."""


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a file.

    Attributes:
        name: the file, for messages.
        columns: the cells of each column, of one length.
        lines: where each row stands in the file, from 1: its line, or its place in a list.
        unfinished: whether a last line that was only half written has been left out.
        decimal: the decimal sign of its numbers, see `grokphase.forecasting.numerals`.
    """

    name: str
    columns: Mapping[str, list[Cell]]
    lines: list[int]
    unfinished: bool = False
    decimal: Sign = "."

    def kept(self, wanted: Callable[[int], bool]) -> Table:
        """The rows whose place passes."""
        at = [row for row in range(len(self.lines)) if wanted(row)]
        columns = {name: [cells[row] for row in at] for name, cells in self.columns.items()}
        return replace(self, columns=columns, lines=[self.lines[row] for row in at])


def read_table(path: Path, *, growing: bool = False) -> Table:
    """The rows of a file, of whatever form.

    Comma, tab, semicolon, bar or blanks between columns, with a line of names; JSON lines; a JSON
    list of rows, or an object of columns; the ``trainer_state.json`` of a Hugging Face Trainer.
    TensorBoard's own export names its only column of values by the file; tables of one value a row
    (tag, step, value) are turned into one column a tag.

    Args:
        path: the file.
        growing: whether another program may be writing it, so that a last line that does not end
            is half written, even if it has all its cells.

    Raises:
        NothingYet: the file is not there, or has no row of values.
        GrokphaseError: it is no text, or of no such form.
    """
    text = _text(path)
    if not text.strip():
        raise NothingYet(f"{path} is empty: nothing has been written to it yet.")
    is_json = text.lstrip()[0] in "{["
    table = _json(text, path.name) if is_json else _csv(text, path.name, growing)
    table = _without_summary(_of_tensorboard(table, path.stem) or _by_tag(table) or table)
    if not table.lines:
        raise NothingYet(f"{path} has names of columns and no row of values yet.")
    return table


def _text(path: Path) -> str:
    if path.is_dir():
        raise GrokphaseError(f"{path} is a folder; {_inside(path)}.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NothingYet(f'There is no file "{path}".') from None
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise GrokphaseError(f'"{path}" cannot be read: {reason}.') from None
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets of Western Europe write, whose letters and narrow blanks are one byte.
        text = "\0" if _CONTROL.search(data) else data.decode("cp1252", "replace")
    if "\0" in text:
        raise GrokphaseError(
            f"{path} is no text; export its curves as CSV or JSON lines (of TensorBoard's events "
            "the download of a scalar, of a Parquet file its table)."
        )
    return text


def _inside(folder: Path) -> str:
    """What to give instead of a folder: files of curves in it, or not far below."""
    below = chain.from_iterable(folder.glob("/".join("*" * deep)) for deep in _DEEP)
    looked = list(islice(below, _LOOKED_AT))
    found = sorted({f for f in looked if any(f.match(kind) for kind in _KINDS) and f.is_file()})
    if not found:
        among = (
            f"none of the first {_LOOKED_AT:,} files" if len(looked) == _LOOKED_AT else "nothing"
        )
        return f"{among} in it or folders below is read here: give a file, such as metrics.csv"
    several = f"one of {len(found)} files in it" if len(found) > 1 else "the one file in it"
    return f"give {several}, {names_told(map(str, found), 3)}"


# ---- CSV and its kin


def _csv(text: str, name: str, growing: bool) -> Table:
    half = growing and not text.endswith("\n")
    if half:
        text = text[: text.rfind("\n") + 1]
    lines = text.splitlines()
    written = [line for line in lines if line.strip()]
    if not written:
        raise NothingYet(f"{name} has half a line so far.")
    separator = _separator(*written[:2])
    rows = _rows(text, separator, name)
    header = next(cells for _, cells in rows)
    header[0] = header[0].removeprefix("#").strip()
    if all(_PLAIN.match(cell) for cell in header if cell):
        raise GrokphaseError(
            f"{name} begins with numbers; its first line must name the columns, as in "
            "step,train_loss,train_accuracy,validation_accuracy."
        )
    if twice := next((each for each in header if each and header.count(each) > 1), None):
        raise GrokphaseError(f'{name} has two columns named "{twice}"; rename one of them.')
    places, found = list[int](), list[list[str]]()
    for line, cells in rows:
        if cells == header:  # a program that was started again wrote its names again
            continue
        if len(cells) != len(header):
            if line >= len(lines) and not text.endswith("\n") and len(cells) < len(header):
                half = True
                continue
            raise GrokphaseError(
                f"Line {line} of {name} has {counted(len(cells), 'cell')} for {len(header)} names "
                "of columns; give every row as many, empty where nothing was measured."
            )
        places.append(line)
        found.append(cells)
    columns: dict[str, list[Cell]] = {
        column: [cells[at] for cells in found] for at, column in enumerate(header) if column
    }
    decimal = _decimal(columns.values(), ".," if separator in _LOCAL else ",")
    return Table(name, columns, places, half, decimal)


def _decimal(columns: Iterable[Sequence[Cell]], doubtful: str = ",") -> Sign:
    """The decimal sign that the cells of a file show. Where they show none it is a point, unless
    a cell with a doubtful sign may be read by either."""
    cells = [cell for cell in chain.from_iterable(columns) if isinstance(cell, str)]
    cells = [cell for cell in cells if "." in cell or "," in cell]
    shown = decimal_sign(cells)
    either = (cell for cell in cells if any(sign in cell for sign in doubtful))
    return shown or ("" if any(is_open(plain(cell)) for cell in either) else ".")


def _separator(names: str, row: str = "") -> str:
    """What stands between the names of columns; a blank for any number of them.

    A bar is one where the first row has as many: "|w|" is a name.
    """
    if found := next((each for each in ("\t", ";", ",") if each in names), None):
        return found
    return "|" if 0 < names.count("|") == row.count("|") else " "


def _rows(text: str, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of every line that is not empty, with the place of the line."""
    if separator == " ":
        for line, words in enumerate(text.splitlines(), 1):
            if cells := [word.strip('"') for word in words.removeprefix("#").split()]:
                yield line, cells
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise GrokphaseError(f"Line {reader.line_num} of {name} cannot be read: {error}.") from None


# ---- JSON


def _json(text: str, name: str) -> Table:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        if _is_half(error, text):
            raise NothingYet(f"{name} ends within its first object: it is half written.") from None
        rows, lines, unfinished = _json_lines(text, name)
    else:
        if isinstance(document, dict):
            if isinstance(document.get("log_history"), list):
                document = document["log_history"]
            elif document and all(isinstance(each, list) for each in document.values()):
                return _of_columns(document, name)
            else:
                document = [document]
        if document and all(_is_point(row) for row in document):
            points = map(list, zip(*document, strict=True))
            return _of_columns(dict(zip(_TENSORBOARD, points, strict=True)), name)
        rows, lines, unfinished = document, list(range(1, len(document) + 1)), False
    if wrong := next((at for at, row in zip(lines, rows, strict=True) if type(row) is not dict), 0):
        raise GrokphaseError(
            f"Row {wrong} of {name} is no object; write one a row, as in "
            '{"step": 10, "train_accuracy": 0.5, "validation_accuracy": 0.1}.'
        )
    flat = [dict(_leaves(row)) for row in rows]
    names = dict.fromkeys(column for row in flat for column in row)
    columns = {column: [row.get(column) for row in flat] for column in names}
    return Table(name, columns, lines, unfinished, _decimal(columns.values()))


def _is_point(row: object) -> bool:
    """Whether a row is one of TensorBoard's download of a scalar as JSON: time, step, value."""
    return (
        isinstance(row, list)
        and len(row) == len(_TENSORBOARD)
        and all(isinstance(each, int | float) for each in row)
    )


def _is_half(error: Exception, text: str) -> bool:
    """Whether a document cannot be read since it ends too early."""
    return isinstance(error, json.JSONDecodeError) and (
        error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    )


def _json_lines(text: str, name: str) -> tuple[list[Any], list[int], bool]:
    rows, places = list[Any](), list[int]()
    lines = text.splitlines()
    for line, words in enumerate(lines, 1):
        if not words.strip():
            continue
        try:
            rows.append(json.loads(words))
        except (ValueError, RecursionError):
            if line == len(lines) and rows and not text.endswith("\n"):
                return rows, places, True
            raise GrokphaseError(
                f"Line {line} of {name} is no JSON; write one object a line."
            ) from None
        places.append(line)
    return rows, places, False


def _of_columns(document: Mapping[str, list[Any]], name: str) -> Table:
    lengths = {column: len(values) for column, values in document.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{column} {length}" for column, length in lengths.items())
        raise GrokphaseError(f"The lists of {name} differ in length ({said}); they must be alike.")
    columns = {column: [_cell(value) for value in values] for column, values in document.items()}
    rows = list(range(1, max(lengths.values()) + 1))
    return Table(name, columns, rows, decimal=_decimal(columns.values()))


def _leaves(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Cell]]:
    """The cells of an object; of an object within it under both names, as train/loss."""
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{name}/")
        elif not isinstance(value, list):
            yield f"{before}{name}", _cell(value)


def _cell(value: object) -> Cell:
    if isinstance(value, bool | int | float):
        return value if isinstance(value, float) else float(min(max(value, -_MOST), _MOST))
    return None if value is None else str(value)


# ---- forms of one value a row


def _of_tensorboard(table: Table, stem: str) -> Table | None:
    """TensorBoard's download of a scalar, whose values are named by the file alone."""
    if tuple(table.columns) != _TENSORBOARD:
        return None
    named = _OF_TENSORBOARD.fullmatch(stem)
    tag = stem
    if named is not None:
        # Keras writes "train" and "validation" as runs of the same tags.
        side = named["run"].rsplit("_", 1)[-1]
        tag = f"{side}/{named['tag']}" if _is_side(side) else named["tag"]
    return replace(table, columns={"Step": table.columns["Step"], tag: table.columns["Value"]})


def _is_side(word: str) -> bool:
    return word.lower() in ("train", "validation", "val", "valid", "test", "eval")


def _by_tag(table: Table) -> Table | None:
    """A table of one value a row, with the name of what was measured beside it."""
    places = {name.lower(): name for name in table.columns}
    tag = next((places[each] for each in _TAGS if each in places), None)
    if tag is None or "value" not in places:
        return None
    values, tags = table.columns[places["value"]], table.columns[tag]
    others = {
        name: cells
        for name, cells in table.columns.items()
        if name not in (tag, places["value"], places.get("wall_time"))
    }
    names = dict.fromkeys(str(each) for each in tags if each not in (None, ""))
    if clash := next((name for name in names if name in others), None):
        raise GrokphaseError(
            f'{table.name} has a column "{clash}" and values of that name; rename one of them.'
        )
    columns = {
        name: [
            value if str(each) == name else None for each, value in zip(tags, values, strict=True)
        ]
        for name in names
    }
    return replace(table, columns={**others, **columns})


def _without_summary(table: Table) -> Table:
    """Without the row that ends the log of a Hugging Face Trainer, whose "train_loss" is the mean
    of all of its steps; and without the columns that have a value in it alone."""
    if _SUMMARY not in table.columns:
        return table
    rest = table.kept(lambda row: _is_missing(table.columns[_SUMMARY][row]))
    mine = [
        name
        for name, cells in table.columns.items()
        if all(map(_is_missing, rest.columns[name])) and not all(map(_is_missing, cells))
    ]
    return replace(rest, columns={n: c for n, c in rest.columns.items() if n not in mine})


def _is_missing(cell: Cell) -> bool:
    """Whether nothing stands in a cell of a table that pandas may have written."""
    return cell is None or str(cell).strip().lower() in ("", "nan", "none", "null")


def names_told(names: Iterable[str], most: int = 6) -> str:
    """Names for a message: the first few, and how many more there are.

    Example:
        >>> names_told(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    listed = list(names)
    if len(listed) <= most:
        return ", ".join(listed)
    return f"{', '.join(listed[:most])} and {len(listed) - most} more"
