"""What a task turned out to be, in one line."""

from __future__ import annotations

import numpy as np

from grokphase.tasks.definition import Task
from grokphase.tasks.inverses import undefined
from grokphase.tasks.properties import UNDEFINED, is_latin_square

_SHOWN = 12  # names of symbols
_TESTED = 300  # symbols up to which associativity is tested: p^3 products, but for groups


def told(task: Task) -> str:
    """What was read, in one line: symbols, samples, what is undefined, and the algebra.

    Args:
        task: any task.

    Example:
        >>> from grokphase.tasks import task
        >>> print(told(task("S3")))  # doctest: +NORMALIZE_WHITESPACE
        S3: 6 symbols, 36 ordered pairs, 6 classes; closed, not commutative, associative,
        identity 0, Latin square: a group
        >>> print(told(task("modular-division", p=4)))  # doctest: +NORMALIZE_WHITESPACE
        modular-division: 4 symbols, 8 ordered pairs, 8 of 16 undefined (2 of 4 numbers have an
        inverse modulo 4, which is not prime), 4 classes; not closed, not commutative,
        associativity open (not closed), no identity, not a Latin square
    """
    if task.pairs is None or task.symbols is None:
        samples = f"{len(task)} samples"
        if task.test:
            samples = f"{len(task) - task.test} samples and {task.test} of its own test set,"
        features = task.inputs.shape[1]
        if task.is_function:
            return (
                f"{task.name}: {samples} of {features} features, {task.target} (a thresholded loss)"
            )
        return f"{task.name}: {samples} of {features} features, {task.classes} classes"
    parts = [_symbols(task), f"{len(task)} {task.pairs} pairs"]
    if task.table is not None:
        missing = undefined(task.kind, task.symbols, len(task), task.pairs, task.parameters)
        parts += [missing] if missing else []
    parts.append(f"{task.classes} classes")
    line = f"{task.name}: {', '.join([*parts, *_others(task)])}"
    return f"{line}; {_algebra(task)}" if task.table is not None else line


def _symbols(task: Task) -> str:
    count = f"{task.symbols} symbols"
    if not task.names:
        return count
    names = task.names[: task.symbols]
    more = ", ..." if len(names) > _SHOWN else ""
    return f"{count} ({', '.join(names[:_SHOWN])}{more})"


def _others(task: Task) -> list[str]:
    """The results that are no symbols, where symbols have names."""
    others = task.names[task.symbols :]
    if not others:
        return []
    more = ", ..." if len(others) > _SHOWN else ""
    return [f"{len(others)} of them no symbols ({', '.join(others[:_SHOWN])}{more})"]


def _algebra(task: Task) -> str:
    assert task.table is not None
    latin = is_latin_square(task.table)
    if (latin or len(task.table) <= _TESTED) and task.properties is not None:
        return task.properties.told(task.called)
    commutative = np.array_equal(task.table, task.table.T)
    total = bool((task.table != UNDEFINED).all())
    return ", ".join(
        [
            "defined everywhere" if total else "not defined everywhere",
            "commutative" if commutative else "not commutative",
            "not a Latin square",
            f"associativity not tested beyond {_TESTED} symbols",
        ]
    )
