"""Progress measures of modular arithmetic, on logits whose waves are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import grokphase as gp
from grokphase import measures

P = 11
A, B, C = np.ogrid[:P, :P, :P]
SUM = ((A + B) % P)[:, :, 0].ravel()


def waves(amplitudes: dict[int, float]) -> np.ndarray:
    """`sum_k alpha_k cos(w_k (a + b - c))`."""
    each = (alpha * np.cos(2 * np.pi * k * (A + B - C) / P) for k, alpha in amplitudes.items())
    return sum(each).reshape(P * P, P)  # type: ignore[union-attr]


@cache
def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(P * P, P))


def loss(logits: np.ndarray, which: np.ndarray | None = None) -> float:
    """The mean cross-entropy of the sums, in double precision."""
    every = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(P * P), SUM]
    return float(every.mean() if which is None else every[which].mean())


def test_planted_waves_are_found_with_their_amplitudes() -> None:
    planted = {1: 2.0, 4: 5.0, 5: 3.0}
    logits = waves(planted) + 0.1 * noise() + 7 * noise()[:, :1]  # what no softmax sees, too
    found = np.asarray(measures.cosine_amplitudes(logits))
    np.testing.assert_allclose(found, [planted.get(k, 0) for k in range(6)], atol=0.02)
    assert measures.key_frequencies(logits) == (1, 4, 5)
    shares = np.asarray(measures.cosine_shares(waves(planted)))
    np.testing.assert_allclose(shares[[1, 4, 5]], np.array([4, 25, 9]) / 38, rtol=1e-5)
    assert shares.sum() == pytest.approx(1, abs=1e-5)


def test_waves_of_other_phases_are_no_cosines_of_the_result() -> None:
    shifted = np.sin(2 * np.pi * 4 * (A + B - C) / P).reshape(P * P, P)
    assert float(measures.cosine_shares(shifted).sum()) < 1e-10
    assert measures.key_frequencies(-waves({4: 1.0})) == ()  # an answer that is never right


def test_what_is_known_by_heart_has_all_frequencies_and_none_is_key() -> None:
    trained = np.repeat(np.arange(P) < 5, P)  # five of each result
    heart = 20.0 * (trained[:, None] & (SUM[:, None] == np.arange(P)))
    amplitudes = np.asarray(measures.cosine_amplitudes(heart))[1:]
    np.testing.assert_allclose(amplitudes, 2 * 20 * trained.mean() / P, rtol=1e-5)
    assert float(measures.cosine_shares(heart).sum()) == pytest.approx(5 / P, rel=1e-5)
    assert measures.key_frequencies(heart) == ()
    # Without a key frequency nothing is left for the restricted loss, and all for the excluded.
    assert float(measures.restricted_loss(heart, ())) == pytest.approx(np.log(P), abs=1e-5)
    found = float(measures.excluded_loss(heart, (), trained=trained))
    assert found == pytest.approx(loss(heart, trained), rel=1e-4)


def test_a_factor_of_the_symbols_permutes_the_key_frequencies() -> None:
    logits, m = waves({1: 4.0, 3: 3.0}), 4
    times = m * np.arange(P) % P
    relabelled = logits.reshape(P, P, P)[np.ix_(times, times, times)].reshape(P * P, P)
    assert measures.key_frequencies(relabelled) == (1, 4)  # 4 * 1, and 4 * 3 = 12 = 1
    for keys, moved in [([1], [4]), ([3], [1])]:
        one = float(measures.restricted_loss(logits, keys))
        assert float(measures.restricted_loss(relabelled, moved)) == pytest.approx(one, rel=1e-4)


def test_restricted_and_excluded_loss_of_a_planted_circuit() -> None:
    planted = {1: 4.0, 4: 5.0}
    logits, heart = waves(planted), noise()
    heart = heart - np.asarray(measures.restricted_logits(heart, [1, 2, 3, 4, 5]))
    both, trained = logits + heart, SUM < 7  # heart is orthogonal to all waves of the result
    assert float(measures.restricted_loss(both, [1, 4])) == pytest.approx(loss(logits), rel=1e-3)
    excluded = float(measures.excluded_loss(both, [1, 4], trained=trained))
    assert excluded == pytest.approx(loss(heart, trained), rel=1e-3)
    assert float(measures.restricted_loss(logits, [1, 4])) < float(
        measures.restricted_loss(logits, [4])
    )
    assert float(measures.excluded_loss(logits, [1, 4])) == pytest.approx(np.log(P), abs=1e-4)


def test_the_projection_is_that_of_the_definition() -> None:
    """On `cos(w_k (a + b))` and `sin(w_k (a + b))` over all pairs, class by class."""
    logits = noise()
    directions = np.stack(
        [f(2 * np.pi * k * SUM / P) * np.sqrt(2) / P for k in (2, 5) for f in (np.cos, np.sin)]
    )
    expected = logits - directions.T @ (directions @ logits)
    np.testing.assert_allclose(measures.excluded_logits(logits, [2, 5]), expected, atol=1e-5)
    kept = logits.mean(axis=0) + directions.T @ (directions @ logits)
    mask = np.isin(np.arange(P // 2 + 1), [2, 5])
    np.testing.assert_allclose(measures.restricted_logits(logits, mask), kept, atol=1e-5)


def test_the_order_of_pairs_is_free_where_results_are_given() -> None:
    logits, order = noise() + waves({4: 1.0}), np.random.default_rng(2).permutation(P * P)
    one = float(measures.restricted_loss(logits, [4]))
    other = float(measures.restricted_loss(logits[order], [4], SUM[order]))
    assert other == pytest.approx(one, rel=1e-5)


@pytest.mark.parametrize("width", [4, 8])
def test_the_known_quadratic_network_computes_with_cosines(width: int) -> None:
    """Gromov's closed form (arXiv:2301.02679): neurons of one frequency each; the logits hold
    the cosines of those frequencies, and the more neurons the less else."""
    random = np.random.default_rng(width)
    keys = (2, 5)
    k = np.repeat(keys, width * P)
    f, g = random.uniform(0, 2 * np.pi, (2, len(k)))
    turn = 2 * np.pi * np.arange(P)[:, None] * k / P
    neurons = (np.cos(turn + f)[:, None] + np.cos(turn + g)[None]).reshape(P * P, -1) ** 2
    logits = neurons @ np.cos(turn + f + g).T
    assert measures.key_frequencies(logits) == keys
    # cos(A) cos(B) = (cos(A + B) + cos(A - B)) / 2: each neuron gives its frequency 1 / 2 of
    # cos(w (a + b - c)) and the rest has phases at random.
    found = np.asarray(measures.cosine_amplitudes(logits))
    np.testing.assert_allclose(found[list(keys)], width * P / 2, rtol=0.35)
    assert float(measures.cosine_shares(logits).sum()) > 0.6
    assert float(measures.restricted_loss(logits, keys)) < loss(logits)
    assert float(measures.excluded_loss(logits, keys)) > np.log(P)


def test_neurons_have_the_frequencies_that_they_were_given() -> None:
    random = np.random.default_rng(0)
    k = np.array([1, 2, 3, 4, 5])
    f, g = random.uniform(0, 2 * np.pi, (2, 5))
    a, b = (2 * np.pi * np.arange(P)[:, None] * k / P + phase for phase in (f, g))
    squares = (np.cos(a)[:, None] * np.cos(b)[None]).reshape(P * P, 5)
    found, share = measures.neuron_frequencies(100.0 + squares)
    assert np.asarray(found).tolist() == k.tolist()
    np.testing.assert_allclose(share, 1, atol=1e-4)
    # Half of its variance at another frequency.
    _, half = measures.neuron_frequencies(squares + np.roll(squares, 1, axis=1))
    np.testing.assert_allclose(half, 0.5, atol=1e-4)


def test_what_cannot_be_is_refused() -> None:
    for wrong, said in [
        (lambda: measures.cosine_shares(noise()[:100]), "p\\^2"),
        (lambda: measures.cosine_shares(noise()[:100], SUM[:100]), "equally often"),
        (lambda: measures.restricted_loss(noise(), [6]), "they go from 1 to 5"),
        (lambda: measures.restricted_loss(noise(), np.ones(9, bool)), "list frequencies"),
        (lambda: measures.excluded_loss(noise(), [1], trained=np.arange(9)), "mask of 121"),
        (lambda: measures.neuron_frequencies(noise()[:120]), "ordered pairs"),
    ]:
        with pytest.raises(gp.GrokphaseError, match=said):
            wrong()
