"""Axes on which an embedding is looked at, the same at every step, so that what moves has moved."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from grokphase.checks import doubles, integer
from grokphase.errors import GrokphaseError
from grokphase.measures.fourier import fourier_basis


def principal_axes(
    embedding: Float[np.ndarray, "p ..."], count: int = 2
) -> Float[np.ndarray, "d axes"]:
    """The orthonormal directions along which the vectors of the symbols vary most.

    The first right singular vectors of `E - mean E`; `(E - E.mean(axis=0)) @ axes` are the
    principal components. The sign of each is such that its largest entry is positive.

    Args:
        embedding: (p, ...), a vector or matrix for each symbol; d numbers each.
        count: how many; fewer are given where there are fewer directions.

    Returns:
        (d, min(count, d, p)), columns of unit length.

    Raises:
        GrokphaseError: the embedding is not finite, or count is no whole number from 1.

    Example:
        >>> line = np.outer(np.arange(5.0), [3.0, 4.0])
        >>> principal_axes(line, 1).ravel().round(4).tolist()
        [0.6, 0.8]

    Source: Liu et al. (2022), arXiv:2205.10343, Figure 1 and section 4.2.
    """
    integer("count", count, 1)
    flat = _flat(embedding)
    axes = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)[2][:count].T
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(axes.shape[1])])
    return axes * np.where(signs == 0, 1.0, signs)


def frequency_plane(
    embedding: Float[np.ndarray, "p ..."], frequency: int
) -> Float[np.ndarray, "d 2"]:
    """The plane in which an embedding turns with one frequency.

    With `u = sum_x E_x cos(w_k x)` and `v = sum_x E_x sin(w_k x)`, the two orthonormal columns
    nearest to `[u v]` (the orthogonal factor of its polar decomposition), so that neither wave is
    preferred. An embedding `E_x = r (u cos(w_k x) + v sin(w_k x))`, u and v orthonormal, is a
    circle there, and symbol x stands at the angle w_k x.

    Args:
        embedding: (p, ...), a vector or matrix for each symbol; d numbers each, 2 or more.
        frequency: k, from 1 to p // 2.

    Returns:
        (d, 2), columns of unit length.

    Raises:
        GrokphaseError: the frequency is none of p symbols, or the embedding has one number a
            symbol or is not finite.

    Example:
        >>> angle = 2 * np.pi * 3 * np.arange(7) / 7
        >>> circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
        >>> abs(circle @ frequency_plane(circle, 3)).max(axis=0).round(4).tolist()
        [1.0, 0.9749]

    Source: after Nanda et al. (2023), arXiv:2301.05217, Figure 3.
    """
    flat = _flat(embedding)
    p, width = flat.shape
    if frequency not in range(1, p // 2 + 1) or 2 * frequency == p:
        raise GrokphaseError(
            f"{frequency} is no frequency of {p} symbols with a cosine and a sine; they go from 1 "
            f"to {(p - 1) // 2}."
        )
    if width < 2:
        raise GrokphaseError(
            f"an embedding of shape {np.shape(embedding)} has one number a symbol, and no plane."
        )
    waves = fourier_basis(p)[2 * frequency - 1 : 2 * frequency + 1]
    left, _, right = np.linalg.svd((waves @ flat).T, full_matrices=False)
    plane: Float[np.ndarray, "d 2"] = left @ right
    return plane


def _flat(embedding: Float[np.ndarray, "p ..."]) -> Float[np.ndarray, "p d"]:
    found = doubles("an embedding", embedding)
    if found.ndim < 2 or not found.size or not np.isfinite(found).all():
        raise GrokphaseError(
            f"an embedding of shape {found.shape} has no axes to be looked at: it needs finite "
            "numbers of shape (p, d), a row for each symbol."
        )
    return found.reshape(len(found), -1)


def ring(p: int, k: int | None) -> tuple[int, ...]:
    """The symbols in the order of their angles k x; none where several share one.

    Example:
        >>> ring(7, 2), ring(6, 2)
        ((0, 4, 1, 5, 2, 6, 3), ())
    """
    if k is None or math.gcd(k, p) > 1:
        return ()
    step = pow(k, -1, p)
    return tuple(j * step % p for j in range(p))
