"""Many training sets at once, for small tasks: their Gram matrices in one product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from grokphase.tasks import Task
from grokphase.theory.null_space import tolerance, trivial_dimension
from grokphase.theory.samples import Floats, Mask, samples

LARGEST_P: Final = 24
"""Up to this number of symbols, many small matrices at once are faster than one after another."""
_CHUNK_NUMBERS: Final = 4_000_000


def grams(task: Task, masks: Mask) -> Iterator[Floats]:
    """The Gram matrices of many training sets, in chunks that fit the cache of a small machine.

    Args:
        task: a task whose inputs are pairs of symbols.
        masks: (m, n) one training set a row.

    Yields:
        (c, p, p) Gram matrices of the next c training sets, as `gram` gives them.

    Example:
        >>> from grokphase.tasks import task
        >>> [chunk.shape for chunk in grams(task("addition", p=4), np.ones((5, 10), bool))]
        [(5, 4, 4)]
    """
    data = samples(task)
    n, p, classes = len(data.labels), data.symbols, data.classes
    every = np.arange(n)
    rows = np.zeros((n, p))
    np.add.at(rows, (every, data.first), 1)
    np.add.at(rows, (every, data.second), 1)
    of_class = np.zeros((n, classes))
    of_class[every, data.labels] = 1
    squares = (rows[:, :, None] * rows[:, None, :]).reshape(n, p * p)
    sums = (of_class[:, :, None] * rows[:, None, :]).reshape(n, classes * p)
    size = max(1, _CHUNK_NUMBERS // (n + p * (p + classes)))
    for start in range(0, len(masks), size):
        chosen = masks[start : start + size].astype(np.float64)
        weight = chosen * (chosen @ of_class)[:, data.labels]
        total = (chosen @ sums).reshape(-1, classes, p)
        yield (weight @ squares).reshape(-1, p, p) - total.transpose(0, 2, 1) @ total


def rates(task: Task, masks: Mask) -> Floats:
    """The first eigenvalue of each Gram matrix after the trivial ones; 0 where it vanishes.

    Args:
        task: a task whose inputs are pairs of symbols.
        masks: (m, n) one training set a row.

    Returns:
        (m,) eigenvalues of the Gram matrix G; those of the Hessian are 2 / (N Z0) times these.

    Example:
        >>> from grokphase.tasks import task
        >>> rates(task("addition", p=10), np.ones((1, 55), bool)).round(6).tolist()
        [30.0]
    """
    trivial = trivial_dimension(task)
    found = [np.zeros(0)]
    for chunk in grams(task, masks):
        values: Floats = np.linalg.eigvalsh(chunk).astype(np.float64, copy=False)
        if trivial == values.shape[1]:
            found.append(np.zeros(len(chunk)))
            continue
        first = values[:, trivial]
        found.append(np.where(first < tolerance(values), 0.0, first))
    return np.concatenate(found)


def are_determined(task: Task, masks: Mask) -> Mask:
    """Whether each training set determines the structure; see `is_determined`.

    Args:
        task: a task whose inputs are pairs of symbols.
        masks: (m, n) one training set a row.

    Returns:
        (m,).
    """
    trivial = trivial_dimension(task)
    if trivial == task.symbols:
        return np.ones(len(masks), bool)
    return rates(task, masks) > 0
