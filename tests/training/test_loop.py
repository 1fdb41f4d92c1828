"""The compiled loop: against NumPy in double precision, and one result however it is cut."""

from __future__ import annotations

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import grokphase as gp
from grokphase.store import in_flight
from grokphase.store.record import RunRecord
from grokphase.training.batched import in_batches
from grokphase.training.checkpoint import from_bytes, to_bytes
from grokphase.training.compilation import compilations, likeness
from grokphase.training.loop import Loop
from grokphase.training.prepared import Prepared
from grokphase.training.results import curves_of
from grokphase.training.session import prepare, so_far, train_run
from grokphase.training.spec import RunSpec


def spec(seed: int = 0, width: int = 24, **recipe: Any) -> RunSpec:
    rates = {"embedding": gp.Group(1e-2), "decoder": gp.Group(1e-2, 0.05)}
    options = {**rates, "steps": 400, "stop": "budget", **recipe}
    return gp.run_spec("addition", gp.Toy(widths=(width, width)), gp.Recipe(**options), seed=seed)


def state_after(run: Prepared, stops: list[int]) -> Any:
    loop = run.compiled()
    state = loop.start(run.params, run.problem)
    for stop in stops:
        state = loop.segment(state, run.problem, jnp.int32(stop))
    return state


def same_bits(one: Any, other: Any) -> bool:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True) for a, b in pairs)


def same_record(one: RunRecord, other: RunRecord) -> bool:
    """Equal in everything but the time it took and when."""
    plain = [
        dataclasses.replace(r, seconds=0.0, provenance={}, curves={}, final={})
        for r in (one, other)
    ]
    curves = all(
        np.array_equal(one.curves[name], other.curves[name], equal_nan=True) for name in one.curves
    )
    return curves and str(plain[0]) == str(plain[1]) and str(one.final) == str(other.final)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=5))
def test_a_run_is_the_same_to_the_bit_however_it_is_cut(cuts: list[int]) -> None:
    run = prepare(spec())
    assert same_bits(state_after(run, [400]), state_after(run, [*sorted(cuts), 400]))


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 399))
def test_a_run_resumed_from_a_checkpoint_is_the_same_to_the_bit(cut: int) -> None:
    run = prepare(spec())
    loop = run.compiled()
    reached = state_after(run, [cut])
    payload = to_bytes(reached, seconds=1.5, so_far=so_far(run, reached))
    seen = in_flight.read("00ff", payload)
    assert seen is not None
    assert seen.spec == run.spec.spec()
    assert seen.counts == {"train_samples": len(run.problem.train.labels)}
    assert seen.curves["step"][-1] <= cut
    for name, values in curves_of(run.spec, reached).items():
        np.testing.assert_array_equal(seen.curves[name], values)
    resumed = from_bytes(payload, loop.state)
    assert resumed is not None
    state, seconds, beside = resumed
    assert beside == {}
    assert seconds == 1.5
    state = loop.segment(jax.tree.map(jnp.asarray, state), run.problem, jnp.int32(400))
    assert same_bits(state, state_after(run, [400]))


def test_a_damaged_or_foreign_checkpoint_is_not_taken() -> None:
    run = prepare(spec())
    payload = to_bytes(state_after(run, [5]), 0.0)
    shapes = run.compiled().state
    assert from_bytes(payload[: len(payload) // 2], shapes) is None
    assert from_bytes(b"", shapes) is None
    assert from_bytes(payload, shapes) is not None
    other = prepare(spec(width=13))
    start = Loop(other.program, other.static).start
    assert from_bytes(payload, jax.eval_shape(start, other.params, other.problem)) is None


def numpy_adamw_run(run: Prepared, steps: int) -> tuple[list[np.ndarray], float]:
    """The toy trained by hand in double precision: AdamW, full batch, MSE."""
    network = eqx.combine(run.params, run.static)
    values = [network.embedding]
    for layer in network.decoder:
        values += [layer.weight, layer.bias]
    values = [np.asarray(value, np.float64) for value in values]
    inputs = np.asarray(run.problem.train.inputs)
    targets = np.asarray(run.problem.vectors, np.float64)[np.asarray(run.problem.train.labels)]
    recipe = run.spec.recipe
    groups = [recipe.embedding] + [recipe.decoder] * (len(values) - 1)
    moments = [(np.zeros_like(v), np.zeros_like(v)) for v in values]
    loss = np.inf
    for t in range(1, steps + 2):
        embedding, w1, b1, w2, b2, w3, b3 = values
        x = embedding[inputs[:, 0]] + embedding[inputs[:, 1]]
        h1 = np.tanh(x @ w1.T + b1)
        h2 = np.tanh(h1 @ w2.T + b2)
        residual = h2 @ w3.T + b3 - targets
        loss = float((residual**2).mean())
        if t == steps + 1:
            break
        d3 = 2 * residual / residual.size
        d2 = d3 @ w3 * (1 - h2**2)
        d1 = d2 @ w2 * (1 - h1**2)
        dx = d1 @ w1
        gradient_e = np.zeros_like(embedding)
        np.add.at(gradient_e, inputs[:, 0], dx)
        np.add.at(gradient_e, inputs[:, 1], dx)
        gradients = [gradient_e, d1.T @ x, d1.sum(0), d2.T @ h1, d2.sum(0), d3.T @ h2, d3.sum(0)]
        for i, (g, group) in enumerate(zip(gradients, groups, strict=True)):
            m, v = moments[i]
            m[:] = group.beta1 * m + (1 - group.beta1) * g
            v[:] = group.beta2 * v + (1 - group.beta2) * g * g
            m_hat, v_hat = m / (1 - group.beta1**t), v / (1 - group.beta2**t)
            values[i] = values[i] * (1 - group.learning_rate * group.weight_decay)
            values[i] -= group.learning_rate * m_hat / (np.sqrt(v_hat) + group.epsilon)
    return values, loss


def test_training_is_that_of_numpy_in_double_precision() -> None:
    run = prepare(spec(steps=60, decoder=gp.Group(3e-3, 0.3)))
    state = state_after(run, [60])
    values, loss = numpy_adamw_run(run, 60)
    network = eqx.combine(state.params, run.static)
    np.testing.assert_allclose(network.embedding, values[0], atol=2e-5)
    np.testing.assert_allclose(network.decoder[1].weight, values[3], atol=2e-4)
    np.testing.assert_allclose(np.asarray(state.rows)[int(state.row) - 1, 0], loss, rtol=1e-4)


def test_events_are_those_of_the_recorded_curves_when_every_step_is_recorded() -> None:
    record = train_run(spec(steps=200, points_per_decade=10_000))
    assert record is not None
    step = record.curves["step"]
    assert step.tolist() == list(range(201))
    passed = record.curves["train_accuracy"] > 0.9
    expected = int(step[passed.argmax()]) if passed.any() else None
    assert record.train_step == expected
    assert expected is not None


def test_a_run_stops_at_the_step_that_decides_it() -> None:
    record = train_run(spec(stop="decided", thresholds=gp.Thresholds(validation_accuracy=0.05)))
    assert record is not None
    assert record.steps_trained == max(record.train_step or 0, record.validation_step or 0)
    assert record.curves["step"][-1] == record.steps_trained
    assert not record.followed


def test_a_sustained_run_goes_on_until_both_have_held() -> None:
    thresholds = gp.Thresholds(validation_accuracy=0.0, rule=">=")
    record = train_run(spec(stop="sustained", sustain=50, thresholds=thresholds))
    assert record is not None
    assert record.train_sustained_step is not None
    assert record.steps_trained == record.train_sustained_step + 50
    assert record.validation_sustained_step == 0
    assert record.followed


def test_divergence_is_an_outcome() -> None:
    record = train_run(spec(decoder=gp.Group(1e30), embedding=gp.Group(1e30)))
    assert record is not None
    assert record.phase == "diverged"
    assert record.steps_trained < 400
    assert not np.isfinite(record.final["train_loss"])


def like(run: Prepared) -> Any:
    """What runs that share a compiled loop have in common."""
    return likeness(run.program, run.static, run.params, run.problem)


def test_numbers_are_traced_so_that_a_sweep_compiles_once() -> None:
    train_run(spec())
    before = compilations()
    train_run(spec(seed=3))
    changed = {
        "decoder": gp.Group(1e-4, 2.0, 0.8, 0.98, 1e-6),
        "embedding": gp.Group(2e-3),
        "thresholds": gp.Thresholds(0.5, 0.6, 0.7, 0.3, 10, ">="),
        "steps": 100,
        "stop": "sustained",
        "sustain": 7,
        "points_per_decade": 5,
    }
    train_run(spec(**changed))
    assert compilations() == before
    one, same, wider = map(prepare, (spec(), spec(**changed), spec(width=8)))
    assert like(one) == like(same) != like(wider)


@pytest.mark.slow
def test_all_intervals_of_evaluation_but_every_step_share_a_compilation() -> None:
    for interval in (1, 7):
        train_run(spec(steps=10, evaluate_every=interval))
    before = compilations()
    for interval in (2, 5):
        train_run(spec(steps=20, evaluate_every=interval))
    assert compilations() == before


@pytest.mark.slow
def test_runs_batched_by_vmap_agree_with_single_ones() -> None:
    specs = [
        spec(seed=seed, decoder=gp.Group(3e-3, wd), steps=150)
        for seed, wd in [(0, 0.0), (1, 1.0), (2, 0.3)]
    ]
    batched = {s.id: r for s, r in in_batches(specs, keep_weights="final", size=2)}
    for one in specs:
        alone = train_run(one, keep_weights="final")
        assert alone is not None
        assert alone.weights is not None
        together = batched[one.id]
        assert together.weights is not None
        np.testing.assert_array_equal(alone.curves["step"], together.curves["step"])
        np.testing.assert_allclose(
            alone.curves["train_loss"], together.curves["train_loss"], rtol=2e-2
        )
        for name, weight in alone.weights.items():
            np.testing.assert_allclose(weight, together.weights[name], atol=3e-3, err_msg=name)


@pytest.mark.slow
def test_a_vmapped_batch_stops_each_run_where_it_would_alone() -> None:
    thresholds = gp.Thresholds(validation_accuracy=0.0, rule=">=")
    specs = [spec(seed=s, stop="decided", thresholds=thresholds) for s in range(2)]
    batched = {s.id: r for s, r in in_batches(specs, keep_weights=None, size=2)}
    for one in specs:
        alone = train_run(one)
        assert alone is not None
        assert abs(batched[one.id].steps_trained - alone.steps_trained) <= 2
        assert batched[one.id].phase == alone.phase


@pytest.mark.slow  # in the quick suite with all else that a step draws, see test_steps.py
@pytest.mark.parametrize("batch", [1, 20])
def test_minibatches_depend_on_seed_and_step_alone(batch: int) -> None:
    run = prepare(spec(batch=batch))
    assert same_bits(state_after(run, [50]), state_after(run, [13, 50]))
    other = prepare(spec(batch=batch, seed=1))
    assert not same_bits(state_after(run, [50]).params, state_after(other, [50]).params)


def test_a_batch_as_large_as_the_training_set_is_the_full_batch() -> None:
    assert same_bits(state_after(prepare(spec(batch=45)), [30]), state_after(prepare(spec()), [30]))


@pytest.mark.slow
def test_given_batches_are_taken_in_turn() -> None:
    everything = np.tile(np.arange(45), (3, 1))[:, :44]
    base = spec(batch=44, steps=30)
    first = dataclasses.replace(base, batches=everything)
    again = dataclasses.replace(base, batches=np.concatenate([everything, everything]))
    assert first.id != again.id
    one, other = (state_after(prepare(s), [30]).params for s in (first, again))
    assert same_bits(one, other)


def test_sparse_evaluation_puts_events_on_its_grid() -> None:
    fine, coarse = train_run(spec()), train_run(spec(evaluate_every=7))
    assert fine is not None
    assert coarse is not None
    assert fine.train_step is not None
    assert coarse.train_step is not None
    assert coarse.train_step % 7 == 0
    assert fine.train_step <= coarse.train_step


@pytest.mark.parametrize(
    ("optimizer", "loss"),
    [
        ("adamw", "cross-entropy"),
        pytest.param("adam", "mse", marks=pytest.mark.slow),
        pytest.param("sgd", "mse", marks=pytest.mark.slow),
        pytest.param("adamw", "mse", marks=pytest.mark.slow),
        pytest.param("adam", "cross-entropy", marks=pytest.mark.slow),
        pytest.param("sgd", "cross-entropy", marks=pytest.mark.slow),
    ],
)
def test_every_optimizer_lowers_every_loss(optimizer: str, loss: str) -> None:
    rate = 0.3 if optimizer == "sgd" else 1e-2
    recipe = gp.Recipe(
        optimizer=optimizer,  # type: ignore[arg-type]
        loss=loss,  # type: ignore[arg-type]
        embedding=gp.Group(rate),
        decoder=gp.Group(rate),
        steps=150,
        stop="budget",
    )
    task = gp.task("modular-addition", p=7, pairs="unordered")
    record = gp.train(
        task, gp.Toy(dimension=3, widths=(16,)), recipe, split=gp.Split(fraction=0.7)
    ).record
    losses = record.curves["train_loss"]
    assert losses[-1] < 0.9 * losses[0]


def test_a_user_module_trains_its_embedding_in_its_group_and_no_integers() -> None:
    class Bilinear(eqx.Module):
        embedding: jax.Array
        out: eqx.nn.Linear
        mask: jax.Array

        def __call__(self, pair: jax.Array) -> jax.Array:
            return self.out(self.embedding[pair[0]] * self.embedding[pair[1]] * self.mask)

    embedding, mask = jax.random.normal(jax.random.key(0), (7, 5)), 1 + jnp.arange(5) % 2
    module = Bilinear(embedding, eqx.nn.Linear(5, 7, key=jax.random.key(1)), mask)
    recipe = gp.Recipe(embedding=gp.Group(0.0), decoder=gp.Group(1e-2), steps=100, stop="budget")
    task = gp.task("modular-multiplication", p=7)
    run = gp.train(task, module, recipe, split=gp.Split(fraction=0.8))
    assert run.curves["train_loss"][-1] < run.curves["train_loss"][0]
    np.testing.assert_array_equal(run.weights["module.embedding"], module.embedding)
    np.testing.assert_array_equal(run.weights["module.mask"], mask)
    assert not np.array_equal(run.weights["module.out.weight"], module.out.weight)


@pytest.mark.slow
def test_sparse_parity_trains_on_plain_inputs() -> None:
    task = gp.task("sparse-parity", bits=8, relevant=2, samples=128)
    recipe = gp.Recipe(decoder=gp.Group(1e-2), steps=300, stop="budget")
    record = gp.train(
        task, gp.MLP(dimension=None, widths=(32,)), recipe, split=gp.Split(fraction=0.7)
    ).record
    assert record.final["train_accuracy"] == 1.0
    assert np.isnan(record.final["rqi"])
    assert record.rqi_step is None


def square(x: jax.Array) -> jax.Array:
    return x * x


def perceptron(activation: Any) -> eqx.nn.MLP:
    return eqx.nn.MLP(8, 2, 16, 1, activation=activation, key=jax.random.key(0))


PARITY = gp.task("sparse-parity", bits=8, relevant=2, samples=64)


def parity_spec(module: eqx.Module) -> RunSpec:
    return gp.run_spec(PARITY, module, gp.Recipe(steps=30, stop="budget"), split=0.5)


def test_modules_that_differ_only_in_code_are_different_runs() -> None:
    one, other = (parity_spec(perceptron(f)) for f in (lambda x: x * x, lambda x: jnp.sin(x)))
    assert one.id != other.id
    assert parity_spec(perceptron(square)).id == parity_spec(perceptron(lambda x: x * x)).id


@pytest.mark.slow
def test_modules_that_differ_only_in_code_are_not_batched_together() -> None:
    specs = [parity_spec(perceptron(f)) for f in (jax.nn.relu, jnp.tanh)]
    first, second = (record for _, record in in_batches(specs, keep_weights=None))
    # From the same weights on, one code would have led both to the same losses.
    assert first.curves["train_loss"][0] != second.curves["train_loss"][0]


def test_a_module_with_the_wrong_number_of_outputs_is_refused() -> None:
    module = eqx.nn.MLP(8, 3, 16, 1, key=jax.random.key(0))
    with pytest.raises(gp.GrokphaseError, match=r"they must be \(64, 2\)"):
        prepare(parity_spec(module))


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        (np.full((3, 20), 45), "from 0 to 44"),
        (np.full((3, 20), -1), "from 0 to 44"),
        (np.zeros((0, 20), int), "must be"),
        (np.zeros((3, 20)), "whole numbers"),
        (np.zeros(20, int), "must be"),
    ],
)
def test_given_batches_that_cannot_be_are_refused(batches: np.ndarray, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        dataclasses.replace(spec(batch=20), batches=batches)


@pytest.mark.slow
def test_given_batches_as_wide_as_the_training_set_are_not_the_full_batch() -> None:
    repeated = dataclasses.replace(spec(batch=45), batches=np.zeros((1, 45), int))
    one, other = (state_after(prepare(s), [5]) for s in (repeated, spec(batch=45)))
    assert not same_bits(one.params, other.params)


@pytest.mark.slow
def test_minibatches_do_not_follow_jax_configuration() -> None:
    plain = state_after(prepare(spec(batch=20)), [20])
    run = prepare(spec(batch=20, evaluate_every=2))  # another program, compiled below
    with jax.default_prng_impl("rbg"):
        other = state_after(run, [20])
    assert same_bits(plain.params, other.params)


@pytest.mark.slow
def test_an_rqi_too_dear_for_every_step_is_tested_where_curves_are_recorded() -> None:
    task = gp.task("addition", p=60)
    line = np.arange(60.0)[:, None] / 60
    layers = [(np.ones((4, 1)), np.zeros(4)), (np.ones((30, 4)), np.zeros(30))]
    recipe = gp.Recipe(embedding=gp.Group(0.0), steps=3, stop="budget")
    toy = gp.Toy(widths=(4,))
    run = gp.train(task, toy, recipe, split=0.8, initial=gp.Initial(line, layers))
    assert run.curves["rqi"].tolist() == [1.0] * 4
    assert run.record.rqi_step == 0


@pytest.mark.parametrize("interval", [2, 7])
def test_how_often_a_run_is_evaluated_changes_no_step_of_it(interval: int) -> None:
    every, some = (state_after(prepare(spec(evaluate_every=k)), [100]) for k in (1, interval))
    assert same_bits((every.params, every.optimizer), (some.params, some.optimizer))
