"""Samples in blocks, and layers by symbol: the loss, gradient and counts of the plain way."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.haste import computed

import grokphase as gp
from grokphase.training.blocks import BLOCK, sum_over_blocks
from grokphase.training.compilation import block_of
from grokphase.training.events import Events
from grokphase.training.loop import Loop
from grokphase.training.session import prepare


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.one_of(st.none(), st.integers(1, 50)))
def test_every_sample_is_counted_once(count: int, block: int | None) -> None:
    numbers = np.random.default_rng(count).integers(0, 100, (count, 2))
    sizes = []

    def of_block(some: Any, counted: Any) -> Any:
        sizes.append(len(counted))
        return {"sum": (some * counted[:, None]).sum(axis=0), "count": counted.sum()}

    with jax.disable_jit():
        found = sum_over_blocks(of_block, jnp.asarray(numbers), block)
    assert found["sum"].tolist() == numbers.sum(axis=0).tolist()
    assert found["count"] == count
    assert max(sizes[1:], default=0) <= (block or count)


def random_task(ordered: bool, repeated: bool) -> gp.Task:
    """A random table on pairs of 7 symbols: all, those with a <= b, or some drawn repeatedly."""
    generator = np.random.default_rng(5)
    grid = np.argwhere(np.ones((7, 7)) if ordered else np.triu(np.ones((7, 7))))
    if repeated:
        grid = grid[generator.integers(0, len(grid), 40)]
    return gp.Task("table", grid, generator.integers(0, 5, len(grid)), 5, symbols=7)


def concatenated(network: Any, inputs: jax.Array) -> jax.Array:
    """The network's outputs as they are defined, sample by sample."""
    symbols = jnp.eye(7) if network.embedding is None else network.embedding
    hidden = symbols[inputs].reshape(len(inputs), -1)
    for layer in network.decoder[:-1]:
        hidden = jax.nn.relu(hidden @ layer.weight.T + layer.bias)
    last = network.decoder[-1]
    return hidden @ last.weight.T + last.bias


@pytest.mark.parametrize(
    ("ordered", "repeated", "dimension", "loss", "fraction", "block"),
    [
        (True, False, 4, "cross-entropy", 0.4, 6),
        (True, False, 4, "cross-entropy", 0.4, None),
        (False, False, 3, "mse", 0.7, 5),
        (True, True, 4, "cross-entropy", 0.5, 7),
        (True, False, None, "mse", 0.9, 10),
    ],
)
def test_losses_gradients_and_counts_are_those_of_the_plain_way(
    ordered: bool, repeated: bool, dimension: int | None, loss: Any, fraction: float, block: int
) -> None:
    task, model = random_task(ordered, repeated), gp.MLP(dimension=dimension, widths=(8, 6))
    recipe = gp.Recipe(loss=loss, steps=10, stop="budget")
    run = prepare(gp.RunSpec(task, model, recipe, gp.Split(fraction=fraction), seed=1))

    def plain(network: Any, samples: Any) -> tuple[jax.Array, jax.Array]:
        outputs = concatenated(network, samples.inputs)
        own = jax.nn.one_hot(samples.labels, 5)
        squared = ((outputs - own) ** 2).mean()
        entropy = -(jax.nn.log_softmax(outputs) * own).sum(axis=1).mean()
        right = outputs.argmax(axis=1) == samples.labels
        return (squared if loss == "mse" else entropy), right.sum()

    def wanted(params: Any, problem: Any) -> Any:
        (_, train), gradient = jax.value_and_grad(plain, has_aux=True)(params, problem.train)
        return gradient, train, plain(params, problem.validation)[1]

    def found(params: Any, problem: Any) -> Any:
        loop = Loop(run.program, run.static, block)
        gradient, *_ = loop._at(params, Events.none(), jnp.int32(0), problem)
        samples = problem.train, problem.validation
        return gradient, *(loop._correct(params, some, problem) for some in samples)

    results = (computed(f, run.params, run.problem) for f in (found, wanted))
    for ours, right in zip(*map(jax.tree.leaves, results), strict=True):
        np.testing.assert_allclose(ours, right, rtol=1e-4, atol=1e-6)


class PerSample(eqx.Module):
    """A module of one sample."""

    embedding: jax.Array

    def __call__(self, pair: jax.Array) -> jax.Array:
        return self.embedding[pair[0]] * self.embedding[pair[1]]


class Centred(eqx.Module):
    """A module of batches, whose outputs for a sample depend on the others."""

    embedding: jax.Array
    batched = True

    def __call__(self, pairs: jax.Array) -> jax.Array:
        outputs = self.embedding[pairs[:, 0]] * self.embedding[pairs[:, 1]]
        return outputs - outputs.mean(axis=0)


@pytest.mark.parametrize(
    ("kind", "block"), [(gp.MLP(), BLOCK), (gp.Toy(), BLOCK), (PerSample, BLOCK), (Centred, None)]
)
def test_samples_go_in_blocks_only_where_each_is_on_its_own(kind: Any, block: int | None) -> None:
    task, model = random_task(True, False), kind
    if isinstance(kind, type):
        model = gp.UserModel(lambda task, generator: kind(jnp.ones((7, 5))), "mine")
    run = prepare(gp.RunSpec(task, model, gp.Recipe(), gp.Split(fraction=0.5), seed=0))
    assert block_of(run.static) == block
