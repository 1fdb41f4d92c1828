r"""Generalised parallelograms of groups with matrix embeddings (Appendix H).

Two samples with one product give :math:`E_a E_b = E_c E_d`. For invertible matrices this equates
a left and a right quotient, :math:`E_c^{-1} E_a = E_d E_b^{-1}`, so that parallelograms link
quotients, and a parallelogram whose two quotients are linked can be deduced.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.tasks import Task, stream
from grokphase.tasks.checks import whole
from grokphase.theory.conventions import as_matrices
from grokphase.theory.critical import CriticalFraction, transition
from grokphase.theory.null_space import tolerance
from grokphase.theory.orders import first_count
from grokphase.theory.representation import parallelograms
from grokphase.theory.samples import Floats, Integers, Train, samples, symbols

if TYPE_CHECKING:
    from scipy.sparse import coo_array


def deduced_parallelograms(task: Task, train: Train, *, compose: bool = True) -> Integers:
    """The generalised parallelograms that follow from those of a training set.

    What follows holds in every embedding by invertible matrices that realises P0(D). The
    deduction of Appendix H is one chain of equal quotients: three parallelograms make a new one.
    With `compose`, quotients are also multiplied, (x^-1 y)(y^-1 z) = x^-1 z, until nothing new
    follows.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D.
        compose: whether quotients are multiplied; False for chains alone.

    Returns:
        (q, 2) pairs of indices into the samples of the task, the smaller first.

    Example:
        >>> from grokphase.tasks import task
        >>> len(deduced_parallelograms(task("S3"), range(36)))  # all of P0
        90

    Source: Liu et al. (2022), arXiv:2205.10343, Appendix H, Eqs. 30-31 and Figure 16.
    """
    from scipy.sparse.csgraph import connected_components

    p = symbols(task)
    left, right = _quotients(task, parallelograms(task, train))
    links = connected_components(_edges(left, right, 2 * p * p))[1]
    # All x^-1 x and x x^-1 are the identity.
    same = np.concatenate([np.arange(p) * (p + 1), p * p + np.arange(p) * (p + 1)])
    links = _merge(links, links[same[:-1]], links[same[1:]])
    while compose:
        before = links.max()
        links = _compose(links.reshape(2, p, p))
        if links.max() == before:
            break
    every = parallelograms(task)
    left, right = _quotients(task, every)
    return np.asarray(every[(links[left] == links[right])[: len(every)]])


def free_directions(task: Task, matrices: Floats, train: Train = None) -> int:
    r"""How many ways remain to move an embedding by matrices that keep its parallelograms.

    The nullity of the Hessian of :math:`\sum_{P_0(D)} \|E_a E_b - E_c E_d\|_F^2` at a
    representation of the group, where all terms vanish. A training set determines the
    representation, near it, if it leaves no more directions than the whole data set.

    Args:
        task: a group.
        matrices: (p, d, d) a representation, such as `permutation_matrices` or
            `regular_matrices`.
        train: the training set D; None for the whole data set.

    Returns:
        The nullity, out of p d^2.

    Raises:
        GrokphaseError: not one finite square matrix for each symbol, or a training set that does
            not fit the task.

    Example:
        >>> from grokphase.tasks import task
        >>> free_directions(task("S3"), permutation_matrices(3))  # 7 of basis, 2 of factors
        9

    Source: this work; the generalised parallelograms are those of Liu et al. (2022),
    arXiv:2205.10343, Appendix H.
    """
    given = as_matrices(matrices, task)
    data = samples(task, train)
    size, d2 = data.symbols * given.shape[1] ** 2, given.shape[1] ** 2
    one = np.eye(given.shape[1])
    rows = np.zeros((len(data.labels), d2, data.symbols, d2))
    for k, (a, b) in enumerate(zip(data.first, data.second, strict=True)):
        rows[k, :, a] += np.kron(one, given[b].T)
        rows[k, :, b] += np.kron(given[a], one)
    rows = rows.reshape(len(rows), d2, size)
    total = np.zeros((size, size))
    for label in np.unique(data.labels):
        members = rows[data.labels == label]
        flat, added = members.reshape(-1, size), members.sum(axis=0)
        total += len(members) * flat.T @ flat - added.T @ added
    values = np.asarray(np.linalg.eigvalsh(total), np.float64)
    return int((values < tolerance(values)).sum())


def permutation_matrices(n: int) -> Floats:
    """The representation of the symmetric group by n x n permutation matrices.

    Row x of E_a has its 1 where a takes x. For S3 the matrices are of the size that the paper
    learns, 3 x 3.

    Args:
        n: of S_n, whose elements are numbered as in the tasks: in lexicographic order.

    Returns:
        (n!, n, n), with E_a E_b = E_ab where ab applies a first.

    Example:
        >>> permutation_matrices(3)[1].astype(int).tolist()
        [[1, 0, 0], [0, 0, 1], [0, 1, 0]]

    Source: this work; a representation as in Liu et al. (2022), arXiv:2205.10343, Eq. 28.
    """
    return np.stack([np.eye(n)[list(one)] for one in itertools.permutations(range(n))])


def regular_matrices(task: Task) -> Floats:
    """The regular representation of a group: element a takes each x to x a.

    Row x of E_a has its 1 in column x a, so that E_a E_b = E_ab.

    Args:
        task: a group.

    Returns:
        (p, p, p), one matrix of zeros and ones for each element.

    Raises:
        GrokphaseError: the task is not a group.

    Example:
        >>> from grokphase.tasks import task
        >>> regular_matrices(task("C3")).shape
        (3, 3, 3)

    Source: this work; a representation as in Liu et al. (2022), arXiv:2205.10343, Eq. 28.
    """
    if task.properties is None or not task.properties.group:
        raise GrokphaseError(
            f'{task.name} is not a group, so it has no representation by matrices: try "S3".'
        )
    product = np.asarray(task.results)[np.asarray(task.table)]
    return np.asarray(np.eye(len(product))[product].transpose(1, 0, 2))


def critical_fraction_of_matrices(
    task: Task,
    *,
    trials: int = 200,
    seed: int = 0,
    criterion: Literal["deduction", "chains", "local"] = "deduction",
    matrices: Floats | None = None,
) -> CriticalFraction:
    """The critical training fraction of a group embedded by matrices.

    Args:
        task: a group.
        trials: how many random orders of the samples.
        seed: of the orders.
        criterion: ``"deduction"``: all parallelograms of P0 can be deduced, which is sure to be
            enough; ``"chains"``: by the chains of Appendix H alone; ``"local"``: no more
            `free_directions` are left than the whole data set leaves, which is necessary.
        matrices: (p, d, d) the representation of the local criterion; the regular one by default.

    Returns:
        The probability at each size, and the fraction of the samples at which it is one half.

    Raises:
        GrokphaseError: the task is not a group, or an unknown criterion.

    Example:
        >>> from grokphase.tasks import task
        >>> found = critical_fraction_of_matrices(task("S3"), trials=20)
        >>> 0.3 < found.critical_fraction < 0.7
        True

    Source: Liu et al. (2022), arXiv:2205.10343, Appendix H and Figure 18 (b).
    """
    regular = regular_matrices(task)
    representation = regular if matrices is None else matrices
    if criterion not in ("deduction", "chains", "local"):
        raise GrokphaseError(f'criterion is "deduction", "chains" or "local", not {criterion!r}.')

    def left(train: Train) -> int:
        """What a training set leaves open, in whatever the criterion counts."""
        if criterion == "local":
            return free_directions(task, representation, train)
        return -len(deduced_parallelograms(task, train, compose=criterion == "deduction"))

    least = left(None)
    random = stream(seed, "theory")
    needed = []
    for _ in range(whole(trials, "trials", 1)):
        order = random.permutation(len(task))

        def holds(count: int, order: Integers = order) -> bool:
            return left(order[:count]) == least

        needed.append(first_count(holds, len(task)))
    return transition(task, np.array(needed), criterion=criterion, seed=seed)


def _quotients(task: Task, pairs: Integers) -> tuple[Integers, Integers]:
    """Of ab = cd, the nodes of c^-1 a and d b^-1, then those of their inverses."""
    p = symbols(task)
    (a, b), (c, d) = (task.inputs[pairs[:, side]].astype(np.int64).T for side in (0, 1))
    left = np.concatenate([c * p + a, a * p + c])
    right = np.concatenate([d * p + b, b * p + d])
    return left, p * p + right


def _edges(first: Integers, second: Integers, size: int) -> coo_array:
    from scipy.sparse import coo_array

    return coo_array((np.ones(len(first)), (first, second)), shape=(size, size))


def _merge(links: Integers, first: Integers, second: Integers) -> Integers:
    """Make one of the classes named in pairs."""
    from scipy.sparse.csgraph import connected_components

    size = int(links.max()) + 1
    return np.asarray(connected_components(_edges(first, second, size))[1][links])


def _compose(links: Integers) -> Integers:
    """Quotients of equal factors are equal: left ones first, then right, in one step."""
    size, (_, p, _) = int(links.max()) + 1, links.shape
    x, y, z = (axis.ravel() for axis in np.indices((p, p, p)))
    keys = (links[:, x, y] * size + links[:, y, z]).ravel()
    values = links[:, x, z].ravel()
    order = np.argsort(keys, kind="stable")
    same = np.diff(keys[order]) == 0
    flat = links.reshape(-1)
    return _merge(flat, values[order[:-1]][same], values[order[1:]][same])
