"""What holds exactly: of the Fourier basis, and of logits that are nothing but a circuit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from grokphase.measures import (
    cosine_shares,
    excluded_loss,
    fourier,
    fourier_basis,
    key_frequencies,
    restricted_loss,
)
from grokphase.studies.data import Data, in_columns
from grokphase.studies.nanda2023.circuit import loss

MODULI: Final = (23, 59, 113)


def basis(_: Data) -> Data:
    """How far the Fourier basis is from orthonormal, and a transform from keeping squares."""
    return in_columns(_basis(p) for p in MODULI)


def _basis(p: int) -> dict[str, Any]:
    rows = fourier_basis(p)
    drawn: Any = np.random.default_rng(p).standard_normal((p, p))
    kept = float((np.asarray(fourier(drawn, axes=2), np.float64) ** 2).sum())
    return {
        "p": p,
        "from_orthonormal": float(np.abs(rows @ rows.T - np.eye(p)).max()),
        "from_parseval": abs(kept / float((drawn**2).sum()) - 1),
    }


def planted(_: Data) -> Data:
    """Logits that are cosines of a + b - c: each measure, and what it must be."""
    return in_columns(row for p in MODULI for row in _planted(p))


def _planted(p: int) -> Iterator[dict[str, Any]]:
    keys = tuple(sorted(np.random.default_rng(p).permutation(np.arange(1, p // 2 + 1))[:4]))
    labels = np.add.outer(np.arange(p), np.arange(p)).ravel() % p
    turn = 2 * np.pi * (labels[:, None] - np.arange(p)) / p
    logits = sum(np.cos(k * turn) for k in keys)
    for what, found, expected in (
        ("key frequencies that are found", set(key_frequencies(logits)) == set(keys), 1.0),
        ("share explained by the cosines", cosine_shares(logits).sum(), 1.0),
        ("restricted loss", restricted_loss(logits, keys), loss(logits, labels)),
        ("excluded loss", excluded_loss(logits, keys), np.log(p)),
    ):
        yield {"p": p, "what": what, "found": float(found), "expected": float(expected)}
