"""By how much a sample's own class is ahead."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.measures.arrays import with_labels


def margins(scores: Float[Array, "n classes"], labels: Int[Array, " n"]) -> Float[Array, " n"]:
    """The margin `z_y - max_{j != y} z_j` of each sample: positive where it is classified right.

    With the logits for scores this is the margin of the classifier. For regression to label
    vectors, scores are `f.Y_c - |Y_c|^2 / 2` and the margin is half of by how much the squared
    distance to the nearest wrong label vector exceeds that to the right one,
    `(min_{j != y} |f - Y_j|^2 - |f - Y_y|^2) / 2`.

    Args:
        scores: (n, classes) z, what is compared between classes.
        labels: (n,) y, each sample's own class.

    Returns:
        (n,) in the units of the scores; infinite where there is one class alone.

    Raises:
        GrokphaseError: scores and labels do not fit together.

    Example:
        >>> margins(jnp.array([[2.0, 0.5, 1.0], [0.0, 1.0, 3.0]]), jnp.array([0, 1])).tolist()
        [1.0, -2.0]

    Source: this work.
    """
    scores, labels = with_labels(scores, labels, "scores")
    own = labels[:, None] == jnp.arange(scores.shape[1])
    mine = jnp.where(own, scores, 0.0).sum(axis=1)
    return mine - jnp.where(own, -jnp.inf, scores).max(axis=1)
