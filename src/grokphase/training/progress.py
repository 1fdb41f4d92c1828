"""How far a sweep is, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from grokphase.store.record import RunRecord
from grokphase.trainers.report import Times
from grokphase.training.loop import State
from grokphase.training.results import curves_of
from grokphase.training.session import FIRST_SEGMENT
from grokphase.training.spec import AnySpec, RunSpec


@dataclass(frozen=True)
class Running:
    """A run in flight: the step it has reached, its curves so far, and the events that a training
    function's run has seen, as `grokphase.trainers.report.Report.times` gives them."""

    spec: AnySpec
    step: int
    curves: dict[str, np.ndarray]
    times: Times = ({}, {})

    @classmethod
    def of(cls, spec: RunSpec, state: State) -> Running:
        """What a state shows of its run."""
        return cls(spec, int(state.step), curves_of(spec, state))


@dataclass(frozen=True)
class Progress:
    """A sweep at one moment.

    Attributes:
        runs_done: runs finished, those found in the store included.
        runs_total: runs asked for so far (a refined map asks for more as it goes).
        steps_done: steps trained since the sweep began, without those that runs which are resumed
            had made before.
        steps_expected: steps the sweep will have trained, by what its finished runs have used of
            their budgets.
        seconds: since the sweep began.
        eta_seconds: until it ends; None before anything is known.
        latest: the run that has just finished or been found finished, if one has.
        running: runs in flight by id.
        at_most: whether the time left is that of whole budgets, of runs that may end before.
    """

    runs_done: int
    runs_total: int
    steps_done: int
    steps_expected: int
    seconds: float
    eta_seconds: float | None
    latest: RunRecord | None
    running: dict[str, Running]
    at_most: bool = False

    def __str__(self) -> str:
        """Runs and steps done, the rate, and the time left, in one line."""
        rate = self.steps_done / self.seconds if self.seconds > 0 else 0.0
        about = "at most" if self.at_most else "about"
        left = "" if self.eta_seconds is None else f", {about} {_clock(self.eta_seconds)} left"
        return (
            f"{self.runs_done}/{self.runs_total} runs, {self.steps_done:,} steps, "
            f"{rate:,.0f} steps/s, {_clock(self.seconds)}{left}"
        )


def _clock(seconds: float) -> str:
    """A time span as h:mm:ss."""
    return str(timedelta(seconds=round(seconds)))


@dataclass
class Meter:
    """Counts the runs and steps of a sweep and tells a listener.

    Lives in the thread that drives the sweep; nothing else touches it.
    """

    listener: Callable[[Progress], None] | None = None
    began: float = field(default_factory=time.perf_counter)
    runs_done: int = 0
    runs_total: int = 0
    runs_trained: int = 0
    finished_steps: int = 0
    finished_budget: int = 0
    steps_before: int = 0
    budget_left: int = 0
    may_end_early: bool = False
    first_told: tuple[float, int] | None = None
    running: dict[str, Running] = field(default_factory=dict)

    def add(self, specs: Iterable[AnySpec]) -> None:
        """More runs are asked for."""
        for spec in specs:
            self.runs_total += 1
            self.budget_left += spec.recipe.steps or 0
            self.may_end_early |= spec.recipe.stop != "budget"

    def find(self, spec: AnySpec, record: RunRecord) -> None:
        """A run turns out to be done already."""
        self.runs_done += 1
        self.budget_left -= spec.recipe.steps or 0
        self.tell(record)

    def advance(self, running: Running) -> None:
        """A run has reached another step; its first report comes after `FIRST_SEGMENT` steps."""
        if running.spec.id not in self.running:
            self.steps_before += max(running.step - FIRST_SEGMENT, 0)
        self.running[running.spec.id] = running
        self.tell()

    def finish(self, spec: AnySpec, record: RunRecord) -> None:
        """A run is done."""
        self.running.pop(spec.id, None)
        self.runs_done += 1
        self.runs_trained += 1
        self.finished_steps += record.steps_trained
        self.finished_budget += spec.recipe.steps or 0
        self.budget_left -= spec.recipe.steps or 0
        self.tell(record)

    def tell(self, latest: RunRecord | None = None) -> None:
        """Report to the listener."""
        if self.listener is not None:
            self.listener(self.progress(latest))

    def _eta(self, seconds: float, done: int, expected: float) -> float | None:
        """Seconds left, at the rate since the first steps: compiling before them is no training."""
        if self.first_told is None and done:
            self.first_told = seconds, done
        if self.first_told is None or done <= self.first_told[1]:
            return None
        began, before = self.first_told
        return (expected - done) * (seconds - began) / (done - before)

    def progress(self, latest: RunRecord | None = None) -> Progress:
        """The sweep now. Runs to come are taken to need as much of their budgets as those that
        have finished, or, where no budget is known, as many steps."""
        seconds = time.perf_counter() - self.began
        trained = self.finished_steps + sum(run.step for run in self.running.values())
        to_come = self.runs_total - self.runs_done
        if not self.runs_trained:
            expected: float = self.budget_left
        elif self.finished_budget:
            used = self.finished_steps / self.finished_budget
            expected = self.finished_steps + used * self.budget_left
        else:
            expected = self.finished_steps + to_come * self.finished_steps / self.runs_trained
        done = trained - self.steps_before
        expected = max(expected - self.steps_before, done)
        eta = self._eta(seconds, done, expected)
        return Progress(
            runs_done=self.runs_done,
            runs_total=self.runs_total,
            steps_done=done,
            steps_expected=int(expected),
            seconds=seconds,
            eta_seconds=eta if to_come else 0.0,
            latest=latest,
            running=dict(self.running),
            at_most=self.may_end_early and not self.runs_trained,
        )
