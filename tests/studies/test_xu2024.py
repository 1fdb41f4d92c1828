"""The shortcut through products of samples, against descent on the weights themselves."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase.studies.xu2024.study import Network, clusters, course_of, odd_share

SETTINGS = {"neurons": 6, "scale": 0.3}


def test_steps_are_those_of_descent_on_all_weights() -> None:
    random = np.random.default_rng(0)
    train, others = clusters(7, 12, 2.0, random), clusters(5, 12, 2.0, random)
    network = Network(train, others, SETTINGS, np.random.default_rng(1))
    weights = 0.3 * np.random.default_rng(1).standard_normal((6, 12), dtype=np.float32)
    out = np.repeat([1.0, -1.0], 3) / np.sqrt(6)
    labels = -train.labels
    for _ in range(4):
        network.step(network.before("train"), labels, 0.5)
        before = weights @ train.points.T
        slope = labels / (1 + np.exp(labels * (out @ np.maximum(before, 0))))
        gradient = -(out[:, None] * (before > 0) * slope) @ train.points / 7
        weights = weights - 0.5 * gradient
    np.testing.assert_allclose(network.before("others"), weights @ others.points.T, rtol=1e-4)
    answers = out @ np.maximum(weights @ others.points.T, 0)
    np.testing.assert_allclose(network.answers(network.before("others")), answers, rtol=1e-4)


def test_classes_are_pairs_of_opposite_clusters() -> None:
    drawn = clusters(4000, 3, 50.0, np.random.default_rng(0))
    first, second = np.abs(drawn.points[:, 0]) > 25, np.abs(drawn.points[:, 1]) > 25
    assert np.array_equal(first, drawn.labels == 1)
    assert np.array_equal(second, drawn.labels == -1)
    for label, column in ((1, 0), (-1, 1)):
        signs = np.sign(drawn.points[drawn.labels == label, column])
        assert abs(signs.mean()) < 0.1


def test_odd_and_even_functions_are_told_apart() -> None:
    x = np.random.default_rng(0).standard_normal(2000)
    assert odd_share(3 * x, -3 * x) == 1
    assert odd_share(x**2, x**2) == 0
    assert odd_share(x + 1, -x + 1) == pytest.approx(0.5, abs=0.05)


def test_without_flips_or_noise_in_the_way_it_ends_right() -> None:
    settings = {
        **{"samples": 40, "others": 50, "signal": 30.0, "flipped": 0.05, "scale": 1e-5},
        **{"neurons": 64, "rate": 0.01, "steps": 8},
    }
    course = course_of(settings, 20, 0)
    assert course["step"] == list(range(9))
    assert course["test"][-1] == 1
    assert course["fitted"][-1] == 0  # in few dimensions the flipped labels are not fitted
    assert course["odd"][1] > 0.9 > 0.5 > course["odd"][-1]
