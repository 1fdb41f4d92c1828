"""Leaks of runs: which models cannot tell swapped symbols apart, and where it is said."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest

import grokphase as gp
from grokphase.mapping.maps import grid_of
from grokphase.training import replace
from grokphase.training.leaks import is_symmetric, leaks, note
from grokphase.training.session import prepare

LEAKY = gp.run_spec(
    gp.task("modular-addition", p=7), gp.Toy(dimension=4, widths=(8,)), gp.Recipe(steps=20)
)


@pytest.mark.parametrize(
    "model",
    [
        *(gp.Toy(dimension=2, combine=how) for how in ("sum", "mean", "product", "concatenation")),
        gp.Toy(dimension=1, combine="product"),
        gp.MLP(dimension=4),
        gp.MLP(dimension=None),
    ],
)
def test_a_model_is_symmetric_if_it_gives_the_same_for_swapped_symbols(model: gp.Toy) -> None:
    task = gp.task("modular-addition", p=5)
    network = model.build(task, np.random.default_rng(0))
    there, back = (np.asarray(network(inputs)) for inputs in (task.inputs, task.inputs[:, ::-1]))
    assert is_symmetric(model) == np.array_equal(there, back)


def test_of_a_users_module_only_repeats_are_said() -> None:
    class Sum(eqx.Module):
        embedding: jax.Array

        def __call__(self, inputs: jax.Array) -> jax.Array:
            return self.embedding[inputs].sum(axis=1)

    module = Sum(jax.numpy.ones((5, 5)))
    assert note([[gp.run_spec(gp.task("modular-addition", p=5), module)]]) is None
    twice = gp.Task("twice", [[0, 1], [0, 1], [2, 3]], [0, 0, 1], 5, symbols=5)
    said = note([[gp.run_spec(twice, module, split=gp.Split(train=[0, 2]))]])
    assert said is not None
    assert "1 of 1 validation samples (100 %) are trained too; none is new" in said.sentence


@pytest.mark.parametrize(
    "spec",
    [
        gp.run_spec("addition"),
        gp.run_spec("S3"),
        gp.run_spec("modular-addition"),
        gp.run_spec("sparse-parity"),
        gp.run_spec("modular-addition", gp.Toy(combine="concatenation")),
        gp.run_spec("modular-addition", gp.Toy(), split=gp.Split(fraction=0.8, keep="together")),
        replace(LEAKY, "split.keep", "together"),
    ],
)
def test_where_nothing_leaks_nothing_is_said_and_no_column_recorded(spec: gp.RunSpec) -> None:
    assert note([[spec]]) is None
    assert leaks(spec).counts() == {"validation_samples": len(leaks(spec).new)}
    assert prepare(spec).problem.new is None


def test_a_map_says_it_once_for_all_seeds_before_training() -> None:
    x, y = "recipe.decoder.weight_decay=0,1", "split.fraction=0.2,0.9"
    grid = grid_of(LEAKY, x, y, seeds=3)
    (said,) = (each.sentence for each in grid.notes if each.sentence.startswith("Leak"))
    shares = [
        leaks(spec).swapped / len(leaks(spec).new)
        for cell in grid.cells()
        for spec in grid.specs(cell)
    ]
    assert f"{100 * min(shares):.3g} to {100 * max(shares):.3g} % of the validation" in said


def test_the_accuracy_on_new_samples_is_that_of_them_alone() -> None:
    """From the final weights, by hand."""
    spec = LEAKY
    run = gp.train(spec.task, spec.model, spec.recipe, split=spec.split)
    new = leaks(spec).new
    _, validation = spec.split.indices(spec.task, spec.seed)
    pairs = spec.task.inputs[validation]
    w = run.weights
    hidden = w["embedding"][pairs].sum(axis=1)
    hidden = np.tanh(hidden @ w["decoder.0.weight"].T + w["decoder.0.bias"])
    scores = hidden @ w["decoder.1.weight"].T + w["decoder.1.bias"]
    right = scores.argmax(axis=1) == spec.task.labels[validation]
    assert run.record.final["validation_accuracy"] == right.mean()
    assert run.record.final["new_validation_accuracy"] == right[new].mean()
    assert run.record.counts["new_validation_samples"] == new.sum()
    assert run.record.curves["new_validation_accuracy"].shape == run.curves["step"].shape
    assert "Leak:" in repr(run)
    assert "new validation accuracy" in repr(run)


@pytest.mark.slow
def test_of_two_runs_the_one_without_a_leak_has_no_such_column(tmp_path) -> None:
    sound = replace(LEAKY, "split.keep", "together")
    with gp.Store.open(tmp_path / "store") as store:
        for spec in (LEAKY, sound):
            gp.train(spec.task, spec.model, spec.recipe, split=spec.split, store=store)
        leaky, kept = (store.get(spec.id) for spec in (LEAKY, sound))
        column = "final_new_validation_accuracy, new_validation_samples, swapped_validation_samples"
        rows = store.query(f"SELECT {column} FROM runs WHERE id = '{sound.id}'").rows
    assert rows == [(None, None, None)]
    assert "new_validation_accuracy" in leaky.curves
    assert "new_validation_accuracy" not in kept.curves
    assert list(kept.counts) == ["train_samples", "validation_samples", "parallelograms"]
