"""A run in flight as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import jax
import numpy as np
from safetensors.numpy import save

from grokphase.store import in_flight
from grokphase.store.provenance import kind_of
from grokphase.training.loop import State
from grokphase.training.results import environment

SECONDS = "seconds"
ENVIRONMENT = "environment"
BESIDE = "beside/"


def to_bytes(
    state: State,
    seconds: float,
    beside: Mapping[str, np.ndarray] | None = None,
    so_far: tuple[str, Mapping[str, np.ndarray]] | None = None,
) -> bytes:
    """A state as safetensors.

    Args:
        state: of the loop.
        seconds: spent on it.
        beside: what was gathered beside it.
        so_far: for whoever looks at the run meanwhile, see `grokphase.store.in_flight`: what it is,
            and its curves.
    """
    leaves = {f"{i:03d}": np.array(leaf) for i, leaf in enumerate(jax.tree.leaves(state))}
    gathered = {f"{BESIDE}{name}": array for name, array in (beside or {}).items()}
    tensors = {**leaves, **gathered, SECONDS: np.array([seconds])}
    header = {ENVIRONMENT: described()}
    if so_far is not None:
        header[in_flight.KEY], curves = so_far
        tensors |= in_flight.tensors(curves)
    return save(tensors, header)


def described() -> str:
    """What the bits of a run depend on: it is continued only where that is as it was."""
    return json.dumps(kind_of(environment()), sort_keys=True)


def from_bytes(payload: bytes, shapes: State) -> tuple[State, float, dict[str, np.ndarray]] | None:
    """What a checkpoint holds, see `to_bytes`; None if it is damaged, or of a state of other
    shapes, or was made in another environment."""
    held, header = in_flight.opened(payload)
    if header.get(ENVIRONMENT) != described():
        return None
    expected, structure = jax.tree.flatten(shapes)
    names = [f"{i:03d}" for i in range(len(expected))]
    beside = {n.removeprefix(BESIDE): held.pop(n) for n in list(held) if n.startswith(BESIDE)}
    held = {n: tensor for n, tensor in held.items() if not n.startswith(in_flight.TENSORS)}
    if set(held) != {*names, SECONDS}:
        return None
    leaves = [held[name] for name in names]
    if any(x.shape != y.shape or x.dtype != y.dtype for x, y in zip(leaves, expected, strict=True)):
        return None
    return jax.tree.unflatten(structure, leaves), float(held[SECONDS][0]), beside
