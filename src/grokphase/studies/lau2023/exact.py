"""Learning coefficients that are known: of powers, of a crossing, and of two linear layers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.integrate import quad


class Known(NamedTuple):
    """What is known of a minimum.

    Attributes:
        coefficient: lambda.
        multiplicity: m.
    """

    coefficient: float
    multiplicity: int


def two_layers(inputs: int, hidden: int, outputs: int, rank: int) -> Known:
    """Of `|B A - C|^2`, A (hidden, inputs), B (outputs, hidden) and C of a rank, at its minima.

    The formula is that of Aoyagi and Watanabe (2005), for reduced rank regression.

    Example:
        >>> two_layers(1, 1, 1, 0), two_layers(4, 2, 4, 2)  # a^2 b^2, and a regular set of minima
        (Known(coefficient=0.5, multiplicity=2), Known(coefficient=6.0, multiplicity=1))
    """
    n, h, m, r = inputs, hidden, outputs, rank
    if m + h < n + r:
        return Known((h * m - h * r + n * r) / 2, 1)
    if n + h < m + r:
        return Known((h * n - h * r + m * r) / 2, 1)
    if m + n < h + r:
        return Known(m * n / 2, 1)
    odd = (m + h + n + r) % 2
    squares = -((h + r) ** 2) - m**2 - n**2 + 2 * (h + r) * (m + n) + 2 * m * n
    return Known((squares + odd) / 8, 1 + odd)


def crossing(n_beta: float, pull: float) -> float:
    """`n beta E[u^2 v^2]` under `exp(-n beta u^2 v^2 - pull (u^2 + v^2) / 2)`, by quadrature.

    It goes to lambda = 1/2, as slowly as `1/2 - 1 / ln(n beta)`, its multiplicity being 2. The
    integral over v is Gaussian; that over u is taken in ln u, as it spreads over its decades.
    """

    def over(power: int) -> float:
        def density(x: float) -> float:
            u2 = math.exp(2 * x)
            weight = math.exp(-pull * u2 / 2 + x) * u2**power
            return float(weight * (2 * n_beta * u2 + pull) ** (-0.5 - power))

        low, high = -0.5 * math.log(n_beta) - 20, 0.5 * math.log(80 / pull)
        turn = 0.5 * math.log(pull / (2 * n_beta))
        return float(quad(density, low, high, points=[turn], limit=500, epsabs=0, epsrel=1e-10)[0])

    return n_beta * over(1) / over(0)


def factors(inputs: int, hidden: int, outputs: int, rank: int) -> dict[str, np.ndarray]:
    """A minimum of two layers: the first hidden neurons pass an input on, the others rest."""
    first, second = np.zeros((hidden, inputs)), np.zeros((outputs, hidden))
    at = np.arange(rank)
    first[at, at] = second[at, at] = 1.0
    return {"first": first, "second": second}
