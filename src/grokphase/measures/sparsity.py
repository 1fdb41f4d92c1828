"""How sparse activations and weights are, and how weights are shared out."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import xlogy
from jaxtyping import Array, Float
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import as_array


def activation_sparsity(activations: Float[Array, "..."], below: float) -> Float[Array, ""]:
    """The share of activations a with `a < below`, over neurons and samples.

    For ReLU a small positive number counts those that are off.

    Args:
        activations: of any shape.
        below: tau, in their unit.

    Returns:
        Between 0 and 1.

    Raises:
        GrokphaseError: the activations are no array of numbers.

    Example:
        >>> float(activation_sparsity(jnp.array([[0.0, 0.5], [0.0, 2.0]]), below=1e-6))
        0.5

    Source: Golechha (2024), arXiv:2405.12755.
    """
    return (as_array(activations, "activations") < below).mean()


def absolute_weight_entropy(parameters: Any) -> Float[Array, ""]:
    """`H = -sum |w| ln |w|` over all weights of a tree; 0 ln 0 is 0.

    Not an entropy of shares: the weights are not normalised, so it depends on their unit, and is
    negative where weights above 1 prevail. For n weights drawn from U(-a, a) its mean is
    `n (a / 4 - a / 2 ln a)`.

    Args:
        parameters: w, a pytree of arrays.

    Returns:
        One number, in the unit of weights times nats.

    Example:
        >>> round(float(absolute_weight_entropy({"w": jnp.array([0.5, -0.5, 1.0, 0.0])})), 4)
        0.6931

    Source: Golechha (2024), arXiv:2405.12755.
    """
    sizes = [jnp.abs(leaf) for leaf in jax.tree.leaves(parameters)]
    return -sum((xlogy(size, size).sum() for size in sizes), jnp.zeros(()))


def circuit_complexity(
    network: Any, inputs: Float[Array, "n ..."] | NDArray[Any], share: float, key: Array
) -> Float[Array, ""]:
    """How far answers move when a random share of the weights is set to 0, in nats.

    The mean over samples of the divergence `KL(p, p')`, p the softmax of the network's logits and
    p' that of the same network without these weights: the approximate local circuit complexity.

    Args:
        network: a pytree whose arrays are its weights, biases too, and a function of the inputs.
        inputs: of n samples.
        share: the chance of each weight to be set to 0.
        key: of `jax.random`, draws which.

    Returns:
        0 if nothing is set to 0; `mean(ln classes - entropy of p)` if everything is.

    Raises:
        GrokphaseError: the inputs are no array of numbers, or the network holds no weights, or
            more than them.

    Example:
        >>> scaled = jax.tree_util.Partial(lambda w, x: w * x, jnp.array(2.0))
        >>> key = jax.random.key(0)
        >>> [round(float(circuit_complexity(scaled, jnp.eye(2), s, key)), 3) for s in (0, 1)]
        [0.0, 0.328]

    Source: Golechha (2024), arXiv:2405.12755, with a tenth of the weights.
    """
    inputs = as_array(inputs, "inputs")
    leaves, structure = jax.tree.flatten(network)
    if not leaves or not all(hasattr(leaf, "shape") for leaf in leaves):
        raise GrokphaseError(
            "The network must hold its weights as arrays, and nothing else that is not static; "
            "write jax.tree_util.Partial(function, weights)."
        )
    kept = [
        jnp.where(jax.random.uniform(each, leaf.shape) < share, 0, leaf)
        for each, leaf in zip(jax.random.split(key, len(leaves)), leaves, strict=True)
    ]
    less = jax.tree.unflatten(structure, kept)
    logs = jax.nn.log_softmax(network(inputs))
    moved = jax.nn.log_softmax(less(inputs))
    return (jnp.exp(logs) * (logs - moved)).sum(axis=-1).mean()


def squared_weights(parameters: Any) -> dict[str, Float[Array, ""]]:
    """The sum of squared weights of each part of a network.

    What weight decay pulls at; in the paper it falls sharply during cleanup. Their sum is the
    square of `norm`.

    Args:
        parameters: a pytree of arrays, such as a network.

    Returns:
        Path of the array in the tree -> `sum w^2`.

    Example:
        >>> parts = squared_weights({"W_E": jnp.array([3.0]), "layers": [jnp.array([4.0, 1.0])]})
        >>> {name: float(value) for name, value in parts.items()}
        {'W_E': 9.0, 'layers.0': 17.0}

    Source: Nanda et al. (2023), arXiv:2301.05217, section 5.1.
    """
    leaves, _ = jax.tree_util.tree_flatten_with_path(parameters)
    name = partial(jax.tree_util.keystr, simple=True, separator=".")
    arrays = ((path, leaf if hasattr(leaf, "sum") else jnp.asarray(leaf)) for path, leaf in leaves)
    return {name(path): (leaf**2).sum() for path, leaf in arrays}
