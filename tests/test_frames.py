"""Columns have the types that are stated, whatever is missing."""

from __future__ import annotations

import math
from typing import Any

import pytest

from grokphase.errors import GrokphaseError
from grokphase.frames import Column, Kind, pandas_table, polars_table

STATED: list[tuple[Kind, str, str, Any]] = [
    ("whole", "Int64", "Int64", 3),
    ("number", "float64", "Float64", 0.5),
    ("yes-no", "boolean", "Boolean", True),
    ("word", "string", "String", "grokking"),
]


@pytest.mark.parametrize(("kind", "in_pandas", "in_polars", "value"), STATED)
@pytest.mark.parametrize("missing", ["none", "one", "all", "no rows"])
def test_types_do_not_depend_on_what_is_missing(
    kind: Kind, in_pandas: str, in_polars: str, value: Any, missing: str
) -> None:
    rows = {"none": [value, value], "one": [value, None], "all": [None, None], "no rows": []}
    columns = [Column("c", kind, rows[missing])]
    assert str(pandas_table(columns)["c"].dtype) == in_pandas
    assert pandas_table(columns)["c"].isna().tolist() == [v is None for v in rows[missing]]
    assert str(polars_table(columns)["c"].dtype) == in_polars
    assert polars_table(columns)["c"].to_list() == rows[missing]


def test_nan_is_missing_and_whole_numbers_stay_exact() -> None:
    columns = [Column("c", "whole", [2**62 + 1, math.nan]), Column("n", "number", [1, math.nan])]
    assert polars_table(columns).rows() == [(2**62 + 1, 1.0), (None, None)]
    assert pandas_table(columns)["c"][0] == 2**62 + 1


def test_a_whole_number_beyond_64_bits_is_kept_and_not_rounded() -> None:
    assert pandas_table([Column("c", "whole", [2**70, None])])["c"][0] == 2**70


def test_two_columns_of_one_name_stay_two_or_are_refused() -> None:
    columns = [Column("c", "whole", [1]), Column("c", "word", ["a"])]
    assert pandas_table(columns).values.tolist() == [[1, "a"]]
    with pytest.raises(GrokphaseError, match='Two columns are named "c"'):
        polars_table(columns)
