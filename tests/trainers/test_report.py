"""What is made of the reports of a training function: times, intervals, curves, and refusals."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import grokphase as gp
from grokphase.phases.passages import passes
from grokphase.trainers.report import Passage, Report
from grokphase.trainers.rows import MOST as MOST_ROWS

SHARES = st.sampled_from([0.0, 0.5, 0.9, 0.95, 1.0])


def report(stop: Any = "decided", steps: int | None = None, sustain: int = 10) -> Report:
    return Report(gp.Thresholds(), stop, sustain, steps)


@given(st.lists(st.tuples(st.integers(1, 9), SHARES), min_size=1), st.integers(0, 20))
def test_times_are_what_their_definition_says(news: list[tuple[int, float]], sustain: int) -> None:
    passage, steps = Passage(0.9, ">", sustain), np.cumsum([gap for gap, _ in news]).tolist()
    for step, (_, share) in zip(steps, news, strict=True):
        passage.update(step, share)
    passes = [share > 0.9 for _, share in news]
    first = next((i for i, passed in enumerate(passes) if passed), None)
    assert passage.first == (None if first is None else steps[first])
    assert passage.first_lower == (steps[first - 1] if first else None)
    streaks = [
        i
        for i, passed in enumerate(passes)
        if passed and (i == 0 or not passes[i - 1]) and lasts(i, passes, steps, sustain)
    ]
    began = streaks[0] if streaks else None
    assert passage.sustained == (None if began is None else steps[began])
    assert passage.sustained_lower == (steps[began - 1] if began else None)


def lasts(begin: int, passes: list[bool], steps: list[int], sustain: int) -> bool:
    """Whether the streak that begins here spans that many steps."""
    end = next((i for i in range(begin, len(passes)) if not passes[i]), len(passes)) - 1
    return steps[end] - steps[begin] >= sustain


@pytest.mark.parametrize("kind", [float, np.float32, np.float64])
def test_nine_of_ten_is_nine_tenths_in_any_precision(kind: Any) -> None:
    share = float(kind(9) / kind(10))
    assert not passes(share, 0.9, ">")
    assert passes(share, 0.9, ">=")
    assert passes(float(Fraction(9001, 10000)), 0.9, ">")


def test_it_says_when_the_outcome_is_decided() -> None:
    asked = report()
    assert not asked(5, train_accuracy=1.0, validation_accuracy=0.5)
    assert asked(9, train_accuracy=0.2, validation_accuracy=1.0)
    assert asked(10, train_accuracy=0.0, validation_accuracy=0.0), "and goes on saying so"
    assert asked.step == 9
    assert asked.passages["validation_accuracy"].first_lower == 5


def test_the_budget_is_an_end_and_so_is_a_loss_that_is_no_number() -> None:
    assert report("budget", steps=7)(7, train_accuracy=1.0, validation_accuracy=1.0)
    assert not report("budget", steps=8)(7, train_accuracy=1.0, validation_accuracy=1.0)
    lost = report("budget")
    assert lost(7, train_loss=math.inf)
    assert lost.diverged


def test_curves_hold_what_was_reported_where_it_was() -> None:
    asked = report("budget")
    assert asked.curves() == {}
    asked(0, train_accuracy=0.1, validation_accuracy=0.2, norm=3)
    asked(4, train_accuracy=np.float32(0.5))
    curves = asked.curves()
    assert curves["step"].tolist() == [0, 4]
    assert curves["train_accuracy"].tolist() == [0.1, 0.5]
    np.testing.assert_array_equal(curves["norm"], np.array([3, np.nan], np.float32))


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 1, 3 * MOST_ROWS + 5])
def test_long_curves_are_thinned_evenly_and_keep_both_ends(count: int) -> None:
    asked = report("budget")
    for step in range(count):
        asked(step, train_accuracy=0.0, validation_accuracy=0.0)
    steps = asked.curves()["step"]
    assert (steps[0], steps[-1]) == (0, count - 1)
    assert len(steps) <= MOST_ROWS + 1
    assert len(set(np.diff(steps)[:-1].tolist())) == 1


def test_what_is_said_now_and_then_is_not_thinned_away_by_what_is_said_often() -> None:
    asked = report("budget")
    for step in range(4 * MOST_ROWS):
        if step % 2:
            asked(step, train_loss=1.0)
        else:
            asked(step, train_accuracy=0.0, validation_accuracy=0.0)
    curves = asked.curves()
    said = {name: int(np.isfinite(curves[name]).sum()) for name in ("train_loss", "train_accuracy")}
    assert min(said.values()) > MOST_ROWS / 3


def test_times_lie_between_the_reports_of_their_own_accuracy() -> None:
    asked = report("budget")
    for step in range(50, 200, 10):
        values = {"validation_accuracy": 0.2} if step % 50 == 0 else {}
        asked(step, train_accuracy=1.0, **values)
    steps, lower = asked.times()
    assert (steps["train_step"], lower["train_step"]) == (50, -1), "it may have passed before"
    assert (steps["validation_step"], lower["validation_step"]) == (None, 150)
    first = report("budget")
    first(0, train_accuracy=1.0, validation_accuracy=0.2)
    assert first.times()[1] == {}, "step 0 is exact"


def test_what_had_held_can_be_lost_and_is_lost_between_two_reports() -> None:
    asked = report("budget")
    shares = {0: 0.2, 100: 0.95, 200: 0.5, 300: 0.95, 1500: 0.95, 1600: 0.95, 1700: 0.3, 1800: 1.0}
    for step, share in shares.items():
        asked(step, train_accuracy=1.0, validation_accuracy=share)
    steps, lower = asked.times()
    assert (steps["validation_step"], steps["validation_lost_step"]) == (100, 200)
    held, lost = "validation_sustained_step", "validation_sustained_lost_step"
    assert (steps[held], steps[lost]) == (300, 1700)
    assert (lower["validation_lost_step"], lower[lost]) == (100, 1600)


def test_beyond_the_budget_nothing_counts() -> None:
    asked = report("decided", steps=100)
    asked(0, train_accuracy=1.0, validation_accuracy=0.0)
    assert asked(1000, train_accuracy=1.0, validation_accuracy=1.0)
    assert asked.passages["validation_accuracy"].first is None
    assert (asked.step, asked.beyond) == (0, 1000)


@pytest.mark.parametrize(
    ("step", "values", "said"),
    [
        (3, {"train_accuracy": 0.5}, r"step 3 after step 3; steps must grow"),
        (2, {}, r"step 2 after step 3"),
        (4.5, {}, r"report was called with the step 4\.5; a step is a whole number"),
        (None, {}, r"report was called with the step None; a step is a whole number"),
        (10**19, {}, r"a whole number from 0 to 1,000,000,000"),
        ("4", {}, r"report was called with the step '4'; a step is a whole number"),
        (4, {"train_accuracy": "high"}, r'train_accuracy = "high" was reported; .* single number'),
        (4, {"norm": "0.5"}, r'norm = "0\.5" was reported'),
        (4, {"norm": np.zeros(2)}, r"norm = a ndarray was reported"),
        (4, {"norm": 1j}, r"norm = a complex was reported"),
        (4, {"validation_accuracy": 97.5}, r"share from 0 to 1: divide by 100"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(step: Any, values: dict[str, Any], said: str) -> None:
    asked = report("budget")
    asked(3, train_accuracy=0.1, validation_accuracy=0.2)
    with pytest.raises(gp.GrokphaseError, match=said):
        asked(step, **values)


@pytest.mark.parametrize(("share", "kept"), [(1 + 1e-7, 1.0), (-1e-8, 0.0)])
def test_an_accuracy_that_rounding_has_put_beside_its_range_is_at_its_end(
    share: float, kept: float
) -> None:
    asked = report()
    asked(5, train_accuracy=share, validation_accuracy=0.5)
    assert asked.curves()["train_accuracy"].tolist() == [kept]


@pytest.mark.parametrize("share", [1.00001, -1e-5, float("inf"), 97.5])
def test_what_is_no_share_is_refused_with_its_digits(share: float) -> None:
    with pytest.raises(gp.GrokphaseError, match=rf"^train_accuracy = {share:.9g} was reported"):
        report()(5, train_accuracy=share, validation_accuracy=0.5)
