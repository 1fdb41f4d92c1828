"""Where a gradient points, beside where the weights do."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from grokphase.errors import GrokphaseError
from grokphase.measures.norms import norm


def gradient_alignment(gradient: Any, parameters: Any) -> Float[Array, ""]:
    """The cosine of the descent direction with the weights, `-<g, theta> / (|g| |theta|)`.

    1 where a step along `-g` does nothing but scale the weights up: "naive loss minimization", in
    which a homogeneous network that has all training samples right lowers its cross-entropy by
    longer logits and learns no more. `x -> -x` of a gradient: -1 where a step shrinks the weights.

    Args:
        gradient: g, of the loss without weight decay; a pytree of arrays.
        parameters: theta, of the same structure. Give a single array of each for the cosine of one
            tensor, as the paper has it; a whole network's is that of all its parameters together.

    Returns:
        One number from -1 to 1; NaN where either is zero, which points nowhere.

    Raises:
        GrokphaseError: the two trees have not the same structure.

    Example:
        >>> weights = {"weight": jnp.array([3.0, 0.0]), "bias": jnp.array([4.0])}
        >>> float(gradient_alignment(jax.tree.map(lambda w: -2 * w, weights), weights))
        1.0
        >>> float(gradient_alignment({"weight": jnp.ones(2), "bias": jnp.zeros(1)}, weights)) < 0
        True

    Source: Prieto et al. (2025), arXiv:2501.04697, section 4, per tensor.
    """
    one: Any = jax.tree.structure(gradient)
    other: Any = jax.tree.structure(parameters)
    if one != other:
        raise GrokphaseError(
            f"The gradient has the structure {one} and the parameters {other}; give two trees "
            "alike, as jax.grad makes them."
        )
    products = jax.tree.map(lambda g, theta: jnp.sum(g * theta), gradient, parameters)
    along: Array = sum(jax.tree.leaves(products), jnp.zeros(()))
    return -along / (norm(gradient) * norm(parameters))
