"""What a sweep would cost, before it is trained."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from grokphase.phases.classify import FAILED
from grokphase.store import Store
from grokphase.store.borrowing import borrowed
from grokphase.trainers import TrainerSpec
from grokphase.training.between import seconds_a_row
from grokphase.training.compilation import likeness
from grokphase.training.kept import checked_bytes
from grokphase.training.leaves import replace
from grokphase.training.prepared import Prepared
from grokphase.training.problem import schedule_of
from grokphase.training.schedule import Keep
from grokphase.training.session import prepare
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.workers.cores import cores
from grokphase.workers.pool import call

if TYPE_CHECKING:
    from grokphase.mapping.design import Design

RUNTIME_BYTES = 250 * 2**20  # of this process: interpreter, JAX, drawing; measured
WORKER_BYTES = 230 * 2**20  # of a worker while it compiles, measured
PROBE_STEPS = 300


@dataclass(frozen=True)
class Plan:
    """What a sweep would cost.

    Attributes:
        cells: points of its axes.
        runs: all runs, one a cell and seed.
        existing: runs that the store already holds.
        memory_bytes: about what training takes, all workers together; None where that is not
            known, of a training function of the user's own.
        estimate_seconds: time of training at most, with the measures between segments: every run to
            come uses its whole budget. Starting workers, compiling and drawing come on top. Of a
            training function: as long as its finished runs in the store took; None before there
            are any.
        weights_bytes: of the weights that all runs keep, at most.
    """

    cells: int
    runs: int
    existing: int
    memory_bytes: int | None
    estimate_seconds: float | None
    weights_bytes: int = 0


def plan_of(
    design: Design,
    *,
    store: Store | str | os.PathLike[str] | None = None,
    workers: int | None = None,
    keep_weights: Keep | None = None,
    retry_failed: bool = False,
    on_line: Callable[[str], None] = lambda line: None,
) -> Plan:
    """What training a design would cost at most; a few hundred steps are timed.

    Args:
        design: the sweep; a refined map has the same runs at most.
        store: where runs are looked for. It is only read; one that does not exist is not made.
        workers: worker processes; None for one a core.
        keep_weights: which weights are kept; runs stored without them are trained again.
        retry_failed: runs that failed are trained again.
        on_line: told what is being done, a line each.
    """
    specs = design.all_specs()
    size = 0 if keep_weights is None else checked_bytes(specs, keep_weights)
    on_line(f"looking for {len(specs):,} runs in the store")
    records = _existing(store, specs, keep_weights, retry_failed)
    workers = min(workers or cores(), len(specs))
    missing = [spec for spec in specs if spec.id not in records]
    costs = _costs(missing, design.corners(), records, workers, on_line)
    return Plan(len(design.cells()), len(specs), len(records), *costs, size)


def _costs(
    missing: Sequence[AnySpec],
    corners: Sequence[AnySpec],
    records: Mapping[str, float],
    workers: int,
    on_line: Callable[[str], None],
) -> tuple[int | None, float | None]:
    """Bytes and seconds that the missing runs take."""
    if any(isinstance(spec, TrainerSpec) for spec in corners):
        typical = mean(records.values()) if records else None
        return None, None if typical is None else typical * len(missing) / workers
    ours = [spec for spec in corners if isinstance(spec, RunSpec)]
    cost = _probe(ours, on_line) if missing else _Cost(0.0, 0.0, 0)
    recipes = [spec.recipe for spec in missing if isinstance(spec, RunSpec)]
    seconds = cost.step_seconds * sum(recipe.steps or 0 for recipe in recipes)
    if cost.row_seconds:
        seconds += cost.row_seconds * sum(len(schedule_of(recipe)) for recipe in recipes)
    memory = RUNTIME_BYTES + workers * (WORKER_BYTES + 3 * cost.state_bytes)
    return memory, seconds / workers


def _existing(
    store: Store | str | os.PathLike[str] | None,
    specs: Sequence[AnySpec],
    keep: Keep | None,
    retry_failed: bool,
) -> dict[str, float]:
    """Which of these runs the store holds, with the seconds that each took."""
    if isinstance(store, str | os.PathLike) and _is_empty_folder(Path(store)):
        return {}  # where a store may begin
    with borrowed(store, read_only=True) as kept:
        if kept is None:
            return {}
        ids = kept.existing((spec.id for spec in specs), keep)
        if isinstance(specs[0], RunSpec):  # whose time is measured, not looked up
            return dict.fromkeys(ids, 0.0)
        records = kept.records(ids, curves=False)
        done = [each for each in records if each.phase != FAILED or not retry_failed]
        return {record.id: record.seconds for record in done}


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


class _Cost(NamedTuple):
    """What a run costs.

    Attributes:
        step_seconds: a step.
        row_seconds: what is measured between segments, at each recorded step.
        state_bytes: its state.
    """

    step_seconds: float
    row_seconds: float
    state_bytes: int


def _probe(corners: Sequence[RunSpec], on_line: Callable[[str], None]) -> _Cost:
    """The cost of the dearest of these runs.

    Those that share a compiled loop cost the same, and one of them is timed: of most maps, all.
    """
    alike: dict[Hashable, Prepared] = {}
    for spec in corners:
        longer = replace(replace(spec, "recipe.steps", 10 * PROBE_STEPS), "recipe.stop", "budget")
        run = prepare(longer)
        alike[likeness(run.program, run.static, run.params, run.problem)] = run
    costs = []
    for number, run in enumerate(alike.values(), 1):
        on_line(f"compiling and timing {2 * PROBE_STEPS} steps, {number} of {len(alike)}")
        costs.append(call(partial(_cost, run.spec)))
    return _Cost(*map(max, zip(*costs, strict=True)))


def _cost(spec: RunSpec, _: object) -> _Cost:
    """The cost of this run, in a worker process."""
    run = prepare(spec)
    loop = run.compiled()
    state = loop.segment(loop.start(run.params, run.problem), run.problem, np.int32(PROBE_STEPS))
    jax.block_until_ready(state)
    began, before = time.perf_counter(), int(state.step)
    state = loop.segment(state, run.problem, np.int32(2 * PROBE_STEPS))
    steps = max(int(state.step) - before, 1)
    seconds = (time.perf_counter() - began) / steps
    size = sum(leaf.nbytes for leaf in jax.tree.leaves((state, run.problem)))
    return _Cost(seconds, seconds_a_row(run, state), size)
