"""How few training samples can determine the structure of addition (Appendices C and E)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from grokphase.tasks import Task


def least_determining(task: Task) -> tuple[int, ...]:
    """A smallest training set that determines the structure of addition, by exact search.

    n samples with c different results show n - c independent equations at most, and p - 2 are
    needed. So only sets with n - c >= p - 2 are tried, from the smallest n on.

    Example:
        >>> from grokphase.tasks import task
        >>> small = task("addition", p=6)
        >>> [small.inputs[k].tolist() for k in least_determining(small)]
        [[0, 4], [0, 5], [1, 3], [1, 4], [2, 2], [2, 3]]
    """
    from grokphase.theory import is_determined
    from grokphase.theory.null_space import trivial_dimension

    rank = (task.symbols or 0) - trivial_dimension(task)
    tried = (chosen for many in count(rank) for chosen in _promising(task, many, rank))
    return next(chosen for chosen in tried if is_determined(task, chosen))


def _promising(task: Task, many: int, rank: int) -> Iterator[tuple[int, ...]]:
    """Sets of so many samples that might show as many independent equations as the rank."""
    classes = [np.flatnonzero(task.labels == label) for label in range(task.classes)]
    for results in range(1, many - rank + 1):
        for chosen in combinations(classes, results):
            available = np.sort(np.concatenate(chosen))
            if len(available) >= many:
                yield from combinations(available.tolist(), many)
