"""How good forecasts are: errors of the delay, coverage, and whether it will come at all.

All functions are of plain arrays, one entry a run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.forecasting.cases import Case
from grokphase.forecasting.forecast import Prediction
from grokphase.forecasting.trials import Trial

Array = NDArray[np.float64]

CAUGHT: Final = 0.8
"""Share of the runs that generalize which an alarm must catch, where its threshold is set."""

QUIET: Final = 0.1
"""Share of the runs that do not generalize of which a quiet alarm may be given, likewise."""

BINS: Final = 5
"""Of the probabilities that were told, where they are compared with what came."""


def relative_error(predicted: float, delay: float) -> float:
    """`|predicted - delay| / delay`.

    Example:
        >>> relative_error(150.0, 100.0)
        0.5
    """
    return abs(predicted - delay) / delay


def auroc(positive: Array, negative: Array, weight: Array | None = None) -> float:
    """The probability that a run that generalizes was given the higher probability of it.

    Args:
        positive: what was told of runs that generalize.
        negative: what was told of those that do not.
        weight: of the negative ones; equal if not given.

    Returns:
        The area under the ROC curve, ties counted half; NaN where either is empty.

    Example:
        >>> auroc(np.array([0.9, 0.4]), np.array([0.4, 0.1]))
        0.875
    """
    if not positive.size or not negative.size:
        return math.nan
    w = np.ones(negative.size) if weight is None else weight
    above = (positive[:, None] > negative).astype(float)
    above += 0.5 * (positive[:, None] == negative)
    return float((above * w).sum() / (w.sum() * positive.size))


def threshold(positive: Array) -> float:
    """The lowest probability that counts as an alarm so that `CAUGHT` of these runs are caught.

    Example:
        >>> round(threshold(np.array([0.1, 0.6, 0.7, 0.8, 0.9])), 3)
        0.6
    """
    if not positive.size:
        return math.nan
    least = float(np.sort(positive)[math.floor((1 - CAUGHT) * positive.size + 1e-9)])
    return least * (1 - 1e-5)  # so that digits that are not kept lose none


def quiet_threshold(negative: Array, weight: Array) -> float:
    """The lowest probability that counts as an alarm so that at most `QUIET` of these are called.

    Args:
        negative: what was told of runs that do not generalize.
        weight: of each.

    Example:
        >>> told = np.linspace(0.05, 0.95, 10)
        >>> least = quiet_threshold(told, np.ones(10))
        >>> false_alarms(told, np.ones(10), least), false_alarms(told, np.ones(10), least - 0.01)
        (0.1, 0.2)
    """
    if not negative.size:
        return math.nan
    order = np.argsort(-negative, kind="stable")
    called = np.cumsum(weight[order]) <= QUIET * weight.sum() * (1 + 1e-9)
    # Just over the first that must not be called; a tie with it is not called either.
    first = negative[order[~called]][:1]
    return float(first[0]) * (1 + 1e-5) if first.size else 0.0


def false_alarms(negative: Array, weight: Array, least: float) -> float:
    """The share of runs that do not generalize of which an alarm is given."""
    if not negative.size or math.isnan(least):
        return math.nan
    return float((weight * (negative >= least)).sum() / weight.sum())


def crps(prediction: Prediction, step: float, budget: float) -> float:
    """The continuous ranked probability score of ln(steps from now), for a run that generalizes.

    `CRPS = integral (F(x) - [x >= seen])^2 dx` over x = ln(step - now), F given that it
    generalizes within the budget: the absolute error of a forecast that is one number, in units of
    e; 0 is best.

    Example:
        >>> sure = Prediction.log_normal(0, 1.0, median=100, spread=1e-6)
        >>> round(crps(sure, 200, math.inf), 3)  # ln 2
        0.693
    """
    levels = np.linspace(0.005, 0.995, 100)
    ahead = prediction.quantiles(levels, budget) - prediction.now
    # The quantile form: twice the mean pinball loss.
    gap = math.log(max(step - prediction.now, 1e-9)) - np.log(np.maximum(ahead, 1e-9))
    return float(2 * np.mean(np.where(gap >= 0, levels * gap, (levels - 1) * gap)))


def seed_floor(cases: Sequence[Case]) -> tuple[float, int]:
    """How far the delay of a run is from those of the other seeds of its cell.

    Every run that generalizes is predicted by the median delay of its cell's other seeds, of which
    those that do not generalize count as later than all others.

    Args:
        cases: runs of one family.

    Returns:
        The median relative error, and of how many runs; NaN of none. A run is left out where
        the median of the others is censored, or its cell has no other seed.
    """
    cells: dict[str, list[Case]] = {}
    for case in cases:
        if case.resolved:
            cells.setdefault(case.cell, []).append(case)
    errors = []
    for cell in cells.values():
        for case in cell:
            others = [_time(other) for other in cell if other is not case]
            if case.generalizes and others:
                predicted = float(np.median(others))
                if math.isfinite(predicted):
                    errors.append(relative_error(predicted, _time(case)))
    return (float(np.median(errors)) if errors else math.nan), len(errors)


def _time(case: Case) -> float:
    assert case.delay is not None
    return case.delay.time if case.delay.event else math.inf


def reliability(told: Array, came: Array, weight: Array) -> list[dict[str, float]]:
    """What was told beside what came, in `BINS` of equally many forecasts.

    Returns:
        For each bin the mean probability told, the share that came, and how many runs.
    """
    order = np.argsort(told, kind="stable")
    rows = []
    for part in np.array_split(order, BINS):
        if part.size and weight[part].sum() > 0:
            w = weight[part]
            rows.append(
                {
                    "told": float(np.average(told[part], weights=w)),
                    "came": float(np.average(came[part], weights=w)),
                    "runs": int(part.size),
                }
            )
    return rows


@dataclass(frozen=True)
class Said:
    """What one forecaster said in one look, beside what came.

    Args:
        came: whether the run generalized within its budget.
        weight: how much the look counts.
        probability: told, of generalizing within the budget.
        median: delay told, in steps, if it generalizes within the budget.
        inside50: whether the delay was in the interval of 50 %; inside90 of 90 %.
        error: relative error of the delay; NaN, as all that concerns it, where it did not come.
        crps: see `scoring.crps`.
        log_score: see `scoring.log_score`.
        refused: whether it was tentative.
    """

    came: bool
    weight: float
    probability: float
    median: float
    inside50: float
    inside90: float
    error: float
    crps: float
    log_score: float
    refused: bool


def said(trial: Trial, told: Prediction) -> Said:
    """What was told in a look, beside what came."""
    then, delay = trial.delay
    median = float(told.quantile(0.5, trial.budget)) - then
    outcome = [math.nan] * 4
    if trial.came:
        outcome = [
            float(trial.inside(told, 0.5)),
            float(trial.inside(told, 0.9)),
            relative_error(median, delay.time),
            crps(told, then + delay.time, trial.budget),
        ]
    return Said(
        came=trial.came,
        weight=trial.weight,
        probability=trial.probability(told),
        median=median,
        inside50=outcome[0],
        inside90=outcome[1],
        error=outcome[2],
        crps=outcome[3],
        log_score=trial.log_score(told),
        refused=bool(told.refused),
    )


@dataclass(frozen=True)
class Score:
    """How good one forecaster was in one family at one time.

    Args:
        name: of the forecaster.
        at: when, one of `trials.AT`.
        runs: that generalized; `negative` that did not.
        median_error: of the delay, relative, over runs that generalize; mean_error likewise.
        crps: mean, of ln(steps from now); log_score: mean, over all runs, in nats.
        coverage50: share of delays in the intervals of 50 %; coverage90 of 90 %.
        auroc: of the probability of generalizing within the budget.
        caught: share of runs that generalize which were called so; false_alarms: of those that do
            not, at the threshold that catches 80 % of those of the validation families.
        caught_quiet: the same at the threshold, one at all times, at which one in ten false alarms
            was given of families left out of the fit; false_alarms_quiet likewise.
        refused: share of looks at which the forecast was tentative.
    """

    name: str
    at: str
    runs: int
    negative: int
    median_error: float
    mean_error: float
    crps: float
    log_score: float
    coverage50: float
    coverage90: float
    auroc: float
    caught: float
    false_alarms: float
    caught_quiet: float
    false_alarms_quiet: float
    refused: float


def score(
    name: str, at: str, rows: Sequence[Said], alarm: float = math.nan, quiet: float = math.nan
) -> Score:
    """The score of what was said, all at one time, with the thresholds of both alarms."""
    came = [each for each in rows if each.came]
    not_come = [each for each in rows if not each.came]
    positive = np.array([each.probability for each in came])
    negative = np.array([each.probability for each in not_come])
    weight = np.array([each.weight for each in not_come])

    def mean(values: list[float]) -> float:
        return float(np.mean(values)) if values else math.nan

    def caught(least: float) -> float:
        return math.nan if math.isnan(least) else mean([float(p >= least) for p in positive])

    errors = [each.error for each in came]
    weights = [each.weight for each in rows]
    scores = [each.log_score for each in rows]
    return Score(
        name=name,
        at=at,
        runs=len(came),
        negative=round(float(weight.sum())),
        median_error=float(np.median(errors)) if errors else math.nan,
        mean_error=mean(errors),
        crps=mean([each.crps for each in came]),
        log_score=float(np.average(scores, weights=weights)) if scores else math.nan,
        coverage50=mean([each.inside50 for each in came]),
        coverage90=mean([each.inside90 for each in came]),
        auroc=auroc(positive, negative, weight),
        caught=caught(alarm),
        false_alarms=false_alarms(negative, weight, alarm),
        caught_quiet=caught(quiet),
        false_alarms_quiet=false_alarms(negative, weight, quiet),
        refused=mean([float(each.refused) for each in rows]),
    )
