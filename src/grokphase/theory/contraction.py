r"""How fast weights contract after memorization: the rate of their squared norm, from its path.

With :math:`V = |\theta|^2` over all parameters, a decoupled decay alone (AdamW, no gradient)
shrinks it as :math:`V_t = V_0 (1 - \eta\lambda)^{2t}`: at the rate :math:`2\eta\lambda` a step, and
the norm itself at half of that, :math:`\eta\lambda`. A path shows what gradients do to this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.special import stdtrit

from grokphase.errors import GrokphaseError
from grokphase.theory.checks import positive, reals
from grokphase.theory.samples import Floats

_LEAST = 3  # rows of a path


@final
@dataclass(frozen=True)
class Contraction:
    r"""The exponential :math:`V_t = V_0 e^{-\gamma (t - t_0)}` that is nearest to a path.

    Args:
        rate: :math:`\gamma` of V, a step; below 0 where the norm grows. Khanh et al. print
            :math:`1 - e^{-\gamma}`, which differs by half of :math:`\gamma^2`.
        interval: its 90 % interval, see `contraction`.
        r_squared: the share of the variance of ln V that the straight line explains.
        halves: the rates of the first and second half of the rows. Where they differ, V is no
            exponential, and a rate says when it was measured as much as what it is.
        first: the first step that was used.
        last: the last one.
        rows: how many there are.

    Example:
        >>> contraction([0, 100, 200], [4.0, 2.0, 1.0]).halves[0].__round__(6)
        0.013863
    """

    rate: float
    interval: tuple[float, float]
    r_squared: float
    halves: tuple[float, float]
    first: float
    last: float
    rows: int

    def of_decay(self, rate: float, decay: float) -> float:
        r""":math:`\gamma / (2\eta\lambda)`: 1 if decay alone shrinks the weights, below 1 where
        gradients hold them up.

        Args:
            rate: :math:`\eta`, learning rate.
            decay: :math:`\lambda`, decoupled weight decay.

        Example:
            >>> step = np.arange(100)
            >>> found = contraction(step, (1 - 1e-3) ** step)
            >>> round(found.of_decay(1e-3, 1.0), 3)
            1.001
        """
        return self.rate / decay_rate(rate, decay)


def decay_rate(rate: float, decay: float) -> float:
    r"""The rate at which a decoupled decay alone shrinks V, to first order: :math:`2\eta\lambda`.

    Args:
        rate: :math:`\eta`, learning rate.
        decay: :math:`\lambda`, decoupled weight decay.

    Raises:
        GrokphaseError: one is not above 0.

    Example:
        >>> decay_rate(1e-3, 1.0)
        0.002
    """
    return 2 * positive(rate, "rate", 1e-3) * positive(decay, "decay", 1)


def contraction(
    step: Any, norm: Any, *, begin: float = 0, window: float | None = None
) -> Contraction:
    r"""The rate of V by least squares of ln V on the step.

    Every row counts once, so that of rows at log-spaced steps the early ones count more. The
    interval is that of a straight line, with as many independent rows as the correlation of
    neighbouring residuals leaves (AR(1)): the path bends more than it scatters, so it says how well
    the line is known, and `Contraction.halves` whether it is one.

    Args:
        step: (m,) of the rows, ascending.
        norm: (m,) :math:`|\theta|`, the norm and not its square; rows that are NaN are left out.
        begin: the first step to use: that of memorization.
        window: how many steps from there on; to the end if not given. Khanh et al. forecast from
            50 to 100.

    Raises:
        GrokphaseError: fewer than three rows are in the window, steps do not ascend, or a norm is
            not above 0.

    Example:
        >>> step = np.arange(0, 500, 10)
        >>> found = contraction(step, 70 * np.exp(-7e-4 * step), begin=100, window=200)
        >>> round(found.rate, 9), found.rows, round(found.r_squared, 9)
        (0.0014, 21, 1.0)

    Source: Khanh et al. (2026), arXiv:2603.13331.
    """
    at, of = reals(step), reals(norm)
    if at.ndim != 1 or at.shape != of.shape:
        raise GrokphaseError(
            f"A path has a norm a step, not norms {of.shape} for steps {at.shape}: for example "
            "contraction([0, 100, 200], [70, 65, 60])."
        )
    end = math.inf if window is None else begin + positive(window, "window", 100)
    chosen = (at >= begin) & (at <= end) & ~np.isnan(of)
    at, of = at[chosen], of[chosen]
    if not (np.diff(at) > 0).all():
        raise GrokphaseError("Steps of a path ascend; sort its rows, and leave out what is twice.")
    if not (np.isfinite(of) & (of > 0)).all():
        raise GrokphaseError("A norm is a finite number above 0, without which V has no logarithm.")
    if at.size < _LEAST:
        until = "its end" if math.isinf(end) else f"step {end:g}"
        raise GrokphaseError(
            f"The path has {at.size} rows from step {begin:g} to {until}, and a rate takes "
            f"{_LEAST}: record it more often, or use a longer window."
        )
    log_v = 2 * np.log(of)
    slope, error, r_squared = _line(at, log_v)
    middle = at.size // 2
    halves = (
        (-_line(at[: middle + 1], log_v[: middle + 1])[0], -_line(at[middle:], log_v[middle:])[0])
        if middle
        else (-slope, -slope)
    )
    return Contraction(
        rate=-slope,
        interval=(-slope - error, -slope + error),
        r_squared=r_squared,
        halves=halves,
        first=float(at[0]),
        last=float(at[-1]),
        rows=int(at.size),
    )


def _line(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Slope, half of its 90 % interval, and R squared of a straight line."""
    apart, up = x - x.mean(), y - y.mean()
    slope = float((apart * up).sum() / (apart**2).sum())
    rest = up - slope * apart
    total, left = float((up**2).sum()), float((rest**2).sum())
    r_squared = 1 - left / total if total > 0 else 1.0
    free = x.size - 2
    if free < 1:
        return slope, math.inf, r_squared
    neighbours = float((rest[:-1] * rest[1:]).sum() / left) if left > 0 else 0.0
    related = min(max(neighbours, 0.0), 0.999)
    independent = max(free * (1 - related) / (1 + related), 1.0)
    error = math.sqrt(left / independent / float((apart**2).sum()))
    return slope, float(stdtrit(independent, 0.95)) * error, r_squared
