"""Turnbull's estimate against Kaplan and Meier's, small cases by hand, and its own equations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from grokphase.errors import GrokphaseError
from grokphase.phases.turnbull import Bounds, median_over_seeds, turnbull

INF = math.inf

exact = st.tuples(st.integers(1, 9), st.booleans()).map(
    lambda run: (float(run[0] - 1), float(run[0])) if run[1] else (float(run[0]), INF)
)
interval = st.tuples(st.integers(0, 9), st.integers(1, 5), st.booleans()).map(
    lambda run: (float(run[0]), float(run[0] + run[1]) if run[2] else INF)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(exact, min_size=1, max_size=9))
def test_with_times_known_to_the_step_it_is_kaplan_and_meiers(runs: list[tuple[float, float]]):
    low, high = np.array(runs).T
    found = turnbull(low, high)
    seen = np.isfinite(high)
    other = ecdf(CensoredData(uncensored=high[seen], right=low[~seen])).sf
    for step, share in zip(other.quantiles, other.probabilities, strict=True):
        least, most = found.survival(step)
        assert least == pytest.approx(share, abs=1e-6)
        if step < low[~seen].max(initial=-1) or not (~seen).any():
            assert most == pytest.approx(share, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(interval, min_size=1, max_size=8))
def test_no_other_masses_are_likelier(runs: list[tuple[float, float]]):
    """At the maximum the mean over runs of 1 / P(run) is at most 1 for each interval (Gentleman and
    Geyer 1994), so that moving mass to none of them helps."""
    low, high = np.array(runs).T
    found = turnbull(low, high)
    assert found.mass.sum() == pytest.approx(1)
    holds = (low[:, None] <= found.lower) & (found.upper <= high[:, None])
    chance = holds @ found.mass
    assert (chance > 0).all()
    assert ((holds / chance[:, None]).mean(axis=0) <= 1 + 1e-3).all()


def test_intervals_that_overlap_share_their_mass() -> None:
    """Three runs that all hold (2, 3]: all of it is there, where ends alone would say 5."""
    found = turnbull([0, 1, 2], [3, 4, 5])
    assert (found.lower.tolist(), found.upper.tolist()) == ([2], [3])
    assert found.quantile() == Bounds(2, 3)


def test_a_median_that_is_met_at_an_end_goes_on_to_the_next_one() -> None:
    found = turnbull([0, 10, 20, 20], [1, 11, INF, INF])
    assert found.quantile() == Bounds(10, INF)
    assert found.quantile(0.4) == Bounds(10, 11)
    assert turnbull([0, 10, 20], [1, 11, INF]).quantile() == Bounds(10, 11)
    assert turnbull([9.0], [INF]).quantile() == Bounds(9, INF)


def test_weights_are_repeated_runs() -> None:
    low, high = [0, 5, 2], [10, 12, INF]
    one = turnbull(low, high, weights=[2, 1, 1])
    two = turnbull([0, *low], [10, *high])
    np.testing.assert_allclose(one.mass, two.mass, atol=1e-8)


def test_runs_are_resampled_and_a_median_may_be_open_above() -> None:
    median, around = median_over_seeds([9.0] * 6, [10.0] * 6)
    assert (median, around) == (Bounds(9, 10), Bounds(9, 10))
    low = [9.0, 19, 29, 40, 40]
    median, around = median_over_seeds(low, [10.0, 20, 30, INF, INF])
    assert median == Bounds(29, 30)
    assert around.upper == INF
    assert around.lower <= 29
    assert median_over_seeds(low, [10.0, 20, 30, INF, INF]) == (median, around)


@pytest.mark.parametrize(("low", "high"), [([], []), ([1], [1]), ([1, 2], [3]), ([math.nan], [1])])
def test_what_is_no_interval_is_refused(low: list[float], high: list[float]) -> None:
    with pytest.raises(GrokphaseError, match=r"\(t - 1, t\]"):
        turnbull(low, high)
