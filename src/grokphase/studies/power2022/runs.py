"""What is trained: the preset `power2022`, with the operation, fraction and recipe of a figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from grokphase.studies.paper import Settings
from grokphase.tasks import Split, task
from grokphase.training.leaves import replace as with_leaf
from grokphase.training.published import preset
from grokphase.training.spec import RunSpec

Runs = Iterator[tuple[dict[str, Any], RunSpec]]

_GROUP = "S5"
"""The operation that a smaller group stands for where the settings name one."""


def run(
    settings: Settings, operation: str, seed: int, fraction: float | None = None, **leaves: Any
) -> RunSpec:
    """One run of the preset.

    Args:
        settings: `p` of modular operations, the `group` of products, `steps`, `stop`, and the
            `fraction` of equations that are trained.
        operation: as the paper writes it; "S5" for products in the group.
        seed: of everything random.
        fraction: instead of that of the settings.
        leaves: settings of the run by their dotted names; `recipe.batch` may be "full".
    """
    if operation == _GROUP:
        spec = replace(preset("power2022", operation=operation), task=task(settings["group"]))
    else:
        spec = preset("power2022", operation=operation, p=settings["p"])
    spec = replace(spec, split=Split(fraction=fraction or settings["fraction"]), seed=seed)
    samples = spec.split.training_samples(spec.task)
    half = min(512, -(-samples // 2))  # as the authors' code
    chosen = {
        "recipe.steps": settings["steps"],
        "recipe.stop": settings["stop"],
        "recipe.batch": half,
        **leaves,
    }
    if chosen["recipe.batch"] == "full":
        chosen["recipe.batch"] = samples
    for leaf, value in chosen.items():
        spec = with_leaf(spec, leaf, value)
    return spec


def delayed(settings: Settings) -> Runs:
    """Division by Adam without decay, as the paper's Figure 1, and by AdamW."""
    for name, leaves in settings["optimizers"].items():
        for seed in range(settings["seeds"]):
            yield {"optimizer": name}, run(settings, "x/y", seed, **leaves)


def operations(settings: Settings) -> Runs:
    """Operations by the fraction of their equations that is trained."""
    for operation in settings["operations"]:
        symmetric = operation in settings["symmetric"]
        for fraction in settings["fractions"]:
            for seed in range(settings["seeds"]):
                labels = {"operation": operation, "symmetric": symmetric, "fraction": fraction}
                yield labels, run(settings, operation, seed, fraction)


def fractions(settings: Settings) -> Runs:
    """Products in a group, by the fraction of the products that is trained."""
    for fraction in settings["fractions"]:
        for seed in range(settings["seeds"]):
            yield {"fraction": fraction}, run(settings, _GROUP, seed, fraction)


def interventions(settings: Settings) -> Runs:
    """One operation with one thing changed at a time."""
    for name, leaves in settings["arms"].items():
        for fraction in settings["fractions"]:
            for seed in range(settings["seeds"]):
                labels = {"intervention": name, "fraction": fraction}
                yield labels, run(settings, settings["operation"], seed, fraction, **leaves)


def outliers(settings: Settings) -> Runs:
    """One operation, with a share of the training labels replaced by random ones."""
    for share in settings["shares"]:
        for seed in range(settings["seeds"]):
            leaves = {"recipe.label_noise": share}
            yield {"outliers": share}, run(settings, settings["operation"], seed, **leaves)
