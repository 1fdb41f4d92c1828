from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.phases import PHASE_MEANING, PHASES, TABLE_1, classify, classify_many

steps = st.none() | st.integers(0, 10**5)


@pytest.mark.parametrize(
    ("train", "validation", "phase"),
    [
        (100, 100, "comprehension"),
        (100, 1099, "comprehension"),
        (100, 1100, "grokking"),  # a delay of exactly 10^3 is not below it
        (100, 1101, "grokking"),
        (0, 0, "comprehension"),
        (900, 372, "comprehension"),  # validation first: a negative delay
        (90_000, 10, "comprehension"),
        (100, None, "memorization"),
        (None, None, "confusion"),
        (None, 372, "validation-only"),
    ],
)
def test_table_1_and_what_it_leaves_out(
    train: int | None, validation: int | None, phase: str
) -> None:
    assert classify(train, validation) == phase


@pytest.mark.parametrize(
    ("train", "validation", "phase"),
    [
        (None, None, "diverged"),
        (10, None, "diverged"),
        (None, 10, "diverged"),
        (10, 20, "comprehension"),  # decided before it diverged
        (10, 5000, "grokking"),
    ],
)
def test_a_run_that_diverges_keeps_a_phase_that_was_decided(
    train: int | None, validation: int | None, phase: str
) -> None:
    assert classify(train, validation, diverged=True) == phase


def test_every_threshold_can_be_changed() -> None:
    assert classify(100, 1600, delay=2000) == "comprehension"
    assert classify(100, 1600, delay=1500) == "grokking"
    assert classify(100, 5000, budget=5000) == "grokking"
    assert classify(100, 5000, budget=4999) == "memorization"
    assert classify(100, 5000, budget=99) == "confusion"


@given(steps, steps, st.booleans())
def test_exactly_one_row_of_the_table_applies(
    train: int | None, validation: int | None, diverged: bool
) -> None:
    rows = {
        "comprehension": train is not None and validation is not None and validation - train < 1000,
        "grokking": train is not None and validation is not None and validation - train >= 1000,
        "memorization": not diverged and train is not None and validation is None,
        "confusion": not diverged and train is None and validation is None,
        "validation-only": not diverged and train is None and validation is not None,
        "diverged": diverged and (train is None or validation is None),
    }
    assert [name for name, applies in rows.items() if applies] == [
        classify(train, validation, diverged=diverged)
    ]


@given(st.lists(st.tuples(steps, steps, st.booleans()), min_size=1, max_size=20))
def test_arrays_are_classified_like_single_runs(
    runs: list[tuple[int | None, int | None, bool]],
) -> None:
    train, validation, diverged = (list(column) for column in zip(*runs, strict=True))
    expected = [classify(t, v, diverged=d) for t, v, d in runs]
    assert classify_many(train, validation, diverged=diverged).tolist() == expected
    masked = np.ma.masked_invalid(np.array(train, dtype=float))
    assert classify_many(masked, validation, diverged=diverged).tolist() == expected


def test_arrays_are_broadcast() -> None:
    phases = classify_many(np.array([[10], [np.nan]]), np.array([20, 5000, np.nan]))
    assert phases.shape == (2, 3)
    assert phases[0].tolist() == ["comprehension", "grokking", "memorization"]
    assert phases[1].tolist() == ["validation-only", "validation-only", "confusion"]


@pytest.mark.parametrize("step", [-1, math.inf, -math.inf])
def test_what_is_no_step_is_refused(step: float) -> None:
    with pytest.raises(GrokphaseError, match="train_step is"):
        classify(step, 10)
    with pytest.raises(GrokphaseError, match="validation_step is"):
        classify_many([1, 2], [3, step])


def test_thresholds_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(GrokphaseError, match="delay=1000"):
        classify(1, 2, delay=math.nan)
    with pytest.raises(GrokphaseError, match="budget=100000"):
        classify(1, 2, budget=math.nan)


def test_every_phase_has_a_meaning_in_the_order_of_display() -> None:
    assert tuple(PHASE_MEANING) == PHASES
    assert TABLE_1 == ("comprehension", "grokking", "memorization", "confusion")
    assert all(text.endswith(".") for text in PHASE_MEANING.values())
