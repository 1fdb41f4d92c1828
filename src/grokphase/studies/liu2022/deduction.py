"""Figure 16: which parallelograms follow from which, decided by exact arithmetic.

Random whole numbers satisfy the given equations. Another equation that fails in one draw does not
follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from grokphase.estimators import Measured, Table
from grokphase.studies.data import Data
from grokphase.studies.given import Given
from grokphase.studies.liu2022.theorems import Figures, Integers

Words = tuple[str, str]
SUMS: tuple[Words, ...] = (("ad", "bc"), ("cf", "de"))
PRODUCTS: tuple[Words, ...] = (("ad", "bc"), ("fc", "ed"), ("eh", "fg"))
"""a + d = b + c, ... of Eq. 29, and ad = bc, ... of Eqs. 30 and 31."""


def deductions(given: Given) -> dict[str, Any]:
    """What follows from given parallelograms, for vectors and for matrices.

    All equations between two sums (products) of two letters are tried on random whole numbers
    that satisfy the given ones, in exact arithmetic; matrices have determinant 1, so that their
    inverses are whole too.

    Returns:
        `draws`, and for `vectors` and `matrices` a list by the number of equations `given`: those
        `given`, and those that `follow`, in words.
    """
    draws = given.settings["draws"]
    return {
        "draws": draws,
        "vectors": [_follow(vectors(many, draws), SUMS[:many], "+") for many in range(3)],
        "matrices": [_follow(matrices(many, draws), PRODUCTS[:many], "") for many in range(4)],
    }


def vectors(given: int, draws: int) -> dict[str, Integers]:
    """Random whole vectors (draws, 3) that satisfy as many of `SUMS`, and no more by design."""
    random = np.random.default_rng(0)
    of = {letter: random.integers(-999, 1000, (draws, 3)) for letter in "abcdef"}
    if given >= 1:
        of["d"] = of["b"] + of["c"] - of["a"]
    if given >= 2:
        of["f"] = of["d"] + of["e"] - of["c"]
    return of


def matrices(given: int, draws: int) -> dict[str, Integers]:
    """Random whole matrices (draws, 3, 3) of determinant 1 that satisfy as many of `PRODUCTS`."""
    random = np.random.default_rng(0)
    of = {letter: _unimodular(random, draws) for letter in "abcdefgh"}
    if given >= 1:
        of["a"] = of["b"] @ of["c"] @ _inverse(of["d"])
    if given >= 2:
        of["f"] = of["e"] @ of["d"] @ _inverse(of["c"])
    if given >= 3:
        of["h"] = _inverse(of["e"]) @ of["f"] @ of["g"]
    return of


def _unimodular(random: np.random.Generator, draws: int) -> Integers:
    below, above = (np.tril(random.integers(-2, 3, (draws, 3, 3)), -1) for _ in range(2))
    one = np.eye(3, dtype=np.int64)
    return np.asarray((one + below) @ (one + above.transpose(0, 2, 1)))


def _inverse(whole: Integers) -> Integers:
    """Of matrices of determinant 1: whole, and checked to be exact."""
    found = np.rint(np.linalg.inv(whole)).astype(np.int64)
    assert (found @ whole == np.eye(3, dtype=np.int64)).all()
    return found


def _follow(of: Mapping[str, Integers], given: Sequence[Words], sign: str) -> dict[str, Any]:
    """The equations between words of two letters that hold in every draw, beside those given."""
    letters = sorted(of)
    words = {
        x + y: of[x] + of[y] if sign else of[x] @ of[y]
        for x, y in product(letters, letters)
        if x <= y or not sign
    }
    known = {frozenset(pair) for pair in given}
    follow = [
        (one, other)
        for one, other in combinations(words, 2)
        if {one, other} not in known and np.array_equal(words[one], words[other])
    ]
    return {
        "given": [_in_words(pair, sign) for pair in given],
        "follow": [_in_words(pair, sign) for pair in follow],
    }


def _in_words(pair: Words, sign: str) -> str:
    return " = ".join(f" {sign} ".join(word) if sign else word for word in pair)


def follows(figures: Figures, *, kind: str, equation: str) -> Measured:
    """Whether one equation follows from all that are given, and nothing from fewer."""
    *fewer, last = (", ".join(each["follow"]) or "nothing" for each in figures["fig16"][kind])
    holds = last == equation and set(fewer) == {"nothing"}
    note = f"From fewer parallelograms follows {' and '.join(dict.fromkeys(fewer))}."
    return Measured(last, "holds" if holds else "fails", note=note)


def outcomes(data: Data, kind: str) -> str:
    """What follows from what, a line for each number of equations."""
    return "\n".join(
        f"{',  '.join(entry['given'])}   \N{RIGHTWARDS DOUBLE ARROW}   "
        f"{', '.join(entry['follow']) or 'nothing'}"
        for entry in data[kind]
        if entry["given"]
    )


def ladder(data: Data) -> Table:
    """Equal and parallel rungs ab, cd and ef: what is given of sums, and what follows."""
    start, rung = np.array([[0, 0], [1.1, 1.25], [3.2, 0.9]]), np.array([1.0, -0.95])
    return {
        "embedding": [np.stack([start, start + rung], axis=1).reshape(-1, 2)],
        "parallelograms": [[(0, 3, 1, 2), (2, 5, 3, 4), (0, 5, 1, 4)]],
        "given": [[(0, 3), (1, 2), (2, 5), (3, 4)]],
        "outcomes": [outcomes(data, "vectors")],
    }
