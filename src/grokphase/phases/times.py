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

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord

Event = Literal["train", "validation", "delay"]

EVENTS: Final[Mapping[Event, str]] = {
    "train": "training accuracy",
    "validation": "validation accuracy",
    "delay": "validation accuracy, counted from training accuracy",
}
"""What can be waited for: an accuracy passing its threshold, or the time between the two."""

DELAYS_BIASED: Final = "too early where slow learners also wait longer"
"""What must be said beside medians of delays: they are censored at the budget less the step of
training accuracy, so that late learners are lost first, and those who never learn left out."""

STEPS: Final[Mapping[By, tuple[str, str]]] = {
    "first-passage": ("train_step", "validation_step"),
    "sustained": ("train_sustained_step", "validation_sustained_step"),
}
"""The fields of a record that hold the times."""


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


class Interval(NamedTuple):
    """The time of an event in steps, as far as it is known: in (lower, upper].

    Attributes:
        time: the step at which it was seen, or until which it was waited for in vain.
        lower: it had not happened yet; of a censored event the same as `time`.
        upper: it had happened; infinite where it is censored.
    """

    time: float
    lower: float
    upper: float

    @property
    def event(self) -> bool:
        """Whether it was seen, rather than censored."""
        return math.isfinite(self.upper)


def interval_of(
    record: RunRecord, event: Event, watched: Watched, by: By = "first-passage"
) -> Interval | None:
    """When an event of a run happened, as an interval of steps.

    A sustained time is the beginning of a streak that has lasted `sustain` steps, so one that was
    not seen by the last evaluation T began after T - `sustain`. A delay counts from training to
    validation accuracy. Steps are whole numbers, so with t in [a, b] and v in [c, d] it lies in
    [c - b, d - a], which is (c - b - 1, d - a].

    Args:
        record: the run.
        event: one of `EVENTS`.
        watched: when it was tested, see `Watched.of`.
        by: the kind of times.

    Returns:
        The interval; None for the delay of a run whose training accuracy did not pass, which has
        none.

    Raises:
        GrokphaseError: if there is no such event.
    """
    check_event(event)
    if event != "delay":
        return _passage(record, STEPS[by][event == "validation"], watched, by)
    train, validation = (_passage(record, column, watched, by) for column in STEPS[by])
    if not train.event:
        return None
    if not validation.event:
        waited = validation.lower - train.upper
        return Interval(waited, waited, math.inf)
    return Interval(
        validation.time - train.time,
        _first(validation) - train.upper - 1,
        validation.upper - _first(train),
    )


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


def _first(seen: Interval) -> float:
    """The first step in an interval; one that ends at step 0 has nothing before it."""
    return 0.0 if seen.upper == 0 else seen.lower + 1


def check_event(event: str) -> None:
    """Refuse what is no event.

    Raises:
        GrokphaseError: naming those there are.
    """
    if event not in EVENTS:
        raise GrokphaseError(
            f'"{event}" is no event; there are {", ".join(EVENTS)}.{nearest(event, EVENTS)}'
        )
