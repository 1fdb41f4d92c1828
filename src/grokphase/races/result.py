"""What a race comes to: of every arm its times, its price, and how it compares with AdamW."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.frames import Column, Kind, pandas_table
from grokphase.phases.summary import MedianStep, median_step
from grokphase.plain import finite
from grokphase.races.facts import BASELINE
from grokphase.races.protocol import Compared, compared, enough_seeds, surely
from grokphase.showing import shown_by

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

Steps = tuple[int | None, ...]
"""One a seed; None where it was not reached."""


@dataclass(frozen=True)
class Times:
    """When the runs of an arm got where, in steps, one a seed; None where they did not.

    Attributes:
        train: training accuracy passed its threshold.
        first: validation accuracy did, even if only once.
        sustained: the beginning of the first stretch through which it held: the goal.
        lost: it was lost again after that stretch.
    """

    train: Steps
    first: Steps
    sustained: Steps
    lost: Steps


@dataclass(frozen=True)
class Entry:
    """An arm in a race.

    Attributes:
        arm: its name.
        title: in words.
        source: where it comes from.
        settings: that it raced with, its own and those that were chosen for it.
        draw: which of its draws they are, from 0.
        draws_reached: of how many draws all tuning seeds reached the goal.
        tuning_steps: of all its tuning runs, and of the networks trained first for them.
        tuning_seconds: the same in seconds.
        times: of its runs on the fresh seeds.
        diverged: how many of them diverged.
        runs: their ids.
        step_seconds: a step on this machine, all arms timed in turns.
        step_between: what a step may take by these turns, the baseline's being as it is.
        flops: of the matrix products of an update.
        state_bytes: of what a run carries from step to step.
        donor_steps: of the network that was trained first for each run, if the arm has one; its
            steps, and its seconds, count.
        donor_seconds: what that took.
        leaked: the largest share of a run's validation samples that are trained too.
    """

    arm: str
    title: str
    source: str
    settings: Mapping[str, Any]
    draw: int
    draws_reached: int
    tuning_steps: int
    tuning_seconds: float
    times: Times
    diverged: int
    runs: tuple[str, ...]
    step_seconds: float
    step_between: tuple[float, float]
    flops: float
    state_bytes: int
    donor_steps: tuple[int, ...] = ()
    donor_seconds: tuple[float, ...] = ()
    leaked: float = 0.0

    def steps(self) -> NDArray[np.float64]:
        """(seeds,) steps to the goal with those of donors, infinite where it was not reached."""
        return self.after_donors(self.times.sustained)

    def after_donors(self, steps: Steps) -> NDArray[np.float64]:
        """(seeds,) steps of runs with those of donors, infinite where there are none."""
        return _numbers(steps) + np.array(self.donor_steps or 0.0, np.float64)

    def seconds(self, of_step: float | None = None) -> NDArray[np.float64]:
        """(seeds,) seconds to the goal: steps times what a step takes, and those of donors.

        Args:
            of_step: what a step takes; as it was measured if None.
        """
        one = self.step_seconds if of_step is None else of_step
        donors = np.array(self.donor_seconds or 0.0, np.float64)
        return _numbers(self.times.sustained) * one + donors

    @property
    def collapsed(self) -> int:
        """Runs that lost what they had held."""
        return sum(step is not None for step in self.times.lost)


@dataclass(frozen=True, repr=False)
class Race:
    """What a race came to.

    Attributes:
        name: such as "modular-addition-59-quick".
        track: what was learned.
        title: in words.
        expects: "delay", or for a control "none" or "no delay".
        p: the modulus, if it has one.
        scale: how much was spent.
        settings: what all runs share before an arm changes it.
        budget: steps of a run.
        sustain: steps for which validation accuracy had to hold.
        draws: settings that every arm tried.
        tuning_seeds: on which.
        seeds: that the result is from.
        entries: the arms, the baseline first.
        left_out: by name of an arm why it did not race.
        notes: what a reader must know besides.
        provenance: versions, processor and the time the last run was finished.
        seconds: of all training.
        command: the line that asked for it, empty for a call from Python.

    Example:
        >>> found = example()
        >>> found.in_steps["twice"].verdict, found.in_seconds["twice"].verdict
        ('faster', 'slower')
    """

    name: str
    track: str
    title: str
    expects: str
    p: int | None
    scale: str
    settings: Mapping[str, Any]
    budget: int
    sustain: int
    draws: int
    tuning_seeds: tuple[int, ...]
    seeds: tuple[int, ...]
    entries: tuple[Entry, ...]
    left_out: Mapping[str, str]
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]
    seconds: float
    command: str = ""

    @property
    def horizon(self) -> int:
        """The last step at which a stretch that counts can begin."""
        return self.budget - self.sustain

    @property
    def baseline(self) -> Entry:
        """What all arms are compared with."""
        return next(entry for entry in self.entries if entry.arm == BASELINE)

    @property
    def others(self) -> tuple[Entry, ...]:
        """All arms but the baseline."""
        return tuple(entry for entry in self.entries if entry.arm != BASELINE)

    @property
    def enough_seeds(self) -> bool:
        """Whether any arm could have been called faster with so few seeds."""
        return len(self.seeds) >= enough_seeds(max(1, len(self.others)))

    @cached_property
    def in_steps(self) -> dict[str, Compared]:
        """By arm, how it compares with the baseline in steps.

        An arm that trains on validation samples is called neither faster nor slower: less was
        asked of it.
        """
        times = {entry.arm: entry.steps() for entry in self.others}
        until = float(self.horizon)
        found = compared(times, self.baseline.steps(), dict.fromkeys(times, until), until)
        return self._judged(found)

    @cached_property
    def in_seconds(self) -> dict[str, Compared]:
        """By arm, how it compares with the baseline in seconds on this machine.

        Also with a step as long, and as short, as it may be by the turns in which it was timed: an
        arm is called faster or slower where it is so with all three, and intervals hold all three.
        """
        named = {entry.arm: entry for entry in self.others}
        measured, short, long = (
            self._in_seconds(steps)
            for steps in (
                {name: entry.step_seconds for name, entry in named.items()},
                {name: entry.step_between[0] for name, entry in named.items()},
                {name: entry.step_between[1] for name, entry in named.items()},
            )
        )
        found = {name: surely(measured[name], short[name], long[name]) for name in named}
        return self._judged(found)

    def _judged(self, found: Mapping[str, Compared]) -> dict[str, Compared]:
        return {
            arm: replace(one, verdict="open") if self.leaks(arm) else one
            for arm, one in found.items()
        }

    def _in_seconds(self, of_step: Mapping[str, float]) -> dict[str, Compared]:
        base = self.baseline
        times = {entry.arm: entry.seconds(of_step[entry.arm]) for entry in self.others}
        until = {name: self.horizon * one for name, one in of_step.items()}
        return compared(times, base.seconds(), until, self.horizon * base.step_seconds)

    def medians(self, entry: Entry) -> dict[str, MedianStep]:
        """Of an arm the median steps of training accuracy, first passage and the goal, all with
        the steps of donors."""
        times = entry.times
        named = {"train": times.train, "first": times.first, "sustained": times.sustained}
        found = {name: entry.after_donors(steps) for name, steps in named.items()}
        return {
            name: median_step([int(step) if math.isfinite(step) else None for step in steps])
            for name, steps in found.items()
        }

    def leaks(self, arm: str) -> bool:
        """Whether an arm trains on more validation samples than the baseline does."""
        named = {entry.arm: entry for entry in self.entries}
        return named[arm].leaked > self.baseline.leaked

    @property
    def ranked(self) -> list[Entry]:
        """The arms by their median steps to the goal; those that do not reach it last."""
        return sorted(self.entries, key=lambda entry: (float(np.median(entry.steps())), entry.arm))

    def winners(self, of: str = "steps") -> list[str]:
        """The arms that are faster than the baseline at p < 0.01, the fastest first.

        Args:
            of: "steps" or "seconds".
        """
        found = self.in_steps if of == "steps" else self.in_seconds
        faster = [name for name, each in found.items() if each.verdict == "faster"]
        return sorted(faster, key=lambda name: -(found[name].speedup or math.inf))

    def rows(self) -> list[dict[str, Any]]:
        """A row an arm, the fastest first: times, losses, price, and speed-ups with their p."""
        return [self._row(entry) for entry in self.ranked]

    def _row(self, entry: Entry) -> dict[str, Any]:
        medians = self.medians(entry)
        goal = medians["sustained"]
        steps, seconds = self.in_steps.get(entry.arm), self.in_seconds.get(entry.arm)
        return {
            "arm": entry.arm,
            "runs": len(self.seeds),
            "reached": goal.reached,
            "collapsed": entry.collapsed,
            "diverged": entry.diverged,
            "train_median": medians["train"].median,
            "first_median": medians["first"].median,
            "sustained_median": goal.median,
            "sustained_low": goal.low,
            "sustained_high": goal.high,
            "leaked": entry.leaked,
            "step_milliseconds": 1e3 * entry.step_seconds,
            "step_milliseconds_low": 1e3 * entry.step_between[0],
            "step_milliseconds_high": 1e3 * entry.step_between[1],
            "seconds_median": finite(float(np.median(entry.seconds()))),
            "flops_a_step": entry.flops,
            "state_bytes": entry.state_bytes,
            "donor_steps": float(np.median(entry.donor_steps or 0.0)),
            "donor_seconds": float(np.median(entry.donor_seconds or 0.0)),
            "tuning_steps": entry.tuning_steps,
            "draws_reached": entry.draws_reached,
            **_columns(steps, "steps"),
            **_columns(seconds, "seconds"),
            "settings": json.dumps(dict(entry.settings)),
        }

    def to_pandas(self) -> pandas.DataFrame:
        """`rows` as a pandas table. Needs pandas."""
        rows = self.rows()
        columns = [Column(name, _kind(name), [row[name] for row in rows]) for name in rows[0]]
        return pandas_table(columns)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data: what was measured, `rows` and the answer in sentences."""
        return shown_by(self, "json")(self)

    def plot(self) -> Figure:
        """Speed-ups in steps and in seconds, with their intervals, side by side."""
        return shown_by(self, "figure")(self)

    def __repr__(self) -> str:
        return shown_by(self, "text")(self)

    def _repr_html_(self) -> str:
        return shown_by(self, "html")(self)


def _numbers(steps: Steps) -> NDArray[np.float64]:
    return np.array([math.inf if step is None else float(step) for step in steps])


def _columns(found: Compared | None, of: str) -> dict[str, Any]:
    names = [each.name for each in dataclasses.fields(Compared)]
    values = dict.fromkeys(names) if found is None else dataclasses.asdict(found)
    return {f"{of}_{name}": values[name] for name in names}


_WHOLE = ("runs", "reached", "collapsed", "diverged", "state_bytes", "tuning_steps")


def _kind(name: str) -> Kind:
    if name in (*_WHOLE, "draws_reached"):
        return "whole"
    return "word" if name in ("arm", "settings") or name.endswith("_verdict") else "number"


def example(seeds: int = 16, noise: Sequence[float] = (0.0,)) -> Race:
    """A small race with numbers made up, for examples and tests.

    One arm takes half of the steps, each of which takes three times as long; one is the same as the
    baseline but for noise; and one never gets there.

    Args:
        seeds: how many.
        noise: steps that the arm which is the same takes more, over and over.
    """
    base = [1000 + 37 * (7 * seed % seeds) for seed in range(seeds)]
    same = [int(step + noise[at % len(noise)]) for at, step in enumerate(base)]
    entries = (
        _made_up(BASELINE, base, 1e-3),
        _made_up("twice", [step // 2 for step in base], 3e-3),
        _made_up("same", same, 1e-3),
        _made_up("never", [None] * seeds, 1e-3),
    )
    return Race(
        name="example-quick",
        track="example",
        title="an example",
        expects="delay",
        p=None,
        scale="quick",
        settings={},
        budget=3000,
        sustain=300,
        draws=4,
        tuning_seeds=(0, 1),
        seeds=tuple(range(seeds)),
        entries=entries,
        left_out={},
        notes=(),
        provenance={"finished": "2026-01-01T00:00:00+00:00"},
        seconds=60.0,
    )


def _made_up(name: str, steps: Sequence[int | None], seconds: float) -> Entry:
    reached = tuple(steps)
    train = tuple(None if step is None else step // 4 for step in steps)
    lost = (None,) * len(reached)
    times = Times(train, reached, reached, lost)
    runs = tuple(f"{name}-{seed}" for seed in range(len(reached)))
    settings = {"recipe.learning_rate": 0.01}
    timed = seconds, (seconds, seconds)
    return Entry(name, name, "", settings, 0, 4, 8000, 8.0, times, 0, runs, *timed, 2e7, 100_000)
