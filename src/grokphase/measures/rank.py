"""How many directions a matrix of weights or activations uses."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy
from jaxtyping import Array, Float, Int

from grokphase.measures.arrays import as_array


def spectral_entropy(matrix: Float[Array, "n m"]) -> Float[Array, ""]:
    """`H = -sum_i s_i ln s_i`, with `s_i` the share of singular value i in their sum.

    0 for a matrix of rank 1, ln r where r singular values are equal and the others 0. Of singular
    values themselves, not of their squares, which `effective_dimension` takes.

    Args:
        matrix: (n, m) weights, or activations of n samples.

    Returns:
        In nats, from 0 to ln min(n, m); NaN for a matrix of zeros, which has no shares.

    Raises:
        GrokphaseError: it is no matrix of numbers.

    Example:
        >>> [round(float(spectral_entropy(m)), 4) for m in (jnp.eye(4), jnp.ones((3, 5)))]
        [1.3863, 0.0]

    Source: Roy & Vetterli (2007); DeMoss et al. (2024), arXiv:2412.09810, section 5.
    """
    matrix = as_array(matrix, "the matrix", "(n, m)", 2)
    values = jnp.linalg.svd(matrix, compute_uv=False)
    share = values / values.sum()
    # The logarithm of a share of 0 would make its gradient infinite.
    least = np.finfo(np.float32).tiny
    return jnp.maximum(-xlogy(share, jnp.maximum(share, least)).sum(), 0.0)


def effective_rank(matrix: Float[Array, "n m"]) -> Float[Array, ""]:
    """The effective rank `exp(H)`, H the `spectral_entropy`.

    Independent of the scale of the matrix and of rotations on both sides.

    Args:
        matrix: (n, m) weights, or activations of n samples.

    Returns:
        Between 1 and the rank; NaN for a matrix of zeros, which has no shares.

    Raises:
        GrokphaseError: it is no matrix of numbers.

    Example:
        >>> round(float(effective_rank(3 * jnp.eye(4))), 4)
        4.0

    Source: Roy & Vetterli (2007); DeMoss et al. (2024), arXiv:2412.09810, section 5.
    """
    return jnp.exp(spectral_entropy(matrix))


def feature_rank(activations: Float[Array, "n d"], threshold: float = 1e-3) -> Int[Array, ""]:
    """How many eigenvalues of the covariance of activations exceed `threshold` times the largest.

    The eigenvalues are the squared singular values of the centred activations over n - 1. A
    threshold relative to the largest makes the number independent of the scale of activations; the
    paper's is not given with its unit, so the number travels with its threshold.

    Args:
        activations: (n, d) of n samples.
        threshold: share of the largest eigenvalue. Below 1e-10 rounding would be counted.

    Returns:
        Between 1 and min(n - 1, d); 0 where all samples are the same.

    Raises:
        GrokphaseError: the activations are no matrix of numbers.

    Example:
        >>> points = jnp.array([[1.0, 0, 0], [-1, 0, 0], [0, 2, 0], [0, -2, 0]])
        >>> int(feature_rank(points)), int(feature_rank(points, threshold=0.5))
        (2, 1)

    Source: Fan, Pascanu & Jaggi (2024), arXiv:2405.19454; the relative threshold is this work's.
    """
    activations = as_array(activations, "activations", "(n, d)", 2)
    spread = jnp.linalg.svd(activations - activations.mean(axis=0), compute_uv=False) ** 2
    return (spread > threshold * spread.max()).sum()
