"""The degrees of freedom that the parallelograms of an embedding leave."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import as_array
from grokphase.measures.parallelograms import realised
from grokphase.phases.thresholds import Convention

# Singular values below this part of the largest are rounding error, which is below 1e-6 in single
# precision. The least that is not was above 1e-2 in random sets of parallelograms; for the chain
# E_i + E_{i+2} = 2 E_{i+1}, the hardest set known, it is 6e-4 for 100 symbols and 6e-5 for 300.
_CERTAIN = 1e-5


def null_dimension(
    embedding: Float[Array, "p d"],
    inputs: Int[Array, "n 2"],
    pairs: Int[Array, "q 2"],
    delta: float | Float[Array, ""],
    convention: Convention = "code",
) -> Int[Array, ""]:
    """The nullity n0 of `A(P(R))`, the equations that an embedding satisfies.

    Each parallelogram that is realised is a row of A, `e_i + e_j - e_m - e_n` (Eq. 7). n0 of them
    is the dimension of the embeddings that satisfy all: p where there is none, 2 (shift and scale)
    for a linear representation of addition. `grokphase.theory.null_dimension` is the same for the
    parallelograms of a training set instead.

    The rank is counted by singular values of A, not by eigenvalues of `A^T A`, which would square
    their range beyond single precision.

    Args:
        embedding: (p, d) vectors; write embedding[:, None] for p numbers.
        inputs: (n, 2) the symbols of each sample.
        pairs: (q, 2) pairs of samples, from `parallelograms`.
        delta: how closely a parallelogram must close, see `realised`.
        convention: "code" or "paper", see `realised`.

    Returns:
        From 1 (or 2, for addition) to p.

    Raises:
        GrokphaseError: the embedding is not (p, d): the parallelograms of matrices are products,
            not linear equations.

    Example:
        >>> import numpy as np, grokphase.measures as measures, grokphase.tasks as tasks
        >>> toy = tasks.task("addition", p=10)
        >>> pairs = measures.parallelograms(toy)
        >>> line = np.arange(10.0)[:, None]
        >>> broken = np.where(line > 7, 1, 0) + line  # the last two symbols moved
        >>> [int(null_dimension(jnp.array(e), toy.inputs, pairs, 0.1)) for e in (line, broken)]
        [2, 3]

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 2 and 7.
    """
    embedding = as_array(embedding, "the embedding")
    if embedding.ndim != 2:
        raise GrokphaseError(
            f"The embedding has shape {embedding.shape}; the null dimension is that of "
            "(p, d) vectors: for p numbers write embedding[:, None]."
        )
    symbols = embedding.shape[0]
    inputs, pairs = jnp.asarray(inputs), jnp.asarray(pairs)
    side = (inputs[:, :, None] == jnp.arange(symbols)).sum(axis=1)
    rows = (side[pairs[:, 0]] - side[pairs[:, 1]]).astype(jnp.float32)
    held = realised(embedding, inputs, pairs, delta, convention)
    values = jnp.linalg.svd(jnp.where(held[:, None], rows, 0.0), compute_uv=False)
    return symbols - (values > _CERTAIN * values.max()).sum()
