"""Values of estimators against SciPy, where it has the same thing without seeds and censoring."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from grokphase.estimators import estimator
from grokphase.estimators.statistics import surprise


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=25)


@pytest.fixture
def y(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    return x + rng.normal(size=25)


def test_share_and_its_interval(x: np.ndarray):
    found = estimator("share")({"seed": range(25), "x": x}, column="x", so="> 0.3", at_least=0.5)
    expected = stats.binomtest(int((x > 0.3).sum()), 25).proportion_ci(0.9, "exact")
    assert found.interval == pytest.approx(tuple(expected))


def test_correlations_and_slopes(x: np.ndarray, y: np.ndarray):
    runs, anywhere = {"seed": range(25), "x": x, "y": y}, {"x": "x", "y": "y", "within": [-9, 9]}
    found = estimator("rank-correlation")(runs, **anywhere)
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)
    found = estimator("slope")(runs, **anywhere, law="straight")
    assert found.value == pytest.approx(stats.linregress(x, y).slope)
    found = estimator("concordance")(runs, x="x", y="y")
    assert 2 * found.value - 1 == pytest.approx(stats.kendalltau(x, y).statistic)


def test_pairs_of_two_groups(x: np.ndarray, y: np.ndarray):
    runs = {"seed": [*range(50)], "group": [1] * 25 + [2] * 25, "value": np.concatenate([x, y])}
    found = estimator("order-of-groups")(runs, column="value", group="group", order=[1, 2])
    assert found.value == pytest.approx(stats.mannwhitneyu(y, x).statistic / 625)


def test_a_censored_median_is_that_of_kaplan_and_meier(rng: np.random.Generator):
    """Of one budget and an odd number of runs, where the two conventions meet."""
    times = rng.exponential(60, 25)
    late = times > 100
    assert 0 < late.sum() < 12
    runs = {"seed": range(25), "steps": np.where(late, np.nan, times)}
    found = estimator("level")(runs, column="steps", statistic="median", within=[0, 1], budget=100)
    curve = stats.ecdf(stats.CensoredData(uncensored=times[~late], right=[100.0] * late.sum())).sf
    assert found.value == curve.quantiles[np.argmax(curve.probabilities <= 0.5)]


def test_a_coincidence_is_that_of_fisher(rng: np.random.Generator):
    first, second = rng.random((2, 20)) < 0.5
    table = [
        [(first & second).sum(), (first & ~second).sum()],
        [(~first & second).sum(), (~first & ~second).sum()],
    ]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert surprise(np.zeros(20), first, second) == pytest.approx(expected)
