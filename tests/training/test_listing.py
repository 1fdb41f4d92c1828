"""The listing of settings says what is true: meanings from docstrings, bounds from the checks."""

from __future__ import annotations

import re

import pytest

import grokphase as gp
from grokphase.tasks import names
from grokphase.training import replace
from grokphase.training.leaves import leaves, values_of
from grokphase.training.listing import Setting, settings_of

ADDITION, ONE_HOT = gp.run_spec("addition"), gp.run_spec("sparse-parity")
LISTED = [
    pytest.param(spec, each, id=f"{spec.task.name} {each.name}")
    for spec in (ADDITION, ONE_HOT)
    for each in settings_of(spec)
]
LEAST = 1e-9
FROM_FILES = ("table", "cifar10", "imagenette", "imdb", "smiles")


@pytest.mark.parametrize("name", [name for name in names() if name not in FROM_FILES])
def test_every_setting_has_a_meaning_and_says_what_is_allowed(name: str) -> None:
    spec = gp.run_spec(name)
    found = settings_of(spec)
    assert [each.name for each in found if not (each.meaning and each.allowed)] == []
    listed = {each.name for each in found}
    assert len(listed) == len(found)
    lists = tuple(key for key, value in values_of(spec).items() if isinstance(value, tuple))
    assert {leaf for leaf in leaves(spec) if not leaf.startswith(lists)} <= listed


def usable(spec: gp.RunSpec, name: str, value: object) -> bool:
    """Whether a setting can have a value, as far as a specification says."""
    try:
        replace(spec, name, value)  # type: ignore[arg-type]
    except gp.GrokphaseError:
        return False
    return True


@pytest.mark.parametrize(("spec", "each"), LISTED)
def test_bounds_are_those_that_are_checked(spec: gp.RunSpec, each: Setting) -> None:
    text = each.allowed.removesuffix(", or none")
    bounds = re.fullmatch(
        r"(whole )?number(?: from ([\d.]+))?(?: above ([\d.]+))?(?: to ([\d.]+))?"
        r"(?:, below ([\d.]+))?",
        text,
    )
    if bounds is None:
        return
    whole, low, above, high, below = bounds.groups()
    tick = 1 if whole else LEAST

    def able(value: float) -> bool:
        return usable(spec, each.name, value)

    if low is not None:
        assert able(float(low)) or each.name == "task.bits"  # one bit is too few for three relevant
        assert not able(float(low) - tick)
    if above is not None:
        assert able(float(above) + tick)
        assert not able(float(above))
    if high is not None:
        assert not able(float(high) + tick)
    if below is not None:
        assert not able(float(below))
    if whole:
        assert not able(float(low or 0) + 1.5)


@pytest.mark.parametrize(("spec", "each"), LISTED)
def test_words_are_those_that_are_taken(spec: gp.RunSpec, each: Setting) -> None:
    if "number" in each.allowed or each.name.startswith(("task.", "split.", "recipe.measures")):
        return
    words = each.allowed.removesuffix(", or none").split(", ")
    for word in words if each.idle is None else [str(each.value)]:
        assert usable(spec, each.name, word)
    assert not usable(spec, each.name, "nothing")


def test_the_kind_is_that_of_the_value() -> None:
    for each in settings_of(ADDITION):
        if isinstance(each.value, float):
            assert each.allowed.startswith("number")
        elif isinstance(each.value, int):
            assert each.allowed.startswith("whole number")


def test_what_has_no_effect_is_said() -> None:
    idle = {each.name for each in settings_of(ONE_HOT) if each.idle}
    assert {"recipe.embedding.weight_decay", "model.embedding_scale"} <= idle
