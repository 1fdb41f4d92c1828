"""What a name stands for."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grokphase as gp
from grokphase.phases import names

SHARED = st.sampled_from(names.SHARED)


def test_the_settings_of_a_group_are_those_of_the_class() -> None:
    assert tuple(field.name for field in fields(gp.Group)) == names.GROUP_SETTINGS
    assert {type(getattr(gp.Recipe(), group)) for group in names.GROUPS} == {gp.Group}


@given(SHARED)
def test_a_shared_name_is_that_of_every_group_and_has_no_siblings(name: str) -> None:
    setting = name.rpartition(".")[2]
    leaves = names.leaves_of(name)
    if name == "model.initial_scale":
        assert leaves == ("model.embedding_scale", "model.decoder_scale")
    else:
        assert leaves == tuple(f"recipe.{group}.{setting}" for group in names.GROUPS)
    assert names.siblings(name) == ()
    assert {names.siblings(leaf) for leaf in leaves} == {leaves[:1], leaves[1:]}


@pytest.mark.parametrize(
    "name",
    [
        "recipe.weight_decay,recipe.decoder.weight_decay",
        "model.widths.0,model.widths.0",
        "recipe.beta1,recipe.beta1",
    ],
)
def test_a_leaf_that_is_named_twice_is_refused(name: str) -> None:
    with pytest.raises(gp.GrokphaseError, match="twice"):
        names.leaves_of(name)


def test_other_leaves_stand_for_themselves() -> None:
    assert names.leaves_of("split.fraction") == ("split.fraction",)
    assert names.siblings("split.fraction") == ()
