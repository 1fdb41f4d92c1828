"""Three measures of progress: their closed forms, and their course beside that of the norm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.measures import (
    absolute_weight_entropy,
    activation_sparsity,
    circuit_complexity,
    norm,
)
from grokphase.studies import Given, in_columns, row_at, times_later, usual_table
from grokphase.studies.images import Layers, hidden, images, outputs, samples_of, through

Table = dict[str, list[Any]]

MEASURES = ("sparsity", "entropy", "complexity")

networks = images


def rewarded(settings: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], gp.RunSpec]]:
    """The same networks without decay, with a reward for large weights and without one."""
    for _, spec in images(settings):
        for reward in (settings["reward"], 0.0):
            arm = gp.accelerators.NormGrowth(reward) if reward else None
            yield {"reward": reward}, replace(spec, recipe=replace(spec.recipe, accelerator=arm))


def rising(given: Given) -> Table:
    """The usual table with accuracies and norms along the run, and by what the norm has grown.

    `grown` is the norm at the end over that at the start.
    """
    table = usual_table(given.runs, "validation_accuracy", "weight_norm")
    return {**table, "grown": [norms[-1] / norms[0] for norms in table["weight_norm"]]}


def formulas(given: Given) -> Table:
    """Entropies of uniform weights, and what is left of a network without any of its weights."""
    settings, rows = given.settings, []
    for seed in range(settings["seeds"]):
        random = gp.tasks.stream(seed, "weights")
        for size in settings["sizes"]:
            drawn = random.uniform(-size, size, settings["weights"]).astype(np.float32)
            rows.append(
                {
                    "what": "entropy",
                    "size": size,
                    "seed": seed,
                    "found": float(absolute_weight_entropy(drawn)) / drawn.size,
                    "expected": size / 4 - size / 2 * np.log(size),
                }
            )
        weights = random.standard_normal((10, 20)).astype(np.float32)
        inputs = random.standard_normal((50, 20)).astype(np.float32)
        logits = np.asarray(inputs @ weights.T, float)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        all_gone = np.log(10) + (shares * np.log(shares)).sum(axis=1).mean()
        network = jax.tree_util.Partial(lambda w, x: x @ w.T, jnp.asarray(weights))
        for share, expected in ((0.0, 0.0), (1.0, all_gone)):
            found = circuit_complexity(network, inputs, share, jax.random.key(seed))
            rows.append(
                {
                    "what": "complexity",
                    "size": share,
                    "seed": seed,
                    "found": float(found),
                    "expected": float(expected),
                }
            )
    return in_columns(rows)


def measured(layers: Layers, samples: Any, labels: Any, settings: Any, key: Any) -> Any:
    """Of one network: sparsity on average over layers, entropy, complexity, norm, accuracy."""
    activations = hidden(layers, samples)
    network = jax.tree_util.Partial(outputs, layers)
    keys = jax.random.split(key, settings["draws"])
    complexity = jax.vmap(
        lambda each: circuit_complexity(network, samples, settings["zeroed"], each)
    )(keys)
    return {
        "sparsity": jnp.stack([activation_sparsity(a, settings["below"]) for a in activations]),
        "entropy": absolute_weight_entropy(layers),
        "complexity": complexity.mean(),
        "norm": norm(layers),
        "accuracy": (network(samples).argmax(axis=1) == labels).mean(),
    }


def progress(given: Given) -> Table:
    """The usual table, with the course of each measure and how it goes with the accuracy.

    `by_NAME` is the size of Pearson's correlation of a measure with the accuracy on other images,
    over kept steps from memorization on, and `ahead_NAME` by how much it is above that of the norm.
    """
    settings, rows = given.settings, []
    looked = jax.jit(lambda layers, x, y, key: measured(layers, x, y, settings, key))
    for run in given.runs:
        samples, many = samples_of(run), settings["points"]
        courses: dict[str, list[float]] = {}
        steps: list[int] = []
        for step, layers in through(run, settings["thinned"]):
            steps.append(step)
            found = looked(
                layers,
                samples.test[:many],
                samples.test_labels[:many],
                jax.random.key(run.record.seed),
            )
            for name, value in found.items():
                courses.setdefault(name, []).append(float(jnp.mean(value)))
        begin = run.record.train_step
        late = np.array(steps) >= (np.inf if begin is None else begin)
        with_accuracy = {
            name: correlation(np.array(courses[name])[late], np.array(courses["accuracy"])[late])
            for name in (*MEASURES, "norm")
        }
        rows.append(
            {
                "seed": run.record.seed,
                "step": steps,
                **courses,
                **{f"by_{name}": size for name, size in with_accuracy.items()},
                **{
                    f"ahead_{name}": None
                    if size is None or with_accuracy["norm"] is None
                    else size - with_accuracy["norm"]
                    for name, size in with_accuracy.items()
                },
            }
        )
    usual = usual_table(given.runs)
    kept = {name: usual[name] for name in ("train_step", "validation_step", "phase")}
    return {**in_columns(rows), **kept, "times_later": times_later(usual)}


def correlation(one: Any, other: Any) -> float | None:
    """The size of Pearson's correlation; None of fewer than five steps, or of a constant."""
    if len(one) < 5 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(abs(np.corrcoef(one, other)[0, 1]))


def ends(data: Mapping[str, Table]) -> Table:
    """What each measure comes to in the end, over what it was when training passed."""
    (table,) = data.values()
    rows = []
    for place, seed in enumerate(table["seed"]):
        at = row_at(table["step"][place], table["train_step"][place])
        row: dict[str, Any] = {"seed": seed}
        for name in (*MEASURES, "norm"):
            course = table[name][place]
            row[name] = None if at is None else course[-1] / course[at]
        rows.append(row)
    return in_columns(rows)
