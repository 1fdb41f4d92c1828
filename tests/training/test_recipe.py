"""Recipes: the tolerance of the RQI that a model brings, and parts of a wrong kind."""

from __future__ import annotations

from typing import Any

import pytest

import grokphase as gp
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


def test_a_tolerance_that_is_given_stays() -> None:
    recipe = gp.Recipe(thresholds=gp.Thresholds(rqi_delta=0.01))
    assert gp.run_spec("S3", MATRICES, recipe).recipe == recipe


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
