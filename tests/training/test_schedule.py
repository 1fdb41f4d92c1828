"""Log-spaced recording steps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grokphase.training.schedule import CAPACITY, log_spaced, padded


@given(st.integers(1, 10**9), st.integers(1, 500))
def test_any_schedule_ascends_from_0_to_the_budget_and_fits(steps: int, density: int) -> None:
    schedule = log_spaced(steps, density)
    assert schedule[0] == 0
    assert schedule[-1] == steps
    assert (np.diff(schedule) > 0).all()
    assert len(schedule) < CAPACITY


@given(st.integers(1, 10**9), st.integers(1, 500))
def test_the_padding_is_never_reached(steps: int, density: int) -> None:
    schedule = log_spaced(steps, density)
    assert (padded(schedule)[len(schedule) :] > steps).all()


def test_points_are_as_dense_as_asked() -> None:
    schedule = log_spaced(100_000, 20)
    assert ((schedule > 1000) & (schedule <= 10_000)).sum() == 20
