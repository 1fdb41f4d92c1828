"""Models and recipes as the file of a preset describes them."""

from __future__ import annotations

from functools import cache

from grokphase.models import KINDS
from grokphase.models.specification import Model
from grokphase.phases.thresholds import Thresholds
from grokphase.presets import facts
from grokphase.training.recipe import Group, Recipe

_PARTS = {"embedding": Group, "decoder": Group, "thresholds": Thresholds}


@cache
def model_of(name: str) -> Model:
    """The model of a preset, whose table says its kind.

    Example:
        >>> model_of("liu2022-toy").widths
        (200, 200)
    """
    given = dict(facts(name)["model"])
    if given.get("dimension") == "none":  # which TOML has no word for
        given["dimension"] = None
    return KINDS[given.pop("kind")](**given)


@cache  # as every run that is specified asks for one
def recipe_of(name: str, *, usual: bool = False) -> Recipe:
    """The recipe of a preset.

    Args:
        name: of the preset.
        usual: as it is taken where the task is named and nothing is said, which the table `usual`
            of the file tells; else as published.

    Example:
        >>> recipe_of("liu2022-mnist").steps, recipe_of("liu2022-mnist", usual=True).steps
        (100000, 20000)
    """
    given = {**facts(name)["recipe"], **(facts(name).get("usual", {}) if usual else {})}
    return Recipe(
        **{key: _PARTS[key](**value) if key in _PARTS else value for key, value in given.items()}
    )
