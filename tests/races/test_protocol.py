"""What decides a race, on numbers with a planted answer: nothing is trained."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from grokphase.races.protocol import (
    LEVEL,
    best,
    compared,
    enough_seeds,
    least_p,
    signed_rank,
    speedup_interval,
)

SEEDS = 16
HORIZON = 3000.0


def log_normal(rng: np.random.Generator, median: float, runs: int, spread: float = 0.2):
    """Times of runs, as delays of seeds are distributed."""
    return median * np.exp(spread * rng.normal(size=runs))


def test_a_planted_faster_arm_wins_and_by_what_was_planted(rng):
    base = log_normal(rng, 1200, SEEDS)
    arms = {"half": base / 2 * np.exp(0.1 * rng.normal(size=SEEDS)), "slow": base * 1.5}
    found = compared(arms, base, dict.fromkeys(arms, HORIZON), HORIZON)
    assert found["half"].verdict == "faster"
    assert found["half"].low < 2 < found["half"].high
    assert found["slow"].verdict == "slower"
    assert found["slow"].speedup == pytest.approx(2 / 3)


def test_equal_arms_are_called_faster_or_slower_no_more_often_than_said():
    """Of 200 races of ten arms that are all the same, hardly any has a winner."""
    rng, wrong = np.random.default_rng(3), 0
    for _ in range(200):
        seeds = log_normal(rng, 1500, SEEDS)  # what seeds have in common
        drawn = {n: np.log(seeds) + 0.3 * rng.normal(size=SEEDS) for n in range(11)}
        times = {n: np.where(np.exp(x) > HORIZON, np.inf, np.exp(x)) for n, x in drawn.items()}
        tests = [
            signed_rank(np.log(np.minimum(times[0], HORIZON) / np.minimum(times[n], HORIZON))).p
            for n in range(1, 11)
        ]
        wrong += min(tests) * 10 < LEVEL
    assert wrong <= 7  # P(more | 1 %) = 1e-3


@given(
    st.lists(st.integers(-4, 4), min_size=1, max_size=9),
)
def test_the_signed_rank_test_is_its_enumeration_with_ties_and_zeros(differences):
    values = np.array(differences, float)
    known = values[values != 0]
    ranks = rankdata(np.abs(known))
    sums = [abs(float(np.dot(signs, ranks))) for signs in product((-1, 1), repeat=known.size)]
    observed = abs(float((np.sign(known) * ranks).sum()))
    expected = np.mean([each >= observed - 1e-9 for each in sums]) if known.size else 1.0
    assert signed_rank(values).p == pytest.approx(expected)


def test_the_signed_rank_test_is_that_of_scipy_without_ties(rng):
    values = rng.normal(0.5, 1, size=14)
    assert signed_rank(values).p == pytest.approx(wilcoxon(values, method="exact").pvalue)


def test_the_signed_rank_test_turns_with_its_sign(rng):
    values = rng.normal(size=10)
    one, other = signed_rank(values), signed_rank(-values)
    assert one.p == other.p
    assert one.statistic == -other.statistic


def test_what_was_not_reached_is_later_than_all_and_never_a_number():
    base = np.full(SEEDS, 1000.0) + np.arange(SEEDS)
    never, nobody = np.full(SEEDS, np.inf), np.full(SEEDS, np.inf)
    found = compared({"never": never}, base, {"never": HORIZON}, HORIZON)["never"]
    assert found.verdict == "slower"
    assert found.speedup is None
    assert found.low is None
    assert found.high == pytest.approx(1.0, rel=0.7)  # at most base / horizon
    assert found.high < 0.34
    both = compared({"never": never}, nobody, {"never": HORIZON}, HORIZON)["never"]
    assert (both.speedup, both.low, both.p, both.verdict) == (None, None, 1.0, "open")
    only = compared({"it": base}, nobody, {"it": HORIZON}, HORIZON)["it"]
    assert only.verdict == "faster"
    assert only.speedup is None
    assert only.low == pytest.approx(HORIZON / np.median(base), rel=0.01)
    assert only.high is None


def test_times_beyond_the_common_horizon_count_as_not_reached():
    """In seconds a dear arm was watched for longer: that must not tell for it or against it."""
    base = np.full(SEEDS, np.inf)  # not within 3 s
    dear = np.full(SEEDS, 8.0)  # seconds, of a budget of 9
    found = compared({"dear": dear}, base, {"dear": 9.0}, 3.0)["dear"]
    assert (found.p, found.verdict) == (1.0, "open")
    known = compared({"dear": dear}, np.full(SEEDS, 2.0), {"dear": 9.0}, 3.0)["dear"]
    assert (known.speedup, known.low, known.verdict) == (0.25, 0.25, "slower")


def test_few_seeds_cannot_decide_and_enough_can():
    base = np.arange(1000.0, 1000.0 + 5)
    found = compared({"half": base / 2}, base, {"half": HORIZON}, HORIZON)["half"]
    assert (found.p, found.verdict) == (least_p(5, 1), "open")
    for arms in (1, 5, 20):
        enough = enough_seeds(arms)
        assert least_p(enough, arms) < LEVEL <= least_p(enough - 1, arms)
        base = 1000.0 + np.arange(enough)
        times = {str(n): base / 2 for n in range(arms)}
        found = compared(times, base, dict.fromkeys(times, HORIZON), HORIZON)
        assert {each.verdict for each in found.values()} == {"faster"}


def test_the_interval_of_a_speed_up_holds_it_as_often_as_it_says():
    """Paired log-normal times: the true ratio of medians lies inside in about 95 % of races."""
    rng, inside = np.random.default_rng(0), 0
    for _ in range(150):
        base = log_normal(rng, 1000, 20, 0.3)
        arm = base / 1.8 * np.exp(0.2 * rng.normal(size=20))
        low, high = speedup_interval(arm, base, 1e9, 1e9)
        inside += low <= 1.8 <= high
    assert 132 <= inside <= 150


@pytest.mark.parametrize(
    ("times", "chosen"),
    [
        ([[500, 700], [400, 450]], 1),
        ([[400, math.inf], [900, 950]], 1),  # half of the seeds are not enough
        ([[math.inf, math.inf, math.inf], [800, math.inf, math.inf]], 1),
        ([[700, math.inf, math.inf], [600, math.inf, math.inf]], 1),
        ([[500, 500], [500, 500]], 0),
        ([[math.inf] * 3] * 4, 0),
    ],
)
def test_the_best_draw(times, chosen):
    assert best(np.array(times, float)) == chosen
