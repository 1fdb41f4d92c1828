"""What a recipe does in a step beside its optimizer: warm-up, decay, noise, a norm that is held.

What is random in a step follows from the run's seed and the step alone, so that a run that is
resumed is the same to the bit.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, UInt

from grokphase.accelerators import Accelerator
from grokphase.measures.norms import norm
from grokphase.training.optimizers import GroupNumbers

WEIGHTS, UPDATES, DROPOUT = range(3)
"""Purposes of random numbers in a step, each with a key of its own."""


def key_at(seed: Array, step: Array, purpose: int) -> Array:
    """The key of one purpose in a step."""
    first = jax.random.key(seed, impl="threefry2x32")
    return jax.random.fold_in(jax.random.fold_in(first, step), purpose)


def sample_keys(key: Array, samples: int) -> UInt[Array, "n 2"]:
    """A key for every sample of a batch, as its two words."""
    keys = jax.vmap(lambda sample: jax.random.fold_in(key, sample))(jnp.arange(samples))
    return jax.random.key_data(keys)


def noisy(tree: Any, deviation: Array, key: Array) -> Any:
    """A tree of arrays, with Gaussian noise of this standard deviation added to every number."""
    leaves, structure = jax.tree.flatten(tree)
    ends = np.cumsum([leaf.size for leaf in leaves])
    with jax.threefry_partitionable(True):  # JAX's default follows the user's configuration
        drawn = jax.random.normal(key, (int(ends[-1]) if len(ends) else 0,), jnp.float32)
    parts = jnp.split(drawn, ends[:-1]) if len(ends) else []
    added = [
        leaf + deviation * part.reshape(leaf.shape)
        for leaf, part in zip(leaves, parts, strict=True)
    ]
    return jax.tree.unflatten(structure, added)


def noise_of(deviation: Array, key: Array) -> optax.GradientTransformation:
    """Add noise to a direction; `key` is of one step."""

    def update(direction: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        return noisy(direction, deviation, key), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def warmed(numbers: GroupNumbers, step: Array, warmup: Array) -> GroupNumbers:
    """The numbers of the update that is made at `step`: eta times `min(step / warmup, 1)`.

    That of the first update is 0, as PyTorch's `LambdaLR` makes it of `min(step / warmup, 1)`.
    """
    factor = jnp.minimum(step.astype(jnp.float32) / warmup, 1.0)
    return numbers._replace(learning_rate=numbers.learning_rate * factor)


def decayed(numbers: GroupNumbers, arm: Accelerator, step: Array) -> GroupNumbers:
    """The numbers of the update that is made at `step`, with the decay an accelerator gives it."""
    return numbers._replace(weight_decay=arm.weight_decay(numbers.weight_decay, step))


def held(params: Any, value: Float[Array, ""]) -> Any:
    """All parameters times the one factor that gives them this norm together."""
    factor = value / norm(params)
    return jax.tree.map(lambda leaf: leaf * factor, params)


def initially_held(params: Any, ratio: float) -> tuple[Any, np.float32]:
    """Initial parameters times a ratio, and their norm, which is to be held."""
    scaled = jax.tree.map(lambda leaf: np.asarray(leaf) * np.float32(ratio), params)
    squares = (np.square(leaf, dtype=np.float64).sum() for leaf in jax.tree.leaves(scaled))
    return scaled, np.float32(np.sqrt(sum(squares)))
