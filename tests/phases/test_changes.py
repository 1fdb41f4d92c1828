"""Change points: where they were planted, with intervals that hold them as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

import grokphase as gp
from grokphase import measures

X = np.arange(60.0)


def test_planted_knots_are_found_exactly_without_noise() -> None:
    curve = 2 - 0.5 * X + 1.5 * np.maximum(X - 20, 0) - 3 * np.maximum(X - 41, 0)
    one, two = measures.change_points(X, curve)
    assert (one.at, one.low, one.high) == (20, 20, 20)
    assert (two.at, two.low, two.high) == (41, 41, 41)
    np.testing.assert_allclose([one.before, one.after, two.after], [-0.5, 1.0, -2.0], atol=1e-9)


def test_units_of_places_and_values_change_nothing_else() -> None:
    curve = np.maximum(X - 20, 0) + np.random.default_rng(0).normal(size=60)
    (one,) = measures.change_points(X, curve, count=1)
    (other,) = measures.change_points(10 * X + 3, 7 - 4 * curve, count=1)
    assert [other.at, other.low, other.high] == [10 * v + 3 for v in (one.at, one.low, one.high)]
    (log,) = measures.change_points(np.exp(X / 5), curve, count=1, log_x=True)
    assert log.at == np.exp(one.at / 5)
    assert measures.change_points(X, curve, count=1) == (one,)  # the same seed


def test_an_interval_holds_the_knot_about_as_often_as_it_says() -> None:
    """Of 90 %, in 100 draws: 9 % to 100 % would pass; fewer than 75 % would be wrong."""
    random, held = np.random.default_rng(0), 0
    for draw in range(100):
        curve = np.maximum(X - 30, 0) / 5 + random.normal(size=60)
        (found,) = measures.change_points(X, curve, count=1, resamples=100, seed=draw)
        held += found.low <= 30 <= found.high
        assert found.high > found.low
    assert 75 <= held <= 100


def planted(turn: float, top: float, end: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps, excluded and validation loss, with their knots at these steps."""
    steps = np.concatenate([[0.0], np.geomspace(1, 1e5, 80)])
    u = np.log(np.maximum(steps, 1))
    excluded = np.exp(np.interp(u, [0, np.log(turn), np.log(1e5)], [1, -5, 1]))
    validation = np.interp(u, [0, np.log(top), np.log(end), 12], [8, 7, 0.2, 0])
    return steps, excluded, validation


def test_the_three_phases_are_where_they_were_planted() -> None:
    phases = measures.circuit_phases(*planted(300, 3000, 9000))
    assert [phase.name for phase in phases] == ["memorization", "circuit formation", "cleanup"]
    np.testing.assert_allclose([phase.end for phase in phases], [300, 3000, 9000], rtol=0.1)
    assert [phase.start for phase in phases] == [0, phases[0].end, phases[1].end]
    assert all(phase.interval[0] <= phase.end <= phase.interval[1] for phase in phases)


def test_curves_without_the_phases_are_refused() -> None:
    steps, excluded, validation = planted(300, 3000, 9000)
    for given, said in [
        ((steps, validation, validation), "does not turn"),
        ((steps, excluded, excluded), "no fall"),
        (planted(5000, 50, 900), "before the excluded loss"),
        ((steps[:8], excluded[:8], validation[:8]), "9 are needed"),
        ((steps, 0 * excluded, validation), "not finite"),
    ]:
        with pytest.raises(gp.GrokphaseError, match=said):
            measures.circuit_phases(*given)
    with pytest.raises(gp.GrokphaseError, match="ascend"):
        measures.change_points(-X, X)
    with pytest.raises(gp.GrokphaseError, match="write 1, 2 or 3"):
        measures.change_points(X, X, count=4)
