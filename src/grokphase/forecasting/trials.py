"""Looks at runs whose outcome is known, for scoring: at shares of their delay.

A run is looked at when it has memorized, and after 10, 25 and 50 % of its delay. A run that does
not generalize has no delay; it is looked at after the same shares of delays that are typical, each
as many times its memorization time as those of the runs that forecasters were fitted on. A
forecaster is never told at which of these it is asked. Whoever knew would know the delay; and one
whose intervals are right at every fixed step need not cover 90 % at half of the delay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.forecasting.cases import Case
from grokphase.forecasting.combination import Combination
from grokphase.forecasting.forecast import Forecaster, Prediction
from grokphase.forecasting.history import History
from grokphase.phases.intervals import Interval

Array = NDArray[np.float64]

AT: Final[Mapping[str, float]] = {"memorization": 0.0, "10%": 0.1, "25%": 0.25, "50%": 0.5}
"""When runs are looked at, as a share of the delay."""

TYPICAL: Final = (0.2, 0.5, 0.8)
"""Levels of the quantiles of delays that stand in for that of a run that has none."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One look at one run.

    Args:
        case: the run.
        at: one of `AT`.
        elapsed: steps since memorization.
        weight: how much it counts: looks at one run at one time share 1.
    """

    case: Case
    at: str
    elapsed: float
    weight: float

    @property
    def came(self) -> bool:
        """Whether the run generalizes within its budget."""
        return self.case.generalizes

    @property
    def delay(self) -> tuple[float, Interval]:
        """The step of memorization, and the delay."""
        delay, then = self.case.delay, self.case.memorized_at
        assert delay is not None, "looks are at runs with a delay"
        assert then is not None
        return then, delay

    @property
    def budget(self) -> float:
        """Steps that the run may take."""
        return float(self.case.history.budget or math.inf)

    def probability(self, told: Prediction) -> float:
        """What was told of generalizing within the budget."""
        return told.by(self.budget)

    def inside(self, told: Prediction, level: float) -> bool:
        """Whether the delay lies in the interval told with this probability, if it comes.

        It is known to an evaluation: inside if any of its steps is.
        """
        then, delay = self.delay
        ends = np.array([(1 - level) / 2, (1 + level) / 2])
        low, high = told.quantiles(ends, self.budget)
        return bool(then + delay.lower < high and then + delay.upper >= low)

    def log_score(self, told: Prediction) -> float:
        """Minus the log-probability of what came, see `log_score`."""
        then, delay = self.delay
        return log_score(told, then + delay.lower, then + delay.upper)


def log_score(prediction: Prediction, lower: float, upper: float) -> float:
    """Minus the log-probability of what was seen, in nats, as a density of ln(steps from now).

    Args:
        prediction: what was told.
        lower: the run had not generalized at this step.
        upper: it had at this one; infinite where it was not seen to.

    Returns:
        `-ln(ever * (F(u) - F(l)) / ln((u - now) / (l - now)))` of a run that generalizes, and
        `-ln(1 - ever F(l))` of one that was not seen to. Lower is better.
    """
    least = 1e-4  # so that nothing is infinitely wrong
    if math.isinf(upper):
        return -math.log(max(1 - prediction.by(lower), least))
    low, high = max(lower - prediction.now, 0.5), max(upper - prediction.now, 1.0)
    # As wide as a tenth of an e-fold at least: a distribution is told at 161 scores.
    middle, half = math.log(high * low) / 2, max(math.log(high / low) / 2, 0.05)
    ends = (prediction.now + math.exp(middle + side * half) for side in (-1, 1))
    first, last = (prediction.cdf(end) for end in ends)
    return -math.log(max(prediction.ever * (last - first) / (2 * half), least))


def typical_delays(cases: Sequence[Case]) -> list[float]:
    """Delays at the levels `TYPICAL`, in units of the time to memorize.

    Args:
        cases: runs; of those that do not generalize nothing is taken.
    """
    ratios = [
        case.delay.time / case.memorized_at
        for case in cases
        if case.generalizes and case.delay is not None and case.memorized_at is not None
    ]
    return [float(each) for each in np.quantile(ratios, TYPICAL)]


def trials(cases: Sequence[Case], typical: Sequence[float]) -> list[Trial]:
    """All looks at these runs.

    There is none at those that had generalized when they memorized, or did so within
    `cases.RESOLVED` evaluations.
    """
    found = []
    for case in cases:
        delay, then = case.delay, case.memorized_at
        if delay is None or then is None or not case.resolved:
            continue
        for at, share in AT.items():
            waits = [share * delay.time] if delay.event else [share * r * then for r in typical]
            if share == 0:
                waits = [0.0]
            # Not at or after the evaluation that sees it, nor when nobody watches any more.
            inside = [wait for wait in waits if wait < delay.time]
            found += [Trial(case, at, wait, 1 / len(inside)) for wait in inside]
    return found


def ask(forecasters: Mapping[str, Forecaster], history: History) -> dict[str, Prediction]:
    """What each says of one run; a combination from what its parts have said."""
    told: dict[str, Prediction] = {}
    for name, forecaster in forecasters.items():
        if isinstance(forecaster, Combination):
            told[name] = forecaster.of_all(told)
        else:
            told[name] = forecaster.predict(history)
    return told
