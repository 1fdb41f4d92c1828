"""Ranks, entropies and sparsity of weights and activations, from their closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase import measures


def test_effective_rank_of_equal_singular_values_and_of_one() -> None:
    random = np.random.default_rng(0)
    left, right = (np.linalg.qr(random.normal(size=(12, 12)))[0] for _ in range(2))
    for r in (1, 5, 12):
        planted = 7.0 * left[:, :r] @ right[:r]
        assert float(measures.effective_rank(planted)) == pytest.approx(r, rel=1e-3)
        assert float(measures.spectral_entropy(planted)) == pytest.approx(np.log(r), abs=1e-3)
    assert np.isnan(measures.effective_rank(np.zeros((3, 3))))


def test_feature_rank_counts_planted_directions() -> None:
    random = np.random.default_rng(0)
    features = 5.0 + random.normal(size=(200, 3)) @ random.normal(size=(3, 10))
    assert int(measures.feature_rank(features)) == 3
    assert int(measures.feature_rank(1e-3 * features)) == 3
    assert int(measures.feature_rank(features + 1e-4 * random.normal(size=(200, 10)))) == 3
    assert int(measures.feature_rank(np.ones((5, 4)))) == 0


def test_entropy_of_absolute_weights_of_a_uniform_draw() -> None:
    a, n = 0.3, 200_000
    weights = np.random.default_rng(0).uniform(-a, a, n).astype(np.float32)
    expected = n * (a / 4 - a / 2 * np.log(a))
    found = float(measures.absolute_weight_entropy({"one": weights[:50], "two": weights[50:]}))
    assert found == pytest.approx(expected, rel=0.01)


def test_squared_weights_add_up_to_the_square_of_the_norm() -> None:
    tree = {"W_E": np.arange(6.0).reshape(2, 3), "blocks": [np.ones(2), np.full(3, 2.0)]}
    parts = measures.squared_weights(tree)
    assert {name: float(v) for name, v in parts.items()} == {
        "W_E": 55, "blocks.0": 2, "blocks.1": 12,
    }  # fmt: skip
    assert sum(map(float, parts.values())) == pytest.approx(float(measures.norm(tree)) ** 2)


def test_sparsity_is_the_share_below() -> None:
    relu = np.maximum(np.random.default_rng(0).normal(size=(1000, 20)), 0)
    assert float(measures.activation_sparsity(relu, below=1e-9)) == pytest.approx(0.5, abs=0.02)
