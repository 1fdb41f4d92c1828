"""Which samples are trained, as plain arrays of their two symbols and their class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks import Task

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Train = Sequence[int] | NDArray[Any] | None
"""A training set D: sample indices, a boolean mask over the samples, or None for all (D0)."""


class Samples(NamedTuple):
    """The samples of a training set.

    Args:
        symbols: p, the number of symbols.
        classes: number of distinct results of the task.
        first: (m,) first symbol of each sample.
        second: (m,) second symbol of each sample.
        labels: (m,) class of each sample.
    """

    symbols: int
    classes: int
    first: Integers
    second: Integers
    labels: Integers


def samples(task: Task, train: Train = None) -> Samples:
    """The samples of a training set D as arrays.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: indices of the training samples, a mask over all samples, or None for all.

    Raises:
        GrokphaseError: the inputs are not pairs of symbols, or an index is not one of a sample.

    Example:
        >>> from grokphase.tasks import task
        >>> samples(task("addition", p=10), [0, 10]).labels.tolist()
        [0, 2]
    """
    p = symbols(task)
    chosen = np.flatnonzero(training_mask(task, train))
    first, second = task.inputs[chosen].astype(np.int64).T
    return Samples(p, task.classes, first, second, task.labels[chosen].astype(np.int64))


def symbols(task: Task) -> int:
    """The number of symbols p of a task whose inputs are pairs of symbols.

    Raises:
        GrokphaseError: the inputs are something else.
    """
    if task.symbols is None or task.inputs.shape[1] != 2:
        raise GrokphaseError(
            f"The theory is about operations on two symbols, and the inputs of {task.name} are "
            'something else: for example task("addition", p=10), in a shell grokphase theory flow '
            "addition --p 10."
        )
    return task.symbols


def training_mask(task: Task, train: Train = None) -> Mask:
    """A training set as a mask over the samples of the task.

    Args:
        task: the task.
        train: indices, a mask, or None for all samples.

    Returns:
        (n,) true where a sample is trained.

    Raises:
        GrokphaseError: an index or the mask does not fit the task.

    Example:
        >>> from grokphase.tasks import task
        >>> int(training_mask(task("addition", p=10), [3, 4]).sum())
        2
    """
    n = len(task)
    if train is None:
        return np.ones(n, bool)
    given = np.asarray(train)
    if given.dtype == bool and given.shape == (n,):
        return given
    whole = given.ndim == 1 and (given.dtype.kind in "iu" or given.size == 0)
    if not whole or (given.size and (given.min() < 0 or given.max() >= n)):
        raise GrokphaseError(
            f"A training set is a list of sample indices from 0 to {n - 1}, or a mask of {n} "
            f"truth values, not {train!r}: for example Split(count=45).indices(task, seed=0)[0]."
        )
    mask = np.zeros(n, bool)
    mask[given.astype(np.int64)] = True
    return mask
