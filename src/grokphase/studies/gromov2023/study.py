"""A network whose weights are known, what chance leaves of it, and networks that find them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import grokphase as gp
from grokphase.studies import Given, in_columns, usual_table

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]
Floats = NDArray[np.float64]

OPERATIONS: Mapping[str, Callable[[int, int], int]] = {
    "a + b": lambda a, b: a + b,
    "a^2 + ab + b^2": lambda a, b: a**2 + a * b + b**2,
    "(a + b)^2": lambda a, b: (a + b) ** 2,
    "a^3 + ab^2 + b": lambda a, b: a**3 + a * b**2 + b,
}

EVEN = 6
"""Phases that are evenly spread: 6 for each frequency, f_i = 2 pi i / 6 and g_i = 4 f_i.

The mean over these of every product of the two that stands in an output, but for the one that is
wanted, is 0: of the characters (2, 0), (0, 2), (2, 2), (1, 1), (1, -1), (3, 1) and (1, 3) of (f, g)
none is constant, as 2, 8, 10, 5, -3, 7 and 13 are no multiples of 6. No smaller number has this.
"""

# ------------------------------------------------------------------------------ known weights


def random_phases(p: int, width: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Frequencies and both phases of each neuron, at random."""
    random = np.random.default_rng([seed, p, width])
    k = random.integers(1, p, width)
    f, g = random.uniform(0, 2 * np.pi, (2, width))
    return k.astype(np.float64), f, g


def even_phases(p: int, count: int = EVEN) -> tuple[Floats, Floats, Floats]:
    """Each frequency up to (p - 1) / 2 with phases that are evenly spread: 3 (p - 1) neurons."""
    k, i = (axis.ravel() for axis in np.mgrid[1 : (p + 1) // 2, 0:count])
    f = 2 * np.pi * i / count
    return k.astype(np.float64), f, 4 * f


def logits(p: int, k: Floats, f: Floats, g: Floats) -> Floats:
    """(p, p, p) outputs for all pairs, the mean over neurons of what each gives.

    W_1[n, j] = cos(2 pi k_j n / p + f_j), W_2[m, j] = cos(2 pi k_j m / p + g_j) and
    U[j, q] = cos(2 pi k_j q / p + f_j + g_j); outputs are (W_1[n] + W_2[m])^2 U.
    """
    turn = 2 * np.pi * np.arange(p)[:, None] * k / p
    hidden = np.cos(turn + f)[:, None] + np.cos(turn + g)[None]
    found: Floats = (hidden**2 @ np.cos(turn + f + g).T) / len(k)
    return found


def expected(p: int) -> Floats:
    """(p, p, p) outputs in the mean over phases and frequencies: 1/2 where q is the sum, and
    -1 / (2 (p - 1)) elsewhere."""
    right = (sums(p)[:, :, None] == np.arange(p)).astype(np.float64)
    found: Floats = (right * p - 1) / (2 * (p - 1))
    return found


def sums(p: int) -> NDArray[np.int64]:
    """(p, p) sums mod p."""
    found: NDArray[np.int64] = np.add.outer(np.arange(p), np.arange(p)) % p
    return found


def accuracy(outputs: Floats) -> float:
    """The share of all p^2 sums whose output is the largest."""
    return float((outputs.argmax(axis=2) == sums(len(outputs))).mean())


def widths(given: Given) -> Table:
    """Networks with phases at random: how many sums are right, and how far outputs are from their
    mean, in root mean square."""
    rows = []
    for p in given.settings["p"]:
        mean = expected(p)
        for times in given.settings["times"]:
            for seed in range(given.settings["seeds"]):
                outputs = logits(p, *random_phases(p, times * p, seed))
                noise = float(np.sqrt(((outputs - mean) ** 2).mean()))
                row = {"p": p, "times": times, "neurons": times * p, "seed": seed}
                rows.append({**row, "accuracy": accuracy(outputs), "noise": noise})
    return in_columns(rows)


def even(given: Given) -> Table:
    """Networks with phases that are evenly spread, by how many for each frequency."""
    rows = []
    for p in given.settings["p"]:
        for count in given.settings["counts"]:
            outputs = logits(p, *even_phases(p, count))
            row = {"p": p, "count": count, "neurons_over": count * (p - 1) // 2 / (p - 1)}
            error = float(np.abs(outputs - expected(p)).max())
            rows.append({**row, "error": max(error, 1e-17), "accuracy": accuracy(outputs)})
    return in_columns(rows)


def periodic(given: Given) -> Table:
    """The inverse participation ratio of a cosine, and of white noise, by its order r."""
    rows = []
    for p in given.settings["p"]:
        k, f, _ = random_phases(p, given.settings["neurons"], seed=0)
        turn = 2 * np.pi * np.arange(p)[:, None] * k / p
        noise = np.random.default_rng([p]).standard_normal((p, given.settings["neurons"]))
        for order in given.settings["orders"]:
            of = participation(np.cos(turn + f), order)
            row = {"p": p, "order": order, "expected": 2.0 ** (1 - order)}
            median = float(np.median(participation(noise, order)))
            rows.append({**row, "least": float(of.min()), "most": float(of.max()), "noise": median})
    return in_columns(rows)


def participation(weights: Any, order: int = 2) -> Floats:
    """IPR_r = sum |F_k|^2r / (sum |F_k|^2)^r of each column, F its discrete Fourier transform.

    1 / (number of modes) for white noise of infinitely many; 2^(1 - r) for one real cosine, whose
    power is at k and -k alike.
    """
    power = np.abs(np.fft.fft(np.asarray(weights, np.float64), axis=0)) ** 2
    found: Floats = (power**order).sum(axis=0) / power.sum(axis=0) ** order
    return found


# ------------------------------------------------------------------------------ trained weights


class Quadratic(eqx.Module):
    """(W_1[a] + W_2[b])^2 U: two layers without bias, with a square between them."""

    embedding: jax.Array  # (2, p, width)
    out: jax.Array  # (width, p)
    batched = True

    def __call__(self, pairs: jax.Array) -> jax.Array:
        """Outputs for a batch of pairs."""
        hidden = self.embedding[0][pairs[:, 0]] + self.embedding[1][pairs[:, 1]]
        outputs: jax.Array = hidden**2 @ self.out
        return outputs


def drawn(task: gp.Task, generator: np.random.Generator, width: int) -> Quadratic:
    """Normal initial weights of variance 1 / (2 p) and 1 / width."""
    p = int(task.symbols or 0)
    first = generator.standard_normal((2, p, width)) / np.sqrt(2 * p)
    second = generator.standard_normal((width, task.outputs)) / np.sqrt(width)
    return Quadratic(jnp.asarray(first, jnp.float32), jnp.asarray(second, jnp.float32))


def run(settings: Settings, operation: str, seed: int, way: Settings) -> gp.RunSpec:
    """One network on all of a training set, by the mean square error to one-hot answers."""
    p, of = settings["p"], OPERATIONS[operation]
    learned = gp.tasks.from_function(lambda a, b: of(a, b) % p, p=p)
    group = gp.Group(
        learning_rate=way["rate"], weight_decay=way["decay"], beta1=way.get("beta1", 0.9)
    )
    recipe = gp.Recipe(
        optimizer=way["optimizer"],
        embedding=group,
        decoder=group,
        loss="mse",
        steps=way["steps"],
        evaluate_every=settings["every"],
        stop="budget",
    )
    model = gp.UserModel(drawn, name="quadratic", width=settings["width"])
    split = gp.Split(fraction=way["fraction"])
    return gp.run_spec(learned, model, recipe, split=split, seed=seed)


def ways(settings: Settings) -> Runs:
    """Addition, by several ways to train."""
    for name, way in settings["ways"].items():
        for seed in range(settings["seeds"]):
            yield {"way": name}, run(settings, "a + b", seed, way)


def operations(settings: Settings) -> Runs:
    """Other polynomials."""
    for operation in settings["operations"]:
        for seed in range(settings["seeds"]):
            yield {"operation": operation}, run(settings, operation, seed, settings["way"])


def learning(given: Given) -> Table:
    """The usual table with curves, and the median IPR of neurons before and after; `periodic` is
    the share of neurons whose IPR is above 0.3 in the end."""
    before, after, share = [], [], []
    for trained in given.runs:
        assert isinstance(trained.spec, gp.RunSpec)
        start = trained.spec.initial_network()
        end = participation(trained.weights["embedding"][0])
        before.append(float(np.median(participation(start.embedding[0]))))
        after.append(float(np.median(end)))
        share.append(float((end > 0.3).mean()))
    table = usual_table(given.runs, "train_accuracy", "validation_accuracy")
    return {**table, "ipr_before": before, "ipr_after": after, "periodic": share}
