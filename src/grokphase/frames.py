"""Tables of pandas and polars whose columns have the types that are stated, values missing or not.

Left to themselves, both libraries guess a type from the values: steps of which one is missing turn
into floats, a column in which all are missing into objects, a column of another query into
something else again. Here every column says what it holds:

| holds | pandas | polars | missing |
|---|---|---|---|
| steps, seeds and other whole numbers | ``Int64`` | ``Int64`` | ``NA``, null |
| other numbers | ``float64`` | ``Float64`` | NaN, null |
| yes or no | ``boolean`` | ``Boolean`` | ``NA``, null |
| words | ``string`` | ``String`` | ``NA``, null |
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    import pandas
    import polars

Kind = Literal["whole", "number", "yes-no", "word", "other"]
"""What a column holds; the libraries choose the type of an "other" one themselves."""

_PANDAS: Final[dict[Kind, str]] = {
    "whole": "Int64",
    "number": "float64",
    "yes-no": "boolean",
    "word": "string",
}
_POLARS: Final[dict[Kind, str]] = {
    "whole": "Int64",
    "number": "Float64",
    "yes-no": "Boolean",
    "word": "String",
}
_OF_NUMPY: Final[dict[str, Kind]] = {
    "i": "whole",
    "u": "whole",
    "f": "number",
    "b": "yes-no",
    "U": "word",
}
_INT64: Final = 2**63


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        name: its heading.
        kind: what it holds.
        values: a value a row; None or NaN where there is none.
    """

    name: str
    kind: Kind
    values: Sequence[Any] | np.ndarray


def kind_of(values: np.ndarray) -> Kind:
    """What an array holds, by its type.

    Example:
        >>> kind_of(np.array([1, 2])), kind_of(np.array(["a"]))
        ('whole', 'word')
    """
    return _OF_NUMPY.get(values.dtype.kind, "other")


def library(name: str) -> Any:
    """A library that grokphase itself does not need.

    Raises:
        GrokphaseError: it is not installed; the message has the line that installs it.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise GrokphaseError(
            f"{name} is not installed; write: python -m pip install {name}"
        ) from None


def pandas_table(columns: Sequence[Column]) -> pandas.DataFrame:
    """Columns as a pandas table.

    Args:
        columns: of one length; two of one name stay two.

    Raises:
        GrokphaseError: if pandas is not installed.
    """
    pd = library("pandas")
    arrays = {}
    for place, column in enumerate(columns):
        kind, values = _plain(column)
        if kind == "number":  # NumPy's type has no other sign for what is missing
            values = [np.nan if value is None else value for value in values]
        dtype = _PANDAS.get(kind, object if kind == "other" else None)
        arrays[place] = pd.Series(values, dtype=dtype)
    table: pandas.DataFrame = pd.DataFrame(arrays)
    table.columns = [column.name for column in columns]
    return table


def polars_table(columns: Sequence[Column]) -> polars.DataFrame:
    """Columns as a polars table.

    Args:
        columns: of one length and different names.

    Raises:
        GrokphaseError: if polars is not installed, or two columns have one name.
    """
    pl = library("polars")
    names = [column.name for column in columns]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise GrokphaseError(
            f'Two columns are named "{twice}", and polars needs different names: rename one, as in '
            f'SELECT ... AS "{twice}_2".'
        )
    series = []
    for column in columns:
        kind, values = _plain(column)
        dtype = getattr(pl, _POLARS[kind]) if kind in _POLARS else None
        series.append(pl.Series(column.name, values, dtype=dtype))
    table: polars.DataFrame = pl.DataFrame(series)
    return table


def _plain(column: Column) -> tuple[Kind, list[Any]]:
    """The values as Python's own, None where missing; whole numbers beyond 64 bits are "other"."""
    given = column.values
    values = given.tolist() if isinstance(given, np.ndarray) else [*given]
    values = [None if value is None or value != value else value for value in values]
    if column.kind == "whole":
        whole = [None if value is None else int(value) for value in values]
        fits = all(value is None or -_INT64 <= value < _INT64 for value in whole)
        return ("whole" if fits else "other"), whole
    if column.kind == "number":
        return "number", [None if value is None else float(value) for value in values]
    return column.kind, values
