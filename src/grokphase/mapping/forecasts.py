"""Runs of a map that are stopped since their phase is forecast: by whom, and how often wrongly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Int

from grokphase.checks import number
from grokphase.counting import counted
from grokphase.errors import GrokphaseError
from grokphase.forecasting import outcome
from grokphase.forecasting.outcome import Around, Decided
from grokphase.models import Toy
from grokphase.phases.notes import Note
from grokphase.store.record import RunRecord
from grokphase.training.spec import RunSpec
from grokphase.training.stopped import Expected, Outcome, Stopped

if TYPE_CHECKING:
    from grokphase.mapping.design import Cell, Design

USUAL_CONFIDENCE: Final = 0.9
"""How sure a forecast must be where nobody says."""


@dataclass(frozen=True)
class PhaseJudge:
    """Says which phase a run will be in at the end of its budget, where that is sure enough.

    Args:
        around: what became of the cells around its own.
        confidence: the least probability with which a phase is said.
        delay: the least delay of grokking, in steps.
    """

    around: Around
    confidence: float
    delay: float

    def looks(self, schedule: Int[np.ndarray, " m"]) -> Int[np.ndarray, " k"]:
        """The recorded steps that follow on `outcome.looks`, before the last."""
        wanted = outcome.looks(int(schedule[-1]))
        found: Int[np.ndarray, " k"] = np.unique(schedule[np.searchsorted(schedule, wanted)])
        before: Int[np.ndarray, " k"] = found[found < schedule[-1]]
        return before

    def __call__(self, record: RunRecord, step: int) -> Expected | None:
        """The phase that a run will be in, from the thresholds that it has passed by a step."""
        passed = (record.train_step, record.validation_step)
        train, validation = (at if at is not None and at <= step else None for at in passed)
        budget = record.spec["recipe"]["steps"]
        said = outcome.expected(step, budget, train, validation, self.around, self.delay)
        if said is None or said.probability < self.confidence:
            return None
        return Expected(said.phase, said.probability)


def judges_of(
    design: Design,
    confidence: float,
    cells: Sequence[Cell],
    known: Mapping[Cell, Sequence[Outcome]],
) -> dict[str, PhaseJudge]:
    """Who stops the runs of some cells, by the ids of the runs.

    Args:
        design: the map.
        confidence: how sure a forecast must be.
        cells: that are to be trained.
        known: the outcomes of cells that were decided before. Cells of one batch know nothing of
            each other, so that nothing depends on which is done first.
    """
    delay = design.base.recipe.thresholds.delay
    return {
        spec.id: PhaseJudge(
            Around.of(_decided(cell, other, found[seed]) for other, found in known.items()),
            confidence,
            delay,
        )
        for cell in cells
        for seed, spec in enumerate(design.specs(cell))
    }


def _decided(cell: Cell, other: Cell, found: Outcome) -> Decided:
    record = found.record if isinstance(found, Stopped) else found
    phase = found.expected.phase if isinstance(found, Stopped) else found.phase
    return Decided(math.dist(cell, other), phase, record.train_step, record.validation_step)


def confidence_of(forecast: float | bool | None) -> float | None:
    """How sure a forecast must be, as `phase_map` takes it; None for no forecast.

    Raises:
        GrokphaseError: for what is no probability from 0.5 to 1.

    Example:
        >>> confidence_of(True), confidence_of(0.85), confidence_of(False)
        (0.9, 0.85, None)
    """
    if forecast is False or forecast is None:
        return None
    if forecast is True:
        return USUAL_CONFIDENCE
    number("forecast", forecast, 0.5, 1.0)
    return float(forecast)


def refuse_unmeasured(design: Design) -> None:
    """Refuse forecasts of which nothing is known.

    Raises:
        GrokphaseError: for other tasks, models and optimizers than those of the maps on which
            forecasts were measured, accelerators, axes of words, or phases by sustained times.
    """
    base = design.base
    if not isinstance(base, RunSpec):
        raise GrokphaseError(
            f"{base.name} is a training function of your own, whose runs no forecast stops; leave "
            "forecast (--forecast) out."
        )
    model = "toy" if isinstance(base.model, Toy) else base.model.spec()["name"]
    family = f"{base.task.name}/{model}"
    if family not in outcome.FAMILIES:
        raise GrokphaseError(
            "How often forecasts of a phase are wrong was measured on maps of "
            f"{' and '.join(outcome.FAMILIES)}, not of {family}; leave forecast (--forecast) out, "
            "and write refine=True (--refine) to train fewer cells."
        )
    if base.recipe.accelerator is not None or base.recipe.optimizer != "adamw":
        raise GrokphaseError(
            "How often forecasts of a phase are wrong was measured on runs of AdamW without an "
            "accelerator; leave forecast (--forecast) out."
        )
    if design.by != "first-passage":
        raise GrokphaseError(
            "A forecast is of the phase by first passage; leave forecast (--forecast) out where "
            "sustained times decide."
        )
    if words := [axis.name for axis in design.axes if not axis.ordered]:
        raise GrokphaseError(
            f"{words[0]} is an axis of words, none of which is near another, and a forecast goes "
            "by the cells around; leave forecast (--forecast) out."
        )


def forecast_note(
    confidence: float | None, outcomes: Iterable[Sequence[Outcome]]
) -> tuple[Note, ...]:
    """How many runs a forecast stopped, how sure it was, and how often such forecasts are wrong."""
    if confidence is None:
        return ()
    found = [each for cell in outcomes for each in cell]
    stopped = sum(isinstance(each, Stopped) for each in found)
    rates = outcome.fitted()["errors"]
    lower = [each for each in rates if each["confidence"] <= confidence]
    rate = (lower or rates)[-1 if lower else 0]
    sentence = (
        f"{stopped:,} of {counted(len(found), 'run')} were stopped where their phase was forecast "
        f"with a probability of at least {confidence:g}; of {rate['stopped']:,} runs of maps that "
        f"were not fitted, stopped at {rate['confidence']:g}, {rate['wrong']:,} "
        f"({100 * rate['wrong'] / rate['stopped']:.0f} %) came to another phase"
    )
    return (Note(sentence, tuple(rate["maps"])),)
