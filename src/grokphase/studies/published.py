"""Published numbers: a table of a paper with where it stands and how it was read.

A file `published/NAME.csv` of a study is a table, one row a run or a point, below lines that say
what it is:

    # source: Figure 4 (a); repository owner/name, file and commit
    # read: from the authors' stored file, to all its digits
    # settings: addition, p = 10; 10,000 training sets of each size
    # unit: size = training samples
    # unit: probability = share of the sets
    size,probability
    14,0.0001

`source` and `read` have to be there, and a `unit` for each column of numbers: a number of which
nobody knows where it is from cannot be compared with. A key may be given more than once. Columns of
words are named by a line `# words: place, quantity`. An empty cell is NaN in a column of numbers:
not reached, or not there, and `read` says which.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest

FOLDER: Final = "published"
"""Where the published numbers of a study are, in its folder."""

_KEYS: Final = ("source", "read", "settings", "unit", "words")


@dataclass(frozen=True)
class Published:
    """A published table.

    Args:
        name: of the file, without its ending.
        columns: (n,) arrays by name, of floats or of words; NaN where there is no number.
        source: where it was published.
        read: how it was read, to which accuracy, and what an empty cell means.
        settings: what the numbers were made with, where known.
        units: the unit of each column of numbers.
    """

    name: str
    columns: Mapping[str, NDArray[Any]]
    source: str
    read: str
    settings: str
    units: Mapping[str, str]


def published(folder: Path, name: str) -> Published:
    """A table of published numbers.

    Args:
        folder: of the study, in which `published/NAME.csv` is.
        name: of the table.

    Raises:
        GrokphaseError: if there is no such table, or it lacks its source, how it was read or a
            unit, or has a row that is too short or long, or a word where a number belongs: one
            sentence with file and line.

    Example:
        >>> found = published(Path(__file__).parent / "liu2022", "fig4a")
        >>> size, probability = found.columns["size"], found.columns["probability"]
        >>> float(size[probability > 0.5][0]), found.units["size"]
        (23.0, 'training samples')
        >>> found.source.split(";")[0]
        'Liu et al. 2022 (arXiv:2205.10343), Figure 4 (a)'
    """
    path = folder / FOLDER / f"{name}.csv"
    if not path.is_file():
        there = published_names(folder)
        raise GrokphaseError(
            f'"{folder}" has no published numbers "{name}"; there are '
            f"{', '.join(there) or 'none'}.{nearest(name, there)}"
        )
    lines = path.read_text(encoding="utf-8").splitlines()
    many = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head = _Head.of(path, lines[:many])
    return head.table(path, many, lines[many:])


def published_names(folder: Path) -> list[str]:
    """The tables of published numbers that a study has.

    Example:
        >>> "fig4a" in published_names(Path(__file__).parent / "liu2022")
        True
    """
    return sorted(path.stem for path in (folder / FOLDER).glob("*.csv"))


def _mistake(path: Path, line: int, words: str) -> GrokphaseError:
    """What is wrong with a file, and where."""
    return GrokphaseError(f"{path}, line {line}: {words}")


@dataclass(frozen=True)
class _Head:
    """What stands above a table: each key with its texts."""

    facts: Mapping[str, list[str]]
    units: Mapping[str, tuple[str, int]]  # with the line of each

    @classmethod
    def of(cls, path: Path, lines: list[str]) -> _Head:
        facts: dict[str, list[str]] = {key: [] for key in _KEYS}
        units: dict[str, tuple[str, int]] = {}
        for number, line in enumerate(lines, start=1):
            key, _, text = line.removeprefix("#").partition(":")
            key, text = key.strip(), text.strip()
            if key not in _KEYS or not text:
                raise _mistake(
                    path,
                    number,
                    'a line above the table is "# KEY: TEXT" with the key '
                    f"{', '.join(_KEYS)}.{nearest(key, _KEYS)}",
                )
            facts[key].append(text)
            if key == "unit":
                column, _, unit = (part.strip() for part in text.partition("="))
                if not column or not unit:
                    raise _mistake(path, number, 'write a unit as "# unit: COLUMN = UNIT".')
                units[column] = (unit, number)
        for key in ("source", "read"):
            if not facts[key]:
                raise _mistake(path, 1, f'there is no line "# {key}: ..." above the table.')
        return cls(facts, units)

    def text(self, key: str) -> str:
        return " ".join(self.facts[key])

    def table(self, path: Path, above: int, lines: list[str]) -> Published:
        """The table below the head, each column as what it is said to be."""
        rows = list(_rows(path, above, lines))
        if len(rows) < 2:
            raise _mistake(path, above + 1, "a line of column names and one row are the least.")
        (first, names), *body = rows
        if len(set(names)) < len(names) or not all(names):
            raise _mistake(path, first, "each column has a name of its own.")
        words = [word.strip() for text in self.facts["words"] for word in text.split(",")]
        for name in words:
            if name not in names:
                raise _mistake(path, first, f'there is no column "{name}".{nearest(name, names)}')
        for name, (_, line) in self.units.items():
            if name not in names or name in words:
                raise _mistake(
                    path, line, f'there is no column "{name}" of numbers.{nearest(name, names)}'
                )
        for name in names:
            if name not in words and name not in self.units:
                raise _mistake(
                    path, first, f'the column "{name}" has no unit; write "# unit: {name} = ...".'
                )
        columns: dict[str, NDArray[Any]] = {}
        for place, name in enumerate(names):
            cells = [(line, row[place]) for line, row in body]
            if name in words:
                columns[name] = np.array([cell for _, cell in cells])
            else:
                columns[name] = np.array([_number(path, line, name, cell) for line, cell in cells])
        return Published(
            name=path.stem,
            columns=columns,
            source=self.text("source"),
            read=self.text("read"),
            settings=self.text("settings"),
            units={name: unit for name, (unit, _) in self.units.items()},
        )


def _rows(path: Path, above: int, lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with the line of each, all of the length of the first."""
    width = 0
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            width = width or len(row)
            if len(row) != width:
                raise _mistake(
                    path,
                    above + reader.line_num,
                    f"a row of {len(row)} cells, where the line of names has {width}.",
                )
            yield above + reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise _mistake(
            path, above + reader.line_num, f"not a row of a CSV file: {error}."
        ) from error


def _number(path: Path, line: int, name: str, cell: str) -> float:
    """A cell as a number; NaN where it is empty."""
    if not cell:
        return math.nan
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _mistake(
            path,
            line,
            f'"{cell}" is no number, in the column "{name}"; leave the cell empty where there is '
            "none.",
        )
    return number
