"""The one question: when will this run generalize?"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from grokphase.checks import integer
from grokphase.forecasting.evidence import evidence
from grokphase.forecasting.forecast import Forecast, Forecaster, read, stage
from grokphase.forecasting.history import History, refuse_other
from grokphase.forecasting.kept import forecaster as forecaster_of

OF_CURVES: Final = "early-warning"
"""The forecaster that goes by losses and accuracies alone, which any program writes."""

LEAST_ROWS: Final = 5
"""Rows of validation accuracy below which a run is too short to say."""


def forecast(
    history: History, budget: int | None = None, forecaster: Forecaster | None = None
) -> Forecast:
    """When a run will generalize, from what is known of it now.

    Args:
        history: the run up to now, see `History.until`.
        budget: steps that it may take in all; that of the history if not given.
        forecaster: who is asked; if not given, the best one of the validation families, or
            `OF_CURVES` where that one refuses, since it knows too little besides the curves.

    Returns:
        The forecast. It is refused, with tentative numbers where there are any, where nothing can
        be known yet: before memorization, or with too little measured.

    Raises:
        GrokphaseError: for what is no history, or a budget that is no whole number from 1.

    Example:
        >>> run = History(
        ...     step=[0, 10, 100, 1000],
        ...     curves={
        ...         "train_accuracy": [0.1, 0.6, 1.0, 1.0],
        ...         "validation_accuracy": [0.1, 0.1, 0.2, 0.95],
        ...     },
        ... )
        >>> forecast(run).phase, forecast(run).median_step
        ('generalized', 1000.0)
        >>> forecast(run.until(10)).reason
        'it has not memorized yet: no forecast is scored before training accuracy exceeds 0.9.'
    """
    refuse_other(history)
    if budget is not None:
        integer("budget", budget, 1)
    until = history.budget if budget is None else int(budget)
    asked = forecaster or forecaster_of()
    memorized = history.memorized
    seen = Forecast(
        phase=stage(history),
        probability_of_generalizing=None,
        budget=until,
        median_step=None,
        interval50=None,
        interval90=None,
        memorized_at=None if memorized is None else memorized.upper,
        evidence=evidence(history),
        forecaster=asked.name,
        history=history,
    )
    if (known := _known(seen, history)) is not None:
        return known
    found = read(history, asked.predict(history), until, asked.name, seen.evidence)
    if found.refused and forecaster is None:
        other = forecaster_of(OF_CURVES)
        heeded = [each for each in seen.evidence if each.measure.endswith(("_accuracy", "_loss"))]
        by_curves = read(history, other.predict(history), until, other.name, heeded)
        found = found if by_curves.refused else by_curves
    doubt = found.reason or _doubt(history)
    return replace(found, history=history, refused=bool(doubt), reason=doubt)


def _known(seen: Forecast, history: History) -> Forecast | None:
    """What is said of a run without a prediction: it is over, or cannot be foreseen yet."""
    memorized, done, until = history.memorized, history.generalized, seen.budget
    if done is not None:
        at = (max(done.lower, 0.0), done.upper)
        return replace(
            seen,
            probability_of_generalizing=1.0,
            median_step=done.upper,
            interval50=at,
            interval90=at,
        )
    if seen.phase == "diverged":
        return replace(seen, probability_of_generalizing=0.0, reason="its loss has diverged.")
    if not history.curve("validation_accuracy")[0].size:
        return _refused(
            seen, "validation accuracy was not measured, so that it may have generalized already."
        )
    if memorized is None and not history.curve("train_accuracy")[0].size:
        return _refused(
            seen,
            "training accuracy was not measured, so that it is not known whether it memorized.",
        )
    if memorized is None:
        return _refused(
            seen,
            "it has not memorized yet: no forecast is scored before training accuracy exceeds "
            f"{history.threshold:g}.",
        )
    rows = history.curve("validation_accuracy")[0].size
    if rows < LEAST_ROWS:
        return _refused(
            seen,
            f"it is too short to say: validation accuracy was measured {rows} times, and "
            f"{LEAST_ROWS} are the least to forecast from.",
        )
    if until is not None and until <= history.now:
        return replace(
            seen,
            probability_of_generalizing=0.0,
            reason=f"its budget of {until:,} steps is over; give a larger one.",
        )
    return None


def _doubt(history: History) -> str:
    """Why numbers of a run that has memorized are tentative, whoever says them; empty if not."""
    memorized = history.memorized
    if memorized is not None and history.memorized_unseen:
        return (
            f"it had memorized before it was first measured, at {memorized.upper:,.0f}, so that it "
            "is not known how long that took."
        )
    if history.settings.get("accelerated"):
        return "it has an accelerator, and forecasters are fitted and scored on runs without one."
    return ""


def _refused(seen: Forecast, reason: str) -> Forecast:
    return replace(seen, refused=True, reason=reason)
