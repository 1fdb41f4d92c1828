"""What no other paper has: parities learned from fresh samples, and what moves meanwhile.

The network, its hinge loss and its SGD are a few lines of NumPy, all seeds at once, since every
batch is drawn anew: `f(x) = u relu(w x + b)`, loss `max(1 - y f(x), 0)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

import grokphase as gp
from grokphase.studies import Given, Trained, in_columns, usual_table

Settings = Mapping[str, Any]
Row = dict[str, Any]
Table = dict[str, list[Any]]
Floats = NDArray[np.float32]
Weights = tuple[Floats, ...]


# ------------------------------------------------------------------------------ without training


def fourier(given: Given) -> Table:
    """The gradient of one ReLU with random signs for weights, over all inputs of n bits."""
    settings = given.settings
    rows = [_of_majority(n, k) for n in settings["bits"] for k in settings["relevant"]]
    return in_columns(rows)


def _of_majority(n: int, k: int) -> Row:
    """`|E[chi_S(x) 1(w x > 0) x_j]|` for j in S and for j outside, S the first k bits.

    `1(w x > 0)` is (1 + majority) / 2 after flipping signs, so that these are halves of the Fourier
    coefficients of the majority of n bits, of order k - 1 and k + 1.
    """
    inputs = np.array(list(product((-1, 1), repeat=n)), dtype=np.int8)
    signs = np.random.default_rng([n, k]).choice((-1, 1), n)
    on = (inputs @ signs > 0) * inputs[:, :k].prod(axis=1)
    sizes = np.abs((on[:, None] * inputs).mean(axis=0))
    relevant, others = sizes[:k], sizes[k:]
    return {
        "n": n,
        "k": k,
        "sparse": 2 * k < n,
        "relevant": float(relevant.min()),
        "others": float(others.max()),
        "gap": float(relevant.min() - others.max()),
        "relevant_expected": _majority(n, k - 1) / 2,
        "others_expected": _majority(n, k + 1) / 2,
    }


def _majority(n: int, order: int) -> float:
    """The size of a Fourier coefficient of odd order of the majority of n bits, n odd."""
    half = (n - 1) // 2
    share = comb(half, (order - 1) // 2) / comb(n - 1, order - 1)
    return float(2 * share * comb(n - 1, half) / 2**n)


# ------------------------------------------------------------------------------ fresh samples


@dataclass(frozen=True)
class Course:
    """What was seen of networks on the way.

    Args:
        step: (m,) where it was looked.
        accuracy: (m, seeds) on 1,000 samples that are drawn once.
        moved: (m, seeds) rho, the largest change of any weight or bias.
        told: (m, seeds) of pairs of a relevant bit and another, the share in which the weights of
            the relevant one have changed more, in the root mean square over neurons.
    """

    step: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    moved: NDArray[np.float64]
    told: NDArray[np.float64]


def learned(n: int, k: int, settings: Settings, *, at_random: bool = False) -> Course:
    """Networks of all seeds on parities of k of n bits, until all are right or the budget is over.

    Args:
        n: bits.
        k: that matter, the first ones.
        settings: seeds, width, batch, rate, every (steps between looks), most (steps).
        at_random: labels are the parity of k further bits, which the network does not see.
    """
    random = [np.random.default_rng([seed, n, k]) for seed in range(settings["seeds"])]
    hidden = k if at_random else 0

    def drawn(of: Callable[[np.random.Generator], Any]) -> Floats:
        return np.stack([of(each) for each in random]).astype(np.float32)

    def samples(count: int) -> tuple[Floats, Floats]:
        x = drawn(lambda each: 1 - 2 * each.integers(0, 2, (count, hidden + n), dtype=np.int8))
        return x[:, :, hidden:], x[:, :, :k].prod(axis=2, keepdims=True)

    width, bound = settings["width"], 1 / np.sqrt(n)
    first: Weights = (
        drawn(lambda each: each.uniform(-bound, bound, (n, width))),
        drawn(lambda each: each.uniform(-bound, bound, (1, width))),
        drawn(lambda each: each.uniform(-1, 1, (width, 1)) / np.sqrt(width)),
    )
    weights = first
    seen, answers = samples(1000)
    found = []
    for step in range(settings["most"] + 1):
        if step % settings["every"] == 0:
            w, b, u = weights
            accuracy = (np.maximum(seen @ w + b, 0) @ u * answers > 0).mean(axis=(1, 2))
            moved = [np.abs(now - then) for now, then in zip(weights, first, strict=True)]
            by_bit = (moved[0] ** 2).mean(axis=2)
            told = (by_bit[:, :k, None] > by_bit[:, None, k:]).mean(axis=(1, 2))
            largest = np.max([part.max(axis=(1, 2)) for part in moved], axis=0)
            found.append((step, accuracy, largest, told))
            if (accuracy > settings["all"]).all():
                break
        slopes = gradient(weights, *samples(settings["batch"]))
        rate = np.float32(settings["rate"])
        w, b, u = (part - rate * slope for part, slope in zip(weights, slopes, strict=True))
        weights = w, b, u
    return Course(*(np.array(each) for each in zip(*found, strict=True)))


def gradient(weights: Weights, x: Floats, y: Floats) -> Weights:
    """The gradient of the mean hinge loss, of each seed by its own samples.

    Args:
        weights: w (seeds, n, width), b (seeds, 1, width) and u (seeds, width, 1).
        x: (seeds, batch, n) bits.
        y: (seeds, batch, 1) their parities.
    """
    w, b, u = weights
    before = x @ w + b
    after = np.maximum(before, 0)
    slope = -y * (y * (after @ u) < 1) / np.float32(x.shape[1])
    back = (slope @ u.transpose(0, 2, 1)) * (before > 0)
    into = x.transpose(0, 2, 1) @ back, back.sum(axis=1, keepdims=True)
    return *into, after.transpose(0, 2, 1) @ slope


def times(given: Given) -> Table:
    """When a small advantage shows, and when all is learned, by bits and relevant bits."""
    settings = given.settings
    rows = []
    for k, bits in settings["bits"].items():
        for n in bits:
            course = learned(n, int(k), settings)
            for seed in range(settings["seeds"]):
                small, whole = (_passed(course, seed, settings[each]) for each in ("small", "all"))
                share = None if small is None or whole is None else small / whole
                rows.append({"seed": seed, "n": n, "k": int(k), "small_step": small,
                             "all_step": whole, "share": share})  # fmt: skip
    return in_columns(rows)


def _passed(course: Course, seed: int, level: float) -> int | None:
    above = course.accuracy[:, seed] > level
    return int(course.step[above.argmax()]) if above.any() else None


def exponents(data: Mapping[str, Mapping[str, Any]]) -> Table:
    """The exponent of each seed and number of relevant bits, of the steps until all is learned."""
    (table,) = data.values()
    columns = (table[name] for name in ("seed", "k", "n", "all_step"))
    there = [row for row in zip(*columns, strict=True) if row[3] is not None]
    rows = []
    for seed, k in sorted({row[:2] for row in there}):
        n, steps = np.array([row[2:] for row in there if row[:2] == (seed, k)], float).T
        if len(n) > 1:
            rows.append(
                {"seed": seed, "k": k, "exponent": np.polyfit(np.log(n), np.log(steps), 1)[0]}
            )
    return in_columns(rows)


def hidden(given: Given) -> Table:
    """What moves before any advantage shows, on parities and on labels at random.

    `told` and `moved` are at shares of the steps to the small advantage of the seed; for labels at
    random, at the same steps.
    """
    settings = given.settings
    n, k = settings["n"], settings["k"]
    parity = learned(n, k, settings)
    smalls = [_passed(parity, seed, settings["small"]) for seed in range(settings["seeds"])]
    same = {**settings, "most": int(parity.step[-1])}
    courses = {"parity": parity, "random": learned(n, k, same, at_random=True)}
    rows = []
    for labels, course in courses.items():
        for seed, small in enumerate(smalls):
            row: Row = {"seed": seed, "labels": labels, "small_step": small}
            looks = {} if small is None else {"half": 0.5 * small, "later": 0.75 * small}
            for name, step in looks.items():
                at = int(np.searchsorted(course.step, step, side="right")) - 1
                row[f"accuracy_{name}"] = float(course.accuracy[at, seed])
                row[f"moved_{name}"] = float(course.moved[at, seed])
                row[f"told_{name}"] = float(course.told[at, seed])
            row |= {
                "step": course.step.tolist(),
                "accuracy": course.accuracy[:, seed].tolist(),
                "moved": course.moved[:, seed].tolist(),
                "told": course.told[:, seed].tolist(),
            }
            rows.append(row)
    return in_columns(rows)


# ------------------------------------------------------------------------------ a finite set


def finite(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """The network on samples that are drawn once, with weight decay and without."""
    task = gp.task("sparse-parity", bits=settings["n"], samples=settings["samples"])
    for decay in settings["decays"]:
        group = gp.Group(settings["rate"], decay, beta1=0.0)
        recipe = gp.Recipe(
            optimizer="sgd",
            embedding=group,
            decoder=group,
            loss="cross-entropy",
            batch=settings["batch"],
            steps=settings["most"],
            stop="budget",
            evaluate_every=31,  # an epoch
        )
        model = gp.MLP(dimension=None, widths=(settings["width"],))
        split = gp.Split(count=settings["trained"])
        for seed in range(settings["seeds"]):
            yield {"decay": decay}, gp.run_spec(task, model, recipe, split=split, seed=seed)


def grokking(given: Given) -> Table:
    """The usual table, with curves and with rho at the steps whose weights are kept."""
    usual = usual_table(given.runs, "train_accuracy", "validation_accuracy")
    return {**usual, **in_columns(_moved(run) for run in given.runs)}


def _moved(run: Trained) -> Row:
    """The largest change of any weight at kept steps, and when it has passed half of its last."""
    steps, kept = zip(*run.kept.items(), strict=True)
    first = kept[0]
    rho = [max(float(np.abs(each[name] - first[name]).max()) for name in first) for each in kept]
    half = next(step for step, moved in zip(steps, rho, strict=True) if moved >= rho[-1] / 2)
    return {"kept_step": steps, "rho": rho, "rho_step": half}
