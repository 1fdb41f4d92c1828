"""How much the loss rises nearby: the sharpness phi of Keskar et al., in a random subspace.

Keskar et al. (2017), arXiv:1609.04836, section 2.2.2: with f the training loss, x the weights and
A+ a matrix of k random rows, phi is the largest rise of the loss in a box of k dimensions about x,

    phi = 100 (max_y f(x + A y) - f(x)) / (1 + f(x)),    |y_i| <= epsilon (|(A+ x)_i| + 1),

where A is the pseudoinverse of A+. As in the code of Power et al., k is 10, epsilon 1e-3, rows are
uniform in [-1, 1] and then of length 1, and the search is ten iterations of L-BFGS-B. It does not
stop earlier for a slope below 1e-5, as it does by SciPy's default: all minima would be as sharp.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.studies.data import Data
from grokphase.studies.given import Given, Trained
from grokphase.studies.power2022.runs import table

Floats = NDArray[np.float64]
Loss = Callable[[Floats], tuple[float, Floats]]

_DIMENSIONS: Final = 10
_EPSILON: Final = 1e-3
_ITERATIONS: Final = 10


def rows(random: np.random.Generator, weights: int) -> Floats:
    """A+ (k, weights): random directions of length 1."""
    found = random.uniform(-1, 1, (_DIMENSIONS, weights))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def phi(loss: Loss, weights: Floats, directions: Floats) -> float:
    """The sharpness of a loss at some weights.

    Args:
        loss: from weights to the loss and its gradient.
        weights: (n,) at which it is measured.
        directions: A+ (k, n).

    Example:
        >>> def linear(x):  # the highest corner of the box is that along the gradient
        ...     return float(x[0]), np.array([1.0, 0.0])
        >>> round(phi(linear, np.array([1.0, 3.0]), np.array([[1.0, 0.0]])), 4)
        0.1
    """
    from scipy.optimize import minimize

    back = np.linalg.pinv(directions)
    box = _EPSILON * (np.abs(directions @ weights) + 1)

    def falling(y: Floats) -> tuple[float, Floats]:
        value, slope = loss(weights + back @ y)
        return -value, -(slope @ back)

    found = minimize(
        falling,
        np.zeros(len(directions)),
        jac=True,
        method="L-BFGS-B",
        bounds=[*zip(-box, box, strict=True)],
        options={"maxiter": _ITERATIONS, "ftol": 0, "gtol": 0},  # however flat it is
    )
    before = loss(weights)[0]
    return float(100 * (-found.fun - before) / (1 + before))


def beside_accuracy(given: Given) -> Data:
    """The usual table, and the sharpness of the training loss after the last step of each run.

    All runs are of one task and have as many training samples. In double precision: where the loss
    is 1e-5, its rise is lost in single precision.
    """
    import equinox as eqx
    import jax
    from jax.flatten_util import ravel_pytree

    from grokphase.measures.cross_entropy import cross_entropy

    with jax.enable_x64(True):
        first: Any = given.runs[0].spec
        plain = first.model  # without what acts in training alone
        parts = [eqx.partition(_network(run, plain), eqx.is_inexact_array) for run in given.runs]
        _, shaped = ravel_pytree(parts[0][0])

        @jax.jit
        @jax.value_and_grad
        def rise(weights: Any, inputs: Any, labels: Any) -> Any:
            network = eqx.combine(shaped(weights), parts[0][1])
            return cross_entropy(network(inputs), labels).mean()

        found = []
        for run, (arrays, _) in zip(given.runs, parts, strict=True):
            spec: Any = run.spec
            task, weights = spec.task, np.asarray(ravel_pytree(arrays)[0])
            index, _ = run.parts
            loss = _at(rise, task.inputs[index], task.labels[index])
            directions = rows(np.random.default_rng(spec.seed), len(weights))
            found.append(phi(loss, weights, directions))
    return {**table(given), "sharpness": found}


def _at(rise: Any, inputs: Any, labels: Any) -> Loss:
    """A loss as a function of weights alone, in NumPy."""

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = rise(weights, inputs, labels)
        return float(value), np.asarray(slope)

    return loss


def _network(run: Trained, model: Any) -> Any:
    """The trained network in double precision, without what acts in training only."""
    import jax
    import jax.numpy as jnp

    from grokphase.models.specification import Initial
    from grokphase.tasks import stream

    spec: Any = run.spec
    random = stream(spec.seed, "initial")
    network = model.build(spec.task, random, Initial.of(run.weights))
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), network)
