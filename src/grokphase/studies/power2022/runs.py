"""What is trained: the preset `power2022`, with the operation, fraction and recipe of a figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, times_later, usual_table
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
        leaves: settings of the run by their dotted names, before those of the `leaves` that all
            runs of a figure share; `recipe.batch` may be "full".
    """
    if operation == _GROUP:
        spec = replace(preset("power2022", operation=operation), task=task(settings["group"]))
    elif operation.startswith(_GROUP):
        spec = preset("power2022", operation=operation)
    else:
        spec = preset("power2022", operation=operation, p=settings["p"])
    spec = replace(spec, split=Split(fraction=fraction or settings["fraction"]), seed=seed)
    samples = spec.split.training_samples(spec.task)
    half = min(512, -(-samples // 2))  # as the authors' code
    chosen = {
        "recipe.steps": settings["steps"],
        "recipe.stop": settings["stop"],
        "recipe.batch": half,
        **settings.get("leaves", {}),
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


def by_fraction(settings: Settings) -> Runs:
    """One operation, by the fraction of its equations that is trained."""
    for fraction in settings["fractions"]:
        for seed in range(settings["seeds"]):
            yield {"fraction": fraction}, run(settings, settings["operation"], seed, fraction)


def interventions(settings: Settings) -> Runs:
    """One operation with one thing changed at a time."""
    for name in settings["changes"]:
        leaves = settings["arms"][name]
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


# ------------------------------------------------------------------------------ tables


def table(given: Given, *curves: str) -> Data:
    """The usual table, with curves that are named, and with what no curve but its end says.

    `best`, the highest validation accuracy at any recorded step; `times_later`, the steps to
    generalize in units of those to memorize, and `times_budget`, what it exceeds where it is not
    reached; `budget` of all runs in steps.
    """
    usual = usual_table(given.runs, *curves)
    budget = given.settings["steps"]
    return {
        **usual,
        "best": [float(run.record.curves["validation_accuracy"].max()) for run in given.runs],
        "times_later": times_later(usual),
        "times_budget": [budget / step if step else None for step in usual["train_step"]],
        "budget": budget,
    }


def curves(given: Given) -> Data:
    """The same with curves of both accuracies."""
    return table(given, "train_accuracy", "validation_accuracy")


def least(data: Data, group: str) -> dict[str, list[Any]]:
    """Of each group and seed the least fraction at which validation passes, None for none."""
    found: dict[tuple[Any, int], list[float]] = {}
    columns = (data[name] for name in (group, "seed", "fraction", "validation_step"))
    for one, seed, fraction, step in zip(*columns, strict=True):
        passed = found.setdefault((one, seed), [])
        if step is not None:
            passed.append(fraction)
    rows = [
        {group: one, "seed": seed, "least": min(passed, default=None)}
        for (one, seed), passed in found.items()
    ]
    return in_columns(rows)


def least_fractions(data: Mapping[str, Data]) -> Data:
    """`least` of the operations, and whether each is symmetric."""
    figure = data["fig2a"]
    symmetric = dict(zip(figure["operation"], figure["symmetric"], strict=True))
    found = least(figure, "operation")
    return {**found, "symmetric": [symmetric[each] for each in found["operation"]]}


def least_of_arms(data: Mapping[str, Data]) -> Data:
    """`least` of the interventions."""
    return least(data["fig2b"], "intervention")
