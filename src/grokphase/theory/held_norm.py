r"""Times at a norm that is held: exponential in it, or in the scale of the logits.

Networks whose norm is held at :math:`\rho` times the norm of free networks when they generalize
still do, after a time that is exponential in :math:`\rho`: :math:`T = T_1 e^{a(\rho - 1)}`. The
revision says that what counts is the scale of the logits that goes with the norm: at one norm, a
temperature of the softmax that makes the same scale makes most of the same delay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.theory.checks import reals
from grokphase.theory.log_times import LogTimes, fit_log_times
from grokphase.theory.samples import Floats


@final
@dataclass(frozen=True)
class HeldNorm:
    r""":math:`T = T_1 e^{a(\rho - 1)}`.

    Args:
        slope: a.
        interval: its 90 % interval.
        at_one: :math:`T_1`, in steps.
        scatter: standard deviation of ln T about the law.
        fit: the whole fit.

    Example:
        >>> found = fit_held_norm([0.9, 1.0, 1.1], [500, 1000, 2000], [500, 1000, 2000])
        >>> round(found.at_one), found.quantile([1.2]).round().tolist()
        (1000, [4000.0])

    Source: Khanh et al. (2026), arXiv:2606.13753: a = 7.64 from 0.85 to 1.25 for an MLP on
    modular addition, p = 59. It is stated from 0.85 to 1.15 or 1.25, where single precision ends.
    """

    slope: float
    interval: tuple[float, float]
    at_one: float
    scatter: float
    fit: LogTimes

    def quantile(self, held: Any, share: float = 0.5) -> Floats:
        """Steps by which a share of runs has generalized at these norms.

        Args:
            held: (m,) norms in units of the norm of free networks.
            share: of the runs.
        """
        rho = np.atleast_1d(reals(held))
        return self.fit.quantile(np.stack([np.ones_like(rho), rho - 1], -1), share)


def fit_held_norm(held: Any, lower: Any, upper: Any) -> HeldNorm:
    r"""The exponential law from times at several norms.

    Args:
        held: (n,) :math:`\rho`, the norm over that of free networks.
        lower: (n,) the time is later, in steps; the same as `upper` where it is known exactly.
        upper: (n,) and not later than this; infinite where it was not reached.

    Raises:
        GrokphaseError: as `fit_log_times`.

    Example:
        >>> rho = np.array([0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25])
        >>> steps = [1495, 1781, 2469.5, 3999, 6380, 9433, 13030, 19407, 26929]
        >>> found = fit_held_norm(rho, steps, steps)  # the published medians
        >>> round(found.slope, 2), round(explained({"rho": rho}, np.log(steps)), 4)
        (7.64, 0.9944)
    """
    rho = reals(held)
    fit = fit_log_times({"ln T_1": np.ones_like(rho), "slope": rho - 1}, lower, upper)
    return HeldNorm(
        slope=fit["slope"],
        interval=fit.interval("slope"),
        at_one=math.exp(fit["ln T_1"]),
        scatter=fit.scatter,
        fit=fit,
    )


def logit_scale(logits: Any, temperature: float = 1.0) -> float:
    """The scale of logits as a softmax sees it: the root mean square about each sample's mean.

    Args:
        logits: (n, classes).
        temperature: by which the softmax divides them.

    Raises:
        GrokphaseError: logits are no table.

    Example:
        >>> logit_scale([[1.0, -1.0], [3.0, 1.0]]), logit_scale([[1.0, -1.0]], temperature=0.5)
        (1.0, 2.0)
    """
    z = reals(logits)
    if z.ndim != 2 or not z.size:
        raise GrokphaseError(f"Logits are a table, samples by classes, not of shape {z.shape}.")
    centred = z - z.mean(axis=1, keepdims=True)
    return float(np.sqrt((centred**2).mean()) / temperature)


def explained(columns: dict[str, Any], values: Any) -> float:
    """R squared of least squares with a constant: what columns say of values that are all known.

    Whether the norm says more than the scale of logits is the difference of two of these.

    Args:
        columns: (n,) by name.
        values: (n,), such as logarithms of times; none may be censored.

    Raises:
        GrokphaseError: a number is not finite, or values do not vary.

    Example:
        >>> x = np.array([1.0, 2, 3, 4])
        >>> round(explained({"x": x}, 3 * x + 1), 9)
        1.0
    """
    y = reals(values)
    design = np.stack([np.ones_like(y), *(reals(each) for each in columns.values())], axis=-1)
    if not (np.isfinite(design).all() and np.isfinite(y).all() and np.ptp(y) > 0):
        raise GrokphaseError(
            "R squared takes finite numbers that vary: times that were not reached have none."
        )
    best, *_ = np.linalg.lstsq(design, y, rcond=None)
    return float(1 - ((y - design @ best) ** 2).sum() / ((y - y.mean()) ** 2).sum())
