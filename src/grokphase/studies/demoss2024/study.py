"""Bits of networks through training: of those that generalize, and of those that only memorize."""

from __future__ import annotations

import bz2
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.measures import complexity
from grokphase.measures.cross_entropy import cross_entropy
from grokphase.studies import Given, Trained, in_columns, usual_table
from grokphase.studies.sums import addition
from grokphase.training.labels import trained_labels
from grokphase.training.results import with_weights

Settings = Mapping[str, Any]
Row = dict[str, Any]
Weights = Mapping[str, np.ndarray]

KINDS = {"sums": (1.0, 0.0), "no decay": (0.0, 0.0), "random labels": (1.0, 1.0)}
"""By name: how much of the weight decay there is, and which share of the labels is replaced."""


def networks(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """Addition with decay, which generalizes; without, and on random labels, which memorize."""
    for kind, (decay, noise) in KINDS.items():
        numbers = {"rate": settings["rate"], "decay": decay * settings["decay"]}
        for seed in range(settings["seeds"]):
            yield {"on": kind}, addition(settings, seed, **numbers, label_noise=noise)


def loss_of(run: Trained) -> Callable[[Weights], float]:
    """The mean cross-entropy of the labels that a run was trained on, by its weights."""
    spec = run.spec
    assert isinstance(spec, gp.RunSpec)
    inputs = spec.task.inputs[run.parts[0]]
    labels, made = jnp.asarray(trained_labels(spec)), spec.initial_network()
    found = jax.jit(lambda w: cross_entropy(with_weights(made, w)(inputs), labels).mean())
    return lambda weights: float(found({name: np.float32(a) for name, a in weights.items()}))


def plain_bits(weights: Weights) -> int:
    """The bits of the weights as they are, in single precision, after the same compressor."""
    return 8 * len(bz2.compress(b"".join(np.float32(a).tobytes() for a in weights.values())))


def bound(bits: float, samples: int, wrong: float = 0.0, delta: float = 0.05) -> float:
    """A bound on the share of new samples that are wrong, of a network of so many bits.

    `wrong + sqrt((bits ln 2 + ln(1 / delta)) / (2 n))`, which holds with a chance of 1 - delta
    (Hoeffding, over all networks of a code without prefixes); from 1 on it says nothing.
    """
    return wrong + math.sqrt((bits * math.log(2) - math.log(delta)) / (2 * samples))


def courses(given: Given) -> dict[str, list[Any]]:
    """The usual table with curves, and the bits of each network at the steps that are kept."""
    rows = [_course(run, given.settings) for run in given.runs]
    return {**usual_table(given.runs, "train_accuracy", "validation_accuracy"), **in_columns(rows)}


def _course(run: Trained, settings: Settings) -> Row:
    record, loss, at = run.record, loss_of(run), run.kept
    steps = [*at]
    bits = [_bits(weights, loss, settings["tolerance"]) for weights in at.values()]
    peak = int(np.argmax(bits))
    samples = record.counts["train_samples"]
    labels = samples * math.log2(settings["p"])
    return {
        "memorizes": "no" if run.labels["on"] == "sums" else "yes",
        "kept_step": steps,
        "bits": bits,
        "first_bits": bits[0],
        "peak_bits": bits[peak],
        "peak_step": steps[peak],
        "end_bits": bits[-1],
        "rise": bits[peak] / bits[0],
        "fall": bits[peak] / bits[-1],
        "of_labels": bits[-1] / labels,
        "saved": plain_bits(run.weights) / bits[-1],
        "bound": bound(bits[-1], samples, 1 - record.final["train_accuracy"]),
    }


def _bits(weights: Weights, loss: Callable[[Weights], float], tolerance: float) -> int:
    found = complexity(weights, loss, tolerance)
    # Finer than the finest of the grid was never asked for; if it is, the weights stand as they are
    return plain_bits(weights) if found is None else found.bits


def tolerances(given: Given) -> dict[str, list[Any]]:
    """The bits of the trained networks that generalize, by how much their loss may change."""
    rows = []
    for run in given.runs:
        if run.labels["on"] != "sums":
            continue
        loss, weights = loss_of(run), run.weights
        for power in given.settings["powers"]:
            bits = _bits(weights, loss, 2.0**power)
            rows.append({"seed": run.record.seed, "tolerance": 2.0**power, "bits": bits})
    return in_columns(rows)


def straightness(data: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Bits against ln(tolerance), by seed: the slope of the line, and how straight it is."""
    (table,) = data.values()
    rows = []
    for seed in sorted(set(table["seed"])):
        own = [i for i, each in enumerate(table["seed"]) if each == seed]
        x = np.log([table["tolerance"][i] for i in own])
        y = np.array([table["bits"][i] for i in own], float)
        slope = float(np.polyfit(x, y, 1)[0])
        rows.append({"seed": seed, "slope": slope, "straight": float(np.corrcoef(x, y)[0, 1] ** 2)})
    return in_columns(rows)
