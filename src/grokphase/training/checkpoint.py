"""A run in flight as bytes."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from safetensors.numpy import load, save

from grokphase.training.loop import State

SECONDS = "seconds"


def to_bytes(state: State, seconds: float) -> bytes:
    """A state, and the seconds spent on it, as safetensors."""
    leaves = {f"{i:03d}": np.array(leaf) for i, leaf in enumerate(jax.tree.leaves(state))}
    return save({**leaves, SECONDS: np.array([seconds])})


def from_bytes(payload: bytes, shapes: State) -> tuple[State, float] | None:
    """The state and seconds of a checkpoint; None if it is not one of a state of these shapes."""
    try:
        held: dict[str, Any] = load(payload)
    except Exception:  # safetensors raises its own and several built-in errors for damaged bytes
        return None
    expected, structure = jax.tree.flatten(shapes)
    names = [f"{i:03d}" for i in range(len(expected))]
    if set(held) != {*names, SECONDS}:
        return None
    leaves = [held[name] for name in names]
    if any(x.shape != y.shape or x.dtype != y.dtype for x, y in zip(leaves, expected, strict=True)):
        return None
    return jax.tree.unflatten(structure, leaves), float(held[SECONDS][0])
