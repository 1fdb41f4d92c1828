r"""Two circuits that compete: one memorizes fast, one generalizes with less norm.

Each circuit i is a table of logits 1 at one class, times :math:`w_i = w_{i1} w_{i2}`. On training
inputs both say the right class, on others only the generalizing one does, and the memorizing one
says another. Its weights cost a norm :math:`P_i w_i^{1/\kappa}`, so that

.. math:: L = \ln(1 + (q - 1) e^{-w_g - w_m})
          + \frac\alpha2 \sum_i P_i^2 |w_i|^{2/\kappa}.

Both terms depend on the products alone, so gradient flow keeps :math:`c_i = w_{i1}^2 - w_{i2}^2`,
and :math:`\dot w_i = -\sqrt{c_i^2 + 4 w_i^2}\, \partial L / \partial w_i`: two equations for four
factors. Where it settles, :math:`w_g / w_m = (P_m / P_g)^{2 \kappa / (2 - \kappa)}`: both circuits
stay, and the one of smaller norm decides what is said of unseen inputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import whole
from grokphase.theory.checks import instants, positive, reals
from grokphase.theory.samples import Floats


class Competition(NamedTuple):
    """The flow of two circuits, at each time.

    Attributes:
        time: (m,) of the gradient flow; steps times the learning rate.
        generalizing: (m,) :math:`w_g`, the logit of the right class by that circuit.
        memorizing: (m,) :math:`w_m`.
        train: (m,) cross-entropy of training inputs.
        test: (m,) of other inputs.
    """

    time: Floats
    generalizing: Floats
    memorizing: Floats
    train: Floats
    test: Floats

    def reached(self, level: float) -> tuple[float | None, float | None]:
        """From when on the training and the test loss stay below a level; None where they do not.

        Known to the times of the course, between which it is interpolated.
        """
        return _stays_below(self.time, self.train, level), _stays_below(self.time, self.test, level)


@final
@dataclass(frozen=True)
class TwoCircuits:
    r"""A memorizing and a generalizing circuit under cross-entropy and weight decay.

    Args:
        classes: q.
        decay: :math:`\alpha`.
        generalizing: :math:`P_g`, the norm at which that circuit's logit is 1.
        memorizing: :math:`P_m`.
        degree: :math:`\kappa`, below 2: logits grow with the norm to this power.
        start: :math:`w_{g2}(0)` and :math:`w_{m2}(0)`, how fast each circuit begins to be learned;
            :math:`w_{g1}(0) = w_{m1}(0) = 0`, so that neither says anything at first.

    Raises:
        GrokphaseError: a number is out of range.

    Example:
        >>> known = TwoCircuits()
        >>> generalizing, memorizing = known.settled()
        >>> round(generalizing / memorizing, 9)
        8.0
        >>> train, test = known.course(np.linspace(0, 300, 3001)).reached(1.0)
        >>> round(train), round(test)
        (2, 96)

    Source: Varma, Shah, Kenton, Kramár and Kumar (2023), arXiv:2309.02390, their minimal example
    with its constants; the two equations and the closed form are worked out here.
    """

    classes: int = 113
    decay: float = 0.005
    generalizing: float = 1.0
    memorizing: float = 2.0
    degree: float = 1.2
    start: tuple[float, float] = (0.005, 1.0)

    def __post_init__(self) -> None:
        whole(self.classes, "classes", 3)
        for name in ("decay", "generalizing", "memorizing", "degree"):
            positive(getattr(self, name), name, getattr(TwoCircuits, name))
        for name, value in zip(("start[0]", "start[1]"), self.start, strict=True):
            positive(value, name, 1.0)
        if self.degree >= 2:
            raise GrokphaseError(
                f"degree = {self.degree} cannot be used: from 2 on the more efficient circuit "
                "takes all, and nothing here settles with both; write degree=1.2."
            )

    def course(self, times: Any) -> Competition:
        """The gradient flow, at these times.

        Args:
            times: (m,) ascending, from 0 on.

        Raises:
            GrokphaseError: times do not ascend.
        """
        from scipy.integrate import solve_ivp

        at = instants(times, ascending=True)
        kept = np.square(self.start)
        found = solve_ivp(
            lambda _, w: -np.sqrt(kept**2 + 4 * w**2) * self.slope(w),
            (0.0, float(at[-1])),
            np.zeros(2),
            "LSODA",
            at,
            rtol=1e-9,
            atol=1e-13,
        )
        generalizing, memorizing = found.y
        return Competition(at, generalizing, memorizing, *self.losses(generalizing, memorizing))

    def slope(self, w: Floats) -> Floats:
        """The gradient of the training loss with decay, by :math:`w_g` and :math:`w_m`."""
        norms = np.array([self.generalizing, self.memorizing])
        cost = self.decay * norms**2 / self.degree * np.abs(w) ** (2 / self.degree - 1)
        return np.sign(w) * cost - self.wrong(float(w.sum()))

    def wrong(self, logit: float) -> float:
        """The probability of all wrong classes on training inputs."""
        rest: float = self.classes - 1
        return rest / (rest + math.exp(min(logit, 700.0)))

    def losses(self, generalizing: Any, memorizing: Any) -> tuple[Floats, Floats]:
        """Cross-entropies of training and of other inputs, without the decay."""
        g, m = reals(generalizing), reals(memorizing)
        train = np.logaddexp(0, math.log(self.classes - 1) - g - m)
        rest = np.full_like(g, math.log(self.classes - 2))
        return train, np.logaddexp(np.logaddexp(0, m - g), rest - g)

    def settled(self) -> tuple[float, float]:
        r""":math:`w_g` and :math:`w_m` where the flow ends, by their ratio and one equation."""
        from scipy.optimize import brentq

        power = 2 * self.degree / (2 - self.degree)
        ratio = (self.generalizing / self.memorizing) ** power
        unit = self.decay * self.generalizing**2 / self.degree

        def pull(w: float) -> float:
            cost: float = unit * w ** (2 / self.degree - 1)
            return cost - self.wrong(w * (1 + ratio))

        upper = 1.0
        while pull(upper) < 0:
            upper *= 2
        generalizing = float(brentq(pull, 0.0, upper, xtol=1e-14))
        return generalizing, ratio * generalizing


def _stays_below(time: Floats, loss: Floats, level: float) -> float | None:
    above = np.flatnonzero(loss >= level)
    if not above.size:
        return float(time[0])
    last = int(above[-1])
    if last == len(time) - 1:
        return None
    share = (loss[last] - level) / (loss[last] - loss[last + 1])
    return float(time[last] + share * (time[last + 1] - time[last]))
