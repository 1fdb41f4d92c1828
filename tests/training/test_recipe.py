"""Recipes: the tolerance of the RQI that a model brings, and parts of a wrong kind."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase import theory
from grokphase.training import replace

MATRICES = gp.Toy(dimension=3, combine="product")


@pytest.mark.parametrize("recipe", [None, gp.Recipe(steps=300)])
@pytest.mark.parametrize(
    ("model", "delta"), [(gp.Toy(), 0.1), (gp.MLP(), 0.1), (MATRICES, 0.5**0.5)]
)
def test_the_tolerance_of_the_rqi_is_that_of_the_model(
    model: Any, delta: float, recipe: gp.Recipe | None
) -> None:
    spec = gp.run_spec("S3", model, recipe)
    assert spec.recipe.thresholds.rqi_delta == delta
    assert spec.spec()["recipe"]["thresholds"]["rqi_delta"] == delta
    for same in (delta, None):
        assert replace(spec, "recipe.thresholds.rqi_delta", same).id == spec.id


def test_a_run_made_by_hand_holds_the_number_too() -> None:
    task = gp.task("S3")
    spec = gp.RunSpec(task, MATRICES, gp.Recipe(), gp.Split(count=24), seed=0)
    assert spec.recipe.thresholds.rqi_delta == 0.5**0.5
    assert gp.Thresholds().rqi_delta is None


def test_the_convention_of_the_text_brings_its_delta_and_another_id() -> None:
    given = gp.Recipe(thresholds=gp.Thresholds(rqi_convention="paper"))
    text, code = gp.run_spec("addition", gp.Toy(), given), gp.run_spec("addition", gp.Toy())
    assert text.recipe.thresholds.rqi_delta == 0.01
    assert text.spec()["recipe"]["thresholds"]["rqi_convention"] == "paper"
    # A setting that came later is no part of the identity of a run that does not use it.
    assert "rqi_convention" not in code.spec()["recipe"]["thresholds"]
    # A delta is a number in the units of its convention: the other one brings its own.
    name = "recipe.thresholds.rqi_convention"
    assert replace(code, name, "paper").id == text.id != code.id
    assert replace(replace(code, name, "paper"), name, "code").id == code.id
    chosen = replace(code, "recipe.thresholds.rqi_delta", 0.05)
    assert replace(chosen, name, "paper").recipe.thresholds.rqi_delta == 0.05
    with pytest.raises(gp.GrokphaseError, match=r'rqi_convention "text" is not known; allowed'):
        gp.Thresholds(rqi_convention="text")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_run_counts_parallelograms_by_the_convention_of_its_recipe() -> None:
    toy = gp.task("addition", p=10)
    for convention in ("code", "paper"):
        recipe = gp.Recipe(
            steps=3,
            stop="budget",
            record_every=1,
            measures=("embedding", "predicted_accuracy"),
            thresholds=gp.Thresholds(rqi_convention=convention, rqi_delta=0.05),
        )
        run = gp.train(toy, gp.Toy(widths=(8,)), recipe, seed=3)
        last = run.curves["embedding"][-1].ravel().astype(np.float64)
        expected = theory.rqi(last, toy, convention=convention, delta=0.05)
        assert run.curves["rqi"][-1] == pytest.approx(expected)
        train, _ = gp.run_spec(toy, seed=3).split.indices(toy, 3)
        promised = theory.predicted_accuracy(last, toy, train, convention=convention, delta=0.05)
        assert run.curves["predicted_accuracy"][-1] == pytest.approx(promised)


def test_a_tolerance_that_is_given_stays() -> None:
    recipe = gp.Recipe(thresholds=gp.Thresholds(rqi_delta=0.01))
    assert gp.run_spec("S3", MATRICES, recipe).recipe.thresholds == recipe.thresholds


@pytest.mark.parametrize(
    ("target", "loss"), [("regression", "mse"), ("classification", "cross-entropy")]
)
def test_a_run_says_the_loss_that_its_target_asks_for(target: str, loss: str) -> None:
    task = gp.task("addition", p=10, target=target)
    spec = gp.run_spec(task)
    assert spec.spec()["recipe"]["loss"] == loss
    assert gp.Recipe().loss is None
    named = dataclasses.replace(spec.recipe, loss=loss)
    assert gp.run_spec(task, recipe=named).id == spec.id


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"decoder": 1e-3}, r"recipe\.decoder = 0\.001 .* write decoder=gp\.Group\("),
        ({"embedding": None}, r"write embedding=gp\.Group\("),
        ({"thresholds": 0.9}, r"write thresholds=gp\.Thresholds\("),
    ],
)
def test_parts_of_a_wrong_kind_are_refused(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        gp.Recipe(**parts)
