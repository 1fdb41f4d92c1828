"""Modular operations by recursive feature machines, and by features that are given to a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import circulant

import grokphase as gp
from grokphase.studies import Given, in_columns
from grokphase.studies.mallinar2024.machine import (
    Kernel,
    Matrix,
    alignment,
    circulant_deviation,
    fitted,
    outer_product,
    root,
)
from grokphase.tasks.divisors import one_hot

Settings = Mapping[str, Any]
Table = dict[str, list[Any]]

# Along which diagonals the features of an operation are constant: 1 for column minus row.
STEPS = {"modular-addition": 1, "modular-subtraction": -1, "modular-multiplication": 1}


class Data:
    """One-hot pairs and results of an operation, split at random."""

    def __init__(self, operation: str, p: int, fraction: float, seed: int) -> None:
        task = gp.task(operation, p=p)
        train, test = gp.Split(fraction=fraction).indices(task, seed)
        inputs = one_hot(task.inputs, p).astype(float)
        results = np.eye(p)[task.labels]
        self.train, self.test = (inputs[train], results[train]), (inputs[test], results[test])

    def judged(self, kernel: Kernel, features: Matrix) -> tuple[Matrix, dict[str, float]]:
        """The kernel machine of these features: its weights, losses and accuracies."""
        inputs, results = self.train
        weights = fitted(kernel, inputs, results, features)
        found = {}
        for of, (samples, right) in {"train": self.train, "test": self.test}.items():
            outputs = kernel(samples, inputs, features) @ weights
            found[f"{of}_loss"] = float(((outputs - right) ** 2).mean())
            found[f"{of}_accuracy"] = float((outputs.argmax(1) == right.argmax(1)).mean())
        return weights, found


def logarithms(p: int) -> NDArray[np.int64]:
    """1 ... p - 1 in the order of powers of the smallest generator of their group.

    Example:
        >>> logarithms(7).tolist()
        [1, 3, 2, 6, 4, 5]
    """
    for generator in range(1, p):
        powers = [pow(generator, k, p) for k in range(p - 1)]
        if len(set(powers)) == p - 1:
            break
    return np.array(powers)


def block_of(features: Matrix, operation: str) -> Matrix:
    """How the second symbol and the first are coupled; of a product in the order of logarithms."""
    p = len(features) // 2
    block = features[p:, :p]
    if operation != "modular-multiplication":
        return block
    order = logarithms(p)
    return block[np.ix_(order, order)]


def machine(settings: Settings, operation: str, fraction: float, seed: int) -> dict[str, Any]:
    """A recursive feature machine: each quantity at each iteration, and when it had changed."""
    data = Data(operation, settings["p"], fraction, seed)
    kernel, features = Kernel(settings.get("bandwidth")), np.eye(2 * settings["p"])
    step, rows, seen = STEPS[operation], [], []
    for _ in range(settings["iterations"]):
        weights, found = data.judged(kernel, features)
        features = root(outer_product(kernel, data.train[0], features, weights))
        block = block_of(features, operation)
        plain = features[settings["p"] :, : settings["p"]]
        found["deviation"] = circulant_deviation(block, step)
        found["other_deviation"] = circulant_deviation(block, -step)
        found["plain_deviation"] = circulant_deviation(plain, step)
        rows.append(found)
        seen.append(features)
    curves = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    curves["alignment"] = np.array([alignment(one, seen[-1]) for one in seen])
    return {
        "operation": operation,
        "fraction": fraction,
        "seed": seed,
        "iteration": np.arange(settings["iterations"]),
        **curves,
        **summary(curves),
    }


def summary(curves: Mapping[str, NDArray[np.float64]]) -> dict[str, Any]:
    """Ends, and the first iteration at which each had changed half as far as it ever does."""
    loss, deviation = curves["test_loss"], curves["deviation"]
    # Features of the first iteration are those of samples alone, and less random than the next.
    peak = int(deviation[: max(len(deviation) // 4, 2)].argmax())
    half = (deviation[peak] + deviation[-1]) / 2
    features = first(np.where(np.arange(len(deviation)) > peak, deviation <= half, False))
    aligned = first(curves["alignment"] >= (curves["alignment"][0] + 1) / 2)
    return {
        "train_loss_most": float(curves["train_loss"].max()),
        "begin": float(curves["test_accuracy"][0]),
        "end": float(curves["test_accuracy"][-1]),
        "end_deviation": float(deviation[-1]),
        "end_other": float(curves["other_deviation"][-1]),
        "end_plain": float(curves["plain_deviation"][-1]),
        "features_at": features,
        "aligned_at": aligned,
        "learned_at": first(curves["test_accuracy"] >= 0.5),
        "loss_at_features": None if features is None else float(loss[features] / loss[0]),
        "accuracy_at_features": None
        if features is None
        else float(curves["test_accuracy"][features]),
    }


def first(so: NDArray[np.bool_]) -> int | None:
    """The first place where it is so; None if it never is."""
    return int(so.argmax()) if so.any() else None


def transitions(given: Given) -> Table:
    """Iterations of machines that learn each operation."""
    settings = given.settings
    return in_columns(
        machine(settings, operation, fraction, seed)
        for operation, fraction in settings["operations"].items()
        for seed in range(settings["seeds"])
    )


def fractions(given: Given) -> Table:
    """Where the machine ends, by the share of pairs that it is shown."""
    settings = given.settings
    rows = []
    for fraction in settings["fractions"]:
        for seed in range(settings["seeds"]):
            row = machine(settings, "modular-addition", fraction, seed)
            kept = ("fraction", "seed", "begin", "end", "learned_at", "end_deviation")
            rows.append({name: row[name] for name in kept})
    return in_columns(rows)


def given_features(kind: str, operation: str, p: int, seed: int) -> Matrix:
    """Features that no data made: M of eq. 7, its coupling of the kind that is asked for.

    ``"circulant"`` is constant along the diagonals of the operation, ``"wrong diagonals"`` along
    the others, ``"no structure"`` has the same numbers at random places, ``"none"`` is no coupling.
    """
    random = gp.tasks.stream(seed, "features")
    column = random.random(p)
    coupling = circulant(column - column.mean())
    if (STEPS[operation] == 1) == (kind == "wrong diagonals"):
        coupling = coupling[::-1]
    if kind == "no structure":
        coupling = random.permuted(coupling.ravel()).reshape(p, p)
    if kind == "none":
        return np.eye(2 * p)
    alone = np.eye(p) - 1 / p
    # Of eigenvalues below 0 the authors' code has the real part of an imaginary root, which is 0.
    return root(np.block([[alone, coupling.T], [coupling, alone]]))


def without_learning(given: Given) -> Table:
    """Kernel machines, solved once, with features that are given; and those that are learned."""
    settings, rows = given.settings, []
    for name, bandwidth in settings["kernels"].items():
        kernel = Kernel(bandwidth or None)
        for seed in range(settings["seeds"]):
            labels = {"kernel": name, "seed": seed}
            for operation in settings["operations"]:
                data = Data(operation, settings["p"], settings["fraction"], seed)
                for kind in settings["kinds"]:
                    features = given_features(kind, operation, settings["p"], seed)
                    _, found = data.judged(kernel, features)
                    rows.append({**labels, "operation": operation, "kind": kind, **found})
            learned = machine(
                {**settings, "bandwidth": kernel.bandwidth},
                "modular-addition",
                settings["fraction"],
                seed,
            )
            accuracy = {"test_accuracy": learned["end"]}
            rows.append({**labels, "operation": "modular-addition", "kind": "learned", **accuracy})
    return in_columns(rows)
