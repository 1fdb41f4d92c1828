"""The Fourier transform over Z_p, and what is concentrated in it."""

from __future__ import annotations

import numpy as np
import pytest

import grokphase as gp
from grokphase import measures


@pytest.mark.parametrize("p", [2, 3, 8, 11, 113])
def test_the_basis_is_orthonormal(p: int) -> None:
    basis = measures.fourier_basis(p)
    np.testing.assert_allclose(basis @ basis.T, np.eye(p), atol=1e-13)
    with pytest.raises(gp.GrokphaseError, match="2 or more"):
        measures.fourier_basis(1)


@pytest.mark.parametrize("p", [8, 11])
def test_the_spectrum_is_that_of_the_fast_transform(p: int) -> None:
    values = np.random.default_rng(p).normal(size=(p, 3))
    found = np.asarray(measures.spectrum(values))
    power = np.abs(np.fft.fft(values, axis=0)) ** 2 / p
    expected = [
        power[0],
        *(power[k] + (power[-k] if 2 * k < p else 0) for k in range(1, len(found))),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(found.sum(axis=0), (values**2).sum(axis=0), rtol=1e-5)  # Parseval


def test_a_shift_leaves_the_spectrum_and_a_factor_permutes_it() -> None:
    p, m = 11, 4
    values = np.random.default_rng(0).normal(size=(p, 2))
    found = np.asarray(measures.spectrum(values))
    shifted = np.asarray(measures.spectrum(np.roll(values, 5, axis=0)))
    np.testing.assert_allclose(shifted, found, rtol=1e-4)
    relabelled = np.asarray(measures.spectrum(values[m * np.arange(p) % p]))  # x -> v(m x)
    for k in range(p // 2 + 1):
        to = m * k % p
        np.testing.assert_allclose(relabelled[min(to, p - to)], found[k], rtol=1e-4)


def test_two_axes_are_transformed_one_after_the_other() -> None:
    values = np.random.default_rng(0).normal(size=(5, 5, 2))
    basis = measures.fourier_basis(5)
    expected = np.einsum("ia,jb,abw->ijw", basis, basis, values)
    np.testing.assert_allclose(measures.fourier(values, axes=2), expected, atol=1e-5)
    with pytest.raises(gp.GrokphaseError, match="axes=2 for"):
        measures.fourier(values[:, :4], axes=2)


def test_one_frequency_is_concentrated_and_noise_is_not() -> None:
    one, even = np.eye(1, 20)[0], np.ones(20)
    assert float(measures.gini(one)) == pytest.approx(1 - 1 / 20)
    assert float(measures.gini(even)) == pytest.approx(0, abs=1e-6)
    exponential = np.random.default_rng(0).exponential(size=20_000)
    assert float(measures.gini(exponential)) == pytest.approx(1 / 2, abs=0.01)
    assert float(measures.inverse_participation_ratio(one)) == 1
    assert float(measures.inverse_participation_ratio(even)) == pytest.approx(1 / 20)
    # E P^2 / (E P)^2 = 2 for exponential power, so 2 / n.
    assert float(measures.inverse_participation_ratio(exponential)) * 20_000 == pytest.approx(
        2, rel=0.05
    )


def test_the_circle_of_an_embedding_has_one_norm() -> None:
    p, radius = 11, 3.0
    angle = 2 * np.pi * 4 * np.arange(p) / p
    circle = 1.0 + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    norms = np.asarray(measures.embedding_norms(circle))
    expected = np.zeros(p // 2 + 1)
    expected[0], expected[4] = np.sqrt(2 * p), radius * np.sqrt(p)
    np.testing.assert_allclose(norms, expected, atol=1e-5)
