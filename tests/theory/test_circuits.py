"""Two circuits: two equations are the four that they stand for, and the flow ends where it must."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from grokphase import GrokphaseError
from grokphase.theory.circuits import TwoCircuits

PAPER = TwoCircuits()


def test_two_equations_are_the_flow_of_the_four_factors() -> None:
    def slope(_: float, factors: np.ndarray) -> np.ndarray:
        g1, g2, m1, m2 = factors
        g, m = g1 * g2, m1 * m2
        wrong = 112 / (112 + np.exp(g + m))
        power = 2 / 1.2 - 1
        by_g = 0.005 / 1.2 * abs(g) ** power - wrong
        by_m = 0.005 * 4 / 1.2 * abs(m) ** power - wrong
        return -np.array([by_g * g2, by_g * g1, by_m * m2, by_m * m1])

    times = np.linspace(0, 150, 16)
    four = solve_ivp(slope, (0, 150), [0, 0.005, 0, 1], "LSODA", times, rtol=1e-10, atol=1e-14).y
    two = PAPER.course(times)
    np.testing.assert_allclose(two.generalizing, four[0] * four[1], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(two.memorizing, four[2] * four[3], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(four[0] ** 2 - four[1] ** 2, -(0.005**2), atol=1e-8)


def test_the_slope_is_that_of_the_loss() -> None:
    def loss(w: np.ndarray) -> float:
        norms = np.array([1.0, 2.0]) ** 2 * np.abs(w) ** (2 / 1.2)
        return float(np.log1p(112 * np.exp(-w.sum())) + 0.0025 * norms.sum())

    at = np.array([1.5, 0.7])
    nudges = 1e-6 * np.eye(2)
    numeric = [(loss(at + each) - loss(at - each)) / 2e-6 for each in nudges]
    np.testing.assert_allclose(PAPER.slope(at), numeric, rtol=1e-6)


@pytest.mark.parametrize(("memorizing", "ratio"), [(2.0, 8.0), (1.0, 1.0), (0.5, 0.125)])
def test_the_flow_ends_where_the_closed_form_says(memorizing: float, ratio: float) -> None:
    circuits = TwoCircuits(memorizing=memorizing, start=(0.3, 1.0))
    course, (g, m) = circuits.course([0, 1e5]), circuits.settled()
    assert g / m == pytest.approx(ratio)
    np.testing.assert_allclose([course.generalizing[-1], course.memorizing[-1]], [g, m], rtol=1e-6)
    np.testing.assert_allclose(circuits.slope(np.array([g, m])), 0, atol=1e-12)


def test_losses_of_circuits_that_say_nothing_are_those_of_a_guess() -> None:
    train, test = PAPER.losses(np.zeros(1), np.zeros(1))
    np.testing.assert_allclose([train[0], test[0]], np.log(113))
    assert PAPER.course([0.0, 1.0]).reached(1e-3) == (None, None)


def test_refuses_circuits_of_which_one_takes_all() -> None:
    with pytest.raises(GrokphaseError, match=r"write degree=1\.2"):
        TwoCircuits(degree=2.0)
    with pytest.raises(GrokphaseError, match="ascend"):
        PAPER.course([1.0, 0.5])
