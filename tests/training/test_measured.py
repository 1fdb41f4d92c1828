"""Measures that a recipe asks for: right, at any schedule, and without a trace in the training."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase import theory
from grokphase.measures import (
    cosine_amplitudes,
    cosine_shares,
    embedding_norms,
    excluded_loss,
    gini,
    key_frequencies,
    restricted_loss,
)
from grokphase.store.record import RunRecord
from grokphase.training import replace
from grokphase.training.batched import in_batches
from grokphase.training.checkpoint import from_bytes, to_bytes
from grokphase.training.measured import COLUMNS, OF_ALL_PAIRS, OF_ANY, check_measures
from grokphase.training.recipe import Measure
from grokphase.training.results import curves_of
from grokphase.training.schedule import every, log_spaced, padded, rows
from grokphase.training.session import prepare, train_run
from grokphase.training.spec import RunSpec

ALL = tuple(name for name in get_args(Measure) if name not in OF_ALL_PAIRS)
ARRAYS = ("embedding", "embedding_norms")
TOY = gp.Toy(widths=(24, 24))
STEPS = 240  # recorded one by one they fill no more rows than log-spaced ones may: one compilation


def spec(**recipe: Any) -> RunSpec:
    rates = {"embedding": gp.Group(1e-2), "decoder": gp.Group(1e-2, 0.05)}
    return gp.run_spec(
        "addition", TOY, gp.Recipe(**{**rates, "steps": STEPS, "stop": "budget", **recipe})
    )


def trained(given: RunSpec, **options: Any) -> RunRecord:
    record = train_run(given, **options)
    assert record is not None
    return record


@pytest.fixture(scope="module")
def plain() -> RunRecord:
    return trained(spec(record_every=1))


@pytest.fixture(scope="module")
def full() -> RunRecord:
    return trained(spec(record_every=1, measures=ALL), keep_weights="final")


def events(record: RunRecord) -> tuple[Any, ...]:
    times = (record.train_step, record.validation_step, record.rqi_step)
    held = (record.train_sustained_step, record.validation_sustained_step)
    return (record.phase, record.steps_trained, *times, *held)


# ---- identity: what was possible before has the identity it had


def test_a_recipe_of_before_that_names_its_loss_keeps_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An id from before `measures` and `record_every` were settings, by the numerics of then."""
    monkeypatch.setattr("grokphase.training.spec.NUMERICS", "1")
    batch = gp.Recipe(steps=200, batch=10, evaluate_every=3, loss="mse")
    assert gp.run_spec("addition", gp.Toy(widths=(16,)), batch).id == "bbc4b86d2c3285d4"


def test_what_is_recorded_is_part_of_the_identity() -> None:
    ids = {
        spec(**options).id
        for options in (
            {},
            {"measures": ["embedding"]},
            {"record_every": 5},
            {"record_every": 5, "measures": ["embedding"]},
        )
    }
    assert len(ids) == 4
    described = spec(measures=("embedding",)).recipe.spec()
    assert "record_every" not in described
    assert list(described["measures"]) == ["embedding"]


def test_the_order_of_names_and_repeats_change_nothing() -> None:
    one = spec(measures=["train_margin", "null_dimension", "train_margin"])
    assert one.recipe.measures == ("null_dimension", "train_margin")
    assert one.id == spec(measures=("null_dimension", "train_margin")).id


def test_a_default_run_has_the_usual_columns_and_capacity() -> None:
    run = prepare(spec())
    state = run.compiled().start(run.params, run.problem)
    assert state.rows.shape == (256, len(COLUMNS) + 1)  # and one for what is new
    assert run.program.measures == ()
    assert run.problem.links is None


# ---- training is not touched


def test_measures_change_neither_training_nor_events(plain: RunRecord, full: RunRecord) -> None:
    sparse = trained(spec())
    assert events(plain) == events(full) == events(sparse)
    for name in COLUMNS:
        assert plain.curves[name].tobytes() == full.curves[name].tobytes(), name
        at = sparse.curves["step"]
        assert plain.curves[name][at].tobytes() == sparse.curves[name].tobytes(), name


# ---- the values are right


def test_every_step_is_recorded(full: RunRecord) -> None:
    assert full.curves["step"].tolist() == list(range(STEPS + 1))
    assert set(full.curves) == {"step", *COLUMNS, *ALL}
    assert full.curves["embedding"].shape == (STEPS + 1, 10, 1)
    assert full.curves["embedding_norms"].shape == (STEPS + 1, 6)
    entries = {f"embedding.{k}" for k in range(10)} | {f"embedding_norms.{k}" for k in range(6)}
    assert set(full.final) == (set(full.curves) | entries) - {"step", *ARRAYS}


def test_the_recorded_embedding_is_that_of_the_run_and_the_measures_are_those_of_it(
    full: RunRecord,
) -> None:
    path = full.curves["embedding"][:, :, 0]
    assert full.weights is not None
    np.testing.assert_array_equal(path[-1], full.weights["embedding"][:, 0])
    np.testing.assert_allclose(
        np.sqrt((path**2).sum(axis=1)), full.curves["embedding_norm"], rtol=1e-5
    )
    given = spec()
    train, _ = given.split.indices(given.task, given.seed)
    agreeing = 0
    for row in range(0, STEPS + 1, 10):
        embedding = path[row].astype(np.float64)
        if full.curves["rqi"][row] != theory.rqi(embedding, given.task):
            continue  # a side within rounding of delta
        agreeing += 1
        expected = theory.predicted_accuracy(embedding, given.task, train)
        assert full.curves["predicted_accuracy"][row] == expected
        distance = np.diff(np.sort(embedding)).min() / embedding.std(ddof=1)
        assert full.curves["nearest_distance"][row] == pytest.approx(distance, abs=1e-4)
        fit = np.polyfit(np.arange(10), embedding, 1)
        left = ((embedding - np.polyval(fit, np.arange(10))) ** 2).sum()
        share = left / ((embedding - embedding.mean()) ** 2).sum()
        assert full.curves["linear_residual"][row] == pytest.approx(share, abs=1e-5)
    assert agreeing > 20
    assert np.allclose(full.curves["effective_dimension"], 1.0)
    norms = np.asarray(embedding_norms(path[-1][:, None]))
    np.testing.assert_allclose(full.curves["embedding_norms"][-1], norms, rtol=1e-5)
    assert full.curves["embedding_gini"][-1] == pytest.approx(float(gini(norms[1:])), abs=1e-5)


def test_margins_agree_with_the_training_accuracy(full: RunRecord) -> None:
    everyone = full.curves["train_accuracy"] == 1
    np.testing.assert_array_equal(full.curves["train_margin"] > 0, everyone)
    assert (full.curves["train_margin"] <= full.curves["mean_train_margin"]).all()


def classifier() -> RunSpec:
    """One step of gradient descent on a minibatch, with the measures that two tests look at."""
    group = gp.Group(0.1, 0.0, beta1=0.0)
    recipe = gp.Recipe(
        optimizer="sgd", embedding=group, decoder=group, steps=1, stop="budget", batch=8,
        measures=["gradient_norm", "gradient_alignment", "train_margin", "mean_train_margin"],
    )  # fmt: skip
    task = gp.task("sparse-parity", bits=6, relevant=2, samples=48)
    return gp.run_spec(task, gp.MLP(dimension=None, widths=(16,)), recipe, split=0.5)


def test_margins_of_a_classifier_are_those_of_its_logits() -> None:
    given = classifier()
    run = prepare(given)
    logits = np.asarray(eqx.combine(run.params, run.static)(run.problem.train.inputs))
    labels = np.asarray(run.problem.train.labels)
    margin = np.take_along_axis(logits, labels[:, None], 1) - np.take_along_axis(
        logits, 1 - labels[:, None], 1
    )
    record = trained(given)
    assert record.curves["train_margin"][0] == pytest.approx(margin.min(), abs=1e-5)
    assert record.curves["mean_train_margin"][0] == pytest.approx(margin.mean(), abs=1e-5)


def test_the_gradient_that_is_measured_makes_the_next_update() -> None:
    """For SGD that is the update itself, over minus the learning rate; here of a minibatch."""
    given = classifier()
    run = prepare(given)
    before = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(run.params)])
    loop = run.compiled()
    state = loop.segment(loop.start(run.params, run.problem), run.problem, jnp.int32(1))
    after = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(state.params)])
    update, curves = after - before, curves_of(given, state)
    assert curves["gradient_norm"][0] == pytest.approx(np.linalg.norm(update) / 0.1, rel=1e-4)
    cosine = update @ before / np.linalg.norm(update) / np.linalg.norm(before)
    assert curves["gradient_alignment"][0] == pytest.approx(cosine, abs=1e-4)


PROGRESS = (*OF_ALL_PAIRS, "embedding_gini", "embedding_norms")


def circuit(measures: Any) -> RunSpec:
    """An MLP that has one key frequency after 200 steps."""
    task, model = gp.task("modular-addition", p=13), gp.MLP(dimension=8, widths=(24,))
    rates = {"embedding": gp.Group(3e-3, 3.0), "decoder": gp.Group(3e-3, 3.0)}
    recipe = gp.Recipe(**rates, steps=200, stop="budget", measures=measures)
    return gp.run_spec(task, model, recipe, split=0.7)


@pytest.mark.slow
def test_progress_measures_change_no_bit_of_other_curves() -> None:
    record, without = trained(circuit(PROGRESS)), trained(circuit(()))
    for name in COLUMNS:
        assert record.curves[name].tobytes() == without.curves[name].tobytes(), name


def test_progress_measures_are_those_of_the_logits_of_their_step() -> None:
    given = circuit(PROGRESS)
    task = given.task
    record = trained(given, keep_weights="final")
    assert record.weights is not None
    network: Any = given.model.build(
        task,
        np.random.default_rng(0),
        gp.Initial(
            record.weights["embedding"],
            [(record.weights[f"decoder.{k}.weight"], record.weights[f"decoder.{k}.bias"])
             for k in range(2)],
        ),
    )  # fmt: skip
    logits = np.asarray(network(jnp.asarray(task.inputs)))
    train, _ = given.split.indices(task, given.seed)
    keys = key_frequencies(logits)
    assert keys  # or the test would see nothing
    expected = {
        "restricted_loss": restricted_loss(logits, keys),
        "excluded_loss": excluded_loss(logits, keys, trained=np.isin(np.arange(169), train)),
        "cosine_share": cosine_shares(logits).sum(),
    }
    for name, value in expected.items():
        assert record.final[name] == pytest.approx(float(value), rel=1e-4), name
    amplitudes = record.curves["cosine_amplitudes"]
    np.testing.assert_allclose(amplitudes[-1], cosine_amplitudes(logits), rtol=1e-3, atol=1e-5)
    assert record.curves["embedding_norms"].shape == (len(amplitudes), 7)


@pytest.mark.slow
def test_matrices_are_measured_too() -> None:
    names = ("effective_dimension", "mean_distance", "predicted_accuracy", "embedding")
    given = gp.run_spec("S3", None, gp.Recipe(steps=20, stop="budget", measures=names))
    record = trained(given, keep_weights="final")
    assert record.weights is not None
    assert 1 < record.final["effective_dimension"] <= 5
    assert 24 / 36 <= record.final["predicted_accuracy"] <= 1
    assert record.curves["embedding"].shape == (len(record.curves["step"]), 6, 3, 3)
    np.testing.assert_array_equal(record.curves["embedding"][-1], record.weights["embedding"])


@pytest.mark.slow
def test_a_diverged_run_has_measures_up_to_the_end() -> None:
    group = gp.Group(1e4)
    record = trained(spec(optimizer="sgd", decoder=group, embedding=group, measures=ALL))
    assert record.phase == "diverged"
    assert record.final["null_dimension"] <= 10
    assert np.isfinite(record.curves["effective_dimension"][0])


# ---- schedules


@pytest.mark.parametrize(("steps", "interval"), [(10, 4), (8, 4), (1, 1), (1, 7), (300, 1)])
def test_a_regular_schedule_has_both_ends_and_as_many_rows_as_are_said(
    steps: int, interval: int
) -> None:
    schedule = every(steps, interval)
    assert (schedule[0], schedule[-1]) == (0, steps)
    assert (np.diff(schedule)[:-1] == interval).all()
    assert len(schedule) == rows(steps, interval)
    assert len(padded(schedule)) > len(schedule)


def test_log_spaced_rows_keep_their_capacity() -> None:
    for steps in (1, 300, 10**9):
        assert len(padded(log_spaced(steps, 1000))) == 256


def test_a_run_that_ends_between_two_rows_records_where_it_ended() -> None:
    thresholds = gp.Thresholds(validation_accuracy=0.05)
    record = trained(spec(record_every=50, stop="decided", thresholds=thresholds))
    assert record.steps_trained % 50
    expected = [*range(0, record.steps_trained, 50), record.steps_trained]
    assert record.curves["step"].tolist() == expected


# ---- however a run is cut, kept and batched


def test_a_run_with_measures_resumes_to_the_bit(full: RunRecord) -> None:
    run = prepare(spec(record_every=1, measures=ALL))
    loop = run.compiled()
    state = loop.segment(loop.start(run.params, run.problem), run.problem, jnp.int32(137))
    resumed = from_bytes(to_bytes(state, 0.0), loop.state)
    assert resumed is not None
    state = loop.segment(jax.tree.map(jnp.asarray, resumed[0]), run.problem, jnp.int32(STEPS))
    curves = curves_of(run.spec, state)
    assert {name: curve.tobytes() for name, curve in curves.items()} == {
        name: curve.tobytes() for name, curve in full.curves.items()
    }


def test_a_store_keeps_the_measures(full: RunRecord, tmp_path: Path) -> None:
    with gp.Store.open(tmp_path / "store") as store:
        store.write([full, trained(spec(steps=20))])
        kept = store.get(full.id)
        assert str(kept.final) == str(full.final)  # with its NaN
        assert json.dumps(kept.spec) == json.dumps(full.spec)
        for name, values in full.curves.items():
            np.testing.assert_array_equal(kept.curves[name], values)
        found = store.query(f"SELECT final_null_dimension FROM runs WHERE id = '{full.id}'")
        assert found.rows == [(full.final["null_dimension"],)]


@pytest.mark.slow
def test_runs_with_measures_batched_by_vmap_agree_with_single_ones(full: RunRecord) -> None:
    names = ("effective_dimension", "null_dimension", "predicted_accuracy", "embedding")
    given = spec(steps=40, record_every=4, measures=names)
    specs = [given, dataclasses.replace(given, seed=3)]
    batched = {s.id: record for s, record in in_batches(specs, keep_weights=None)}
    for one in specs:
        alone, together = trained(one), batched[one.id]
        assert set(alone.curves) == set(together.curves)
        for name in alone.curves:
            np.testing.assert_allclose(together.curves[name], alone.curves[name], rtol=2e-2,
                                       atol=2e-2, err_msg=name)  # fmt: skip


def test_a_run_shows_its_measures(full: RunRecord) -> None:
    run = gp.Run(spec(record_every=1, measures=ALL), full)
    assert ("last effective dimension", "1") in run.rows()
    assert "last null dimension" in repr(run)
    frame = run.to_pandas()
    assert list(frame["train_margin"]) == full.curves["train_margin"].tolist()


# ---- what cannot be


def test_an_unknown_measure_is_refused_with_the_nearest() -> None:
    with pytest.raises(gp.GrokphaseError, match=r'Did you mean "effective_dimension"\?'):
        gp.Recipe(measures=["efective_dimension"])  # type: ignore[arg-type]
    for given in ("embedding", 3):
        with pytest.raises(gp.GrokphaseError, match="is not a list of names"):
            gp.Recipe(measures=given)  # type: ignore[arg-type]


def test_measures_of_an_embedding_need_one() -> None:
    task = gp.task("sparse-parity", bits=6, relevant=2, samples=48)
    for model in (gp.MLP(dimension=None), eqx.nn.MLP(6, 2, 8, 1, key=jax.random.key(0))):
        for name in set(get_args(Measure)) - set(OF_ANY):
            recipe = gp.Recipe(measures=[name])
            with pytest.raises(gp.GrokphaseError, match=f"here: {', '.join(OF_ANY)}"):
                prepare(gp.run_spec(task, model, recipe, split=0.5))


@pytest.mark.parametrize(
    ("task", "model", "name", "said"),
    [
        ("S3", None, "null_dimension", "matrices are not linear equations"),
        ("modular-addition", gp.MLP(), "predicted_accuracy", "the RQI"),
        ("S3", gp.MLP(), "restricted_loss", "modulo p, on all ordered pairs"),
        ("addition", None, "cosine_amplitudes", "mean squared error"),
    ],
)
def test_what_is_not_defined_is_refused_with_what_is(
    task: str, model: Any, name: str, said: str
) -> None:
    with pytest.raises(gp.GrokphaseError, match=said) as refused:
        prepare(gp.run_spec(task, model, gp.Recipe(measures=[name])))  # type: ignore[list-item]
    assert "available here: effective_dimension, " in str(refused.value)


def test_waves_of_a_result_are_those_of_sums_and_differences_modulo_p() -> None:
    for name, has in [
        ("modular-addition", True), ("modular-subtraction", True), ("C7", True),
        ("modular-multiplication", False), ("D4", False), ("addition", False),
    ]:  # fmt: skip
        task = gp.task(name, p=7) if "tion" in name else gp.task(name)
        network = gp.MLP(dimension=2, widths=(2,)).build(task, np.random.default_rng(0))
        if has:
            check_measures(["cosine_share"], task, network, None, "cross-entropy")
            continue
        with pytest.raises(gp.GrokphaseError, match="on all ordered pairs"):
            check_measures(["cosine_share"], task, network, None, "cross-entropy")


def test_tasks_with_too_many_pairs_are_refused_before_they_are_listed() -> None:
    task = gp.task("addition", p=150)
    network = prepare(spec()).spec.model.build(task, np.random.default_rng(0))
    pairs = np.zeros((400_000, 2))
    with pytest.raises(gp.GrokphaseError, match="60,000,000 numbers, more than 5,000,000"):
        check_measures(["null_dimension"], task, network, pairs, "mse")


def test_more_rows_than_can_be_held_are_refused_with_what_can() -> None:
    with pytest.raises(gp.GrokphaseError, match=r"record_every=51\.") as refused:
        prepare(spec(steps=10_000_000, record_every=1))
    assert "100,000,010 numbers" in str(refused.value)
    prepare(spec(steps=10_000_000, record_every=51))
    with pytest.raises(gp.GrokphaseError, match="between 1 and"):
        gp.Recipe(record_every=0)


# ---- by dotted name


def test_measures_and_interval_are_set_by_name() -> None:
    changed = replace(spec(), "recipe.measures", "null_dimension, effective_dimension")
    assert changed.recipe.measures == ("effective_dimension", "null_dimension")
    assert replace(spec(), "recipe.record_every", 10).recipe.record_every == 10
    with pytest.raises(gp.GrokphaseError, match=r'Did you mean "recipe.record_every"'):
        replace(spec(), "recipe.record_evry", 10)
