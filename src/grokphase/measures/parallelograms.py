"""The representation quality index: which parallelograms an embedding realises."""

from __future__ import annotations

from typing import Final, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from grokphase.checks import choice
from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import as_array
from grokphase.models.network import small_products
from grokphase.phases.thresholds import Convention
from grokphase.tasks import Task

# How closely a parallelogram must close in the authors' code: mean squares below 0.01 for addition
# and below 0.5 for S3. Their text gives no value for S3.
VECTOR_DELTA = 0.1
MATRIX_DELTA = 0.5**0.5
PAPER_DELTA: Final = 0.01
"""Of the text's Appendix E, in the units of the embedding as it is."""

"""When two sides meet: as in the authors' code, or as in the paper's Definition 1."""


def parallelograms(task: Task, *, commuting: bool = True) -> Int[np.ndarray, "q 2"]:
    """P0, all parallelograms that the task permits: pairs of distinct samples of equal result.

    `P0 = {(i, j, m, n): i + j = m + n}` (Eq. 1), each counted once. For addition with p symbols
    there are `sum_s C(k_s, 2)`, `k_s` the number of unordered pairs with sum s: 3, 13, 70, 615 for
    p = 4, 6, 10, 20. For a group that does not commute the samples are ordered pairs (Appendix H):
    90 for S3.

    Args:
        task: a task whose inputs are pairs of symbols.
        commuting: (i, j) and (j, i) are one side, as for sums of vectors, and a side is not
            compared with itself; False for products of matrices.

    Returns:
        (q, 2) indices into `task.inputs`.

    Raises:
        GrokphaseError: if the task's inputs are not pairs of symbols.

    Example:
        >>> import grokphase.tasks as tasks
        >>> len(parallelograms(tasks.task("addition", p=10)))
        70

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 1 and Appendix H.
    """
    if task.symbols is None:
        raise GrokphaseError(
            f'task "{task.name}" has no symbols, so parallelograms are not defined for it.'
        )
    pairs = []
    sides = np.sort(task.inputs, axis=1) if commuting else task.inputs
    _, distinct = np.unique(sides, axis=0, return_index=True)
    distinct.sort()
    labels = task.labels[distinct]
    for label in range(task.classes):
        samples = distinct[labels == label]
        first, second = np.triu_indices(len(samples), k=1)
        pairs.append(np.stack([samples[first], samples[second]], axis=1))
    return np.concatenate(pairs).astype(np.int32)


def standardised(embedding: Float[Array, "p ..."]) -> Float[Array, "p ..."]:
    """An embedding in units in which thresholds have a meaning.

    Vectors: mean 0 and (unbiased) standard deviation 1 in each dimension. Matrices, whose product
    fixes the origin: root mean square 1 over all entries. As in the authors' code.

    Raises:
        GrokphaseError: the embedding is neither vectors nor matrices.
    """
    embedding = as_array(embedding, "the embedding")
    if embedding.ndim not in (2, 3):
        raise GrokphaseError(
            f"The embedding has shape {embedding.shape}; measures take (p, d) vectors or "
            "(p, d, d) matrices: for p numbers write embedding[:, None]."
        )
    # Finite entries whose squares are not would all be 0 in units of an infinite spread.
    if embedding.ndim == 2:
        centred = embedding - embedding.mean(axis=0)
        spread = jnp.std(embedding, axis=0, ddof=1)
        return centred / jnp.where(jnp.isfinite(spread), spread, jnp.nan)
    size = jnp.sqrt((embedding**2).mean())
    return embedding / jnp.where(jnp.isfinite(size), size, jnp.nan)


def realised(
    embedding: Float[Array, "p ..."],
    inputs: Int[Array, "n 2"],
    pairs: Int[Array, "q 2"],
    delta: float | Float[Array, ""],
    convention: Convention = "code",
) -> Bool[Array, " q"]:
    """Which parallelograms the embedding realises: both sides meet within `delta`.

    With standardised embeddings `z`, the sides are `z_i + z_j` for vectors and `z_i z_j` for
    matrices; one is realised if the root mean square of the difference of its two sides over
    entries is below `delta`: for vectors `|z_i + z_j - z_m - z_n|^2 / d < delta^2`. By the
    convention of the paper's text the embedding is taken as it is: `|E_i + E_j - E_m - E_n| <=
    delta` for vectors, `||E_i E_j - E_m E_n||_F^2 <= delta` for matrices.

    Args:
        embedding: (p, d) vectors or (p, d, d) matrices; write embedding[:, None] for p numbers.
        inputs: (n, 2) the symbols of each sample.
        pairs: (q, 2) pairs of samples, from `parallelograms`.
        delta: in units of the standard deviation (vectors) or root mean square (matrices). The
            authors' code uses 0.1 for addition (mean square < 0.01) and sqrt(0.5) for S3. Under
            "paper" in the units of the embedding; Appendix E says 0.01.
        convention: "code" or "paper", as above; what `grokphase.theory.sides` calls so.

    Returns:
        (q,) true where realised; false where the embedding is not finite, or constant under "code".

    Raises:
        GrokphaseError: the embedding has not two or three axes, or there is no such convention.

    Example:
        >>> import grokphase.tasks as tasks
        >>> toy = tasks.task("addition", p=4)
        >>> pairs = parallelograms(toy)  # E0 + E2 = 2 E1, E0 + E3 = E1 + E2, E1 + E3 = 2 E2
        >>> bent = jnp.array([[0.0], [1.0], [2.0], [4.0]])
        >>> realised(bent, toy.inputs, pairs, 0.1).tolist()
        [True, False, False]

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 2 and Appendix H; units and the strict
    inequality of the authors' code, ejmichaud/grokking-squared.
    """
    choice("convention", convention, get_args(Convention))
    inputs = as_array(inputs, "inputs", "(n, 2)", 2)
    pairs = as_array(pairs, "pairs", "(q, 2)", 2, empty=True)
    z = standardised(embedding)  # refuses what is neither vectors nor matrices
    if convention == "paper":
        z = jnp.asarray(embedding)
    left, right = z[inputs[:, 0]], z[inputs[:, 1]]
    sides = left + right if z.ndim == 2 else small_products(left, right)
    difference = (sides[pairs[:, 0]] - sides[pairs[:, 1]]).reshape(pairs.shape[0], -1)
    if convention == "paper":
        return (difference**2).sum(axis=1) <= (delta**2 if z.ndim == 2 else delta)
    return (difference**2).mean(axis=1) < delta**2


def rqi(
    embedding: Float[Array, "p ..."],
    task: Task,
    *,
    delta: float | None = None,
    convention: Convention = "code",
) -> float:
    """The representation quality index `RQI = |P(R, delta)| / |P0|` (Eq. 3).

    `grokphase.theory.rqi` is the same in double precision, but that it counts (i, j) and (j, i) as
    two sides for vectors, too, where a task has both for samples.

    Args:
        embedding: (p, d) vectors or (p, d, d) matrices.
        task: the task whose structure is looked for.
        delta: how closely a parallelogram must close, see `realised`; None for that of the
            authors' code, 0.1 for vectors and sqrt(0.5) for matrices, or of the text, 0.01.
        convention: "code" or "paper", see `realised`.

    Returns:
        Between 0 (no structure) and 1 (a linear representation).

    Raises:
        GrokphaseError: if the embedding has not one row for each symbol of the task, or the task
            permits no parallelogram.

    Example:
        >>> import numpy as np, grokphase.tasks as tasks
        >>> rqi(3.0 + 0.5 * np.arange(10.0)[:, None], tasks.task("addition", p=10))
        1.0

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 2-3; conventions of the authors' code.
    """
    array = jnp.asarray(as_array(embedding, "the embedding"), jnp.float32)
    if array.ndim not in (2, 3) or array.shape[0] != task.symbols:
        raise GrokphaseError(
            f"embedding has shape {array.shape}; task {task.name} needs ({task.symbols}, d) "
            f"vectors or ({task.symbols}, d, d) matrices."
        )
    found = parallelograms(task, commuting=array.ndim == 2)
    if not len(found):
        raise GrokphaseError(
            f"{task.name} with {task.symbols} symbols permits no parallelogram, and so has no RQI; "
            f"take more symbols, such as p={task.symbols + 2}."
        )
    inputs, pairs = jnp.asarray(task.inputs), jnp.asarray(found)
    if delta is None:
        delta = usual_delta(convention, matrices=array.ndim == 3)
    return int(realised(array, inputs, pairs, delta, convention).sum()) / len(found)


def usual_delta(convention: Convention, *, matrices: bool) -> float:
    """The tolerance of a convention: 0.1 or sqrt(0.5) of the code, 0.01 of the text.

    Example:
        >>> usual_delta("code", matrices=False), usual_delta("paper", matrices=False)
        (0.1, 0.01)
    """
    if convention == "paper":
        return PAPER_DELTA
    return MATRIX_DELTA if matrices else VECTOR_DELTA
