"""Thresholds, widths and modes of outcomes that are made of known ones."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase.studies.transitions.modes import critical_bandwidth, modes, one_mode
from grokphase.studies.transitions.study import (
    exponent_of_width,
    more_than_one_mode,
    natural,
    spread,
    threshold,
    thresholds,
    widths,
)

FRACTIONS = np.array([0.4, 0.5, 0.6, 0.7])


def outcomes(deviation: float, power: float, seeds: int = 80) -> dict[str, list[float]]:
    """Runs that generalize above a normal threshold, whose spread falls as a power of p."""
    random = np.random.default_rng(0)
    rows = []
    for p in (11, 23, 47):
        middle = 4 * natural(p)
        width = deviation * (p / 11) ** -power
        grid = middle + width * np.linspace(-3, 3, 13)
        for seed in range(seeds):
            at = random.normal(middle, width)
            rows += [(p, seed, f, int(f >= at), int(f >= at + 0.02)) for f in grid]
    names = ("p", "seed", "fraction", "generalized", "by_half")
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def test_a_threshold_is_between_what_is_passed_and_what_is_not() -> None:
    assert threshold(FRACTIONS, np.array([0, 0, 1, 1])) == pytest.approx(0.55)
    assert threshold(FRACTIONS, np.array([0, 0, 0, 0])) is None
    assert threshold(FRACTIONS, np.array([1, 1, 1, 1])) == pytest.approx(0.35)
    # One that is passed out of order counts: two of four, wherever they are.
    assert threshold(FRACTIONS, np.array([0, 1, 0, 1])) == pytest.approx(0.55)


def test_mean_and_spread_of_normal_thresholds() -> None:
    from scipy.stats import norm

    grid = np.linspace(0.3, 0.7, 9)
    mean, deviation = spread(grid, norm.cdf(grid, 0.5, 0.06))
    assert mean == pytest.approx(0.5, abs=0.005)
    assert deviation == pytest.approx(0.06, rel=0.08)
    sharp, width = spread(np.array([0.4, 0.5]), np.array([0.0, 1.0]))
    assert (sharp, width) == (pytest.approx(0.45), pytest.approx(0.1 / np.sqrt(12)))


def test_middles_and_widths_scale_as_they_were_planted() -> None:
    table = outcomes(0.03, power=1.0)
    found = widths(table)
    assert found["middle"] == pytest.approx([4 * natural(p) for p in (11, 23, 47)], rel=0.02)
    judged = exponent_of_width({"borders": table}, within=(-1.4, -0.6))
    assert judged.value == pytest.approx(-1.0, abs=0.2)
    assert judged.verdict == "holds"
    assert exponent_of_width({"borders": table}, within=(-0.4, 0.0)).verdict == "fails"
    each = thresholds({"borders": table})
    scaled = [
        x for x, b in zip(each["scaled"], each["budget"], strict=True) if b == "all steps" and x
    ]
    assert np.mean(scaled) == pytest.approx(4.0, rel=0.02)


def test_modes_are_counted_and_fall_with_the_bandwidth() -> None:
    values = [0.0, 0.0, 1.0, 1.0, 3.0]
    assert [modes(values, h) for h in (0.05, 0.4, 2.0)] == [3, 3, 1]
    # Of two equal heaps two standard deviations apart the kernel estimate has one mode.
    assert critical_bandwidth([-1.0, 1.0]) == pytest.approx(1.0, rel=0.01)


def test_two_heaps_are_told_from_one() -> None:
    random = np.random.default_rng(0)
    apart = np.concatenate([random.normal(0.1, 0.05, 20), random.normal(0.9, 0.05, 20)])
    assert one_mode(apart, draws=200) < 0.05
    wrong = [one_mode(random.normal(size=40), draws=60, seed=k) < 0.05 for k in range(12)]
    assert sum(wrong) <= 2
    assert one_mode([1.0] * 10) == 1.0


def test_one_mode_that_is_not_refuted_is_no_finding() -> None:
    random = np.random.default_rng(0)
    apart = np.concatenate([random.normal(0.1, 0.05, 20), random.normal(0.9, 0.05, 20)])
    table = {
        "p": [17] * 40 + [23] * 40,
        "validation_accuracy": [*random.normal(0.5, 0.1, 40), *apart],
    }
    found = [more_than_one_mode({"middles": table}, p=p, level=0.05) for p in (17, 23)]
    assert [each.verdict for each in found] == ["inconclusive", "holds"]
    assert [each.seeds for each in found] == [40, 40]
