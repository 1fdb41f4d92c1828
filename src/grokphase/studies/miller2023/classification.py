"""A Gaussian process that classifies, learned by the evidence lower bound.

Classes are 1 and -1, `p(y = 1 | f) = Phi(f)`. The posterior is Gaussian and of all training points,
`f = L v` with `L L^T = K` and `v ~ N(m, C C^T)`, C lower triangular; the bound is `sum_i E ln
Phi(y_i f_i) - KL(v || N(0, 1))`. Its first part, negated, is the error, its second the complexity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import log_ndtr

from grokphase.studies.miller2023.process import Adam

Array = NDArray[np.float64]

JITTER = 1e-6  # on the diagonal of a covariance of scale 1
NODES, _weights = np.polynomial.hermite_e.hermegauss(32)
WEIGHTS = _weights / _weights.sum()


def covariance(left: Array, right: Array, lengths: Array, scale: float) -> Array:
    """(n, m) of scale exp(-sum_d (x_d - z_d)^2 / (2 length_d^2)), x (n, d) and z (m, d)."""
    found: Array = scale * np.exp(-(((left[:, None] - right) / lengths) ** 2).sum(axis=2) / 2)
    return found


def expected(mean: Array, variance: Array, classes: Array) -> tuple[Array, Array, Array]:
    """E ln Phi(y f) for f ~ N(mean, variance), and its slopes in mean and variance."""
    deviation = np.sqrt(variance)
    signed = classes[:, None] * (mean[:, None] + deviation[:, None] * NODES)
    logs = log_ndtr(signed)
    slope = classes[:, None] * np.exp(-(signed**2) / 2 - logs) / np.sqrt(2 * np.pi)
    return logs @ WEIGHTS, slope @ WEIGHTS, slope @ (NODES * WEIGHTS) / (2 * deviation)


def bound(
    inputs: Array, classes: Array, logs: Array, mean: Array, factor: Array
) -> tuple[dict[str, float], tuple[Array, Array, Array], Array]:
    """Minus the evidence lower bound, in its two parts, and its gradient.

    Args:
        inputs: (n, d).
        classes: (n,) of 1 and -1.
        logs: (d + 1,) logarithms of a length for each dimension, and of the scale.
        mean: (n,) m.
        factor: (n, n) C.

    Returns:
        The parts ``error`` and ``complexity``; the gradients of their sum by logs, mean and factor;
        and the weights L^-T m by which the process predicts.
    """
    lengths, scale = np.exp(logs[:-1]), float(np.exp(logs[-1]))
    signal = covariance(inputs, inputs, lengths, scale)
    root = np.linalg.cholesky(signal + scale * JITTER * np.eye(len(inputs)))
    spread = root @ factor
    values, by_mean, by_variance = expected(root @ mean, (spread**2).sum(axis=1), classes)
    diagonal = np.diag(factor)
    parts = {
        "error": float(-values.sum()),
        "complexity": float(
            ((factor**2).sum() + mean @ mean - len(mean)) / 2 - np.log(np.abs(diagonal)).sum()
        ),
    }
    pull = 2 * by_variance[:, None] * spread  # by L C
    by_root = -np.tril(np.outer(by_mean, mean) + pull @ factor.T)
    # Back through the Cholesky factor: Murray (2016), arXiv:1602.07527, Eq. 10.
    inner = np.tril(root.T @ by_root)
    inner[np.diag_indices_from(inner)] /= 2
    half = solve_triangular(root, inner, lower=True, trans="T")
    by_covariance = solve_triangular(root, half.T, lower=True, trans="T").T
    weighted = by_covariance * signal
    squares = ((inputs[:, None] - inputs) / lengths) ** 2
    by_lengths = np.einsum("ij,ijd->d", weighted, squares)
    by_scale = weighted.sum() + scale * JITTER * np.trace(by_covariance)
    by_factor = np.tril(factor - root.T @ pull) - np.diag(1 / diagonal)
    gradients = np.append(by_lengths, by_scale), mean - root.T @ by_mean, by_factor
    return parts, gradients, solve_triangular(root, mean, lower=True, trans="T")


def classified(
    train: tuple[Array, Array],
    test: tuple[Array, Array],
    start: tuple[float, float],
    *,
    rate: float,
    epochs: int,
) -> Iterator[dict[str, Any]]:
    """Epoch by epoch of Adam on the bound: accuracies, and both parts of it.

    Args:
        train: inputs (n, d), and classes of 1 and -1.
        test: the same of new points.
        start: length, of all dimensions alike, and scale; the posterior starts as the prior.
        rate: of Adam, for logarithms of length and scale, for the mean and for its factor.
        epochs: how many.
    """
    count, dimensions = train[0].shape
    sizes = np.cumsum([dimensions + 1, count])
    logs = np.log(np.append(np.full(dimensions, start[0]), start[1]))
    values = np.concatenate([logs, np.zeros(count), np.eye(count).ravel()])
    adam = Adam(rate, len(values))
    for epoch in range(epochs + 1):
        logs, mean, factor = np.split(values, sizes)
        parts, gradients, weights = bound(*train, logs, mean, factor.reshape(count, count))
        lengths, scale = np.exp(logs[:-1]), float(np.exp(logs[-1]))
        accuracies = {
            of: float(
                ((covariance(inputs, train[0], lengths, scale) @ weights) * classes > 0).mean()
            )
            for of, (inputs, classes) in {"train": train, "validation": test}.items()
        }
        yield {"epoch": epoch, "length": float(lengths.min()), **parts, **accuracies}
        values = adam.stepped(values, np.concatenate([each.ravel() for each in gradients]))
