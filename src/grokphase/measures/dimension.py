"""How many dimensions an embedding spreads over."""

from __future__ import annotations

import jax.numpy as jnp
from jax.scipy.special import xlogy
from jaxtyping import Array, Float

from grokphase.measures.arrays import as_array


def effective_dimension(embedding: Float[Array, "p ..."]) -> Float[Array, ""]:
    """The effective dimension `exp(S)`, `S = -sum_i s_i log s_i`.

    `s_i` is the share of variance explained by the i-th principal component of the p embeddings:
    1 where they lie on a line, d where they spread evenly over d dimensions. In the paper's
    transformer it rises until the network generalizes and falls from then on (Fig. 7).

    Args:
        embedding: (p, d) vectors, or (p, d, d) matrices, which are taken as vectors of d^2.

    Returns:
        Between 1 and min(p - 1, d); NaN for a constant embedding, or one that is not finite.

    Raises:
        GrokphaseError: the embedding is no array of numbers.

    Example:
        >>> corners = jnp.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
        >>> round(float(effective_dimension(corners)), 4)
        2.0

    Source: Liu et al. (2022), arXiv:2205.10343, section 4.2 and Fig. 7.
    """
    embedding = as_array(embedding, "the embedding")
    points = embedding.reshape(embedding.shape[0], -1)
    spread = jnp.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2
    share = spread / spread.sum()
    return jnp.exp(-xlogy(share, share).sum())
