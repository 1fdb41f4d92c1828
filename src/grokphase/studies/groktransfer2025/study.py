"""Targets from scratch, with the embedding of a weak network, and with one that came too early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import grokphase as gp
from grokphase.studies import Given, in_columns, usual_table
from grokphase.studies.published import published

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]


def wall(_: Given) -> Table:
    """What follows from published times: of both networks of the method over that from scratch."""
    columns = published(Path(__file__).parent, "headline").columns
    rows = dict(zip(columns["arm"], range(len(columns["arm"])), strict=True))
    ours, scratch = rows["GrokTransfer"], rows["scratch"]
    spent = columns["weak"][ours] + columns["target"][ours]
    return {
        "what": ["time over that from scratch", "share of the donor", "gap over that of Grokfast"],
        "value": [
            float(spent / columns["target"][scratch]),
            float(columns["weak"][ours] / spent),
            float(columns["gap"][ours] / columns["gap"][rows["Grokfast"]]),
        ],
    }


def work(samples: int, p: int, dimension: int, widths: tuple[int, ...]) -> int:
    """Multiplications of one forward pass of an MLP on embeddings, computed by symbol: its first
    layer for p symbols on either side, all others for every sample."""
    sizes = (*widths, p)
    return 2 * p * dimension * widths[0] + samples * sum(a * b for a, b in pairwise(sizes))


def network(settings: Settings, arm: Any, seed: int) -> gp.RunSpec:
    """The target, with an accelerator or from scratch."""
    group = gp.Group(learning_rate=settings["rate"], weight_decay=settings["decay"])
    return gp.run_spec(
        gp.task("modular-addition", p=settings["p"]),
        gp.MLP(settings["dimension"], tuple(settings["widths"])),
        gp.Recipe(
            embedding=group,
            decoder=group,
            steps=settings["steps"],
            thresholds=gp.Thresholds(train_accuracy=0.95, validation_accuracy=0.95),
            evaluate_every=settings["every"],
            accelerator=arm,
        ),
        split=gp.Split(fraction=settings["fraction"]),
        seed=seed,
    )


def targets(settings: Settings) -> Runs:
    """From scratch; with a donor that has begun to generalize; with one that has memorized only."""
    weak = settings["weak"]
    arms = {
        "scratch": None,
        "transfer": gp.accelerators.GrokTransfer(**weak, most=settings["most"]),
        "too early": gp.accelerators.GrokTransfer(**weak, most=settings["early"]),
    }
    for arm, accelerator in arms.items():
        for seed in range(settings["seeds"]):
            yield {"arm": arm}, network(settings, accelerator, seed)


def gaps(given: Given) -> Table:
    """The usual table, with the gap and what was computed.

    Returns:
        Also `gap`, steps from a training accuracy of 95 % to a validation accuracy of 95 %, 0 where
        it comes first; `donor`, steps of the donor; `work`, multiplications of forward passes up to
        generalization in millions, the donor's too; `budget`, steps left for the gap; and curves.
    """
    settings, rows = given.settings, []
    table = usual_table(given.runs, "train_accuracy", "validation_accuracy")
    for run, delay in zip(given.runs, table["delay"], strict=True):
        record = run.record
        samples = record.counts["train_samples"]
        of_target = work(samples, settings["p"], settings["dimension"], tuple(settings["widths"]))
        weak = settings["weak"]
        of_donor = work(samples, settings["p"], weak["dimension"], (weak["width"],))
        donor, steps = record.counts.get("donor_steps", 0), record.validation_step
        rows.append(
            {
                "gap": None if delay is None else max(delay, 0),
                "donor": donor,
                "work": None if steps is None else (steps * of_target + donor * of_donor) / 1e6,
                "budget": settings["steps"] - (record.train_step or 0),
                "most_work": settings["steps"] * of_target / 1e6,
            }
        )
    return {**table, **in_columns(rows)}
