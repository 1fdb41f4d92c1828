"""Learning coefficients of landscapes whose own is known, and chains that are refused."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from grokphase import measures
from grokphase.errors import GrokphaseError

MANY = {"chains": 8, "burn_in": 2000, "draws": 6000}


def half_square(w: jax.Array) -> jax.Array:
    return (w**2).sum() / 2


@pytest.mark.parametrize("d", [1, 40])
def test_a_regular_minimum_has_half_its_weights(d: int) -> None:
    found = measures.learning_coefficient(half_square, jnp.ones(d) * 0, 1e4, pull=0.0, **MANY)
    assert found.value == pytest.approx(d / 2, rel=0.06 if d > 1 else 0.2)


def test_quadratic_potentials_err_as_their_closed_form() -> None:
    """`(1/2) sum_i (n beta h_i / a_i) / (1 - step a_i / 4)`, `a = n beta h + pull`."""
    h = jnp.repeat(jnp.array([0.1, 1.0, 3.0]), 20)
    n_beta, pull, step = 100.0, 20.0, 4e-3

    def loss(w: jax.Array) -> jax.Array:
        return (h * w**2).sum() / 2

    settings = {"inverse_temperature": 0.1, "pull": pull, "step": step}
    found = measures.learning_coefficient(loss, jnp.zeros(60), 1000, **settings, **MANY)
    a = n_beta * np.asarray(h) + pull
    expected = 0.5 * (n_beta * np.asarray(h) / a / (1 - step * a / 4)).sum()
    assert found.value == pytest.approx(expected, rel=0.02)
    assert abs(expected - 30) > 3  # what is wrong with it shows


@pytest.mark.parametrize(("power", "expected"), [(4, 1 / 4), (6, 1 / 6)])
def test_flat_minima_have_one_over_the_power(power: int, expected: float) -> None:
    """`n beta E[w^k] = 1 / k` at any temperature; of ten such weights ten times as much."""
    found = measures.learning_coefficient(
        lambda w: (w**power).sum(), jnp.zeros(20), 1e3, pull=0.0, step=1e-3, **MANY
    )
    assert found.value == pytest.approx(20 * expected, rel=0.08)


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


def test_the_scale_and_the_place_of_weights_do_not_matter() -> None:
    there = {"a": jnp.full((2, 3), 5.0), "b": [jnp.arange(4.0)]}

    def loss(w: dict[str, object]) -> jax.Array:
        gone = jax.tree.map(lambda x, y: half_square(x - y), w, there)
        return sum(jax.tree.leaves(gone))  # type: ignore[return-value]

    moved = measures.learning_coefficient(loss, there, 500, seed=3)
    here = measures.learning_coefficient(half_square, jnp.zeros(10), 500, seed=3)
    assert moved.value == pytest.approx(here.value, rel=1e-3)
    assert moved.by_chain.mean() == pytest.approx(moved.value)
    assert moved.losses.shape == (4, 2000)


def test_chains_that_say_nothing_are_refused() -> None:
    diverging = measures.learning_coefficient(half_square, jnp.ones(3) * 0, 100, step=1.0)
    assert diverging.value is None
    assert "diverged" in (diverging.refused or "")
    away = measures.learning_coefficient(half_square, jnp.ones(50), 100)
    assert away.value is None
    assert "no minimum" in (away.refused or "")
    drifting = measures.learning_coefficient(
        lambda w: half_square(w) * 1e-6, jnp.zeros(3), 1e8, pull=0.0, step=1e-3, burn_in=0
    )
    assert drifting.value is None
    assert "not settled" in (drifting.refused or "")
    assert drifting.tentative > 0


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
        measures.learning_coefficient(half_square, jnp.zeros(2), **{"samples": 100, **options})
    with pytest.raises(GrokphaseError, match="must be finite"):
        measures.learning_coefficient(half_square, jnp.full(2, jnp.inf), 100)


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
