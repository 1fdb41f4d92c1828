"""Euclidean norms of groups of parameters."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def norm(parameters: Any) -> Float[Array, ""]:
    """`sqrt(sum theta^2)` over all arrays of a tree; 0 for a tree without arrays.

    Args:
        parameters: a pytree of arrays.

    Example:
        >>> import jax.numpy as jnp
        >>> float(norm({"weight": jnp.array([3.0]), "bias": jnp.array([4.0])}))
        5.0
    """
    total = jnp.zeros(())
    for leaf in jax.tree.leaves(parameters):
        total = total + jnp.sum(leaf * leaf)
    return jnp.sqrt(total)
