"""The phase of a run by sustained times: Table 1 once more, with what ended before."""

from __future__ import annotations

import dataclasses

import pytest
from tests.plotting.fakes import made_up_record

import grokphase as gp
from grokphase.training.outcome import phase_by

BUDGET, DELAY = 10_000, 1000


def by_sustained(
    train: int | None, validation: int | None, *, steps: int = BUDGET, phase: str = "grokking"
) -> str:
    record = made_up_record(
        5,
        9000,
        phase=phase,
        steps=steps,
        followed=True,
        train_sustained_step=train,
        validation_sustained_step=validation,
    )
    assert phase_by(record, "first-passage", delay=DELAY, budget=BUDGET) == phase
    return phase_by(record, "sustained", delay=DELAY, budget=BUDGET)


@pytest.mark.parametrize(
    ("train", "validation", "phase"),
    [
        (10, 1009, "comprehension"),
        (10, 1010, "grokking"),
        (10, None, "memorization"),
        (None, None, "confusion"),
        (None, 10, "validation-only"),
    ],
)
def test_sustained_times_go_into_table_1(
    train: int | None, validation: int | None, phase: str
) -> None:
    assert by_sustained(train, validation) == phase


def test_a_run_that_ended_before_both_had_held_has_diverged() -> None:
    assert by_sustained(10, None, steps=BUDGET - 1) == "diverged"
    assert by_sustained(None, None, phase="diverged") == "diverged"
    assert by_sustained(10, 20, steps=3000) == "comprehension"


def test_a_run_knows_both_phases() -> None:
    rates = gp.Group(1e-2)
    recipe = gp.Recipe("adamw", rates, rates, steps=1500, stop="sustained", sustain=100)
    run = gp.train("addition", gp.Toy(widths=(24, 24)), recipe)
    assert run.phase_by("first-passage") == run.phase
    assert run.record.train_sustained_step is not None
    expected = by_sustained(run.record.train_sustained_step, run.record.validation_sustained_step)
    assert run.phase_by("sustained") == expected


def test_sustained_times_need_runs_that_are_followed() -> None:
    run = gp.train("addition", gp.Toy(widths=(24, 24)), gp.Recipe(steps=20))
    with pytest.raises(gp.GrokphaseError, match=r"recipe\.stop=sustained"):
        run.phase_by("sustained")
    with pytest.raises(gp.GrokphaseError, match='Did you mean "sustained"'):
        run.phase_by("sustaned")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_run_that_diverges_after_its_phase_is_decided_by_first_passage() -> None:
    """Both thresholds are zero, so both are passed at step 0; the huge rate ends the run soon."""
    limits = gp.Thresholds(train_accuracy=0, validation_accuracy=0, rule=">=")
    rates = gp.Group(1e30)
    recipe = gp.Recipe(
        "sgd", rates, rates, steps=500, thresholds=limits, stop="sustained", sustain=400
    )
    run = gp.train("addition", gp.Toy(widths=(8,)), recipe)
    assert run.record.steps_trained < 500
    assert run.phase == "comprehension"
    assert run.phase_by("sustained") == "diverged"


@pytest.mark.slow
def test_a_run_that_diverges_at_the_last_step_of_its_budget_has_diverged() -> None:
    limits = gp.Thresholds(train_accuracy=0, validation_accuracy=0, rule=">=")
    rates = gp.Group(1e30)
    recipe = gp.Recipe(
        "sgd", rates, rates, steps=500, thresholds=limits, stop="sustained", sustain=400
    )
    steps = gp.train("addition", gp.Toy(widths=(8,)), recipe).record.steps_trained
    recipe = dataclasses.replace(recipe, steps=steps)
    run = gp.train("addition", gp.Toy(widths=(8,)), recipe)
    assert run.record.steps_trained == steps == recipe.steps
    assert run.phase == "comprehension"
    assert run.phase_by("sustained") == "diverged"
