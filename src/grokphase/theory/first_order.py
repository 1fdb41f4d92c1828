r"""Grokking as a first-order phase transition: the effective action of one neuron's overlap.

In equilibrium (Langevin training with noise, weight decay as a prior) the neurons of a wide
two-layer network are independent, and the overlap :math:`\Phi` of one with what is to be learned
has the density :math:`e^{-S(\Phi)}`. Data over noise is the control :math:`u`: at a spinodal a
second minimum of :math:`S` appears away from 0, where it coexists with that at 0 the two are as
deep, and features jump. This is no theory of training time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

import numpy as np
from scipy.special import chdtri, expit, xlogy

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real
from grokphase.theory.checks import briefly, positive
from grokphase.theory.samples import Floats

_HALVINGS = 60  # of a bracket no wider than 1/2: to less than a rounding error
_LENGTHS = 40  # of the quadrature over the length of a neuron's weights across the teacher
_NEURONS = 100  # fewer are no mean of many: 1 / sqrt(N) is a tenth
_DIMENSIONS = 20  # fewer, and sqrt(2 / (d - 1)) is about a third
OVERLAPS = np.linspace(0.0, 4.0, 4001)
"""Of the quadrature over a neuron's overlap."""


@final
@dataclass(frozen=True)
class Minima:
    r"""The minima of an action, one entry for each control that was asked for.

    Args:
        at_zero: whether :math:`\Phi = 0` is a minimum.
        overlap: :math:`\Phi` of the minimum away from 0; NaN where there is none.
        action: there, over the size (d or P) that multiplies it; it is 0 at :math:`\Phi = 0`.
        barrier: :math:`\Phi` of the maximum between the two; NaN where there are not two.
        height: the action there.

    Example:
        >>> found = PolynomialAction([25.0, 31.0, 40.0], linear=0.294, cubic=-0.3).minima()
        >>> found.at_zero.tolist(), found.overlap.round(2).tolist()
        ([True, True, False], [nan, 0.76, 1.05])
    """

    at_zero: Any
    overlap: Floats
    action: Floats
    barrier: Floats
    height: Floats

    def share(self, size: float, wells: float) -> Floats:
        r"""The share of neurons that are specialised, by the depths of the wells alone.

        :math:`p = w e^{-D s} / (1 + w e^{-D s})`: exact to the leading exponent in the size; the
        widths of the wells are left out, `PolynomialAction.share` has them.

        Args:
            size: D, by which the action is multiplied: d, or P.
            wells: w, how many equal minima there are away from 0: 2 for an overlap of either sign,
                (P - 1)/2 for frequencies.
        """
        odds = math.log(positive(wells, "wells", 2)) - positive(size, "size", 150) * self.action
        found: Floats = np.where(np.isnan(self.overlap), 0.0, expit(odds))
        return np.where(self.at_zero, found, 1.0)


@final
@dataclass(frozen=True)
class Transition:
    r"""The controls at which an action changes its minima.

    Args:
        appears: the spinodal from which on there is a minimum away from 0.
        coexists: where it is as deep as that at 0: :math:`u_c`.
        vanishes: the spinodal from which on 0 is no minimum; infinite where it always is.
        jump: :math:`\Phi` of the other minimum at coexistence; 0 where there is no jump.
        onset: :math:`\Phi` at which it appears; 0 where there is no jump.

    Example:
        >>> PolynomialAction(1.0, linear=0.294, cubic=-0.1).transition().jump
        0.0
    """

    appears: float
    coexists: float
    vanishes: float
    jump: float
    onset: float


def mixture_entropy(share: Any) -> Floats:
    r"""Entropy of the mixture, in nats a neuron: :math:`-p \ln p - (1 - p) \ln(1 - p)`.

    Args:
        share: p, the share of specialised neurons.

    Raises:
        GrokphaseError: a share is not between 0 and 1.

    Example:
        >>> round(float(mixture_entropy(0.5)), 4)
        0.6931
    """
    p = np.asarray(share, np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise GrokphaseError(f"A share is between 0 and 1, unlike {share!r}; write 0.5.")
    found: Floats = 0.0 - xlogy(p, p) - xlogy(1 - p, 1 - p)  # 0, and not -0, at both ends
    return found


@final
@dataclass(frozen=True)
class PolynomialAction:
    r"""The action of a neuron that sees a linear and a cubic part of a teacher.

    With :math:`A = \Phi^2 / (1 + 2(\sigma_w^2 + \Phi^2))`, between 0 and 1/2,
    :math:`S / d = \frac{\Phi^2}{2 \sigma_w^2} - \frac{2u}{\pi} A (b - 2 c A)^2`. It is stationary
    at 0 and where :math:`G(A) = (1 - 2A)^2 (b - 2cA)(b - 6cA) = C / u`, with
    :math:`C = \pi K / (4 \sigma_w^2)` and :math:`K = 1 + 2 \sigma_w^2`. G rises to one maximum and
    then falls to 0 at A = 1/2, so the barrier is on its rising side and the minimum on its falling
    one, each found by bisection from there: none is missed, and no grid decides.

    Args:
        control: :math:`u`, one number or many.
        linear: b, how much of the linear part is not learned, from 0.
        cubic: c, how much of the cubic part is not learned, of the other sign: up to 0.
        weight_variance: :math:`\sigma_w^2`, prior variance of :math:`|w|^2`.

    Raises:
        GrokphaseError: a control or variance not above 0, or discrepancies of one sign, whose
            action has other wells.

    Example:
        >>> found = PolynomialAction(31.0, linear=0.294, cubic=-0.3)
        >>> float(found.minima().overlap.round(3)), round(found.transition().coexists, 2)
        (0.757, 30.35)

    Source: Rubin, Seroussi and Ringel (2024), arXiv:2310.03789; closed forms are derived here.
    """

    control: Any
    linear: Any = 1.0
    cubic: Any = -0.3
    weight_variance: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", _controls(self.control))
        positive(self.weight_variance, "weight_variance", 0.5)
        b, c = np.asarray(self.linear, np.float64), np.asarray(self.cubic, np.float64)
        if not (
            (b >= 0).all() and (c <= 0).all() and np.isfinite(b + c).all() and (b - c > 0).all()
        ):
            raise GrokphaseError(
                "linear must be from 0 and cubic up to 0, not both 0 (both signs may be turned at "
                f"once), unlike {self.linear!r} and {self.cubic!r}; write linear=0.3, cubic=-0.3."
            )
        object.__setattr__(self, "linear", b)
        object.__setattr__(self, "cubic", c)

    def __call__(self, overlap: Any) -> Floats:
        r"""S / d at these overlaps, which broadcast with the controls."""
        squared = np.asarray(overlap, np.float64) ** 2
        seen = squared / (self._scale + 2 * squared)
        return self._at(squared, seen)

    def _at(self, squared: Any, seen: Any) -> Floats:
        """S / d where a neuron with this square of the overlap has this A."""
        wanted = self.linear - 2 * self.cubic * seen
        found: Floats = squared / (2 * self.weight_variance) - 2 * self.control / np.pi * (
            seen * wanted**2
        )
        return found

    def minima(self) -> Minima:
        """Where a neuron can be."""
        level, steepest, b, c = np.broadcast_arrays(
            self._constant / self.control, self._steepest, self.linear, self.cubic
        )
        at_zero = b**2 < level
        found = self._stationary(steepest, b, c) > level
        low = _bisected(lambda seen: self._stationary(seen, b, c) < level, 0.0 * level, steepest)
        high = _bisected(
            lambda seen: self._stationary(seen, b, c) > level, steepest, 0.5 + 0.0 * level
        )
        overlap = np.where(found, self._overlap(high), np.nan)
        barrier = np.where(found & at_zero, self._overlap(low), np.nan)
        return Minima(at_zero, overlap, self(overlap), barrier, self(barrier))

    def transition(self) -> Transition:
        r"""Spinodals and coexistence, in closed form, of one pair of discrepancies.

        The minimum appears at :math:`u = C / G(A_+)`, with :math:`48 A_+ = 6 + 12 r + \sqrt{12 (4
        r^2 - 4 r + 3)}` for :math:`r = b / c`; coexists at :math:`\frac{27 C}{4} \frac{|c|}{(b +
        |c|)^3}`, where :math:`A = (b + 2c) / (6c)`; and 0 stops to be one at :math:`C / b^2`. Where
        :math:`|c| \le b / 2` all three are the same and nothing jumps.

        Raises:
            GrokphaseError: there are several discrepancies.
        """
        if np.size(self.linear) > 1 or np.size(self.cubic) > 1:
            raise GrokphaseError("A transition is of one pair of discrepancies; give one of each.")
        b, c = float(self.linear), float(self.cubic)
        vanishes = self._constant / b**2 if b else math.inf
        if -c <= b / 2:
            return Transition(vanishes, vanishes, vanishes, 0.0, 0.0)
        spinodal = float(self._stationary(self._steepest, self.linear, self.cubic))
        return Transition(
            self._constant / spinodal,
            self._constant * 27 * -c / (4 * (b - c) ** 3),
            vanishes,
            float(self._overlap(np.asarray((b + 2 * c) / (6 * c)))),
            float(self._overlap(self._steepest)),
        )

    def share(self, dimensions: float) -> Floats:
        r"""The share of neurons beyond the barrier, :math:`\int e^{-S}` there over that of all.

        Args:
            dimensions: d, by which the action is multiplied.

        Returns:
            One for each control: 0 where there is no other minimum, 1 where there is none at 0.
        """
        minima = self.minima()
        weights = _weights(self._each()(OVERLAPS), positive(dimensions, "dimensions", 150))
        beyond = (weights * (minima.barrier.reshape(-1, 1) < OVERLAPS)).sum(axis=1)
        beyond = np.minimum(beyond, 1.0)  # all of it, which a sum may pass by rounding
        found: Floats = np.where(minima.at_zero, beyond.reshape(minima.overlap.shape), 1.0)
        return found

    def _each(self) -> PolynomialAction:
        """The same with an axis more, for overlaps."""
        parts = np.broadcast_arrays(self.control, self.linear, self.cubic)
        control, linear, cubic = (np.atleast_1d(part).reshape(-1, 1) for part in parts)
        return PolynomialAction(control, linear, cubic, self.weight_variance)

    @property
    def _scale(self) -> float:
        return 1 + 2 * self.weight_variance

    @property
    def _constant(self) -> float:
        return math.pi * self._scale / (4 * self.weight_variance)

    @property
    def _steepest(self) -> Floats:
        """A at the maximum of G: 0 where G only falls."""
        with np.errstate(divide="ignore", invalid="ignore"):
            r = self.linear / self.cubic
            found = (6 + 12 * r + np.sqrt(12 * (4 * r**2 - 4 * r + 3))) / 48
        kept: Floats = np.where(2 * self.cubic < -self.linear, found, 0.0)
        return kept

    @staticmethod
    def _stationary(seen: Any, linear: Any, cubic: Any) -> Floats:
        """G(A)."""
        found: Floats = (
            (1 - 2 * seen) ** 2 * (linear - 2 * cubic * seen) * (linear - 6 * cubic * seen)
        )
        return found

    def _overlap(self, seen: Floats) -> Floats:
        """The overlap that gives A."""
        with np.errstate(divide="ignore"):
            found: Floats = np.sqrt(self._scale * seen / (1 - 2 * seen))
        return found


@final
@dataclass(frozen=True)
class ModularAction:
    r"""The action of one frequency of a neuron that learns modular addition with squares.

    :math:`\Phi = |w_k|^2` and :math:`\Psi = |v_k|^2` are the powers of its two halves at a
    frequency; stationary points have :math:`\Phi = \Psi`, and there :math:`S / P = \Phi - u a^2
    \Phi^2 + \frac{\gamma}{3} \Phi^3`. With :math:`g = u a^2` there are a barrier and a minimum at
    :math:`(g \mp \sqrt{g^2 - \gamma}) / \gamma`, from :math:`g = \sqrt\gamma` on; they coexist at
    :math:`2 \sqrt{\gamma / 3}`, and 0 always stays a minimum.

    Args:
        control: :math:`u`, one number or many.
        amplitude: a, what is not learned; -1 at the start.
        regulator: :math:`\gamma` of the term :math:`P \frac{\gamma}{6} (\Phi^3 + \Psi^3)`.

    Raises:
        GrokphaseError: a control or regulator that is not above 0, or an amplitude of 0.

    Example:
        >>> found = ModularAction(0.0125)
        >>> float(found.minima().overlap.round(1)), round(found.transition().coexists, 6)
        (200.0, 0.011547)

    Source: Rubin, Seroussi and Ringel (2024), arXiv:2310.03789; closed forms are derived here.
    """

    control: Any
    amplitude: float = -1.0
    regulator: float = 1e-4

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", _controls(self.control))
        positive(self.regulator, "regulator", 1e-4)
        if not math.isfinite(real(self.amplitude)) or not self.amplitude:
            raise GrokphaseError(f"amplitude = {self.amplitude!r} must not be 0; write -1.")

    def __call__(self, overlap: Any, other: Any = None) -> Floats:
        """S / P at these powers of both halves; of one power if only one is given."""
        phi = np.asarray(overlap, np.float64)
        psi = phi if other is None else np.asarray(other, np.float64)
        found: Floats = (
            (phi + psi) / 2
            - self.control * self.amplitude**2 * phi * psi
            + self.regulator / 6 * (phi**3 + psi**3)
        )
        return found

    def minima(self) -> Minima:
        """Where a frequency of a neuron can be."""
        force = self.control * self.amplitude**2
        square = force**2 - self.regulator
        away = np.sqrt(np.where(square > 0, square, np.nan))
        overlap, barrier = (force + away) / self.regulator, (force - away) / self.regulator
        return Minima(
            np.ones_like(force, dtype=bool), overlap, self(overlap), barrier, self(barrier)
        )

    def transition(self) -> Transition:
        """Spinodal and coexistence, in closed form."""
        root = math.sqrt(self.regulator)
        unit = root / self.amplitude**2
        return Transition(unit, 2 / math.sqrt(3) * unit, math.inf, math.sqrt(3) / root, 1 / root)


@final
@dataclass(frozen=True)
class PolynomialTeacher:
    r"""A network of erf neurons and a teacher :math:`H_1 + \epsilon H_3` of one direction.

    Sizes may be fractions: only their combinations count.

    Args:
        neurons: N.
        samples: n.
        dimensions: d of Gaussian inputs.
        ridge: :math:`\sigma^2`, the noise of training.
        output_variance: :math:`\sigma_a^2`; the published 8/N.
        weight_variance: :math:`\sigma_w^2` of a neuron's weights together.
        cubic: :math:`\epsilon`, 0 or below; the published -0.3.

    Raises:
        GrokphaseError: a size is not above 0, there are fewer than two dimensions, or
            :math:`\epsilon` is above 0.

    Example:
        >>> teacher = PolynomialTeacher()
        >>> round(teacher.control, 2), round(teacher.gaussian_linear(), 3)
        (30.23, 0.294)

    Source: Rubin, Seroussi and Ringel (2024), arXiv:2310.03789. The discrepancies are not printed
        there as numbers; they are derived here from the action, and scale as it does.
    """

    VALID: ClassVar[str] = (
        "100 neurons or more, 20 dimensions or more, and overlaps up to (1 + 2 sigma_w^2)^(1/2), "
        "1.41: the action is of many independent neurons, holds the length of weights across the "
        "teacher, and has no harmonics above the third"
    )

    neurons: float = 700
    samples: float = 3000
    dimensions: float = 150
    ridge: float = 0.18
    output_variance: float = 8 / 700
    weight_variance: float = 0.5
    cubic: float = -0.3

    def __post_init__(self) -> None:
        for name in ("neurons", "samples", "dimensions", "ridge", "output_variance"):
            positive(getattr(self, name), name, getattr(PolynomialTeacher, name))
        if self.dimensions < 2:
            raise GrokphaseError(
                f"dimensions = {self.dimensions:g} leave none across the teacher, and the action "
                "is of many; write dimensions=150."
            )
        self.action(1.0)

    @property
    def control(self) -> float:
        r""":math:`u = n^2 \sigma_a^2 / (\sigma^4 d N)`."""
        return (self.samples / self.ridge) ** 2 * self.output_variance / self._directions

    def scaled(self, samples: float, neurons: float) -> PolynomialTeacher:
        r"""Other sizes with the same action but for d, :math:`\alpha` times the samples and
        :math:`\beta` times the neurons."""
        root_of = math.sqrt(positive(neurons, "neurons", 4))
        return replace(
            self,
            neurons=self.neurons * neurons,
            samples=self.samples * positive(samples, "samples", 2),
            dimensions=self.dimensions * root_of,
            ridge=self.ridge * samples / neurons,
            output_variance=self.output_variance / root_of,
        )

    def action(self, linear: float | None = None, cubic: float | None = None) -> PolynomialAction:
        """The action with these discrepancies; by default those of Gaussian feature learning.

        Raises:
            GrokphaseError: more of the linear part would be left than there is.
        """
        b = self.gaussian_linear() if linear is None else linear
        if b > 1:
            raise GrokphaseError(
                f"linear = {b:g} is more than the linear part of the teacher, which is 1; write "
                "linear=0.3."
            )
        c = self.cubic if cubic is None else cubic
        return PolynomialAction(self.control, b, c, self.weight_variance)

    def gaussian_linear(self) -> float:
        r"""b where neurons fluctuate about 0, which is what is left of the linear part.

        The overlap then has the variance :math:`\langle \Phi^2 \rangle = 1 / (d (1 / \sigma_w^2 - 4
        u b^2 / (\pi K)))` and the kernel the eigenvalue :math:`\frac{4}{\pi} \sigma_a^2 \langle
        \Phi^2 \rangle / K`, so that :math:`1/b = 1 + \frac{4}{\pi} \frac{n \sigma_a^2}{\sigma^2}
        \langle \Phi^2 \rangle / K`. There is always one such b, below the one at which 0 is no
        minimum.
        """
        from scipy.optimize import brentq

        scale = 1 + 2 * self.weight_variance
        pull = 4 * self.control / (math.pi * scale)
        most = math.sqrt(1 / (self.weight_variance * pull))

        def missing(b: float) -> float:  # times the inverse variance, so that nothing is infinite
            stiffness = self.dimensions * (1 / self.weight_variance - pull * b**2)
            return (1 - b) * stiffness - self._gain / scale * b

        return float(brentq(missing, 0.0, min(1.0, most), xtol=1e-15, rtol=1e-14))

    def density(self, linear: float, cubic: float, *, free: bool = False) -> Floats:
        r"""Shares of neurons at `OVERLAPS`, both signs together, by :math:`e^{-S}`.

        The action holds the squared length of a neuron's weights across the teacher at its mean,
        :math:`\sigma_w^2`. Let free, it is :math:`\frac{\sigma_w^2}{d} \chi^2_{d - 1}` by the
        prior, takes the place of :math:`\sigma_w^2` in K, and its density is left to follow from
        the action of both.

        Args:
            linear: b, what is left of the linear part.
            cubic: c, what is left of the cubic part.
            free: whether the length is.

        Returns:
            (lengths, overlaps), all together 1; of one length if it is held.

        Example:
            >>> shares = PolynomialTeacher(ridge=0.12).density(0.166, -0.263)
            >>> shares.shape, round(float(shares.sum()), 6)
            ((1, 4001), 1.0)
        """
        lengths, cost = self._lengths(free)
        action = self.action(linear, cubic)._at(OVERLAPS**2, _seen(lengths))
        return _weights(action + cost, self.dimensions, axis=(0, 1))

    def _lengths(self, free: bool) -> tuple[Floats, Floats]:
        """Squared lengths across the teacher, and what each adds to S / d, a row each.

        They are evenly spaced in their logarithm, in which the density is smooth.
        """
        if not free:
            return np.full((1, 1), self.weight_variance), np.zeros((1, 1))
        freedom = self.dimensions - 1
        first, last = np.log(chdtri(freedom, [1 - 1e-9, 1e-9]))
        logs = np.linspace(first, last, _LENGTHS)[:, None]
        cost = (np.exp(logs) - freedom * logs) / 2
        return self.weight_variance / self.dimensions * np.exp(logs), cost / self.dimensions

    def discrepancies(self, *, free: bool = False) -> tuple[float, float]:
        r"""(b, c) where all neurons have the density :math:`e^{-S}`, both wells and their tails.

        :math:`b = 1 - q \langle A (b - 2cA) \rangle` and :math:`c = \epsilon + \frac{q}{3} \langle
        A^2 (b - 2cA) \rangle`, :math:`q = \frac{4}{\pi} \frac{n \sigma_a^2}{\sigma^2}`, in the mean
        over overlaps.

        Args:
            free: whether the length of weights across the teacher is, see `density`.

        Raises:
            GrokphaseError: more than the cubic part of the teacher would be learned.
        """
        from scipy.optimize import brentq

        seen = _seen(self._lengths(free)[0])

        def learned(b: float, c: float) -> tuple[float, float]:
            pull = self.density(b, c, free=free) * (b - 2 * c * seen) * seen
            return self._gain * float(pull.sum()), self._gain / 3 * float((pull * seen).sum())

        def linear(c: float) -> float:
            low, high = 1e-9, 1.0
            ends = [b - 1 + learned(b, c)[0] for b in (low, high)]
            if ends[0] > 0 or ends[1] < 0:
                raise GrokphaseError(
                    "With so much data over noise neurons do not settle in one density; write more "
                    f"noise than ridge={self.ridge:g}, or fewer samples than {self.samples:g}."
                )
            return float(brentq(lambda b: b - 1 + learned(b, c)[0], low, high, xtol=1e-14))

        def missing(c: float) -> float:
            return c - self.cubic - learned(linear(c), c)[1]

        if not self.cubic or missing(-1e-9) < 0:
            raise GrokphaseError(
                f"cubic = {self.cubic:g} is overshot at these sizes, and then the action has other "
                "wells; write cubic=-0.3."
            )
        c = float(brentq(missing, self.cubic, -1e-9, xtol=1e-13))
        return linear(c), c

    def outside(self, overlap: float) -> list[str]:
        r"""What of these sizes is outside of the action's range, a sentence each; see `VALID`.

        Of a neuron's power the share of the harmonic of order k is that of :math:`z^k` in
        :math:`\arcsin z` at :math:`z = 2A`: the fifth, of which the action knows nothing, has more
        than a fifth of the third's where :math:`z > 2/3`, that is beyond :math:`\Phi^2 = 1 + 2
        \sigma_w^2`. The length across the teacher, held at its mean, scatters by :math:`\sqrt{2 /
        (d - 1)}` of it.

        Args:
            overlap: :math:`\Phi` of the minimum away from 0; NaN for none.
        """
        most = math.sqrt(1 + 2 * self.weight_variance)
        said = _few(self.neurons)
        if self.dimensions < _DIMENSIONS:
            said.append(
                f"With dimensions = {self.dimensions:g}, fewer than {_DIMENSIONS}, the length of "
                "weights across the teacher, which the action holds, scatters by a third or more."
            )
        if overlap > most:
            said.append(
                f"The minimum at an overlap of {overlap:.4g} is outside of the action's range, up "
                f"to {most:.3g}: neurons there have higher harmonics, which it leaves out."
            )
        return said

    def ridge_at(self, event: str, *, whole: bool = False) -> float:
        r"""The ridge at which the control is that of a `Transition`, b following on the way.

        Args:
            event: "appears" or "coexists".
            whole: with `discrepancies` of the whole density, not those of `gaussian_linear`.

        Raises:
            GrokphaseError: another event, or one that no ridge between 1e-4 and 1e4 reaches.
        """
        from scipy.optimize import brentq

        _check_event(event)

        def beyond(log_ridge: float) -> float:
            at = replace(self, ridge=math.exp(log_ridge))
            action = at.action(*at.discrepancies()) if whole else at.action()
            return math.log(at.control / getattr(action.transition(), event))

        middle = math.log(self.ridge_at(event)) if whole else 0.0
        low, high = (middle - 0.7, middle + 0.7) if whole else (math.log(1e-4), math.log(1e4))
        if beyond(low) < 0 or beyond(high) > 0:
            raise GrokphaseError(
                f"No ridge from {math.exp(low):.3g} to {math.exp(high):.3g} is where the other "
                f"minimum {event} with cubic = {self.cubic:g}."
            )
        return math.exp(brentq(beyond, low, high, xtol=1e-12 if not whole else 1e-6))

    @property
    def _directions(self) -> float:
        return self.dimensions * self.neurons

    @property
    def _gain(self) -> float:
        return 4 / math.pi * self.samples * self.output_variance / self.ridge


@final
@dataclass(frozen=True)
class ModularAddition:
    r"""A network of squared neurons that learns a sum modulo P from all pairs.

    Args:
        neurons: N.
        p: P, the modulus.
        ridge: :math:`\sigma^2`, the noise of training.
        output_variance: :math:`\sigma_a^2`; the published 0.002/N.
        regulator: :math:`\gamma`.

    Raises:
        GrokphaseError: a size is not above 0, or the modulus is below 3.

    Example:
        >>> round(ModularAddition().ridge_at("coexists"), 3)
        0.236

    Source: Rubin, Seroussi and Ringel (2024), arXiv:2310.03789.
    """

    VALID: ClassVar[str] = (
        "100 neurons or more: the action is of many independent ones; its squares are exact at any "
        "power"
    )

    neurons: float = 1000
    p: float = 401
    ridge: float = 0.227
    output_variance: float = 2e-6
    regulator: float = 1e-4

    def __post_init__(self) -> None:
        for name in ("neurons", "p", "ridge", "output_variance", "regulator"):
            positive(getattr(self, name), name, getattr(ModularAddition, name))
        if self.p < 3:
            raise GrokphaseError(
                f"p = {self.p:g} has no frequency beside 0; the least modulus is 3: write p=401."
            )

    @property
    def control(self) -> float:
        r""":math:`u = 2 \sigma_a^2 P^2 / (N \sigma^4)`."""
        return 2 * self.output_variance * (self.p / self.ridge) ** 2 / self.neurons

    def scaled(self, factor: float) -> ModularAddition:
        r"""Other sizes with the same action but for P, :math:`\beta^2` times the neurons."""
        beta = positive(factor, "factor", 4)
        return replace(
            self,
            neurons=self.neurons * beta**2,
            p=self.p * math.sqrt(beta),
            ridge=self.ridge / beta,
            output_variance=self.output_variance / beta,
        )

    def action(self, amplitude: float = -1.0) -> ModularAction:
        """The action with what is not learned yet."""
        return ModularAction(self.control, amplitude, self.regulator)

    def outside(self, _: float) -> list[str]:
        """What of these sizes is outside of the action's range, a sentence each; see `VALID`."""
        return _few(self.neurons)

    def ridge_at(self, event: str, amplitude: float = -1.0) -> float:
        r"""The ridge at which the control is that of a `Transition`.

        Args:
            event: "appears" or "coexists".
            amplitude: a there.
        """
        _check_event(event)
        control = getattr(self.action(amplitude).transition(), event)
        return self.ridge * math.sqrt(self.control / control)

    def amplitude_at(self, event: str) -> float:
        r"""The amplitude a at which this ridge's control is that of a `Transition`.

        Where specialised and other neurons coexist, what is learned lets :math:`u a^2` rise no
        further, so that a falls as the ridge does.
        """
        _check_event(event)
        return -math.sqrt(getattr(self.action().transition(), event) / self.control)


def _controls(given: Any) -> Floats:
    controls = np.asarray(given, np.float64)
    if not controls.size or not (np.isfinite(controls) & (controls > 0)).all():
        raise GrokphaseError(
            f"control is a finite number above 0, unlike {briefly(given)}; write 30."
        )
    return controls


def _few(neurons: float) -> list[str]:
    """A sentence where so few neurons are no mean of many."""
    if neurons >= _NEURONS:
        return []
    return [
        f"With neurons = {neurons:g}, fewer than {_NEURONS}, what they answer together scatters by "
        "a tenth or more, and neurons are not independent as the action takes them."
    ]


def _check_event(event: str) -> None:
    if event not in ("appears", "coexists"):
        raise GrokphaseError(f'There is no event "{event}"; write "appears" or "coexists".')


def _seen(lengths: Floats) -> Floats:
    """A at each overlap, a row for each squared length across the teacher."""
    found: Floats = OVERLAPS**2 / (1 + 2 * (lengths + OVERLAPS**2))
    return found


def _weights(action: Floats, size: float, axis: int | tuple[int, ...] = -1) -> Floats:
    """Shares of the quadrature's overlaps, of the density exp(-size action) over these axes."""
    weights = np.exp(-size * (action - action.min(axis=axis, keepdims=True)))
    weights[..., 0] /= 2  # the trapezoid's end, where the action is even
    found: Floats = weights / weights.sum(axis=axis, keepdims=True)
    return found


def _bisected(before: Callable[[Floats], Any], low: Floats, high: Floats) -> Floats:
    """Where `before` stops to be so, between what is low and what is high, all at once."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        so = before(middle)
        low, high = np.where(so, middle, low), np.where(so, high, middle)
    found: Floats = (low + high) / 2
    return found
