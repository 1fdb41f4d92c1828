"""From a file of text to rows of cells, each of which knows the line and column it came from."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grokphase.errors import GrokphaseError

# UTF-32's mark begins with that of UTF-16, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_REMARK = re.compile(r"\s#(\s.*)?$")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_MOST = 2**53  # beyond, a float is not exact


@dataclass(frozen=True)
class Sheet:
    """Rows of cells, as long as one another, with where they came from.

    Args:
        source: the file, for messages.
        cells: the text of each cell, without spaces around it; whole numbers as ``"12"``.
        lines: the number of each row in the file, from 1.
        first: the number of the first column.
        line: the word for a row.
    """

    source: str
    cells: Sequence[Sequence[str]]
    lines: Sequence[int]
    first: int = 1
    line: str = "line"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.cells)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.cells[0]) if self.cells else 0

    def where(self, row: int, column: int) -> str:
        """The place of a cell, as a person counts."""
        return f"{self.source}, {self.line} {self.lines[row]}, column {self.first + column}"

    def column(self, column: int) -> list[str]:
        """The cells of a column."""
        return [row[column] for row in self.cells]

    def part(self, rows: slice, columns: slice) -> Sheet:
        """Some rows and columns, which keep their places."""
        return replace(
            self,
            cells=[row[columns] for row in self.cells[rows]],
            lines=self.lines[rows],
            first=self.first + (columns.start or 0),
        )


def sheet_of(content: bytes, source: str) -> Sheet:
    """The cells of a file of text, as spreadsheets and programs write them.

    UTF-8 or UTF-16; cells separated by tabs, semicolons, commas or spaces, the first of these
    that occurs outside quotes, or by what Excel's line ``sep=`` says; a comma as decimal mark
    where it does not separate cells. Lines that are empty or begin with ``#`` are left out.

    Args:
        content: the bytes of the file.
        source: its name, for messages.

    Raises:
        GrokphaseError: it is no such text.

    Example:
        >>> sheet_of(b"# sums\\n0.0 1.0\\n1.0 2.0\\n", "sums.txt").cells
        [['0', '1'], ['1', '2']]
    """
    numbered = list(enumerate(_decoded(content, source).splitlines(), 1))
    lines = [(number, line) for number, line in numbered if line.strip(" \x00\ufeff")]
    separator = _SEPARATOR_LINE.fullmatch(lines[0][1].strip(" ")) if lines else None
    if separator is not None:
        lines = lines[1:]
    mark = separator[1] if separator is not None else _separator([line for _, line in lines])
    kept = [(number, _bare(line)) for number, line in lines if not _is_comment(line, mark)]
    rows = list(_split(kept, mark, source))
    cells = [[cell.strip() for cell in row] for _, row in rows]
    places = [number for number, _ in rows]
    sheet = Sheet(source, _even(cells, places, source), places)
    return written_alike(sheet, decimal_comma=mark != ",")


def written_alike(sheet: Sheet, decimal_comma: bool = False) -> Sheet:
    """The same sheet with every whole number written as such, ``"1.0"`` as ``"1"``.

    Args:
        sheet: any sheet.
        decimal_comma: whether ``"1,0"`` is such a number too.

    Raises:
        GrokphaseError: a number is not whole.
    """
    known: dict[str, str] = {}  # a table of a million cells has few different ones
    for i, row in enumerate(sheet.cells):
        for j, cell in enumerate(row):
            if cell not in known:
                known[cell] = _canonical(cell, sheet, (i, j), decimal_comma)
    return replace(sheet, cells=[[known[cell] for cell in row] for row in sheet.cells])


def number_of(cell: str) -> int | None:
    """The whole number that a cell of a sheet holds, if it holds one."""
    digits = cell[1:] if cell[:1] == "-" else cell
    return int(cell) if digits.isascii() and digits.isdigit() else None


def _decoded(content: bytes, source: str) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if encoding is None and b"\x00" in content[:2]:  # UTF-16 without its mark
        encoding = "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
    try:
        text = content.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        raise GrokphaseError(
            f"{source} is no text in UTF-8 or UTF-16; save it as CSV in UTF-8."
        ) from None
    if "\x00" in text:
        raise GrokphaseError(f"{source} is no text: it holds null characters; save it as CSV.")
    return text


def _separator(lines: Sequence[str]) -> str:
    """Tab, semicolon, comma or space: the first that occurs between cells."""
    bare = [_QUOTED.sub("", line) for line in lines if not line.lstrip().startswith("# ")]
    for mark in "\t;,":
        if any(mark in line.strip() for line in bare):
            return mark
    return "\t" if any("\t" in line for line in bare) else " "


def _is_comment(line: str, separator: str) -> bool:
    """Whether a line begins with ``#``, and that is no cell such as Excel's ``#N/A``."""
    begun = line.strip()
    if not begun.startswith("#") or begun.upper().startswith(("#N/A", "#NA")):
        return False
    return separator == " " or not begun[1:].lstrip(" ").startswith(separator)


def _bare(line: str) -> str:
    """A line without the comment at its end."""
    return line if '"' in line else _REMARK.sub("", line)


def _split(
    lines: Sequence[tuple[int, str]], separator: str, source: str
) -> Iterator[tuple[int, list[str]]]:
    """The number of each line and its cells."""
    spaced = separator == " "
    texts = [line.strip() if spaced else line for _, line in lines]
    if spaced:
        texts = [" ".join(line.split()) if '"' not in line else line for line in texts]
    reader = csv.reader(texts, delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        at = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            number = lines[min(at, len(lines) - 1)][0]
            raise GrokphaseError(f"{source}, line {number}, cannot be read: {problem}.") from None
        yield lines[at][0], row


def _even(cells: list[list[str]], lines: Sequence[int], source: str) -> list[list[str]]:
    """Rows of one length: a header may lack its corner, as R writes it, and a row its last cells
    if they are empty."""
    if not cells:
        return cells
    width = min(len(row) for row in cells[1:]) if len(cells) > 1 else len(cells[0])
    if len(cells) > 2 and len(cells[0]) == width - 1:
        cells = [["", *cells[0]], *cells[1:]]
    if any(len(row) < width or any(row[width:]) for row in cells):
        (usual, _), *_ = Counter(len(row) for row in cells).most_common(1)
        odd = next(k for k, row in enumerate(cells) if len(row) != usual)
        raise GrokphaseError(
            f"{source} is not square: line {lines[odd]} has {len(cells[odd])} cells, and others "
            f"{usual}; a table has p rows of p results."
        )
    return [row[:width] for row in cells]


def _canonical(cell: str, sheet: Sheet, place: tuple[int, int], decimal_comma: bool) -> str:
    if number_of(cell) is not None:
        return _whole(float(cell), cell, sheet, place) if len(cell) > 15 else str(int(cell))
    number = cell
    if decimal_comma and "," in cell:
        if _THOUSANDS.fullmatch(cell):
            raise GrokphaseError(
                f"{sheet.where(*place)}, is {cell!r}, which can be read in two ways; write it "
                "without a comma."
            )
        number = cell.replace(",", ".", 1)
    if not _NUMBER.fullmatch(number):
        return " ".join(cell.split())
    return _whole(float(number), cell, sheet, place)


def _whole(value: float, cell: str, sheet: Sheet, place: tuple[int, int]) -> str:
    if not value.is_integer() or abs(value) > _MOST:
        raise GrokphaseError(
            f"{sheet.where(*place)}, is {cell!r}, which is not a whole number (of at most 2^53); "
            "leave a pair without a result empty."
        )
    return str(int(value))
