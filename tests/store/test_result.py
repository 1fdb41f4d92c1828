"""The answer to a query on a screen, in a notebook and as other tables."""

from __future__ import annotations

import sys

import pytest

from grokphase.errors import GrokphaseError
from grokphase.store import QueryResult

WIDE = QueryResult(tuple(f"column{n}" for n in range(30)), [tuple(range(30))] * 500)
ODD = QueryResult(("a<b", "x"), [("<script>", None), ("two\nlines " * 20, 1 / 3)])


def test_repr_fits_a_screen() -> None:
    lines = repr(WIDE).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 200
    assert "500 rows, the first 20 shown" in lines[-1]
    assert "30 columns, the first 8 shown" in lines[-1]


def test_repr_of_odd_values_keeps_its_lines() -> None:
    assert len(repr(ODD).splitlines()) == 4
    assert "0.333333" in repr(ODD)


def test_html_escapes() -> None:
    text = ODD._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "<th>a&lt;b</th>" in text
    assert WIDE._repr_html_().count("<tr>") == 21


def test_no_rows_and_no_columns() -> None:
    assert repr(QueryResult(("a",), [])) == "a\n(0 rows)"
    assert repr(QueryResult((), [])).endswith("(0 rows)")
    assert QueryResult(("a",), []).to_dict() == {"a": []}


def test_other_tables_hold_the_same() -> None:
    result = QueryResult(("phase", "step"), [("grokking", 3), ("confusion", None)])
    frame = result.to_pandas()
    assert list(frame.columns) == ["phase", "step"]
    assert list(frame["phase"]) == ["grokking", "confusion"]
    assert result.to_polars().to_dict(as_series=False) == result.to_dict()


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_package_that_is_missing_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(GrokphaseError, match=f"pip install {package}"):
        getattr(WIDE, f"to_{package}")()
