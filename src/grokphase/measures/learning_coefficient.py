"""The local learning coefficient of singular learning theory, by Langevin dynamics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from grokphase.errors import GrokphaseError

_SETTLED: Final = 1.1  # of the potential scale reduction: below it chains tell one story
_BELOW: Final = 0.05  # of the draws may have a lower loss than the minimum, by rounding


@dataclass(frozen=True, eq=False)
class LearningCoefficient:
    """An estimate of the local learning coefficient, and whether it is one.

    Args:
        tentative: `n beta (mean of L over draws - L(w*))`, whatever became of the chains.
        refused: why that is no estimate, in one sentence; None where it is.
        losses: (chains, draws) L along the chains.
        minimum: L(w*).
        n_beta: n beta.
        settled: the potential scale reduction of the losses over halves of chains: 1 where all
            halves have the same mean.

    Example:
        >>> found = learning_coefficient(lambda w: (w**2).sum() / 2, jnp.zeros(10), 1000)
        >>> found.refused is None, abs(found.value - 5) < 0.5
        (True, True)
    """

    tentative: float
    refused: str | None
    losses: Float[np.ndarray, "chains draws"] = field(repr=False)
    minimum: float
    n_beta: float
    settled: float

    @property
    def value(self) -> float | None:
        """The estimate; None where it is refused."""
        return self.tentative if self.refused is None else None

    @property
    def by_chain(self) -> Float[np.ndarray, " chains"]:
        """The estimate of each chain, which together say how far chance moves it."""
        return np.asarray(self.n_beta * (self.losses.mean(axis=1) - self.minimum))


def learning_coefficient(
    loss: Callable[[Any], Float[Array, ""]],
    weights: Any,
    samples: float,
    *,
    inverse_temperature: float | None = None,
    pull: float = 1.0,
    step: float | None = None,
    chains: int = 4,
    burn_in: int = 1000,
    draws: int = 5000,
    seed: int = 0,
) -> LearningCoefficient:
    """The local learning coefficient lambda of a minimum w* of a loss.

    `lambda^ = n beta (E[L(w)] - L(w*))` over draws of `exp(-n beta L(w) - pull |w - w*|^2 / 2)`,
    `beta = 1 / ln n`, by stochastic gradient Langevin dynamics whose batch is the whole training
    set: `w <- w - (step / 2) (n beta grad L(w) + pull (w - w*)) + sqrt(step) noise`. Half the
    number of weights where a minimum is regular; less where it is singular, by as much as the loss
    is flat there.

    **What is known of its error.** Of `L = h |w|^2 / 2` in d dimensions, with
    `a = n beta h + pull`, chains come to `(d / 2) (n beta h / a) / (1 - step a / 4)`: the pull
    takes off where it is not small beside n beta h, a long step adds, and from `step = 4 / a` on
    chains diverge. Of multiplicity m the expectation is `lambda - (m - 1) / ln (n beta) + ...`.

    Args:
        loss: L, the mean over the training set, of weights as given, traced by JAX. As a
            `jax.tree_util.Partial` of a function and arrays it is compiled once for all arrays of
            their shapes.
        weights: w*, a pytree of float arrays.
        samples: n, of the training set.
        inverse_temperature: beta; 1 / ln n if None.
        pull: gamma, which keeps chains near w*; its unit is one over that of weights squared.
        step: epsilon; None for 2e-2 over n beta, which fits curvatures up to about 10.
        chains: each from w*, with noise of its own.
        burn_in: steps of each chain that do not count.
        draws: steps of each chain that do.
        seed: of the noise.

    Returns:
        The estimate. It is refused where chains diverge, where they have not settled, or where they
        find lower losses than L(w*), which then is no minimum.

    Raises:
        GrokphaseError: for settings that are none, or weights whose loss is not finite.

    Example:
        >>> flat = learning_coefficient(
        ...     lambda w: w[0] ** 4, jnp.zeros(1), 1000, pull=0.0, step=1e-3
        ... )
        >>> abs(flat.value - 1 / 4) < 0.05
        True
        >>> slope = learning_coefficient(lambda w: w[0] + w[0] ** 2, jnp.zeros(1), 1000)
        >>> slope.value, slope.refused
        (None, 'Chains find lower losses than that of the weights given: they are at no minimum.')

    Source: Lau et al. (2023), arXiv:2308.12108; Watanabe (2013) for beta. The rules of refusal are
        this work's.
    """
    beta = (
        1 / np.log(samples) if inverse_temperature is None and samples > 1 else inverse_temperature
    )
    n_beta = float(samples * beta) if beta else 0.0
    length = 2e-2 / n_beta if step is None and n_beta > 0 else step
    if not (n_beta > 0 and length and length > 0 and pull >= 0):
        raise GrokphaseError(
            f"samples = {samples}, inverse_temperature = {inverse_temperature}, step = {step} and "
            f"pull = {pull} give no chain; write more than one sample, a temperature and a step "
            "above 0, and a pull of 0 or more."
        )
    if min(chains, burn_in + 1, draws - 1) < 1:
        raise GrokphaseError(
            f"{chains} chains of {burn_in} + {draws} steps are none; write 1 chain or more and 2 "
            "draws or more."
        )
    kinds = [jnp.result_type(leaf) for leaf in jax.tree.leaves(weights)]
    if not kinds or not all(jnp.issubdtype(kind, jnp.floating) for kind in kinds):
        raise GrokphaseError(
            "The weights given are no numbers with a point, along which a loss has a slope; write "
            "jnp.asarray(weights, float)."
        )
    minimum = float(loss(weights))
    if not np.isfinite(minimum):
        raise GrokphaseError(f"The loss of the weights given is {minimum}; it must be finite.")
    keys = jax.random.split(jax.random.key(seed), chains)
    traced = jnp.asarray([n_beta, pull, length], jnp.float32)
    losses = _losses(loss, jax.tree.map(jnp.asarray, weights), keys, traced, burn_in, draws)
    return _judged(np.asarray(losses, np.float64), minimum, n_beta)


@eqx.filter_jit
def _losses(
    loss: Callable[[Any], Float[Array, ""]],
    weights: Any,
    keys: Array,
    numbers: Float[Array, "3"],
    burn_in: int,
    draws: int,
) -> Float[Array, "chains draws"]:
    """The losses of each chain after each of its last steps; numbers: n beta, pull and step."""
    start, shaped = ravel_pytree(weights)
    n_beta, pull, step = numbers

    def moved(w: Float[Array, " d"], key: Array) -> tuple[Float[Array, " d"], Float[Array, ""]]:
        value, slope = jax.value_and_grad(lambda flat: loss(shaped(flat)))(w)
        noise = jnp.sqrt(step) * jax.random.normal(key, w.shape, w.dtype)
        return w - step / 2 * (n_beta * slope + pull * (w - start)) + noise, value

    def chain(key: Array) -> Float[Array, " draws"]:
        # The loss that a step begins at is recorded, so that one evaluation serves both.
        steps = jax.random.split(key, burn_in + draws + 1)
        return jax.lax.scan(moved, start, steps)[1][burn_in + 1 :]

    return jax.vmap(chain)(keys)


def _judged(
    losses: Float[np.ndarray, "chains draws"], minimum: float, n_beta: float
) -> LearningCoefficient:
    tentative = float(n_beta * (losses.mean() - minimum))
    settled = _scale_reduction(losses)
    diverged = int((~np.isfinite(losses)).any(axis=1).sum())
    refused = None
    if diverged:
        refused = f"{diverged} of {len(losses)} chains diverged: take a smaller step."
    elif (losses < minimum).mean() > _BELOW or tentative < 0:
        refused = "Chains find lower losses than that of the weights given: they are at no minimum."
    elif settled > _SETTLED:
        refused = (
            f"Chains have not settled (potential scale reduction {settled:.2f}, above {_SETTLED}): "
            "take a longer burn-in and more draws, or a stronger pull."
        )
    return LearningCoefficient(tentative, refused, losses, minimum, n_beta, settled)


def _scale_reduction(losses: Float[np.ndarray, "chains draws"]) -> float:
    """Gelman and Rubin's potential scale reduction, of the halves of all chains."""
    half = losses.shape[1] // 2
    halves = np.concatenate([losses[:, :half], losses[:, -half:]])
    within = halves.var(axis=1, ddof=1).mean() if half > 1 else np.nan
    between = halves.mean(axis=1).var(ddof=1)
    if within == 0 and between == 0:
        return 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.sqrt((half - 1) / half + between / within))
