"""Between which two steps an event happened: what its evaluations know, and no more.

Accuracies are tested at steps 0, e, 2e, ... (e = `recipe.evaluate_every`) and at the last step of
the budget, so an event first seen at step t happened in (l, t], l being the evaluation before. With
e = 1 that is step t alone. What was not seen by the end of a run is censored: later than the run's
last evaluation, in (l, inf). A run whose loss diverged, or that failed, is censored at its last
step as well, as if it had been stopped there for a reason that has nothing to do with the event.

A training function of a user's evaluates when it likes, so its records say themselves what is
known: the evaluation before an event, -1 where the first one had passed already, and of an event
that was not seen the last evaluation, which may be earlier than the end of the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from grokphase.errors import GrokphaseError, nearest
from grokphase.phases.classify import By
from grokphase.phases.intervals import Interval, between

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord

Event = Literal["train", "validation", "delay", "loss"]

EVENTS: Final[Mapping[Event, str]] = {
    "train": "training accuracy",
    "validation": "validation accuracy",
    "delay": "validation accuracy, counted from training accuracy",
    "loss": "validation accuracy being lost again, counted from when it was reached",
}
"""What can be waited for: an accuracy passing its threshold, the time between the two, and how long
generalization was kept."""

DELAYS_BIASED: Final = "too early where slow learners also wait longer"
"""What must be said beside medians of delays: they are censored at the budget less the step of
training accuracy, so that late learners are lost first, and those who never learn left out."""

STEPS: Final[Mapping[By, tuple[str, str]]] = {
    "first-passage": ("train_step", "validation_step"),
    "sustained": ("train_sustained_step", "validation_sustained_step"),
}
"""The fields of a record that hold the times."""

LOSSES: Final[Mapping[By, str]] = {
    "first-passage": "validation_lost_step",
    "sustained": "validation_sustained_lost_step",
}
"""The field that holds when the second of them was lost again."""


class Watched(NamedTuple):
    """When accuracies of a run are tested, and for how long they have to hold.

    Attributes:
        every: steps from one evaluation to the next.
        budget: steps at most, of which the last is an evaluation; None where that is not known.
        sustain: steps that a threshold must hold for a sustained time.
    """

    every: int
    budget: int | None
    sustain: int

    @classmethod
    def of(cls, recipe: Mapping[str, Any]) -> Watched:
        """That of a recipe, as a run's specification has it."""
        return cls(recipe["evaluate_every"], recipe["steps"], recipe["sustain"])

    def before(self, step: int) -> int:
        """The evaluation before one at this step; of step 0, which has none, 0.

        Example:
            >>> Watched(100, 250, 0).before(250), Watched(100, 250, 0).before(200)
            (200, 100)
        """
        return max(step - 1, 0) // self.every * self.every

    def last(self, step: int) -> int:
        """The last evaluation of a run that ended after this many steps.

        Example:
            >>> Watched(100, 250, 0).last(250), Watched(100, 250, 0).last(249)
            (250, 200)
        """
        return step if step == self.budget else step // self.every * self.every


def interval_of(
    record: RunRecord, event: Event, watched: Watched, by: By = "first-passage"
) -> Interval | None:
    """When an event of a run happened, as an interval of steps.

    A sustained time is the beginning of a streak that has lasted `sustain` steps, so one that was
    not seen by the last evaluation T began after T - `sustain`. A delay counts from training to
    validation accuracy, and a loss from validation accuracy (`intervals.between`).

    Args:
        record: the run.
        event: one of `EVENTS`.
        watched: when it was tested, see `Watched.of`.
        by: the kind of times.

    Returns:
        The interval; None for the delay of a run whose training accuracy did not pass, which has
        none, and for the loss of what was not reached, or not followed after it was.

    Raises:
        GrokphaseError: if there is no such event.
    """
    check_event(event)
    if event == "delay":
        return between(*(_passage(record, column, watched, by) for column in STEPS[by]))
    if event == "loss":
        return between(_passage(record, STEPS[by][1], watched, by), _loss(record, watched, by))
    return _passage(record, STEPS[by][event == "validation"], watched, by)


def _passage(record: RunRecord, column: str, watched: Watched, by: By) -> Interval:
    # What a record knows itself, of whatever evaluations, comes first.
    step, known = getattr(record, column), record.lower.get(column)
    if step is not None:
        lower = watched.before(step) if known is None else known
        return Interval(float(step), float(lower), float(step))
    held = watched.sustain if by == "sustained" else 0
    evaluated = watched.last(record.steps_trained) if known is None else known
    last = float(max(evaluated - held, 0))
    return Interval(last, last, math.inf)


def _loss(record: RunRecord, watched: Watched, by: By) -> Interval | None:
    """When validation accuracy was lost again; None where that was not followed."""
    column = LOSSES[by]
    step = getattr(record, column)
    if step is not None:
        lower = record.lower.get(column, watched.before(step))
        return Interval(float(step), float(lower), float(step))
    if not record.loss_followed:
        return None
    last = watched.last(record.steps_trained)
    if record.curves:  # of a training function, whose last report may be earlier
        last = min(last, int(record.curves["step"][-1]))
    return Interval(float(last), float(last), math.inf)


def check_event(event: str) -> None:
    """Refuse what is no event.

    Raises:
        GrokphaseError: naming those there are.
    """
    if event not in EVENTS:
        raise GrokphaseError(
            f'"{event}" is no event; there are {", ".join(EVENTS)}.{nearest(event, EVENTS)}'
        )
