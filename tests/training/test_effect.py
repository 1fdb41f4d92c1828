"""Settings on which nothing depends are refused."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import pytest

import grokphase as gp
from grokphase.mapping.maps import grid_of
from grokphase.training.effect import refuse_without_effect, without_effect

ONE_HOT = gp.run_spec("modular-addition", gp.MLP(dimension=None))
BY_HAND = gp.run_spec("S3", eqx.nn.Linear(2, 6, key=jax.random.key(0)))
APART = gp.run_spec(gp.task("sparse-parity"), gp.MLP(None, (8,), decoder="last"))
SGD = gp.run_spec("addition", recipe=gp.Recipe(optimizer="sgd"))
SPLIT = "split.fraction=0.5,0.6"


@pytest.mark.parametrize(
    ("spec", "leaf"),
    [
        (ONE_HOT, "recipe.embedding.weight_decay"),
        (ONE_HOT, "model.embedding_scale"),
        (ONE_HOT, "recipe.thresholds.rqi"),
        (APART, "model.embedding_scale"),
        (BY_HAND, "recipe.embedding.learning_rate"),
        (SGD, "recipe.decoder.beta2"),
        (SGD, "recipe.beta2"),
        (SGD, "recipe.epsilon"),
        (gp.run_spec("addition", recipe=gp.Recipe(record_every=5)), "recipe.points_per_decade"),
        (gp.run_spec("addition"), "recipe.sustain"),
    ],
)
def test_it_is_named(spec: gp.RunSpec, leaf: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=f"{leaf} has no effect: "):
        refuse_without_effect(spec, [leaf])


def test_layers_before_the_last_follow_the_settings_of_an_embedding() -> None:
    assert without_effect(APART, "recipe.embedding.weight_decay") is None


class Embeds(eqx.Module):
    """A module of a user's, with an embedding."""

    embedding: jax.Array
    batched = True

    def __call__(self, inputs: jax.Array) -> jax.Array:
        return self.embedding[inputs].sum(axis=1)


OTHERS = {
    "all groups of a model with one": (ONE_HOT, "recipe.weight_decay"),
    "a user's embedding": (
        gp.run_spec("S3", Embeds(jax.numpy.ones((6, 6)))),
        "recipe.embedding.weight_decay",
    ),
    "momentum": (SGD, "recipe.decoder.beta1"),
    "an RQI that is measured": (gp.run_spec("addition"), "recipe.thresholds.rqi"),
    "a run that is followed": (
        gp.run_spec("addition", recipe=gp.Recipe(stop="sustained")),
        "recipe.sustain",
    ),
}


@pytest.mark.parametrize(("spec", "leaf"), OTHERS.values(), ids=OTHERS.keys())
def test_others_pass(spec: gp.RunSpec, leaf: str) -> None:
    refuse_without_effect(spec, [leaf])


def test_each_usual_number_is_one_that_could_have_had_an_effect() -> None:
    spec = gp.run_spec("addition")
    found = [leaf for leaf in gp.training.leaves(spec) if without_effect(spec, leaf) is not None]
    assert found == ["recipe.sustain"]


@pytest.mark.parametrize(
    ("base", "x", "y", "said"),
    [
        (ONE_HOT, "recipe.embedding.weight_decay=0,1", SPLIT, "this model has no embedding"),
        (SGD, "recipe.beta2=0.9,0.99", SPLIT, "sgd does not use it"),
        (SGD, "recipe.beta1=0.9,0.99", "recipe.decoder.beta1=0,0.5", "both vary"),
        (SGD, "split.count=40,45", SPLIT, "set the same thing"),
        (SGD, "recipe.optimizer=0..2:3", SPLIT, "is a word"),
        (SGD, "model.widths=10,20", SPLIT, "is a list"),
        (SGD, "model.width=10,20", SPLIT, 'Did you mean "model.widths"'),
        (SGD, "task.p=10..13:3", SPLIT, "task.p=10..13:3:int"),
    ],
)
def test_axes_that_cannot_be_meant(base: gp.RunSpec, x: str, y: str, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        grid_of(base, x, y, 1)


@pytest.mark.parametrize(
    ("recipe", "refused"),
    [
        (gp.Recipe(embedding=gp.Group(weight_decay=0)), True),
        (gp.recipe("modular-addition", gp.MLP(dimension=None), weight_decay=0), False),
        (gp.Recipe(decoder=gp.Group(weight_decay=0)), False),
        (gp.Recipe(optimizer="sgd", decoder=gp.Group(beta2=0.9)), True),
        (gp.recipe("modular-addition", optimizer="sgd"), False),
    ],
)
def test_recipes_of_a_model_without_an_embedding(recipe: Any, refused: bool) -> None:
    model = gp.MLP(dimension=None)
    if refused:
        with pytest.raises(gp.GrokphaseError, match="has no effect"):
            gp.run_spec("modular-addition", model, recipe)
    else:
        gp.run_spec("modular-addition", model, recipe)


def test_the_map_of_the_issue_names_the_decay_that_it_leaves_alone() -> None:
    base = gp.run_spec(gp.task("modular-addition", p=7), steps=10_000)
    x = "split.fraction=0.2..0.9:6"
    alone = grid_of(base, x, "recipe.decoder.weight_decay=0..2:5", 1)
    assert alone.fixed == {"recipe.embedding.weight_decay": 1.0}
    both = grid_of(base, x, "recipe.weight_decay=0..2:5", 1)
    assert both.fixed == {}
    recipe = both.specs((0, 5))[0].recipe
    assert recipe.embedding.weight_decay == recipe.decoder.weight_decay == 0
    tied = "recipe.embedding.weight_decay,recipe.decoder.weight_decay=0..2:5"
    same = grid_of(base, x, tied, 1)
    groups = [same.settings["recipe"][group] for group in ("embedding", "decoder")]
    assert all("weight_decay" not in group and "beta2" in group for group in groups)
    assert [s.id for c in same.cells() for s in same.specs(c)] == [
        s.id for c in both.cells() for s in both.specs(c)
    ]


def test_a_model_without_an_embedding_has_nothing_to_leave_alone() -> None:
    assert grid_of(ONE_HOT, SPLIT, "recipe.decoder.weight_decay=0,1", 1).fixed == {}


def test_a_threshold_that_no_run_can_hold_is_no_map_of_sustained_times() -> None:
    base = gp.run_spec("addition", recipe=gp.Recipe(stop="sustained"), steps=500)
    with pytest.raises(gp.GrokphaseError, match=r"recipe.sustain = 1000 steps within .* 500"):
        grid_of(base, SPLIT, "recipe.weight_decay=0,1", 1, "sustained")
    grid_of(base, "recipe.sustain=100,200", "recipe.weight_decay=0,1", 1, "sustained")
