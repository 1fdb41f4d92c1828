"""Many runs at once by `vmap`, for accelerators, where one small network leaves most idle.

The step is the same function as on a CPU. Results agree with those of single runs within floating-
point tolerance, not to the bit: an accelerator sums in an order that depends on the batch.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from grokphase.store.record import RunRecord
from grokphase.training.between import Between
from grokphase.training.compilation import compiled, likeness
from grokphase.training.device import as_specified
from grokphase.training.loop import State
from grokphase.training.prepared import Prepared
from grokphase.training.results import record_of, weights_of
from grokphase.training.schedule import Keep
from grokphase.training.session import donor_for, prepare
from grokphase.training.spec import RunSpec

BATCH = 256  # runs at once
SEGMENT = 5000  # steps between looks at which runs are over


def _alike(runs: Sequence[Prepared]) -> list[list[Prepared]]:
    """Runs grouped by program and shapes."""
    groups: dict[Hashable, list[Prepared]] = {}
    for run in runs:
        key = likeness(run.program, run.static, run.params, run.problem)
        groups.setdefault(key, []).append(run)
    return list(groups.values())


@as_specified()
def _train_alike(runs: Sequence[Prepared], keep_weights: Keep | None) -> list[RunRecord]:
    def stacked(trees: Sequence[Any]) -> Any:
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)

    params = stacked([run.params for run in runs])
    problem = stacked([run.problem for run in runs])
    first = runs[0]
    loop = compiled(first.program, first.static, params, problem, copies=len(runs))
    began, until = time.perf_counter(), 0
    betweens = [Between(run, keep_weights) for run in runs]
    state = _looked_at(betweens, loop.start(params, problem))
    while not bool(state.over.all()):
        until = min(until + SEGMENT, *(between.next_stop(until) for between in betweens))
        state = loop.segment(state, problem, np.int32(until))
        state = _looked_at(betweens, state)
    state = jax.tree.map(np.asarray, jax.block_until_ready(state))
    measuring = sum(between.seconds for between in betweens)
    seconds = (time.perf_counter() - began - measuring) / len(runs)
    records = []
    for index, (run, between) in enumerate(zip(runs, betweens, strict=True)):
        one = _one(state, index)
        weights = weights_of(one.params, run.static) if keep_weights else None
        beside = between.snapshots, between.seconds
        made = record_of(run.spec, run.problem, one, seconds, weights, *beside)
        records.append(made if run.donor is None else run.donor.counted(made))
    return records


def _one(state: State, index: int) -> State:
    alone: State = jax.tree.map(lambda leaf: leaf[index], state)
    return alone


def _looked_at(betweens: Sequence[Between], state: State) -> State:
    """The state of all, with what is measured of each between segments."""
    if not any(between.looks for between in betweens):
        return state
    seen = [between.look(_one(state, index)) for index, between in enumerate(betweens)]
    arrays = {name: jnp.stack([one.arrays[name] for one in seen]) for name in state.arrays}
    return state._replace(arrays=arrays)


def in_batches(
    specs: Sequence[RunSpec], keep_weights: Keep | None, size: int = BATCH
) -> Iterator[tuple[RunSpec, RunRecord]]:
    """Train runs of the same shapes together, up to `size` at once, yielding them as they finish.

    A batch is as slow as its slowest run.
    """
    for begin in range(0, len(specs), size):
        batch = specs[begin : begin + size]
        by_id = {spec.id: spec for spec in batch}
        for runs in _alike([prepare(spec, donor_for(spec)) for spec in batch]):
            for record in _train_alike(runs, keep_weights):
                yield by_id[record.id], record
