"""Axes of any kind, and how many there may be: what a design makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase.mapping.design import design_of
from grokphase.training import replace

TOY = gp.run_spec("addition", gp.Toy(widths=(8,)), gp.Recipe(steps=20))
RATE = "recipe.decoder.learning_rate"


@pytest.mark.parametrize(
    ("axis", "leaf", "values"),
    [
        ("recipe.optimizer=adamw,sgd", "recipe.optimizer", ["adamw", "sgd"]),
        ("model.combine=sum,mean,concatenation", "model.combine", ["sum", "mean", "concatenation"]),
        ("model.activation=tanh,relu", "model.activation", ["tanh", "relu"]),
        ("model.widths=8|8,8|4,4,4", "model.widths", [(8,), (8, 8), (4, 4, 4)]),
        ("recipe.batch=none,16", "recipe.batch", [None, 16]),
        ("split.keep=none,together", "split.keep", [None, "together"]),
        ("recipe.thresholds.rule=>,>=", "recipe.thresholds.rule", [">", ">="]),
    ],
)
def test_words_and_lists_are_axes(axis: str, leaf: str, values: list[Any]) -> None:
    """Each cell is the run that setting the word by its name gives."""
    design = design_of(TOY, [axis], 2)
    assert design.shape == (len(values),)
    for (at,), value in zip(design.cells(), values, strict=True):
        assert design.specs((at,))[0].id == replace(TOY, leaf, value).id
    assert leaf.rpartition(".")[2] not in str(design.settings) or leaf == "recipe.batch"


def test_a_design_of_three_axes_has_every_combination_once() -> None:
    axes = (f"{RATE}=1e-3,1e-2", "recipe.weight_decay=0..2:3", "model.activation=tanh,relu")
    design = design_of(TOY, axes, 2)
    assert design.shape == (2, 3, 2)
    specs = [spec for cell in design.cells() for spec in design.specs(cell)]
    assert len({spec.id for spec in specs}) == len(specs) == 24
    found = {
        (s.recipe.decoder.learning_rate, s.recipe.embedding.weight_decay, s.model.activation)
        for s in specs
    }
    assert len(found) == 12
    assert len(design.corners()) == 8


@pytest.mark.parametrize(
    ("axis", "never", "first"),
    [
        ("task.p=11,13", "5 symbols", "11 symbols"),
        ("recipe.accelerator.alpha=0.5,0.9", "alpha 0.98", "alpha 0.5"),
        ("recipe.warmup=10,20", "", "grow over 10 updates"),
    ],
)
def test_what_the_axes_change_is_not_told_of_all(axis: str, never: str, first: str) -> None:
    """A map over p of 11 and 13 said that it is of the usual 97 symbols."""
    recipe = gp.Recipe(steps=20, accelerator="grokfast-ema")
    base = gp.run_spec(gp.task("modular-addition", p=5), recipe=recipe)
    along = design_of(base, [axis], 1).told
    assert first in along
    assert "in the first cell" in along
    assert not never or never not in along
    assert "first cell" not in design_of(base, ["recipe.decoder.learning_rate=1e-3,1e-2"], 1).told


def test_the_usual_rqi_of_a_model_comes_with_it() -> None:
    """As where the model is given at once: what is not set is what is usual for it."""
    other = gp.run_spec("addition", gp.Toy(widths=(8,), combine="product"), gp.Recipe(steps=20))
    assert replace(TOY, "model.combine", "product").id == other.id
    chosen = replace(TOY, "recipe.thresholds.rqi_delta", 0.3)
    assert replace(chosen, "model.combine", "product").recipe.thresholds.rqi_delta == 0.3


@pytest.mark.parametrize(
    ("axes", "seeds", "said"),
    [
        (["recipe.optimizer=0..2:3"], 1, "is a word .*write recipe.optimizer=adamw,adam,sgd"),
        (["recipe.optimizer=adamw,3"], 1, "is a word"),
        (["recipe.steps=ten,twenty"], 1, 'is a number .*"ten" is none'),
        ([f"{RATE}=a,1"], 1, 'is a number .*"a" is none'),
        (["model.widths=8,16"], 1, r"is a list; .*model.widths=8\|8,8"),
        (["recipe.optimizer=adamw,adamax"], 1, "adamax"),
        (["model.dept=1,2"], 1, "nothing that can be set"),
        (["recipe.batch=8|8.0"], 1, "mean the same run"),
        (["recipe.weight_decay=0,1", "recipe.weight_decay=0,2"], 1, "an axis twice"),
        (["recipe.weight_decay=0,1", "recipe.decoder.weight_decay=0,2"], 1, "both vary"),
        (["model.widths=8|8,8", "model.widths.0=4,8"], 1, "both vary model.widths"),
        (["seed=1,2"], 1, "seed cannot be an axis"),
        (["recipe.weight_decay=0,1"], [3, 3], "seed 3 twice"),
        (["recipe.weight_decay=0,1"], [np.int64(3), 3.0], "twice"),
        (["split.fraction=0.5,0.6", "split.count=30,40"], 1, "set the same thing"),
    ],
)
def test_what_is_no_design_is_refused_in_one_sentence(axes: Any, seeds: Any, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said) as refused:
        design_of(TOY, axes, seeds)
    assert "\n" not in str(refused.value)
