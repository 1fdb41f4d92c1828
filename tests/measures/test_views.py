"""Axes that an embedding is looked at on, neurons over pairs, attention: of what was planted."""

from __future__ import annotations

import numpy as np
import pytest

import grokphase as gp
from grokphase import measures

P = 11


def planted(frequencies: dict[int, float], d: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """An embedding of circles of these radii in planes at right angles, and these (k, d, 2)."""
    generator = np.random.default_rng(1)
    axes, _ = np.linalg.qr(generator.normal(size=(d, d)))
    planes = axes[:, : 2 * len(frequencies)].reshape(d, -1, 2).swapaxes(0, 1)
    embedding = np.full((P, d), 3.0)
    for plane, (k, radius) in zip(planes, frequencies.items(), strict=True):
        angle = 2 * np.pi * k * np.arange(P) / P
        embedding += radius * np.stack([np.cos(angle), np.sin(angle)], axis=1) @ plane.T
    return embedding, planes


@pytest.mark.parametrize("k", [2, 5])
def test_a_planted_circle_turns_in_the_plane_of_its_frequency(k: int) -> None:
    radii = {2: 1.5, 5: 4.0, 1: 0.1}
    embedding, planes = planted(radii)
    axes = measures.frequency_plane(embedding, k)
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(axes, planes[[*radii].index(k)], atol=1e-12)
    x, y = ((embedding - embedding.mean(axis=0)) @ axes).T
    turned = (x + 1j * y) * np.exp(-2j * np.pi * k * np.arange(P) / P)
    np.testing.assert_allclose(turned, radii[k], atol=1e-12)


def test_principal_axes_are_those_of_the_largest_circle_first() -> None:
    embedding, planes = planted({2: 1.5, 5: 4.0})
    axes = measures.principal_axes(embedding, 4)
    for found, plane in ((axes[:, :2], planes[1]), (axes[:, 2:], planes[0])):
        np.testing.assert_allclose(found @ found.T, plane @ plane.T, atol=1e-12)  # the same plane
    assert measures.principal_axes(embedding[:, :3], 9).shape == (3, 3)
    assert measures.principal_axes(-embedding, 1).max() == np.abs(axes[:, :1]).max()


def test_what_has_no_plane_is_refused() -> None:
    with pytest.raises(gp.GrokphaseError, match=r"6 is no frequency of 11 symbols .* from 1 to 5"):
        measures.frequency_plane(np.ones((P, 3)), 6)
    with pytest.raises(gp.GrokphaseError, match="3 is no frequency of 6 symbols"):
        measures.frequency_plane(np.ones((6, 3)), 3)
    with pytest.raises(gp.GrokphaseError, match="one number a symbol"):
        measures.frequency_plane(np.ones((P, 1)), 2)
    with pytest.raises(gp.GrokphaseError, match="finite numbers"):
        measures.principal_axes(np.full((P, 3), np.nan))


def test_shares_of_planted_neurons() -> None:
    a, b = np.indices((P, P)).reshape(2, -1)
    w = 2 * np.pi / P
    neurons = np.stack(
        [
            2 * np.cos(3 * w * (a + b)) + np.cos(3 * w * a) + np.sin(w * b) + 7,  # 4 + 1 to 1
            np.cos(2 * w * a) * np.cos(4 * w * b),  # of two frequencies, so of none
            np.full(P * P, 2.0),
        ],
        axis=1,
    )
    shares = np.asarray(measures.neuron_shares(neurons))
    assert shares.shape == (P // 2 + 1, 3)
    np.testing.assert_allclose(shares[:, 0], [0, 1 / 6, 0, 5 / 6, 0, 0], atol=1e-5)
    np.testing.assert_allclose(shares[:, 1], 0, atol=1e-5)
    assert np.isnan(shares[1:, 2]).all()
    frequency, share = measures.neuron_frequencies(neurons)
    assert (int(frequency[0]), float(share[0])) == (3, float(shares[3, 0]))


def test_maps_have_a_along_the_first_axis() -> None:
    a, b = np.indices((P, P)).reshape(2, -1)
    maps = measures.neuron_maps(np.stack([10 * a + b, b], axis=1))
    assert maps.shape == (2, P, P)
    assert maps[0, 4, 7] == 47
    with pytest.raises(gp.GrokphaseError, match=r"\(5, 2\) are not \(p\^2, width\)"):
        measures.neuron_maps(np.ones((5, 2)))


def test_attention_is_that_of_the_last_position_on_average() -> None:
    pattern = np.random.default_rng(0).dirichlet(np.ones(3), size=(20, 4, 3))
    found = measures.attention_to_operands(pattern)
    np.testing.assert_allclose(found, pattern[:, :, 2].mean(axis=0))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    with pytest.raises(gp.GrokphaseError, match=r"not \(n, heads, to, from\)"):
        measures.attention_to_operands(pattern[0])
