"""Learning coefficients of landscapes whose own is known, and chains that are refused."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial
from scipy.integrate import quad

from grokphase import measures
from grokphase.errors import GrokphaseError

MANY = {"chains": 8, "burn_in": 2000, "draws": 6000}
D = 60
"""Weights of the quadratic potentials, which share one compilation."""


def potential(h: jax.Array, w: jax.Array) -> jax.Array:
    return (h * w**2).sum() / 2


def quadratic(
    h: float | np.ndarray, samples: float = 1e4, at: float = 0.0, **options: Any
) -> measures.LearningCoefficient:
    """The estimate of `sum_i h_i w_i^2 / 2`."""
    loss = Partial(potential, jnp.broadcast_to(jnp.asarray(h, jnp.float32), D))
    return measures.learning_coefficient(loss, jnp.full(D, at), samples, **{**MANY, **options})


def test_a_regular_minimum_has_half_its_weights() -> None:
    for h, seed in ((1.0, 0), (0.3, 1)):
        found = quadratic(h, pull=0.0, step=2e-5 / h, seed=seed)
        assert found.value == pytest.approx(D / 2, rel=0.04)
        assert found.by_chain.mean() == pytest.approx(found.value)
        assert found.losses.shape == (8, 6000)


def test_quadratic_potentials_err_as_their_closed_form() -> None:
    """`(1/2) sum_i (n beta h_i / a_i) / (1 - step a_i / 4)`, `a = n beta h + pull`."""
    h = np.repeat([0.1, 1.0, 3.0], D // 3)
    n_beta, pull, step = 100.0, 20.0, 4e-3
    found = quadratic(h, 1000, inverse_temperature=0.1, pull=pull, step=step)
    a = n_beta * h + pull
    expected = 0.5 * (n_beta * h / a / (1 - step * a / 4)).sum()
    assert found.value == pytest.approx(expected, rel=0.02)
    assert abs(expected - D / 2) > 3  # what is wrong with it shows


def test_chains_that_say_nothing_are_refused() -> None:
    diverging = quadratic(1.0, 100, step=1.0)
    assert diverging.value is None
    assert "diverged" in (diverging.refused or "")
    away = quadratic(1.0, 100, at=1.0)
    assert away.value is None
    assert "no minimum" in (away.refused or "")
    drifting = quadratic(1e-8, 1e8, pull=0.0, step=1e-3)
    assert drifting.value is None
    assert "not settled" in (drifting.refused or "")
    assert drifting.tentative > 0


@pytest.mark.slow
def test_flat_minima_have_one_over_the_power() -> None:
    """`n beta E[w^k] = 1 / k` at any temperature; of twenty such weights twenty times as much."""

    def powers(k: jax.Array, w: jax.Array) -> jax.Array:
        return (jnp.abs(w) ** k).sum()

    for power in (4.0, 6.0):
        loss = Partial(powers, jnp.float32(power))
        found = measures.learning_coefficient(loss, jnp.zeros(20), 1e3, pull=0.0, step=1e-3, **MANY)
        assert found.value == pytest.approx(20 / power, rel=0.08)


@pytest.mark.slow
def test_a_crossing_of_two_valleys_is_that_of_its_integral() -> None:
    """Of `K = u^2 v^2`, lambda = 1/2 of multiplicity 2, with the pull that keeps chains near."""
    n_beta, pull = 1000.0, 30.0

    def over_u(power: float) -> float:
        """The integral over v is Gaussian, and leaves one over u."""

        def density(u: float) -> float:
            return (
                np.exp(-pull * u**2 / 2)
                * u ** (2 * power)
                * (2 * n_beta * u**2 + pull) ** (-0.5 - power)
            )

        return float(quad(density, 0, np.inf, limit=500)[0])

    expected = n_beta * over_u(1) / over_u(0)
    pairs = 40
    found = measures.learning_coefficient(
        lambda w: ((w[0] * w[1]) ** 2).sum(),
        jnp.zeros((2, pairs)),
        1000,
        inverse_temperature=1.0,
        pull=pull,
        step=4e-4,
        **MANY,
    )
    assert expected < 0.45  # below lambda by about one over the logarithm
    assert found.value == pytest.approx(pairs * expected, rel=0.05)


@pytest.mark.slow
def test_the_place_and_the_tree_of_weights_do_not_matter() -> None:
    there = {"a": jnp.full((2, 15), 5.0), "b": [jnp.arange(30.0)]}

    def loss(w: dict[str, object]) -> jax.Array:
        gone = jax.tree.map(lambda x, y: ((x - y) ** 2).sum() / 2, w, there)
        return sum(jax.tree.leaves(gone))  # type: ignore[return-value]

    moved = measures.learning_coefficient(loss, there, 1e4, seed=3, **MANY)
    assert moved.value == pytest.approx(quadratic(1.0, seed=3).value, rel=1e-2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"samples": 1}, "more than one sample"),
        ({"step": 0.0}, "a step above 0"),
        ({"draws": 1}, "2 draws or more"),
    ],
)
def test_what_is_no_chain_is_refused(options: dict[str, float], says: str) -> None:
    with pytest.raises(GrokphaseError, match=says):
        quadratic(1.0, **{"samples": 100, **options})
    with pytest.raises(GrokphaseError, match="must be finite"):
        quadratic(1.0, at=np.inf)


def test_it_agrees_with_devinterp() -> None:
    """The library of the estimator's authors, where it is installed, on a network of one layer."""
    pytest.importorskip("devinterp")
    torch = pytest.importorskip("torch")
    from devinterp.optim.sgld import SGLD
    from devinterp.slt.sampler import estimate_learning_coeff_with_summary

    random = np.random.default_rng(0)
    inputs = random.standard_normal((200, 6)).astype(np.float32)
    targets = inputs @ random.standard_normal((6, 1)).astype(np.float32)
    best = np.linalg.lstsq(inputs, targets, rcond=None)[0].T
    model = torch.nn.Linear(6, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor(best))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(inputs), torch.tensor(targets)), batch_size=200
    )
    n_beta = 200 / np.log(200)
    theirs = estimate_learning_coeff_with_summary(
        model,
        loader,
        evaluate=lambda net, batch: torch.nn.functional.mse_loss(net(batch[0]), batch[1]),
        sampling_method=SGLD,
        optimizer_kwargs={"lr": 1e-4, "localization": 1.0, "nbeta": n_beta},
        num_chains=4,
        num_draws=4000,
        num_burnin_steps=1000,
        init_loss=0.0,
        device="cpu",
    )["llc/mean"]
    ours = measures.learning_coefficient(
        lambda w: ((inputs @ w.T - targets) ** 2).mean(), jnp.asarray(best), 200, step=1e-4
    )
    assert ours.value == pytest.approx(float(theirs), rel=0.15)
