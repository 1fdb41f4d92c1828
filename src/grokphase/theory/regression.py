r"""Grokking in linear and ridge regression: both losses at any time from one decomposition.

Gradient descent moves the components of a linear estimator along the eigenvectors of the training
inputs' second moments one by one, so its losses are sums of powers, for any number of steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, final

import numpy as np
from scipy.special import erf

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.theory.checks import instants, positive, reals
from grokphase.theory.samples import Floats

Of = Literal["train", "population"]

_BRACKETS = 2000  # times between 1 and the horizon at which a crossing is looked for
_HORIZON = 1e15
_AT_ONCE = 10**5  # components at several times that are computed at once
_FINEST = 1e-10  # angle from an edge of a spectrum, below which nothing is decided by the horizon


@final
@dataclass(frozen=True)
class Spectrum:
    r"""A linear regression, seen along the eigenvectors of its training inputs.

    Args:
        eigenvalues: (k,) :math:`\sigma_i` of :math:`\Phi^T \Phi / n`.
        start: (k,) :math:`\theta_{0,i}^2`, squares of the initial weights' components, or their
            means over draws; several eigenvectors of one eigenvalue may be added up.
        target: (k,) :math:`\theta_{*,i}^2` of the true weights, likewise.
        cross: (k,) :math:`\theta_{0,i} \theta_{*,i}`; zero in the mean over independent draws.
        population: (k,) :math:`c_i`, the population's second moment in each direction; 1 where
            features are isotropic with unit variance.
        name: what it is, in words.

    Raises:
        GrokphaseError: lengths differ, or what cannot be negative is.

    Example:
        >>> one = Spectrum([1.0], start=[0.0], target=[1.0], cross=[0.0], population=[1.0])
        >>> one.eigenvalues
        array([1.])
    """

    eigenvalues: Any
    start: Any
    target: Any
    cross: Any
    population: Any
    name: str = "a spectrum of your own"

    def __post_init__(self) -> None:
        for field in ("eigenvalues", "start", "target", "cross", "population"):
            array = np.atleast_1d(reals(getattr(self, field)))
            if array.ndim != 1 or not array.size or not np.isfinite(array).all():
                raise GrokphaseError(f"{field} must be a list of finite numbers.")
            if array.shape != np.shape(np.atleast_1d(self.eigenvalues)):
                raise GrokphaseError(
                    f"{field} has {array.size} numbers and there are "
                    f"{np.size(self.eigenvalues)} eigenvalues; give one for each."
                )
            if field != "cross" and (array < 0).any():
                raise GrokphaseError(f"{field} holds numbers below 0, and all are squares.")
            object.__setattr__(self, field, array)


def marchenko_pastur(ratio: float, nodes: int = 16) -> tuple[Floats, Floats]:
    r"""Eigenvalues of the second moments of random inputs, and their shares, as a quadrature.

    Of n samples of d independent numbers of unit variance, :math:`\lambda = d / n`, the density for
    large d is :math:`\rho(\nu) = \sqrt{(\nu_+ - \nu)(\nu - \nu_-)} / (2 \pi \lambda \nu)` between
    :math:`\nu_\pm = (1 \pm \sqrt\lambda)^2`, with :math:`1 - 1/\lambda` at 0 where
    :math:`\lambda > 1`. With :math:`\nu = \nu_- + 4 \sqrt\lambda \sin^2(\theta / 2)` it is
    :math:`\frac{2}{\pi} \sin^2\theta / \nu\, d\theta`. What is left of a loss after a time t is
    decided within :math:`1 / \sqrt t` of an edge, so intervals of :math:`\theta` grow by half from
    1e-10 on, from both edges, with Gauss-Legendre nodes in each.

    Args:
        ratio: :math:`\lambda`, dimensions over samples, above 0.
        nodes: how many nodes an interval; 16 give the losses below to about 1e-12, at the ratio 1
            too and up to times of 1e15.

    Returns:
        (k,) eigenvalues and (k,) shares, which add up to 1.

    Raises:
        GrokphaseError: the ratio is not above 0.

    Example:
        >>> values, shares = marchenko_pastur(0.5)
        >>> round(float(shares.sum()), 9), round(float(shares @ values), 9)
        (1.0, 1.0)

    Source: Marchenko and Pastur (1967); Levi, Beck and Bar-Sinai (2024), arXiv:2310.16441.
    """
    ratio = positive(ratio, "ratio", 0.9)
    root = math.sqrt(ratio)
    theta, widths = _graded(nodes)
    risen, density = 4 * root * np.sin(theta / 2) ** 2, 2 / np.pi * widths * np.sin(theta) ** 2
    values = np.concatenate([(1 - root) ** 2 + risen, (1 + root) ** 2 - risen])
    shares = np.tile(density, 2) / values
    if ratio <= 1:
        return values, shares
    return np.append(values, 0.0), np.append(shares, 1 - 1 / ratio)


def _graded(nodes: int) -> tuple[Floats, Floats]:
    """Nodes and weights of a quadrature from 0 to pi/2 that resolves all scales from 1e-10 on."""
    count = math.ceil(math.log(np.pi / 2 / _FINEST) / math.log(1.5))
    ends = np.append(0.0, np.geomspace(_FINEST, np.pi / 2, count + 1))
    points, weights = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(ends)[:, None] / 2
    return (ends[:-1, None] + half * (1 + points)).ravel(), (half * weights).ravel()


def average_spectrum(ratio: float, *, start: float = 0.5, target: float = 0.5) -> Spectrum:
    r"""The mean over Gaussian inputs, teachers and students, for many dimensions.

    Args:
        ratio: :math:`\lambda = d / n`.
        start: mean of :math:`|\theta_0|^2`.
        target: mean of :math:`|\theta_*|^2`; with 0.5 each, as Levi et al. draw them, the
            population loss starts at 1.

    Example:
        >>> Evolution(average_spectrum(0.9)).losses(0.0)["population"].round(9)
        array([1.])

    Source: Levi, Beck and Bar-Sinai (2024), arXiv:2310.16441, section 3.
    """
    values, shares = marchenko_pastur(ratio)
    return Spectrum(
        values,
        start=shares * squared_norm(start, "start"),
        target=shares * squared_norm(target, "target"),
        cross=np.zeros_like(shares),
        population=np.ones_like(shares),
        name=f"the mean over Gaussian inputs, {ratio:g} dimensions a sample",
    )


def spectrum_of(
    features: Any, *, start: Any, target: Any, population: float = 1.0, name: str = "your matrix"
) -> Spectrum:
    r"""The regression on a matrix of inputs, by one singular value decomposition.

    Args:
        features: :math:`\Phi`, (n, d): a row a training sample.
        start: (d,) initial weights :math:`\theta_0`.
        target: (d,) true weights :math:`\theta_*`; the labels are :math:`\Phi \theta_*`.
        population: second moment of each feature outside of the training set, which has no
            correlations: 1 for N(0, 1), 1/d for N(0, 1/d).
        name: what it is, in words.

    Raises:
        GrokphaseError: shapes that do not fit, numbers that are not finite, or only zeros.

    Example:
        >>> features = np.random.default_rng(0).standard_normal((20, 40))
        >>> found = spectrum_of(features, start=np.zeros(40), target=np.ones(40))
        >>> len(found.eigenvalues), bool(np.isclose(found.target.sum(), 40))  # 20, and the rest
        (21, True)
    """
    matrix = reals(features)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise GrokphaseError(
            "features must be a matrix of finite numbers, a row a sample; write "
            "np.random.default_rng(0).standard_normal((100, 90)) to try."
        )
    if not matrix.any():
        raise GrokphaseError(
            "features are all 0, of which nothing can be learned; one at least must be another "
            "number."
        )
    dimensions = matrix.shape[1]
    weights = {"start": reals(start), "target": reals(target)}
    for what, given in weights.items():
        if given.shape != (dimensions,):
            raise GrokphaseError(
                f"{what} has shape {given.shape}; a matrix with {dimensions} columns needs "
                f"({dimensions},)."
            )
    values, rows = _principal(matrix)
    along = {what: rows @ given for what, given in weights.items()}
    rest = {what: given - rows.T @ along[what] for what, given in weights.items()}
    outside = dimensions > len(rows)  # all directions that no sample has, added up
    values = np.append(values, [0.0] * outside)

    def products(one: str, other: str) -> Floats:
        return np.append(along[one] * along[other], [rest[one] @ rest[other]] * outside)

    return Spectrum(
        values,
        start=products("start", "start"),
        target=products("target", "target"),
        cross=products("start", "target"),
        population=np.full(values.shape, positive(population, "population", 1.0)),
        name=name,
    )


@final
@dataclass(frozen=True)
class Evolution:
    r"""Training and population loss of a linear regression at any time.

    Gradient descent at rate :math:`\eta` on
    :math:`\frac{1}{2n} |\Phi \theta - y|^2 + \frac{\lambda}{2} |\theta|^2` leaves along each
    eigenvector the error
    :math:`e_i(t) = r_i^t \theta_{0,i} + \big((1 - r_i^t) \frac{\sigma_i}{\sigma_i + \lambda} - 1
    \big) \theta_{*,i}` with :math:`r_i = 1 - \eta (\sigma_i + \lambda)`. The losses are
    :math:`L_{train} = \sum_i \sigma_i e_i^2 = |\Phi e|^2 / n` and
    :math:`L = \sum_i c_i e_i^2`, both **without** a factor 1/2.

    Args:
        spectrum: the regression.
        rate: :math:`\eta`; None for the flow, whose time is :math:`\eta` times steps.
        decay: :math:`\lambda`.

    Raises:
        GrokphaseError: a rate or decay that cannot be used, or a rate so large that training
            diverges: :math:`\eta (\sigma_{max} + \lambda) \ge 2`.

    Example:
        >>> found = Evolution(average_spectrum(0.9)).times(1e-3 / 4)
        >>> round(found.memorized, 2), round(found.generalized, 1)
        (48.17, 457.8)

    Source: Levi, Beck and Bar-Sinai (2024), arXiv:2310.16441, whose loss has no 1/2, so that its
        :math:`\eta_0 t` is half of the flow's time here; Xu, Vardi and Safran (2026),
        arXiv:2601.19791.
    """

    spectrum: Spectrum
    rate: float | None = None
    decay: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= real(self.decay) < math.inf:
            raise GrokphaseError(f"decay = {self.decay!r} must be a number from 0; write decay=0.")
        if self.rate is None:
            return
        largest = float(self.spectrum.eigenvalues.max()) + self.decay
        if positive(self.rate, "rate", 0.1) * largest >= 2:
            raise GrokphaseError(
                f"rate = {self.rate:g} diverges: with the largest eigenvalue {largest:.4g}, decay "
                f"included, it must be below {2 / largest:.4g}."
            )

    def losses(self, times: Any) -> dict[Of, Floats]:
        """Both losses at these times.

        Args:
            times: (t,) steps, whole numbers, from 0; of a flow any times from 0.

        Returns:
            "train" and "population", (t,) each.

        Raises:
            GrokphaseError: times below 0, or steps that are not whole.
        """
        at = instants(times)
        if self.rate is not None and (at != np.round(at)).any():
            first = float(at[at != np.round(at)][0])
            raise GrokphaseError(f"Steps are whole numbers, unlike {first!r}; write [0, 1, 10].")
        return {"train": self._loss("train", at), "population": self._loss("population", at)}

    def times(
        self, level: float, population_level: float | None = None, horizon: float = _HORIZON
    ) -> LossTimes:
        """When both losses are below their levels.

        Args:
            level: of the training loss: it counts as memorized from the first time on after which
                it is never again at or above this.
            population_level: of the population loss, likewise; by default the same.
            horizon: latest time that is looked at.

        Raises:
            GrokphaseError: a level is not above 0.
        """
        above = level if population_level is None else population_level
        return LossTimes(
            memorized=self._below("train", positive(level, "level", 1e-3), horizon),
            generalized=self._below(
                "population", positive(above, "population_level", 1e-3), horizon
            ),
            level=level,
            population_level=above,
            horizon=horizon,
            unit="time" if self.rate is None else "steps",
        )

    @cached_property
    def _weights(self) -> dict[Of, Floats]:
        return {"train": self.spectrum.eigenvalues, "population": self.spectrum.population}

    def _loss(self, of: Of, times: Floats) -> Floats:
        weights = self._weights[of]
        blocks = np.array_split(times, math.ceil(times.size * weights.size / _AT_ONCE) or 1)
        # Not by BLAS, whose threads wait for each other where others are at work.
        sums = [np.einsum("tk,k->t", self._squares(block[:, None]), weights) for block in blocks]
        return np.concatenate(sums)

    def _squares(self, time: Floats) -> Floats:
        """(t, k) squared errors of all components, at (t, 1) times."""
        sigma, left = self.spectrum.eigenvalues, self._left(time)
        learned = np.divide(
            sigma, sigma + self.decay, out=np.zeros_like(sigma), where=sigma + self.decay > 0
        )
        missing = (1 - left) * learned - 1
        of = self.spectrum
        found: Floats = left**2 * of.start + 2 * left * missing * of.cross + missing**2 * of.target
        return found

    def _left(self, time: Floats) -> Floats:
        """(t, k) r_i^t: what is left of the start."""
        force: Floats = self.spectrum.eigenvalues + self.decay
        if self.rate is None:
            return np.exp(-force * time)
        factors = 1 - self.rate * force
        signs = np.where((factors < 0) & (time % 2 == 1), -1.0, 1.0)
        left: Floats = signs * np.abs(factors) ** time
        return left

    def _below(self, of: Of, level: float, horizon: float) -> float | None:
        """The time from which a loss stays below a level, between brackets of a log scale.

        What overshoots changes its sign at every step: even and odd steps are looked at apart.
        """
        grid = np.concatenate([[0.0], np.geomspace(1e-3, horizon, _BRACKETS)])
        if self.rate is None:
            return self._crossing(of, level, grid)
        even = 2 * np.unique((grid / 2).round())
        first, second = (self._crossing(of, level, even + odd) for odd in (0, 1))
        return None if first is None or second is None else max(first, second, 1.0) - 1

    def _crossing(self, of: Of, level: float, grid: Floats) -> float | None:
        """The first time of a grid from which a loss stays below a level, refined by bisection: to
        two steps, or of a flow to 1e-12 of the time."""
        above = np.flatnonzero(self._loss(of, grid) >= level)
        if not above.size:
            return float(grid[0])
        if above[-1] == len(grid) - 1:
            return None
        low, high = (float(time) for time in grid[above[-1] : above[-1] + 2])
        while high - low > (2.0 if self.rate is not None else 1e-12 * high):
            half = (high - low) / 2
            middle = low + (half if self.rate is None else 2 * (half // 2))
            below = float(self._loss(of, np.array([middle]))[0]) < level
            low, high = (low, middle) if below else (middle, high)
        return high


@final
@dataclass(frozen=True)
class LossTimes:
    """When both losses of a regression come below their levels, for good.

    Args:
        memorized: time from which the training loss is below its level; None if it is not by the
            horizon.
        generalized: the same of the population loss.
        level: of the training loss, without a factor 1/2.
        population_level: of the population loss.
        horizon: latest time that was looked at.
        unit: "steps", or "time" of a flow.

    Example:
        >>> LossTimes(3.0, None, 1e-2, 1e-2, 1e15, "steps").delay is None
        True
    """

    memorized: float | None
    generalized: float | None
    level: float
    population_level: float
    horizon: float
    unit: Literal["steps", "time"]

    @property
    def delay(self) -> float | None:
        """From the one to the other; None where one is not reached."""
        if self.memorized is None or self.generalized is None:
            return None
        return self.generalized - self.memorized


def accuracy(loss: Any, tolerance: float) -> Floats:
    r"""The share of samples whose squared error is below a tolerance, of a Gaussian error.

    :math:`A = \mathrm{erf} \sqrt{\epsilon / (2 L)}`.

    Args:
        loss: L, the mean squared error.
        tolerance: :math:`\epsilon`.

    Example:
        >>> float(accuracy(1e-3 / 4, 1e-3).round(4))
        0.9545

    Source: Levi, Beck and Bar-Sinai (2024), arXiv:2310.16441, eq. 10.
    """
    given = np.asarray(loss, np.float64)
    with np.errstate(divide="ignore"):
        found: Floats = erf(np.sqrt(positive(tolerance, "tolerance", 1e-3) / (2 * given)))
    return found


def small_tolerance_delay(ratio: float) -> float:
    r"""The delay of the flow for a tolerance that goes to 0.

    :math:`\eta_0 \Delta t = \ln \frac{1}{1 - \sqrt\lambda} / (2 (1 - \sqrt\lambda)^2)`, in the
    authors' time, which is half of a flow's on the loss with 1/2.

    Args:
        ratio: :math:`\lambda = d / n`, below 1.

    Raises:
        GrokphaseError: the ratio is not between 0 and 1.

    Example:
        >>> round(small_tolerance_delay(0.9), 2)
        563.86

    Source: Levi, Beck and Bar-Sinai (2024), arXiv:2310.16441, eq. 12.
    """
    if not 0 < real(ratio) < 1:
        raise GrokphaseError(f"ratio = {ratio!r} must be between 0 and 1; write ratio=0.9.")
    gap = 1 - math.sqrt(ratio)
    return math.log(1 / gap) / (2 * gap**2)


def off_span_time(
    samples: int, features: int, *, rate: float, decay: float, start: float, level: float
) -> float:
    r"""Steps of ridge regression until what no sample shows has decayed, in closed form.

    The part of the start outside the span of the samples shrinks by :math:`1 - \eta\lambda` a step
    and is the last to go: :math:`t_2 = \ln\frac{\nu^2 k}{\epsilon - k / m} / (-2 \ln(1 -
    \eta\lambda))` with :math:`k = (m - n) / m` the share of directions no sample has and
    :math:`k / m` what the target has there, per feature of variance 1/m.

    Args:
        samples: n.
        features: m, more than n.
        rate: :math:`\eta`.
        decay: :math:`\lambda`, above 0.
        start: :math:`\nu^2`, the variance of each initial weight.
        level: :math:`\epsilon`, of the population loss.

    Raises:
        GrokphaseError: there are not more features than samples, or the level is below what is
            left at the end.

    Example:
        >>> round(off_span_time(100, 1000, rate=1, decay=1e-4, start=1, level=0.01))
        22969

    Source: of the setting of Xu, Vardi and Safran (2026), arXiv:2601.19791.
    """
    samples, features = whole(samples, "samples", 1), whole(features, "features", samples + 1)
    share = (features - samples) / features
    if level <= share / features:
        raise GrokphaseError(
            f"level = {level:g} is never reached: {share / features:.3g} of the target is where no "
            "sample is."
        )
    shrinking = -2 * math.log1p(-positive(rate, "rate", 1.0) * positive(decay, "decay", 1e-4))
    return math.log(start * share / (level - share / features)) / shrinking


def _principal(matrix: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues of a matrix' second moments, and eigenvectors as rows: of as many as it has rows
    or columns. With more rows than columns the moments themselves are the smaller problem."""
    samples, dimensions = matrix.shape
    if samples >= dimensions:
        values, columns = np.linalg.eigh(matrix.T @ matrix / samples)
        return np.maximum(values, 0.0), columns.T
    _, singular, rows = np.linalg.svd(matrix, full_matrices=False)
    return singular**2 / samples, rows


def squared_norm(given: float, what: str) -> float:
    """The number, if it can be the squared norm of weights.

    Args:
        given: what was given.
        what: its name, for the message.

    Raises:
        GrokphaseError: it is not finite, or below 0.
    """
    if not 0 <= real(given) < math.inf:
        raise GrokphaseError(f"{what} = {given!r} must be a number from 0.")
    return float(given)
