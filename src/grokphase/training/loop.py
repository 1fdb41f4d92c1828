"""The training loop, as one compiled program for one network.

A run's state moves from recorded step to recorded step in an outer loop and from step to step in
an inner one, so that curves cost nothing where they are not recorded. The state at step t is
whole: parameters after t updates, the gradient there, and the events up to and including t.
Nothing is recomputed on resuming, which is why a resumed run is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from grokphase.measures.norms import norm
from grokphase.measures.parallelograms import realised
from grokphase.training.events import RQI, Events
from grokphase.training.losses import (
    count_correct,
    cross_entropy,
    mean_squared_error,
    saturated,
    scores_of,
)
from grokphase.training.optimizers import labels_of, optimizer_of
from grokphase.training.problem import Problem, Program, Samples
from grokphase.training.schedule import CAPACITY

COLUMNS = (
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "rqi",
    "weight_norm",
    "embedding_norm",
    "decoder_norm",
    "saturation",
)


class State(NamedTuple):
    """All of a run at one step. `rows` holds the curves recorded so far, `row` how many."""

    step: Int[Array, ""]
    params: Any
    optimizer: Any
    gradient: Any
    diverged: Array
    over: Array
    events: Events
    row: Int[Array, ""]
    rows_step: Int[Array, " capacity"]
    rows: Float[Array, "capacity columns"]


class Loop(NamedTuple):
    """The two functions to compile: `start(params, problem)` and `segment(state, problem, until)`.

    `start` gives the state at step 0. `segment` advances it to step `until`, or to where the run
    finishes, whichever comes first.
    """

    start: Callable[[Any, Problem], State]
    segment: Callable[[State, Problem, Int[Array, ""]], State]


def finished(state: State, problem: Problem) -> Array:
    """Whether the run is over: diverged, out of budget, or where its recipe says to stop."""
    numbers = problem.numbers
    enough = jnp.stack([state.events.decided(), state.events.both_sustained(), jnp.array(False)])
    return state.diverged | (state.step >= numbers.steps) | enough[numbers.stop]


def sample_losses(
    program: Program, outputs: Array, vectors: Array | None, labels: Array
) -> Float[Array, " n"]:
    """The loss of each sample."""
    if program.loss == "cross-entropy":
        return cross_entropy(outputs, labels)
    assert vectors is not None
    return mean_squared_error(outputs, vectors, labels)


def batch_at(program: Program, problem: Problem, step: Array) -> Samples:
    """The samples whose gradient makes update `step` + 1; all of them for a full batch.

    A batch is drawn without replacement, afresh at every step, from (seed, step) alone; or taken
    from the rows of batches that were given.
    """
    if program.batch is None:
        return problem.train
    if problem.batches is not None:
        index = problem.batches[step % problem.batches.shape[0]]
    else:
        # Generator and width are named, as JAX's defaults follow the user's configuration.
        with jax.threefry_partitionable(True):
            first = jax.random.key(problem.numbers.batch_seed, impl="threefry2x32")
            key = jax.random.fold_in(first, step)
            order = jax.random.bits(key, problem.train.labels.shape, jnp.uint32)
        index = jnp.argsort(order)[: program.batch]
    return Samples(problem.train.inputs[index], problem.train.labels[index])


def build_loop(program: Program, static: Any) -> Loop:
    """The loop of a program for networks with these static parts (see `equinox.partition`)."""

    def outputs_of(params: Any, inputs: Array) -> Array:
        outputs: Array = eqx.combine(params, static)(inputs)
        return outputs

    def loss_and_outputs(params: Any, samples: Samples, problem: Problem) -> tuple[Array, Array]:
        outputs = outputs_of(params, samples.inputs)
        losses = sample_losses(program, outputs, problem.vectors, samples.labels)
        return losses.mean(), outputs

    def correct(outputs: Array, samples: Samples, problem: Problem) -> Array:
        vectors = None if program.loss == "cross-entropy" else problem.vectors
        return count_correct(scores_of(outputs, vectors), samples.labels)

    def count_realised(params: Any, problem: Problem) -> Array:
        assert problem.inputs is not None
        assert problem.pairs is not None
        delta = problem.numbers.rqi_delta
        return realised(params.embedding, problem.inputs, problem.pairs, delta).sum()

    def holds(params: Any, outputs: Array, problem: Problem) -> Array:
        """Which of the three thresholds are passed; `outputs` are those of the training batch."""
        if program.batch is not None:
            outputs = outputs_of(params, problem.train.inputs)
        validation = outputs_of(params, problem.validation.inputs)
        rqi = count_realised(params, problem) if program.rqi_always else jnp.int32(-1)
        counts = jnp.stack(
            [
                correct(outputs, problem.train, problem),
                correct(validation, problem.validation, problem),
                rqi,
            ]
        )
        return counts >= problem.numbers.required

    def evaluated(
        params: Any, outputs: Array, events: Events, step: Array, problem: Problem
    ) -> Events:
        def evaluate() -> Events:
            return events.update(holds(params, outputs, problem), step, problem.numbers.sustain)

        if program.evaluate_every == 1:
            return evaluate()
        due = (step % program.evaluate_every == 0) | (step == problem.numbers.steps)
        result: Events = jax.lax.cond(due, evaluate, lambda: events)
        return result

    def at(params: Any, events: Events, step: Array, problem: Problem) -> tuple[Any, Array, Events]:
        """Gradient, divergence and events with the parameters of `step`."""
        batch = batch_at(program, problem, step)
        differentiate = jax.value_and_grad(loss_and_outputs, has_aux=True)
        (loss, outputs), gradient = differentiate(params, batch, problem)
        return gradient, ~jnp.isfinite(loss), evaluated(params, outputs, events, step, problem)

    def optimizer(problem: Problem) -> optax.GradientTransformation:
        numbers = problem.numbers
        return optimizer_of(program.optimizer, numbers.embedding, numbers.decoder)

    def one_step(state: State, problem: Problem) -> State:
        updates, optimizer_state = optimizer(problem).update(
            state.gradient, state.optimizer, state.params
        )
        params = optax.apply_updates(state.params, updates)
        step = state.step + 1
        gradient, diverged, events = at(params, state.events, step, problem)
        return state._replace(
            step=step,
            params=params,
            optimizer=optimizer_state,
            gradient=gradient,
            diverged=diverged,
            events=events,
        )

    def measures(params: Any, problem: Problem) -> Float[Array, " columns"]:
        """One row of the curves, in the order of `COLUMNS`."""
        train_loss, train = loss_and_outputs(params, problem.train, problem)
        validation_loss, validation = loss_and_outputs(params, problem.validation, problem)
        right = correct(train, problem.train, problem)
        right_validation = correct(validation, problem.validation, problem)
        groups = jax.tree.leaves(labels_of(params))
        leaves = jax.tree.leaves(params)
        of_group = {
            name: norm([x for x, group in zip(leaves, groups, strict=True) if group == name])
            for name in ("embedding", "decoder")
        }
        undefined = jnp.float32(jnp.nan)
        classified = program.loss == "cross-entropy"
        row = (
            train_loss,
            validation_loss,
            right / problem.train.labels.shape[0],
            right_validation / problem.validation.labels.shape[0],
            undefined
            if problem.pairs is None
            else count_realised(params, problem) / problem.pairs.shape[0],
            norm(params),
            of_group["embedding"],
            of_group["decoder"],
            saturated(train, problem.train.labels) if classified else undefined,
        )
        return jnp.stack([jnp.asarray(value, jnp.float32) for value in row])

    def record(state: State, problem: Problem) -> State:
        """Write the row of this step; keep it if the step is scheduled or the last.

        A row that is not kept is overwritten by the next one.
        """
        row = state.row
        state = state._replace(events=with_rqi(state, problem))
        scheduled = state.step == problem.numbers.schedule[row]
        over = finished(state, problem)
        keep = scheduled | over
        return state._replace(
            over=over,
            rows=state.rows.at[row].set(measures(state.params, problem)),
            rows_step=state.rows_step.at[row].set(state.step),
            row=row + keep.astype(jnp.int32),
        )

    def with_rqi(state: State, problem: Problem) -> Events:
        """The events with the RQI's, where it is too dear to test at every evaluation."""
        if program.rqi_always or problem.pairs is None:
            return state.events
        passed = count_realised(state.params, problem) >= problem.numbers.required[RQI]
        holds = (state.events.since >= 0).at[RQI].set(passed)
        return state.events.update(holds, state.step, problem.numbers.sustain)

    def start(params: Any, problem: Problem) -> State:
        step = jnp.zeros((), jnp.int32)
        gradient, diverged, events = at(params, Events.none(), step, problem)
        state = State(
            step=step,
            params=params,
            optimizer=optimizer(problem).init(params),
            gradient=gradient,
            diverged=diverged,
            over=jnp.array(False),
            events=events,
            row=step,
            rows_step=jnp.zeros(CAPACITY, jnp.int32),
            rows=jnp.zeros((CAPACITY, len(COLUMNS)), jnp.float32),
        )
        return record(state, problem)

    def segment(state: State, problem: Problem, until: Int[Array, ""]) -> State:
        def more(state: State, target: Array) -> Array:
            return (state.step < target) & ~finished(state, problem)

        def to_next_row(state: State) -> State:
            target = jnp.minimum(problem.numbers.schedule[state.row], until)
            state = jax.lax.while_loop(
                lambda state: more(state, target), lambda state: one_step(state, problem), state
            )
            return record(state, problem)

        return jax.lax.while_loop(lambda state: more(state, until), to_next_row, state)

    return Loop(start, segment)
