"""perp-Grad: the gradient without its part along the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from grokphase.accelerators.accelerator import Accelerator, Place
from grokphase.errors import GrokphaseError

Over = Literal["tensors", "all"]
Length = Literal["kept", "projected"]

_TINY: Final = 1e-30  # as in the paper's code: a tensor of zeros has no direction


@dataclass(frozen=True)
class PerpGrad(Accelerator):
    """perp-Grad: of every tensor's gradient only what is orthogonal to its weights.

        g_perp = g - (w.g / w.w) w,    g_hat = |g| / |g_perp| g_perp

    Going down a cross-entropy along the weights makes logits grow and changes no prediction, until
    float32 cannot tell their softmax from 1; without that part the loss goes down by other
    predictions. It has no state.

    Conventions: it is per tensor (matrix or vector, biases too), before the optimizer. Adam's
    direction is no longer orthogonal to the weights, so that the norm may still grow. The paper's
    equation leaves out the factor, its code has it: `length="projected"` and "kept". The paper
    trains without weight decay; here decay is the recipe's, and the usual one is not 0: write
    `recipe.weight_decay=0` for the paper's. Its AdamW has a rate of 0.01, a beta2 of 0.99 and an
    epsilon of 1e-25, below any gradient (`recipe.epsilon`, usually 1e-8).

    Args:
        over: "tensors", each by itself, or "all" weights as one vector.
        length: whether the gradient's norm is "kept", or is that of its projection, "projected".

    Example:
        >>> import jax.numpy as jnp
        >>> perp = PerpGrad(length="projected").transform()
        >>> weights, gradient = jnp.array([2.0, 0.0]), jnp.array([3.0, 4.0])
        >>> perp.update(gradient, perp.init(weights), weights)[0].tolist()
        [0.0, 4.0]

    Source: Prieto et al. (2025), arXiv:2501.04697, and its code.
    """

    over: Over = "tensors"
    length: Length = "kept"

    kind: ClassVar[str] = "perp-grad"
    place: ClassVar[Place] = "gradient"

    def transform(self) -> optax.GradientTransformationExtraArgs:
        """Before the optimizer: the gradient's part that is orthogonal to the weights."""

        def update(gradient: Any, params: Any = None) -> Any:
            if params is None:
                raise GrokphaseError(
                    "perp-grad needs the weights; write update(gradient, state, params)."
                )
            of_one = (_dot(params, gradient), _dot(params, params))
            if self.over == "all":
                along, square = (sum(jax.tree.leaves(each)) for each in of_one)
                share = jax.tree.map(lambda _: along / (square + _TINY), gradient)
            else:
                share = jax.tree.map(lambda wg, ww: wg / (ww + _TINY), *of_one)
            rest = jax.tree.map(lambda g, c, w: g - c * w, gradient, share, params)
            if self.length == "projected":
                return rest
            before, now = _dot(gradient, gradient), _dot(rest, rest)
            if self.over == "all":
                factor = _ratio(sum(jax.tree.leaves(before)), sum(jax.tree.leaves(now)))
                return jax.tree.map(lambda r: factor * r, rest)
            return jax.tree.map(lambda r, b, n: _ratio(b, n) * r, rest, before, now)

        return optax.with_extra_args_support(optax.stateless(update))


def _dot(one: Any, other: Any) -> Any:
    """The product of each tensor of a tree with that of another."""
    return jax.tree.map(lambda a, b: (a * b).sum(), one, other)


def _ratio(before: Any, now: Any) -> Float[Array, ""]:
    """By what a vector is multiplied to be as long as before, from the squares of both."""
    return jnp.sqrt(before) / (jnp.sqrt(now) + _TINY)
