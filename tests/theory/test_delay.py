"""Laws of the delay on paths that are known, and their refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.theory.contraction import contraction, decay_rate
from grokphase.theory.delay import LAWS, delays, norm_delay, threshold_decay
from grokphase.theory.held_norm import explained, logit_scale

STEP = np.arange(0, 2001, 10)
RHO = 0.9986
NORM = 70 * RHO ** (STEP / 2)  # V falls by rho a step


def test_the_rate_of_a_geometric_path_is_its_own_in_every_window() -> None:
    for window in (20, 100, None):
        found = contraction(STEP, NORM, begin=300, window=window)
        assert found.rate == pytest.approx(-math.log(RHO), rel=1e-9)
        assert found.interval == pytest.approx((found.rate, found.rate), rel=1e-6)
        assert (found.first, found.r_squared) == (300, pytest.approx(1))
    assert 1 - math.exp(-found.rate) == pytest.approx(1 - RHO)


def test_decay_alone_is_a_rate_of_one_in_its_own_units() -> None:
    eta, decay = 1e-4, 0.5
    path = (1 - eta * decay) ** STEP
    assert contraction(STEP, path).of_decay(eta, decay) == pytest.approx(1, abs=1e-4)
    assert decay_rate(eta, decay) == 1e-4


def test_a_path_that_bends_shows_it_in_its_halves() -> None:
    settles = np.sqrt(300 + 4600 * np.exp(-3e-3 * STEP))
    early, late = contraction(STEP, settles).halves
    assert early > 4 * late > 0
    assert contraction(STEP, settles[::-1]).rate < 0


def test_the_interval_knows_that_neighbours_are_related() -> None:
    """Of 60 paths with residuals that wander, 90 % intervals hold the rate nearly as often."""
    random, hits, naive = np.random.default_rng(1), 0, 0
    for _ in range(60):
        noise = np.zeros(STEP.size)
        for at in range(1, STEP.size):
            noise[at] = 0.8 * noise[at - 1] + 0.01 * random.standard_normal()
        found = contraction(STEP, NORM * np.exp(noise / 2))
        low, high = found.interval
        hits += low < -math.log(RHO) < high
        x = STEP - STEP.mean()
        rest = (
            2 * np.log(NORM)
            + noise
            - np.poly1d(np.polyfit(STEP, 2 * np.log(NORM) + noise, 1))(STEP)
        )
        error = 1.65 * math.sqrt((rest**2).mean() / (x**2).sum())
        naive += abs(found.rate + math.log(RHO)) < error
    assert hits >= 48
    assert naive < 36


def test_a_law_gives_back_the_steps_of_its_own_path() -> None:
    rate = contraction(STEP, NORM, begin=100).rate
    assert norm_delay(NORM[10], NORM[150], rate) == pytest.approx(STEP[150] - STEP[10])
    eta, decay, steps = 1e-3, 1.0, 700
    by_decay = norm_delay(70.0, 70 * (1 - eta * decay) ** steps, decay_rate(eta, decay))
    assert by_decay == pytest.approx(steps, rel=1e-3)


def test_laws_side_by_side_and_where_they_say_nothing() -> None:
    found = delays(rate=1e-3, decay=2.0, memorized=8.0, generalized=4.0, scale=math.e)
    assert set(found) == {law.name for law in LAWS}
    assert found["eta lambda"] == pytest.approx(2 * math.log(2) / 2e-3)
    assert found["2 eta lambda"] == pytest.approx(math.log(2) / 2e-3)
    assert found["ln(alpha) / lambda"] == pytest.approx(500)
    assert found["fitted"] is None
    grown = delays(rate=1e-3, decay=2.0, memorized=4.0, generalized=8.0, fitted=1e-3, scale=1.0)
    assert list(grown.values()) == [None] * 4
    falling = delays(rate=1e-3, decay=2.0, memorized=8.0, generalized=4.0, fitted=-1e-3)
    assert falling["fitted"] is None


def test_the_threshold_relaxes_what_it_says_within_the_budget() -> None:
    decay = threshold_decay(1e-3, 20_000, kappa=1.4, relaxed=0.7)
    assert 1 - math.exp(-1e-3 * 1.4 * decay * 20_000) == pytest.approx(0.7)


def test_scale_of_logits() -> None:
    z = np.random.default_rng(0).standard_normal((50, 7))
    assert logit_scale(3 * z + 5) == pytest.approx(3 * logit_scale(z))
    assert logit_scale(z, temperature=0.5) == pytest.approx(2 * logit_scale(z))
    x = np.arange(9.0)
    assert explained({"x": x}, np.cos(np.pi * x)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: contraction([0, 1], [1, 1]), "has 2 rows from step 0 to its end"),
        (lambda: contraction(STEP, NORM, begin=100, window=15), "has 2 rows from step 100 to step"),
        (lambda: contraction(STEP[::-1], NORM), "ascend"),
        (lambda: contraction(STEP, 0 * NORM), "above 0"),
        (lambda: contraction(STEP, NORM[1:]), "a norm a step"),
        (lambda: norm_delay(np.inf, 1, 1), "Norms are finite numbers above 0"),
        (lambda: norm_delay(-1, 1, 1), "Norms are finite numbers above 0"),
        (lambda: delays(rate=0, decay=1), "rate must be"),
        (lambda: threshold_decay(1e-3, 10, kappa=1, relaxed=1), "below 1"),
        (lambda: logit_scale([1.0]), "samples by classes"),
        (lambda: explained({"x": [1, 2]}, [1, np.inf]), "not reached"),
    ],
)
def test_what_cannot_be_is_refused(given: Any, said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        given()
