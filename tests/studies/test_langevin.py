"""Networks of rubin2024 in equilibrium: the sampler against a posterior that is integrated."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf

from grokphase.studies import study
from grokphase.studies.rubin2024.langevin import (
    Seen,
    Weights,
    chain,
    distance,
    expected,
    left,
    network_of,
    valley,
)
from grokphase.theory import PolynomialTeacher

SIZES = {"dimensions": 30, "samples": 2000, "neurons": 150}


def test_small_networks_have_the_action_of_the_published_one():
    published, small = PolynomialTeacher(ridge=0.12), network_of(SIZES, 0.12)
    assert (small.dimensions, small.samples, small.neurons) == pytest.approx((30, 2000, 150))
    assert small.control == pytest.approx(published.control)
    assert small.gaussian_linear() == pytest.approx(published.gaussian_linear())
    sizes = {"dimensions": 150, "samples": 3000, "neurons": 700}
    assert network_of(sizes, 0.12).discrepancies() == pytest.approx(published.discrepancies())


@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_neurons_settle_at_the_least_ridge_of_the_figure(scale):
    (figure,) = study("rubin2024").select("langevin")
    settings = figure.settings[scale]
    network = network_of(settings, min(settings["ridges"]))
    free, held = expected(network, free=True), expected(network, free=False)
    assert 0 < free.linear < held.linear < 0.1
    assert free.shares.sum() == pytest.approx(1, abs=1e-3)
    assert valley(free.shares) < valley(held.shares) < 1


def test_langevin_dynamics_sample_the_posterior():
    """Of one neuron with one input, whose two weights can be integrated over."""
    inputs, answers, ridge = np.array([0.5, 1.0, -1.5]), np.array([0.8, 1.0, -1.3]), 0.5
    first, out = 1.5, 1.2
    seen = chain(
        Weights(jnp.zeros((1, 1)), jnp.zeros(1)),
        jax.random.key(0, impl="threefry2x32"),
        (jnp.asarray(inputs[:, None], jnp.float32), jnp.asarray(answers, jnp.float32)),
        (ridge, first, out, 0.025),
        count=4000,
        apart=40,
    )
    w, a = np.meshgrid(*[np.linspace(-6, 6, 601)] * 2, indexing="ij")
    outputs = out * a * erf(first * w * inputs[:, None, None])
    errors = ((outputs - answers[:, None, None]) ** 2).sum(axis=0)
    density = np.exp(-(w**2 + a**2) / 2 - errors / (2 * ridge))
    density /= density.sum()
    assert np.mean(seen.length) == pytest.approx((density * (first * w) ** 2).sum(), rel=0.1)
    product = (density * first * w * out * a).sum()
    assert np.mean(seen.overlap * seen.out) == pytest.approx(product, rel=0.05)
    assert product > 0.5  # it has learned: the prior has 0


def test_what_is_left_is_what_a_quadrature_over_inputs_finds():
    overlap, across, out, cubic = 0.7, 0.4, 0.9, -0.3

    def answer(x: float) -> float:
        """The mean of erf(w . x) where x is given along the teacher."""
        return out * erf(overlap * x / math.sqrt(1 + 2 * across))

    def part(of) -> float:
        def inside(x):
            return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * answer(x) * of(x)

        return quad(inside, -9, 9)[0]

    seen = Seen(np.array([[overlap]]), np.array([[overlap**2 + across]]), np.array([[out]]))
    expected = (1 - part(lambda x: x), cubic - part(lambda x: x**3 - 3 * x) / 6)
    assert left(seen, cubic) == pytest.approx(expected)


def test_a_valley_is_between_modes_and_not_in_what_is_rare():
    assert valley([0.5, 0.3, 0.2, 0.0]) == 1
    assert valley([0.5, 0.1, 0.2, 0.19]) == pytest.approx(0.5)
    assert valley([0.6, 0.3989, 0.0002, 0.0009]) == 1
    assert distance([0.5, 0.5, 0.0], [0.5, 0.0, 0.5]) == 0.5
