"""Whether a network is still right where its inputs are moved against it."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.measures.arrays import as_array
from grokphase.measures.margins import margins


def attacked(
    network: Callable[[Array], Array],
    inputs: Float[Array, "n d"],
    labels: Int[Array, " n"],
    *,
    epsilon: float,
    rate: float,
    steps: int = 10,
    low: float = 0.0,
    high: float = 1.0,
) -> Float[Array, "n d"]:
    r"""Inputs that projected gradient descent has moved, each number by at most :math:`\epsilon`.

    `x <- x - rate sign(grad m)`, and then back into `[x_0 - epsilon, x_0 + epsilon]` and `[low,
    high]`, from `x_0` itself. m is the sample's margin, `z_y - max_{j != y} z_j`: the gradient of a
    cross-entropy is lost in rounding where logits are large, and a network would then seem robust.

    Args:
        network: a function of a batch of inputs that gives logits, or outputs whose largest is the
            answer.
        inputs: x_0.
        labels: of each.
        epsilon: the largest change of a number, at least 0.
        rate: the change of a step.
        steps: how many.
        low: the least that an input may be.
        high: the most.

    Returns:
        (n, d); how many the network is right about there is its adversarial accuracy.

    Raises:
        GrokphaseError: the network's answers and the labels do not fit together.

    Example:
        >>> line = lambda x: jnp.concatenate([x, 1 - x], axis=1)  # 0 where x > 1/2
        >>> x = jnp.array([[0.9], [0.7]])
        >>> moved = attacked(line, x, jnp.array([0, 0]), epsilon=0.3, rate=0.1)
        >>> [round(float(number), 2) for number in moved[:, 0]]
        [0.6, 0.4]

    Source: Madry et al. (2018), arXiv:1706.06083; Humayun et al. (2024), arXiv:2402.15555, whose
        attack is on the loss.
    """
    inputs, labels = as_array(inputs, "inputs", "(n, d)", 2), as_array(labels, "labels", "(n,)", 1)
    least = jnp.maximum(inputs - epsilon, low)
    most = jnp.minimum(inputs + epsilon, high)
    slope = jax.grad(lambda x: margins(network(x), labels).sum())

    def step(_: int, x: Array) -> Array:
        return jnp.clip(x - rate * jnp.sign(slope(x)), least, most)

    moved: Array = jax.lax.fori_loop(0, steps, step, inputs)
    return moved
