"""Irreducible representations of finite groups, and what of a network lies in each.

A network that has learned the product of a group by composing representations has logits that are
characters, `chi(a b c^-1)`. For a cyclic group the real irreducible representations are the waves
of `grokphase.measures.fourier`, a frequency each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations
from string import ascii_lowercase
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError
from grokphase.tasks.groups import group, group_from_table, parse_group

MOST_ELEMENTS = 720
"""Of a group whose representations are computed: S6, in a dozen seconds."""

_ROUNDING = 1e-6  # of characters; the arithmetic is of double precision, with errors of 1e-12
_APART = 1e-9  # share of the range of eigenvalues from which two are different


@dataclass(frozen=True, eq=False)
class Irrep:
    """A real irreducible representation of a group.

    Args:
        name: "trivial"; of a symmetric group also "sign", "standard" and "standard-sign"; else its
            dimension, with a letter where there are several, such as "3a".
        matrices: (order, d, d) orthogonal, `rho(g) rho(h) = rho(g h)`.
        character: (order,) `chi(g) = tr rho(g)`.
        norm: `<chi, chi> = sum_g chi(g)^2 / order`: 1 where it is irreducible over the complex
            numbers as well, 2 where it is two conjugate ones there (a rotation of a cyclic group),
            4 for one of quaternionic type twice.

    Example:
        >>> rotations = irreps("C5")["2a"]
        >>> rotations.dimension, rotations.norm, rotations.functions
        (2, 2, 2)
        >>> standard = irreps("S3")["standard"]
        >>> (np.round(standard.character) + 0.0).tolist()  # of the identity, a transposition, ...
        [2.0, 0.0, 0.0, -1.0, -1.0, 0.0]
    """

    name: str
    matrices: Float[np.ndarray, "order d d"]
    character: Float[np.ndarray, " order"]
    norm: int

    @property
    def dimension(self) -> int:
        """d, over the real numbers."""
        return int(self.matrices.shape[1])

    @property
    def functions(self) -> int:
        """How many independent functions on the group its entries are: d^2 / norm."""
        return self.dimension**2 // self.norm


def irreps(of: str | Int[np.ndarray, "order order"]) -> dict[str, Irrep]:
    """All real irreducible representations of a finite group.

    A random symmetric element of the group algebra, acting from the right, commutes with all that
    acts from the left; its eigenspaces are irreducible. One each is kept of those with equal
    characters. That it is all is checked: `sum_rho d^2 / <chi, chi>` is the order of the group.

    Args:
        of: the name of a group as of `tasks.group` ("S5", "A5", "D7", "C12", "C2xS3"), or its
            table, entry [a][b] the number of the product a b.

    Returns:
        Name -> representation, by dimension, "trivial" first.

    Raises:
        GrokphaseError: it is no group, or it has more than 720 elements.

    Example:
        >>> {name: rho.dimension for name, rho in irreps("S3").items()}
        {'trivial': 1, 'sign': 1, 'standard': 2}
        >>> {name: rho.functions for name, rho in irreps("C5").items()}  # two frequencies
        {'trivial': 1, '2a': 2, '2b': 2}

    Source: Chughtai et al. (2023), arXiv:2302.03025, section 2; Serre (1977), Linear
        Representations of Finite Groups, sections 2 and 13.2.
    """
    table, inverse = _group(of)
    n = len(table)
    random = np.random.default_rng(0).standard_normal(n)
    # H[x, y] = c(x^-1 y), symmetrized: left translations commute with it.
    given = random[table[inverse]]
    values, vectors = np.linalg.eigh((given + given.T) / 2)
    cuts = np.flatnonzero(np.diff(values) > _APART * np.ptp(values)) + 1
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for part in np.split(vectors, cuts, axis=1):
        # (g f)(x) = f(g^-1 x); its matrix in the basis `part`.
        moved = part[table[inverse]]  # (g, x, d)
        matrices = np.einsum("xi,gxj->gij", part, moved)
        character = np.einsum("gii->g", matrices)
        if not any(np.abs(character - other).max() < _ROUNDING for _, other in found):
            found.append((matrices, character))
    found.sort(key=lambda each: (each[0].shape[1], *np.round(-each[1], 6)))
    norms = [round(float((character**2).mean())) for _, character in found]
    total = sum(m.shape[1] ** 2 // norm for (m, _), norm in zip(found, norms, strict=True))
    assert total == n, "the eigenspaces were not irreducible"
    names = _names(found, of if isinstance(of, str) else "")
    each = zip(names, found, norms, strict=True)
    return {name: Irrep(name, matrices, chi, norm) for name, (matrices, chi), norm in each}


def representation_shares(
    values: Float[np.ndarray, "order ..."], irreps: Mapping[str, Irrep]
) -> dict[str, float]:
    """The share of the variance of a function on a group that lies in each representation.

    The entries of a representation span a space of functions on the group, and those of all of
    them together every function; the projection on one is
    `(P f)(g) = d / (order <chi, chi>) sum_h chi(g h^-1) f(h)`. The trivial one is the mean, which
    variance leaves out.

    Args:
        values: (order, ...), such as an embedding (order, d), or the logits of each product, mean
            over the pairs that have it, `by_product`.
        irreps: of the group.

    Returns:
        Name -> share, without "trivial"; they sum to 1. NaN for a constant.

    Raises:
        GrokphaseError: values are not on this group.

    Example:
        >>> found = irreps("S3")
        >>> shares = representation_shares(found["standard"].matrices, found)
        >>> {name: round(share, 4) for name, share in shares.items()}
        {'sign': 0.0, 'standard': 1.0}

    Source: Chughtai et al. (2023), arXiv:2302.03025, section 4; Serre (1977), section 2.6.
    """
    if not irreps:
        raise GrokphaseError('There are no representations; write irreps=gp.measures.irreps("S5").')
    order = len(next(iter(irreps.values())).character)
    values = doubles("values", values)
    if values.shape[:1] != (order,):
        raise GrokphaseError(
            f"values of shape {values.shape} are not on a group of {order} elements; give "
            f"({order}, ...), a row for each."
        )
    flat = values.reshape(order, -1)
    total = ((flat - flat.mean(axis=0)) ** 2).sum()
    with np.errstate(invalid="ignore"):
        return {
            name: float((projected(flat, rho) ** 2).sum() / total)
            for name, rho in irreps.items()
            if name != "trivial"
        }


def projected(values: Float[np.ndarray, "order m"], rho: Irrep) -> Float[np.ndarray, "order m"]:
    """The part of functions on a group that lies in the space of a representation."""
    # The projection on the span of the entries rho_ij(g), which has an orthogonal basis in them.
    rows = rho.matrices.reshape(len(values), -1)
    scale = rho.dimension / (len(values) * rho.norm)
    part: np.ndarray = scale * rows @ (rows.T @ values)
    return part


def by_product(
    logits: Float[np.ndarray, "pairs order"], of: str | Int[np.ndarray, "order order"]
) -> Float[np.ndarray, "order order"]:
    """M(g, c): the mean logits of all pairs (a, b) with the product g.

    What of logits depends on the product alone; `representation_shares` says of which
    representation it is.

    Args:
        logits: (order^2, order) of all ordered pairs, (0, 0), (0, 1), ...
        of: the group, by name or table.

    Returns:
        (order, order), in the unit of logits.

    Raises:
        GrokphaseError: the logits are not of all pairs, or it is no group.

    Example:
        >>> import grokphase as gp
        >>> right = np.eye(6)[gp.task("S3").labels]  # 1 for the product of each pair
        >>> bool(np.allclose(by_product(right, "S3"), np.eye(6)))
        True

    Source: Chughtai et al. (2023), arXiv:2302.03025, section 4.
    """
    table, _ = _group(of)
    logits = _all_pairs(logits, len(table))
    result: np.ndarray = np.zeros((len(table), len(table)))
    np.add.at(result, table.ravel(), logits / len(table))
    return result


def logits_within(
    logits: Float[np.ndarray, "pairs order"],
    kept: Iterable[Irrep],
    of: str | Int[np.ndarray, "order order"],
) -> Float[np.ndarray, "pairs order"]:
    """What of logits is a function of the product, in the spaces of these representations.

    Of each class c the projection of `L(., c)` on the entries of `rho(a b)`. The loss of these
    logits, the trivial representation kept, is the restricted loss of a group, that of the rest of
    them the excluded one; of a cyclic group they are those of `restricted_logits`.

    Args:
        logits: (order^2, order) of all ordered pairs, (0, 0), (0, 1), ...
        kept: of the `irreps` of the group.
        of: the group, by name or table.

    Returns:
        (order^2, order), in the unit of logits.

    Raises:
        GrokphaseError: the logits are not of all pairs, or it is no group.

    Example:
        >>> import grokphase as gp
        >>> right = np.eye(6)[gp.task("S3").labels]
        >>> found = irreps("S3")
        >>> bool(np.allclose(logits_within(right, found.values(), "S3"), right))
        True
        >>> sign = logits_within(right, [found["sign"]], "S3")
        >>> np.round(sign[0], 4).tolist()  # +1/6 for even permutations, -1/6 for odd ones
        [0.1667, -0.1667, -0.1667, 0.1667, 0.1667, -0.1667]

    Source: Chughtai et al. (2023), arXiv:2302.03025, section 4, after Nanda et al. (2023).
    """
    table, _ = _group(of)
    products = by_product(logits, of)
    part = sum((projected(products, rho) for rho in kept), np.zeros_like(products))
    of_pairs: np.ndarray = part[table.ravel()]
    return of_pairs


def character_similarity(
    logits: Float[np.ndarray, "pairs order"],
    rho: Irrep,
    of: str | Int[np.ndarray, "order order"],
) -> float:
    """The cosine between logits and the characters `chi(a b c^-1)` of a representation.

    Over all pairs and classes, of logits less their mean over the classes of a pair, which no
    softmax sees. Characters of different representations are orthogonal, so that the squares of
    the similarities are shares of variance, with a sum of at most 1.

    Args:
        logits: (order^2, order) of all ordered pairs, (0, 0), (0, 1), ...
        rho: the representation.
        of: the group, by name or table.

    Returns:
        From -1 to 1; NaN for the trivial representation, or where logits are the same for all
        classes.

    Raises:
        GrokphaseError: the logits are not of all pairs, or it is no group.

    Example:
        >>> import grokphase as gp
        >>> found, labels = irreps("S3"), gp.task("S3").labels
        >>> right = np.eye(6)[labels]  # the sum of all characters, each with its dimension
        >>> [round(character_similarity(right, rho, "S3"), 4) for rho in found.values()][1:]
        [0.4472, 0.8944]

    Source: Chughtai et al. (2023), arXiv:2302.03025, section 4 ("logit similarity").
    """
    table, inverse = _group(of)
    logits = _all_pairs(logits, len(table))
    logits = logits - logits.mean(axis=1, keepdims=True)
    # chi(g c^-1) of every product g and class c, centred as the logits are.
    wanted = rho.character[table[:, inverse]]
    wanted = (wanted - wanted.mean(axis=1, keepdims=True))[table.ravel()]
    if np.ptp(rho.character) < _ROUNDING or not logits.any():
        return float("nan")
    return float((logits * wanted).sum() / (np.linalg.norm(logits) * np.linalg.norm(wanted)))


def _group(of: Any) -> tuple[np.ndarray, np.ndarray]:
    """Table and inverses of a group by name or table."""
    if isinstance(of, str) and parse_group(of)[1]:
        raise GrokphaseError(f'"{of}" is no group; leave the part behind "-" out.')
    task = group(of) if isinstance(of, str) else group_from_table(of)
    assert task.table is not None
    table = np.asarray(task.table, np.int64)
    if len(table) > MOST_ELEMENTS:
        raise GrokphaseError(
            f"This group has {len(table)} elements; representations are computed of up to "
            f"{MOST_ELEMENTS}."
        )
    assert task.properties is not None
    inverse: np.ndarray = np.argmax(table == task.properties.identity, axis=1)
    return table, inverse


def _all_pairs(logits: Any, order: int) -> np.ndarray:
    given: np.ndarray = doubles("logits", logits)
    if given.shape != (order**2, order):
        raise GrokphaseError(
            f"logits of shape {given.shape} are not those of all ordered pairs of {order} "
            f"elements; give ({order**2}, {order}), a row for each pair."
        )
    return given


def _names(found: list[tuple[np.ndarray, np.ndarray]], name: str) -> list[str]:
    """A name for each of the matrices with their character; the usual one where there is one."""
    known = {"trivial": np.ones(len(found[0][1]))}
    factors = parse_group(name)[0] if name else ()
    if len(factors) == 1 and factors[0][0] == "S" and factors[0][1] > 2:
        known |= _symmetric(factors[0][1])
    said = [_known(character, known) for _, character in found]
    dimensions = [matrices.shape[1] for matrices, _ in found]
    alike = Counter(d for d, word in zip(dimensions, said, strict=True) if not word)
    letters = {d: iter(_letters(count)) for d, count in alike.items()}
    return [word or f"{d}{next(letters[d])}" for d, word in zip(dimensions, said, strict=True)]


def _known(character: np.ndarray, known: Mapping[str, np.ndarray]) -> str:
    found = (name for name, chi in known.items() if np.abs(chi - character).max() < _ROUNDING)
    return next(found, "")


def _letters(count: int) -> list[str]:
    """Nothing for one, else a, b, ..., and numbers where letters do not suffice."""
    if count == 1:
        return [""]
    return list(ascii_lowercase[:count]) if count <= 26 else [f".{k + 1}" for k in range(count)]


def _symmetric(n: int) -> dict[str, np.ndarray]:
    """Characters of the symmetric group that have names; elements in lexicographic order."""
    elements = np.array(list(permutations(range(n))))
    sign = np.array([round(np.linalg.det(np.eye(n)[one])) for one in elements], float)
    standard = (elements == np.arange(n)).sum(axis=1) - 1.0
    return {"sign": sign, "standard": standard, "standard-sign": standard * sign}
