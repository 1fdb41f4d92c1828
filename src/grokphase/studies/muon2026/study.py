"""Muon with more and fewer Newton-Schulz iterations beside AdamW: first touch, for good, lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import grokphase as gp
from grokphase.studies import Given, in_columns, usual_table

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]


def network(settings: Settings, operation: str, iterations: int | None, seed: int) -> gp.RunSpec:
    """A one-layer transformer under AdamW, or under Muon with so many iterations."""
    group = gp.Group(settings["rate"], settings["decay"], beta1=0.9, beta2=0.98)
    arm = None
    if iterations is not None:
        arm = gp.accelerators.Muon(iterations=iterations, **settings["muon"])
    return gp.run_spec(
        gp.task(operation, p=settings["p"]),
        gp.Transformer(**settings["model"]),
        gp.Recipe(
            embedding=group,
            decoder=group,
            steps=settings["steps"],
            stop="budget",
            sustain=settings["sustain"],
            thresholds=gp.Thresholds(train_accuracy=0.95, validation_accuracy=0.95),
            evaluate_every=settings["every"],
            accelerator=arm,
        ),
        split=gp.Split(fraction=settings["fraction"]),
        seed=seed,
    )


def race(settings: Settings) -> Runs:
    """Sums under AdamW and under Muon with 0 to 5 iterations."""
    for iterations in (*settings["iterations"], None):
        arm = "AdamW" if iterations is None else f"Muon {iterations}"
        for seed in range(settings["seeds"]):
            yield {"arm": arm}, network(settings, "modular-addition", iterations, seed)


def differences(settings: Settings) -> Runs:
    """Differences under AdamW and under Muon with five iterations."""
    for arm, iterations in (("Muon 5", 5), ("AdamW", None)):
        for seed in range(settings["seeds"]):
            yield {"arm": arm}, network(settings, "modular-subtraction", iterations, seed)


def times(given: Given) -> Table:
    """The usual table, with times for good, the share of evaluations lost, and curves.

    Returns:
        Also `sustained`, the step from which validation accuracy holds for `sustain` steps; `lost`,
        whether it fell below the threshold after its first passage; `budget`; `horizon`, the
        last step from which a time for good can be seen.
    """
    rows = []
    for run in given.runs:
        record = run.record
        rows.append(
            {
                "sustained": record.validation_sustained_step,
                "lost": None
                if record.validation_step is None
                else record.validation_lost_step is not None,
                "budget": given.settings["steps"],
                "horizon": given.settings["steps"] - given.settings["sustain"],
            }
        )
    usual = usual_table(given.runs, "validation_accuracy", "weight_norm")
    return {**usual, **in_columns(rows)}
