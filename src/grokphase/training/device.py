"""From NumPy's arrays to JAX's."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np


def on_device(tree: Any) -> Any:
    """A tree whose arrays and numbers are JAX arrays, with nothing compiled to make them.

    `jnp.asarray` compiles a program for every new shape, which took a third of a second before
    the first step of a run. `jax.device_put` does not, but may go on using the memory that it is
    given, so it is given a copy: what its owner does to an array later must not reach a run.

    Args:
        tree: NumPy arrays and numbers, which are copied, and JAX arrays, which stay as they are.
    """
    return jax.device_put(jax.tree.map(_own, tree))


def _own(leaf: Any) -> Any:
    return leaf if isinstance(leaf, jax.Array) else np.array(leaf)
