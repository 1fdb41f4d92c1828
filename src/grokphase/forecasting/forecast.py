"""What a forecaster says, and what is told of it.

A `Prediction` is what every forecaster gives: the probability that the run generalizes at all, and
how the step at which it does is distributed. A `Forecast` is that read against a budget, with what
speaks for it: what `grokphase forecast` prints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from grokphase.forecasting.history import History
from grokphase.phases.intervals import Interval
from grokphase.showing import shown_by

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Stage = Literal["not memorized", "memorized", "generalizing", "generalized", "diverged", "unknown"]
"""Where a run is now; unknown where an accuracy that would say it was not measured."""

SCORES: Final = np.linspace(-4.0, 4.0, 161)
"""Standard normal scores at which a prediction holds its quantiles: from 0.003 % to 99.997 %."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """When a run generalizes, as one forecaster sees it.

    Args:
        now: the step from which it looks ahead.
        ever: the probability that the run generalizes at all, given what is known now.
        steps: (161,) the steps, all after `now`, that it has generalized by with the probabilities
            ``ndtr(SCORES)``, if it generalizes at all. Between them the logarithm of the time from
            now is linear in the score, which is exact for a log-normal one.
        refused: why this should not be relied on; empty where it may. The numbers are tentative
            then.

    Example:
        >>> told = Prediction.log_normal(now=100, ever=0.8, median=900, spread=0.5)
        >>> round(told.quantile(0.5)), round(told.by(1000), 2)
        (1000, 0.4)
        >>> round(told.quantile(0.5, budget=1000))  # if it generalizes within 1000 steps
        742
    """

    now: float
    ever: float
    steps: NDArray[np.float64]
    refused: str = ""

    @classmethod
    def log_normal(cls, now: float, ever: float, median: float, spread: float) -> Prediction:
        """One whose time from now is log-normal, with this median in steps and this log-sd."""
        return cls(now, ever, now + median * np.exp(spread * SCORES))

    @cached_property
    def logs(self) -> NDArray[np.float64]:
        """(161,) the logarithms of the times from now, ascending strictly."""
        ahead = np.maximum(self.steps - self.now, 1e-9)
        # Strictly ascending, so that it can be read both ways.
        rising: NDArray[np.float64] = np.maximum.accumulate(np.log(ahead))
        return rising + 1e-12 * np.arange(rising.size)

    def cdf(self, step: float) -> float:
        """The probability that it has generalized by this step, if it generalizes at all."""
        if step <= self.now:
            return 0.0
        if math.isinf(step):
            return 1.0
        return float(self.cdf_ahead(np.array([math.log(step - self.now)]))[0])

    def cdf_ahead(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same at steps given by the logarithms of the times from now."""
        found: NDArray[np.float64] = ndtr(_line(logs, self.logs, SCORES))
        return found

    def by(self, step: float) -> float:
        """The probability that it has generalized by this step."""
        return self.ever * self.cdf(step)

    def quantile(self, level: float, budget: float = math.inf) -> float:
        """The step by which it has generalized with this probability, if it does so in the budget.

        Args:
            level: the probability, between 0 and 1.
            budget: the step until which it may; infinite for any time.

        Returns:
            The step; `budget` itself where practically nothing is expected before it.
        """
        return float(self.quantiles(np.array([level]), budget)[0])

    def quantiles(
        self, levels: NDArray[np.float64], budget: float = math.inf
    ) -> NDArray[np.float64]:
        """The same for several probabilities."""
        inside = levels * self.cdf(budget)
        score = ndtri(np.maximum(inside, np.finfo(float).tiny))
        found = self.now + np.exp(_line(score, SCORES, self.logs))
        return np.minimum(np.where(inside > 0, found, budget), budget)


def _line(
    x: NDArray[np.float64], xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Linear interpolation, and extrapolation with the slope at either end."""
    low = (ys[10] - ys[0]) / (xs[10] - xs[0]) * np.minimum(x - xs[0], 0.0)
    high = (ys[-1] - ys[-11]) / (xs[-1] - xs[-11]) * np.maximum(x - xs[-1], 0.0)
    found: NDArray[np.float64] = np.interp(x, xs, ys) + low + high
    return found


class Forecaster(Protocol):
    """What predicts: a law, a model of survival, a combination."""

    @property
    def name(self) -> str:
        """How it is called in tables."""
        ...

    def predict(self, history: History) -> Prediction:
        """When the run generalizes, from what is known of it now, `history.now`.

        It is asked of runs that have memorized and not generalized yet.
        """
        ...


@dataclass(frozen=True)
class Evidence:
    """One thing that speaks for a forecast: a measure, its value now, and what it says."""

    measure: str
    value: float
    says: str


@dataclass(frozen=True)
class Forecast:
    """When a run will generalize, as `grokphase forecast` prints it.

    Args:
        phase: where the run is now.
        probability_of_generalizing: within the budget; 1 for a run that has.
        budget: steps in all, None where none is given: then it is of any time.
        median_step: of the step at which it generalizes, if it does within the budget; the step
            itself of a run that has; None where nothing can be said.
        interval50: the steps between which it lies with 50 %, likewise; interval90 with 90 %.
        memorized_at: the step at which training accuracy was first seen above its threshold.
        evidence: what says so.
        forecaster: which one.
        refused: whether the numbers are tentative, for the `reason` given.
        reason: why; empty otherwise.
        understood: what each column of a file was taken for; filled by who reads one.
        history: of which run, so that it can be shown beside its curves.

    Example:
        >>> done = Forecast("generalized", 1.0, None, 950.0, (950.0, 950.0), (950.0, 950.0), 100.0)
        >>> done.as_json()["median_step"]
        950.0
    """

    phase: Stage
    probability_of_generalizing: float | None
    budget: int | None
    median_step: float | None
    interval50: tuple[float, float] | None
    interval90: tuple[float, float] | None
    memorized_at: float | None
    evidence: tuple[Evidence, ...] = ()
    forecaster: str = ""
    refused: bool = False
    reason: str = ""
    understood: Mapping[str, str] = field(default_factory=dict)
    history: History | None = field(default=None, repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints; null for what cannot be said."""
        return {
            "phase": self.phase,
            "probability_of_generalizing": self.probability_of_generalizing,
            "budget": self.budget,
            "median_step": self.median_step,
            "interval50": _pair(self.interval50),
            "interval90": _pair(self.interval90),
            "memorized_at": self.memorized_at,
            "evidence": [
                {"measure": each.measure, "value": each.value, "says": each.says}
                for each in self.evidence
            ],
            "forecaster": self.forecaster,
            "understood": dict(self.understood),
            "refused": self.refused,
            "reason": self.reason,
        }

    def plot(self, **options: Any) -> Figure:
        """The curves so far and, on their axis of steps, the interval that is expected.

        Args:
            **options: `title` and `figsize`, see `grokphase.plotting.forecast.forecast_figure`.

        Returns:
            A figure, which a notebook shows.

        Raises:
            GrokphaseError: if the forecast holds no curves.
        """
        return shown_by(self, "figure")(self, **options)

    def __str__(self) -> str:
        """What it says, in lines of at most 80 characters."""
        return shown_by(self, "text")(self)

    def _repr_html_(self) -> str:
        return shown_by(self, "html")(self)


def _pair(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def stage(history: History) -> Stage:
    """Where a run is now.

    It is generalizing when it has memorized and its validation accuracy has come halfway from what
    it was then to the threshold.

    Example:
        >>> curves = {"train_accuracy": [0.1, 1.0], "validation_accuracy": [0.1, 0.2]}
        >>> stage(History(step=[0, 100], curves=curves))
        'memorized'
    """
    raw = history.curves.get("train_loss")
    if history.generalized is not None:
        return "generalized"
    if raw is not None and raw.size and np.isinf(raw[-1]):
        return "diverged"
    measured = [history.curve(f"{name}_accuracy")[0].size for name in ("train", "validation")]
    if not measured[1] or (history.memorized is None and not measured[0]):
        return "unknown"
    if history.memorized is None:
        return "not memorized"
    return "generalizing" if risen(history) >= 0.5 else "memorized"


def risen(history: History) -> float:
    """How far validation accuracy has come, from what it was at memorization to the threshold.

    Returns:
        0 at what it was, 1 at the threshold; 0 also where it is not known.
    """
    steps, values = history.curve("validation_accuracy")
    if history.memorized is None or not values.size:
        return 0.0
    threshold = history.validation_threshold or history.threshold
    then = float(values[max(int(np.searchsorted(steps, history.memorized.upper, "right")) - 1, 0)])
    if then >= threshold:
        return 1.0
    return float(np.clip((values[-1] - then) / (threshold - then), 0.0, 1.0))


def read(
    history: History,
    prediction: Prediction,
    budget: int | None,
    forecaster: str,
    evidence: Sequence[Evidence] = (),
) -> Forecast:
    """A prediction as a forecast within a budget.

    Args:
        history: the run up to now, memorized and not generalized.
        prediction: of when it generalizes.
        budget: steps in all; None for any time.
        forecaster: whose prediction it is.
        evidence: what says so.

    Returns:
        The forecast.
    """
    until = math.inf if budget is None else float(budget)
    low90, low50, median, high50, high90 = (
        prediction.quantile(level, until) for level in (0.05, 0.25, 0.5, 0.75, 0.95)
    )
    memorized: Interval | None = history.memorized
    return Forecast(
        phase=stage(history),
        probability_of_generalizing=prediction.by(until),
        budget=budget,
        median_step=median,
        interval50=(low50, high50),
        interval90=(low90, high90),
        memorized_at=None if memorized is None else memorized.upper,
        evidence=tuple(evidence),
        forecaster=forecaster,
        refused=bool(prediction.refused),
        reason=prediction.refused,
    )
