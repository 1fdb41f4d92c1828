"""Appendix L: exponent of the bias, force law of a pair, and the adiabatic limit; Appendix I."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase import theory
from grokphase.errors import GrokphaseError

TIMES = np.array([0.0, 0.5, 1.0, 2.0])
LABEL = np.array([1.0, -0.5, 0.3])


def pair(mirrored: bool = False) -> theory.Pair:
    random = np.random.default_rng(4)
    first = random.normal(size=2)
    second = -first if mirrored else random.normal(size=2)
    return theory.Pair(random.normal(size=(3, 2)), np.zeros(3), first, second)


def test_the_exponent_of_the_bias_is_one_for_each_sample():
    still = pair(mirrored=True)._replace(weights=np.zeros((3, 2)))
    path = theory.pair_flow(still, LABEL, TIMES, decoder_rate=0.7, embedding_rate=0.0)
    expected = theory.bias_alone(LABEL, TIMES, decoder_rate=0.7, samples=2)
    np.testing.assert_allclose(path.bias, expected, atol=1e-9)
    single = theory.bias_alone(LABEL, TIMES, decoder_rate=0.7)
    assert abs(path.bias - single).max() > 0.1


@pytest.mark.parametrize("label", [np.zeros(3), LABEL])
def test_a_pair_attracts_whatever_its_label(label: np.ndarray):
    begin = pair()
    step = 1e-5
    path = theory.pair_flow(begin, label, [0.0, step], decoder_rate=0.3, embedding_rate=0.9)
    gap = path.first - path.second
    pull = -0.9 * begin.weights.T @ begin.weights @ gap[0]
    np.testing.assert_allclose((gap[1] - gap[0]) / step, pull, atol=1e-3)


def test_the_error_of_the_adiabatic_limit_is_proportional_to_the_decoder_rate():
    begin = pair()
    limit = theory.adiabatic_difference(begin, TIMES, embedding_rate=1.0)
    errors = []
    for rate in (1e-2, 1e-3):
        path = theory.pair_flow(begin, LABEL, TIMES, decoder_rate=rate, embedding_rate=1.0)
        errors.append(abs(path.first - path.second - limit).max())
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.2)
    assert errors[1] < 1e-2


def test_mirrored_samples_do_not_stay_mirrored_but_their_balance_does():
    begin = pair(mirrored=True)
    path = theory.pair_flow(begin, LABEL, TIMES, decoder_rate=0.4, embedding_rate=0.8)
    assert abs(path.first + path.second).max() > 0.1
    # Conserved without decay: eta_x A^T A - eta_A (r r^T + r' r'^T).
    squares = np.einsum("toi,toj->tij", path.weights, path.weights)
    points = sum(np.einsum("ti,tj->tij", one, one) for one in (path.first, path.second))
    balance = 0.8 * squares - 0.4 * points
    np.testing.assert_allclose(balance, np.broadcast_to(balance[0], balance.shape), atol=1e-8)


def test_image_loss_is_the_sum_over_pairs_and_keeps_the_scale():
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(12, 3)), random.integers(0, 3, 12)
    loss, gradient = theory.image_loss(features, labels)
    pairs = [
        ((features[a] - features[b]) ** 2).sum()
        for a in range(12)
        for b in range(a)
        if labels[a] == labels[b]
    ]
    assert loss == pytest.approx(sum(pairs) / (features**2).sum())
    assert abs((features * gradient).sum()) < 1e-12
    step = 1e-6 * random.normal(size=features.shape)
    moved = theory.image_loss(features + step, labels)[0] - loss
    assert moved == pytest.approx((gradient * step).sum(), rel=1e-3)


def test_collapse_knows_a_simplex():
    corners = np.repeat(np.eye(4), 3, axis=0)
    found = theory.collapse(corners, np.repeat(np.arange(4), 3))
    np.testing.assert_allclose(found, 0, atol=1e-12)
    noisy = corners + 0.1 * np.random.default_rng(0).normal(size=corners.shape)
    assert theory.collapse(noisy, np.repeat(np.arange(4), 3)).within > 0.01


def test_what_cannot_be_used_is_refused():
    with pytest.raises(GrokphaseError, match="labels"):
        theory.image_loss(np.ones((3, 2)), [0, 1])
    with pytest.raises(GrokphaseError, match="zero"):
        theory.image_loss(np.zeros((2, 2)), [0, 0])
    with pytest.raises(GrokphaseError, match="two"):
        theory.collapse(np.ones((2, 2)), [0, 0])
