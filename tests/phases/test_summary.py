"""Medians that know censoring, and the interval of order statistics for them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.phases.summary import LEVEL, majority, median, median_step, order_interval

steps = st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=30)


@given(steps)
def test_the_median_is_reached_if_the_middle_runs_did(given: list[int | None]) -> None:
    found = median_step(given)
    reached = sorted(step for step in given if step is not None)
    assert (found.reached, found.runs) == (len(reached), len(given))
    middle = (len(given) - 1) // 2, len(given) // 2
    if len(reached) > middle[1]:
        assert found.median == np.mean([reached[i] for i in middle])
        assert found.low is None or found.low <= found.median
        assert found.high is None or found.median <= found.high
    else:
        assert found.median is None
        assert found.high is None


@pytest.mark.parametrize(("count", "rank"), [(5, 1), (8, 2), (20, 6), (200, 88)])
def test_the_interval_has_the_coverage_of_its_order_statistics(count: int, rank: int) -> None:
    low, high, coverage = order_interval([float(value) for value in range(1, count + 1)])
    assert (low, high) == (rank, count + 1 - rank)
    tail = sum(math.comb(count, k) for k in range(rank)) / 2**count
    assert coverage == pytest.approx(1 - 2 * tail)
    assert coverage >= LEVEL > 1 - 2 * (tail + math.comb(count, rank) / 2**count)


def test_a_censored_end_leaves_the_interval_open() -> None:
    found = median_step([100, 200, 300, None, None])
    assert (found.median, found.low, found.high) == (300, 100, None)
    assert median_step([None, None]).low is None
    assert math.isnan(order_interval([3.0])[0])


def test_a_run_that_failed_is_no_evidence() -> None:
    """It has no vote and no part in a median, which is then that of the others."""
    phases = np.array(
        [
            ["comprehension", "failed", "failed"],
            ["failed"] * 3,
            ["memorization", "failed", "grokking"],
        ]
    )
    assert majority(phases).tolist() == ["comprehension", "failed", "memorization"]
    given = np.array([[200.0, 10, np.nan], [10, np.nan, np.nan], [30, np.nan, 50]])
    np.testing.assert_array_equal(median(given, phases == "failed"), [200, np.nan, 40])
    assert median_step([]).median is None


@given(steps)
def test_the_median_of_arrays_is_numpys(given: list[int | None]) -> None:
    times = np.array([np.inf if step is None else step for step in given])
    expected = np.median(times)
    found = median(np.array([np.nan if step is None else step for step in given]))
    np.testing.assert_equal(found, np.nan if np.isinf(expected) else expected)
