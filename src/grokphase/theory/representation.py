"""Representation quality and the accuracy it promises: RQI, predicted accuracy, and their ideals.

Nothing here needs a list of parallelograms: within each result, those of one dimension are counted
by sorting, others by distances.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.tasks import Task
from grokphase.theory.conventions import Convention, Sides, sides
from grokphase.theory.hessian import count
from grokphase.theory.null_space import null_space
from grokphase.theory.samples import Floats, Integers, Mask, Train, training_mask

_EXACT = 1e-7
"""Sides of the ideal representation meet exactly; this is far above rounding, and far below any
distance that chance would leave in `_PROJECTIONS` dimensions."""
_PROJECTIONS = 4


def rqi(
    embedding: Any, task: Task, *, convention: Convention = "code", delta: float | None = None
) -> float:
    r"""The representation quality index :math:`RQI = |P(R, \delta)| / |P_0|`.

    Args:
        embedding: (p, d) vectors, (p,) numbers or (p, d, d) matrices.
        task: a task whose inputs are pairs of symbols.
        convention: ``"code"`` or ``"paper"``, see `sides`.
        delta: the tolerance, see `sides`.

    Returns:
        From 0 (no structure) to 1 (a linear representation); 0 for a constant embedding under
        ``"code"``.

    Raises:
        GrokphaseError: the embedding does not fit, or the task has no parallelogram.

    Example:
        >>> from grokphase.tasks import task
        >>> rqi(3 + 0.5 * np.arange(10), task("addition", p=10))
        1.0

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 2-3.
    """
    return _quality(sides(embedding, task, convention=convention, delta=delta), task)


def predicted_accuracy(
    embedding: Any,
    task: Task,
    train: Train,
    *,
    convention: Convention = "code",
    delta: float | None = None,
) -> float:
    r"""The accuracy a representation promises on the whole data set, :math:`\widehat{Acc}`.

    A sample is counted if it is trained or forms a parallelogram of P(R) with a trained one:
    :math:`\widehat{Acc} = |\bar D(D, P(R))| / |D_0|`. Directly only, with no chain of several
    parallelograms, in the paper as in the code.

    Args:
        embedding: (p, d) vectors, (p,) numbers or (p, d, d) matrices.
        task: a task whose inputs are pairs of symbols.
        train: the training set D.
        convention: ``"code"`` or ``"paper"``, see `sides`.
        delta: the tolerance, see `sides`.

    Returns:
        Between ``|D| / |D0|`` and 1.

    Example:
        >>> from grokphase.tasks import task
        >>> toy = task("addition", p=10)
        >>> round(predicted_accuracy(np.arange(10), toy, toy.labels < 9), 4)  # sums 0 ... 8 seen
        0.4545

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 11-13 (Appendix D).
    """
    return _reach(sides(embedding, task, convention=convention, delta=delta), task, train)


def ideal_rqi(task: Task, train: Train) -> float:
    r"""The quality an ideal model reaches, :math:`\overline{RQI} = |P(D)| / |P_0|`.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D.

    Returns:
        From 0 to 1; 1 if and only if the structure is determined.

    Example:
        >>> from grokphase.tasks import task
        >>> ideal_rqi(task("addition", p=4), [2, 4, 3, 5, 6, 7])  # Eq. 21
        1.0

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 14 and 16 (Appendix E).
    """
    return _quality(_ideal(task, train), task)


def ideal_accuracy(task: Task, train: Train) -> float:
    r"""The accuracy an ideal model reaches, :math:`\overline{Acc} = \widehat{Acc}(D, P(D))`.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D.

    Returns:
        Between ``|D| / |D0|`` and 1.

    Example:
        >>> from grokphase.tasks import task
        >>> ideal_accuracy(task("addition", p=4), [2, 4, 3, 5, 6, 7])
        0.6

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 17 (Appendix E).
    """
    return _reach(_ideal(task, train), task, train)


def realised_parallelograms(
    embedding: Any, task: Task, *, convention: Convention = "code", delta: float | None = None
) -> Integers:
    """P(R, delta), the parallelograms an embedding realises, one by one.

    Args:
        embedding: (p, d) vectors, (p,) numbers or (p, d, d) matrices.
        task: a task whose inputs are pairs of symbols.
        convention: ``"code"`` or ``"paper"``, see `sides`.
        delta: the tolerance, see `sides`.

    Returns:
        (q, 2) pairs of indices into the samples of the task, the smaller first, ascending.

    Example:
        >>> from grokphase.tasks import task
        >>> realised_parallelograms(np.arange(4), task("addition", p=4)).tolist()
        [[2, 4], [3, 5], [6, 7]]

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 2.
    """
    return _listed(sides(embedding, task, convention=convention, delta=delta), task)


def implied_parallelograms(task: Task, train: Train) -> Integers:
    """P(D), the parallelograms a training set implies, with those it shows itself.

    One is implied if its equation is a combination of those of A(P0(D)), that is, if it holds in
    every ground state. A few random ground states at once show it: what holds in them holds in
    all, but for an event of probability below 1e-20.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None gives P0.

    Returns:
        (q, 2) pairs of indices into the samples of the task, the smaller first, ascending.

    Example:
        >>> from grokphase.tasks import task
        >>> toy = task("addition", p=6)
        >>> data = [
        ...     k
        ...     for k, pair in enumerate(toy.inputs.tolist())
        ...     if pair in ([0, 4], [1, 3], [1, 5], [2, 4])
        ... ]
        >>> [toy.inputs[list(pair)].tolist() for pair in implied_parallelograms(toy, data)]
        [[[0, 4], [1, 3]], [[0, 5], [2, 3]], [[1, 5], [2, 4]]]

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 14; the example is D1 ... D4 of Appendix C.
    """
    return _listed(_ideal(task, train), task)


def parallelograms(task: Task, train: Train = None) -> Integers:
    """P0(D), the pairs of distinct training samples with one result, one by one.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None gives P0.

    Returns:
        (q, 2) pairs of indices into the samples of the task, the smaller first, ascending.

    Example:
        >>> from grokphase.tasks import task
        >>> len(parallelograms(task("addition", p=10)))
        70

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 1.
    """
    everywhere = Sides(np.zeros((len(task), 1)), 0.0, True)
    return _listed(everywhere, task, training_mask(task, train))


def _ideal(task: Task, train: Train) -> Sides:
    """Ground states drawn at random realise what all ground states realise."""
    basis = null_space(task, train)
    draws = np.random.default_rng(0).standard_normal((basis.shape[1], _PROJECTIONS))
    first, second = task.inputs.T
    states = basis @ draws
    return Sides(states[first] + states[second], _EXACT, True)


def _classes(task: Task, mask: Mask | None = None) -> Iterator[Integers]:
    """The samples of each result, ascending."""
    order = np.argsort(task.labels, kind="stable")
    if mask is not None:
        order = order[mask[order]]
    ends = np.flatnonzero(np.diff(task.labels[order])) + 1
    return (one for one in np.split(order, ends) if len(one))


def _quality(given: Sides, task: Task) -> float:
    every = count(task)
    if every == 0:
        raise GrokphaseError(
            f"No two samples of {task.name} have one result, so it has no parallelograms."
        )
    if not np.isfinite(given.points).all():
        return 0.0
    near = _near_sorted if given.points.shape[1] == 1 else _near
    return sum(near(given, one) for one in _classes(task)) / every


def _near(given: Sides, one: Integers) -> int:
    from scipy.spatial.distance import pdist

    return int(_meet(given, pdist(given.points[one])).sum())


def _near_sorted(given: Sides, one: Integers) -> int:
    """Pairs of numbers that meet: for each in ascending order, how many follow within reach."""
    line = np.sort(given.points[one, 0])
    reach = line + given.limit
    within = np.searchsorted(line, reach, side="right" if given.inclusive else "left")
    follow = within - np.arange(1, len(line) + 1)
    return int(np.maximum(follow, 0).sum())


def _meet(given: Sides, distance: Floats) -> Mask:
    return distance <= given.limit if given.inclusive else distance < given.limit


def _reach(given: Sides, task: Task, train: Train) -> float:
    mask = training_mask(task, train)
    right = int(mask.sum())
    if np.isfinite(given.points).all():
        right += sum(_reached(given, one, mask) for one in _classes(task))
    return right / len(task)


def _reached(given: Sides, one: Integers, mask: Mask) -> int:
    """How many validation samples of a class meet one of its training samples."""
    from scipy.spatial.distance import cdist

    known, asked = given.points[one[mask[one]]], given.points[one[~mask[one]]]
    if not len(known) or not len(asked):
        return 0
    return int(_meet(given, cdist(asked, known).min(axis=1)).sum())


def _listed(given: Sides, task: Task, mask: Mask | None = None) -> Integers:
    from scipy.spatial.distance import pdist

    found = [np.zeros((0, 2), np.int64)]
    if np.isfinite(given.points).all():
        for one in _classes(task, mask):
            first, second = np.triu_indices(len(one), k=1)
            near = _meet(given, pdist(given.points[one]))
            found.append(np.stack([one[first[near]], one[second[near]]], axis=1))
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
