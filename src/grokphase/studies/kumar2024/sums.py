"""Modular addition by two layers without decay, whose weights grow while it groks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from grokphase.models.user import UserModel
from grokphase.studies.data import Data
from grokphase.studies.given import Given, usual_table
from grokphase.tasks import Task, task
from grokphase.training.asked import run_spec
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]


class Squares(eqx.Module):
    """(W_1[a] + W_2[b])^2 U: two layers without bias, with a square between them."""

    embedding: jax.Array  # (2, p, width)
    out: jax.Array  # (width, p)
    batched = True

    def __call__(self, pairs: jax.Array) -> jax.Array:
        """Outputs for a batch of pairs."""
        hidden = self.embedding[0][pairs[:, 0]] + self.embedding[1][pairs[:, 1]]
        return hidden**2 @ self.out


def drawn(learned: Task, generator: np.random.Generator, width: int, scale: float) -> Squares:
    """Initial weights as PyTorch's linear layers have them, without biases, times a scale."""
    p = int(learned.symbols or 0)
    first = generator.uniform(-1, 1, (2, p, width)) * scale / np.sqrt(2 * p)
    second = generator.uniform(-1, 1, (width, learned.outputs)) * scale / np.sqrt(width)
    return Squares(jnp.asarray(first, jnp.float32), jnp.asarray(second, jnp.float32))


def networks(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """Addition by gradient descent without decay."""
    group = Group(learning_rate=settings["rate"], weight_decay=0, beta1=0)
    recipe = Recipe(
        optimizer="sgd",
        embedding=group,
        decoder=group,
        loss="mse",
        steps=settings["steps"],
        stop="budget",
    )
    model = UserModel(drawn, name="squares", width=settings["width"], scale=settings["scale"])
    learned = task("modular-addition", p=settings["p"])
    for seed in range(settings["seeds"]):
        yield {}, run_spec(learned, model, recipe, split=settings["fraction"], seed=seed)


def norms(given: Given) -> Data:
    """The usual table with curves, and by how much the norm has grown when validation passes.

    `grown` is over the norm of the start, `grown_between` over that when training passes.
    """
    grown, between = [], []
    for run in given.runs:
        curves, record = run.record.curves, run.record
        norm = np.asarray(curves["weight_norm"], float)
        first, last = (
            None if step is None else float(np.interp(step, curves["step"], norm))
            for step in (record.train_step, record.validation_step)
        )
        grown.append(None if last is None else last / float(norm[0]))
        between.append(None if last is None or first is None else last / first)
    table = usual_table(given.runs, "train_accuracy", "validation_accuracy", "weight_norm")
    return {**table, "grown": grown, "grown_between": between}
