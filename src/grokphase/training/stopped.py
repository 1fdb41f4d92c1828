"""Runs that end before their time, because somebody says what will become of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

import numpy as np
from jaxtyping import Int

from grokphase.store.record import RunRecord
from grokphase.training.between import NEVER
from grokphase.training.problem import schedule_of
from grokphase.training.recipe import Recipe


class Expected(NamedTuple):
    """What is said of a run in flight: its phase at the end of its budget, and how probably."""

    phase: str
    probability: float


class Judge(Protocol):
    """Says of runs in flight what will become of them. It goes to workers, so it can be pickled."""

    def looks(self, schedule: Int[np.ndarray, " m"]) -> Int[np.ndarray, " k"]:
        """The steps, of those at which curves are recorded, at which a run is looked at."""

    def __call__(self, record: RunRecord, step: int) -> Expected | None:
        """What will become of a run, from what its record holds up to a step; None to go on."""


@dataclass(frozen=True)
class Stopped:
    """A run that was stopped, since it is forecast what would become of it.

    It is no run of its specification: no store takes it for one. Its checkpoint is kept, so that it
    goes on from there when it is asked for without a forecast.

    Attributes:
        record: the run as far as it came; its own phase is that of the steps it was trained.
        expected: what it was forecast to come to.
    """

    record: RunRecord
    expected: Expected

    @property
    def id(self) -> str:
        """The identity of the run that was not finished."""
        return self.record.id


Outcome = RunRecord | Stopped

NOBODY: Final[Mapping[str, Judge]] = MappingProxyType({})
"""Judges of no run."""


class Outlook:
    """One run, looked at by a judge at fixed steps.

    What a judge is asked does not depend on where segments end, nor on whether the run was
    interrupted: a run that goes on from a checkpoint is judged at the steps before it too, each by
    what was known there.

    Args:
        judge: whom to ask; None asks nobody.
        recipe: of the run.
    """

    def __init__(self, judge: Judge | None, recipe: Recipe) -> None:
        self._judge = judge
        schedule = schedule_of(recipe)
        self._looks = schedule[:0] if judge is None else judge.looks(schedule)
        self._done = 0

    def next_look(self, step: int) -> int:
        """The step after this one at which a segment has to end, at the latest."""
        later = np.searchsorted(self._looks, step, side="right")
        return int(self._looks[later]) if later < len(self._looks) else NEVER

    def verdict(self, step: int, record: Callable[[], RunRecord]) -> Stopped | None:
        """The run as stopped if the judge says so at a step up to this one.

        Args:
            step: that the run has reached.
            record: makes its record, where the judge is to be asked.
        """
        due = self._looks[self._done : np.searchsorted(self._looks, step, side="right")]
        self._done += len(due)
        if self._judge is None or not len(due):
            return None
        found = record()
        said = (self._judge(found, int(look)) for look in due)
        expected = next((each for each in said if each is not None), None)
        return None if expected is None else Stopped(found, expected)
