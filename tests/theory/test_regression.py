"""Linear regression from its spectrum: against steps taken one by one, and published numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, special

from grokphase.errors import GrokphaseError
from grokphase.theory.regression import (
    Evolution,
    Spectrum,
    average_spectrum,
    marchenko_pastur,
    off_span_time,
    small_tolerance_delay,
    spectrum_of,
)

# Levi et al. (2024): times of 95.45 % of samples within 1e-3, in their unit, half of ours.
TIMES = {0.5: (7.251, 11.564), 0.7: (12.899, 31.393), 0.9: (24.085, 228.90), 0.95: (26.535, 752.45)}
DELAYS = {0.5: 7.157, 0.7: 33.957, 0.9: 563.86, 0.95: 2866.9}  # for a tolerance that goes to 0


@pytest.mark.parametrize("decay", [0.0, 0.03])
@pytest.mark.parametrize("shape", [(6, 9), (9, 6)])
def test_losses_are_those_of_steps_taken_one_by_one(shape: tuple[int, int], decay: float) -> None:
    random = np.random.default_rng(0)
    inputs, (theta, true) = random.standard_normal(shape), random.standard_normal((2, shape[1]))
    evolution = Evolution(spectrum_of(inputs, start=theta, target=true), rate=0.05, decay=decay)
    losses = evolution.losses(range(41))
    for step in range(41):
        error = theta - true
        assert losses["train"][step] == pytest.approx(np.mean((inputs @ error) ** 2), rel=1e-10)
        assert losses["population"][step] == pytest.approx(error @ error, rel=1e-10)
        theta = theta - 0.05 * (inputs.T @ (inputs @ error) / shape[0] + decay * theta)


def test_steps_that_overshoot_are_followed_too() -> None:
    alone = Spectrum([1.0], start=[4.0], target=[1.0], cross=[2.0], population=[1.0])
    losses = Evolution(alone, rate=1.5, decay=0.25).losses(range(6))["population"]
    theta = 2.0
    for step in range(6):
        assert losses[step] == pytest.approx((theta - 1) ** 2, rel=1e-12)
        theta -= 1.5 * ((theta - 1) + 0.25 * theta)


@pytest.mark.parametrize("ratio", [0.3, 0.9, 1.7])
def test_the_quadrature_is_that_of_the_density(ratio: float) -> None:
    values, shares = marchenko_pastur(ratio)
    low, high = (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2

    def density(value: float) -> float:
        below = max((high - value) * (value - low), 0.0)
        return float(np.exp(-value) * below**0.5 / (2 * np.pi * ratio * value))

    expected = integrate.quad(density, low, high, epsabs=1e-12)[0] + max(0, 1 - 1 / ratio)
    assert shares @ np.exp(-values) == pytest.approx(expected, abs=1e-9)
    assert shares.sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("ratio", [*TIMES])
def test_times_are_the_published_ones(ratio: float) -> None:
    found = Evolution(average_spectrum(ratio)).times(1e-3 / 4)
    assert found.memorized is not None
    assert found.generalized is not None
    assert (found.memorized / 2, found.generalized / 2) == pytest.approx(TIMES[ratio], rel=1e-4)
    assert small_tolerance_delay(ratio) == pytest.approx(DELAYS[ratio], rel=1e-4)


@pytest.mark.parametrize("level", [0.3, 1e-2, 1e-3])
def test_where_as_many_samples_are_as_dimensions_the_loss_is_a_bessel_function(
    level: float,
) -> None:
    # At the ratio 1 the mean of exp(-2 nu t) is e^(-4t) (I_0(4t) + I_1(4t)), which falls as a
    # power of the time: no eigenvalue is the smallest.
    def loss(time: float) -> float:
        return float(special.ive(0, 4 * time) + special.ive(1, 4 * time))

    expected = optimize.brentq(lambda time: loss(time) - level, 0.01, 1e7, rtol=1e-13)
    found = Evolution(average_spectrum(1.0)).times(level)
    assert found.generalized == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("ratio", "time"), [(0.9999, 7.6e6), (0.999, 4e5), (1.001, 3e6)])
def test_losses_are_known_where_the_delay_diverges(ratio: float, time: float) -> None:
    found = Evolution(average_spectrum(ratio)).losses(time)["population"]
    root = ratio**0.5

    def integrand(log_angle: float) -> float:
        angle = np.exp(log_angle)
        value = (1 - root) ** 2 + 4 * root * np.sin(angle / 2) ** 2
        return float(2 / np.pi * angle * np.sin(angle) ** 2 / value * np.exp(-2 * value * time))

    edges = np.log([1e-12, 1e-4, 1e-3, 1e-2, 0.1, np.pi])
    parts = [integrate.quad(integrand, *ends, epsrel=1e-12)[0] for ends in pairwise(edges)]
    assert found[0] == pytest.approx(sum(parts) + max(0, 1 - 1 / ratio), rel=1e-9)


def test_what_overshoots_is_below_its_level_for_good() -> None:
    # Near the largest rate a component changes its sign at every step, and the loss with it.
    random = np.random.default_rng(7)
    inputs = random.standard_normal((8, 5))
    theta, true = random.standard_normal((2, 5))
    spectrum = spectrum_of(inputs, start=20**0.5 * theta, target=20**0.5 * true)
    decay = 0.3
    rate = 1.999 / (float(spectrum.eigenvalues.max()) + decay)
    evolution = Evolution(spectrum, rate=rate, decay=decay)
    steps = np.arange(20_001)
    for of, losses in evolution.losses(steps).items():
        assert losses[-2:].max() < losses.max()
        for level in np.geomspace(1.001 * losses[-2:].max(), losses.max(), 8):
            found = evolution.times(level)
            time = found.memorized if of == "train" else found.generalized
            assert time == 1 + np.flatnonzero(losses >= level).max(initial=-1)


def test_ridge_regression_waits_for_its_decay() -> None:
    # Xu et al. (2026): 100 samples of 1,000 features N(0, 1/1000), level .01, rate 1.
    random = np.random.default_rng(0)
    inputs = random.standard_normal((100, 1000)) / 1000**0.5
    true, theta = random.standard_normal((2, 1000))
    true /= np.linalg.norm(true)
    spectrum = spectrum_of(inputs, start=theta, target=true, population=1e-3)
    for decay, (train, population) in {1e-3: (235, 2330), 1e-5: (268, 233_055)}.items():
        found = Evolution(spectrum, rate=1.0, decay=decay).times(0.01)
        assert (found.memorized, found.generalized) == (train, population)
        closed = off_span_time(100, 1000, rate=1, decay=decay, start=1, level=0.01)
        assert found.generalized == pytest.approx(closed, rel=0.03)


@given(st.floats(0.05, 3), st.floats(0.01, 0.5), st.floats(1e-6, 1e-2))
def test_a_loss_is_below_its_level_from_its_time_on(
    ratio: float, rate: float, decay: float
) -> None:
    values, shares = marchenko_pastur(ratio, nodes=3)
    spectrum = Spectrum(values, shares, shares, 0 * shares, np.ones_like(shares))
    rate = min(rate, 1.9 / (float(values.max()) + decay))
    evolution = Evolution(spectrum, rate=rate, decay=decay)
    times = evolution.times(0.02)
    for time, of in ((times.memorized, "train"), (times.generalized, "population")):
        if time:
            before, at = evolution.losses([time - 1, time])[of]  # type: ignore[index]
            assert at < 0.02 <= before


def test_what_is_never_reached_is_no_number() -> None:
    found = Evolution(average_spectrum(2.0)).times(1e-3)
    assert (found.generalized, found.delay) == (None, None)
    assert found.memorized is not None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: marchenko_pastur(0), "ratio must be a finite number above 0"),
        (lambda: Evolution(average_spectrum(0.9), rate=2.0), "diverges.* must be below 0.5"),
        (lambda: Evolution(average_spectrum(0.9), decay=-1), "decay = -1 must be a number from 0"),
        (lambda: Evolution(average_spectrum(0.9), rate=0.1).losses(0.5), "Steps are whole"),
        (
            lambda: Evolution(average_spectrum(0.9), rate=0.1).losses(np.geomspace(1, 9, 999)),
            "^Steps are whole numbers, unlike 1.002.{,20}; write",
        ),
        (
            lambda: Evolution(average_spectrum(0.9)).losses(-np.arange(999)),
            "^Times are numbers from 0 on, not .{,60}: for",
        ),
        (lambda: small_tolerance_delay(1.0), "between 0 and 1"),
        (lambda: spectrum_of([[np.nan]], start=[0], target=[0]), "matrix of finite numbers"),
        (lambda: spectrum_of([["a"]], start=[0], target=[0]), "matrix of finite numbers"),
        (lambda: Evolution(average_spectrum(0.9)).losses(["late"]), "Times are numbers from 0 on"),
        (lambda: spectrum_of([[1.0]], start=[0, 1], target=[0]), r"start has shape \(2,\)"),
        (lambda: Spectrum([1.0], [1], [1, 2], [0], [1]), "target has 2 numbers and there are 1"),
        (
            lambda: off_span_time(100, 1000, rate=1, decay=1e-4, start=1, level=1e-5),
            "is never reached",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        call()
