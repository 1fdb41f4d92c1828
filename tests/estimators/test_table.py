"""Reading tables: columns, units, conditions, and what is said of those that cannot be read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase import GrokphaseError
from grokphase.estimators.table import among, column, holds, raw, rows, units

RUNS = {
    "seed": [3, 3, 1, 1],
    "fraction": [0.3, 0.4, 0.5, None],
    "ideal": [0.4, 0.4, 0.4, 0.4],
    "setting": ["fast", "slow", "fast", None],
    "done": [True, False, None, True],
    "budget": 100,
}


@pytest.mark.parametrize(
    ("name", "condition", "expected"),
    [
        ("fraction", "> 0.4", [0, 0, 1, None]),
        ("fraction", ">= 0.4", [0, 1, 1, None]),
        ("fraction", "<= ideal", [1, 1, 0, None]),
        ("fraction", ">= 0.35 and < 0.5", [0, 1, 0, None]),
        ("fraction", "reached", [1, 1, 1, 0]),
        ("fraction", "not reached", [0, 0, 0, 1]),
        ("fraction", 0.4, [0, 1, 0, None]),
        ("fraction", [0.3, 0.5], [1, 0, 1, None]),
        ("fraction", "!= 0.4", [1, 0, 1, None]),
        ("setting", "fast", [1, 0, 1, None]),
        ("setting", "!= fast", [0, 1, 0, None]),
        ("setting", ["fast", "slow"], [1, 1, 1, None]),
        ("done", True, [1, 0, None, 1]),
        ("done", False, [0, 1, None, 0]),
        ("seed", 3, [1, 1, 0, 0]),
        ("budget", 100, [1, 1, 1, 1]),
    ],
)
def test_conditions(name, condition, expected):
    found = holds(RUNS, name, condition)
    assert found == pytest.approx([np.nan if e is None else e for e in expected], nan_ok=True)
    chosen = among(RUNS, {name: condition})
    assert chosen["seed"] == [s for s, e in zip(RUNS["seed"], expected, strict=True) if e]
    assert chosen["budget"] == 100


def test_a_word_that_is_a_column_is_a_word_where_words_are_asked_for():
    runs = {"setting": ["fast", "slow"], "fast": [1, 2]}
    assert holds(runs, "setting", "fast").tolist() == [1, 0]


@given(st.floats(1e-3, 1e6), st.sampled_from([1e-8, -1e-8, 0.0]))
def test_numbers_that_were_rounded_to_seven_digits_are_the_same(value: float, off: float):
    kept = float(f"{value * (1 + off):.7g}")
    runs = {"kept": [kept], "value": [value]}
    assert holds(runs, "kept", "== value")[0] == holds(runs, "kept", "<= value")[0] == 1
    assert holds(runs, "kept", "> value")[0] == holds(runs, "kept", "!= value")[0] == 0


def test_whole_numbers_are_compared_as_they_are():
    runs = {"steps": [1_000_001], "budget": 1_000_000}
    assert holds(runs, "steps", "> budget")[0] == 1
    assert holds(runs, "steps", 1_000_000)[0] == 0


def test_one_wrong_case_of_millions_is_seen():
    """Once 1 - 4e-7 was 1: an accuracy over all pairs of 1,601 symbols with one mistake."""
    for many in (1601**2, 10**7):
        kept = float(f"{1 - 1 / many:.7g}")
        assert holds({"accuracy": [kept]}, "accuracy", 1.0)[0] == 0
        assert holds({"accuracy": [kept]}, "accuracy", "< 1")[0] == 1
    single = {"accuracy": np.float32([0.1, 0.7, 0.9, 0.95])}  # of single precision
    assert holds(single, "accuracy", [0.1, 0.7, 0.9, 0.95]).tolist() == [1] * 4
    assert holds({"sum": [0.1 * 3 * 10, 0.3 - 0.1 * 3]}, "sum", [3, 0]).tolist() == [1, 1]
    assert holds({"x": [-2.0000001, -2.00001]}, "x", -2.0).tolist() == [1, 0]


def test_units_and_scalars():
    assert rows(RUNS) == 4
    assert units(RUNS, "seed").tolist() == [1, 1, 0, 0]
    assert units(RUNS, "row").tolist() == [0, 1, 2, 3]
    assert raw(RUNS, "budget") == [100] * 4
    assert column(RUNS, "done") == pytest.approx([1, 0, np.nan, 1], nan_ok=True)
    assert among(RUNS, {}) == RUNS
    assert column({"steps": [1, np.inf]}, "steps") == pytest.approx([1, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: column(RUNS, "fractoin"), 'no column "fractoin".*Did you mean "fraction"'),
        (lambda: column(RUNS, "setting"), "must hold numbers, or true and false; it holds 'fast'"),
        (lambda: units(RUNS, "run"), 'write unit = "row"'),
        (lambda: rows({"a": [1, 2], "b": [1]}), r"do not \(a: 2, b: 1\)"),
        (lambda: holds(RUNS, "fraction", "> idael"), 'Did you mean "ideal"'),
        (lambda: holds(RUNS, "fraction", "above 0.4"), 'a comparison .* such as "> 0.4"'),
    ],
)
def test_what_cannot_be_read_is_one_sentence(ask, sentence):
    with pytest.raises(GrokphaseError, match=sentence) as error:
        ask()
    assert "\n" not in str(error.value)


def test_small_numbers_are_told_apart_and_rounding_is_zero():
    runs = {"tolerance": [1e-12, 1e-18, 1e-24, 0.0, 1e-17]}
    assert holds(runs, "tolerance", 1e-24).tolist() == [0, 0, 1, 1, 0]
    assert holds(runs, "tolerance", 0).tolist() == [1, 1, 1, 1, 1]
    assert holds(runs, "tolerance", 1e-12).tolist() == [1, 0, 0, 1, 0]
