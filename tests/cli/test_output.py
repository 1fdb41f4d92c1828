"""Printing: valid JSON whatever the values, tables for eyes and for pipes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.cli.output import cell, duration, print_json, print_table
from grokphase.telling.words import size

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def printed(document: object) -> object:
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        print_json(document)
        return json.loads(sys.stdout.getvalue(), parse_constant=refuse)
    finally:
        sys.stdout = out


@given(plain)
def test_anything_becomes_one_valid_document(document: object):
    again = printed(document)
    assert printed(again) == again


def test_arrays_paths_and_numbers_of_numpy():
    given_ = {
        "array": np.array([[1.5, np.nan]], np.float32),
        "whole": np.int64(3),
        "truth": np.bool_(True),
        "words": np.array(["a", "b"]),
        "path": Path("a/b"),
        "set": (1, 2),
    }
    assert printed(given_) == {
        "array": [[1.5, None]],
        "whole": 3,
        "truth": True,
        "words": ["a", "b"],
        "path": "a/b",
        "set": [1, 2],
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (np.nan, "-"), (np.float32(0.1), "0.1"), (1e-8, "1e-08"), ("a\nb", "a b")],
)
def test_cells(value: object, text: str):
    assert cell(value) == text


def test_tables_in_a_pipe_have_a_line_a_row(capsys):
    print_table(["a", "b"], [(1, "x y"), (None, "two\nlines")])
    assert capsys.readouterr().out == "a\tb\n1\tx y\n-\ttwo lines\n"


def test_tables_on_a_terminal_are_aligned(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    print_table(["name", "b"], [("[bold]", 1), ("x", 22)])
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.index("b") == first.index("1") == second.index("22")
    assert first.startswith("[bold]")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (119.7, "2 min 0 s"), (7260, "2 h 1 min")],
)
def test_durations(seconds: float, text: str):
    assert duration(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(999, "999 B"), (1500, "1.5 kB"), (2e12, "2000.0 GB")])
def test_sizes(count: float, text: str):
    assert size(count) == text
