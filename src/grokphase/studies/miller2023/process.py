"""A Gaussian process whose length and scale are learned by its marginal likelihood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]

BETAS, EPSILON = (0.9, 0.999), 1e-8  # Adam's usual ones


class Adam:
    """Adam with its usual settings, for the numbers of one array.

    Args:
        rate: the learning rate.
        count: how many numbers.
    """

    def __init__(self, rate: float, count: int) -> None:
        self._rate, self._steps = rate, 0
        self._moments: tuple[Array, ...] = (np.zeros(count), np.zeros(count))

    def stepped(self, values: Array, gradient: Array) -> Array:
        """The numbers after one step more."""
        self._steps += 1
        powers = gradient, gradient**2
        self._moments = tuple(
            beta * moment + (1 - beta) * power
            for beta, moment, power in zip(BETAS, self._moments, powers, strict=True)
        )
        unbiased = [
            moment / (1 - beta**self._steps)
            for beta, moment in zip(BETAS, self._moments, strict=True)
        ]
        moved: Array = values - self._rate * unbiased[0] / (np.sqrt(unbiased[1]) + EPSILON)
        return moved


def covariance(left: Array, right: Array, length: float, scale: float) -> Array:
    """(n, m) of scale exp(-(x - z)^2 / (2 length^2))."""
    found: Array = scale * np.exp(-((left[:, None] - right) ** 2) / (2 * length**2))
    return found


def likelihood(
    inputs: Array, results: Array, logs: Array, noise: float
) -> tuple[dict[str, float], Array, Array]:
    """Minus the log of the marginal likelihood, in its two parts, and its gradient.

    Args:
        inputs: (n,).
        results: (n,).
        logs: (2,) logarithms of length and scale.
        noise: variance of results.

    Returns:
        The parts ``fit``, y K^-1 y / 2, and ``complexity``, ln det K / 2; the gradient of their
        sum, (2,); and the weights K^-1 y, (n,), by which the process predicts.
    """
    length, scale = np.exp(logs)
    signal = covariance(inputs, inputs, length, scale)
    factor = cho_factor(signal + noise * np.eye(len(inputs)), lower=True)
    weights = cho_solve(factor, results)
    parts = {
        "fit": float(results @ weights) / 2,
        "complexity": float(np.log(np.diag(factor[0])).sum()),
    }
    slope = cho_solve(factor, np.eye(len(inputs))) - np.outer(weights, weights)
    by_length = signal * (inputs[:, None] - inputs) ** 2 / length**2
    gradient = np.array([(slope * by_length).sum(), (slope * signal).sum()]) / 2
    return parts, gradient, weights


def learned(
    train: tuple[Array, Array],
    test: tuple[Array, Array],
    start: tuple[float, float],
    *,
    noise: float,
    rate: float,
    epochs: int,
) -> Iterator[dict[str, Any]]:
    """Epoch by epoch of Adam on the marginal likelihood: errors, and both parts of it."""
    logs = np.log(np.array(start, float))
    adam = Adam(rate, 2)
    for epoch in range(epochs + 1):
        parts, gradient, weights = likelihood(*train, logs, noise)
        length, scale = np.exp(logs)
        errors = {
            of: float(
                ((covariance(inputs, train[0], length, scale) @ weights - results) ** 2).mean()
            )
            for of, (inputs, results) in {"train": train, "validation": test}.items()
        }
        yield {"epoch": epoch, "length": length, "scale": scale, **parts, **errors}
        logs = adam.stepped(logs, gradient)
