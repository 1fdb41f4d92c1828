"""Slingshots of Adam without decay, and of what they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

import grokphase as gp
from grokphase.phases.slingshots import Slingshot, slingshots
from grokphase.studies import Given, Trained, in_columns, usual_table

Settings = Mapping[str, Any]
Row = dict[str, Any]

BEFORE, BEHIND = 150, 50
"""Steps before and after the peak of a spike in which the weights are looked at for a jump."""


@gp.measure("last_norm")
def last_norm(network: Any, task: Any, samples: Any) -> Any:
    """The norm of the weights of the last layer."""
    return jnp.linalg.norm(network.decoder[-1].weight)


def networks(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """Addition without weight decay, by optimizer, its epsilon, and the loss it trains on."""
    task = gp.task("modular-addition", p=settings["p"])
    model = gp.MLP(dimension=settings["dimension"], widths=(settings["width"],))
    for name, (optimizer, rate, epsilon, textbook) in settings["cases"].items():
        group = gp.Group(
            rate, 0.0, beta1=0.0 if optimizer == "sgd" else 0.9, beta2=0.98, epsilon=epsilon
        )
        recipe = gp.Recipe(
            optimizer=optimizer,
            embedding=group,
            decoder=group,
            steps=settings["steps"],
            stop="budget",
            record_every=settings["every"],
            evaluate_every=settings["every"],
            measures=(last_norm,),
            accelerator=gp.accelerators.TextbookSoftmax() if textbook else None,
        )
        for seed in range(settings["seeds"]):
            yield (
                {"case": name},
                gp.run_spec(task, model, recipe, split=settings["fraction"], seed=seed),
            )


def cycles(given: Given) -> dict[str, list[Any]]:
    """The usual table, with curves and the slingshots of each run."""
    usual = usual_table(given.runs, "train_loss", "last_norm", "validation_accuracy")
    return {**usual, **in_columns(_cycles(run) for run in given.runs)}


def _cycles(run: Trained) -> Row:
    curves, known = run.record.curves, run.record.train_step
    step, norm = curves["step"], curves["last_norm"]
    if known is None:
        return {"slingshots": None}
    found = slingshots(step, curves["train_loss"], norm, after=known)
    row: Row = {"slingshots": len(found), "known": known}
    if found:
        row |= {
            "first_step": found[0].peak,
            "grown": float(np.exp(np.mean([np.log(each.growth) for each in found]))),
            "excess": excess(step, norm, found),
        }
    return row


def excess(step: ArrayLike, norm: ArrayLike, found: list[Slingshot]) -> float:
    """How much more of the growth of ln(norm) lies about the spikes than of the time.

    From where the first of them began to the last step: 1 where the norm grows evenly.
    """
    at, logs = np.asarray(step, float), np.log(np.asarray(norm, float))
    later = at >= found[0].began
    at, logs = at[later], logs[later]
    middle = (at[1:] + at[:-1]) / 2
    about = np.any([(middle > f.peak - BEFORE) & (middle < f.peak + BEHIND) for f in found], axis=0)
    grown, time = np.diff(logs), np.diff(at)
    return float((grown[about].sum() / grown.sum()) / (time[about].sum() / time.sum()))
