r"""How long generalization waits: laws of the norm, and what each of them rests on.

Nearly all of them are one: the weights have to contract from the norm at which they memorized to
one at which they generalize, and do so exponentially. With :math:`V = |\theta|^2` shrinking at the
rate :math:`\gamma` a step it takes :math:`\ln(V_{mem} / V_{post}) / \gamma` steps. Laws differ in
:math:`\gamma` (fitted, :math:`\eta\lambda`, :math:`2\eta\lambda`, or
:math:`2\kappa\eta\lambda` with a fitted :math:`\kappa`) and in what they take for the norm at the
end. None says when it does not hold; each function here does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.theory.checks import positive, reals
from grokphase.theory.log_times import LogTimes, fit_log_times
from grokphase.theory.samples import Floats


class Law(NamedTuple):
    """A law of the time from memorization to generalization.

    Attributes:
        name: short.
        formula: as it is printed, in the words of this module.
        source: who says so.
        holds: where it was seen to hold, and what it takes.
        fails: where it is known not to.
    """

    name: str
    formula: str
    source: str
    holds: str
    fails: str


LAWS: Final[tuple[Law, ...]] = (
    Law(
        "fitted",
        "ln(V_mem / V_post) / gamma, gamma from the path of V",
        "Khanh et al. 2026, arXiv:2603.13331",
        "one-layer transformers, AdamW, modular addition; V_post must be known beforehand",
        "an upper bound rather than a forecast: 57 of 60 of its forecasts were too late; no "
        "statement where V does not fall",
    ),
    Law(
        "eta lambda",
        "ln(V_mem / V_post) / (eta lambda)",
        "the rate that Khanh et al. 2026 compare with",
        "nowhere as a forecast: decay alone shrinks V at twice this rate",
        "too late by two where decay alone acts",
    ),
    Law(
        "2 eta lambda",
        "ln(V_mem / V_post) / (2 eta lambda) = ln(|theta_mem| / |theta_post|) / (eta lambda)",
        "Liu et al. 2023 (Omnigrok), arXiv:2210.01117, for decoupled decay",
        "a flat training loss, so that decay alone moves the norm; teacher and student, decays "
        "over a factor of 30",
        "where gradients hold the weights up; MNIST outside of decays of 0.1 to 1",
    ),
    Law(
        "ln(alpha) / lambda",
        "ln(alpha) / (eta lambda), alpha the initial scale",
        "Lyu et al. 2024, arXiv:2311.18817",
        "large initial weights, small decay, gradient flow of homogeneous networks: the end of the "
        "kernel regime",
        "initial weights of the usual scale (alpha = 1), of which it says 0",
    ),
)
"""The laws that need no fit over runs, in the order in which `delays` gives them."""


def log_ratio(memorized: Any, generalized: Any) -> Floats:
    r""":math:`\ln(V_{mem} / V_{post})` from the norms: twice the logarithm of their ratio.

    Args:
        memorized: (...) norm :math:`|\theta|`, not its square, when training accuracy passed.
        generalized: (...) norm when validation accuracy passed, or at the end.

    Raises:
        GrokphaseError: a norm is not a finite number above 0.

    Example:
        >>> float(log_ratio(2.0, 1.0).round(4))
        1.3863
    """
    before, after = reals(memorized), reals(generalized)
    if not all((np.isfinite(each) & (each > 0)).all() for each in (before, after)):
        raise GrokphaseError(
            f"Norms are finite numbers above 0, not {memorized!r} and {generalized!r}: for example "
            "log_ratio(65.6, 17.5)."
        )
    return 2 * (np.log(before) - np.log(after))


def norm_delay(memorized: Any, generalized: Any, rate: Any) -> Floats:
    r"""Steps in which V contracts from one norm to the other, :math:`\ln(V_{mem}/V_{post})/\gamma`.

    Args:
        memorized: (...) norm :math:`|\theta|` at memorization.
        generalized: (...) norm at generalization.
        rate: (...) :math:`\gamma` of V a step, `contraction.Contraction.rate` or
            `contraction.decay_rate`.

    Returns:
        (...) steps; NaN where V does not contract from the one to the other, and the law says
        nothing: generalization then is not delayed by it.

    Raises:
        GrokphaseError: a norm is not a number above 0.

    Example:
        >>> float(norm_delay(2.0, 1.0, 0.002).round(1)), float(norm_delay(2.0, 1.0, -1e-4))
        (693.1, nan)

    Source: Khanh et al. (2026), arXiv:2603.13331.
    """
    ratio, gamma = np.broadcast_arrays(log_ratio(memorized, generalized), reals(rate))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where((ratio > 0) & (gamma > 0), ratio / gamma, np.nan)
    return found


def delays(
    *,
    rate: float,
    decay: float,
    memorized: float | None = None,
    generalized: float | None = None,
    fitted: float | None = None,
    scale: float | None = None,
) -> dict[str, float | None]:
    r"""What each law of `LAWS` says of one run, in steps after memorization.

    Args:
        rate: :math:`\eta`, learning rate.
        decay: :math:`\lambda`, decoupled weight decay.
        memorized: norm :math:`|\theta|` at memorization.
        generalized: norm at which it generalizes, which must be known or guessed.
        fitted: :math:`\gamma` of the path of V, a step.
        scale: :math:`\alpha`, initial weights over usual ones.

    Returns:
        Steps by the name of the law; None where it says nothing, for want of a number or because
        norms or rates do not fall.

    Raises:
        GrokphaseError: a number that was given is not above 0 (but `fitted`, which may be).

    Example:
        >>> found = delays(rate=1e-3, decay=1.0, memorized=65.55, generalized=17.52, fitted=1.45e-3)
        >>> [None if steps is None else round(steps) for steps in found.values()]
        [1820, 2639, 1319, None]
    """
    eta_lambda = positive(rate, "rate", 1e-3) * positive(decay, "decay", 1)
    found: dict[str, float | None] = dict.fromkeys(law.name for law in LAWS)
    if memorized is not None and generalized is not None:
        for name, gamma in (
            ("fitted", fitted),
            ("eta lambda", eta_lambda),
            ("2 eta lambda", 2 * eta_lambda),
        ):
            if gamma is not None:
                steps = float(norm_delay(memorized, generalized, gamma))
                found[name] = None if math.isnan(steps) else steps
    if scale is not None:
        grown = math.log(positive(scale, "scale", 8))
        found["ln(alpha) / lambda"] = grown / eta_lambda if grown > 0 else None
    return found


def threshold_decay(rate: float, budget: float, *, kappa: float, relaxed: float) -> float:
    r"""The least decay with which weights relax within a budget.

    :math:`\lambda_c = -\ln(1 - q) / (\eta \kappa T)`: a share q of the way is gone after T steps at
    the rate :math:`\kappa\eta\lambda`. There the contraction becomes as long as the budget, so it
    depends on how long one waits, and is no property of the network.

    Args:
        rate: :math:`\eta`, learning rate.
        budget: T, in steps.
        kappa: rate of contraction in units of :math:`\eta\lambda`.
        relaxed: q, below 1.

    Raises:
        GrokphaseError: a number is not above 0, or q not below 1.

    Example:
        >>> round(threshold_decay(1e-3, 50_000, kappa=1.41, relaxed=0.63), 4)
        0.0141

    Source: Verma (2026), arXiv:2605.20441, whose q and kappa are not known to us.
    """
    q = positive(relaxed, "relaxed", 0.63)
    if q >= 1:
        raise GrokphaseError(f"relaxed is a share below 1, not {relaxed!r}: for example 0.63.")
    return -math.log1p(-q) / (
        positive(rate, "rate", 1e-3) * positive(kappa, "kappa", 2) * positive(budget, "budget", 5e4)
    )


@final
@dataclass(frozen=True)
class TwoConstants:
    r"""The law with two constants, :math:`\ln(V_{mem} / V^*) / (2 \kappa \eta\lambda)`.

    Args:
        norm: :math:`|\theta^*|`, the norm at which runs generalize.
        kappa: :math:`\kappa`, by how much the contraction is faster than decay alone.
        fit: the fit of :math:`-\ln\kappa` at that norm, with its scatter.

    Example:
        >>> delay = np.array([900.0, 500, 1100, 450])
        >>> found = fit_two_constants([60, 60, 80, 80], 1e-3, [1, 2, 1, 2], delay, delay)
        >>> found.norm < 60, found.quantile([70], 1e-3, 1.0).round(-2).tolist()
        (True, [1000.0])

    Source: arXiv:2605.18845; refitted on public runs of addition it misses the delay by a median
    of 27 %, where seeds of one cell differ by 16 %, and from addition to multiplication by 44 to
    68 %.
    """

    norm: float
    kappa: float
    fit: LogTimes

    def quantile(self, memorized: Any, rate: Any, decay: Any, share: float = 0.5) -> Floats:
        """Steps after memorization by which a share of such runs has generalized.

        Args:
            memorized: (m,) norm at memorization.
            rate: (m,) learning rate.
            decay: (m,) decoupled weight decay.
            share: of runs.

        Returns:
            (m,) steps; NaN where the norm is below the one that is waited for already.
        """
        offset = _log_steps(memorized, rate, decay, self.norm)
        return self.fit.quantile(np.ones((offset.size, 1)), share, offset)


def fit_two_constants(
    memorized: Any, rate: Any, decay: Any, lower: Any, upper: Any
) -> TwoConstants:
    """Norm and kappa that make the delays that were seen most likely.

    Args:
        memorized: (n,) norm at memorization.
        rate: (n,) learning rate.
        decay: (n,) decoupled weight decay.
        lower: (n,) the delay is longer, in steps; the same as `upper` where it is known exactly.
        upper: (n,) and no longer than this; infinite where it was not reached.

    Raises:
        GrokphaseError: as `fit_log_times`.

    Example:
        >>> norm, decay = np.array([60.0, 70, 80, 90]), np.array([0.5, 1, 1, 2])
        >>> delay = 2 * np.log(norm / 20) / (2 * 1.5 * 1e-3 * decay)
        >>> found = fit_two_constants(norm, 1e-3, decay, delay, delay)
        >>> round(found.norm, 2), round(found.kappa, 3)
        (20.0, 1.5)
    """
    from scipy.optimize import minimize_scalar

    least = float(np.min(reals(memorized)))

    def at(log_norm: float) -> LogTimes:
        offset = _log_steps(memorized, rate, decay, math.exp(log_norm))
        return fit_log_times({"-ln kappa": np.ones(offset.size)}, lower, upper, offset=offset)

    top = math.log(positive(least, "memorized", 60)) - 1e-3
    best = minimize_scalar(
        lambda log_norm: -at(log_norm).likelihood,
        bounds=(top - math.log(100), top),
        method="bounded",
        options={"xatol": 1e-7},
    )
    fit = at(float(best.x))
    return TwoConstants(math.exp(best.x), math.exp(-fit["-ln kappa"]), fit)


def _log_steps(memorized: Any, rate: Any, decay: Any, norm: float) -> Floats:
    """ln of the steps that the law gives with kappa = 1; NaN where the norm need not fall."""
    held = [reals(each) for each in (memorized, rate, decay)]
    norms, eta, weight = (np.atleast_1d(each) for each in np.broadcast_arrays(*held))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.log(log_ratio(norms, norm) / (2 * eta * weight))
    return found
