"""Plain gradient descent, the same with equal singular values, and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import grokphase as gp
from grokphase.studies import Given, in_columns, usual_table

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]


def network(settings: Settings, arm: str, seed: int) -> gp.RunSpec:
    """The paper's MLP on one-hot pairs, N(0, 2 / in) at the start, and an arm's descent."""
    accelerators = {
        "EGD": gp.accelerators.Egalitarian(over="first", coupled_decay=1e-4),
        "EGD, no decay": gp.accelerators.Egalitarian(over="first"),
    }
    sgd = gp.Group(learning_rate=settings["rate"], weight_decay=1e-4, beta1=0.0)
    adamw = gp.Group(learning_rate=1e-2, weight_decay=1.0)
    group = adamw if arm == "AdamW" else sgd
    return gp.run_spec(
        gp.task("modular-addition", p=settings["p"]),
        gp.MLP(
            dimension=None,
            widths=(settings["width"],),
            initialization="normal",
            decoder_scale=math.sqrt(2),
        ),
        gp.Recipe(
            optimizer="adamw" if arm == "AdamW" else "sgd",
            embedding=group,
            decoder=group,
            loss="cross-entropy",
            batch=settings.get("batch"),
            steps=settings["steps"][arm],
            stop="sustained",
            sustain=settings["sustain"],
            thresholds=gp.Thresholds(train_accuracy=0.95, validation_accuracy=0.95),
            evaluate_every=settings["every"],
            accelerator=accelerators.get(arm),
        ),
        split=gp.Split(fraction=settings["fraction"]),
        seed=seed,
    )


def race(settings: Settings) -> Runs:
    """Every arm, from the same initial weights on the same samples for a seed."""
    for arm in settings["steps"]:
        for seed in range(settings["seeds"]):
            yield {"arm": arm}, network(settings, arm, seed)


def times(given: Given) -> Table:
    """The usual table, with times for good, the budget of each arm, `horizon`, the
    last step from which a time for good can be seen, and curves."""
    rows = [
        {
            "sustained": run.record.validation_sustained_step,
            "budget": given.settings["steps"][run.labels["arm"]],
            "horizon": given.settings["steps"][run.labels["arm"]] - given.settings["sustain"],
        }
        for run in given.runs
    ]
    return {**usual_table(given.runs, "train_accuracy", "validation_accuracy"), **in_columns(rows)}
