"""Mathematics of mallinar2024, charton2024 and miller2023, each by an independent route."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import log_ndtr

import grokphase as gp
from grokphase.studies.charton2024 import network
from grokphase.studies.charton2024.rules import (
    all_powers,
    ceiling,
    pairs_by_divisor,
    predicted,
    products,
    share,
)
from grokphase.studies.given import Trained
from grokphase.studies.mallinar2024 import study as rfm
from grokphase.studies.mallinar2024.machine import (
    Kernel,
    circulant_deviation,
    fitted,
    outer_product,
    root,
)
from grokphase.studies.miller2023 import classification
from grokphase.studies.miller2023.process import likelihood
from grokphase.studies.miller2023.study import Descent, features_of


@pytest.mark.parametrize("bandwidth", [None, 2.5])
def test_outer_products_are_those_of_numerical_gradients(bandwidth):
    kernel, data = Kernel(bandwidth), rfm.Data("modular-addition", 5, 0.5, seed=0)
    inputs, results = data.train
    drawn = np.random.default_rng(0).standard_normal((10, 10))
    features = drawn @ drawn.T / 10 + np.eye(10)
    weights = fitted(kernel, inputs, results, features)
    total, step = np.zeros((10, 10)), 1e-5
    for x in inputs:
        moved = np.concatenate([x + step * np.eye(10), x - step * np.eye(10)])
        outputs = kernel(moved, inputs, features) @ weights
        gradients = (outputs[:10] - outputs[10:]) / (2 * step)
        total += gradients @ gradients.T
    found = outer_product(kernel, inputs, features, weights)
    assert np.allclose(found, total / len(inputs), rtol=1e-6, atol=1e-8)
    assert np.allclose(kernel(inputs, inputs, features) @ weights, results)


def test_a_root_is_one_and_random_blocks_are_not_circulant():
    drawn = np.random.default_rng(1).standard_normal((60, 60))
    square = drawn @ drawn.T
    assert np.allclose(root(square) @ root(square), square)
    for step in (1, -1):
        assert circulant_deviation(drawn, step) == pytest.approx(1 - 1 / 60, abs=0.01)


@pytest.mark.parametrize("operation", ["modular-addition", "modular-subtraction"])
def test_features_that_are_given_are_constant_along_the_diagonals_of_the_operation(operation):
    """By the symmetry that leaves results alone: a + 1 and b - 1, or b + 1 of a difference."""
    p, step = 11, rfm.STEPS[operation]
    features = rfm.given_features("circulant", operation, p, seed=0)
    assert circulant_deviation(features[p:, :p], step) < 1e-20
    wrong = rfm.given_features("wrong diagonals", operation, p, seed=0)
    assert circulant_deviation(wrong[p:, :p], -step) < 1e-20


def test_powers_of_a_generator_turn_products_into_sums():
    order = rfm.logarithms(13)
    assert sorted(order.tolist()) == list(range(1, 13))
    assert all(order[i] * order[1] % 13 == order[(i + 1) % 12] for i in range(12))


def test_pairs_by_divisor_are_those_that_are_counted():
    counted = [math.gcd(a, b) for a, b in itertools.product(range(1, 61), repeat=2)]
    assert pairs_by_divisor(60, 30).tolist() == [counted.count(k) for k in range(1, 31)]


@pytest.mark.parametrize("base", [2, 10, 30, 1000])
def test_the_ceiling_is_the_sum_over_all_products_of_powers(base):
    known = products(all_powers(base, 10**6), 10**6)
    assert sum(share(k) for k in known) == pytest.approx(ceiling(base), rel=1e-5)


@pytest.mark.parametrize("base", [2, 10, 30])
def test_the_third_rule_is_the_part_of_a_divisor_that_has_the_primes_of_the_base(base):
    right = products(all_powers(base, 100))
    for divisor in range(1, 101):
        part = math.gcd(divisor, base**7)
        assert predicted(divisor, right) == part


def test_descent_to_any_step_is_descent_step_by_step():
    x = np.array([0.3, -0.17])
    inputs, results, start = features_of(x), 0.3 * x, np.array([5e-4, 0.9, 0.9, 0.9])
    for prior in (0.5, None):
        descent = Descent(inputs, results, noise=0.002, prior=prior, rate=1e-3)
        weights = start.copy()
        for _ in range(300):
            slope = inputs.T @ (inputs @ weights - results) / 0.002
            weights = weights - 1e-3 * (slope + (0 if prior is None else weights / prior))
        found = descent.weights(start, np.array([0.0, 300.0]))
        assert np.allclose(found[0], start)
        assert np.allclose(found[1], weights)


def test_the_gradient_of_the_marginal_likelihood_is_numerical():
    inputs = np.linspace(-1, 1, 9)
    results, logs, step = np.sin(2 * inputs), np.log([0.3, 0.7]), 1e-6
    parts, gradient, _ = likelihood(inputs, results, logs, 0.01)
    for k, move in enumerate(step * np.eye(2)):
        ends = [likelihood(inputs, results, logs + sign * move, 0.01)[0] for sign in (1, -1)]
        slope = (sum(ends[0].values()) - sum(ends[1].values())) / (2 * step)
        assert slope == pytest.approx(gradient[k], rel=1e-5)
    covariance = 0.7 * np.exp(-((inputs[:, None] - inputs) ** 2) / 0.18) + 0.01 * np.eye(9)
    assert parts["complexity"] == pytest.approx(np.linalg.slogdet(covariance)[1] / 2)
    assert parts["fit"] == pytest.approx(results @ np.linalg.solve(covariance, results) / 2)


def test_a_course_by_the_rules_is_told_divisor_by_divisor():
    """Always 1, then multiples of 2 apart, then all products of 2 and 5, then every divisor."""
    learned = gp.tasks.gcd(10, 99, 9801)
    spec = SimpleNamespace(task=learned, split=gp.Split(fraction=0.7), seed=0)
    answers = np.zeros((4, network.SHOWN, network.SHOWN))
    for divisor in range(1, network.SHOWN + 1):
        everything = range(1, network.SHOWN + 1)
        for at, told in enumerate(([1], [1, 2], network.POWERS, everything)):
            answers[at, divisor - 1, predicted(divisor, told) - 1] = 1
    _, others = spec.split.indices(learned, 0)
    divisors = learned.labels[others] + 1
    right = float(np.isin(divisors, network.POWERS).mean())
    curves = {"step": [0, 1, 10, 100], "answers": answers}
    curves["validation_accuracy"] = [0.6, 0.76, right, 1.0]
    record = SimpleNamespace(seed=0, curves=curves)
    given = SimpleNamespace(runs=[Trained({}, spec, record)])
    found = {name: column[0] for name, column in network.staircase(given).items()}
    assert (found["two"], found["five"], found["three"]) == (1, 10, 100)
    assert (found["step"], found["as_rule"]) == (10, 1.0)
    assert abs(found["above"]) < 0.005  # but for the rare ones, which are not counted
    course = network.course(given)
    told = dict(zip(course["divisor"], course["told"], strict=True))
    assert (told[1], told[2], told[4], told[7]) == (0, 1, 10, 100)


def some_posterior(n: int, dimensions: int):
    random = np.random.default_rng(0)
    inputs, classes = random.standard_normal((n, dimensions)), np.sign(random.standard_normal(n))
    factor = np.tril(0.3 * random.standard_normal((n, n))) + np.eye(n)
    return inputs, classes, np.log([0.7] * dimensions + [2.0]), random.standard_normal(n), factor


def test_the_gradient_of_the_evidence_bound_is_numerical():
    inputs, classes, *values = some_posterior(5, 2)
    _, gradients, _ = classification.bound(inputs, classes, *values)

    def at(*moved):
        return sum(classification.bound(inputs, classes, *moved)[0].values())

    for place, gradient in enumerate(gradients):
        for k in np.ndindex(gradient.shape):
            if len(k) == 2 and k[0] < k[1]:
                continue  # the factor is lower triangular
            ends = []
            for step in (1e-6, -1e-6):
                moved = [value.copy() for value in values]
                moved[place][k] += step
                ends.append(at(*moved))
            assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(gradient[k], rel=1e-5, abs=1e-7)


def test_what_the_evidence_bound_expects_is_that_of_a_quadrature():
    """The expectation of each point and its slopes, by SciPy, over f itself."""
    mean, variance = np.array([0.3, -2.0]), np.array([0.5, 4.0])
    classes = np.array([1.0, -1.0])
    found = classification.expected(mean, variance, classes)

    def value(m, v, y):
        def inside(f):
            return (
                math.exp(-((f - m) ** 2) / (2 * v)) * log_ndtr(y * f) / math.sqrt(2 * math.pi * v)
            )

        return quad(inside, m - 9 * v**0.5, m + 9 * v**0.5)[0]

    for k, (m, v, y) in enumerate(zip(mean, variance, classes, strict=True)):
        step = 1e-4
        assert found[0][k] == pytest.approx(value(m, v, y), rel=1e-6)
        by_mean = (value(m + step, v, y) - value(m - step, v, y)) / (2 * step)
        by_variance = (value(m, v + step, y) - value(m, v - step, y)) / (2 * step)
        assert [found[1][k], found[2][k]] == pytest.approx([by_mean, by_variance], rel=1e-5)


def test_the_evidence_bound_is_below_the_evidence_and_close_to_it_when_learned():
    inputs, classes = np.array([[0.0], [0.4]]), np.array([1.0, 1.0])
    logs, jitter = np.log([0.5, 1.5]), 1.5 * classification.JITTER
    covariance = classification.covariance(inputs, inputs, np.array([0.5]), 1.5)
    # Phi(f) is the chance of a normal number below f: both are below, so that the evidence is a
    # chance of two correlated ones, which has Sheppard's closed form.
    correlation = covariance[0, 1] / (covariance[0, 0] + jitter + 1)
    evidence = 1 / 4 + np.arcsin(correlation) / (2 * np.pi)
    values = np.concatenate([np.zeros(2), np.eye(2).ravel()])
    adam = classification.Adam(0.05, len(values))
    for step in range(150):
        mean, factor = values[:2], values[2:].reshape(2, 2)
        parts, gradients, _ = classification.bound(inputs, classes, logs, mean, factor)
        assert -sum(parts.values()) <= np.log(evidence) + 1e-6, step
        values = adam.stepped(values, np.concatenate([each.ravel() for each in gradients[1:]]))
    assert -sum(parts.values()) == pytest.approx(np.log(evidence), abs=0.01)
