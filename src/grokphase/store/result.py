"""The answer to a query: labelled columns that display themselves and turn into other tables."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from grokphase.counting import counted
from grokphase.frames import Column, Kind, pandas_table, polars_table

if TYPE_CHECKING:
    import pandas
    import polars

_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "whole"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "whole"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL", '"NULL"'), "number"),
    "BOOLEAN": "yes-no",
    "VARCHAR": "word",
}
"""What a column of an SQL type holds; a NULL of no type counts as a number."""

_ROWS = 20
_COLUMNS = 8
_WIDTH = 18


@dataclass(frozen=True, repr=False)
class QueryResult:
    """Rows of a query.

    Args:
        columns: the column names.
        rows: one tuple a row; NULL is None.
        types: the SQL types of the columns, which decide those of a table of pandas or polars;
            where they are not known, the values do.

    Example:
        >>> QueryResult(("phase", "runs"), [("grokking", 3), ("confusion", 12)])
        phase      runs
        grokking   3
        confusion  12
        (2 rows)
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    types: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def to_dict(self) -> dict[str, list[Any]]:
        """Column name -> values; of columns of one name the last."""
        return {name: [row[n] for row in self.rows] for n, name in enumerate(self.columns)}

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas table, with the types that `grokphase.frames` states.

        Whole numbers are ``Int64``, other numbers ``float64``, truths ``boolean`` and words
        ``string``, also where values are missing, and where all are.

        Raises:
            GrokphaseError: if pandas is not installed.
        """
        return pandas_table(self._typed())

    def to_polars(self) -> polars.DataFrame:
        """The rows as a polars table: ``Int64``, ``Float64``, ``Boolean``, ``String``.

        Raises:
            GrokphaseError: if polars is not installed, or two columns have one name.
        """
        return polars_table(self._typed())

    def _typed(self) -> list[Column]:
        types = self.types or ("",) * len(self.columns)
        return [
            Column(name, _kind(kind), [row[n] for row in self.rows])
            for n, (name, kind) in enumerate(zip(self.columns, types, strict=True))
        ]

    def __repr__(self) -> str:
        header, *body = self._shown()
        widths = [max(map(len, column)) for column in zip(header, *body, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (header, *body)
        ]
        return "\n".join([*lines, f"({self._size()})"])

    def _repr_html_(self) -> str:
        header, *body = self._shown()
        return f"{html_table(header, body)}<p>{self._size()}</p>"

    def _shown(self) -> list[list[str]]:
        rows = [list(self.columns), *(list(row) for row in self.rows[:_ROWS])]
        cut = len(self.columns) > _COLUMNS
        return [[_cell(value) for value in row[:_COLUMNS]] + ["..."] * cut for row in rows]

    def _size(self) -> str:
        count = counted(len(self), "row")
        parts = [count if len(self) <= _ROWS else f"{count}, the first {_ROWS} shown"]
        if len(self.columns) > _COLUMNS:
            parts.append(f"{len(self.columns)} columns, the first {_COLUMNS} shown")
        return "; ".join(parts)


def html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Words as an HTML table, escaped."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def _kind(sql: str) -> Kind:
    # DECIMAL(18,3) is a DECIMAL; a list of integers, INTEGER[], is no INTEGER.
    return _KINDS.get(sql.partition("(")[0] if sql.startswith("DECIMAL(") else sql, "other")
