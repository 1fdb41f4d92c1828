"""WanD: Langevin dynamics at a temperature that is pushed away from losses where it has been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, UInt

from grokphase.accelerators.accelerator import Accelerator, Place
from grokphase.accelerators.settings import real, steps, whole
from grokphase.errors import GrokphaseError

_TINY: Final = 1e-30
_HIGHEST: Final = 3.0  # ln of a loss of 20, of which no network starts above


class WanDState(NamedTuple):
    """Updates so far, the key of the noise, velocities, and S on a grid of ln L."""

    count: Any
    key: UInt[Array, " 2"]
    velocity: Any
    entropy: Float[Array, " bins"]


@dataclass(frozen=True)
class WanD(Accelerator):
    """WanD: Wang-Landau molecular dynamics on the logarithm of the training loss, x = ln L.

        v <- (1 - c) v - dt S'(x) grad x + sqrt(c (2 - c) kT) xi,    theta <- theta + eta v
        S(y) <- S(y) + f(t) exp(-(y - x)^2 / (2 width^2)),    f(t) = height min(t/turn, turn/t)

    S grows where the run is, so that it is pushed to losses at which it has been less, down to the
    cut-off, below which nothing pushes; xi is standard normal. All weights take it, in place of the
    optimizer's direction; with decay, `- eta lambda theta` is added. Its state is 4 bytes a
    parameter, velocities, where AdamW has 8.

    What the paper leaves open, so that this is our reading and not its optimizer: the height and
    the turn of f, the width of a bump and the grid, dt, what happens below the cut-off, and the
    temperature's control, which is the friction's here. Its WanD is mixed with AdamW by
    `(2 A_test - 1)^2`: that lets the test accuracy into training, and is left out. Noise follows
    from the initial weights.

    Args:
        temperature: kT; the paper's are 0.5 and 0.7.
        friction: c, from 0 to 1; the paper's are 0.5 and 0.6.
        cutoff: of ln L; the paper's is -8.
        dt: of the force; ours is the paper's learning rate.
        height: the highest bump; ours.
        turn: the step at which bumps are highest; ours.
        width: of a bump, in ln L; ours.
        bins: of the grid, from the cut-off to ln 20; ours.

    Raises:
        GrokphaseError: for a friction outside [0, 1], or what is negative and must not be.

    Example:
        >>> import jax.numpy as jnp
        >>> still = WanD(temperature=0, height=0).transform()
        >>> weights = jnp.array([1.0])
        >>> direction, _ = still.update(weights, still.init(weights), weights, value=2.0)
        >>> float(abs(direction[0]))  # no noise and no bump: nothing moves
        0.0

    Source: Zhang et al. (2025), arXiv:2505.11411.
    """

    temperature: float = real(0.5)
    friction: float = real(0.5, 0.0, 1.0)
    cutoff: float = real(-8.0, -80.0, 2.0)
    dt: float = real(0.003)
    height: float = real(10.0)
    turn: int = steps(1000, 1)
    width: float = real(0.1, 1e-3, 10.0)
    bins: int = whole(400, 2, 100_000)

    kind: ClassVar[str] = "wand"
    place: ClassVar[Place] = "direction"

    def transform(self) -> optax.GradientTransformationExtraArgs:
        """The direction of all parameters: minus their velocity."""
        spacing = (_HIGHEST - self.cutoff) / (self.bins - 1)
        grid = self.cutoff + spacing * jnp.arange(self.bins)

        def slope(entropy: Float[Array, " bins"], x: Float[Array, ""]) -> Float[Array, ""]:
            """S'(x), of the straight line between two points of the grid; 0 outside."""
            at = jnp.clip((x - self.cutoff) / spacing, 0, self.bins - 2).astype(jnp.int32)
            inside = (x >= self.cutoff) & (x <= _HIGHEST)
            return jnp.where(inside, (entropy[at + 1] - entropy[at]) / spacing, 0.0)

        def init(params: Any) -> WanDState:
            total = sum((jnp.abs(leaf).sum() for leaf in jax.tree.leaves(params)), jnp.float32(0))
            seed = jax.lax.bitcast_convert_type(total.astype(jnp.float32), jnp.uint32)
            key = jax.random.key_data(jax.random.key(seed, impl="threefry2x32"))
            velocity = jax.tree.map(jnp.zeros_like, params)
            return WanDState(jnp.zeros((), jnp.int32), key, velocity, jnp.zeros(self.bins))

        def update(
            gradient: Any, state: WanDState, params: Any = None, *, value: Any = None, **_: Any
        ) -> tuple[Any, WanDState]:
            if value is None:
                raise GrokphaseError(
                    "wand needs the training loss; write update(gradient, state, params, value=L)."
                )
            t = (state.count + 1).astype(jnp.float32)
            loss = jnp.maximum(value, _TINY)
            x = jnp.log(loss)
            there = (x >= self.cutoff) & (x <= _HIGHEST)
            bump = self.height * jnp.minimum(t / self.turn, self.turn / t)
            bump = jnp.where(there, bump, 0.0) * jnp.exp(-(((grid - x) / self.width) ** 2) / 2)
            entropy = state.entropy + bump
            push = self.dt * slope(entropy, x) / loss  # grad x = g / L
            key = jax.random.fold_in(
                jax.random.wrap_key_data(state.key, impl="threefry2x32"), state.count
            )
            leaves, structure = jax.tree.flatten(gradient)
            keys = jax.random.split(key, max(len(leaves), 1))
            warm = jnp.sqrt(self.friction * (2 - self.friction) * self.temperature)
            with jax.threefry_partitionable(True):  # JAX's default is the user's configuration's
                noise = [
                    warm * jax.random.normal(one, leaf.shape, leaf.dtype)
                    for one, leaf in zip(keys, leaves, strict=False)
                ]
            velocity = jax.tree.map(
                lambda v, g, xi: (1 - self.friction) * v - push * g + xi,
                state.velocity,
                gradient,
                jax.tree.unflatten(structure, noise),
            )
            direction = jax.tree.map(jnp.negative, velocity)
            return direction, WanDState(state.count + 1, state.key, velocity, entropy)

        return optax.GradientTransformationExtraArgs(init, update)
