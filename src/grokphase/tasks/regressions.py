"""Functions of Gaussian inputs in closed form: linear, polynomial, sparse."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from grokphase.tasks.checks import whole
from grokphase.tasks.definition import Task
from grokphase.tasks.functions import function_task
from grokphase.tasks.points import amount, sample_count
from grokphase.tasks.randomness import stream

Numbers = NDArray[np.float64]

MOST_DEGREE = 20


def linear_teacher(
    dimensions: int = 90,
    samples: int = 200,
    noise: float = 0.0,
    tolerance: float = 1e-3,
    seed: int = 0,
) -> Task:
    r"""A linear function: :math:`y = w \cdot x + \sigma \xi`, :math:`|w| = 1`, of Gaussian inputs.

    Inputs are :math:`x \sim N(0, I_d)` and w a random direction, so that y has the mean square
    :math:`1 + \sigma^2`. The student learns by the mean squared error and is right about a sample
    if its squared error there is below the tolerance: that accuracy is a **thresholded loss**, and
    may jump where the loss falls smoothly. A linear student, :code:`MLP(None, widths=())`, is
    solved exactly by ``grokphase theory linear``.

    Args:
        dimensions: d.
        samples: number of samples, those for validation included.
        noise: sigma, of every y.
        tolerance: of the squared error of a sample that counts as right.
        seed: draws direction, inputs and noise, from the streams ``"teacher"``, ``"inputs"`` and
            ``"noise"``; apart from the seed of a run, so that runs share the data.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Levi, Beck and Bar-Sinai 2024 (arXiv:2310.16441): 0.9 dimensions a training sample,
        tolerance 1e-3.

    Example:
        >>> learned = linear_teacher(dimensions=3, samples=10)
        >>> learned.inputs.shape, learned.outputs
        ((10, 3), 1)
    """
    d = whole(dimensions, "dimensions", 1, 100_000)
    return _of_direction("linear-teacher", d, 1, d, samples, noise, tolerance, seed, {})


def polynomial_teacher(
    dimensions: int = 20,
    degree: int = 2,
    samples: int = 400,
    noise: float = 0.0,
    tolerance: float = 1e-2,
    seed: int = 0,
) -> Task:
    r"""A polynomial along one direction: :math:`y = He_k(w \cdot x) / \sqrt{k!} + \sigma \xi`.

    Inputs are :math:`x \sim N(0, I_d)`, w a random direction of norm 1 and :math:`He_k` the Hermite
    polynomial that is orthogonal to all of a lower degree, so that nothing simpler tells any of it:
    :math:`He_1 = z`, :math:`He_2 = z^2 - 1`. y has the mean square :math:`1 + \sigma^2`. Degree 1
    is ``linear_teacher``.

    Args:
        dimensions: d.
        degree: k.
        samples: number of samples, those for validation included.
        noise: sigma, of every y.
        tolerance: of the squared error of a sample that counts as right; such an accuracy is a
            thresholded loss.
        seed: draws direction, inputs and noise, as in ``linear_teacher``.

    Raises:
        GrokphaseError: a number is out of range.

    Source: after Kumar et al. 2024 (arXiv:2310.06110), whose teacher is half the square of w x,
        with its mean.

    Example:
        >>> learned = polynomial_teacher(dimensions=3, degree=2, samples=10)
        >>> learned.target.vectors.shape
        (10, 1)
    """
    d = whole(dimensions, "dimensions", 1, 100_000)
    k = whole(degree, "degree", 1, MOST_DEGREE)
    shape: dict[str, int | float] = {"degree": k}
    return _of_direction("polynomial-teacher", d, k, d, samples, noise, tolerance, seed, shape)


def sparse_regression(
    dimensions: int = 100,
    relevant: int = 5,
    samples: int = 120,
    noise: float = 0.0,
    tolerance: float = 1e-2,
    seed: int = 0,
) -> Task:
    r"""A linear function of the first k of d inputs: :math:`y = \sum_{i<k} w_i x_i + \sigma \xi`.

    As ``linear_teacher``, but w is a random direction of the first k axes: without loss of
    generality, as a network whose initial weights are independent and alike has no first input.
    With fewer samples than dimensions many functions fit, and sparse ones alone are right.

    Args:
        dimensions: d.
        relevant: k, inputs that matter.
        samples: number of samples, those for validation included.
        noise: sigma, of every y.
        tolerance: of the squared error of a sample that counts as right; such an accuracy is a
            thresholded loss.
        seed: draws direction, inputs and noise, as in ``linear_teacher``.

    Raises:
        GrokphaseError: a number is out of range.

    Source: after Notsawo et al. 2025 (arXiv:2506.05718), who decay the sum of absolute weights.

    Example:
        >>> sparse_regression(dimensions=7, samples=10).inputs.shape
        (10, 7)
    """
    d = whole(dimensions, "dimensions", 1, 100_000)
    k = whole(relevant, "relevant", 1, d)
    shape: dict[str, int | float] = {"relevant": k}
    return _of_direction("sparse-regression", d, 1, k, samples, noise, tolerance, seed, shape)


def hermite(degree: int, z: Numbers) -> Numbers:
    r"""The Hermite polynomial over :math:`\sqrt{k!}`, of mean square 1 for a normal z.

    Example:
        >>> hermite(2, np.array([0.0, 3.0])).round(3).tolist()
        [-0.707, 5.657]
    """
    one = np.zeros(degree + 1)
    one[degree] = 1
    values = np.polynomial.hermite_e.hermeval(z, one) / math.sqrt(math.factorial(degree))
    return np.asarray(values, np.float64)


def _of_direction(
    name: str,
    dimensions: int,
    degree: int,
    relevant: int,
    samples: object,
    noise: object,
    tolerance: float,
    seed: object,
    shape: dict[str, int | float],
) -> Task:
    """A Hermite polynomial along a random direction of the first axes."""
    count, spread = sample_count(samples, dimensions), amount(noise, "noise")
    drawn = whole(seed, "seed", 0)
    inputs = stream(drawn, "inputs").standard_normal((count, dimensions)).astype(np.float32)
    direction = stream(drawn, "teacher").standard_normal(relevant)
    direction /= np.linalg.norm(direction)
    told = hermite(degree, inputs[:, :relevant].astype(np.float64) @ direction)
    told += spread * stream(drawn, "noise").standard_normal(count)
    parameters = {"dimensions": dimensions, **shape, "samples": count, "noise": spread}
    return function_task(name, inputs, told[:, None], tolerance, drawn, parameters)
