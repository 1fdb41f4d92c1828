r"""A linear decoder, whose slow limit is the effective loss (Appendix L).

Two samples r and r' have one label y, and the decoder :math:`A r + b`; the loss is the sum of
:math:`\frac{1}{2}|A r + b - y|^2 + \frac{\gamma}{2}\|A\|_F^2` over both. With
:math:`m = (r + r')/2`, :math:`\rho = (r - r')/2` and :math:`\beta = b - y`, exactly:

.. math::
    \dot A &= -2 \eta_A \left[A (m m^T + \rho \rho^T + \gamma) + \beta m^T\right], \\
    \dot \beta &= -2 \eta_A (A m + \beta), \qquad
    \dot m = -\eta_x A^T (A m + \beta), \qquad \dot \rho = -\eta_x A^T A \rho .

So the pair attracts by :math:`\dot \rho = -\eta_x A^T A \rho` *whatever* the label: Eq. 40 without
its assumption r' = -r, which the flow does not preserve. If the decoder is slow, A stays as it is,
and the attraction is that of the effective loss.

On the exponent of b(t): dropping A r from Eq. 37, one sample gives
:math:`b = (1 - e^{-\eta_A t})\,y`, where the paper prints :math:`e^{-2 \eta_A t}`. The printed
exponent is that of **two** samples (Eq. 39), for which it is exact while m = 0 and A m vanishes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import linalg

from grokphase.errors import GrokphaseError
from grokphase.theory.integration import integrated
from grokphase.theory.samples import Floats


class Pair(NamedTuple):
    """A linear decoder and two samples with one label, at one time or at many.

    Args:
        weights: (..., o, d) A.
        bias: (..., o) b.
        first: (..., d) r.
        second: (..., d) r'.

    Example:
        >>> start = Pair(np.eye(2), np.zeros(2), np.array([1.0, 0.0]), np.array([-1.0, 0.0]))
        >>> (start.first - start.second).tolist()
        [2.0, 0.0]

    Source: Liu et al. (2022), arXiv:2205.10343, Appendix L.
    """

    weights: Floats
    bias: Floats
    first: Floats
    second: Floats


def pair_flow(
    start: Pair,
    label: Any,
    times: Any,
    *,
    decoder_rate: float,
    embedding_rate: float,
    decay: float = 0.0,
) -> Pair:
    r"""The gradient flow of a linear decoder and two samples with one label, integrated.

    Args:
        start: at time 0.
        label: (o,) y.
        times: (t,) ascending times from 0 on; no two alike.
        decoder_rate: :math:`\eta_A`, of A and b.
        embedding_rate: :math:`\eta_x`, of r and r'.
        decay: :math:`\gamma`, for each sample.

    Returns:
        The pair at these times: each part with t in front of its shape.

    Raises:
        GrokphaseError: the shapes of the pair and the label do not fit together, or the times are
            not ascending numbers from 0 on.

    Example:
        >>> start = Pair(np.eye(2), np.zeros(2), np.array([1.0, 0.0]), np.array([-1.0, 0.0]))
        >>> path = pair_flow(start, [0.0, 1.0], [0, 1], decoder_rate=0.0, embedding_rate=1.0)
        >>> round(float(path.first[1, 0] - path.second[1, 0]), 6)
        0.735759

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 35-39.
    """
    goal, parts = np.asarray(label, np.float64), [np.asarray(part, np.float64) for part in start]
    shapes = [part.shape for part in parts]
    outputs, inputs = shapes[0][:1], shapes[0][1:]
    if len(shapes[0]) != 2 or [*shapes[1:], goal.shape] != [outputs, inputs, inputs, outputs]:
        raise GrokphaseError(
            "Weights, bias, first, second and label must have shapes (o, d), (o,), (d,), (d,) and "
            f"(o,), not {', '.join(map(str, shapes))} and {goal.shape}: for example "
            "Pair(np.eye(2), np.zeros(2), np.ones(2), -np.ones(2)) with the label [0.0, 1.0]."
        )
    ends = np.cumsum([part.size for part in parts])[:-1]

    def slope(_: float, state: Floats) -> Floats:
        weights, bias, *both = (
            part.reshape(shape) for part, shape in zip(np.split(state, ends), shapes, strict=True)
        )
        points = np.stack(both)
        errors = points @ weights.T + bias - goal
        change = errors.T @ points + len(points) * decay * weights
        pulls = errors @ weights
        return np.concatenate(
            [
                -decoder_rate * change.ravel(),
                -decoder_rate * errors.sum(axis=0),
                -embedding_rate * pulls.ravel(),
            ]
        )

    begin = np.concatenate([part.ravel() for part in parts])
    pieces = np.split(integrated(slope, begin, times, tolerance=1e-11), ends, axis=1)
    return Pair(*(piece.reshape(-1, *shape) for piece, shape in zip(pieces, shapes, strict=True)))


def adiabatic_difference(start: Pair, times: Any, *, embedding_rate: float) -> Floats:
    r"""The difference of two samples with one label under a decoder that stands still.

    :math:`r - r' = e^{-\eta_x A_0^T A_0 t} (r_0 - r'_0)`: the pull of the effective loss, of one
    strength in all directions if :math:`A_0^T A_0 = 1`. The flow of `pair_flow` tends to it as
    :math:`\eta_A \to 0`, with an error proportional to :math:`\eta_A`.

    Args:
        start: at time 0.
        times: (t,) times.
        embedding_rate: :math:`\eta_x`.

    Returns:
        (t, d).

    Example:
        >>> start = Pair(2 * np.eye(1), np.zeros(1), np.ones(1), np.zeros(1))
        >>> float(adiabatic_difference(start, [1.0], embedding_rate=0.25)[0, 0].round(6))
        0.367879

    Source: Liu et al. (2022), arXiv:2205.10343, Appendix L, "The adiabatic limit".
    """
    weights = np.asarray(start.weights, np.float64)
    rates, modes = linalg.eigh(weights.T @ weights)
    parts = modes.T @ (np.asarray(start.first) - np.asarray(start.second))
    decay = np.exp(-embedding_rate * np.outer(np.asarray(times, np.float64), rates))
    return np.asarray((decay * parts) @ modes.T)


def bias_alone(label: Any, times: Any, *, decoder_rate: float, samples: int = 1) -> Floats:
    r"""The bias that learns alone from n samples: :math:`b = (1 - e^{-n \eta_A t})\,y`.

    Args:
        label: (o,) y.
        times: (t,) times.
        decoder_rate: :math:`\eta_A`.
        samples: n; 1 in Eqs. 37-38, whose exponent is printed as if it were 2.

    Returns:
        (t, o).

    Example:
        >>> bias_alone([1.0], [0.0, 1.0], decoder_rate=1.0, samples=2).round(3).ravel().tolist()
        [0.0, 0.865]

    Source: Liu et al. (2022), arXiv:2205.10343, below Eq. 37, corrected.
    """
    grown = -np.expm1(-samples * decoder_rate * np.asarray(times, np.float64))
    return np.asarray(np.outer(grown, np.asarray(label, np.float64)))
