"""The definitions of the paper, written down as they stand, for small p."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from grokphase.tasks import Task


def pairs(task: Task, train: list[int] | None = None) -> list[tuple[int, int]]:
    """P0(D), Eq. 1."""
    chosen = sorted(range(len(task)) if train is None else train)
    return [(a, b) for a, b in combinations(chosen, 2) if task.labels[a] == task.labels[b]]


def rows(task: Task, found: list[tuple[int, int]]) -> np.ndarray:
    """A(P), Eq. 7: a row for each parallelogram."""
    matrix = np.zeros((len(found), task.symbols))
    for row, (a, b) in enumerate(found):
        for sample, sign in ((a, 1), (b, -1)):
            for symbol in task.inputs[sample]:
                matrix[row, symbol] += sign
    return matrix


def rank(matrix: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0


def implied(task: Task, train: list[int]) -> list[tuple[int, int]]:
    """P(D), Eq. 14: a rank for each quadruple."""
    shown = pairs(task, train)
    known = rows(task, shown)
    return [
        one
        for one in pairs(task)
        if rank(np.concatenate([known, rows(task, [one])])) == rank(known)
    ]


def reached(task: Task, train: list[int], realised: list[tuple[int, int]]) -> float:
    """Predicted accuracy, Eqs. 12-13."""
    known = set(train)
    more = {a for a, b in realised if b in known} | {b for a, b in realised if a in known}
    return len(known | more) / len(task)
