"""What a network does with its two operands: neurons over (a, b), and attention to each."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError


def neuron_maps(neurons: Float[np.ndarray, "n width"]) -> Float[np.ndarray, "width p p"]:
    """The activation of each neuron as a map over (a, b).

    Args:
        neurons: (p^2, width) activations on all pairs, in the order (0, 0), (0, 1), ...

    Returns:
        (width, p, p), entry [i, a, b] of neuron i, in the unit of the activations.

    Raises:
        GrokphaseError: the number of rows is no square.

    Example:
        >>> a, b = np.arange(9) // 3, np.arange(9) % 3
        >>> neuron_maps(np.stack([a, 10 * b], axis=1))[1].tolist()
        [[0, 10, 20], [0, 10, 20], [0, 10, 20]]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4.2 and Figure 2.
    """
    neurons = _array("neurons", neurons)
    p = math.isqrt(len(neurons)) if neurons.ndim == 2 else 0
    if p * p != len(neurons) or not p:
        raise GrokphaseError(
            f"neurons of shape {neurons.shape} are not (p^2, width), a row for each ordered pair "
            "(0, 0), (0, 1), ..., (p - 1, p - 1) of p symbols."
        )
    return np.moveaxis(neurons.reshape(p, p, -1), 2, 0)


def attention_to_operands(
    pattern: Float[np.ndarray, "n heads to positions"],
) -> Float[np.ndarray, "heads positions"]:
    """How much each head attends to each position from the last one, on average over samples.

    Args:
        pattern: (n, heads, to, from) of a layer, as `run.cache("attn.hook_pattern")` has it: what
            "to" attends to is a distribution over "from".

    Returns:
        (heads, positions), of which each row has the sum 1. In "a b =" the columns are a, b and =.

    Raises:
        GrokphaseError: the pattern has not these axes.

    Example:
        >>> pattern = np.zeros((2, 1, 3, 3))
        >>> pattern[:, 0, 2] = [[0.5, 0.5, 0.0], [0.1, 0.7, 0.2]]
        >>> attention_to_operands(pattern).round(2).tolist()
        [[0.3, 0.6, 0.1]]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4.2 and Appendix C.
    """
    pattern = _array("a pattern", pattern)
    if pattern.ndim != 4 or not len(pattern):
        raise GrokphaseError(
            f"a pattern of shape {pattern.shape} is not (n, heads, to, from), as "
            'run.cache("attn.hook_pattern") gives it.'
        )
    mean: Float[np.ndarray, "heads positions"] = pattern[:, :, -1].mean(axis=0, dtype=np.float64)
    return mean


def _array(what: str, given: object) -> np.ndarray:
    """An array of numbers as it is, in its precision."""
    doubles(what, given)  # refuses what is none
    return np.asarray(given)
