"""Actions of a first-order transition: closed forms against searches and quadrature."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import chi2

from grokphase.errors import GrokphaseError
from grokphase.theory.first_order import (
    OVERLAPS,
    ModularAction,
    ModularAddition,
    PolynomialAction,
    PolynomialTeacher,
    mixture_entropy,
)

FINE = np.linspace(0.0, 12.0, 200_001)


def wells(action: PolynomialAction) -> list[float]:
    """Minima from a fine grid alone, 0 left out."""
    values = action(FINE)
    inner = (values[1:-1] < values[:-2]) & (values[1:-1] <= values[2:])
    return [float(place) for place in FINE[1:-1][inner]]


@settings(max_examples=40, deadline=None)
@given(
    linear=st.floats(0.0, 1.0),
    cubic=st.floats(-1.0, -0.05),
    variance=st.floats(0.1, 2.0),
    between=st.floats(0.8, 2.0),
)
def test_minima_are_those_of_a_grid(
    linear: float, cubic: float, variance: float, between: float
) -> None:
    at = PolynomialAction(1.0, linear, cubic, variance).transition()
    if min(abs(between - 1), abs(between - at.vanishes / at.appears)) < 1e-3:
        return  # at a spinodal a minimum is flatter than the grid is fine
    action = PolynomialAction(between * at.appears, linear, cubic, variance)
    found, searched = action.minima(), wells(action)
    assert bool(found.at_zero) == (action.control < at.vanishes)
    if math.isnan(float(found.overlap)):
        assert searched == []
    elif found.overlap < 11.9:
        assert searched == pytest.approx([float(found.overlap)], abs=1e-4)
    if not math.isnan(float(found.barrier)):
        assert found.height > max(0.0, float(found.action))


@pytest.mark.parametrize(("linear", "cubic"), [(0.294, -0.3), (0.0, -0.3), (0.5, -0.26)])
def test_thresholds_are_what_their_names_say(linear: float, cubic: float) -> None:
    at = PolynomialAction(1.0, linear, cubic).transition()
    assert at.appears < at.coexists < at.vanishes
    same = PolynomialAction(at.coexists, linear, cubic).minima()
    assert float(same.action) == pytest.approx(0.0, abs=1e-12)
    assert float(same.overlap) == pytest.approx(at.jump, rel=1e-9)
    just = PolynomialAction(1.0000001 * at.appears, linear, cubic).minima()
    assert float(just.overlap) == pytest.approx(at.onset, rel=1e-2)
    around = [0.999999 * at.appears, 1.000001 * at.appears]
    assert np.isnan(PolynomialAction(around, linear, cubic).minima().overlap).tolist() == [
        True,
        False,
    ]


def test_a_small_cubic_part_gives_a_continuous_transition() -> None:
    at = PolynomialAction(1.0, 1.0, -0.5).transition()
    assert (at.appears, at.jump) == (at.vanishes, 0.0)
    beyond = PolynomialAction([0.999 * at.appears, 1.0001 * at.appears], 1.0, -0.5).minima()
    assert beyond.at_zero.tolist() == [True, False]
    assert 0 < beyond.overlap[1] < 0.2


def test_the_modular_minimum_is_that_of_both_powers() -> None:
    action = ModularAction(0.0125)
    found = minimize(lambda x: float(action(*x)), [180.0, 230.0], method="Nelder-Mead")
    assert found.x == pytest.approx([float(action.minima().overlap)] * 2, rel=1e-4)
    at = action.transition()
    same = ModularAction(at.coexists).minima()
    assert float(same.action) == pytest.approx(0.0, abs=1e-9)
    assert float(same.overlap) == pytest.approx(at.jump)
    assert np.isnan(ModularAction(0.999 * at.appears).minima().overlap)
    just = ModularAction(1.0000001 * at.appears).minima()
    assert float(just.overlap) == pytest.approx(at.onset, rel=1e-2)


@settings(max_examples=20, deadline=None)
@given(alpha=st.floats(0.2, 5.0), beta=st.floats(0.2, 50.0))
def test_actions_do_not_see_the_scale(alpha: float, beta: float) -> None:
    teacher, modular = PolynomialTeacher(), ModularAddition()
    scaled = teacher.scaled(alpha, beta)
    assert scaled.control == pytest.approx(teacher.control, rel=1e-12)
    assert scaled.gaussian_linear() == pytest.approx(teacher.gaussian_linear(), rel=1e-10)
    assert modular.scaled(beta).control == pytest.approx(modular.control, rel=1e-12)
    assert scaled.dimensions == pytest.approx(150 * math.sqrt(beta))


def test_what_is_left_agrees_with_itself() -> None:
    teacher = PolynomialTeacher(ridge=0.14)
    b, c = teacher.discrepancies()
    action = teacher.action(b, c)

    def mean(of: Callable[[float], float]) -> float:
        def weight(x: float) -> float:
            return math.exp(-150 * float(action(x)))

        total, _ = quad(weight, 0, 4, limit=400)
        return float(quad(lambda x: weight(x) * of(x), 0, 4, limit=400)[0]) / float(total)

    def seen(x: float) -> float:
        return x * x / (2 + 2 * x * x)

    gain = 4 / math.pi * 3000 * (8 / 700) / 0.14
    first = mean(lambda x: seen(x) * (b - 2 * c * seen(x)))
    third = mean(lambda x: seen(x) ** 2 * (b - 2 * c * seen(x)))
    assert b == pytest.approx(1 - gain * first, abs=1e-6)
    assert c == pytest.approx(-0.3 + gain / 3 * third, abs=1e-6)
    barrier = float(action.minima().barrier)
    share = mean(lambda x: float(x > barrier))
    assert float(action.share(150)) == pytest.approx(share, rel=0.02)


def test_lengths_that_are_free_are_those_of_an_integral_over_them() -> None:
    teacher = PolynomialTeacher(dimensions=30, neurons=150, output_variance=0.01, ridge=0.7)
    overlap, length = np.meshgrid(np.linspace(0, 3, 1501), np.linspace(1e-3, 2.0, 800))
    seen = overlap**2 / (1 + 2 * (length + overlap**2))
    pull = 2 * teacher.control / math.pi * seen * (0.3 + 0.6 * seen) ** 2
    weights = np.exp(30 * (pull - overlap**2)) * chi2.pdf(60 * length, 29)
    weights[:, 0] /= 2
    shares = teacher.density(0.3, -0.3, free=True)
    for power in (2, 4):
        expected = (weights * overlap**power).sum() / weights.sum()
        assert float((shares * OVERLAPS**power).sum()) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("free", [False, True])
def test_neurons_that_fluctuate_are_the_limit_of_many_dimensions(free: bool) -> None:
    """Whatever becomes of the length, which matters to those that are specialised."""
    wide = PolynomialTeacher(ridge=0.3).scaled(1.0, 1e4)
    found = wide.discrepancies(free=free)
    assert found == pytest.approx((wide.gaussian_linear(), -0.3), abs=1e-3)


def test_ridges_of_the_thresholds() -> None:
    teacher, modular = PolynomialTeacher(), ModularAddition()
    for event in ("appears", "coexists"):
        at = replace(teacher, ridge=teacher.ridge_at(event))
        assert at.control == pytest.approx(getattr(at.action().transition(), event), rel=1e-9)
        there = replace(modular, ridge=modular.ridge_at(event))
        assert there.control == pytest.approx(getattr(there.action().transition(), event))
        assert there.amplitude_at(event) == pytest.approx(-1.0)


def test_shares_and_entropy_of_the_mixture() -> None:
    at = PolynomialAction(1.0, 0.294, -0.3).transition()
    shares = PolynomialAction([20.0, at.coexists, 40.0], 0.294, -0.3).minima().share(150, 2)
    assert shares == pytest.approx([0.0, 2 / 3, 1.0])
    entropy = mixture_entropy([0.0, 0.5, 1.0])
    assert entropy == pytest.approx([0.0, math.log(2), 0.0])
    assert not np.signbit(entropy).any()


def test_a_share_is_no_more_than_all() -> None:
    action = PolynomialTeacher(ridge=0.05).action()
    assert float(action.share(150)) == 1.0
    assert float(mixture_entropy(action.share(150))) == 0.0


def test_where_the_range_ends_the_fifth_harmonic_is_a_fifth_of_the_third() -> None:
    seen = 2 / 3  # z of arcsin z = z + z^3 / 6 + 3 z^5 / 40 + ...
    assert (3 / 40 * seen**5) / (seen**3 / 6) == pytest.approx(0.2)
    most = math.sqrt(2 * seen / 2 / (1 - seen))
    assert PolynomialTeacher().outside(0.999 * most) == []
    assert "outside" in PolynomialTeacher().outside(1.001 * most)[0]


def test_ten_thousand_controls_at_once() -> None:
    began = time.perf_counter()
    found = PolynomialAction(np.linspace(20, 50, 10_000), 0.294, -0.3).minima()
    assert time.perf_counter() - began < 2
    assert np.isfinite(found.overlap).sum() > 6_000


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PolynomialAction(0.0), "control is a finite number above 0"),
        (lambda: PolynomialAction(1.0, 0.3, 0.3), "linear must be from 0"),
        (lambda: PolynomialAction(1.0, 0.0, 0.0), "not both 0"),
        (lambda: PolynomialAction(1.0, [0.1, 0.2]).transition(), "one pair"),
        (lambda: ModularAction(1.0, amplitude=0.0), "must not be 0"),
        (lambda: PolynomialTeacher(ridge=-1), "ridge must be a finite number"),
        (lambda: PolynomialTeacher(dimensions=1), "none across the teacher"),
        (lambda: PolynomialTeacher().action(1.2), "more than the linear part"),
        (lambda: ModularAddition(p=2), "the least modulus is 3"),
        (lambda: PolynomialTeacher().ridge_at("end"), 'no event "end"'),
        (lambda: PolynomialTeacher(cubic=0.0).ridge_at("coexists"), "No ridge"),
        (lambda: PolynomialTeacher(cubic=0.0).discrepancies(), "overshot"),
        (lambda: mixture_entropy(1.5), "between 0 and 1"),
    ],
)
def test_outside_of_its_range_it_refuses(make: Callable[[], object], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        make()
