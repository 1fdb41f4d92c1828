"""Intervals of events: what evaluations of a run know, and no more."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.samples import make_record

from grokphase.errors import GrokphaseError
from grokphase.phases.intervals import Interval
from grokphase.phases.times import Watched, interval_of


def run(**fields: Any) -> Any:
    blank = dict.fromkeys(
        ("train_step", "validation_step", "train_sustained_step", "validation_sustained_step")
    )
    return dataclasses.replace(make_record(0), **{**blank, **fields})


@given(
    every=st.integers(1, 50),
    budget=st.integers(1, 400),
    train=st.integers(0, 400),
    validation=st.integers(0, 400),
)
def test_intervals_hold_the_true_times_and_are_no_wider_than_the_grid(
    every: int, budget: int, train: int, validation: int
) -> None:
    """Accuracies that pass at some step and stay above are seen at the next evaluation."""
    grid = sorted({*range(0, budget + 1, every), budget})
    watched = Watched(every, budget, 0)

    def seen(true: int) -> int | None:
        return next((step for step in grid if step >= true), None)

    record = run(train_step=seen(train), validation_step=seen(validation), steps_trained=budget)
    for event, true in (("train", train), ("validation", validation)):
        interval = interval_of(record, event, watched)  # type: ignore[arg-type]
        assert interval is not None
        assert interval.event == (true <= budget)
        assert interval.lower < true <= interval.upper or true == interval.upper == 0
        assert not interval.event or interval.upper - interval.lower <= every
    delay = interval_of(record, "delay", watched)
    if train > budget:
        assert delay is None
        return
    assert delay is not None
    assert delay.lower < validation - train <= delay.upper
    if every == 1 and delay.event:
        assert delay == Interval(validation - train, validation - train - 1, validation - train)


@pytest.mark.parametrize(("steps", "last"), [(250, 250), (249, 200), (99, 0)])
def test_a_run_is_censored_at_its_last_evaluation(steps: int, last: int) -> None:
    found = interval_of(run(steps_trained=steps), "train", Watched(100, 250, 0))
    assert found == Interval(last, last, math.inf)


def test_a_streak_that_the_end_cut_short_may_have_begun_before_it() -> None:
    """By step 1000 only streaks that began by 1000 - 300 would have been seen."""
    record = run(train_sustained_step=200, steps_trained=1000, train_step=10)
    watched = Watched(50, 1000, 300)
    assert interval_of(record, "train", watched, "sustained") == Interval(200, 150, 200)
    assert interval_of(record, "validation", watched, "sustained") == Interval(700, 700, math.inf)
    assert interval_of(record, "validation", watched) == Interval(1000, 1000, math.inf)
    early = run(steps_trained=100)
    assert interval_of(early, "train", watched, "sustained") == Interval(0, 0, math.inf)


def test_a_delay_is_waited_for_from_the_training_threshold_on() -> None:
    record = run(train_step=100, steps_trained=1000)
    assert interval_of(record, "delay", Watched(1, 1000, 0)) == Interval(900, 900, math.inf)
    assert interval_of(run(validation_step=5), "delay", Watched(1, 1000, 0)) is None


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(GrokphaseError, match=r"is no event.*validation"):
        interval_of(run(), "valdation", Watched(1, 1, 0))  # type: ignore[arg-type]


def test_what_a_record_knows_of_its_evaluations_comes_first() -> None:
    """Those of a training function: -1 where the first report had passed, the last one if none."""
    watched = Watched(1, 1000, 0)
    record = run(
        train_step=100,
        steps_trained=1000,
        lower={"train_step": -1, "validation_step": 600, "validation_sustained_step": 600},
    )
    assert interval_of(record, "train", watched) == Interval(100, -1, 100)
    assert interval_of(record, "validation", watched) == Interval(600, 600, math.inf)
    # t in [0, 100] and v > 600, so v - t > 500.
    assert interval_of(record, "delay", watched) == Interval(500, 500, math.inf)
    seen = dataclasses.replace(
        record, validation_step=700, lower={"train_step": -1, "validation_step": 600}
    )
    # v in [601, 700]
    assert interval_of(seen, "delay", watched) == Interval(600, 500, 700)
    held = Watched(1, 1000, 300)
    assert interval_of(record, "validation", held, "sustained") == Interval(300, 300, math.inf)


def test_a_run_that_failed_keeps_what_was_seen_before() -> None:
    record = run(
        phase="failed",
        train_step=100,
        steps_trained=450,
        lower={"train_step": 50, "validation_step": 400},
    )
    watched = Watched(1, 1000, 0)
    assert interval_of(record, "train", watched) == Interval(100, 50, 100)
    assert interval_of(record, "validation", watched) == Interval(400, 400, math.inf)
    assert interval_of(record, "delay", watched) == Interval(300, 300, math.inf)


def test_a_loss_is_counted_from_when_it_was_reached() -> None:
    watched = Watched(100, 1000, 200)
    reached = {"validation_step": 300, "validation_sustained_step": 400, "steps_trained": 1000}
    lost = run(**reached, loss_followed=True, validation_lost_step=350)
    # v in (200, 300], lost in (300, 350]: evaluations at 300 and, the last of a run, at 350
    assert interval_of(lost, "loss", watched) == Interval(50, 0, 149)
    held = interval_of(lost, "loss", watched, "sustained")
    assert held is not None
    assert not held.event
    kept = run(**reached, loss_followed=True, curves={"step": [0, 900]})
    assert interval_of(kept, "loss", watched) == Interval(600, 600, math.inf)
    assert interval_of(run(**reached), "loss", watched) is None  # not followed
    assert interval_of(run(loss_followed=True), "loss", watched) is None  # nothing to lose
