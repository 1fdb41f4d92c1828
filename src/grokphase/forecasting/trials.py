"""Looks at runs whose outcome is known, for scoring: at shares of their delay.

A run is looked at when it has memorized, and after 10, 25 and 50 % of its delay. A run that does
not generalize has no delay; it is looked at after the same shares of delays that are typical, each
as many times its memorization time as those of the runs that forecasters were fitted on. A
forecaster is never told at which of these it is asked. Whoever knew would know the delay; and one
whose intervals are right at every fixed step need not cover 90 % at half of the delay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.forecasting.cases import Case
from grokphase.forecasting.combination import Combination
from grokphase.forecasting.forecast import Forecaster, Prediction
from grokphase.forecasting.history import History

Array = NDArray[np.float64]

AT: Final[Mapping[str, float]] = {"memorization": 0.0, "10%": 0.1, "25%": 0.25, "50%": 0.5}
"""When runs are looked at, as a share of the delay."""

TYPICAL: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
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
    """All looks at these runs; at those that had generalized when they memorized there is none."""
    found = []
    for case in cases:
        delay, then = case.delay, case.memorized_at
        if delay is None or then is None:
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
            told[name] = forecaster.of_parts([told[part.name] for part, _ in forecaster.parts])
        else:
            told[name] = forecaster.predict(history)
    return told
