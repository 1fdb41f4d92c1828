r"""Grokking at the edge of linear separability: a classifier of samples that are all of one class.

The model is :math:`f = S \cdot x + b` with the loss :math:`L = \frac{1}{N} \sum_i e^{f(x_i)}` of
labels -1 (exponential, which the logistic loss becomes where it is small), gradient flow from zero,
and samples :math:`N(0, \sigma^2)` in each of d dimensions. Sets that can be separated from the
origin are memorized, the others are generalized from, and close to the edge late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from scipy.special import betainc, gammaln, logsumexp, ndtr

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.theory.checks import instants, positive, reals
from grokphase.theory.samples import Floats

_MOST = 10_000_000  # samples: the logarithm adds up a term for each dimension
LEAST, MOST = 1e-100, 1e8
"""Sizes of samples and of their scale: below squares are 0, beyond steps are lost in rounding."""

_TOUCHING = 1e-10  # of the largest sample: a margin below is rounding
_TOLERANCE = 1e-10
_HORIZON = 1e3


# ------------------------------------------------------------------------------ probability


def separability(samples: int, dimensions: int) -> float:
    r"""The probability that random samples can be separated from the origin by a plane through it.

    :math:`P(N, d) = 2^{1-N} \sum_{k<d} \binom{N-1}{k} = I_{1/2}(N - d, d)`, the regularized
    incomplete beta function, for any distribution that is symmetric about the origin and puts no
    :math:`d` of them in a plane through it. It is 1/2 at :math:`N = 2 d`: the threshold is
    :math:`\lambda = d / N = 1/2`, and sharp for large N.

    Args:
        samples: N.
        dimensions: d.

    Raises:
        GrokphaseError: one of them is not a whole number from 1 to 10,000,000.

    Example:
        >>> round(separability(400, 200), 12), round(separability(400, 190), 4)
        (0.5, 0.1584)

    Source: Wendel (1962), Math. Scand. 11, 109; Beck, Levi and Bar-Sinai (2024), arXiv:2410.04489.
    """
    samples, dimensions = _sizes(samples, dimensions)
    return 1.0 if dimensions >= samples else float(betainc(samples - dimensions, dimensions, 0.5))


def log_separability(samples: int, dimensions: int) -> float:
    r"""The natural logarithm of `separability`, also where that is too small for a number.

    Args:
        samples: N.
        dimensions: d.

    Raises:
        GrokphaseError: one of them is not a whole number from 1 to 10,000,000.

    Example:
        >>> round(log_separability(10_000, 1_000))
        -3686
    """
    samples, dimensions = _sizes(samples, dimensions)
    if dimensions >= samples:
        return 0.0
    k = np.arange(dimensions)
    terms = gammaln(samples) - gammaln(k + 1) - gammaln(samples - k)
    return float(logsumexp(terms) - (samples - 1) * math.log(2))


def _sizes(samples: int, dimensions: int) -> tuple[int, int]:
    return whole(samples, "samples", 1, _MOST), whole(dimensions, "dimensions", 1, _MOST)


# ------------------------------------------------------------------------------ training sets


@final
@dataclass(frozen=True)
class OneClass:
    r"""A training set of one class, whose population is :math:`N(0, \sigma^2)` in each dimension.

    Args:
        points: (n, d): a row a sample.
        scale: :math:`\sigma`.

    Raises:
        GrokphaseError: points are not a matrix of finite numbers with one that is not 0, the scale
            is not above 0, or one is out of range.

    Example:
        >>> apart = OneClass([[3.0, 1.0], [3.0, -1.0]])
        >>> apart.margin, round(apart.error, 3)
        (3.0, 0.369)
        >>> OneClass([[1.0], [-2.0]]).margin is None
        True

    Source: Beck, Levi and Bar-Sinai (2024), arXiv:2410.04489.
    """

    points: Any
    scale: float = 1.0

    def __post_init__(self) -> None:
        points = reals(self.points)
        if points.ndim != 2 or not np.isfinite(points).all() or not points.any():
            raise GrokphaseError(
                "points must be a matrix of finite numbers, a row a sample, and not all 0; write "
                "np.random.default_rng(0).standard_normal((40, 18)) to try."
            )
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "scale", positive(self.scale, "scale", 1.0))
        for what, size in (("points", float(np.abs(points).max())), ("scale", self.scale)):
            if not LEAST <= size <= MOST:
                raise GrokphaseError(
                    f"{what} of {size:.3g} cannot be computed with, as the flow goes by squares of "
                    f"samples and of the scale; multiply both by the same number, so that they lie "
                    f"between {LEAST:g} and {MOST:g}."
                )

    @cached_property
    def margin(self) -> float | None:
        r"""M, the distance of the origin from the convex hull; None if it is not outside.

        It is the greatest :math:`\min_i \hat S \cdot x_i` of any direction, by non-negative least
        squares (Lawson and Hanson's least distance programming).
        """
        from scipy.optimize import nnls

        size = float(np.linalg.norm(self.points, axis=1).max())
        hull = np.vstack([self.points.T / size, np.ones(len(self.points))])
        shares, _ = nnls(hull, np.append(np.zeros(len(hull) - 1), 1.0))
        nearest = float(np.linalg.norm(self.points.T @ (shares / shares.sum())))
        return nearest if nearest > _TOUCHING * size else None

    @property
    def error(self) -> float:
        r"""The share of the population that is wrong at the end: 0 without a margin.

        The accuracy is :math:`\frac12 [1 + \mathrm{erf}(1 / (\sigma M \sqrt 2))]`, as the flow
        ends in the direction of the greatest margin of :math:`(x_i, 1)`, which has
        :math:`|S| : -b = M : 1`.
        """
        return 0.0 if self.margin is None else float(ndtr(-1 / (self.scale * self.margin)))

    @cached_property
    def limit(self) -> Floats | None:
        r"""(d,) weights at the end, least of :math:`\sum_i e^{S \cdot x_i}`.

        None where there is a margin, or the origin is on the edge, as weights then grow without
        bound.
        """
        from scipy.optimize import minimize

        if self.margin is not None or not self._surrounds:
            return None
        unit = self.points / self.scale

        def value(weights: Floats) -> tuple[float, Floats]:
            log, shares = _mean(unit, weights)
            return log, shares @ unit

        def hessian(weights: Floats) -> Floats:
            return _curvature(unit, _mean(unit, weights)[1])

        start = np.zeros(unit.shape[1])
        options = {"gtol": 1e-12}
        found = minimize(
            value, start, jac=True, hess=hessian, method="trust-exact", options=options
        )
        weights: Floats = found.x / self.scale
        return weights

    @property
    def _surrounds(self) -> bool:
        """Whether the origin is inside of the hull and not on its edge: a mean of all samples, each
        with a share above 0."""
        from scipy.optimize import nnls

        points = self.points / float(np.linalg.norm(self.points, axis=1).max())
        # Shares of at least 1 before they are made to add up: 1 + u, u >= 0.
        _, missed = nnls(points.T, -points.sum(axis=0))
        return bool(missed <= 1e-8 * len(points))

    def flow(self, clock: Any) -> Flow:
        r"""The gradient flow from zero, at values of the clock :math:`-b`.

        The bias falls all the time. By it as a clock weights descend :math:`\ln Z`, with
        :math:`Z = \frac1N \sum_i e^{S \cdot x_i}`, by themselves: :math:`dS/d(-b) = -g`,
        :math:`g = \nabla_S \ln Z`. (The authors' conformal time :math:`\tau = \int e^b dt` has
        :math:`d\tau = d(-b) / Z`.) The time is :math:`t = w / L` with
        :math:`dw/d(-b) = 1 - w (1 + |g|^2)`, so that no time is too long for it.

        Args:
            clock: (k,) ascending values of :math:`-b`, from 0.

        Raises:
            GrokphaseError: they are not ascending numbers from 0 on.

        Example:
            >>> late = OneClass([[-1.0], [0.5]]).flow([0, 50])
            >>> late.weights[-1].round(4), round(math.log(2) / 1.5, 4)
            (array([0.4621]), 0.4621)
        """
        at = instants(clock, ascending=True)
        return self._states(at, self._solved(float(at[-1]) or 1.0).sol(at))

    def times(self, level: float, horizon: float = _HORIZON) -> SeparationTimes:
        """When both losses are below a level for good, as natural logarithms of times.

        Args:
            level: of training and population loss, which begin at 1; below 1.
            horizon: the last value of the clock -b that is looked at, which is about ln t.

        Raises:
            GrokphaseError: the level is not between 0 and 1, or the horizon is not above 0.

        Example:
            >>> found = two_points(0.495, scale=30).times(1e-8)
            >>> round(math.sqrt(found.log_delay), 3)
            3.322
        """
        if not 0 < real(level) < 1:
            raise GrokphaseError(
                f"level = {level!r} must be between 0 and 1, where losses begin; write level=1e-8."
            )
        last = positive(horizon, "horizon", _HORIZON)
        never = self.margin is not None  # population loss: weights grow like the bias
        solved = self._solved(last, math.log(level) - 1 if never else -math.inf)
        return SeparationTimes(
            log_memorized=self._below("log_train", level, solved),
            log_generalized=None if never else self._below("log_population", level, solved),
            level=level,
            horizon=horizon,
        )

    def _solved(self, last: float, lowest: float = -math.inf) -> Any:
        """The flow up to a value of the clock, or to a logarithm of the training loss."""
        from scipy.integrate import solve_ivp

        points, dimensions = self.points, self.points.shape[1]

        def slope(_: float, state: Floats) -> Floats:
            _, shares = _mean(points, state[:dimensions])
            downhill = -(shares @ points)
            late = 1 - state[dimensions] * (1 + downhill @ downhill)
            return np.append(downhill, late)

        def jacobian(_: float, state: Floats) -> Floats:
            _, shares = _mean(points, state[:dimensions])
            uphill, curvature = shares @ points, _curvature(points, shares)
            found = np.zeros((dimensions + 1, dimensions + 1))
            found[:-1, :-1] = -curvature
            found[-1, :-1] = -2 * state[dimensions] * (curvature @ uphill)
            found[-1, -1] = -(1 + uphill @ uphill)
            return found

        def left(clock: float, state: Floats) -> float:
            return _mean(points, state[:dimensions])[0] - clock - lowest

        left.terminal = True  # type: ignore[attr-defined]  # how SciPy is told to stop there
        return solve_ivp(
            slope,
            (0.0, last),
            np.zeros(dimensions + 1),
            "LSODA",
            dense_output=True,
            jac=jacobian,
            events=left if lowest > -math.inf else None,
            rtol=_TOLERANCE,
            atol=_TOLERANCE / 10,
        )

    def _states(self, clock: Floats, states: Floats) -> Flow:
        weights = states[:-1].T
        log_train = np.array([_mean(self.points, each)[0] for each in weights]) - clock
        with np.errstate(divide="ignore"):  # ln 0 at the start
            log_time = np.log(np.maximum(states[-1], 0.0)) - log_train
        size = self.scale * np.linalg.norm(weights, axis=1)
        ratio = np.divide(clock, size, out=np.full_like(clock, np.inf), where=size > 0)
        return Flow(
            clock=clock,
            weights=weights,
            log_time=log_time,
            log_train=log_train,
            log_population=size**2 / 2 - clock,
            accuracy=np.where(clock > 0, ndtr(ratio), 0.5),
        )

    def _below(self, of: str, level: float, solved: Any) -> float | None:
        from scipy.optimize import brentq

        def above(clock: float) -> float:
            state = self._states(np.array([clock]), solved.sol(np.array([clock])))
            return float(getattr(state, of)[0]) - math.log(level)

        over = np.flatnonzero(getattr(self._states(solved.t, solved.y), of) >= math.log(level))
        if over[-1] == len(solved.t) - 1:
            return None
        crossing = brentq(above, solved.t[over[-1]], solved.t[over[-1] + 1], xtol=1e-12)
        at = np.array([crossing])
        return float(self._states(at, solved.sol(at)).log_time[0])


@final
@dataclass(frozen=True)
class Flow:
    r"""The gradient flow of a one-class problem.

    Args:
        clock: (k,) :math:`-b`.
        weights: (k, d) S.
        log_time: (k,) :math:`\ln t`; minus infinity at the start.
        log_train: (k,) :math:`\ln L`.
        log_population: (k,) :math:`b + \sigma^2 |S|^2 / 2`, the logarithm of the mean of
            :math:`e^f` over the population.
        accuracy: (k,) the share of the population with f below 0; 1/2 at the start.
    """

    clock: Floats
    weights: Floats
    log_time: Floats
    log_train: Floats
    log_population: Floats
    accuracy: Floats


@final
@dataclass(frozen=True)
class SeparationTimes:
    r"""When losses of a one-class problem come below their level for good.

    Args:
        log_memorized: :math:`\ln t` of the training loss; None if it is not by the horizon.
        log_generalized: of the population loss; None if never, or not by the horizon.
        level: of both.
        horizon: last value of :math:`-b` that was looked at.

    Example:
        >>> SeparationTimes(20.0, None, 1e-8, 1e3).log_delay is None
        True
    """

    log_memorized: float | None
    log_generalized: float | None
    level: float
    horizon: float

    @property
    def log_delay(self) -> float | None:
        r""":math:`\ln (t_{gen} / t_{tr})`; None where one is not reached."""
        if self.log_memorized is None or self.log_generalized is None:
            return None
        return self.log_generalized - self.log_memorized


def _mean(points: Floats, weights: Floats) -> tuple[float, Floats]:
    """ln of the mean of e^(S x), and each sample's share of it."""
    exponents = points @ weights
    largest = exponents.max()
    terms = np.exp(exponents - largest)
    total = terms.sum()
    return float(largest + math.log(total / len(terms))), terms / total


def _curvature(points: Floats, shares: Floats) -> Floats:
    """(d, d) second derivatives of that logarithm by S: covariance of samples, by their shares."""
    middle = shares @ points
    found: Floats = (points.T * shares) @ points - np.outer(middle, middle)
    return found


# ------------------------------------------------------------------------------ two points


def two_points(ratio: float, scale: float = 1.0) -> OneClass:
    r"""The toy of two samples: :math:`-\sigma` and :math:`\sigma (1 - 2 \lambda)`.

    Args:
        ratio: :math:`\lambda`, from 0 to 1: below 1/2 the origin is between the two.
        scale: :math:`\sigma`.

    Raises:
        GrokphaseError: the ratio is not from 0 to 1, or the scale is not above 0.

    Example:
        >>> two_points(0.4, 10).points.ravel().round(3)
        array([-10.,   2.])

    Source: Beck, Levi and Bar-Sinai (2024), arXiv:2410.04489.
    """
    gap, scale = _gap(ratio), positive(scale, "scale", 1.0)
    return OneClass(np.array([[-scale], [scale * gap]]), scale)


def two_point_limit(ratio: float, scale: float = 1.0) -> float:
    r"""The weight at the end of two points: :math:`\ln(1/(1 - 2\lambda)) / (2 (1-\lambda)\sigma)`.

    Args:
        ratio: :math:`\lambda`; infinite from 1/2 on.
        scale: :math:`\sigma`.

    Raises:
        GrokphaseError: the ratio is not from 0 to 1, or the scale is not above 0.

    Example:
        >>> round(two_point_limit(0.4995), 4), two_point_limit(0.6)
        (6.9009, inf)

    Source: Beck, Levi and Bar-Sinai (2024), arXiv:2410.04489.
    """
    gap, scale = _gap(ratio), positive(scale, "scale", 1.0)
    return math.inf if gap <= 0 else -math.log(gap) / ((1 + gap) * scale)


def two_point_bias(weight: float, ratio: float, scale: float = 1.0) -> float:
    r"""The bias of two points at the moment when they have a weight.

    With :math:`\delta = 1 - 2\lambda` and :math:`s = \sigma S`,
    :math:`b = \big[s + \ln\frac{e^{-(1+\delta) s} - \delta}{1 - \delta}\big] / (\sigma^2 \delta)`,
    and :math:`-(s + e^s - 1) / \sigma^2` at the edge, where :math:`\delta = 0`.

    Args:
        weight: S, from 0 to below `two_point_limit`.
        ratio: :math:`\lambda`.
        scale: :math:`\sigma`.

    Raises:
        GrokphaseError: the weight is never reached.

    Example:
        >>> late = two_points(0.4, 2.0).flow([0, 1.0])
        >>> round(two_point_bias(float(late.weights[-1, 0]), 0.4, 2.0), 6)
        -1.0
    """
    end = two_point_limit(ratio, scale)
    if not 0 <= real(weight) < end:
        raise GrokphaseError(
            f"weight = {weight!r} is never reached: weights go from 0 to below {end:.6g}."
        )
    gap, s = _gap(ratio), scale * weight
    if gap == 0:
        return -(s + math.expm1(s)) / scale**2
    # ln[(e^-(1+d)s - d) / (1 - d)] as ln(1 + x), so that nothing cancels where the gap is small.
    return (s + math.log1p(math.expm1(-(1 + gap) * s) / (1 - gap))) / (scale**2 * gap)


def _gap(ratio: float) -> float:
    if not 0 <= real(ratio) <= 1:
        raise GrokphaseError(f"ratio = {ratio!r} must be from 0 to 1; write ratio=0.49.")
    return 1 - 2 * float(ratio)
