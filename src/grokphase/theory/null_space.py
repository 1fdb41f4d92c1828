"""The ground states of the effective loss: what a training set determines and what it leaves."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import linalg

from grokphase.tasks import Task
from grokphase.theory import finite_field
from grokphase.theory.hessian import constrained, gram
from grokphase.theory.samples import Floats, Mask, Train, samples

_CERTAIN = 1e-10
"""Eigenvalues, and pivots of a Cholesky factor, below this part of the largest count as zero."""


def null_space(task: Task, train: Train = None) -> Floats:
    """The ground states: an orthonormal basis of the null space of A(P0(D)).

    Every embedding of zero effective loss has, in each dimension, a combination of these columns.
    For addition they always span the vectors of ones and of the numbers 0 ... p - 1.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.

    Returns:
        (p, n0).

    Example:
        >>> from grokphase.tasks import task
        >>> null_space(task("addition", p=10)).shape
        (10, 2)

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 7.
    """
    values, vectors = linalg.eigh(gram(task, train), check_finite=False)
    return np.ascontiguousarray(vectors[:, values < tolerance(values)])


def tolerance(eigenvalues: Floats) -> Floats:
    """Below what an eigenvalue of a Gram matrix is rounding error: 1e-10 of the largest.

    Eigenvalues that should vanish come out below 1e-14 of the largest; the least that does not
    vanish was above 1e-4 of it in every training set seen, for p up to 1000.

    Args:
        eigenvalues: (..., p) ascending.

    Returns:
        (...) the limits.
    """
    return np.asarray(_CERTAIN * np.maximum(eigenvalues[..., -1], np.finfo(np.float64).tiny))


def null_dimension(task: Task, train: Train = None, *, modulus: int | None = None) -> int:
    """The degrees of freedom n0 of the ground states: the nullity of A(P0(D)).

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.
        modulus: count over the integers modulo this prime, by exact elimination; None for the
            real numbers of the paper.

    Returns:
        n0. The whole of addition leaves 2 (shift and scale); the whole of modular addition leaves
        1 over the real numbers, the embedding collapsed to a point, and 2 modulo p.

    Raises:
        GrokphaseError: the modulus is not a prime.

    Example:
        >>> from grokphase.tasks import task
        >>> ring = task("modular-addition", p=7)
        >>> null_dimension(task("addition", p=10)), null_dimension(ring)
        (2, 1)
        >>> null_dimension(ring, modulus=7)
        2

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 7.
    """
    if modulus is not None:
        return finite_field.nullity(samples(task, train), modulus)
    values = linalg.eigvalsh(gram(task, train), check_finite=False)
    return int((values < tolerance(values)).sum())


@lru_cache(maxsize=16)
def trivial_dimension(task: Task, modulus: int | None = None) -> int:
    """What remains free under the whole data set, which no training set can fix.

    Args:
        task: a task whose inputs are pairs of symbols.
        modulus: as in `null_dimension`.

    Returns:
        n0 of D0.
    """
    if modulus is None:
        return len(trivial_space(task).T)
    return null_dimension(task, modulus=modulus)


@lru_cache(maxsize=16)
def trivial_space(task: Task) -> Floats:
    """The ground states of the whole data set, as `null_space` gives them; not to be written to."""
    basis = null_space(task)
    basis.setflags(write=False)
    return basis


def is_determined(task: Task, train: Train, *, modulus: int | None = None) -> bool:
    """Whether a training set determines the structure as well as the whole data set does.

    For addition: whether it leaves a unique linear structure E_k = a + k b. Faster than counting
    n0: the Gram matrix plus a projector on the trivial null space must be positive definite.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D.
        modulus: as in `null_dimension`.

    Returns:
        True if n0(D) = n0(D0).

    Example:
        >>> from grokphase.tasks import task
        >>> toy = task("addition", p=4)
        >>> is_determined(toy, [2, 4, 3, 5, 6, 7]), is_determined(toy, [2, 4])  # Eq. 21
        (True, False)

    Source: Liu et al. (2022), arXiv:2205.10343, section 3.2 and Eq. 21.
    """
    if modulus is not None:
        return null_dimension(task, train, modulus=modulus) == trivial_dimension(task, modulus)
    if not touches_all(task, train):
        return False
    basis = trivial_space(task)
    matrix = gram(task, train)
    matrix += (matrix.trace() / len(matrix)) * (basis @ basis.T)
    factor, failed = linalg.lapack.dpotrf(matrix, lower=True, overwrite_a=True)
    pivots = np.diag(factor) ** 2
    return failed == 0 and bool(pivots.min() > _CERTAIN * pivots.max())


def touches_all(task: Task, train: Train) -> bool:
    """Whether every symbol takes part in a parallelogram of D, if it does in one of D0.

    Necessary for the structure to be determined, and in large data sets nearly sufficient.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D.

    Returns:
        True if no symbol that `constrained` binds under the whole data set is free under D.

    Raises:
        GrokphaseError: the inputs are not pairs of symbols, or the training set does not fit.

    Example:
        >>> from grokphase.tasks import task
        >>> touches_all(task("addition", p=4), [2, 4])
        False

    Source: this work; the equations are Eq. 7 of Liu et al. (2022), arXiv:2205.10343.
    """
    return bool((constrained(task, train) > 0)[_bound(task)].all())


@lru_cache(maxsize=16)
def _bound(task: Task) -> Mask:
    return constrained(task) > 0
