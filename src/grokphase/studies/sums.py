"""Networks on sums of two symbols, which several studies look into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grokphase.models.specification import MLP
from grokphase.tasks import Split, task
from grokphase.training.asked import run_spec
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec


def addition(
    settings: Mapping[str, Any],
    seed: int,
    *,
    rate: float,
    decay: float,
    pairs: int | None = None,
    **recipe: Any,
) -> RunSpec:
    """Modular addition by an MLP, to the end of its budget.

    Args:
        settings: `p`, `fraction` where `pairs` are not given, `dimension`, `width`, `steps`, and
            `every`, of evaluations.
        seed: of everything random.
        rate: learning rate of all parameters.
        decay: weight decay of all parameters.
        pairs: how many are trained.
        **recipe: what else the recipe has.
    """
    group = Group(rate, decay)
    return run_spec(
        task("modular-addition", p=settings["p"]),
        MLP(dimension=settings["dimension"], widths=(settings["width"],)),
        Recipe(
            embedding=group,
            decoder=group,
            steps=settings["steps"],
            stop="budget",
            evaluate_every=settings["every"],
            **recipe,
        ),
        split=Split(fraction=settings["fraction"]) if pairs is None else Split(count=pairs),
        seed=seed,
    )
