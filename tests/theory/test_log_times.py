"""The fit of times against closed forms, and where leaving out or rounding up would bend it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.theory.data_law import fit_data_law
from grokphase.theory.delay import fit_two_constants
from grokphase.theory.held_norm import fit_held_norm
from grokphase.theory.log_times import fit_log_times

RANDOM = np.random.default_rng(0)
X = np.repeat(np.linspace(-1, 1, 8), 10)
TIMES = np.exp(5 - 1.5 * X + 0.3 * RANDOM.standard_normal(80))
ONES = np.ones(80)


def design(x: Any = X) -> dict[str, Any]:
    return {"a": np.ones(len(x)), "slope": x}


def test_of_exact_times_it_is_least_squares() -> None:
    found = fit_log_times(design(), TIMES, TIMES)
    slope, start = np.polyfit(X, np.log(TIMES), 1)
    rest = np.log(TIMES) - start - slope * X
    assert (found["a"], found["slope"]) == pytest.approx((start, slope), abs=1e-6)
    assert found.scatter == pytest.approx(rest.std(), rel=1e-4)
    error = found.scatter / math.sqrt(80 * X.var())
    assert found.covariance[1, 1] == pytest.approx(error**2, rel=1e-3)
    low, high = found.interval("slope")
    assert (high - low) / 2 == pytest.approx(1.6448536 * error, rel=1e-3)


def test_units_of_a_column_change_nothing_but_its_coefficient() -> None:
    one, other = (fit_log_times(design(k * X), TIMES, TIMES) for k in (1.0, 1e-4))
    assert other["slope"] == pytest.approx(1e4 * one["slope"], rel=1e-6)
    assert other.interval("slope")[0] == pytest.approx(1e4 * one.interval("slope")[0], rel=1e-3)
    quantiles = (one.quantile([[1, 1]], 0.9), other.quantile([[1, 1e-4]], 0.9))
    np.testing.assert_allclose(*quantiles, rtol=1e-6)


def test_a_budget_does_not_bend_the_slope_and_leaving_out_would() -> None:
    late = TIMES > 200
    upper = np.where(late, np.inf, TIMES)
    found = fit_log_times(design(), np.minimum(TIMES, 200), upper)
    assert found.censored == late.sum() > 20
    low, high = found.interval("slope")
    assert low < -1.5 < high
    left_out = np.polyfit(X[~late], np.log(TIMES[~late]), 1)[0]
    assert left_out > found["slope"] + 0.1  # too flat


def test_an_interval_is_not_its_upper_end() -> None:
    grid = 100.0
    lower = np.floor(TIMES / grid) * grid
    found = fit_log_times(design(), lower, lower + grid)
    by_ends = fit_log_times(design(), lower + grid, lower + grid)
    assert found["a"] == pytest.approx(5, abs=0.15)
    assert by_ends["a"] > 5.15


def test_an_interval_of_all_times_says_nothing() -> None:
    many = fit_log_times(
        design(np.append(X, X[:5])), np.append(TIMES, [0.0] * 5), np.append(TIMES, [np.inf] * 5)
    )
    few = fit_log_times(design(), TIMES, TIMES)
    assert many.coefficients == pytest.approx(few.coefficients, abs=1e-5)


def test_laws_are_found_again_from_noisy_and_censored_times() -> None:
    norm, decay = 60 + 5 * RANDOM.random(80), np.tile([0.3, 1.0, 3.0, 1.0], 20)
    delay = 2 * np.log(norm / 25) / (2 * 0.7 * 1e-3 * decay) * np.exp(0.1 * (X % 0.3))
    upper = np.where(delay > 3000, np.inf, delay)
    two = fit_two_constants(norm, 1e-3, decay, np.minimum(delay, 3000), upper)
    predicted = two.quantile(norm, 1e-3, decay)
    assert np.abs(predicted / delay - 1).max() < 0.1
    assert np.isnan(two.quantile([two.norm / 2], 1e-3, 1.0)).all()
    rho = np.tile([0.85, 1.0, 1.15, 1.25], 5)
    steps = 4000 * np.exp(7.64 * (rho - 1) + 0.05 * RANDOM.standard_normal(20))
    held = fit_held_norm(rho, np.minimum(steps, 20_000), np.where(steps > 20_000, np.inf, steps))
    low, high = held.fit.interval("slope", 0.999)
    assert low < 7.64 < high
    assert low < held.interval[0] < held.slope < held.interval[1] < high
    assert held.quantile([1.0]) == pytest.approx([held.at_one])
    r = np.tile([0.3, 0.4, 0.6, 0.9], 6)
    t = (50 * r**-4.0 + 300) * np.exp(0.02 * RANDOM.standard_normal(24))
    law = fit_data_law(r, t, t)
    assert law.quantile([0.5]) == pytest.approx([50 * 0.5**-4.0 + 300], rel=0.05)
    assert law.exponent == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: fit_log_times(design(), TIMES[:3], TIMES[:3]), "as many rows"),
        (lambda: fit_log_times(design(), TIMES, TIMES - 1), r"\(lower, upper\]"),
        (lambda: fit_log_times(design(), 0 * TIMES, 0 * TIMES), "none of 0"),
        (lambda: fit_log_times(design(), TIMES, np.full(80, np.inf)), "3 times .* there are 0"),
        (lambda: fit_log_times({"a": ONES, "b": 2 * ONES}, TIMES, TIMES), "tell a, b apart"),
        (lambda: fit_log_times(design(), TIMES * np.nan, TIMES), "finite numbers"),
        (lambda: fit_data_law([0, 0.5, 0.7, 0.9], *[[4, 3, 2, 1]] * 2), "fraction must be"),
    ],
)
def test_what_cannot_be_fitted_is_refused(given: Any, said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        given()
