"""Networks of many widths, all trained as long: what they know by heart, and what else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from grokphase.models.specification import MLP
from grokphase.studies.data import Data, in_columns
from grokphase.tasks import Split, task
from grokphase.training.asked import run_spec
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
SIDES = {"training": "train_accuracy", "unseen": "validation_accuracy"}


def widths(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """Addition by networks that differ in their hidden width alone."""
    group = Group(learning_rate=settings["rate"], weight_decay=settings["decay"])
    recipe = Recipe(
        embedding=group,
        decoder=group,
        steps=settings["steps"],
        evaluate_every=10,
        points_per_decade=10,
        stop="budget",
    )
    learned, split = task("modular-addition", p=settings["p"]), Split(count=settings["size"])
    for width in settings["widths"]:
        model = MLP(settings["dimension"], (width,), initialization="normal")
        for seed in range(settings["seeds"]):
            yield {"width": width}, run_spec(learned, model, recipe, split=split, seed=seed)


def least_widths(tables: Mapping[str, Data]) -> Data:
    """Of each seed the least width from which both accuracies are above 0.9 at the end.

    Returns:
        `seed`, `training` and `unseen`; None where no width is enough.
    """
    data = tables["widths"]
    rows: dict[int, dict[str, Any]] = {}
    for place, seed in enumerate(data["seed"]):
        row = rows.setdefault(seed, {"seed": seed, **dict.fromkeys(SIDES)})
        for side, column in SIDES.items():
            width, known = data["width"][place], row[side]
            if data[column][place] > 0.9 and (known is None or width < known):
                row[side] = width
    return in_columns(rows.values())
