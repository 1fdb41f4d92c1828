"""One run, from its specification to its record, in segments."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import jax
import numpy as np

from grokphase.accelerators.own import check_own
from grokphase.errors import GrokphaseError
from grokphase.measures.own import UserMeasure
from grokphase.models.network import BuiltIn
from grokphase.models.user import check_outputs
from grokphase.store import in_flight
from grokphase.store.record import RunRecord
from grokphase.tasks import stream
from grokphase.training.between import Between, own_of
from grokphase.training.checkpoint import from_bytes, to_bytes
from grokphase.training.compilation import Compiled, split_network
from grokphase.training.device import as_specified, on_device, spent_seconds
from grokphase.training.donors import Donor, donor_of
from grokphase.training.loop import State
from grokphase.training.prepared import Prepared
from grokphase.training.problem import (
    Problem,
    array_shapes,
    check_rows,
    fitted,
    problem_of,
)
from grokphase.training.recipe import Recipe
from grokphase.training.results import curves_of, record_of, weights_of
from grokphase.training.schedule import Keep
from grokphase.training.spec import RunSpec
from grokphase.training.steps import initially_held
from grokphase.training.stopped import Judge, Outlook, Stopped

FIRST_SEGMENT = 100  # steps, before the speed of a run is known
SEGMENT_SECONDS = 1.0
# A checkpoint of the toy is kept after every segment; one of 30 MB, every few seconds.
CHECKPOINT_BYTES_A_SECOND = 4e6
MOST_DONORS = 16  # kept with their weights


class Checkpoints(Protocol):
    """Where runs in flight are kept; a store is one."""

    def save_checkpoint(self, run_id: str, payload: bytes) -> None:
        """Keep the bytes, replacing earlier ones."""

    def load_checkpoint(self, run_id: str) -> bytes | None:
        """The bytes last kept, if any."""

    def drop_checkpoint(self, run_id: str) -> None:
        """Forget them."""


@as_specified()
def prepare(spec: RunSpec, donor: Donor | None = None) -> Prepared:
    """Draw or take everything random, and lay out the arrays of a run.

    Args:
        spec: the run.
        donor: its donor, if one was trained; without it initial weights are those of the model.
    """
    network = spec.initial_network()
    if donor is not None and spec.recipe.accelerator is not None:
        generator = stream(spec.seed, "donated")
        network = spec.recipe.accelerator.received(network, donor.network(), generator)
    else:
        donor_of(spec)  # which refuses what has no donor
    program, problem = problem_of(spec, network)
    params, static = split_network(network)
    refuse_idle(spec.recipe, params)
    params, problem = _as_the_recipe_has_it(params, problem, spec.recipe)
    if not isinstance(network, BuiltIn):  # ours are right, and tracing takes milliseconds
        check_outputs(network, spec.task)
    if spec.recipe.accelerator is not None:
        check_own(spec.recipe.accelerator, params, spec.task.outputs)
    measures = tuple(each for each in spec.recipe.measures if isinstance(each, UserMeasure))
    if measures:
        program = replace(program, own=own_of(measures, program, problem, params, static))
    arrays = array_shapes(program, params)
    check_rows(spec.recipe, arrays)
    problem = problem._replace(numbers=fitted(problem.numbers, spec.recipe, arrays))
    return Prepared(spec, program, problem, params, static, donor)


def _as_the_recipe_has_it(params: Any, problem: Problem, recipe: Recipe) -> tuple[Any, Problem]:
    """Initial parameters at the norm that is held, if one is; and where decay is towards them,
    a copy in the problem."""
    if recipe.held_norm is not None:
        scaled, value = initially_held(params, recipe.held_norm)
        if not recipe.held_from:
            params = on_device(scaled)
        problem = problem._replace(numbers=problem.numbers._replace(held_norm=on_device(value)))
    if recipe.decay_towards == "initial":
        problem = problem._replace(initial=on_device(jax.tree.map(np.array, params)))
    return params, problem


def refuse_idle(recipe: Recipe, params: Any) -> None:
    """Refuse an accelerator that would change nothing."""
    arm = recipe.accelerator
    if arm is not None and (why := arm.idle(params, recipe)) is not None:
        raise GrokphaseError(f"recipe.accelerator has no effect: {why}.")


def next_segment(steps: int, seconds: float, wanted: float) -> int:
    """Steps of the next segment, for it to take the wanted seconds; no result depends on it."""
    if seconds <= 0:
        return 2 * steps
    return int(np.clip(steps * wanted / seconds, steps / 4, steps * 4)) or 1


@as_specified()
def train_run(
    spec: RunSpec,
    *,
    checkpoints: Checkpoints | None = None,
    on_segment: Callable[[RunSpec, State], None] | None = None,
    interrupted: Callable[[], bool] = lambda: False,
    keep_weights: Keep | None = None,
    segment_seconds: float | None = None,
    judge: Judge | None = None,
) -> RunRecord | Stopped | None:
    """Train one run to its end, or to where a judge says what that will be.

    Args:
        spec: the run.
        checkpoints: where to keep the state between segments, and to look for one to go on from.
        on_segment: called after every segment with the state reached.
        interrupted: asked after every segment; if true the run is left where it is.
        keep_weights: put the final weights in the record, or those at log-spaced steps too.
        segment_seconds: about how long a segment takes; `SEGMENT_SECONDS` if None.
        judge: asked on the way what will become of the run; if it says, the run is stopped there.

    Returns:
        The record; the run as stopped, if its outcome was forecast; or None if interrupted.
    """
    run = prepare(spec, donor_for(spec))
    loop = run.compiled()
    between = Between(run, keep_weights)
    state, seconds = _begin(run, loop, between, checkpoints)
    steps, waited, unsaved, rest = FIRST_SEGMENT, 0.0, 0.0, 0.0
    wanted = SEGMENT_SECONDS if segment_seconds is None else segment_seconds
    outlook = Outlook(judge, spec.recipe)

    def record(weights: dict[str, np.ndarray] | None = None) -> RunRecord:
        beside = between.snapshots, between.seconds
        made = record_of(spec, run.problem, state, seconds, weights, *beside)
        return made if run.donor is None else run.donor.counted(made)

    while not bool(state.over):
        if verdict := outlook.verdict(int(state.step), record):
            if checkpoints is not None:
                payload = to_bytes(state, seconds, between.as_tensors(), so_far(run, state))
                checkpoints.save_checkpoint(spec.id, payload)
            return verdict
        if interrupted():
            return None
        began, used, before = time.perf_counter(), spent_seconds(), int(state.step)
        until = min(before + steps, between.next_stop(before), outlook.next_look(before))
        state = loop.segment(state, run.problem, np.int32(until))
        jax.block_until_ready(state)
        took = time.perf_counter() - began
        seconds += spent_seconds() - used
        stopped = until < before + steps
        steps = next_segment(until - before, took, wanted)
        state = between.look(state)
        waited += time.perf_counter() - began
        due = waited > wanted / 4
        unsaved, waited = unsaved + took, 0.0 if due else waited
        if on_segment is not None and (due or not stopped):
            on_segment(spec, state)
        if checkpoints is not None and due and unsaved >= rest:
            payload = to_bytes(state, seconds, between.as_tensors(), so_far(run, state))
            checkpoints.save_checkpoint(spec.id, payload)
            unsaved, rest = 0.0, len(payload) / CHECKPOINT_BYTES_A_SECOND
    return record(weights_of(state.params, run.static) if keep_weights else None)


_donors: dict[str, Donor] = {}
"""Those trained last in this process, by id: several runs may have one donor."""


def donor_for(spec: RunSpec) -> Donor | None:
    """The donor of a run, trained; None for most."""
    asked = donor_of(spec)
    if asked is None:
        return None
    if asked.id not in _donors:
        record = train_run(asked, keep_weights="final")
        assert isinstance(record, RunRecord)  # nobody interrupts or judges it
        if len(_donors) >= MOST_DONORS:
            _donors.pop(next(iter(_donors)))
        _donors[asked.id] = Donor(asked, record)
    return _donors[asked.id]


def so_far(run: Prepared, state: State) -> tuple[str, dict[str, np.ndarray]]:
    """What a run is and its curves so far, for its checkpoint."""
    counts = {"train_samples": len(run.problem.train.labels)}
    return in_flight.described(run.spec.spec(), counts), curves_of(run.spec, state)


def _begin(
    run: Prepared, loop: Compiled, between: Between, checkpoints: Checkpoints | None
) -> tuple[State, float]:
    payload = checkpoints.load_checkpoint(run.spec.id) if checkpoints is not None else None
    resumed = None if payload is None else from_bytes(payload, loop.state)
    if resumed is not None:
        state, seconds, beside = resumed
        if between.resume(beside, state):
            return on_device(state), seconds
    return between.begin(loop.start(run.params, run.problem)), 0.0
