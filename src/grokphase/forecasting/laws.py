"""Laws of the delay as forecasters: each says it in a unit of its own, whose multiple is fitted.

A law gives a run a time in steps, its *unit*; the delay is the unit times a constant, scattered
log-logistically, and comes at all with a fixed probability. The three numbers are fitted to the
runs of the corpus, with censoring, for every law alike, so that laws differ in their units alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grokphase.forecasting.evidence import contraction
from grokphase.forecasting.forecast import Prediction
from grokphase.forecasting.history import History
from grokphase.forecasting.logistic import log_logistic
from grokphase.theory.delay import norm_delay

TARGET: Final = 0.5
"""Share of its initial norm at which a run is taken to generalize by the law "norm"."""

Unit = Callable[[History], float | None]


def _memorization(history: History) -> float | None:
    """The step at which it memorized."""
    assert history.memorized is not None, "laws are asked of runs that have memorized"
    return max(history.memorized.upper, 1.0)


def _decay(history: History) -> float | None:
    """1 / (eta lambda): the steps in which decay alone shrinks weights by e."""
    rate = history.eta_lambda
    return 1.0 / rate if rate else None


def _norm(history: History) -> float | None:
    """ln(V / V*) / (2 eta lambda), V* a fixed share of the squared norm at the start.

    The way is counted from the norm at memorization, the rate is that of decay alone.
    """
    rate = history.eta_lambda
    steps, norms = history.curve("weight_norm")
    assert history.memorized is not None, "laws are asked of runs that have memorized"
    before = norms[steps <= history.memorized.upper]
    if not rate or not before.size or before[0] <= 0 or before[-1] <= TARGET * before[0]:
        return None
    return float(norm_delay(before[-1], TARGET * before[0], 2 * rate))


def _shrinking(history: History) -> float | None:
    """1 / gamma: the steps in which the squared norm now shrinks by e."""
    rate = contraction(history)
    return 1.0 / rate if rate is not None and rate > 0 else None


UNITS: Final[Mapping[str, tuple[Unit, str]]] = {
    "training-median": (lambda _: 1.0, "the median delay of the runs it was fitted on"),
    "memorization": (_memorization, "a multiple of the steps to memorize"),
    "decay": (_decay, "a multiple of 1 / (eta lambda)"),
    "norm": (_norm, "a multiple of ln(V / V*) / (2 eta lambda), V* a quarter of V at the start"),
    "contraction": (
        _shrinking,
        "a multiple of 1 / gamma, the rate of the squared norm as measured",
    ),
}
"""The unit of every law, and what it says."""


@dataclass(frozen=True)
class Constants:
    """What is fitted of a time: `mu` and `spread` of its logarithm, and the odds of it at all."""

    mu: float
    spread: float
    odds: float


@dataclass(frozen=True)
class Law:
    """A law as a forecaster.

    Args:
        name: one of `UNITS`.
        constants: of delays in its unit.
        otherwise: of delays in steps, for runs in which the law has no unit.
    """

    name: str
    constants: Constants
    otherwise: Constants

    def predict(self, history: History) -> Prediction:
        """When the run generalizes, by the law; refused where it has nothing to say.

        The delay is that of the law, given that it has not been over by now.
        """
        memorized = history.memorized
        assert memorized is not None, "laws are asked of runs that have memorized"
        unit = UNITS[self.name][0](history)
        refused = "" if unit is not None else f'the law "{self.name}" says nothing of this run.'
        fitted = self.otherwise if unit is None else self.constants
        return log_logistic(
            now=history.now,
            mu=fitted.mu + math.log(unit or 1.0),
            spread=fitted.spread,
            odds=fitted.odds,
            waited=max(history.now - max(memorized.upper, 1.0), 0.0),
            refused=refused,
        )

    def as_json(self) -> dict[str, Any]:
        """Its constants, as they are kept."""
        return {"constants": vars(self.constants), "otherwise": vars(self.otherwise)}

    @classmethod
    def of(cls, name: str, kept: Mapping[str, Any]) -> Law:
        """The law whose constants were kept."""
        return cls(name, Constants(**kept["constants"]), Constants(**kept["otherwise"]))
