"""Intervals and what they say, and the statistics that they are of."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from grokphase.estimators import statistics
from grokphase.estimators.intervals import (
    CONFIDENCE,
    at_confidence,
    kept_interval,
    over_seeds,
    proportion,
    resampled,
    share_interval,
    within,
    worst,
)
from grokphase.estimators.laws import rank_correlation
from grokphase.estimators.statistics import censored_slope, surprise


@given(st.floats(-5, 5), st.floats(0, 5), st.floats(-5, 5), st.floats(0, 5))
def test_a_verdict_is_what_the_interval_says(start: float, width: float, low: float, size: float):
    interval, high = (start, start + width), low + size
    inside = low <= interval[0] and interval[1] <= high
    outside = interval[1] < low or interval[0] > high
    expected = "holds" if inside else "fails" if outside else "inconclusive"
    assert within(interval, low, high) == expected


@given(st.integers(1, 40), st.data())
def test_a_share_lies_in_its_interval(trials: int, data: st.DataObject):
    successes = data.draw(st.integers(0, trials))
    low, high = proportion(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1


def test_nothing_is_concluded_from_nothing():
    assert within((float("nan"), 1.0), 0, 1) == "inconclusive"
    assert np.isnan(over_seeds(range(9), lambda at: float("nan"))).all()
    assert np.isnan(over_seeds(range(4), lambda at: 1.0)).all()  # all four alike say too little
    assert over_seeds(range(5), lambda at: 1.0) == (1, 1)


def test_related_runs_of_one_seed_widen_the_interval():
    true = np.repeat([True, False], 50)
    few = share_interval(np.repeat(np.arange(10), 10), true)
    many = share_interval(np.arange(100), true)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]


def test_a_share_of_one_is_not_certain():
    low, high = share_interval(np.repeat(range(5), 4), np.ones(20, bool))
    assert low < 0.9
    assert high == 1


def test_runs_of_too_few_seeds_decide_nothing():
    mixed = np.tile([True, True, True, False], 25)
    low, high = share_interval(np.repeat(range(4), 25), mixed)
    assert low < 0.5 < 0.75 < 0.8 < high
    assert share_interval(np.repeat(range(4), 25), np.ones(100, bool))[0] < 0.5
    assert share_interval([], []) == (0, 1)


def test_runs_that_agree_count_as_one_for_each_seed():
    """All runs of a seed may be true for one reason: a hundred of them are no hundred cases."""
    many, one = (share_interval(np.repeat(range(6), n), np.ones(6 * n, bool)) for n in (100, 1))
    assert many == one == pytest.approx(proportion(6, 6))
    none = share_interval(np.repeat(range(6), 9), np.zeros(54, bool))
    assert none == pytest.approx(proportion(0, 6))


def test_one_failure_of_many_runs_is_next_to_none():
    """Once 199 of 199 runs were [.861, 1], and 198 of 199 [.976, 1]: less surprise, more sure."""
    seeds = np.repeat(range(20), 10)[:199]
    unanimous = share_interval(seeds, np.ones(199, bool))
    nearly = share_interval(seeds, np.arange(199) != 7)
    assert unanimous == pytest.approx(proportion(20, 20))
    assert nearly == pytest.approx(unanimous, abs=0.01)
    assert nearly[0] < unanimous[0]
    for found in (unanimous, nearly):
        assert within(found, 0.95, 1.0) == "inconclusive"


@given(st.integers(1, 60), st.data())
def test_a_run_a_seed_is_the_exact_interval(seeds: int, data: st.DataObject):
    successes = data.draw(st.integers(0, seeds))
    true = np.arange(seeds) < successes
    expected = proportion(successes, seeds)
    assert share_interval(np.arange(seeds), true) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=9), st.data())
def test_a_success_more_lowers_neither_end(runs: list[list[bool]], data: st.DataObject):
    def interval(of: list[list[bool]]) -> tuple[float, float]:
        seeds = np.repeat(np.arange(len(of)), [len(one) for one in of])
        return share_interval(seeds, np.concatenate([np.array(one) for one in of]))

    before, at = interval(runs), data.draw(st.integers(0, len(runs) - 1))
    flipped = [[*one] for one in runs]
    flipped[at][data.draw(st.integers(0, len(runs[at]) - 1))] = True
    added = [[*one, True] if at == k else one for k, one in enumerate(runs)]
    for after in (interval(flipped), interval(added), interval([*runs, [True]])):
        assert after[0] >= before[0] - 1e-6
        assert after[1] >= before[1] - 1e-6
        assert after[1] - after[0] > 1e-3
    low, high = before
    assert 0 <= low <= np.mean([np.mean(one) for one in runs]) <= high <= 1


@pytest.mark.parametrize("related", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_shares_of_related_runs_are_missed_in_five_percent_on_each_side(share, related):
    """Seeds of a beta distribution: runs of no correlation, of some, and seeds that are one run."""
    generator, seeds, runs, trials = np.random.default_rng(3), 12, 8, 300
    of = np.repeat(np.arange(seeds), runs)
    missed = np.zeros(2)
    for _ in range(trials):
        if related == 1:
            chance = (generator.random(seeds) < share).astype(float)
        elif related:
            scale = 1 / related - 1
            chance = generator.beta(share * scale, (1 - share) * scale, seeds)
        else:
            chance = np.full(seeds, share)
        low, high = share_interval(of, generator.random(seeds * runs) < np.repeat(chance, runs))
        missed += [low > share, high < share]
    # 15 of 300 on either side is what is said; three deviations more are not.
    assert (missed <= 15 + 3 * np.sqrt(15)).all()
    if related == 1:
        assert missed.sum() > 0  # nor are they so wide that they never miss


def test_intervals_widen_with_their_confidence():
    values = np.random.default_rng(0).normal(size=30)
    found = []
    for confidence in (0.8, CONFIDENCE, 0.99):
        with at_confidence(confidence):
            found.append(
                [
                    proportion(7, 9),
                    over_seeds(range(30), lambda at: float(values[at].mean())),
                    share_interval(np.arange(12) // 3, np.arange(12) % 4 > 0),
                    kept_interval(0.5, (0.3, 0.6)),
                ]
            )
    for narrow, wide in pairwise(np.array(found)):
        assert (wide[:, 0] < narrow[:, 0]).all()
        assert (wide[:, 1] > narrow[:, 1]).all()
    assert found[1][3] == (0.3, 0.6)  # as it was kept


def at_tail(tail: float, values: np.ndarray, **changed: int) -> tuple[float, float]:
    """Of the mean, from each value as often as it is drawn."""
    with at_confidence(1 - 2 * tail):
        [found] = resampled(
            np.arange(len(values)), lambda weights: weights @ values / len(values), **changed
        )
    return found


@pytest.mark.parametrize("seeds", [5, 8])
def test_all_seeds_on_one_side_say_no_more_than_a_coin_for_each(seeds: int):
    """Once five of five seeds decided a claim at any level: no resample leaves their range."""
    alike = np.ones(seeds)
    assert at_tail(0.9 * 2.0**-seeds, alike) == (-np.inf, np.inf)
    if seeds == 8:
        assert at_tail(0.03, alike) == (1, 1)


def test_a_stricter_interval_is_that_of_student_and_not_the_last_draw():
    values = np.random.default_rng(4).normal(size=24)
    error = values.std(ddof=1) / np.sqrt(24)
    for tail in (0.0499, 0.01, 0.004):
        low, high = at_tail(tail, values)
        student = error * stats.t.isf(tail, 23)
        assert high - low == pytest.approx(2 * student, rel=0.06)
    few, many = (at_tail(0.004, values, draws=draws) for draws in (50, 2000))
    assert few == pytest.approx(many, abs=0.2 * error)  # as many as it takes, in either case


def test_the_usual_interval_is_the_percentile_as_it_was():
    values = np.random.default_rng(0).normal(size=9)
    generator = np.random.default_rng(7)
    means = values[generator.integers(0, 9, (200_000, 9))].mean(axis=1)
    error = values.std(ddof=1) / 3
    expected = tuple(np.quantile(means, [0.05, 0.95]))
    assert at_tail(0.05, values) == pytest.approx(expected, abs=0.05 * error)


@pytest.mark.parametrize("statistic", [np.mean, np.median])
@pytest.mark.parametrize("confidence", [0.8, 0.88, 0.9])
def test_few_seeds_are_resampled_in_every_way(statistic, confidence: float):
    values = np.array([0.3, 7.0, 1.0, 2.5, 4.0])
    every = np.sort([statistic(values[list(drawn)]) for drawn in product(range(5), repeat=5)])
    beyond = (1 - confidence) / 2 * 5**5
    with at_confidence(confidence):
        low, high = over_seeds(np.arange(5), lambda at: float(statistic(values[at])))
    for end, found in ((low, every), (-high, -every[::-1])):
        assert (found < end - 1e-9).sum() <= beyond <= (found < end + 1e-9).sum()


@given(st.integers(5, 8), st.data())
def test_an_interval_of_few_seeds_does_not_depend_on_how_they_are_numbered(
    many: int, data: st.DataObject
):
    drawn = st.lists(st.integers(-9, 9), min_size=many, max_size=many)  # whose sums are exact
    values, order = np.array(data.draw(drawn)), np.array(data.draw(st.permutations(range(many))))
    [one], [other] = (
        resampled(np.arange(many), lambda weights, of=of: weights @ of)
        for of in (values, values[order])
    )
    assert one == other


def test_of_five_seeds_none_is_too_rare_for_the_interval_of_their_median():
    """Each is the median of 5.8 % of the resamples; 2,000 draws may put one below 5 %."""
    for order in ([0, 1, 2, 3, 4], [3, 0, 4, 1, 2]):
        found = over_seeds(np.arange(5), lambda at, of=order: float(np.median(np.take(of, at))))
        assert found == (0, 4)


def test_two_groups_of_few_seeds_are_resampled_by_themselves_in_every_way():
    values, first = np.array([1.0, 2, 3, 4, 9, 0, 1, 1, 5, 6]), np.arange(10) < 5

    def difference(weights: np.ndarray) -> np.ndarray:
        assert (weights[:, :5].sum(axis=1) == 5).all()
        assert (weights[:, 5:].sum(axis=1) == 5).all()
        return (weights[:, :5] @ values[:5] - weights[:, 5:] @ values[5:]) / 5

    [found] = resampled(np.arange(10), difference, apart=first)
    means = [
        np.array([part[list(drawn)].mean() for drawn in product(range(5), repeat=5)])
        for part in (values[:5], values[5:])
    ]
    every = np.sort((means[0][:, None] - means[1]).ravel())
    beyond = 0.05 * every.size
    for end, all_of in ((found[0], every), (-found[1], -every[::-1])):
        assert (all_of < end - 1e-9).sum() <= beyond <= (all_of < end + 1e-9).sum()


def test_the_worst_of_several_verdicts():
    assert worst("holds", "inconclusive", "fails") == "fails"


def test_censored_values_are_late_and_not_at_the_limit():
    generator = np.random.default_rng(0)
    x = generator.uniform(0, 10, 400)
    y = 1.5 * x + generator.normal(0, 2, 400)
    late = y > 9
    seen = np.minimum(y, 9)
    assert np.polyfit(x[~late], y[~late], 1)[0] < 1.3
    assert np.polyfit(x, seen, 1)[0] < 1.3
    assert censored_slope(x, seen, late) == pytest.approx(1.5, abs=0.1)
    none = np.zeros(400, bool)
    assert censored_slope(x, y, none) == pytest.approx(np.polyfit(x, y, 1)[0], abs=1e-4)


def test_coincidence_is_judged_within_groups():
    # All of one group have both and none of the other either: within them nothing coincides.
    group, both = [0] * 5 + [1] * 5, [True] * 5 + [False] * 5
    assert surprise(group, both, both) == 1
    assert surprise([0] * 10, both, both) == pytest.approx(1 / 252)  # of ten choose five
    # Two groups at once: chances multiply.
    assert surprise([0, 0, 1, 1], [1, 0, 1, 0], [1, 0, 1, 0]) == pytest.approx(1 / 4)


@given(st.data())
def test_statistics_of_counted_values_are_those_of_repeated_ones(data: st.DataObject):
    """Medians, slopes and rank correlations by weights, against NumPy on the values themselves."""
    n = data.draw(st.integers(1, 12))
    numbers = st.lists(st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.0]), min_size=n, max_size=n)
    x, y = (np.array(data.draw(numbers)) for _ in range(2))
    counts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    repeated, weights = counts.nonzero()[0].repeat(counts[counts > 0]), counts[None].astype(float)
    if counts.any():
        found = statistics.median(x, weights), statistics.mean(x, weights)
        assert np.ravel(found) == pytest.approx([np.median(x[repeated]), x[repeated].mean()])
    else:
        assert np.isnan([statistics.median(x, weights), statistics.mean(x, weights)]).all()
    several = len(repeated) >= 3 and len(np.unique(x[repeated])) > 1
    assert statistics.slopes(x, y, weights)[0] == pytest.approx(
        np.polyfit(x[repeated], y[repeated], 1)[0] if several else np.nan, abs=1e-9, nan_ok=True
    )
    vary = several and len(np.unique(y[repeated])) > 1
    ranked = stats.spearmanr(x[repeated], y[repeated]).statistic if vary else np.nan
    assert statistics.rank_correlations(x, y, weights)[0] == pytest.approx(ranked, nan_ok=True)


def test_resamples_by_weights_are_those_by_indices(rng: np.random.Generator):
    seeds = rng.integers(0, 9, 40)
    x, y = rng.normal(size=(2, 40))
    of = np.unique(seeds, return_inverse=True)[1]
    found = resampled(
        of,
        lambda weights: statistics.median(x, weights),
        lambda weights: statistics.rank_correlations(x, y, weights),
    )
    assert found[0] == pytest.approx(over_seeds(seeds, lambda at: float(np.median(x[at]))))
    one_by_one = over_seeds(seeds, lambda at: float(stats.spearmanr(x[at], y[at]).statistic))
    assert found[1] == pytest.approx(one_by_one)


def test_an_interval_reaches_to_its_own_value():
    # Three sizes, five seeds and one exchange in each: seeds that are drawn twice are tied, and
    # the correlation of the resamples is larger than that of the runs.
    size = np.tile(np.arange(4.0), 5)
    cost = size + np.repeat([0.0, 0.1, 0.2, 0.3, 0.4], 4) + np.tile([0.9, 0, 0, 0], 5)
    table = {"seed": np.repeat(np.arange(5), 4), "size": size, "cost": cost}
    found = rank_correlation(table, x="size", y="cost", within=[0.5, 1.0], draws=500)
    assert found.interval is not None
    low, high = found.interval
    assert low <= found.value <= high
    [(alone, _)] = resampled(
        table["seed"], lambda weights: statistics.rank_correlations(size, cost, weights), draws=500
    )
    assert alone > found.value  # or this case shows nothing


def test_a_value_that_is_not_reached_is_an_end_and_no_number():
    times = np.array([1.0, 2, 3, 4, np.inf, np.inf])
    [(low, high)] = resampled(np.arange(6), lambda weights: statistics.median(times, weights))
    assert 1 <= low < 4
    assert high == np.inf
    [nothing] = resampled(np.arange(6), lambda weights: np.full(len(weights), np.nan))
    assert np.isnan(nothing).all()
    [few] = resampled(np.arange(4), lambda weights: statistics.median(times[:4], weights))
    assert np.isnan(few).all()


def test_groups_without_a_common_seed_keep_their_sizes():
    first = np.arange(12) < 5

    def sizes(weights: np.ndarray) -> np.ndarray:
        return weights[:, first].sum(axis=1)

    [apart] = resampled(np.arange(12), sizes, apart=first)
    assert apart == (5, 5)
    [together] = resampled(np.arange(12), sizes)
    assert together[0] < 5 < together[1]
    [too_few] = resampled(np.arange(9), lambda weights: weights[:, 0], apart=np.arange(9) < 4)
    assert np.isnan(too_few).all()
