"""A reward for large weights: the opposite of weight decay, to see whether grokking needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.accelerators.accelerator import Accelerator
from grokphase.accelerators.settings import real


@dataclass(frozen=True)
class NormGrowth(Accelerator):
    """Takes `delta` times the squared norm of all weights off the training loss.

    It is no accelerator by intent: networks that generalize late while their norm rises speak
    against explanations by which the norm must fall.

    The traps: the gradient of the penalty is `-2 delta w`, which is nothing beside that of a loss
    that is not learned; but Adam divides by the size of gradients, so that once a loss has none
    left every weight moves away from 0 by the learning rate a step, whatever `delta` is. A weight
    decay of the recipe works against it: write `recipe.weight_decay=0`.

    Args:
        delta: by what the squared norm is multiplied; 2e-10 in the paper.

    Example:
        >>> float(NormGrowth(0.5).penalty([jnp.array([3.0, 4.0])], 0))
        -12.5

    Source: Golechha (2024), arXiv:2405.12755.
    """

    delta: float = real(2e-10)

    kind: ClassVar[str] = "norm-growth"

    def penalty(self, params: Any, step: Int[Array, ""]) -> Float[Array, ""]:
        """What is added to the loss."""
        squares = [jnp.sum(leaf**2) for leaf in jax.tree.leaves(params)]
        reward: Array = -self.delta * jnp.stack(squares).sum()
        return reward
