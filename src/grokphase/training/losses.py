"""Losses and scores. Targets are class indices; regression predicts by the nearest label vector."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def is_own(labels: Int[Array, " n"], classes: int) -> Bool[Array, "n classes"]:
    """Which entry of each row belongs to the row's own class."""
    return labels[:, None] == jnp.arange(classes)


def mean_squared_error(
    outputs: Float[Array, "n d"], vectors: Float[Array, "classes d"], labels: Int[Array, " n"]
) -> Float[Array, " n"]:
    """`mean_d (f(x) - Y_label)^2` of each sample (the mean over the batch is the paper's loss)."""
    return ((outputs - vectors[labels]) ** 2).mean(axis=1)


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
    computes `1 + tiny` and returns exactly 0, with a zero gradient, once the margin passes
    log(2^24) = 16.6 ("softmax collapse", Prieto et al. 2025, arXiv:2501.04697); this one keeps
    the digits of `tiny` down to a margin of about 87.
    """
    return jax.nn.softplus(log_odds_against(logits, labels))


def saturated(logits: Float[Array, "n classes"], labels: Int[Array, " n"]) -> Bool[Array, " n"]:
    """Which samples' textbook float32 cross-entropy would be exactly zero.

    True where `exp(a) < 2^-24`, half the spacing of float32 at 1: there `1 + exp(a)` rounds to 1.
    """
    return log_odds_against(logits, labels) < -24 * jnp.log(2.0)


def scores_of(
    outputs: Float[Array, "n d"], vectors: Float[Array, "classes d"] | None
) -> Float[Array, "n classes"]:
    """Scores whose largest entry is the prediction.

    For classification the logits. For regression `f.Y_c - |Y_c|^2 / 2`, which is largest for the
    label vector nearest to f, since `|f - Y_c|^2 = |f|^2 - 2 (f.Y_c - |Y_c|^2 / 2)`.
    """
    if vectors is None:
        return outputs
    return outputs @ vectors.T - 0.5 * (vectors**2).sum(axis=1)


def is_right(scores: Float[Array, "n classes"], labels: Int[Array, " n"]) -> Bool[Array, " n"]:
    """Which samples have their own class ahead of all others (a NaN is not ahead).

    Compared with the largest of the others, which `log_odds_against` takes too, so that it is
    computed once; an argmax, which XLA does not vectorise, would not tell ties either.
    """
    mine = jnp.take_along_axis(scores, labels[:, None], axis=1)[:, 0]
    others = jnp.where(is_own(labels, scores.shape[1]), -jnp.inf, scores).max(axis=1)
    result: Bool[Array, " n"] = mine > others
    return result
