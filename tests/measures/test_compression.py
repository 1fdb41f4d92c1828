"""Bits of networks that are planted: a known entropy, a known rank, a known spacing."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase import measures
from grokphase.errors import GrokphaseError


def test_bits_are_the_entropy_of_what_is_stored() -> None:
    random = np.random.default_rng(0)
    n = 40_000
    for symbols in (2, 4, 16, 200):
        bits = measures.compressed_bits([random.integers(-symbols // 2, symbols // 2, n)])
        assert (
            n * np.log2(symbols) < bits < 1.3 * n * np.log2(symbols)
        )  # of coins bzip2 makes 1.27 bits
    constant = measures.compressed_bits([np.full(n, 7)])
    assert constant < 1000


def test_a_halved_spacing_costs_a_bit_a_weight() -> None:
    """The entropy of a rounded Gaussian is `log2(sigma sqrt(2 pi e) / Delta)`."""
    n, sigma = 100_000, 0.3
    weights = {"w": np.random.default_rng(0).normal(0, sigma, n)}
    bits = []
    for step in (0.2, 0.1, 0.05, 0.025):
        found = measures.compressed_bits(measures.coarse_grained(weights, step).codes) / n
        entropy = np.log2(sigma * np.sqrt(2 * np.pi * np.e) / step)
        assert entropy - 0.01 < found < 1.2 * entropy
        bits.append(found)
    assert np.diff(bits) == pytest.approx(1.0, abs=0.15)


def test_rounding_errs_by_half_a_spacing_and_idempotently() -> None:
    weights = {"w": np.random.default_rng(0).normal(size=(7, 5)), "b": np.array([0.3, -9.0])}
    coarse = measures.coarse_grained(weights, 0.25)
    for name, array in weights.items():
        assert np.abs(coarse.weights[name] - array).max() <= 0.125
    again = measures.coarse_grained(coarse.weights, 0.25)
    for name, array in coarse.weights.items():
        assert again.weights[name] == pytest.approx(array, abs=1e-12)


def test_a_planted_rank_is_what_is_stored() -> None:
    random = np.random.default_rng(0)
    left, right = (np.linalg.qr(random.normal(size=(60, 60)))[0] for _ in range(2))
    for r in (1, 4, 29):
        planted = left[:, :r] @ right[:r] * 3.0
        coarse = measures.coarse_grained({"w": planted}, 1e-4, share=0.9999)
        assert [each.shape for each in coarse.codes] == [(60, r), (r, 60)]
        assert coarse.weights["w"] == pytest.approx(planted, abs=1e-2)
    # 30 factors of 60 + 60 are as many numbers as 60 x 60: no gain, and the matrix is kept whole.
    whole = measures.coarse_grained({"w": left[:, :30] @ right[:30]}, 1e-4, share=0.9999)
    assert [each.shape for each in whole.codes] == [(60, 60)]
    higher = measures.coarse_grained(
        {"w": (left[:, :1] @ right[:1]).reshape(60, 6, 10)}, 0.01, 0.99
    )
    assert higher.weights["w"].shape == (60, 6, 10)
    assert len(higher.codes) == 2
    nothing = measures.coarse_grained({"w": np.zeros((4, 4))}, 0.1, 0.5)
    assert not nothing.weights["w"].any()


def test_the_rank_of_a_share_is_the_least() -> None:
    values = np.sort(np.random.default_rng(0).exponential(size=30))[::-1]
    for share in (0.01, 0.3, 0.77, 1.0):
        k = measures.kept_rank(values, share)
        assert values[:k].sum() >= share * values.sum() * (1 - 1e-9)
        assert k == 1 or values[: k - 1].sum() < share * values.sum()
    assert measures.kept_rank(np.ones(10), 1.0) == 10  # ten tenths are one, but for rounding


def test_complexity_is_what_the_loss_needs() -> None:
    random = np.random.default_rng(0)
    signs, noise = np.sign(random.normal(size=5000)), 0.05 * random.normal(size=5000)
    weights = {"needed": signs, "noise": noise}

    def loss(w: dict[str, np.ndarray]) -> float:
        return float(np.abs(w["needed"] - signs).mean())

    found = measures.complexity(weights, loss, tolerance=0.4)
    assert found is not None
    assert found.distortion < 0.4
    # A bit a sign, and nothing for the noise, which is rounded away; every weight is one symbol.
    assert 5000 < found.bits < 7500
    finer = measures.complexity(weights, loss, tolerance=0.4, steps=(0.01,))
    assert finer is not None
    assert finer.bits > found.bits
    useless = measures.complexity(weights, lambda w: 1.0)
    assert useless is not None
    assert useless.bits < 500
    assert measures.complexity(weights, loss, tolerance=0.1, steps=(8.0,)) is None


def test_no_other_network_of_the_grid_is_smaller() -> None:
    random = np.random.default_rng(1)
    weights = {"w": random.normal(size=(20, 3)) @ random.normal(size=(3, 20))}
    target = weights["w"]

    def loss(w: dict[str, np.ndarray]) -> float:
        return float(((w["w"] - target) ** 2).mean())

    steps, shares = (1.0, 0.5, 0.25, 0.125), (0.5, 0.9, 0.999, 1.0)
    found = measures.complexity(weights, loss, 0.05, steps=steps, shares=shares)
    every = [
        measures.compressed_bits(coarse.codes)
        for step in steps
        for share in shares
        for coarse in [measures.coarse_grained(weights, step, share)]
        if loss(coarse.weights) < 0.05
    ]
    assert found is not None
    assert found.bits == min(every)
    assert found.share < 1  # a matrix of rank 3 is fewer numbers than itself


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"steps": (0.0,)}, "above 0"),
        ({"shares": (1.5,)}, "at most 1"),
        ({"tolerance": 0.0}, "tolerance above 0"),
    ],
)
def test_what_cannot_be_compressed_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(GrokphaseError, match=says):
        measures.complexity({"w": np.ones(3)}, lambda w: 0.0, **options)  # type: ignore[arg-type]
    with pytest.raises(GrokphaseError, match="not finite"):
        measures.coarse_grained({"w": np.array([np.nan])}, 0.1)
