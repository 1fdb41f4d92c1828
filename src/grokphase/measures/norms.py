"""Euclidean norms of groups of parameters."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def norm(parameters: Any) -> Float[Array, ""]:
    """The Euclidean norm `sqrt(sum theta^2)` of all arrays of a tree together.

    What weight decay shrinks, and what is small where it has acted for long.

    Args:
        parameters: theta, a pytree of arrays.

    Returns:
        One number; 0 for a tree without arrays.

    Example:
        >>> import jax.numpy as jnp
        >>> float(norm({"weight": jnp.array([3.0]), "bias": jnp.array([4.0])}))
        5.0

    Source: this work.
    """
    total = jnp.zeros(())
    for leaf in jax.tree.leaves(parameters):
        total = total + jnp.sum(leaf * leaf)
    return jnp.sqrt(total)
