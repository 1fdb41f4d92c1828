"""What no other paper has: neurons by their size, alone and without the largest, through training.

A network of one hidden layer is a sum over its neurons, so that what some of them say is read off
its weights: `z_0 - z_1 = sum_i u_i relu(w_i x + b_i) + c`, class 0 where it is positive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import grokphase as gp
from grokphase.studies import Given, Trained, in_columns, usual_table

Settings = Mapping[str, Any]
Row = dict[str, Any]
Floats = NDArray[np.float64]
Kept = NDArray[np.int64]


class Neurons:
    """The hidden neurons of a network with two classes.

    Args:
        weights: of an `MLP(dimension=None)` with one hidden layer, by name.
    """

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        given = {name: np.asarray(value, float) for name, value in weights.items()}
        self.into, self.bias = given["decoder.0.weight"], given["decoder.0.bias"]
        self.out = -np.diff(given["decoder.1.weight"], axis=0)[0]
        self.constant = float(-np.diff(given["decoder.1.bias"])[0])

    @cached_property
    def by_size(self) -> Kept:
        """(neurons,) the largest first, by the norm of what goes in times that of what goes out."""
        incoming = np.sqrt((self.into**2).sum(axis=1) + self.bias**2)
        return np.argsort(-incoming * np.abs(self.out), kind="stable")

    def norm(self, kept: Kept) -> float:
        """The norm of the weights of some neurons, in and out."""
        parts = self.into[kept], self.bias[kept], self.out[kept] / np.sqrt(2)
        return float(np.sqrt(sum((part**2).sum() for part in parts)))

    def said(self, kept: Kept, inputs: Floats) -> Floats:
        """(n, kept) what each of these neurons adds to z_0 - z_1 of each sample."""
        said: Floats = np.maximum(inputs @ self.into[kept].T + self.bias[kept], 0) * self.out[kept]
        return said

    def accuracy(self, kept: Kept, inputs: Floats, labels: Kept) -> float:
        """The share of samples of which these neurons alone, and the constant, are right."""
        odds = self.said(kept, inputs).sum(axis=1) + self.constant
        return float(((odds < 0) == labels).mean())

    def least(self, inputs: Floats, labels: Kept) -> int:
        """How many of the largest neurons are as right as all of them: the sparse subnetwork."""
        odds = np.cumsum(self.said(self.by_size, inputs), axis=1) + self.constant
        right = ((odds < 0) == labels[:, None]).mean(axis=0)
        return int((right >= right[-1]).argmax()) + 1


def networks(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """The paper's network on parities, and on labels that are drawn at random."""
    task = gp.task("sparse-parity", bits=settings["bits"], samples=settings["samples"])
    group = gp.Group(settings["rate"], settings["decay"], beta1=0.0)
    for labels, noise in (("parity", 0.0), ("random", 0.5)):
        recipe = gp.Recipe(
            optimizer="sgd",
            embedding=group,
            decoder=group,
            loss="cross-entropy",
            batch=32,
            steps=settings["steps"],
            stop="budget",
            evaluate_every=31,  # an epoch
            label_noise=noise,
        )
        for seed in range(settings["seeds"]):
            model = gp.MLP(dimension=None, widths=(settings["width"],))
            split = gp.Split(count=settings["trained"])
            yield {"labels": labels}, gp.run_spec(task, model, recipe, split=split, seed=seed)


def circuits(given: Given) -> dict[str, list[Any]]:
    """The usual table, and the sparse and the dense part of each network."""
    rows = [_parts(run, given.settings) for run in given.runs]
    return {**usual_table(given.runs), **in_columns(rows)}


def _parts(run: Trained, settings: Settings) -> Row:
    """Which neurons the network comes to rest on, what they can do, and how they grew.

    For labels at random there is no subnetwork to find: as many neurons are taken, the largest, as
    the published ones have in the median.
    """
    record, parity = run.record, run.labels["labels"] == "parity"
    train, new = _samples(run)
    through = {s: Neurons(each) for s, each in run.kept.items() if s >= settings["first"]}
    last = through[record.steps_trained]
    count = last.least(*train) if parity else settings["usual"]
    sparse, dense = np.split(last.by_size, [count])
    drawn = np.random.default_rng(record.seed).permutation(dense)[:count]
    groups = {"sparse": sparse, "dense": dense, "drawn": drawn}
    row: Row = {"neurons": count, "step": list(through)}
    for name, kept in groups.items():
        row[f"{name}_accuracy"] = last.accuracy(kept, *new)
        row[f"{name}_norm"] = [each.norm(kept) for each in through.values()]
    row["whole_accuracy"] = [each.accuracy(each.by_size, *new) for each in through.values()]
    row["alone_accuracy"] = [each.accuracy(sparse, *new) for each in through.values()]
    return row | _from_memorization(row, through, record.train_step, train, parity)


def _from_memorization(
    row: Row, through: Mapping[int, Neurons], memorized: int | None, train: Any, parity: bool
) -> Row:
    """What became of the parts since the first kept step at which training samples were known."""
    if memorized is None:
        return {}
    begin = int(np.searchsorted(row["step"], memorized))
    steps = np.array(row["step"][begin:])
    norms = {name: np.array(row[f"{name}_norm"][begin:]) for name in ("sparse", "dense", "drawn")}
    straight = np.corrcoef(steps, np.log(norms["dense"]))[0, 1] ** 2
    return {
        **{f"{name}_growth": float(norm[-1] / norm[0]) for name, norm in norms.items()},
        "straight": float(straight),
        "turn_step": int(steps[norms["sparse"].argmin()]),
        "neurons_by_heart": through[int(steps[0])].least(*train) if parity else None,
    }


def _samples(run: Trained) -> tuple[tuple[Floats, Kept], tuple[Floats, Kept]]:
    """Training and validation samples with their true labels."""
    assert isinstance(run.spec, gp.RunSpec)
    task = run.spec.task
    train, validation = run.parts
    inputs, labels = task.inputs.astype(float), task.labels.astype(np.int64)
    return (inputs[train], labels[train]), (inputs[validation], labels[validation])
