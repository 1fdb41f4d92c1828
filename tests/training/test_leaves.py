"""Numbers by dotted name."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import grokphase as gp
from grokphase.training import leaves, replace


class Constant(eqx.Module):
    """Says the same of everything."""

    says: jax.Array
    batched = True

    def __call__(self, inputs: jax.Array) -> jax.Array:
        return jax.numpy.zeros((len(inputs), 6)) + self.says


BASE = gp.run_spec("addition", split=45)  # chosen, so that it follows no task
NAMES = sorted(set(leaves(BASE)) - {"task.p"})


@given(st.sampled_from(NAMES))
def test_every_leaf_can_be_set_to_what_it_is_without_changing_the_run(name: str) -> None:
    assert replace(BASE, name, leaves(BASE)[name]).id == BASE.id


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recipe.decoder.learning_rate", 0.5),
        ("recipe.thresholds.delay", 7),
        ("model.widths.1", 9),
        ("task.p", 6),
        ("task.target.dimension", 12),
        ("split.count", 20),
        ("seed", 3),
    ],
)
def test_one_leaf_changes_and_no_other(name: str, value: float) -> None:
    changed = replace(BASE, name, value)
    before, after = leaves(BASE), leaves(changed)
    assert {key for key in before if before[key] != after[key]} == {name}
    assert after[name] == value
    assert changed.id != BASE.id


def test_fraction_and_count_take_each_others_place() -> None:
    assert replace(BASE, "split.fraction", 0.5).split == gp.Split(fraction=0.5)
    assert replace(replace(BASE, "split.fraction", 0.5), "split.count", 30).split == gp.Split(
        count=30
    )


def test_words_can_be_set_too() -> None:
    assert replace(BASE, "recipe.stop", "budget").recipe.stop == "budget"


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(gp.GrokphaseError, match=r'Did you mean "recipe.decoder.learning_rate"'):
        replace(BASE, "recipe.decoder.lerning_rate", 1.0)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("recipe.decoder.learning_rate", float("nan"), "must be a number 0 or more"),
        ("recipe.decoder.learning_rate", -1.0, "must be a number 0 or more"),
        ("recipe.decoder.beta1", 1.0, "between 0 and 1"),
        ("recipe.steps", 0, "between 1 and 1e.09"),
        ("recipe.steps", 1.5, "whole number"),
        ("recipe.stop", "never", "allowed: decided, sustained, budget"),
        ("seed", -1, "whole number from 0"),
    ],
)
def test_impossible_values_are_refused(name: str, value: float | str, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        replace(BASE, name, value)


GIVEN = {
    "split": gp.run_spec("addition", split=gp.Split(train=range(45))),
    "vectors": gp.run_spec(gp.task("addition", target=gp.Regression(vectors=np.eye(19)))),
    "module": gp.run_spec("S3", eqx.nn.Linear(2, 6, key=jax.random.key(0))),
    "function": gp.run_spec(
        "S3", gp.UserModel(lambda *_: Constant(jax.numpy.zeros(6)), name="constant")
    ),
}


@pytest.mark.parametrize("spec", GIVEN.values(), ids=GIVEN.keys())
def test_every_leaf_that_is_listed_can_be_set(spec: gp.RunSpec) -> None:
    for name, value in leaves(spec).items():
        assert replace(spec, name, value).id == spec.id


@pytest.mark.parametrize(
    ("which", "name"),
    [
        ("split", "split.train.shape.0"),
        ("split", "split.train.sha256"),
        ("vectors", "task.target.vectors.shape.0"),
        ("vectors", "task.target.dimension"),
        ("module", "model.sha256"),
        ("module", "model.program"),
        ("function", "model.program"),
    ],
)
def test_what_is_no_setting_is_neither_listed_nor_set(which: str, name: str) -> None:
    assert name not in leaves(GIVEN[which])
    with pytest.raises(gp.GrokphaseError, match="nothing that can be set on this run"):
        replace(GIVEN[which], name, 3)


def test_a_spec_knows_one_and_one_point_zero_as_the_same_number() -> None:
    one, other = (replace(BASE, "recipe.decoder.weight_decay", value) for value in (1, 1.0))
    assert one.id == other.id


def test_the_id_is_pinned() -> None:
    """A change of this id makes every stored result unknown: raise NUMERICS or say why."""
    assert gp.run_spec("addition", seed=58).id == PINNED


PINNED = "a755263e34ef28b7"
