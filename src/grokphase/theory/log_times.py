r"""Times that are a law times scatter, fitted where some are known as intervals only.

:math:`\ln T = o + x \cdot b + s \, e` with normal :math:`e`: a law whose logarithm is linear, and
errors that are factors. A time that lies in (lower, upper] counts as the probability of that
interval, one that was not reached by `lower` as that of being later (Tobit, accelerated failure
time), so that neither the grid of evaluations nor the budget bends the law.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtri

from grokphase.errors import GrokphaseError
from grokphase.theory.checks import reals
from grokphase.theory.samples import Floats

_LEAST = 1e-3  # of the scatter, to which times that are all on the law would let it shrink
_NORMAL = math.log(2 * math.pi) / 2


@dataclass(frozen=True, eq=False)
class LogTimes:
    r"""A fitted law of times.

    Args:
        names: (k,) of the coefficients.
        coefficients: (k,) b.
        covariance: (k, k) of b, from the curvature of the likelihood.
        scatter: s, the standard deviation of ln T about the law; 0.001 at least.
        runs: how many times it is from.
        censored: how many of them were not reached.
        likelihood: the largest log-likelihood; of exactly known times in nats of ln T.

    Example:
        >>> late = np.array([100.0, 200, 400, 500]), np.array([100, 200, 400, np.inf])
        >>> found = fit_log_times({"a": np.ones(4)}, *late)
        >>> found.censored, bool(found.quantile([[1.0]])[0] > 200)
        (1, True)

    Source: Tobin 1958, Econometrica 26, 24; Wei 1992, Statistics in Medicine 11, 1871.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    scatter: float
    runs: int
    censored: int
    likelihood: float

    def __getitem__(self, name: str) -> float:
        """A coefficient by its name."""
        return float(self.coefficients[self.names.index(name)])

    def interval(self, name: str, level: float = 0.9) -> tuple[float, float]:
        """The interval of a coefficient, by the normal approximation.

        Too narrow for few runs, and where runs of one seed are related.

        Example:
            >>> x = np.arange(1.0, 9)
            >>> times = np.exp(2 + 0.5 * x + 0.1 * np.tile([1, -1], 4))
            >>> low, high = fit_log_times({"a": np.ones(8), "x": x}, times, times).interval("x")
            >>> low < 0.5 < high
            True
        """
        at = self.names.index(name)
        away = float(ndtri((1 + level) / 2)) * math.sqrt(self.covariance[at, at])
        middle = float(self.coefficients[at])
        return middle - away, middle + away

    def quantile(self, design: Any, share: float = 0.5, offset: Any = 0.0) -> Floats:
        """Steps by which a share of such runs has arrived, for each row of a design.

        The scatter of runs about the law is in it, and what is not known of the law is not.

        Args:
            design: (m, k), in the order of `names`.
            share: of the runs; one half is the law itself.
            offset: (m,) o.
        """
        middle = reals(offset) + np.atleast_2d(reals(design)) @ self.coefficients
        found: Floats = np.exp(middle + self.scatter * ndtri(share))
        return found


def fit_log_times(design: dict[str, Any], lower: Any, upper: Any, *, offset: Any = 0.0) -> LogTimes:
    r"""The coefficients of a law of times that make the times that were seen most likely.

    Args:
        design: columns (n,) by name; one of ones is the constant.
        lower: (n,) the time is later, in steps; the same as `upper` where it is known exactly.
        upper: (n,) and not later than this; infinite where it was not reached.
        offset: (n,) o, of which nothing is fitted.

    Returns:
        The law, with the interval of each coefficient.

    Raises:
        GrokphaseError: lengths differ, a number is not finite, fewer times were reached than there
            are coefficients and one, or columns do not vary apart.

    Example:
        >>> decay = np.array([0.1, 0.3, 1.0, 3.0])
        >>> steps = 2000 / decay
        >>> found = fit_log_times({"a": np.ones(4), "slope": np.log(decay)}, steps, steps)
        >>> round(found["slope"], 6), round(float(np.exp(found["a"])))
        (-1.0, 2000)
    """
    names = tuple(design)
    columns, low, high = [reals(design[name]) for name in names], reals(lower), reals(upper)
    x = np.stack(np.broadcast_arrays(*columns), axis=-1) if columns else np.empty((0, 0))
    shift = np.broadcast_to(reals(offset), low.shape) if low.ndim == 1 else reals(offset)
    if low.ndim != 1 or not (x.shape == (low.size, len(names)) and high.shape == low.shape):
        raise GrokphaseError(
            f"A law of times has as many rows as times: columns {list(design)}, lower and upper of "
            "one length each."
        )
    if not (np.isfinite(x).all() and np.isfinite(shift).all() and np.isfinite(low).all()):
        raise GrokphaseError("A law of times is fitted to finite numbers: leave out other rows.")
    if not ((high > 0) & (low <= high)).all():
        raise GrokphaseError(
            "Times lie in (lower, upper], with upper above 0: a law of logarithms has none of 0 or "
            "below."
        )
    seen = int(np.isfinite(high).sum())
    if seen <= len(names):
        raise GrokphaseError(
            f"{len(names)} coefficients take {len(names) + 1} times that were reached, or more; "
            f"there are {seen}."
        )
    if np.linalg.matrix_rank(x[np.isfinite(high)]) < len(names):
        raise GrokphaseError(
            f"What was reached cannot tell {', '.join(names)} apart: vary each by itself."
        )
    early = np.where(low > 0, np.log(np.maximum(low, 0) + (low <= 0)), -np.inf)
    fit, spread = _most_likely(x, early, np.log(high), shift)
    many = len(names)
    # Of b alone, at the scatter that was found: a scatter of nothing has no curvature.
    hessian = _curvature(lambda b: fit.surprise(np.append(b, fit.at[-1])), fit.at[:many], spread)
    return LogTimes(
        names=names,
        coefficients=fit.at[:many] / fit.scale,
        covariance=np.linalg.pinv(hessian) / np.outer(fit.scale, fit.scale),
        scatter=math.exp(fit.at[-1]) + _LEAST,
        runs=len(x),
        censored=int(np.isinf(high).sum()),
        likelihood=-float(fit.surprise(fit.at)),
    )


def most_likely_coefficients(x: Any, lower: Any, upper: Any) -> Floats:
    r"""The coefficients of :math:`y = x \cdot b + s e`, e normal, of y that are partly censored.

    Args:
        x: (n, k) of what y is linear in.
        lower: (n,) y is not below this.
        upper: (n,) nor above this: the same where it is known, infinite where it is not.

    Returns:
        (k,) b of the largest likelihood; that of least squares where nothing is censored.

    Example:
        >>> x = np.stack([np.ones(4), np.arange(4.0)], axis=1)
        >>> most_likely_coefficients(x, [0, 2, 4, 6], [0, 2, 4, 6]).round(6) + 0.0
        array([0., 2.])

    Source: Tobin 1958, Econometrica 26, 24.
    """
    columns, low, high = reals(x), reals(lower), reals(upper)
    fit, _ = _most_likely(columns, low, high, np.zeros(low.shape))
    found: Floats = fit.at[:-1] / fit.scale
    return found


class _Fit(NamedTuple):
    """Where the likelihood is largest.

    Attributes:
        at: (k + 1,) coefficients of columns that are at most 1, and ln s.
        scale: (k,) by which columns were divided.
        surprise: minus the log-likelihood at such a point.
    """

    at: Floats
    scale: Floats
    surprise: Callable[[Floats], float]


def _most_likely(x: Floats, low: Floats, high: Floats, shift: Floats) -> tuple[_Fit, float]:
    """The largest likelihood, and the spread that it was looked for from."""
    from scipy.optimize import minimize

    # A start from one number a time: the end that is finite, or their middle.
    ends = np.where(np.isfinite([low, high]), [low, high], np.nan)
    some = np.isfinite(ends).any(axis=0)
    middle = np.nanmean(ends[:, some], axis=0)
    scale = np.maximum(np.abs(x).max(axis=0), 1e-300)
    scaled = x / scale
    start, *_ = np.linalg.lstsq(scaled[some], middle - shift[some], rcond=None)
    spread = max(float(np.std(middle - shift[some] - scaled[some] @ start)), 0.05)

    def surprise(parameters: Floats) -> float:
        s = math.exp(parameters[-1]) + _LEAST
        mean = shift + scaled @ parameters[:-1]
        return -float(_log_probability((low - mean) / s, (high - mean) / s, s).sum())

    found = minimize(surprise, np.append(start, math.log(spread)), method="BFGS")
    found = minimize(surprise, found.x, method="Nelder-Mead", options=_CLOSE)
    return _Fit(found.x, scale, surprise), spread


_CLOSE = {"xatol": 1e-10, "fatol": 1e-10, "maxiter": 20_000, "maxfev": 20_000}


def _log_probability(low: Floats, high: Floats, scatter: float) -> Floats:
    """ln of the density where both ends are one, else of the probability between them."""
    exact = low == high
    # From the side on which both ends are small, so that nothing is lost in 1 - 1.
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        upper, lower = log_ndtr(b), log_ndtr(a)
        between = upper + np.log1p(-np.exp(np.minimum(lower - upper, 0.0)))
        density = -(np.where(exact, low, 0.0) ** 2) / 2 - _NORMAL - math.log(scatter)
    found: Floats = np.where(exact, density, np.fmax(between, -1e6))
    return found


def _curvature(of: Any, at: Floats, spread: float) -> Floats:
    """The matrix of second derivatives, by central differences."""
    step = 1e-3 * max(spread, _LEAST)
    eye = np.eye(len(at)) * step
    found = np.empty((len(at), len(at)))
    for i, one in enumerate(eye):
        for j, other in enumerate(eye):
            found[i, j] = (
                of(at + one + other)
                - of(at + one - other)
                - of(at - one + other)
                + of(at - one - other)
            ) / (4 * step**2)
    return found
