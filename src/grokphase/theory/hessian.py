r"""The effective loss and its Hessian, without a list of parallelograms.

A sample :math:`a = (i, j)` is the row :math:`x_a = e_i + e_j`, a parallelogram of two samples
with one result the row :math:`x_a - x_b`. Over the :math:`n_s` samples of one result s,

.. math:: \sum_{a<b} (x_a - x_b)(x_a - x_b)^T = n_s \sum_a x_a x_a^T - c_s c_s^T,
          \qquad c_s = \sum_a x_a ,

so the sum over all of P0(D) is linear in the samples, plus one product of the class sums.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks import Task
from grokphase.theory.samples import Floats, Integers, Samples, Train, samples

Normalisation = Literal["paper", "sum", "code"]
NORMALISATIONS: Final[tuple[Normalisation, ...]] = get_args(Normalisation)

# A multiplication in a sparse product costs about as much as this many in a dense one.
_SPARSE_COST: Final = 64


def count(task: Task, train: Train = None) -> int:
    r"""The number of parallelograms :math:`|P_0(D)| = \sum_s n_s (n_s - 1) / 2`.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set, which counts P0.

    Returns:
        The number of pairs of distinct samples in D with one result.

    Example:
        >>> from grokphase.tasks import task
        >>> [count(task("addition", p=p)) for p in (4, 6, 10, 11, 20)]
        [3, 13, 70, 95, 615]

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 1.
    """
    sizes = np.bincount(samples(task, train).labels)
    return int((sizes * (sizes - 1) // 2).sum())


def gram(task: Task, train: Train = None) -> Floats:
    r"""The Gram matrix :math:`G = A^T A` of the equations :math:`A(P_0(D))`.

    :math:`G = \sum_{P_0(D)} (x_a - x_b)(x_a - x_b)^T`, so that
    :math:`\sum_{P_0(D)} |E_i + E_j - E_m - E_n|^2 = \mathrm{tr}(E^T G E)`. Its entries are whole
    numbers, exact in float64.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.

    Returns:
        (p, p) symmetric, positive semi-definite.

    Example:
        >>> from grokphase.tasks import task
        >>> gram(task("addition", p=4), [2, 4]).astype(int).tolist()  # E0 + E2 = 2 E1
        [[1, -2, 1, 0], [-2, 4, -2, 0], [1, -2, 1, 0], [0, 0, 0, 0]]

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 5 and 7.
    """
    return _gram(samples(task, train))


def constrained(task: Task, train: Train = None) -> Integers:
    """How strongly each symbol is bound: the diagonal of `gram`, at the cost of the samples alone.

    G_kk is the sum over the parallelograms of P0(D) of the square of the weight that symbol k has
    in `e_i + e_j - e_m - e_n`. A symbol with 0 takes part in no parallelogram of D, and nothing
    says where it belongs.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.

    Returns:
        (p,) whole numbers.

    Example:
        >>> from grokphase.tasks import task
        >>> constrained(task("addition", p=4), [2, 4]).tolist()
        [1, 4, 1, 0]

    Source: this work; the diagonal of Eq. 8 of Liu et al. (2022), arXiv:2205.10343, up to a factor.
    """
    return diagonal(samples(task, train))


def diagonal(data: Samples) -> Integers:
    """The diagonal of the Gram matrix of these samples; see `constrained`."""
    p, first, second = data.symbols, data.first, data.second
    weight = np.bincount(data.labels, minlength=data.classes)[data.labels]
    # (1 + 1)^2 of a sample (i, i) is 4: its two halves count 2 each.
    square = weight * np.where(first == second, 2, 1)
    total = np.bincount(first, square, p) + np.bincount(second, square, p)
    keys = np.concatenate([data.labels * p + first, data.labels * p + second])
    found, times = np.unique(keys, return_counts=True)
    return (total - np.bincount(found % p, times**2, p)).astype(np.int64)


def effective_loss(
    embedding: Floats, task: Task, train: Train = None, *, normalisation: Normalisation = "paper"
) -> float:
    r"""The effective loss :math:`\ell_{eff} = \ell_0 / Z_0`, :math:`Z_0 = \sum_k |E_k|^2`.

    Args:
        embedding: (p, d) vectors.
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.
        normalisation: see `effective_hessian`.

    Returns:
        :math:`\frac{1}{2} \mathrm{tr}(E^T H E)`, at least 0; it does not depend on the scale of E.

    Raises:
        GrokphaseError: the embedding is zero or does not fit the task.

    Example:
        >>> from grokphase.tasks import task
        >>> effective_loss(np.arange(10.0)[:, None], task("addition", p=10))
        0.0

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 5.
    """
    vectors = as_vectors(embedding, task)
    z0 = float((vectors**2).sum())
    if z0 == 0:
        raise GrokphaseError("The effective loss of an embedding that is zero is not defined.")
    hessian = effective_hessian(task, train, normalisation=normalisation, z0=z0)
    # A sum of squares; rounding can leave it below zero.
    return max(0.0, float((vectors * (hessian @ vectors)).sum() / 2))


def effective_hessian(
    task: Task,
    train: Train = None,
    *,
    normalisation: Normalisation = "paper",
    z0: float | None = None,
) -> Floats:
    r"""The Hessian :math:`H = Z_0^{-1} \partial^2 \ell_0 / \partial E^2 = 2 G / (N Z_0)`.

    :math:`\ell_{eff} = \frac{1}{2} \mathrm{tr}(E^T H E)`. Text and code differ in N and G:

    - ``"paper"``: G over P0(D), ``N = |P0(D)|`` (Eq. 5);
    - ``"sum"``: G over P0(D), N = 1;
    - ``"code"``: G over all of P0 whatever the training set, N = 1, as in the authors' notebook.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.
        normalisation: as above.
        z0: :math:`Z_0`; by default p - 1, that of one dimension standardised as in the code.

    Returns:
        (p, p) Hessian of one embedding dimension; all dimensions share it. Zero without a
        parallelogram.

    Raises:
        GrokphaseError: an unknown normalisation, or a z0 that is not positive.

    Example:
        >>> from grokphase.tasks import task
        >>> hessian = effective_hessian(task("addition", p=10))
        >>> round(float(np.linalg.eigvalsh(hessian)[2]), 4)
        0.0952

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 5, 8; code of ejmichaud/grokking-squared.
    """
    if normalisation not in NORMALISATIONS:
        raise GrokphaseError(
            f"There is no normalisation {normalisation!r}; there are {', '.join(NORMALISATIONS)}."
            f"{nearest(str(normalisation), NORMALISATIONS)}"
        )
    given = None if normalisation == "code" else train
    scale = standard_z0(task) if z0 is None else z0
    if not scale > 0:
        raise GrokphaseError(f"z0 is the sum of squares of the embedding, not {z0!r}: z0=9.0.")
    terms = max(count(task, given), 1) if normalisation == "paper" else 1
    return gram(task, given) * (2 / (terms * scale))


def standard_z0(task: Task) -> float:
    """The sum of squares p - 1 of one dimension with mean 0 and unbiased variance 1."""
    return float(samples(task, []).symbols - 1)


def as_vectors(embedding: Floats, task: Task) -> Floats:
    """An embedding as (p, d) float64; (p,) is taken as one dimension.

    Raises:
        GrokphaseError: it has not one finite row for each symbol of the task.
    """
    array = np.asarray(embedding, np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[0] != task.symbols or not np.isfinite(array).all():
        raise GrokphaseError(
            f"The embedding has shape {np.shape(embedding)}; {task.name} needs ({task.symbols}, d) "
            "finite vectors, one for each symbol."
        )
    return array


def _gram(data: Samples) -> Floats:
    p, first, second = data.symbols, data.first, data.second
    weight = np.bincount(data.labels, minlength=data.classes)[data.labels]
    mixed = np.bincount(first * p + second, weight, p * p).reshape(p, p)
    squares = np.bincount(first, weight, p) + np.bincount(second, weight, p)
    return np.asarray(mixed + mixed.T + np.diag(squares) - _class_sums(data))


def _class_sums(data: Samples) -> Floats:
    """The sum over results of c_s c_s^T: dense where there are many samples, else sparse."""
    from scipy import sparse

    present, rows = np.unique(data.labels, return_inverse=True)
    shape = (len(present), data.symbols)
    entries = (np.ones(2 * len(rows)), (np.tile(rows, 2), np.r_[data.first, data.second]))
    sums = sparse.csr_array(entries, shape=shape)
    work = float((np.diff(sums.indptr).astype(np.float64) ** 2).sum())
    if work * _SPARSE_COST > len(present) * data.symbols**2:
        dense = sums.toarray()
        return np.asarray(dense.T @ dense)
    return np.asarray((sums.T @ sums).toarray())
