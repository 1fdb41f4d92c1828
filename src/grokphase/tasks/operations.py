"""Binary operations on numbers: addition, and the modular operations of Power et al. 2022."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks.checks import whole
from grokphase.tasks.definition import Task
from grokphase.tasks.inverses import invertible
from grokphase.tasks.properties import UNDEFINED
from grokphase.tasks.targets import Target, as_target

MOST_SYMBOLS = 1000
"""The largest p: a table of p x p entries has to fit in memory with room to train."""

Integers = NDArray[np.int64]


def operation(
    name: str,
    results: NDArray[Any],
    defined: NDArray[np.bool_] | None = None,
    *,
    pairs: str = "ordered",
    target: Target | str = "classification",
    parameters: Mapping[str, int | float] | None = None,
    kind: str = "",
    names: Sequence[str] = (),
) -> Task:
    """A task from the results of an operation for all pairs of its symbols.

    The distinct results, in ascending order, become the classes. Samples are the pairs
    ``(a, b)`` in row-major order; with ``pairs="unordered"`` those with ``a <= b``.

    Args:
        name: the name of the task.
        results: ``(p, p)`` integer result of each ordered pair.
        defined: ``(p, p)`` where a result exists; None for everywhere.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative.
        target: ``"classification"``, ``"regression"`` or a target object.
        parameters: the numbers that made the task, by name.
        kind: what the task counts as, where its name is only what it is called.
        names: what the symbols and results are called, if not by their numbers.

    Raises:
        GrokphaseError: unordered pairs of an operation that is not commutative.

    Example:
        >>> operation("maximum", np.maximum.outer(np.arange(4), np.arange(4))).classes
        4
    """
    where = np.ones(results.shape, bool) if defined is None else defined
    values, classes = np.unique(results[where], return_inverse=True)
    table = np.full(results.shape, UNDEFINED, np.int32)
    table[where] = classes
    chosen = _chosen(name, table, where, pairs)
    return Task(
        name=name,
        inputs=np.argwhere(chosen),
        labels=table[chosen],
        classes=len(values),
        symbols=len(table),
        target=as_target(target),
        pairs=pairs,
        table=table,
        results=values,
        parameters=parameters or {},
        kind=kind,
        names=tuple(names),
    )


def addition(p: int = 10, *, pairs: str = "unordered", target: Target | str = "regression") -> Task:
    """Addition ``i + j`` of the symbols 0 ... p-1, without modulus: the toy of Liu et al. 2022.

    There are p(p+1)/2 unordered pairs in row-major order, ``i <= j``, and 2p - 1 classes, the
    class being the sum itself.

    Args:
        p: number of symbols.
        pairs: ``"unordered"`` (the default, as in the paper) or ``"ordered"``.
        target: ``"regression"`` (the default, as in the paper), ``"classification"``, or an
            object such as ``Regression(dimension=30)``.

    Raises:
        GrokphaseError: an option is not usable.

    Source: Liu et al. 2022 (arXiv:2205.10343), section 3.1.

    Example:
        >>> toy = addition(p=10)
        >>> len(toy), toy.classes, toy.inputs[10].tolist(), int(toy.labels[10])
        (55, 19, [1, 1], 2)
    """
    p = _modulus(p)
    numbers = np.arange(p)
    sums = np.add.outer(numbers, numbers)
    return operation("addition", sums, pairs=pairs, target=target, parameters={"p": p})


class Modular(NamedTuple):
    """A modular operation: how it is written, and how it is computed.

    Args:
        formula: for displays.
        compute: from ``(p, p)`` arrays x, y and the modulus p to the results and where they are
            defined (None: everywhere); results need not be reduced yet.
    """

    formula: str
    compute: Callable[[Integers, Integers, int], tuple[Integers, NDArray[np.bool_] | None]]


def _divide(x: Integers, y: Integers, p: int) -> tuple[Integers, NDArray[np.bool_]]:
    inverse = _inverses(p)
    return x * inverse[y], inverse[y] != UNDEFINED


def _divide_if_odd(x: Integers, y: Integers, p: int) -> tuple[Integers, NDArray[np.bool_]]:
    quotient, divisible = _divide(x, y, p)
    odd = y % 2 == 1
    return np.where(odd, quotient, x - y), divisible | ~odd


MODULAR: Mapping[str, Modular] = {
    "modular-addition": Modular("x + y", lambda x, y, p: (x + y, None)),
    "modular-subtraction": Modular("x - y", lambda x, y, p: (x - y, None)),
    "modular-multiplication": Modular("x y", lambda x, y, p: (x * y, None)),
    "modular-division": Modular("x / y, y != 0", _divide),
    "odd-division-even-subtraction": Modular("x / y if y is odd, else x - y", _divide_if_odd),
    "sum-of-squares": Modular("x^2 + y^2", lambda x, y, p: (x**2 + y**2, None)),
    "quadratic-form": Modular("x^2 + x y + y^2", lambda x, y, p: (x**2 + x * y + y**2, None)),
    "quadratic-form-plus-x": Modular(
        "x^2 + x y + y^2 + x", lambda x, y, p: (x**2 + x * y + y**2 + x, None)
    ),
    "cube-plus-product": Modular("x^3 + x y", lambda x, y, p: (x**3 + x * y, None)),
    "cubic-form-plus-y": Modular("x^3 + x y^2 + y", lambda x, y, p: (x**3 + x * y**2 + y, None)),
}
"""The modular operations by name, all mod p."""


def modular(
    name: str, p: int = 97, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """A modular operation on the symbols 0 ... p-1, by its name in ``MODULAR``.

    Division is defined where y has an inverse mod p, which for a prime p means y != 0; other
    pairs are left out. Pairs are ordered by default, as in Power et al. 2022 (p = 97: 9409 pairs,
    for division 9312), so that (a, b) can be trained while (b, a) is held out; a commutative
    operation can be asked for unordered pairs, p(p+1)/2 of them.

    Args:
        name: such as ``"modular-addition"``.
        p: the modulus; prime in the literature, but any number works.
        pairs: ``"ordered"``, or ``"unordered"`` if the operation is commutative.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: an option is not usable.

    Source: Power et al. 2022 (arXiv:2201.02177), appendix A.1.1.

    Example:
        >>> len(modular("modular-division", p=97))
        9312
    """
    if name not in MODULAR:
        raise GrokphaseError(
            f"There is no modular operation {name!r}; there are {', '.join(MODULAR)}."
            f"{nearest(name, MODULAR)}"
        )
    p = _modulus(p)
    x, y = np.indices((p, p), dtype=np.int64)
    results, defined = MODULAR[name].compute(x, y, p)
    return operation(name, results % p, defined, pairs=pairs, target=target, parameters={"p": p})


def _modulus(p: int) -> int:
    return whole(p, "p", 2, MOST_SYMBOLS)


def _inverses(p: int) -> Integers:
    """Inverse of each number mod p; -1 where there is none."""
    inverse = np.full(p, UNDEFINED, np.int64)
    for number in np.flatnonzero(invertible(p)):
        inverse[number] = pow(int(number), -1, p)
    return inverse


def _chosen(
    name: str, table: NDArray[np.int32], defined: NDArray[np.bool_], pairs: str
) -> NDArray[np.bool_]:
    if pairs == "ordered":
        return defined
    if pairs != "unordered":
        raise GrokphaseError(f'pairs is "ordered" or "unordered", not {pairs!r}.')
    if not np.array_equal(table, table.T):
        raise GrokphaseError(
            f"{name} is not commutative, so (a, b) and (b, a) are different samples: "
            'write pairs="ordered", in a shell --set task.pairs=ordered.'
        )
    return np.triu(defined)
