"""Conservation laws, closed forms and limits of the gradient flow of the effective loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokphase import theory
from grokphase.errors import GrokphaseError
from grokphase.tasks import task

TOY = task("addition", p=10)


def start(seed: int, dimension: int, centred: bool) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    embedding = random.uniform(-0.5, 0.5, (10, dimension))
    return embedding - centred * embedding.mean(axis=0), random.permutation(55)[:40]


def cases(test):
    """Runs a test for random starts in one to three dimensions."""
    return settings(max_examples=25)(given(st.integers(0, 10**6), st.integers(1, 3))(test))


@cases
def test_z0_is_conserved_always_and_c_if_it_is_zero(seed: int, dimension: int):
    embedding, train = start(seed, dimension, centred=True)
    before = theory.conserved(embedding, TOY)
    for state in theory.flow(embedding, [0.0, 0.1, 3.0, 50.0], TOY, train):
        after = theory.conserved(state, TOY)
        assert after.z0 == pytest.approx(before.z0, rel=1e-12)
        assert abs(after.total).max() < 1e-10


@cases
def test_c_grows_by_the_law_that_eq_27_drops(seed: int, dimension: int):
    embedding, train = start(seed, dimension, centred=False)
    total, z0 = theory.conserved(embedding, TOY)
    ell0 = theory.effective_loss(embedding, TOY, train) * z0
    speed = theory.velocity(embedding, TOY, train)
    np.testing.assert_allclose(speed.sum(axis=0), 2 * ell0 * total / z0**2, atol=1e-10)
    assert abs(2 * (embedding * speed).sum()) < 1e-10


@cases
def test_velocity_is_minus_the_gradient(seed: int, dimension: int):
    embedding, train = start(seed, dimension, centred=False)
    direction = np.random.default_rng(seed + 1).normal(size=embedding.shape)
    step = 1e-5
    there, back = (
        theory.effective_loss(embedding + sign * step * direction, TOY, train) for sign in (1, -1)
    )
    slope = -(theory.velocity(embedding, TOY, train) * direction).sum()
    assert (there - back) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("normalisation", theory.NORMALISATIONS)
def test_closed_form_is_the_integral(dimension: int, normalisation: str):
    embedding, train = start(3, dimension, centred=False)
    times = np.array([0.0, 0.05, 0.2])
    how = {"normalisation": normalisation}
    np.testing.assert_allclose(
        theory.integrate(embedding, times, TOY, train, **how),
        theory.flow(embedding, times, TOY, train, **how),
        atol=1e-8,
    )


@cases
def test_eq_9_has_the_same_shapes_but_shrinks(seed: int, dimension: int):
    embedding, train = start(seed, dimension, centred=False)
    times = [0.0, 1.0, 10.0]
    kept = theory.flow(embedding, times, TOY, train)
    plain = theory.flow(embedding, times, TOY, train, linear=True)
    sizes = np.sqrt((plain**2).sum(axis=(1, 2)))
    assert (np.diff(sizes) < 0).all()
    scale = np.sqrt((embedding**2).sum()) / sizes
    np.testing.assert_allclose(kept, plain * scale[:, None, None], atol=1e-12)


def test_the_end_is_a_ground_state_and_a_line_if_the_data_determine_it():
    embedding, train = start(0, 2, centred=True)
    assert theory.is_determined(TOY, train)
    end = theory.flow(embedding, [1e6], TOY, train)[0]
    assert theory.effective_loss(end, TOY, train) == pytest.approx(0, abs=1e-12)
    assert theory.rqi(end, TOY) == 1
    np.testing.assert_allclose(np.diff(end, n=2, axis=0), 0, atol=1e-9)


def test_the_slowest_part_decays_at_the_grokking_rate():
    embedding, train = start(5, 1, centred=True)
    z0 = float((embedding**2).sum())
    rate = theory.grokking_rate(TOY, train, z0=z0)
    times = np.array([8.0, 9.0]) / rate.lambda3
    bend = np.linalg.norm(np.diff(theory.flow(embedding, times, TOY, train), n=2, axis=1), axis=1)
    assert bend[0, 0] / bend[1, 0] == pytest.approx(np.e, rel=0.05)


def test_rqi_passes_when_it_is_said_to():
    embedding, train = start(5, 1, centred=True)
    when = theory.time_to_rqi(embedding, TOY, train)
    before, after = theory.flow(embedding, [0.98 * when, when], TOY, train)
    assert theory.rqi(before, TOY) <= 0.95 < theory.rqi(after, TOY)
    assert theory.time_to_rqi(np.arange(10.0), TOY, train) == 0
    assert theory.time_to_rqi(embedding, TOY, [0, 3, 9]) is None


def test_what_cannot_be_used_is_refused():
    with pytest.raises(GrokphaseError, match="zero"):
        theory.flow(np.zeros(10), [1.0], TOY)
    with pytest.raises(GrokphaseError, match="Times"):
        theory.flow(np.ones(10), [-1.0], TOY)
