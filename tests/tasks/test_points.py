"""Points of classes: where they lie, and what the seed and the numbers do."""

import math

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import moons, spirals, two_gaussians


def test_no_rule_tells_more_of_two_clouds_than_the_normal_distribution_says():
    clouds = two_gaussians(dimensions=3, separation=2.0, samples=20_000)
    right = (clouds.inputs[:, 0] > 0) == (clouds.labels == 0)
    bayes = (1 + math.erf(1 / math.sqrt(2))) / 2  # Phi(1)
    assert right.mean() == pytest.approx(bayes, abs=4 * math.sqrt(bayes * (1 - bayes) / 20_000))
    assert np.abs(clouds.inputs[:, 1:].mean(axis=0)).max() < 4 / math.sqrt(20_000)


def test_without_separation_two_clouds_are_one():
    apart, one = (two_gaussians(separation=s, samples=100) for s in (6, 0))
    moved = apart.inputs - one.inputs
    assert np.allclose(moved[:, 0], np.where(apart.labels == 0, 3, -3), atol=1e-6)
    assert not moved[:, 1:].any()


def test_arms_of_a_spiral_are_turned_copies_of_one():
    task = spirals(arms=3, turns=2.0, noise=0.0, samples=300)
    plane = task.inputs[:, 0] + 1j * task.inputs[:, 1]
    angle = 2 * np.pi * (2 * np.abs(plane) + task.labels / 3)
    assert np.allclose(plane, np.abs(plane) * np.exp(1j * angle), atol=1e-6)


def test_moons_are_half_circles():
    task = moons(noise=0.0, samples=200)
    first, second = task.inputs[task.labels == 0], task.inputs[task.labels == 1]
    assert np.allclose(np.hypot(first[:, 0], first[:, 1]), 1)
    assert np.allclose(np.hypot(second[:, 0] - 1, second[:, 1] - 0.5), 1)
    assert first[:, 1].min() >= 0
    assert second[:, 1].max() <= 0.5


@pytest.mark.parametrize("make", [two_gaussians, spirals, moons])
def test_the_seed_draws_the_points_and_classes_are_equally_many(make):
    assert make(seed=1) == make(seed=1) != make(seed=2)
    assert np.ptp(np.bincount(make().labels)) == 0


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (two_gaussians, {"separation": -1}, "separation must be a finite number from 0"),
        (two_gaussians, {"separation": "wide"}, "separation must be"),
        (two_gaussians, {"dimensions": 0}, "dimensions must be a whole number"),
        (two_gaussians, {"samples": 10**8}, "write samples=2500000 or fewer"),
        (spirals, {"arms": 1}, "arms must be a whole number from 2"),
        (spirals, {"turns": float("inf")}, "turns must be a finite number"),
        (moons, {"noise": float("nan")}, "noise must be a finite number"),
        (moons, {"samples": 1}, "samples must be a whole number"),
    ],
)
def test_what_cannot_be_is_refused(make, options, message):
    with pytest.raises(GrokphaseError, match=message):
        make(**options)
