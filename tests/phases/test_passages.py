"""Events read off curves, against the events that training itself finds, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.phases.intervals import Interval, between
from grokphase.phases.passages import first_loss, first_passage
from grokphase.trainers.report import Passage

shares = st.lists(st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]), min_size=1, max_size=12)


@given(shares, st.integers(0, 400), st.sampled_from([">", ">="]))
def test_a_curve_says_what_a_reporting_run_keeps(values: list[float], sustain: int, rule) -> None:
    step = np.cumsum(np.arange(1, len(values) + 1)) * 10  # rows further and further apart
    kept = Passage(0.9, rule, sustain)
    for at, value in zip(step.tolist(), values, strict=True):
        kept.update(at, value)
    first = first_passage(step, values, 0.9, rule=rule)
    held = first_passage(step, values, 0.9, sustain=sustain, rule=rule)
    assert first is not None
    assert held is not None
    assert (first.time if first.event else None) == kept.first
    assert (held.time if held.event else None) == kept.sustained
    if kept.first is not None:
        assert first.lower == (-1 if kept.first_lower is None else kept.first_lower)
    for sustained, lost in ((0, kept.lost), (sustain, kept.sustained_lost)):
        found = first_loss(step, values, 0.9, sustain=sustained, rule=rule)
        assert (found.time if found is not None and found.event else None) == lost


def test_what_is_not_seen_is_censored_and_what_is_not_measured_left_out() -> None:
    step, nan = [0, 10, 30, 100], math.nan
    assert first_passage(step, [0, 0.5, 0.5, nan], 0.9) == Interval(30, 30, math.inf)
    assert first_passage(step, [0, 0.5, nan, 1], 0.9) == Interval(100, 10, 100)
    assert first_passage(step, [nan] * 4, 0.9) is None
    assert first_passage(step, [0, 0, 0, 1], 0.9, sustain=50) == Interval(50, 50, math.inf)
    assert first_loss(step, [0, 0.5, 0.5, 0.5], 0.9) is None
    assert first_loss(step, [0, 1, 1, 1], 0.9) == Interval(100, 100, math.inf)


def test_a_share_at_the_threshold_does_not_pass_it_in_single_precision_either() -> None:
    assert float(np.float32(0.99)) > 0.99
    values = np.array([0.5, 0.99], np.float32)
    assert not first_passage([0, 1], values, 0.99).event  # type: ignore[union-attr]
    assert first_passage([0, 1], values, 0.99, rule=">=").event  # type: ignore[union-attr]


def test_how_long_something_was_kept() -> None:
    step, accuracy = [0, 100, 200, 300], [0, 1, 1, 0]
    kept = between(first_passage(step, accuracy, 0.9), first_loss(step, accuracy, 0.9))
    assert kept == Interval(200, 100, 299)  # from (0, 100] to (200, 300]
    assert between(None, kept) is None


@pytest.mark.parametrize("step", [[0, 0], [1, 0], [0], [[0, 1]]])
def test_steps_that_do_not_ascend_are_refused(step: list[int]) -> None:
    with pytest.raises(GrokphaseError, match="curve"):
        first_passage(step, [0, 1], 0.9)
