"""Diagonal linear networks: the flow of samples against that of weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import expit

from grokphase.studies.lyu2024.study import Classes, learned, passing, sparse, wide


def test_the_flow_of_samples_is_that_of_weights() -> None:
    random = np.random.default_rng(0)
    inputs, labels = random.standard_normal((4, 6)), np.array([1.0, -1.0, 1.0, 1.0])
    scale, decay, times = 3.0, 0.05, np.array([0.5, 5.0, 60.0])

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        u, v = state.reshape(2, 6)
        g = -(labels * expit(-labels * (inputs @ (u**2 - v**2)))) @ inputs / 4
        return np.concatenate([-2 * u * g - decay * u, 2 * v * g - decay * v])

    start = np.full(12, scale / np.sqrt(12))
    found = solve_ivp(slope, (0, 60), start, "DOP853", times, rtol=1e-10, atol=1e-12)
    weights = found.y[:6] ** 2 - found.y[6:] ** 2
    seen: list[np.ndarray] = []

    def kept(each: np.ndarray) -> float:
        seen.append(each)
        return 0.0

    learned(Classes(inputs, labels, kept), scale, decay, times)
    assert np.array(seen) == pytest.approx(weights.T, rel=1e-3, abs=1e-4)


def test_what_is_told_right_is_known_of_both_kinds_of_data() -> None:
    few = sparse(20, 5, 3, seed=0, fresh=400)
    assert few.right(np.eye(20)[:3].sum(axis=0)) == 1.0
    assert few.right(-np.eye(20)[:3].sum(axis=0)) == 0.0
    many = wide(50, 30, 2.0, seed=0)
    direction = np.sign(many.labels @ many.inputs)
    assert many.right(1e-9 * direction) == many.right(direction)
    random = np.random.default_rng(1)
    true = np.random.default_rng(0).choice([-1.0, 1.0], 50) / np.sqrt(50)
    weights = true + 0.2 * random.standard_normal(50)
    fresh = random.standard_normal((100_000, 50))
    told = np.sign(fresh @ true)
    fresh += told[:, None] * true
    assert many.right(weights) == pytest.approx((told * (fresh @ weights) > 0).mean(), abs=5e-3)


def test_a_change_is_from_when_it_lasts() -> None:
    curves = {"time": np.arange(5.0), "population": np.array([0.5, 0.95, 0.8, 1.0, 1.0])}
    assert passing(curves, 0.9, rising=True) == pytest.approx(2.5)
    assert passing(curves, 0.9, rising=False) is None
    falling = {"time": np.arange(3.0), "population": np.array([1.0, 0.8, 0.6])}
    assert passing(falling, 0.9, rising=False) == pytest.approx(0.5)
    assert passing(falling, 0.99, rising=True) is None
