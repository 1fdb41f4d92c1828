"""What functions of studies are given of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase.studies import Trained, step_since, usual_table


def run_of(**record: Any) -> Trained:
    """With those parts of a record alone that a test is about, which its type cannot know."""
    spec = gp.run_spec("addition", split=gp.Split(count=40), seed=3)
    return Trained({}, spec, SimpleNamespace(id="abc", **record))  # type: ignore[arg-type]


def test_what_holds_to_the_end_counts_from_when_it_stays():
    steps = np.array([0, 10, 20, 30])
    assert step_since(steps, [True, False, True, True]) == 20
    assert step_since(steps, [True, True, True, True]) == 0
    assert step_since(steps, [True, True, True, False]) is None
    assert step_since([], []) is None


def test_weights_are_kept_in_the_order_of_steps_and_the_last_is_among_them():
    at = {step: {"w": np.full(2, step)} for step in (100, 0, 10)}
    run = run_of(snapshots={100: at[100], 0: at[0]}, steps_trained=10, weights=at[10])
    assert [*run.kept] == [0, 10, 100]
    assert run.weights is run.kept[10]


def test_a_figure_that_keeps_no_weights_is_told_what_to_write():
    with pytest.raises(gp.GrokphaseError, match=r'Run abc kept no weights; .* keep = "final"'):
        run_of(snapshots={}, steps_trained=10, weights=None).kept  # noqa: B018  asking is what raises


def test_parts_are_those_of_the_split():
    train, validation = run_of().parts
    assert len(train) == 40
    assert sorted([*train, *validation]) == [*range(55)]


def test_a_curve_at_an_event_is_that_of_the_next_recorded_step():
    run = run_of(curves={"step": np.array([0, 10, 20]), "loss": np.array([3.0, 2.0, 1.0])})
    assert [run.at(event, "loss") for event in (10, 11, 20, 99, None)] == [2.0, 1.0, 1.0, 1.0, None]


def test_curves_take_the_place_of_final_values():
    records = [
        {
            "seed": seed,
            "phase": "memorization",
            "train_step": 5,
            "validation_step": None,
            "steps_trained": length,
            "final": {"step": length, "loss": 1.0, "norm": 2.0},
            "curves": {"step": np.arange(length), "loss": np.ones(length), "norm": np.ones(length)},
        }
        for seed, length in ((0, 2), (1, 3))
    ]
    runs = [run_of(**record) for record in records]
    assert usual_table(runs)["loss"] == [1.0, 1.0]
    table = usual_table(runs, "loss")
    assert table["norm"] == [2.0, 2.0]
    np.testing.assert_array_equal(table["loss"], [[1, 1, np.nan], [1, 1, 1]])
    np.testing.assert_array_equal(table["step"], [[0, 1, np.nan], [0, 1, 2]])
