"""Oscillations of a curve against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.phases.oscillations import ascent, high_pass, hjorth


@given(st.integers(1, 49), st.floats(0.1, 10), st.floats(-3, 3))
def test_a_sinusoid_has_its_frequency_and_a_complexity_of_one(
    cycles: int, size: float, phase: float
) -> None:
    frequency = 2 * np.pi * cycles / 100
    found = hjorth(5 + size * np.sin(frequency * np.arange(100) + phase))
    assert found.activity == pytest.approx(size**2 / 2)
    assert found.mobility == pytest.approx(frequency)
    assert found.complexity == pytest.approx(1)
    assert found.curvature == pytest.approx(frequency)


def test_two_sinusoids_have_the_moments_of_both() -> None:
    step, (slow, fast) = np.arange(200), 2 * np.pi * np.array([5, 40]) / 200
    found = hjorth(np.sin(slow * step) + 2 * np.cos(fast * step))
    assert found.activity == pytest.approx(2.5)
    assert found.mobility == pytest.approx(np.sqrt((slow**2 + 4 * fast**2) / 5))
    assert found.curvature == pytest.approx(
        np.sqrt((slow**4 + 4 * fast**4) / (slow**2 + 4 * fast**2))
    )
    assert found.complexity > 1


def test_a_filter_leaves_fast_waves_and_takes_the_trend_and_slow_ones() -> None:
    step = np.arange(400)
    fast = 0.01 * np.sin(2 * np.pi * step / 8)
    slow = np.cos(2 * np.pi * step / 100)
    kept = high_pass(4 - 0.01 * step + slow + fast, slowest=20)
    np.testing.assert_allclose(kept[20:-20], fast[20:-20], atol=2e-3)
    np.testing.assert_allclose(high_pass(4 - 0.01 * step, slowest=20), 0, atol=1e-12)


def test_only_rises_count_and_what_is_not_measured_is_left_out() -> None:
    assert ascent([4.0, 2.0, 1.0]) == 0
    assert ascent([1.0, np.nan, 2.0, 0.0, 1.0, 3.0]) == pytest.approx(np.log(2) + np.log(3))
    assert np.isnan(ascent([1.0, np.nan]))
    assert ascent([1.0, np.inf]) == np.inf


@pytest.mark.parametrize("series", [[1.0, 2.0], [1.0, np.nan, 2.0], np.ones((3, 3))])
def test_what_is_no_series_is_refused(series: object) -> None:
    for asked in (hjorth, lambda values: high_pass(values, 10)):
        with pytest.raises(GrokphaseError, match="3 or more finite numbers"):
            asked(series)
    with pytest.raises(GrokphaseError, match="2 samples or more"):
        high_pass([1.0, 2.0, 1.0], 1)
