"""The moments' flow against weights that are moved, and its losses against fresh samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from grokphase.errors import GrokphaseError
from grokphase.theory.integration import integrated
from grokphase.theory.lazy_rich import LazyRich, Moments, lazy_rich


def network(flow: LazyRich, weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The centred outputs of a network, neuron by neuron."""

    def raw(of: np.ndarray) -> np.ndarray:
        h = inputs @ of.T
        return flow.scale * (h + flow.curvature / 2 * h**2).mean(axis=1)

    return raw(weights) - raw(flow.weights)


def moved(flow: LazyRich, weights: np.ndarray) -> Moments:
    """By how much the moments of these weights differ from those of the start."""
    mean, second = flow.start
    own = weights.T @ weights / len(weights)
    return Moments((weights.mean(axis=0) - mean)[None], (own - second)[None])


def test_moments_are_those_of_weights_that_are_moved() -> None:
    flow = lazy_rich(4, 9, scale=0.5, curvature=0.7, neurons=6, seed=1)

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        weights = state.reshape(flow.weights.shape)
        residuals = network(flow, weights, flow.inputs) - flow.answers
        h = flow.inputs @ weights.T
        pulled = (residuals[:, None] * (1 + flow.curvature * h)).T @ flow.inputs
        return (-pulled / (flow.scale * len(residuals))).ravel()

    found = solve_ivp(slope, (0, 40), flow.weights.ravel(), "DOP853", [40], rtol=1e-10, atol=1e-12)
    expected = moved(flow, found.y[:, -1].reshape(flow.weights.shape))
    moments = flow.moments([40.0])
    assert moments.mean == pytest.approx(expected.mean, abs=1e-4)
    assert moments.second == pytest.approx(expected.second, abs=1e-4)


@pytest.mark.parametrize("neurons", [1, 5])
def test_the_population_loss_is_that_of_fresh_samples(neurons: int) -> None:
    flow = lazy_rich(5, 8, scale=1.3, curvature=0.6, neurons=neurons, seed=2)
    random = np.random.default_rng(3)
    weights = flow.weights + 0.3 * random.standard_normal(flow.weights.shape)
    course = flow.course_of([0.0], moved(flow, weights))
    fresh = random.standard_normal((200_000, 5)) / np.sqrt(5)
    errors = (network(flow, weights, fresh) - 0.5 * (fresh @ flow.target) ** 2) ** 2
    assert course.population[0] == pytest.approx(
        errors.mean(), abs=5 * errors.std() / np.sqrt(len(errors))
    )
    seen = network(flow, weights, flow.inputs) - flow.answers
    assert course.train[0] == pytest.approx(np.mean(seen**2))


def test_the_kernel_is_that_of_the_gradients() -> None:
    flow = lazy_rich(3, 6, scale=2.0, curvature=0.8, neurons=4, seed=4)
    h = flow.inputs @ flow.weights.T
    gradients = ((1 + flow.curvature * h)[:, :, None] * flow.inputs[:, None]).reshape(6, -1)
    assert flow.kernel(*flow.start) == pytest.approx(gradients @ gradients.T / 4)
    many = lazy_rich(3, 6, curvature=0.8, seed=4)
    inner = many.inputs @ many.inputs.T
    assert many.kernel(*many.start) == pytest.approx(inner + 0.64 * inner**2)


def test_a_large_scale_is_the_kernel_and_the_kernel_ends_where_it_interpolates() -> None:
    for neurons in (None, 7):
        flow = lazy_rich(4, 8, scale=1e4, curvature=0.5, neurons=neurons, seed=5)
        times = [1.0, 30.0, 300.0]
        course, lazy = flow.course(times), flow.lazy_course(times)
        assert course.train == pytest.approx(lazy.train, rel=1e-2)
        assert course.population == pytest.approx(lazy.population, rel=1e-2)
    values = np.linalg.eigvalsh(lazy_rich(4, 8, scale=1.0, seed=5).kernel(np.zeros(4), np.eye(4)))
    assert values.min() > 0
    assert lazy_rich(4, 8, seed=5).lazy_course([1e15]).train[0] < 1e-16


def test_rates_of_the_kernel_are_those_of_many_samples() -> None:
    """Over P, of many samples: 1/D of linear functions, 2 (eps / D)^2 of quadratic ones."""
    dimensions, epsilon = 4, 1.0
    flow = lazy_rich(dimensions, 2000, curvature=epsilon, seed=6)
    x, inner = flow.inputs, flow.inputs @ flow.inputs.T
    for function, rate in (
        (x[:, 0], 1 / dimensions),
        (x[:, 0] * x[:, 1], 2 * (epsilon / dimensions) ** 2),
    ):
        applied = (inner + epsilon**2 * inner**2) @ function / len(x)
        assert function @ applied / (function @ function) == pytest.approx(rate, rel=0.15)


def test_rich_generalizes_where_its_kernel_does_not() -> None:
    flow = lazy_rich(6, 24, scale=0.3, seed=0)
    course = flow.course(np.geomspace(1, 300, 60))
    found = flow.reached(course, 0.1)
    assert found.memorized is not None
    assert found.delay is not None
    assert found.delay > 0
    assert flow.lazy_course([1e15]).population[0] > 0.1 * 0.75
    assert course.alignment[-1] > course.alignment[0]
    assert course.squared_norm[-1] > course.squared_norm[0]
    never = flow.reached(course, 1e-12)
    assert (never.memorized, never.delay) == (None, None)


def test_alignment_of_many_samples_is_that_of_the_kernel() -> None:
    flow = lazy_rich(3, 40, curvature=0.7, neurons=5, seed=1)  # more than 3 + 9 features
    moments = flow.moments([0.0, 20.0])
    mean, second = flow.start
    kernel = flow.kernel(mean + moments.mean[1], second + moments.second[1])
    assert flow.course([0.0, 20.0]).alignment[1] == pytest.approx(flow.alignment(kernel))


def test_a_loss_that_is_no_number_is_not_reached() -> None:
    flow = lazy_rich(3, 6)
    course = flow.course([0.0, 1.0, 2.0])
    lost = course._replace(train=np.array([np.nan] * 3), trace=np.array([0.0, np.inf, np.nan]))
    found = flow.reached(lost, 0.1)
    assert (found.memorized, found.generalized) == (None, None)


def test_a_flow_that_ends_is_refused() -> None:
    with pytest.raises(GrokphaseError, match=r"cannot be integrated beyond a time of 0\.5"):
        integrated(lambda _, state: state**2, np.ones(1), [0, 0.5, 2], tolerance=1e-6)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"inputs": [1.0], "target": [1.0]}, "inputs must be a matrix"),
        ({"inputs": np.ones((3, 70)), "target": np.ones(70)}, "at most 64 are allowed"),
        ({"inputs": np.eye(2), "target": [1.0]}, "target must be 2 finite numbers"),
        ({"inputs": np.eye(2), "target": [0.0, 0.0]}, "not all 0"),
        ({"inputs": np.eye(2), "target": [1.0, 0.0], "scale": 0}, "scale must be"),
        ({"inputs": np.eye(2), "target": [1.0, 0.0], "weights": [[1.0]]}, "a row of 2 numbers"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        LazyRich(**given)
