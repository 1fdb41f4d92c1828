"""The closed form of gromov2023, by independent routes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from grokphase.studies.gromov2023.study import (
    EVEN,
    accuracy,
    even_phases,
    expected,
    logits,
    participation,
    random_phases,
)


def test_outputs_are_those_of_the_network_written_out():
    p, (k, f, g) = 5, random_phases(5, 7, seed=3)
    found = logits(p, k, f, g)
    for n, m, q in product(range(p), repeat=3):
        turn = 2 * np.pi * k / p
        hidden = (np.cos(turn * n + f) + np.cos(turn * m + g)) ** 2
        assert found[n, m, q] == pytest.approx((hidden * np.cos(turn * q + f + g)).mean())


@pytest.mark.parametrize("p", [5, 23])
def test_evenly_spread_phases_leave_the_expected_outputs_alone(p: int):
    k, f, g = even_phases(p)
    assert len(k) == 3 * (p - 1)
    outputs = logits(p, k, f, g)
    assert np.allclose(outputs, expected(p), atol=1e-12)
    assert accuracy(outputs) == 1.0


def test_six_phases_are_the_fewest():
    """Phases f_i = 2 pi i / L and g_i = s f_i average out every product that is not wanted if none
    of the characters is constant; so says a network of any modulus too."""
    unwanted = [(2, 0), (0, 2), (2, 2), (1, 1), (1, -1), (3, 1), (1, 3)]

    def clean(length: int, s: int) -> bool:
        return all((a + b * s) % length for a, b in unwanted)

    assert not any(clean(length, s) for length in range(1, EVEN) for s in range(length))
    assert clean(EVEN, 4)
    for length in range(2, 9):
        error = np.abs(logits(7, *even_phases(7, length)) - expected(7)).max()
        assert (error < 1e-12) == clean(length, 4)


def test_the_mean_over_random_phases_is_expected():
    outputs = logits(7, *random_phases(7, 200_000, seed=0))
    assert np.abs(outputs - expected(7)).max() < 0.01


def test_participation_of_a_cosine_and_of_noise():
    turn = 2 * np.pi * np.arange(23) / 23
    rows = np.stack([np.cos(3 * turn + 0.4), np.cos(turn), np.eye(23)[0]], axis=1)
    assert np.allclose(participation(rows), [0.5, 0.5, 1 / 23])
    assert np.allclose(participation(rows, 3)[:2], 0.25)
