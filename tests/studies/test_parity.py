"""Studies of parity: what is planted in a network is seen, and closed forms are met."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from grokphase.studies import Given, study
from grokphase.studies.barak2022 import study as barak
from grokphase.studies.merrill2023 import study as merrill

SMALL = {
    "width": 100,
    "batch": 32,
    "rate": 0.1,
    "every": 20,
    "small": 0.55,
    "all": 0.95,
    "seeds": 3,
}


# ------------------------------------------------------------------------------ barak2022


def test_the_gradient_of_a_neuron_is_of_the_majority() -> None:
    found = barak.fourier(Given("quick", {"bits": [7, 9], "relevant": [2, 4]}))
    np.testing.assert_allclose(found["relevant"], found["relevant_expected"], rtol=1e-12)
    np.testing.assert_allclose(found["others"], found["others_expected"], rtol=1e-12)
    assert [gap > 1e-9 for gap in found["gap"]] == found["sparse"] == [True, False, True, True]
    # E[maj(x) x_1] of three bits is 1/2
    assert barak._majority(3, 1) == 0.5


def test_the_gradient_is_that_of_the_mean_hinge_loss() -> None:
    random = np.random.default_rng(0)
    shapes = [(2, 6, 5), (2, 1, 5), (2, 5, 1)]
    weights = tuple(random.standard_normal(shape).astype(np.float32) for shape in shapes)
    x = random.choice([-1.0, 1.0], (2, 8, 6)).astype(np.float32)
    y = x[:, :, :2].prod(axis=2, keepdims=True)

    def loss(given: Any) -> Any:
        w, b, u = given
        return jax.nn.relu(1 - y * (jax.nn.relu(x @ w + b) @ u)).mean(axis=(1, 2)).sum()

    expected = jax.grad(loss)(tuple(map(jnp.asarray, weights)))
    for ours, right in zip(barak.gradient(weights, x, y), expected, strict=True):
        np.testing.assert_allclose(ours, right, atol=1e-6)


def test_parities_are_learned_and_relevant_bits_move_and_random_labels_are_not() -> None:
    course = barak.learned(8, 2, {**SMALL, "most": 300})
    assert (course.accuracy[-1] > 0.95).all()
    assert (course.told[-1] == 1).all()
    assert (course.moved[0] == 0).all()
    guessed = barak.learned(8, 2, {**SMALL, "most": 100}, at_random=True)
    assert (guessed.accuracy < 0.6).all()


def test_exponents_are_those_of_each_seed() -> None:
    n = np.array([10, 20, 40])
    rows = {
        "seed": [0, 0, 0, 1, 1, 1],
        "k": [2] * 6,
        "n": [*n, *n],
        "all_step": [*(3 * n**2), *(5 * n)],
    }
    found = barak.exponents({"times": rows})
    np.testing.assert_allclose(found["exponent"], [2, 1])


# ------------------------------------------------------------------------------ merrill2023


def planted(small: int) -> merrill.Neurons:
    """The sign of the first bit by two large neurons, and small ones that say nothing of it."""
    random = np.random.default_rng(0)
    into = np.concatenate([[[3.0, 0, 0], [-3.0, 0, 0]], 0.01 * random.standard_normal((small, 3))])
    out = np.concatenate([[2.0, -2.0], 0.01 * random.standard_normal(small)])
    weights = {
        "decoder.0.weight": into,
        "decoder.0.bias": np.zeros(len(into)),
        "decoder.1.weight": np.array([out / 2, -out / 2]),
        "decoder.1.bias": np.zeros(2),
    }
    return merrill.Neurons(weights)


def test_the_subnetwork_is_what_was_planted() -> None:
    neurons = planted(small=30)
    inputs = np.random.default_rng(1).choice([-1.0, 1.0], (200, 3))
    labels = (inputs[:, 0] < 0).astype(int)
    assert sorted(neurons.by_size[:2]) == [0, 1]
    assert neurons.least(inputs, labels) == 2
    assert neurons.accuracy(neurons.by_size[:2], inputs, labels) == 1
    assert neurons.accuracy(neurons.by_size[2:], inputs, labels) < 0.8
    assert neurons.norm(np.array([0, 1])) == pytest.approx(np.sqrt(9 + 9 + 2 + 2))


def test_neurons_are_the_network() -> None:
    settings = study("merrill2023").figures[0].settings["quick"]
    _, spec = next(merrill.networks({**settings, "width": 12, "samples": 20, "trained": 10}))
    network: Any = spec.model.build(spec.task, np.random.default_rng(0))
    weights = {
        f"decoder.{k}.{part}": np.asarray(getattr(network.decoder[k], part))
        for k in (0, 1)
        for part in ("weight", "bias")
    }
    neurons, inputs = merrill.Neurons(weights), spec.task.inputs.astype(float)
    outputs = network(jnp.asarray(spec.task.inputs))
    odds = neurons.said(neurons.by_size, inputs).sum(axis=1) + neurons.constant
    np.testing.assert_allclose(odds, outputs[:, 0] - outputs[:, 1], atol=1e-5)
