"""How far an embedding is from the line that addition asks for."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from grokphase.measures.arrays import as_array


def linear_residual(embedding: Float[Array, "p ..."]) -> Float[Array, ""]:
    """The share of variance that the best fit `E_k = a + k b` leaves unexplained.

    `sum_k |E_k - a - k b|^2 / sum_k |E_k - mean(E)|^2` with a, b of least squares. The symbols
    are taken in their order, which means something for addition: there `E_k = a + k b` is the only
    representation in which every parallelogram closes.

    Args:
        embedding: (p, d) vectors, or (p, d, d) matrices, which are taken as vectors of d^2.

    Returns:
        From 0 (linear) to 1 (no trend); NaN for a constant embedding, which has no variance to
        explain, as that of one symbol.

    Raises:
        GrokphaseError: the embedding is no array of numbers.

    Example:
        >>> round(float(linear_residual(jnp.array([[0.0], [1.0], [4.0], [9.0]]))), 4)
        0.0816

    Source: Liu et al. (2022), arXiv:2205.10343, section 3.2 (the ground state of Eq. 7).
    """
    embedding = as_array(embedding, "the embedding")
    points = embedding.reshape(embedding.shape[0], -1)
    points = points - points.mean(axis=0)
    order = jnp.arange(points.shape[0]) - (points.shape[0] - 1) / 2
    slope = order @ points / (order @ order)
    # The residual itself, not 1 minus what is explained, which rounding would keep from 0.
    left = points - order[:, None] * slope
    return (left**2).sum() / (points**2).sum()
