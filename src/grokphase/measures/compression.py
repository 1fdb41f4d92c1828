"""How many bits a network is: its weights made as coarse as its loss allows, then compressed."""

from __future__ import annotations

import bz2
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError

Weights = Mapping[str, np.ndarray]

STEPS: Final = tuple(float(2.0**k) for k in np.arange(3, -10.5, -0.5))
"""Spacings Delta that are tried, from 8 down to 2^-10 by factors of the root of 2."""
SHARES: Final = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Shares tau of the singular values that are tried; 1 keeps matrices whole."""


class Coarse(NamedTuple):
    """Weights that are made coarse, and what stands for them.

    Attributes:
        weights: the coarse weights, by name, each in its shape.
        codes: whole numbers, which times the spacing are the weights, or the two factors of those
            that are stored by their largest singular values.

    Example:
        >>> made = coarse_grained({"w": np.ones((8, 8))}, step=0.5, share=0.9)
        >>> [code.shape for code in made.codes]
        [(8, 1), (1, 8)]
    """

    weights: dict[str, np.ndarray]
    codes: tuple[Int[np.ndarray, "..."], ...]


class Complexity(NamedTuple):
    """The least bits that were found for a network.

    Attributes:
        bits: of the compressed codes.
        step: Delta, the spacing of what is stored.
        share: tau, of the singular values.
        loss: of the coarse network.
        distortion: how far that is from the loss of the network itself, without sign.

    Example:
        >>> Complexity(5000, step=0.25, share=0.9, loss=0.75, distortion=0.5).bits
        5000
    """

    bits: int
    step: float
    share: float
    loss: float
    distortion: float


def kept_rank(values: Float[np.ndarray, " r"], share: float) -> int:
    """How many of the largest singular values have this share of their sum.

    `k(tau) = min{k : sum_{i <= k} s_i >= tau sum_i s_i}`.

    Args:
        values: (r,) singular values, descending.
        share: tau, above 0, at most 1.

    Returns:
        From 1 to r.

    Raises:
        GrokphaseError: the values are not one axis of numbers, or it is no share.

    Example:
        >>> [kept_rank(np.array([4.0, 3.0, 2.0, 1.0]), tau) for tau in (0.4, 0.5, 0.7, 0.9, 1.0)]
        [1, 2, 2, 3, 4]

    Source: DeMoss et al. (2024), arXiv:2412.09810; their code keeps one fewer.
    """
    values = doubles("values", values)
    if values.ndim != 1 or not values.size or not 0 < share <= 1:
        raise GrokphaseError(
            f"values of shape {values.shape} and a share of {share} have no rank; give (r,) "
            "singular values and a share above 0, at most 1, such as share=0.9."
        )
    reached = np.cumsum(values) >= share * values.sum() * (1 - 1e-12)  # of rounding
    return int(reached.argmax()) + 1


def coarse_grained(weights: Weights, step: float, share: float = 1.0) -> Coarse:
    """Weights rounded to multiples of a spacing, matrices by their largest singular values.

    A matrix (m, n) is stored as `U sqrt(S)` and `sqrt(S) V^T` of its `kept_rank` singular values
    where these are fewer numbers, `k (m + n) < m n`; else as it is. What is stored is rounded to
    whole numbers times the spacing. Of an array of more axes the first is that of the rows.

    Args:
        weights: arrays by name, as `Run.weights` has them.
        step: Delta, the spacing, above 0.
        share: tau, of the sum of singular values; 1 keeps all.

    Returns:
        The coarse weights, and the whole numbers that stand for them.

    Raises:
        GrokphaseError: for a spacing or a share that is none, or weights that are not finite.

    Example:
        >>> coarse = coarse_grained({"w": np.array([0.26, -0.7, 0.1])}, step=0.5)
        >>> coarse.weights["w"].tolist(), coarse.codes[0].tolist()
        ([0.5, -0.5, 0.0], [1, -1, 0])

    Source: DeMoss et al. (2024), arXiv:2412.09810, sections 3 and 4. That the singular values are
        shared out evenly between both factors is this work's; their code rounds U S and V.
    """
    _check(weights, (step,), (share,))
    parts = _taken_apart(weights)
    return _coarse(parts, step, _ranks(parts, share))


def compressed_bits(codes: Sequence[Int[np.ndarray, "..."]]) -> int:
    """The bits of whole numbers after a lossless compressor, bzip2.

    Numbers are written with their sign in the last bit (0, -1, 1, -2, ... as 0, 1, 2, 3, ...), the
    lowest bytes of all of them first, so that small numbers take one byte and the rest is zeros.
    Shapes, spacing and ranks are not counted.

    Args:
        codes: of any shapes, below 2^31.

    Returns:
        8 times the bytes; 112 where there is nothing.

    Raises:
        GrokphaseError: they are no whole numbers, or larger ones.

    Example:
        >>> zeros, coins = np.zeros(8000, int), np.random.default_rng(0).integers(0, 2, 8000)
        >>> compressed_bits([zeros]) < 500, 8000 < compressed_bits([coins]) < 12000
        (True, True)

    Source: DeMoss et al. (2024), arXiv:2412.09810, section 4, who take bzip2.
    """
    flat = np.concatenate([doubles("codes", each).ravel() for each in codes] or [np.empty(0)])
    if not (np.array_equal(flat, np.rint(flat)) and (np.abs(flat) < 2**31).all()):
        raise GrokphaseError(
            "Codes must be whole numbers below 2^31 in size; coarse_grained(weights, step=0.1) "
            "makes them of weights, with a larger step smaller ones."
        )
    flat = flat.astype(np.int64)
    unsigned = np.where(flat < 0, -2 * flat - 1, 2 * flat).astype("<u4")
    planes = unsigned.view(np.uint8).reshape(-1, 4).T
    return 8 * len(bz2.compress(planes.tobytes()))


def complexity(
    weights: Weights,
    loss: Callable[[dict[str, np.ndarray]], float],
    tolerance: float = 1.0,
    *,
    steps: Sequence[float] = STEPS,
    shares: Sequence[float] = SHARES,
) -> Complexity | None:
    """The bits of the coarsest network whose loss is within a tolerance of the network's own.

    `min bits(theta^)` subject to `|L(theta^) - L(theta)| < eps`, an upper bound of the rate at a
    distortion of eps. Of each share of the singular values the largest spacing that is tolerated
    is taken (all larger ones are tried before it), and of these the one of fewest bits.

    Args:
        weights: theta, arrays by name.
        loss: L, of weights of the same names and shapes.
        tolerance: eps, in the unit of the loss.
        steps: spacings to try.
        shares: of the singular values, to try.

    Returns:
        None where none of them is tolerated.

    Raises:
        GrokphaseError: for a tolerance, spacing or share that is none, or weights or a loss that
            are not finite.

    Example:
        >>> signs = np.sign(np.random.default_rng(0).normal(size=4000))
        >>> found = complexity({"w": 0.5 * signs}, lambda w: abs(w["w"] - 0.5 * signs).sum())
        >>> found.step, found.loss, 4000 < found.bits < 7000
        (0.5, 0.0, True)

    Source: DeMoss et al. (2024), arXiv:2412.09810, whose search is Bayesian over spacings from
        1e-3 to 1; the grid, which anybody finds again, is this work's.
    """
    _check(weights, steps, shares)
    own = float(loss({name: np.asarray(array) for name, array in weights.items()}))
    if not tolerance > 0 or not np.isfinite(own):
        raise GrokphaseError(
            f"A loss of {own:g} cannot be kept within {tolerance:g}; the loss must be finite and "
            "the tolerance above 0, as tolerance=1.0."
        )
    parts = _taken_apart(weights)
    best: Complexity | None = None
    tried: list[dict[str, int]] = []
    for share in sorted(shares):
        ranks = _ranks(parts, share)
        if ranks in tried:  # as where no share is few enough to store a matrix by its factors
            continue
        tried.append(ranks)
        for step in sorted(steps, reverse=True):
            coarse = _coarse(parts, step, ranks)
            found = float(loss(coarse.weights))
            if abs(found - own) < tolerance:
                bits = compressed_bits(coarse.codes)
                if best is None or bits < best.bits:
                    best = Complexity(bits, step, share, found, abs(found - own))
                break
    return best


Parts = dict[str, tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray] | None]]


def _taken_apart(weights: Weights) -> Parts:
    """Each array, with the singular values and vectors of those that are matrices."""
    parts: Parts = {}
    for name, array in weights.items():
        whole = np.asarray(array, np.float64)
        matrix = whole.reshape(whole.shape[0], -1) if whole.ndim > 1 else None
        parts[name] = (
            whole,
            None if matrix is None else np.linalg.svd(matrix, full_matrices=False),
        )
    return parts


def _ranks(parts: Parts, share: float) -> dict[str, int]:
    """How many singular values are stored of each matrix of which that is fewer numbers."""
    ranks: dict[str, int] = {}
    for name, (whole, apart) in parts.items():
        if apart is not None and share < 1:
            u, s, vt = apart
            k = kept_rank(s, share) if s.any() else 0
            if k * (u.shape[0] + vt.shape[1]) < whole.size:
                ranks[name] = k
    return ranks


def _coarse(parts: Parts, step: float, ranks: Mapping[str, int]) -> Coarse:
    made: dict[str, np.ndarray] = {}
    codes: list[np.ndarray] = []
    for name, (whole, apart) in parts.items():
        if apart is None or name not in ranks:
            code = _rounded(whole, step)
            codes.append(code)
            made[name] = step * code
        else:
            u, s, vt = apart
            k = ranks[name]
            root = np.sqrt(s[:k])
            left, right = _rounded(u[:, :k] * root, step), _rounded(root[:, None] * vt[:k], step)
            codes += [left, right]
            made[name] = ((step * left) @ (step * right)).reshape(whole.shape)
    return Coarse(made, tuple(codes))


def _rounded(array: np.ndarray, step: float) -> np.ndarray:
    return np.rint(array / step).astype(np.int64)


def _check(weights: Weights, steps: Sequence[float], shares: Sequence[float]) -> None:
    if not isinstance(weights, Mapping):
        raise GrokphaseError(
            f'Weights are arrays by name, not {type(weights).__name__}; write {{"w": array}}.'
        )
    if not all(step > 0 for step in steps) or not all(0 < share <= 1 for share in shares):
        raise GrokphaseError(
            f"Spacings {tuple(steps)} and shares {tuple(shares)} cannot be used; spacings are "
            "above 0 and shares of singular values above 0, at most 1."
        )
    if not all(np.isfinite(doubles(name, array)).all() for name, array in weights.items()):
        raise GrokphaseError("Weights that are not finite have no complexity.")
