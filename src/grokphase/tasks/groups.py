"""Finite groups: cyclic, dihedral, symmetric, alternating, direct products, or any table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.definition import Task
from grokphase.tasks.operations import MOST_SYMBOLS, operation
from grokphase.tasks.properties import OperationProperties
from grokphase.tasks.tables import from_table
from grokphase.tasks.targets import Target

Table = NDArray[np.int64]

LAWS: dict[str, tuple[str, Callable[[Table, Table], Table]]] = {
    "": ("x y", lambda product, inverse: product),
    "conjugation": (
        "x y x^-1",
        lambda product, inverse: product[product, inverse[:, None]],
    ),
    "sandwich": (
        "x y x",
        lambda product, inverse: product[product, np.arange(len(product))[:, None]],
    ),
}
"""What is done with two elements, by the suffix of the name: formula, and table from product and
inverses."""

GROUP_NAMES = (
    "a group is written C12 (cyclic), D5 (symmetries of the pentagon, order 10), S3 to S6, "
    "A3 to A6, or a direct product such as C2xS3; S5-conjugation is x y x^-1, S5-sandwich is x y x"
)


def group(name: str, *, pairs: str = "ordered", target: Target | str = "classification") -> Task:
    r"""The multiplication of a finite group, by its name.

    - ``"C12"``: cyclic, of order 12; element k is the k-th power of the generator.
    - ``"D5"``: dihedral, the symmetries of the pentagon, of order **10** (not 5); elements
      0 ... 4 are the rotations :math:`r^k`, elements 5 ... 9 are :math:`r^k s`.
    - ``"S3"``, ``"A5"``: all, or the even, permutations, numbered in lexicographic order.
      The product :math:`ab` **applies a first, then b**: :math:`(ab)[i] = b[a[i]]`, in NumPy
      ``b[a]``, as in the code of both papers below. The identity is element 0.
    - ``"C2xS3"``: direct product; element :math:`(g, h)` has number ``g * order(h) + h``.
    - ``"S5-conjugation"``, ``"S5-sandwich"``: :math:`x y x^{-1}` and :math:`x y x` in a group.

    Pairs are ordered by default: 36 for S3, 14400 for S5.

    Args:
        name: as above; upper or lower case.
        pairs: ``"ordered"``, or ``"unordered"`` if the group is abelian.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: there is no such group, or an option is not usable.

    Source: Liu et al. 2022 (arXiv:2205.10343), appendix H (S3); Power et al. 2022
        (arXiv:2201.02177), appendix A.1.1 (S5); Chughtai et al. 2023 (arXiv:2302.03025).

    Example:
        >>> s3 = group("S3")
        >>> len(s3), s3.classes, s3.properties.group, s3.properties.commutative
        (36, 6, True, False)
    """
    factors, law = parse_group(name)
    product = _named_product(factors)
    inverse = np.argmax(product == 0, axis=1)
    results = LAWS[law][1](product, inverse)
    return operation(group_name(factors, law), results, pairs=pairs, target=target)


def parse_group(name: str) -> tuple[tuple[tuple[str, int], ...], str]:
    """The factors of a group name and its law.

    Raises:
        GrokphaseError: it is not the name of a group.

    Example:
        >>> parse_group("c2xS3-conjugation")
        ((('C', 2), ('S', 3)), 'conjugation')
    """
    product, dash, law = name.partition("-")
    parts = product.upper().split("X")
    matches = [re.fullmatch(r"([CDSA])([1-9]\d{0,3})", part) for part in parts]
    factors = tuple((match[1], int(match[2])) for match in matches if match)
    if len(factors) < len(matches) or law.lower() not in LAWS or bool(dash) != bool(law):
        raise GrokphaseError(f"There is no group {name!r}: {GROUP_NAMES}.")
    order = 1
    for family, n in factors:
        order *= _order(family, n)
    if not 2 <= order <= MOST_SYMBOLS:
        raise GrokphaseError(
            f"The group {name} has {'one element' if order < 2 else 'too many elements'}: "
            f"its order must be from 2 to {MOST_SYMBOLS}, for example C12, D5 or S5."
        )
    return factors, law.lower()


def group_name(factors: tuple[tuple[str, int], ...], law: str) -> str:
    """The one way the name is written.

    Example:
        >>> group_name((("C", 2), ("S", 3)), "")
        'C2xS3'
    """
    product = "x".join(f"{family}{n}" for family, n in factors)
    return f"{product}-{law}" if law else product


def group_from_table(
    table: Any, *, pairs: str = "ordered", target: Target | str = "classification"
) -> Task:
    """The group with this multiplication table, checked to be a group.

    Args:
        table: p x p nested list or array; entry ``[a][b]`` is the number of the element ``ab``,
            from 0 to p - 1.
        pairs: ``"ordered"``, or ``"unordered"`` if the group is abelian.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: the table is not that of a group; the message names the axiom.

    Example:
        >>> group_from_table([[0, 1], [1, 0]]).properties.abelian
        True
    """
    checked = from_table(table, target=target)
    if checked.properties is not None and not checked.properties.group:
        raise GrokphaseError(
            f"This table is not that of a group: {_broken_axiom(checked.properties, len(table))}; "
            "for an operation that is no group write from_table(table)."
        )
    return from_table(table, pairs=pairs, target=target)


def _broken_axiom(properties: OperationProperties, p: int) -> str:
    if not properties.closed:
        return f"some result is undefined or not one of the elements, numbered 0 to {p - 1}"
    if properties.identity is None:
        return "it has no identity"
    if not properties.associative:
        return "it is not associative"
    return "some element has no inverse"


def _order(family: str, n: int) -> int:
    if family in "SA" and n > 6:
        return MOST_SYMBOLS + 1
    permutations = int(np.prod(np.arange(1, n + 1))) if family in "SA" else 0
    return {"C": n, "D": 2 * n, "S": permutations, "A": max(permutations // 2, 1)}[family]


def _named_product(factors: tuple[tuple[str, int], ...]) -> Table:
    product = np.zeros((1, 1), np.int64)
    for family, n in factors:
        product = _direct(product, _FAMILIES[family](n))
    return product


def _direct(first: Table, second: Table) -> Table:
    """Product table of the direct product; element (g, h) is g * order(h) + h."""
    order = len(first) * len(second)
    combined = first[:, None, :, None] * len(second) + second[None, :, None, :]
    return combined.reshape(order, order)


def _cyclic(n: int) -> Table:
    return np.add.outer(np.arange(n), np.arange(n)) % n


def _dihedral(n: int) -> Table:
    """Elements r^k (k < n), then r^k s, with s r = r^-1 s."""
    turn, flip = np.arange(2 * n) % n, np.arange(2 * n) // n
    turns = turn[:, None] + np.where(flip[:, None] == 1, -1, 1) * turn
    return turns % n + n * (flip[:, None] ^ flip)


def _symmetric(n: int) -> Table:
    return _permutation_product(list(itertools.permutations(range(n))))


def _alternating(n: int) -> Table:
    every = itertools.permutations(range(n))
    return _permutation_product([one for one in every if _is_even(one)])


def _is_even(permutation: tuple[int, ...]) -> bool:
    inversions = sum(a > b for a, b in itertools.combinations(permutation, 2))
    return inversions % 2 == 0


def _permutation_product(elements: list[tuple[int, ...]]) -> Table:
    """Product table of permutations in ascending order: a first, then b."""
    array = np.array(elements)
    n = array.shape[1]
    digits = n ** np.arange(n)[::-1]
    codes = array @ digits  # ascending, as the elements are in lexicographic order
    # array[b][array[a]] for all a, b: shape (order, order, n).
    products = array.T[array].transpose(0, 2, 1)
    found: Table = np.searchsorted(codes, products @ digits)
    return found


_FAMILIES: dict[str, Callable[[int], Table]] = {
    "C": _cyclic,
    "D": _dihedral,
    "S": _symmetric,
    "A": _alternating,
}
