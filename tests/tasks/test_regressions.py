"""Functions of Gaussian inputs: their moments, their sparsity, their leaves."""

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import linear_teacher, polynomial_teacher, sparse_regression, task, vary
from grokphase.tasks.regressions import hermite


def told(made):
    return made.target.vectors[:, 0].astype(float)


def test_a_linear_teacher_is_found_by_least_squares():
    made = linear_teacher(dimensions=20, samples=50)
    weights, *_ = np.linalg.lstsq(made.inputs.astype(float), told(made), rcond=None)
    assert np.linalg.norm(weights) == pytest.approx(1, abs=1e-5)
    assert np.allclose(made.inputs @ weights, told(made), atol=1e-5)


def test_a_sparse_one_needs_its_first_inputs_alone():
    made = sparse_regression(dimensions=30, relevant=4, samples=50)
    weights, *_ = np.linalg.lstsq(made.inputs.astype(float), told(made), rcond=None)
    assert np.linalg.norm(weights[:4]) == pytest.approx(1, abs=1e-5)
    assert np.abs(weights[4:]).max() < 1e-5


def test_polynomials_are_orthonormal_under_the_normal_distribution():
    points, weights = np.polynomial.hermite_e.hermegauss(40)
    table = np.stack([hermite(k, points) for k in range(1, 8)])
    assert np.allclose((table * weights) @ table.T / weights.sum(), np.eye(7), atol=1e-9)


def test_degree_one_is_the_linear_teacher():
    line, curve = linear_teacher(12, 40, seed=3), polynomial_teacher(12, 1, 40, seed=3)
    assert np.array_equal(told(line), told(curve))
    assert np.array_equal(line.inputs, curve.inputs)


def test_noise_is_added_to_every_result():
    still, noisy = linear_teacher(samples=20_000), linear_teacher(samples=20_000, noise=0.5)
    assert np.array_equal(still.inputs, noisy.inputs)
    assert (told(noisy) - told(still)).std() == pytest.approx(0.5, rel=0.03)
    assert (told(still) ** 2).mean() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(
    ("name", "leaf", "value"),
    [
        ("linear-teacher", "dimensions", 50.0),
        ("polynomial-teacher", "degree", 3.0),
        ("sparse-regression", "relevant", 2.0),
        ("sparse-regression", "tolerance", 0.1),
        ("linear-teacher", "noise", 1),
    ],
)
def test_numbers_can_be_axes(name, leaf, value):
    assert vary(task(name), leaf, value) == task(name, **{leaf: value})
    assert vary(task(name), leaf, value) != task(name)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (polynomial_teacher, {"degree": 0}, "degree must be a whole number from 1 to 20"),
        (sparse_regression, {"relevant": 101}, "relevant must be a whole number from 1 to 100"),
        (linear_teacher, {"noise": -1}, "noise must be a finite number"),
        (linear_teacher, {"tolerance": 0}, "tolerance"),
        (linear_teacher, {"samples": 10**9}, "write samples="),
    ],
)
def test_what_cannot_be_is_refused(make, options, message):
    with pytest.raises(GrokphaseError, match=message):
        make(**options)
