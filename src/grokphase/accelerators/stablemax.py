"""StableMax: a softmax whose exponential is exchanged for a line, and so cannot saturate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.accelerators.accelerator import Accelerator
from grokphase.measures.cross_entropy import cross_entropy


def log_stable(logits: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""`ln s(x)` of StableMax: `ln(1 + x)` where x >= 0, `-ln(1 - x)` below.

    With :math:`s(x) = x + 1` for :math:`x \ge 0` and :math:`1 / (1 - x)` below, so that s grows as
    a line where the exponential would, and s(0) = s'(0) = 1 from both sides.

    Example:
        >>> jnp.exp(log_stable(jnp.array([3.0, 0.0, -3.0]))).tolist()
        [4.0, 1.0, 0.25]
    """
    above = logits >= 0  # both branches are differentiated, each at a point where it is finite
    rising = jnp.log1p(jnp.where(above, logits, 0.0))
    falling = jnp.log1p(jnp.where(above, 0.0, -logits))
    return jnp.where(above, rising, -falling)


def stablemax(logits: Float[Array, "... classes"]) -> Float[Array, "... classes"]:
    """The probabilities `s(x_i) / sum_j s(x_j)`: the softmax of `ln s(x)`.

    Example:
        >>> [round(float(p), 3) for p in stablemax(jnp.array([3.0, 0.0, -1.0]))]
        [0.727, 0.182, 0.091]
    """
    return jax.nn.softmax(log_stable(logits), axis=-1)


@dataclass(frozen=True)
class StableMax(Accelerator):
    """Trains on `-ln(s(z_y) / sum_j s(z_j))` in place of the cross-entropy of the softmax.

    Longer logits lower this loss as a power instead of exponentially, so that gradients do not
    vanish in a network that has all training samples right.

    The traps: it takes the place of the loss that is trained and of nothing else. Losses that are
    recorded, and the saturation, stay those of the softmax, so that curves of arms can be compared;
    accuracies are the same under both, as s is increasing. `recipe.temperature` has no part in it.
    The paper's runs have no decay, a rate of 0.01, a beta2 of 0.999, and take 80,000 epochs and
    more.

    Example:
        >>> logits, labels = jnp.array([[3.0, 0.0, 0.0]]), jnp.array([0])
        >>> loss = StableMax().losses(jnp.zeros(1), logits, labels, jnp.int32(0))
        >>> round(float(loss[0]), 4)  # ln(6 / 4)
        0.4055

    Source: Prieto et al. (2025), arXiv:2501.04697, section 4 (StableMax).
    """

    kind: ClassVar[str] = "stablemax"
    of_logits: ClassVar[bool] = True

    def losses(
        self,
        usual: Float[Array, " n"],
        outputs: Float[Array, "n classes"],
        labels: Int[Array, " n"],
        step: Int[Array, ""],
    ) -> Float[Array, " n"]:
        """The loss of each sample, exact down to the smallest float32."""
        return cross_entropy(log_stable(outputs), labels)
