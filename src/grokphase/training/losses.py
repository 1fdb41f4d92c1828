"""Losses and scores. Targets are class indices; regression predicts by the nearest label vector,
or is right within a tolerance."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from grokphase.measures.cross_entropy import cross_entropy as cross_entropy
from grokphase.measures.cross_entropy import is_own as is_own
from grokphase.measures.cross_entropy import log_odds_against as log_odds_against
from grokphase.measures.cross_entropy import saturated as saturated


def mean_squared_error(
    outputs: Float[Array, "n d"], vectors: Float[Array, "classes d"], labels: Int[Array, " n"]
) -> Float[Array, " n"]:
    """`mean_d (f(x) - Y_label)^2` of each sample (the mean over the batch is the paper's loss)."""
    return ((outputs - vectors[labels]) ** 2).mean(axis=1)


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


def is_near(
    outputs: Float[Array, "n d"],
    vectors: Float[Array, "classes d"],
    labels: Int[Array, " n"],
    tolerance: Float[Array, ""],
) -> Bool[Array, " n"]:
    """Which samples have a squared error below the tolerance (a NaN is not)."""
    result: Bool[Array, " n"] = mean_squared_error(outputs, vectors, labels) < tolerance
    return result


def is_right(scores: Float[Array, "n classes"], labels: Int[Array, " n"]) -> Bool[Array, " n"]:
    """Which samples have their own class ahead of all others (a NaN is not ahead).

    Compared with the largest of the others, which `log_odds_against` takes too, so that it is
    computed once; an argmax, which XLA does not vectorise, would not tell ties either.
    """
    mine = jnp.take_along_axis(scores, labels[:, None], axis=1)[:, 0]
    others = jnp.where(is_own(labels, scores.shape[1]), -jnp.inf, scores).max(axis=1)
    result: Bool[Array, " n"] = mine > others
    return result
