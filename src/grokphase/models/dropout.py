"""Dropout: some numbers set to 0 in a step of training, the others scaled up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real

Drop = Callable[[int, Array], Array]
"""What is done to the activations of a batch, (n, ...), at one place of a network, by its number.
Every place of a network has a number of its own."""


def as_it_is(place: int, x: Array) -> Array:
    """No dropout: what a network does wherever it is looked at."""
    return x


class Dropout(NamedTuple):
    """Dropout of one step: `x * kept / (1 - rate)`, of which the mean is x, as in PyTorch.

    Which numbers are kept follows from a sample's key and the place in the network alone, not from
    the samples beside it.

    Attributes:
        rate: the probability of a number to be set to 0.
        keys: a key for every sample, as its two words.

    Source: Srivastava et al. (2014), Dropout, JMLR 15, section 4; scaled in training.
    """

    rate: Float[Array, ""]
    keys: UInt[Array, "n 2"]

    def __call__(self, place: int, x: Float[Array, "n ..."]) -> Float[Array, "n ..."]:
        """What is left of the activations at a place."""

        def uniform(words: UInt[Array, " 2"]) -> Array:
            key = jax.random.wrap_key_data(words, impl="threefry2x32")
            return jax.random.uniform(jax.random.fold_in(key, place), x.shape[1:], jnp.float32)

        with jax.threefry_partitionable(True):  # JAX's default follows the user's configuration
            kept = jax.vmap(uniform)(self.keys) >= self.rate
        return jnp.where(kept, x / (1 - self.rate), 0)


def checked_rate(given: Any) -> float:
    """A share of numbers to drop.

    Raises:
        GrokphaseError: it is no number from 0, below 1.

    Example:
        >>> checked_rate(0.1)
        0.1
    """
    rate = real(given)
    if not 0 <= rate < 1:
        raise GrokphaseError(
            f"dropout = {given} cannot be used; it is the share of numbers that are set to 0, from "
            "0 and below 1: dropout=0.1, in a shell --set model.dropout=0.1."
        )
    return rate + 0.0  # -0.0 becomes 0.0
