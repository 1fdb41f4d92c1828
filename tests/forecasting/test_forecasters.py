"""Fits against what is known: closed forms, planted constants, conditional probabilities."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, ndtr
from tests.forecasting.made import rows

from grokphase.forecasting import History, Prediction
from grokphase.forecasting.cases import cases_of
from grokphase.forecasting.combination import Combination, mixture, widened
from grokphase.forecasting.features import Standard, features, table
from grokphase.forecasting.fitting import fit_law, mixture_weights
from grokphase.forecasting.forecast import SCORES
from grokphase.forecasting.hidden import Hidden
from grokphase.forecasting.laws import UNITS, Constants, Law
from grokphase.forecasting.logistic import log_logistic
from grokphase.forecasting.survival import Regression, Times, fit, log_likelihood
from grokphase.forecasting.survivor import Survivor


def planted(n: int, grid: float, budget: float) -> tuple[Times, np.ndarray]:
    """Log-logistic times with ln t about 5 + x0 - x1 / 2, that come with odds e^(1 + x1)."""
    random = np.random.default_rng(1)
    x = random.standard_normal((n, 2))
    times = np.exp(5 + x @ [1, -0.5] + 0.4 * random.logistic(size=n))
    times[random.random(n) > expit(1 + x[:, 1])] = np.inf
    seen = times <= budget
    lower = np.where(seen, np.floor(np.where(seen, times, 0) / grid) * grid, budget)
    return Times(lower, np.where(seen, lower + grid, np.inf), np.ones(n)), x


@pytest.mark.parametrize("grid", [1.0, 200.0])  # of a typical time of 150
def test_a_coarse_grid_and_a_budget_do_not_bias_a_fit(grid: float):
    times, x = planted(3000, grid, budget=1500)
    found = fit(times, x, np.zeros(len(x)), ridge=0.0)
    np.testing.assert_allclose(found.beta, [1, -0.5, 5], atol=0.07)
    np.testing.assert_allclose(found.alpha, [0, 1, 1], atol=0.2)
    assert abs(found.spread - 0.4) < 0.03


def test_the_gradient_is_that_of_the_likelihood():
    times, x = planted(300, 30.0, budget=400)
    mu, odds, step = 4.9 + x[:, 0], x[:, 1], 1e-6
    _, *slopes = log_likelihood(times, mu, 0.5, odds)
    for slope, near in zip(
        slopes,
        (
            lambda h: log_likelihood(times, mu + h, 0.5, odds)[0],
            lambda h: log_likelihood(times, mu, 0.5 * math.exp(h), odds)[0],
            lambda h: log_likelihood(times, mu, 0.5, odds + h)[0],
        ),
        strict=True,
    ):
        np.testing.assert_allclose(slope, (near(step) - near(-step)) / (2 * step), atol=1e-5)


def test_the_likelihood_of_all_outcomes_is_one():
    edges = np.array([0.0, 3.0, 50.0, 52.0, 400.0])
    lower = np.append(edges[:-1], 400.0)
    upper = np.append(edges[1:], np.inf)
    value, *_ = log_likelihood(
        Times(lower, upper, np.ones(5)), np.full(5, 4.0), 0.7, np.full(5, 0.8)
    )
    assert math.isclose(np.exp(value).sum(), 1.0, rel_tol=1e-4)


def test_waiting_in_vain_conditions_a_forecast():
    fresh = log_logistic(now=100, mu=math.log(300), spread=0.3, odds=1.0)
    later = log_logistic(now=400, mu=math.log(300), spread=0.3, odds=1.0, waited=300)
    assert math.isclose(later.ever, (fresh.ever - fresh.by(400)) / (1 - fresh.by(400)))
    for step in (450, 700, 3000):
        told = (fresh.by(step) - fresh.by(400)) / (1 - fresh.by(400))
        assert math.isclose(later.by(step), told, rel_tol=2e-3)
    assert (later.steps > 400).all()


def test_one_who_has_waited_beyond_all_hope_is_told_so():
    told = log_logistic(now=1e6, mu=0.0, spread=0.05, odds=2.0, waited=1e6)
    assert told.ever < 1e-6
    assert np.isfinite(told.steps).all()


def test_quantiles_and_probabilities_are_inverse():
    told = log_logistic(now=50, mu=6.0, spread=0.8, odds=0.5)
    for level in (0.001, 0.05, 0.5, 0.95, 0.999):
        assert math.isclose(told.cdf(told.quantile(level)), level, rel_tol=1e-6)
        within = told.quantile(level, budget=500)
        assert within <= 500
        assert math.isclose(told.cdf(within) / told.cdf(500), level, rel_tol=1e-6)


def test_a_mixture_says_the_mean_of_what_is_told():
    one = Prediction.log_normal(10, 0.9, median=100, spread=0.5)
    other = Prediction.log_normal(10, 0.3, median=2000, spread=0.2)
    both = mixture([one, other], [0.25, 0.75])
    for step in (60, 110, 500, 2000, 5000):
        assert math.isclose(
            both.by(step), 0.25 * one.by(step) + 0.75 * other.by(step), abs_tol=5e-3
        )
    np.testing.assert_allclose(widened(one, 2.0).logs[-1], math.log(100) + 2 * 0.5 * SCORES[-1])


def test_weights_of_a_mixture_are_those_it_was_made_with():
    random = np.random.default_rng(0)
    first = random.random(20_000) < 0.3
    seen = np.where(first, random.standard_normal(20_000), 4 + random.standard_normal(20_000))
    density = np.exp(-0.5 * np.stack([seen, seen - 4], axis=1) ** 2)
    np.testing.assert_allclose(mixture_weights(density, np.ones(20_000)), [0.3, 0.7], atol=0.02)


def test_weights_are_shared_out_among_those_who_say_something():
    """As by maximising the likelihood of the mixture of those itself."""
    random = np.random.default_rng(0)
    density, relied = random.random((300, 3)) ** 2, random.random((300, 3)) < 0.6
    relied[:5] = False  # nobody: all count

    def loss(logs: np.ndarray) -> float:
        shares = np.exp(np.append(logs, 0.0)) * (relied | ~relied.any(1, keepdims=True))
        return -np.log((density * shares).sum(1) / shares.sum(1)).sum()

    best = np.exp(np.append(minimize(loss, np.zeros(2)).x, 0.0))
    found = mixture_weights(density, np.ones(300), relied=relied)
    np.testing.assert_allclose(found, best / best.sum(), atol=1e-3)
    everyone = mixture_weights(density, np.ones(300))
    np.testing.assert_allclose(
        everyone, mixture_weights(density, np.ones(300), relied=np.ones((300, 3), bool))
    )


def test_a_setting_outside_of_what_was_fitted_on_is_as_good_as_not_known():
    run = next(case for case in cases_of(rows(cells=1, seeds=1)) if case.generalizes).at(0)
    names = ("samples", "fraction", "elapsed")
    values = table([features(run)], names)
    ends = np.stack([values[0] - [0.1, 0.1, -1.0], values[0] + [0.3, 0.1, 2.0]])
    inside = Standard.of(names, ends, np.ones(2))
    regression = Regression(np.array([5.0, 0.0, 0.0, 0.0]), np.zeros(4), 1.0)

    def of(standard: Standard, history: History = run) -> Prediction:
        return Survivor("one", standard, regression).predict(history)

    few = replace(inside, high=inside.high - [1.0, 0, 0])
    unknown = replace(run, settings={k: v for k, v in run.settings.items() if k != "train_samples"})
    np.testing.assert_array_equal(of(few).steps, of(few, unknown).steps)
    assert not np.allclose(of(few).steps, of(inside).steps)
    later = replace(inside, low=inside.low + np.array([0, 0, 9.0]))  # `elapsed` is no setting
    np.testing.assert_array_equal(of(later).steps, of(inside).steps)
    assert (of(few).refused, of(inside).refused) == ("", "")
    nothing = of(replace(few, low=few.low + np.array([0, 9.0, 0])))
    assert nothing.refused == (
        "2 of the 3 numbers that this forecast is made from are not known of this run, or lie "
        "outside of what it was fitted on."
    )


def test_a_fit_is_found_again_whatever_the_order_of_the_runs_and_the_start():
    times, x = planted(600, 20.0, budget=1500)
    first = fit(times, x, np.zeros(len(x)), ridge=1.0)
    back = np.arange(len(x))[::-1]
    turned = Times(times.lower[back], times.upper[back], times.weight[back])
    far = Regression(np.array([0.0, 0.0, 7.0]), np.array([0.5, 0.0, 0.0]), 2.0)
    again = fit(turned, x[back], np.zeros(len(x)), ridge=1.0, start=far)
    np.testing.assert_allclose(again.beta, first.beta, rtol=1e-7)
    np.testing.assert_allclose(again.alpha, first.alpha, rtol=1e-7)
    assert math.isclose(again.spread, first.spread, rel_tol=1e-7)


def test_who_refuses_is_left_out_of_a_combination():
    run = next(case for case in cases_of(rows(cells=1, seeds=1)) if case.generalizes).at(0)
    names = ("samples", "fraction")
    values = table([features(run)], names)
    far = Standard.of(names, values + 9.0, np.ones(1))
    few = Survivor("few", far, Regression(np.zeros(3), np.zeros(3), 1.0))
    law = Law("training-median", Constants(1.0, 0.5, 0.2), Constants(1.0, 0.5, 0.2))
    both = Combination(((few, 0.9), (law, 0.1))).predict(run)
    alone = Combination(((law, 1.0),)).predict(run)
    assert few.predict(run).refused
    assert (both.refused, both.ever) == ("", alone.ever)
    np.testing.assert_allclose(both.steps, alone.steps, rtol=2e-3)  # on the grid of a mixture
    kept = Survivor.of("few", json.loads(json.dumps(few.as_json())))
    assert kept.predict(run).refused == few.predict(run).refused


def test_a_law_finds_its_constant():
    # Every delay is 1.5 / (2 eta lambda), times a factor of the family, scattered by 1 %.
    made = [row for row in rows(cells=6, seeds=2, noise=0.01) if row["family"] == "task-a/mlp"]
    cases = cases_of(made)
    law = fit_law("decay", cases)
    ratios = [
        case.delay.time * case.history.eta_lambda
        for case in cases
        if case.generalizes and case.delay and case.history.eta_lambda
    ]
    np.testing.assert_allclose(math.exp(law.constants.mu), np.median(ratios), rtol=0.02)
    assert law.constants.spread < 0.03
    without = next(case for case in cases if case.history.eta_lambda == 0)
    assert law.predict(without.at(0)).refused
    assert not law.predict(cases[0].at(0)).refused


@pytest.mark.parametrize("name", UNITS)
def test_a_law_is_kept_and_found_again(name: str):
    law = Law(name, Constants(1.0, 0.5, 0.2), Constants(2.0, 0.6, 0.1))
    assert Law.of(name, law.as_json()) == law


def test_hidden_phases_come_nearer_to_the_end():
    model = Hidden.fit(cases_of(rows(cells=4, seeds=1)))
    np.testing.assert_allclose(model.step.sum(1), 1.0)
    run = next(case for case in cases_of(rows(cells=4, seeds=1)) if case.generalizes)
    assert run.delay is not None
    assert run.memorized_at is not None
    soon = run.at(0.95 * run.delay.time)
    probability = [model.predict(each).by(2 * each.now) for each in (run.at(0), soon)]
    assert probability[0] < probability[1]
    assert all(0 <= each <= 1 for each in probability)
    told = model.predict(soon)
    assert (np.diff(told.steps) >= 0).all()
    assert told.steps[0] > soon.now


def test_a_forecast_of_a_run_without_any_measure_is_refused():
    run = History(step=[0, 10, 100], curves={"train_accuracy": [0.1, 0.5, 1.0]})
    from grokphase.forecasting import forecast

    told = forecast(run)
    assert told.refused
    assert told.median_step is None
    assert "validation" in told.reason


def test_scores_are_those_of_the_normal():
    assert math.isclose(ndtr(SCORES[80]), 0.5)
