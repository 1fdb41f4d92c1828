"""How far apart the embeddings of two symbols are, in the units of the RQI."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from grokphase.errors import GrokphaseError
from grokphase.measures.parallelograms import standardised


def distances(embedding: Float[Array, "p ..."]) -> Float[Array, "p p"]:
    """The distance between any two standardised embeddings.

    `sqrt(mean((z_i - z_j)^2))` over the entries of the standardised embeddings z: the unit of
    `thresholds.rqi_delta`, so that two symbols nearer than that are one symbol to every
    parallelogram.

    Args:
        embedding: (p, d) vectors or (p, d, d) matrices; standardised as for `realised`.

    Returns:
        (p, p); NaN where the embedding is constant in a dimension.

    Raises:
        GrokphaseError: the embedding has one axis only.

    Example:
        >>> distances(jnp.array([[0.0], [3.0], [6.0]]))[0].tolist()
        [0.0, 1.0, 2.0]

    Source: this work; units of the authors' code of Liu et al. (2022), arXiv:2205.10343.
    """
    z = standardised(embedding)
    z = z.reshape(z.shape[0], -1)
    return jnp.sqrt(((z[:, None] - z[None, :]) ** 2).mean(axis=2))


def nearest_distance(embedding: Float[Array, "p ..."]) -> Float[Array, ""]:
    """The smallest distance between two different symbols, see `distances`.

    Near 0 where two symbols have fallen together, which no decoder can tell apart.

    Args:
        embedding: (p, d) vectors or (p, d, d) matrices.

    Returns:
        In the units of `distances`; NaN where the embedding is constant in a dimension.

    Raises:
        GrokphaseError: the embedding has one axis only, or one symbol.

    Example:
        >>> round(float(nearest_distance(jnp.array([[0.0], [1.0], [5.0]]))), 4)
        0.378

    Source: this work.
    """
    apart = _of_several(embedding)
    itself = jnp.eye(apart.shape[0], dtype=bool)
    return jnp.where(itself, jnp.inf, apart).min()


def mean_distance(embedding: Float[Array, "p ..."]) -> Float[Array, ""]:
    """The mean distance between two different symbols, see `distances`.

    In one dimension it says how evenly the symbols lie: largest for equal steps, 1.2111 for
    p = 10.

    Args:
        embedding: (p, d) vectors or (p, d, d) matrices.

    Returns:
        In the units of `distances`; NaN where the embedding is constant in a dimension.

    Raises:
        GrokphaseError: the embedding has one axis only, or one symbol.

    Example:
        >>> round(float(mean_distance(jnp.arange(10.0)[:, None])), 4)
        1.2111

    Source: this work.
    """
    apart = _of_several(embedding)
    return apart.sum() / (apart.shape[0] * (apart.shape[0] - 1))


def _of_several(embedding: Float[Array, "p ..."]) -> Float[Array, "p p"]:
    """The distances of two symbols or more: one has none from another."""
    apart = distances(embedding)
    if apart.shape[0] < 2:
        raise GrokphaseError(
            "An embedding of one symbol has no distance between two; give (p, d) with p >= 2."
        )
    return apart
