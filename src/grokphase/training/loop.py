"""The training loop, as one compiled program for one network.

A run's state moves from recorded step to recorded step in an outer loop and from step to step in
an inner one, so that curves cost nothing where they are not recorded. The state at step t is
whole: parameters after t updates, the gradient there, and the events up to and including t.
Nothing is recomputed on resuming, which is why a resumed run is the same to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from grokphase.accelerators import Accelerator
from grokphase.measures.norms import norm
from grokphase.measures.own import refuse_shape
from grokphase.measures.parallelograms import realised
from grokphase.models.dropout import Dropout
from grokphase.models.network import BuiltIn
from grokphase.training.blocks import sum_over_blocks
from grokphase.training.events import RQI, Events
from grokphase.training.losses import (
    cross_entropy,
    is_near,
    is_right,
    mean_squared_error,
    saturated,
    scores_of,
)
from grokphase.training.measured import OF_ALL_PAIRS, Seen, arrays, columns, values
from grokphase.training.optimizers import labels_of, optimizer_of
from grokphase.training.problem import (
    Own,
    Problem,
    Program,
    Samples,
    array_shapes,
    samples_of,
)
from grokphase.training.steps import (
    DROPOUT,
    UPDATES,
    WEIGHTS,
    decayed,
    held,
    key_at,
    noise_of,
    noisy,
    sample_keys,
    warmed,
)


class State(NamedTuple):
    """All of a run at one step. `rows` holds the curves recorded so far, `row` how many, `arrays`
    those that are arrays and those of a user's own measures. `accelerator` holds the state of an
    accelerator that transforms gradients, and `loss` the loss of the batch, where there is one.

    What is a share stands in `rows` as a count, which float32 holds exactly below 2^24; `totals`
    says of how many. The quotient is taken on the host, see `recorded`: XLA multiplies by the
    rounded reciprocal of a constant, by which 41 of 41 would be 0.99999994.
    """

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
    totals: Float[Array, " columns"]
    arrays: dict[str, Float[Array, "capacity ..."]]
    accelerator: Any = None
    loss: Array | None = None


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


def by_symbol(params: Any) -> Any:
    """A network's parameters, with all done that is done for symbols instead of samples."""
    return params.by_symbol() if isinstance(params, BuiltIn) else params


def as_it_is(params: Any) -> Any:
    """A network's parameters as a step with dropout takes them: nothing is done for symbols, whose
    samples are not treated alike."""
    return params


def of_results(logits: Float[Array, "p*p logits"]) -> Float[Array, "p*p p"]:
    """The logits of the p results of all pairs, without those of words, which come after them."""
    results = math.isqrt(len(logits))
    return logits if logits.shape[1] == results else logits[:, :results]


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


@dataclass(frozen=True, eq=False)
class Loop:
    """The training loop of a program, for networks with these static parts.

    Two of its methods are what gets compiled: `start` gives the state at step 0, `segment` advances
    it to a step or to where the run finishes, whichever comes first.

    Args:
        program: what is compiled in.
        static: the static part of the network (see `equinox.partition`).
        block: the most samples that are computed at once; None for all of them, which is what a
            network needs whose outputs for a sample depend on the others.
    """

    program: Program
    static: Any
    block: int | None = None

    def start(self, params: Any, problem: Problem) -> State:
        """The state at step 0."""
        step = jnp.zeros((), jnp.int32)
        gradient, loss, events = self._at(params, Events.none(), step, problem)
        arm = self._arm(problem)
        capacity = problem.numbers.schedule.shape[0]
        totals = self._totals(problem)
        state = State(
            step=step,
            params=params,
            optimizer=self._optimizer(problem, step).init(params),
            gradient=gradient,
            diverged=~jnp.isfinite(loss),
            over=jnp.array(False),
            events=events,
            row=step,
            rows_step=jnp.zeros(capacity, jnp.int32),
            rows=jnp.zeros((capacity, totals.size), jnp.float32),
            totals=totals,
            arrays={
                name: jnp.full((capacity, *shape), jnp.nan, jnp.float32)
                for name, shape in array_shapes(self.program, params).items()
            },
        )
        if arm is not None:
            filtered = arm.transform().init(params) if arm.place == "gradient" else None
            state = state._replace(accelerator=filtered, loss=loss)
        return self._record(state, problem)

    def segment(self, state: State, problem: Problem, until: Int[Array, ""]) -> State:
        """The state at step `until`, or at the end of the run."""

        def more(state: State, target: Array) -> Array:
            return (state.step < target) & ~finished(state, problem)

        def to_next_row(state: State) -> State:
            target = jnp.minimum(problem.numbers.schedule[state.row], until)
            state = jax.lax.while_loop(
                lambda state: more(state, target), lambda state: self._step(state, problem), state
            )
            return self._record(state, problem)

        return jax.lax.while_loop(lambda state: more(state, until), to_next_row, state)

    def _step(self, state: State, problem: Problem) -> State:
        shrinking = state.params
        if problem.initial is not None:
            shrinking = jax.tree.map(jnp.subtract, state.params, problem.initial)
        arm, gradient, filtered = self._arm(problem), state.gradient, state.accelerator
        given = {} if arm is None else {"value": state.loss}
        if arm is not None and arm.place == "gradient":
            before = optax.with_extra_args_support(arm.transform())
            gradient, filtered = before.update(gradient, filtered, state.params, **given)
        updates, optimizer = self._optimizer(problem, state.step).update(
            gradient, state.optimizer, shrinking, **given
        )
        params = optax.apply_updates(state.params, updates)
        step = state.step + 1
        params = self._held(params, step, problem)
        gradient, loss, events = self._at(params, state.events, step, problem)
        return state._replace(
            step=step,
            params=params,
            optimizer=optimizer,
            gradient=gradient,
            diverged=~jnp.isfinite(loss),
            events=events,
            accelerator=filtered,
            loss=None if arm is None else loss,
        )

    def _arm(self, problem: Problem) -> Accelerator | None:
        """The accelerator of a run with its numbers."""
        arm, numbers = self.program.accelerator, problem.numbers.accelerator
        return None if arm is None or numbers is None else arm.traced(numbers)

    def _held(self, params: Any, step: Array, problem: Problem) -> Any:
        """The parameters of a step, at the norm that is held if one is by then."""
        value, begin = problem.numbers.held_norm, problem.numbers.held_from
        if value is None:
            return params
        scaled = held(params, value)
        if begin is None:
            return scaled
        return jax.tree.map(lambda one, free: jnp.where(step < begin, free, one), scaled, params)

    def _optimizer(self, problem: Problem, step: Array) -> optax.GradientTransformationExtraArgs:
        """The optimizer of the update that is made at a step."""
        numbers, kind = problem.numbers, self.program.optimizer
        groups = numbers.embedding, numbers.decoder
        if numbers.warmup is not None:
            groups = (
                warmed(numbers.embedding, step, numbers.warmup),
                warmed(numbers.decoder, step, numbers.warmup),
            )
        arm = self._arm(problem)
        if arm is not None:
            groups = decayed(groups[0], arm, step), decayed(groups[1], arm, step)
        noise = numbers.noise
        if noise is None or noise.gradient is None:
            return optimizer_of(kind, *groups, arm=arm)
        keys = jax.random.split(key_at(noise.seed, step, UPDATES))
        return optimizer_of(kind, *groups, [noise_of(noise.gradient, key) for key in keys], arm)

    def _at(
        self, params: Any, events: Events, step: Array, problem: Problem
    ) -> tuple[Any, Array, Events]:
        """Gradient, loss of the batch and events with the parameters of `step`."""
        arm = self._arm(problem)
        batch = batch_at(self.program, problem, step)
        size = batch.labels.size
        noise, trained, prepared = problem.numbers.noise, params, by_symbol
        if noise is not None and noise.weights is not None:
            trained = noisy(params, noise.weights, key_at(noise.seed, step, WEIGHTS))
        if noise is not None and noise.dropout is not None:
            keys = sample_keys(key_at(noise.seed, step, DROPOUT), size)
            batch, prepared = batch._replace(keys=keys), as_it_is

        def part_of_mean(network: Any, samples: Samples, counted: Array) -> tuple[Array, Array]:
            losses, outputs = self._losses(network, samples, problem)
            if arm is not None:
                losses = arm.losses(losses, outputs, samples.labels, step)
            right = self._right(outputs, samples, problem)
            return jnp.where(counted, losses, 0).sum() / size, (right & counted).sum()

        differentiate = jax.value_and_grad(part_of_mean, has_aux=True)
        network, back = jax.vjp(prepared, trained)  # once, and not for every block
        (loss, right), cotangent = self._sum(partial(differentiate, network), batch)
        (gradient,) = back(cotangent)
        if arm is not None and arm.penalty(trained, step) is not None:
            more = jax.grad(arm.penalty)(trained, step)
            gradient = jax.tree.map(jnp.add, gradient, more)
        evaluated = self._evaluated(params, right, events, step, problem)
        return gradient, loss, evaluated

    def _sum(self, of_block: Callable[[Any, Array], Any], samples: Any) -> Any:
        return sum_over_blocks(of_block, samples, self.block)

    def _outputs(self, params: Any, samples: Samples, problem: Problem) -> Array:
        noise = problem.numbers.noise
        if samples.keys is not None and noise is not None and noise.dropout is not None:
            drop = Dropout(noise.dropout, samples.keys)
            dropped: Array = params.with_dropout(samples.inputs, drop)
            return dropped
        whole = isinstance(params, BuiltIn)  # all of its leaves are parameters
        network = params if whole else eqx.combine(params, self.static)
        outputs: Array = network(samples.inputs)
        return outputs

    def _softened(self, outputs: Array, problem: Problem) -> Array:
        """Outputs as the loss takes them."""
        temperature = problem.numbers.temperature
        return outputs if temperature is None else outputs / temperature

    def _losses(
        self, params: Any, samples: Samples, problem: Problem
    ) -> tuple[Float[Array, " n"], Array]:
        """The loss of each sample, and the outputs."""
        outputs = self._outputs(params, samples, problem)
        given = self._softened(outputs, problem)
        return sample_losses(self.program, given, problem.vectors, samples.labels), outputs

    def _evaluated(
        self, params: Any, right: Array, events: Events, step: Array, problem: Problem
    ) -> Events:
        """The events after this step; `right` is how many of the training batch are right."""

        def evaluate() -> Events:
            holds = self._holds(params, right, problem)
            return events.update(holds, step, problem.numbers.sustain)

        if self.program.every_step:
            return evaluate()
        numbers = problem.numbers
        due = (step % numbers.evaluate_every == 0) | (step == numbers.steps)
        result: Events = jax.lax.cond(due, evaluate, lambda: events)
        return result

    def _holds(self, params: Any, right: Array, problem: Problem) -> Array:
        """Which of the three thresholds are passed."""
        noise = problem.numbers.noise
        if self.program.batch is not None or (noise is not None and noise.of_network):
            right = self._correct(params, problem.train, problem)
        validation = self._correct(params, problem.validation, problem)
        rqi = self._realised(params, problem) if self.program.rqi_always else jnp.int32(-1)
        return jnp.stack([right, validation, rqi]) >= problem.numbers.required

    def _right(self, outputs: Array, samples: Samples, problem: Problem) -> Bool[Array, " n"]:
        vectors = None if self.program.loss == "cross-entropy" else problem.vectors
        tolerance = problem.numbers.tolerance
        if vectors is not None and tolerance is not None:
            return is_near(outputs, vectors, samples.labels, tolerance)
        return is_right(scores_of(outputs, vectors), samples.labels)

    def _correct(self, params: Any, samples: Samples, problem: Problem) -> Array:
        """How many samples are right."""

        network = by_symbol(params)

        def of_block(samples: Samples, counted: Array) -> Array:
            outputs = self._outputs(network, samples, problem)
            return (self._right(outputs, samples, problem) & counted).sum()

        result: Array = self._sum(of_block, samples)
        return result

    def _realised(self, params: Any, problem: Problem) -> Array:
        assert problem.inputs is not None
        assert problem.pairs is not None
        delta, convention = problem.numbers.rqi_delta, self.program.convention
        return realised(params.embedding, problem.inputs, problem.pairs, delta, convention).sum()

    def _record(self, state: State, problem: Problem) -> State:
        """Write the row of this step; keep it if the step is scheduled or the last.

        A row that is not kept is overwritten by the next one.
        """
        row = state.row
        scheduled = state.step == problem.numbers.schedule[row]
        over = finished(state, problem)
        keep = scheduled | over
        measured, found = self._measures(state.params, state.gradient, problem)
        return state._replace(
            over=over,
            events=self._with_rqi(state, keep, problem),
            rows=state.rows.at[row].set(measured),
            rows_step=state.rows_step.at[row].set(state.step),
            arrays=self._with_arrays(state, found, keep, problem),
            row=row + keep.astype(jnp.int32),
        )

    def _with_arrays(
        self, state: State, found: dict[str, Array], kept: Array, problem: Problem
    ) -> dict[str, Array]:
        """The arrays with this row; what is measured between segments is left for there."""
        own = [each for each in self.program.own if each.compiled]
        if own:
            # A branch of its own: nothing in it is shared with what is computed without it, and
            # nothing of it is computed for a row that is not kept.
            found |= jax.lax.cond(
                kept,
                lambda: self._own(own, state.params, problem),
                lambda: {each.measure.name: jnp.zeros(each.shape, jnp.float32) for each in own},
            )
        return state.arrays | {
            name: state.arrays[name].at[state.row].set(value) for name, value in found.items()
        }

    def _own(self, measures: Sequence[Own], params: Any, problem: Problem) -> dict[str, Array]:
        """A user's own measures of these parameters, by name."""
        network, samples = eqx.combine(params, self.static), samples_of(problem)
        assert self.program.task is not None
        found = {}
        for each in measures:
            value = each.measure(network, self.program.task, samples)
            refuse_shape(each.measure.name, value, each.shape, "when traced again")
            found[each.measure.name] = jnp.asarray(value, jnp.float32)
        return found

    def _with_rqi(self, state: State, kept: Array, problem: Problem) -> Events:
        """The first passage of an RQI that is too dear to test anywhere but on recorded rows."""
        if self.program.rqi_always or problem.pairs is None:
            return state.events
        passed = self._realised(state.params, problem) >= problem.numbers.required[RQI]
        first = state.events.first
        new = kept & passed & (first[RQI] < 0)
        return state.events._replace(
            first=first.at[RQI].set(jnp.where(new, state.step, first[RQI]))
        )

    def _measures(
        self, params: Any, gradient: Any, problem: Problem
    ) -> tuple[Float[Array, " columns"], dict[str, Array]]:
        """One row of the curves, in the order of `columns`, of a share its count; and arrays."""
        train_losses, train = self._losses(params, problem.train, problem)
        validation_losses, validation = self._losses(params, problem.validation, problem)
        right = self._right(train, problem.train, problem)
        right_validation = self._right(validation, problem.validation, problem)
        rqi = saturation = new = jnp.float32(jnp.nan)
        if problem.pairs is not None:
            rqi = self._realised(params, problem)
        if self.program.loss == "cross-entropy":
            given = self._softened(train, problem)
            saturation = saturated(given, problem.train.labels).sum()
        if problem.new is not None:
            new = (right_validation & problem.new).sum()
        row = (
            train_losses.mean(),
            validation_losses.mean(),
            right.sum(),
            right_validation.sum(),
            rqi,
            norm(params),
            *group_norms(params),
            saturation,
            new,
        )
        usual = jnp.stack([jnp.asarray(value, jnp.float32) for value in row])
        seen = self._seen(params, gradient, train, validation, problem)
        asked = values(self.program.measures, seen)
        measured = jnp.concatenate([usual, jnp.stack(asked)]) if asked else usual
        return measured, arrays(self.program.measures, seen)

    def _totals(self, problem: Problem) -> Float[Array, " columns"]:
        """What each column of a row is to be divided by, in the order of `columns`.

        The total of a share; 0 of one that a run has not, and 1 for what is none.
        """
        names = columns(self.program.measures)
        of = {
            "train_accuracy": problem.train.labels.size,
            "validation_accuracy": problem.validation.labels.size,
            "rqi": 1 if problem.pairs is None else problem.pairs.shape[0],
            "saturation": problem.train.labels.size,
            "new_validation_accuracy": 0 if problem.new is None else problem.new.sum(),
            "predicted_accuracy": 1 if problem.trained is None else problem.trained.size,
        }
        totals = jnp.ones(len(names), jnp.float32)
        for name, total in of.items():
            if name in names:
                totals = totals.at[names.index(name)].set(total)
        return totals

    def _seen(
        self, params: Any, gradient: Any, train: Array, validation: Array, problem: Problem
    ) -> Seen:
        """What measures look at; with the outputs of training and validation samples."""
        vectors = None if self.program.loss == "cross-entropy" else problem.vectors
        sides = (problem.train.labels, problem.validation.labels)
        everything = any(name in OF_ALL_PAIRS for name in self.program.measures)
        both = jnp.concatenate([train, validation]) if everything else None
        return Seen(
            embedding=getattr(params, "embedding", None),
            scores=scores_of(train, vectors),
            labels=problem.train.labels,
            params=params,
            gradient=gradient,
            logits=None if both is None else of_results(self._softened(both, problem)),
            results=jnp.concatenate(sides) if everything else None,
            inputs=problem.inputs,
            pairs=problem.pairs,
            links=problem.links,
            trained=problem.trained,
            delta=problem.numbers.rqi_delta,
            convention=self.program.convention,
        )


def group_norms(params: Any) -> tuple[Array, Array]:
    """The norms of the embedding's parameters and of the decoder's."""
    grouped = zip(jax.tree.leaves(params), jax.tree.leaves(labels_of(params)), strict=True)
    leaves = list(grouped)
    embedding, decoder = (
        norm([leaf for leaf, group in leaves if group == name]) for name in ("embedding", "decoder")
    )
    return embedding, decoder
