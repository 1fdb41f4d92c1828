"""Algebraic properties of an operation, computed from its table and never declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

UNDEFINED = -1


@final
@dataclass(frozen=True)
class OperationProperties:
    """What holds of a binary operation on p symbols.

    A result counts as the symbol ``k`` if it is the integer ``k`` and ``0 <= k < p``.

    Args:
        total: a result is defined for every ordered pair.
        closed: total, and every result is a symbol.
        commutative: ``ab`` and ``ba`` are the same, or both undefined, for all pairs.
        associative: ``(ab)c = a(bc)``. False if some triple where both sides are defined breaks
            it; True if it holds for all triples of a closed operation; None if no triple breaks
            it but the operation is not closed, so that not every triple can be formed (addition
            without modulus).
        identity: the symbol ``e`` with ``ea = ae = a`` for all ``a``; None if there is none.
        latin_square: total with exactly p results, each once in every row and every column.
        group: closed, associative, with identity and inverses.

    Example:
        >>> from grokphase.tasks import task
        >>> print(task("S3").properties)
        closed, not commutative, associative, identity 0, Latin square: a group
    """

    total: bool
    closed: bool
    commutative: bool
    associative: bool | None
    identity: int | None
    latin_square: bool
    group: bool

    @property
    def quasigroup(self) -> bool:
        """A Latin square whose results are the symbols: every equation ``ax = b`` has a root."""
        return self.closed and self.latin_square

    @property
    def abelian(self) -> bool:
        """A commutative group."""
        return self.group and self.commutative

    def __str__(self) -> str:
        """The properties as a phrase for displays."""
        return self.told(str)

    def told(self, called: Callable[[int], str]) -> str:
        """The properties as a phrase, with what the identity is called."""
        associative = {
            True: "associative",
            False: "not associative",
            None: "associativity open (not closed)",
        }[self.associative]
        parts = [
            "closed" if self.closed else "not closed",
            "commutative" if self.commutative else "not commutative",
            associative,
            "no identity" if self.identity is None else f"identity {called(self.identity)}",
            "Latin square" if self.latin_square else "not a Latin square",
        ]
        kind = ": an abelian group" if self.abelian else ": a group" if self.group else ""
        return ", ".join(parts) + kind


def operation_properties(
    table: NDArray[np.int32], results: NDArray[np.int64]
) -> OperationProperties:
    """Compute the properties of an operation, exactly.

    Associativity of a closed operation is decided by Light's test: it is enough that
    ``(xg)y = x(gy)`` for all x, y and each ``g`` of a generating set, because the ``g`` for which
    this holds are closed under the operation. A group of order p takes at most ``log2 p`` + 1
    generators of :math:`p^2` look-ups each; only an operation that generates little, or is not
    closed, costs :math:`O(p^3)`.

    Args:
        table: ``(p, p)`` class of the result of each ordered pair, -1 where undefined.
        results: ``(classes,)`` the integer each class stands for.

    Returns:
        The properties.

    Source of the test: Clifford and Preston 1961, The Algebraic Theory of Semigroups, section 1.2.

    Example:
        >>> table = (np.arange(4)[:, None] + np.arange(4)) % 4
        >>> operation_properties(table.astype(np.int32), np.arange(4)).abelian
        True
    """
    p = len(table)
    total = bool((table != UNDEFINED).all())
    symbols = _as_symbols(table, results)
    closed = total and bool((symbols != p).all())
    associative = _associative(symbols) if closed else _partly_associative(table, symbols)
    identity = _identity(symbols)
    latin = total and len(results) == p and is_latin_square(table)
    return OperationProperties(
        total=total,
        closed=closed,
        commutative=bool(np.array_equal(table, table.T)),
        associative=associative,
        identity=identity,
        latin_square=latin,
        # An associative quasigroup has an identity and inverses.
        group=closed and latin and bool(associative),
    )


def _as_symbols(table: NDArray[np.int32], results: NDArray[np.int64]) -> NDArray[np.intp]:
    """The result of each pair as a symbol; p where it is undefined or not a symbol."""
    p = len(table)
    values = results[np.maximum(table, 0)]
    is_symbol = (table != UNDEFINED) & (values >= 0) & (values < p)
    return np.where(is_symbol, values, p).astype(np.intp)


def _associative(product: NDArray[np.intp]) -> bool:
    """Light's test of a closed operation, a generator at a time."""
    generated = np.zeros(len(product), bool)
    while not generated.all():
        generator = int(np.argmin(generated))
        left = product[product[:, generator]]  # [x, y] = (xg)y
        right = product[:, product[generator]]  # [x, y] = x(gy)
        if not np.array_equal(left, right):
            return False
        generated[generator] = True
        _close(product, generated)
    return True


def _close(product: NDArray[np.intp], members: NDArray[np.bool_]) -> None:
    """Add to the members, in place, all that the operation makes of them."""
    before = 0
    while (found := np.flatnonzero(members)).size > before:
        before = found.size
        members[product[np.ix_(found, found)]] = True


def _partly_associative(table: NDArray[np.int32], symbols: NDArray[np.intp]) -> bool | None:
    """False if a triple that can be formed both ways breaks associativity, else None."""
    p = len(table)
    padded = np.full((p + 1, p + 1), UNDEFINED, np.int32)
    padded[:p, :p] = table
    for a in range(p):
        left = padded[symbols[a], :p]  # [b, c] = (ab)c
        right = padded[a, symbols]  # [b, c] = a(bc)
        if ((left != right) & (left != UNDEFINED) & (right != UNDEFINED)).any():
            return False
    return None


def _identity(symbols: NDArray[np.intp]) -> int | None:
    every = np.arange(len(symbols))
    left, right = (symbols == every).all(axis=1), (every == symbols.T).all(axis=1)
    neutral = left & right
    return int(np.argmax(neutral)) if neutral.any() else None


def is_latin_square(table: NDArray[np.int32]) -> bool:
    """Whether each of p classes stands once in every row and every column."""
    every = np.arange(len(table))
    rows, columns = np.sort(table, axis=1), np.sort(table.T, axis=1)
    return bool((rows == every).all() and (columns == every).all())
