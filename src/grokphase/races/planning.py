"""What a race would cost, before it is run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grokphase.races.measuring import prices
from grokphase.races.request import Request
from grokphase.races.running import chosen_of
from grokphase.store import Store
from grokphase.store.borrowing import borrowed
from grokphase.store.layout import Layout
from grokphase.training.spec import RunSpec
from grokphase.workers.cores import cores


@dataclass(frozen=True)
class ArmPlan:
    """What an arm still takes.

    Attributes:
        arm: its name.
        runs: all that it has.
        existing: of these in the store, as far as is known before it is tuned.
        steps: of the others, at most.
        step_milliseconds: a step on this machine.
        seconds: of the others at most, one after the other.
    """

    arm: str
    runs: int
    existing: int
    steps: int
    step_milliseconds: float
    seconds: float


@dataclass(frozen=True)
class RacePlan:
    """What a race would cost.

    Attributes:
        arms: one by one.
        workers: processes that share them.
        seconds: of training at most; starting workers and compiling come on top.
    """

    arms: tuple[ArmPlan, ...]
    workers: int
    seconds: float


def plan_of(
    asked: Request,
    *,
    store: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    on_line: Callable[[str], None] = lambda line: None,
) -> RacePlan:
    """What a race would cost at most; some steps of each arm are timed.

    Args:
        asked: the race.
        store: where runs are looked for; it is only read, and one that does not exist is not made.
        workers: worker processes; None for one a core.
        on_line: told what is being done, a line each.
    """
    there = store is not None and Layout(Path(store).absolute()).marker.exists()
    size = asked.size
    runs = len(asked.arms) * (size.draws * size.tuning_seeds + size.seeds)
    on_line(
        f"{runs:,} runs of {size.steps:,} steps at most; compiling and timing "
        f"{len(asked.arms)} arms"
    )
    costs = prices([asked.tuning(each)[0][0] for each in asked.arms], on_line)
    plans = []
    with borrowed(store if there else None, read_only=True) as kept:
        for each, cost in zip(asked.arms, costs, strict=True):
            tuning = [spec for runs in asked.tuning(each) for spec in runs]
            chosen = None if kept is None else chosen_of(asked, each, kept)
            final = [] if chosen is None else asked.result(each, chosen)
            runs = len(tuning) + asked.size.seeds
            existing = _existing(kept, [*tuning, *final])
            steps = (runs - existing) * asked.size.steps
            seconds = steps * cost.seconds
            plans.append(ArmPlan(each.name, runs, existing, steps, 1e3 * cost.seconds, seconds))
    shared = workers or cores()
    return RacePlan(tuple(plans), shared, sum(plan.seconds for plan in plans) / shared)


def _existing(kept: Store | None, specs: list[RunSpec]) -> int:
    return 0 if kept is None else len(kept.existing(spec.id for spec in specs))
