"""Networks with mirrored samples, and with a decoder that has learned another operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

import grokphase as gp
from grokphase.studies import Given, Trained, first_step, in_columns, usual_table

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]

OPERATIONS: Final = {
    "products": "modular-multiplication",
    "sums": "modular-addition",
    "quotients": "modular-division",
    "differences": "modular-subtraction",
}
DONORS: Final = {"quotients": "modular-subtraction", "differences": "modular-division"}


def network(settings: Settings, case: str, arm: Any, seed: int, **recipe: Any) -> gp.RunSpec:
    """A transformer that learns an operation, with an accelerator or as it is."""
    group = gp.Group(learning_rate=settings["rate"], weight_decay=settings["decay"])
    return gp.run_spec(
        gp.task(OPERATIONS[case], p=settings["p"]),
        gp.Transformer(**settings["model"]),
        gp.Recipe(
            embedding=group,
            decoder=group,
            steps=settings["steps"],
            thresholds=gp.Thresholds(train_accuracy=0.99, validation_accuracy=settings["passing"]),
            evaluate_every=settings["every"],
            record_every=settings["record"],
            accelerator=arm,
            **recipe,
        ),
        split=gp.Split(fraction=settings["fractions"][case]),
        seed=seed,
    )


def mirrored(settings: Settings) -> Runs:
    """Products and sums, with the mirrors of the training samples and without.

    Each to the end of its budget: samples that are not trained may come long after all together.
    """
    arms = {"as it is": None, "mirrors": gp.accelerators.CommutativeAugmentation()}
    for case in ("products", "sums"):
        for arm, accelerator in arms.items():
            for seed in range(settings["seeds"]):
                spec = network(settings, case, accelerator, seed, stop="budget")
                yield {"case": case, "arm": arm}, spec


def transferred(settings: Settings) -> Runs:
    """Quotients and differences, as they are, and with the decoder that learned the other."""
    for case, donor in DONORS.items():
        arms = {
            "as it is": None,
            "decoder": gp.accelerators.BlockTransfer(
                donor, until=settings["passing"], most=settings["steps"]
            ),
        }
        for arm, accelerator in arms.items():
            for seed in range(settings["seeds"]):
                yield {"case": case, "arm": arm}, network(settings, case, accelerator, seed)


def new_step(run: Trained, passing: float) -> int | None:
    """The first recorded step at which enough of the validation samples are right that are not
    trained, as a mirror is."""
    curves = run.record.curves
    new = curves.get("new_validation_accuracy")
    seen = curves["validation_accuracy"] if new is None or np.isnan(new).all() else new
    return first_step(curves["step"], seen > passing)


def times(given: Given) -> Table:
    """The usual table, with what is counted besides.

    Returns:
        Also `new_step`, see `new_step`; `with_donor`, steps to generalize and those of the donor;
        `leaked`, the share of the validation samples that are trained; `budget`; and curves.
    """
    rows = []
    for run in given.runs:
        record, counts = run.record, run.record.counts
        donor = counts.get("donor_steps", 0)
        whole = counts["validation_samples"]
        rows.append(
            {
                "new_step": new_step(run, given.settings["passing"]),
                "donor": donor,
                "with_donor": None
                if record.validation_step is None
                else record.validation_step + donor,
                "leaked": 1 - counts.get("new_validation_samples", whole) / whole,
                "budget": given.settings["steps"],
            }
        )
    return {**usual_table(given.runs, "validation_accuracy"), **in_columns(rows)}
