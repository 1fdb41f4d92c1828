r"""How times fall with the share of the data: :math:`t(r) = a r^{-c} + b`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from grokphase.theory.checks import positive, reals
from grokphase.theory.log_times import LogTimes, fit_log_times
from grokphase.theory.samples import Floats


@final
@dataclass(frozen=True)
class DataLaw:
    r""":math:`t(r) = a r^{-c} + b`.

    Args:
        factor: a, in steps.
        exponent: c.
        least: b, in steps, which no share of the data goes below.
        fit: the fit of :math:`\ln(t - b)`; its intervals are those at this b, and too narrow.

    Example:
        >>> r = np.array([0.3, 0.4, 0.5, 0.6, 0.8])
        >>> found = fit_data_law(r, 100 / r**2, 100 / r**2)
        >>> found.quantile([0.25]).round().tolist()
        [1600.0]

    Source: Notsawo et al. (2023), arXiv:2306.13253, whose constants are not printed. A power law of
    r has no critical fraction: it lets runs of any share arrive in the end, and is stated for
    those shares at which runs do.
    """

    factor: float
    exponent: float
    least: float
    fit: LogTimes

    def quantile(self, fraction: Any, share: float = 0.5) -> Floats:
        """Steps by which a share of the runs has arrived, at these fractions.

        Args:
            fraction: (m,) r, trained samples over all.
            share: of the runs.
        """
        r = np.atleast_1d(reals(fraction))
        return self.least + self.fit.quantile(np.stack([np.ones_like(r), np.log(r)], -1), share)


def fit_data_law(fraction: Any, lower: Any, upper: Any) -> DataLaw:
    """Factor, exponent and least time that make the times that were seen most likely.

    Args:
        fraction: (n,) r, above 0.
        lower: (n,) the time is later, in steps; the same as `upper` where it is known exactly.
        upper: (n,) and not later than this; infinite where it was not reached.

    Raises:
        GrokphaseError: a fraction is not above 0, and as `fit_log_times`.

    Example:
        >>> r = np.array([0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
        >>> steps = 120 * r**-3.0 + 500
        >>> found = fit_data_law(r, steps, steps)
        >>> round(found.factor), round(found.exponent, 2), round(found.least)
        (120, 3.0, 500)
    """
    from scipy.optimize import minimize_scalar

    r, low, high = reals(fraction), reals(lower), reals(upper)
    positive(float(np.min(r)), "fraction", 0.4)
    columns = {"ln a": np.ones_like(r), "-c": np.log(r)}

    def at(least: float) -> LogTimes:
        return fit_log_times(columns, low - least, high - least)

    def surprise(least: float) -> float:
        # Per step, not per ln(t - b): the width of a density changes with b.
        found, exact = at(least), low == high
        return -found.likelihood + float(np.log(high[exact] - least).sum())

    first = float(np.min(high))
    best = minimize_scalar(
        surprise,
        bounds=(0.0, first * (1 - 1e-6)),
        method="bounded",
        options={"xatol": 1e-6 * first},
    )
    b = float(best.x) if best.fun < surprise(0.0) else 0.0
    fit = at(b)
    return DataLaw(math.exp(fit["ln a"]), -fit["-c"], b, fit)
