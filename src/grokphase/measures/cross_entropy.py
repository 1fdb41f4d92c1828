"""Cross-entropy that keeps its digits, and where the textbook's loses them."""

from __future__ import annotations

from typing import Final, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import with_labels

Precision = Literal["bfloat16", "float16", "float32", "float64"]

_SIGNIFICANT: Final = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}  # bits


def is_own(labels: Int[Array, " n"], classes: int) -> Bool[Array, "n classes"]:
    """Which entry of each row belongs to the row's own class."""
    return labels[:, None] == jnp.arange(classes)


def log_odds_against(
    logits: Float[Array, "n classes"], labels: Int[Array, " n"]
) -> Float[Array, " n"]:
    """`log sum_{j != y} exp(z_j) - z_y`: the log odds that a sample's class is not its own."""
    own = is_own(labels, logits.shape[1])
    others = jax.nn.logsumexp(jnp.where(own, -jnp.inf, logits), axis=1)
    return others - jnp.where(own, logits, 0.0).sum(axis=1)


def cross_entropy(
    logits: Float[Array, "n classes"], labels: Int[Array, " n"]
) -> Float[Array, " n"]:
    """Cross-entropy of each sample, exact down to the smallest float32.

    `-log softmax(z)_y = softplus(a)`, `a = log sum_{j != y} exp(z_j) - z_y`. The textbook form
    computes `1 + tiny` and returns exactly 0, its gradient by the sample's own logit too, once the
    margin passes log(2^24) = 16.6 ("softmax collapse", Prieto et al. 2025, arXiv:2501.04697); this
    one keeps the digits of `tiny` down to a margin of about 87.
    """
    return jax.nn.softplus(log_odds_against(logits, labels))


def saturated(
    logits: Float[Array, "n classes"], labels: Int[Array, " n"], precision: Precision = "float32"
) -> Bool[Array, " n"]:
    """Which samples' textbook cross-entropy would be exactly zero.

    True where `exp(a) < 2^-m`, half the spacing of the numbers at 1: there `1 + exp(a)` rounds to
    1, and the gradient by the sample's own logit to 0. m is 24 in float32, 11 in float16, 8 in
    bfloat16 and 53 in float64: margins of 16.6, 7.6, 5.5 and 36.7 to one other class.
    The share in float32 is the curve `saturation` of every run that trains on cross-entropy.

    Args:
        logits: (n, classes).
        labels: (n,) the class of each.
        precision: of the arithmetic that is asked about; the logits themselves are as given.

    Returns:
        (n,) truth values.

    Raises:
        GrokphaseError: for another precision, or logits and labels that do not fit together.

    Example:
        >>> saturated(jnp.array([[16.0, 0.0], [17.0, 0.0]]), jnp.array([0, 0])).tolist()
        [False, True]
        >>> saturated(jnp.array([[8.0, 0.0], [6.0, 0.0]]), jnp.array([0, 0]), "float16").tolist()
        [True, False]

    Source: Prieto et al. (2025), arXiv:2501.04697, section 3 ("softmax collapse").
    """
    if precision not in _SIGNIFICANT:
        raise GrokphaseError(
            f"There is no precision {precision!r}; there are {', '.join(_SIGNIFICANT)}."
        )
    logits, labels = with_labels(logits, labels, "logits")
    return log_odds_against(logits, labels) < -_SIGNIFICANT[precision] * jnp.log(2.0)
