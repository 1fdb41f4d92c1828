"""Separability from the origin: counts, linear programs, and flows against closed forms."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import linprog
from scipy.special import ndtr

from grokphase.errors import GrokphaseError
from grokphase.theory.separability import (
    OneClass,
    log_separability,
    separability,
    two_point_bias,
    two_point_limit,
    two_points,
)

# Roots of ln(t_gen / t_tr) at scale 30 and level 1e-8, found before by another integration.
ROOTS = {1e-2: 3.320, 1e-3: 4.950, 1e-4: 6.562}


@given(st.integers(1, 300), st.integers(1, 300))
def test_the_probability_is_the_count_of_wendel(samples: int, dimensions: int) -> None:
    count = sum(math.comb(samples - 1, k) for k in range(dimensions))
    exact = Fraction(count, 2 ** (samples - 1))
    assert separability(samples, dimensions) == pytest.approx(float(exact), rel=1e-11)
    assert log_separability(samples, dimensions) == pytest.approx(math.log(exact), abs=1e-10)


def test_what_is_too_small_for_a_number_has_a_logarithm() -> None:
    assert separability(10_000, 1_000) == 0
    count = sum(math.comb(9_999, k) for k in range(1_000))
    exact = math.log(count) - 9_999 * math.log(2)
    assert log_separability(10_000, 1_000) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [(180, 0.0225), (190, 0.1584), (200, 0.5), (210, 0.8416), (220, 0.9775)],
)
def test_four_hundred_samples(dimensions: int, expected: float) -> None:
    assert separability(400, dimensions) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("dimensions", [3, 6, 9])
def test_a_margin_is_that_of_a_linear_program_and_of_the_augmented_samples(dimensions: int) -> None:
    random = np.random.default_rng(dimensions)
    for _ in range(30):
        points = random.standard_normal((12, dimensions))
        one = OneClass(points)
        free = np.zeros(dimensions)
        found = linprog(free, A_ub=-points, b_ub=-np.ones(12), bounds=(None, None))
        assert (found.status == 0) == (one.margin is not None)
        assert (one.margin is None) == (one.limit is not None)
        if one.margin is not None:
            with_bias = OneClass(np.column_stack([points, np.ones(12)])).margin
            assert with_bias == pytest.approx(math.hypot(one.margin, 1), rel=1e-9)


def test_weights_end_where_the_loss_is_least_or_grow_along_the_margin() -> None:
    random = np.random.default_rng(1)
    inside = OneClass(2 * random.standard_normal((30, 8)), scale=2.0)
    assert inside.limit is not None
    late = inside.flow([0, 200.0])
    assert late.weights[-1] == pytest.approx(inside.limit, abs=1e-6)
    assert (inside.error, late.accuracy[0], late.accuracy[-1]) == (0.0, 0.5, 1.0)
    outside = OneClass(2 * random.standard_normal((12, 10)), scale=2.0)
    assert outside.margin is not None
    late = outside.flow([0, 1e5])
    assert np.linalg.norm(late.weights[-1]) / 1e5 == pytest.approx(outside.margin, rel=1e-3)
    assert late.accuracy[-1] == pytest.approx(1 - outside.error, abs=1e-3)
    assert outside.error == pytest.approx(ndtr(-1 / (2 * outside.margin)))


@pytest.mark.parametrize("scale", [1.0, 3.0])
@pytest.mark.parametrize("ratio", [0.1, 0.45, 0.5, 0.7])
def test_the_flow_of_two_points_is_that_in_ordinary_time(ratio: float, scale: float) -> None:
    low, high = -scale, scale * (1 - 2 * ratio)

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        near, far = np.exp(state[0] * np.array([low, high]) + state[1]) / 2
        return np.array([-(low * near + high * far), -(near + far)])

    flow = two_points(ratio, scale).flow([0, 0.5, 3.0])
    times = np.exp(flow.log_time)
    found = solve_ivp(slope, (0, times[-1]), np.zeros(2), "DOP853", times, rtol=1e-11, atol=1e-12)
    assert found.y[0] == pytest.approx(flow.weights[:, 0], abs=1e-7)
    assert found.y[1] == pytest.approx(-flow.clock, abs=1e-7)
    for clock, weight in zip(flow.clock, flow.weights[:, 0], strict=True):
        if weight > 0.999 * two_point_limit(ratio, scale):
            continue  # the bias of a weight at its end is infinite, so rounding decides
        assert two_point_bias(weight, ratio, scale) == pytest.approx(-clock, abs=1e-7)


@given(st.floats(1e-4, 0.98), st.floats(0.5, 20))
def test_two_points_end_at_the_closed_form(gap: float, scale: float) -> None:
    ratio = (1 - gap) / 2
    limit = two_points(ratio, scale).limit
    assert limit is not None
    assert limit[0] == pytest.approx(two_point_limit(ratio, scale), rel=1e-5)


def test_the_closed_form_of_the_bias_is_continuous_at_the_edge() -> None:
    edge = two_point_bias(2.0, 0.5, 1.5)
    assert two_point_bias(2.0, 0.5 - 1e-9, 1.5) == pytest.approx(edge, rel=1e-6)
    assert two_point_bias(2.0, 0.5 + 1e-9, 1.5) == pytest.approx(edge, rel=1e-6)


@pytest.mark.parametrize("gap", [*ROOTS])
def test_generalization_is_late_by_the_square_of_the_logarithm(gap: float) -> None:
    found = two_points((1 - gap) / 2, 30.0).times(1e-8)
    assert found.log_delay is not None
    assert math.sqrt(found.log_delay) == pytest.approx(ROOTS[gap], abs=2e-3)
    # Where the weight is at its end when the training loss is small: t = 1 / L, b = ln L - ln Z.
    size = 30 * two_point_limit((1 - gap) / 2, 30.0)
    z = (math.exp(-size) + math.exp(gap * size)) / 2
    if gap > 1e-3:
        assert found.log_delay == pytest.approx(size**2 / 2 - math.log(z), abs=1e-4)


def test_a_loss_stays_below_its_level_from_its_time_on() -> None:
    one = two_points(0.4995, 30.0)  # the population loss rises before it falls
    found = one.times(0.5)
    assert found.log_generalized is not None
    flow = one.flow(np.linspace(0, 60, 2001))
    assert flow.log_population.max() > 1
    above = flow.log_population >= math.log(0.5)
    assert flow.log_time[above].max() < found.log_generalized < flow.log_time[~above][-1]
    assert not above[flow.log_time > found.log_generalized].any()


def test_what_is_separable_never_generalizes_and_the_edge_has_no_end() -> None:
    found = two_points(0.6).times(1e-8)
    assert found.log_memorized is not None
    assert (found.log_generalized, found.log_delay) == (None, None)
    edge = two_points(0.5)
    assert (edge.margin, edge.limit, two_point_limit(0.5)) == (None, None, math.inf)
    assert edge.times(1e-8, horizon=5.0).log_memorized is None  # not by then


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: separability(0, 3), "samples must be a whole number from 1"),
        (lambda: separability(3, 2.5), "dimensions must be a whole number"),
        (lambda: OneClass([[0.0, 0.0]]), "not all 0"),
        (lambda: OneClass([1.0, 2.0]), "a row a sample"),
        (lambda: OneClass([["a"]]), "matrix of finite numbers"),
        (lambda: OneClass([[1.0], [2.0, 3.0]]), "matrix of finite numbers"),
        (lambda: OneClass([[1.0]], scale=0), "scale must be a finite number above 0"),
        (lambda: two_points(1.2), "must be from 0 to 1"),
        (lambda: two_points(0.4).times(1.0), "between 0 and 1, where losses begin"),
        (lambda: two_points(0.4).flow([-1.0]), "Times are numbers from 0 on"),
        (lambda: two_point_bias(2.0, 0.4), "never reached: weights go from 0 to below 1.3"),
    ],
)
def test_what_cannot_be_is_refused(call, said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        call()
