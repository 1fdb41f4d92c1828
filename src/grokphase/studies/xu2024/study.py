"""Two layers on four clusters of XOR with flipped labels, by gradient descent on the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.studies import Given, first_step, in_columns

Settings = Mapping[str, Any]
Floats = NDArray[np.float64]

KNOWN = 0.95  # of other samples: learned


class Samples(NamedTuple):
    """Points about plus and minus two orthogonal directions, with the label of their pair."""

    points: NDArray[np.float32]
    labels: Floats


def clusters(count: int, dimensions: int, signal: float, random: np.random.Generator) -> Samples:
    """N(0, 1) in each dimension about +-signal e_1, labels 1, and +-signal e_2, labels -1."""
    which, sign = random.integers(0, 2, count), 1 - 2 * random.integers(0, 2, count)
    points = random.standard_normal((count, dimensions), dtype=np.float32)
    points[np.arange(count), which] += signal * sign
    return Samples(points, np.where(which == 0, 1.0, -1.0))


class Network:
    """f(x) = a . relu(W x), a = +-1 / sqrt(m) by halves and fixed, W from N(0, scale^2).

    Gradient descent on W adds multiples of training samples to its rows, so that these multiples,
    and products of all samples with those and with the first weights, are all that is needed.
    """

    def __init__(
        self, train: Samples, others: Samples, settings: Settings, random: np.random.Generator
    ) -> None:
        neurons = settings["neurons"]
        start = random.standard_normal((neurons, train.points.shape[1]), dtype=np.float32)
        start *= np.float32(settings["scale"])
        self._out = np.repeat([1.0, -1.0], neurons // 2) / np.sqrt(neurons)
        self._added = np.zeros((neurons, len(train.points)))
        self._products = {
            name: (start @ each.points.T, train.points @ each.points.T)
            for name, each in (("train", train), ("others", others))
        }

    def before(self, which: str) -> Floats:
        """W x of every neuron and sample; at -x it is the same with the other sign."""
        start, gram = self._products[which]
        return np.asarray(start + self._added @ gram, np.float64)

    def answers(self, before: Floats) -> Floats:
        """f, of what reaches the neurons."""
        found: Floats = self._out @ np.maximum(before, 0)
        return found

    def step(self, before: Floats, labels: Floats, rate: float) -> None:
        """One step on the mean of ln(1 + exp(-y f)) over the training set, of what reaches the
        neurons from it."""
        slope = labels / (1 + np.exp(labels * self.answers(before))) / len(labels)
        self._added += rate * self._out[:, None] * (before > 0) * slope


def odd_share(there: Floats, opposite: Floats) -> float:
    """The share of f^2 in its odd part: 1 of a linear function, 0 of one that is alike at -x."""
    odd, even = (there - opposite) / 2, (there + opposite) / 2
    return float((odd**2).sum() / (odd**2 + even**2).sum())


def course_of(settings: Settings, dimensions: int, seed: int) -> dict[str, list[Any]]:
    """Accuracies and the odd share after every step of one network."""
    random = np.random.default_rng(seed)
    train = clusters(settings["samples"], dimensions, settings["signal"], random)
    others = clusters(settings["others"], dimensions, settings["signal"], random)
    flipped = random.permutation(settings["samples"]) < settings["flipped"] * settings["samples"]
    labels = np.where(flipped, -train.labels, train.labels)
    network = Network(train, others, settings, random)
    rows = []
    for step in range(settings["steps"] + 1):
        trained, before = network.before("train"), network.before("others")
        right, answers = network.answers(trained) * labels > 0, network.answers(before)
        rows.append(
            {
                "step": step,
                "train": float(right.mean()),
                "fitted": float(right[flipped].mean()),
                "test": float((answers * others.labels > 0).mean()),
                "odd": odd_share(answers, network.answers(-before)),
            }
        )
        network.step(trained, labels, settings["rate"])
    return in_columns(rows)


def courses(given: Given) -> dict[str, list[Any]]:
    """A row a network, in many and in few dimensions: its course, and the first and last of it."""
    settings, rows = given.settings, []
    for name in ("many", "few"):
        for seed in range(settings["seeds"]):
            course = course_of(settings, settings[name], seed)
            ends = {
                f"{what}_{when}": course[what][at]
                for what in ("train", "fitted", "test", "odd")
                for when, at in (("first", 1), ("last", -1))
            }
            times = {
                "train_step": first_step(course["step"], np.array(course["train"]) >= 1),
                "test_step": first_step(course["step"], np.array(course["test"]) >= KNOWN),
            }
            rows.append({"dimensions": name, "seed": seed, **course, **ends, **times})
    return in_columns(rows)
