"""What no other paper has: the network whose weights are known, and a network that finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.studies import Given, in_columns, usual_table

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]

OPERATIONS = {
    "a + b": lambda a, b: a + b,
    "a^2 + b^2 + ab": lambda a, b: a**2 + b**2 + a * b,
    "(a + b)^2": lambda a, b: (a + b) ** 2,
    "a^3 + ab^2 + b": lambda a, b: a**3 + a * b**2 + b,
}


class Quadratic(eqx.Module):
    """(W_1[a] + W_2[b])^2 U: two layers without bias, with a square between them."""

    embedding: jax.Array  # (2, p, width)
    out: jax.Array  # (width, p)
    batched = True

    def __call__(self, pairs: jax.Array) -> jax.Array:
        hidden = self.embedding[0][pairs[:, 0]] + self.embedding[1][pairs[:, 1]]
        return hidden**2 @ self.out


def drawn(task: gp.Task, generator: np.random.Generator, width: int) -> Quadratic:
    """Normal initial weights of variance 1 / (2 p) and 1 / width."""
    p = task.symbols
    first = generator.standard_normal((2, p, width)) / np.sqrt(2 * p)
    second = generator.standard_normal((width, task.outputs)) / np.sqrt(width)
    return Quadratic(jnp.asarray(first, jnp.float32), jnp.asarray(second, jnp.float32))


# ------------------------------------------------------------------------------ known weights


def known_weights(p: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """W (2, p, width) and U (width, p) of the closed form, frequencies and phases at random.

    W_1[n, j] = cos(2 pi k_j n / p + f_j), W_2[m, j] = cos(2 pi k_j m / p + g_j) and
    U[j, q] = cos(2 pi k_j q / p + f_j + g_j).
    """
    random = np.random.default_rng(seed)
    k = random.integers(1, p, width)
    f, g = random.uniform(0, 2 * np.pi, (2, width))
    turn = 2 * np.pi * np.arange(p)[:, None] * k / p
    return np.stack([np.cos(turn + f), np.cos(turn + g)]), np.cos(turn + f + g).T


def right_answers(p: int, width: int, seed: int) -> float:
    """The share of all p^2 sums that the closed form gets right."""
    first, second = known_weights(p, width, seed)
    hidden = first[0][:, None] + first[1][None]
    answers = (hidden**2 @ second).argmax(axis=2)
    return float((answers == np.add.outer(np.arange(p), np.arange(p)) % p).mean())


def closed_form(given: Given) -> dict[str, list[Any]]:
    """Accuracy of the closed form, by modulus, width and draw of frequencies and phases."""
    settings = given.settings
    rows = [
        {"p": p, "times": times, "seed": seed, "accuracy": right_answers(p, times * p, seed)}
        for p in settings["p"]
        for times in settings["times"]
        for seed in range(settings["seeds"])
    ]
    return in_columns(rows)


# ------------------------------------------------------------------------------ trained weights


def run(settings: Settings, operation: str, seed: int, decay: float) -> gp.RunSpec:
    """One network: its mean square error to one-hot answers, AdamW on all of a training set."""
    p, of = settings["p"], OPERATIONS[operation]
    learned = gp.tasks.from_function(lambda a, b: of(a, b) % p, p=p)
    group = gp.Group(learning_rate=settings["rate"], weight_decay=decay)
    return gp.run_spec(
        learned,
        gp.UserModel(drawn, name="quadratic", width=settings["width"]),
        gp.Recipe(
            embedding=group, decoder=group, loss="mse", steps=settings["steps"], stop="budget"
        ),
        split=gp.Split(fraction=settings["fraction"]),
        seed=seed,
    )


def decays(settings: Settings) -> Runs:
    """Addition, with weight decay and without."""
    for decay in settings["decays"]:
        for seed in range(settings["seeds"]):
            yield {"decay": decay}, run(settings, "a + b", seed, decay)


def operations(settings: Settings) -> Runs:
    """Other polynomials."""
    for operation in OPERATIONS:
        for seed in range(settings["seeds"]):
            yield {"operation": operation}, run(settings, operation, seed, settings["decay"])


def learning(given: Given) -> dict[str, list[Any]]:
    """The usual table, with curves, and how periodic neurons are before and after."""
    before, after = [], []
    for trained in given.runs:
        spec = trained.spec
        start = spec.model.build(spec.task, gp.tasks.stream(spec.seed, "initial"))
        before.append(participation(start.embedding[0]))
        after.append(participation(trained.weights["embedding"][0]))
    table = usual_table(given.runs, "train_accuracy", "validation_accuracy")
    return {**table, "ipr_before": before, "ipr_after": after}


def participation(weights: Any) -> float:
    """Median over neurons of IPR_2 = sum |F_k|^4 / (sum |F_k|^2)^2, F the DFT of a neuron's row.

    1 / (number of modes) for white noise; 1/2 for one real cosine, whose power is at k and -k.
    """
    power = np.abs(np.fft.fft(np.asarray(weights), axis=0)) ** 2
    return float(np.median((power**2).sum(axis=0) / power.sum(axis=0) ** 2))
