"""What measures are given: arrays as they are, lists as arrays, and nothing else.

Only shapes and types are looked at, which a trace knows too.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from grokphase.errors import GrokphaseError


def as_array(given: Any, what: str, shape: str = "", *axes: int, empty: bool = False) -> Array:
    """An array of JAX or NumPy as it is, in its precision; nested lists as an array of JAX.

    Args:
        given: by a user, or in a trace.
        what: its name, for the message.
        shape: what it must be, such as "(n, m)".
        *axes: how many axes it may have; any number of at least one where none is said.
        empty: whether it may have no entries.

    Raises:
        GrokphaseError: it is no array of numbers, is empty, or has other axes.

    Example:
        >>> as_array([[1, 2], [3, 4]], "the matrix", "(n, m)", 2).shape
        (2, 2)
    """
    try:
        found = given if isinstance(given, np.ndarray | jax.Array) else jnp.asarray(given)
    except (TypeError, ValueError):
        found = np.empty(0, object)
    if not (jnp.issubdtype(found.dtype, jnp.number) or found.dtype == bool):
        raise GrokphaseError(
            f"{what} must be an array of numbers, not {type(given).__name__}; give an array of JAX "
            "or NumPy, or lists whose rows have one length."
        )
    if found.ndim == 0 or not (found.size or empty) or (axes and found.ndim not in axes):
        raise GrokphaseError(
            f"{what} of shape {found.shape} cannot be used; give {shape or 'one axis or more'}, "
            "with entries in it."
        )
    return found  # type: ignore[return-value]  # of NumPy or JAX, which measures take alike


def with_labels(scores: Any, labels: Any, what: str) -> tuple[Array, Array]:
    """Scores of classes, (n, classes), and the class of each row.

    Raises:
        GrokphaseError: they do not fit together, or a label that is known is none of the classes.

    Example:
        >>> with_labels([[1.0, 2.0]], [1], "scores")[1].tolist()
        [1]
    """
    found = as_array(scores, what, "(n, classes)", 2)
    own = as_array(labels, "labels", "(n,)", 1)
    if own.shape != found.shape[:1] or not jnp.issubdtype(own.dtype, jnp.integer):
        raise GrokphaseError(
            f"labels of shape {own.shape} and type {own.dtype} do not go with {what} of shape "
            f"{found.shape}; give ({found.shape[0]},) whole numbers, the class of each row."
        )
    return found, in_classes(own, found.shape[1])


def in_classes(labels: Array, classes: int) -> Array:
    """Labels, each of which is a class where that is known, as it is not in a trace.

    Raises:
        GrokphaseError: one is not.

    Example:
        >>> in_classes(jnp.array([1, 0]), 2).tolist()
        [1, 0]
    """
    if isinstance(labels, jax.core.Tracer):
        return labels
    known = np.asarray(labels)
    if known.min() < 0 or known.max() >= classes:
        raise GrokphaseError(
            f"labels run from {known.min()} to {known.max()}; {classes} classes have labels from 0 "
            f"to {classes - 1}."
        )
    return labels
