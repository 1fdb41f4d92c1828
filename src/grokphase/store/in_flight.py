"""A run that is still being trained, as others see it: what its checkpoint says of itself.

The state in a checkpoint is opaque bytes to a store. Beside it stand the run's specification and
its curves so far, so that they can be looked at while it trains, on any machine and without JAX.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

TENSORS: Final = "so_far/"
"""Before the names of the curves in a checkpoint."""

KEY: Final = "so_far"
"""Of the specification and the counts in its header."""

_MOST_ROWS: Final = 2000  # of curves beside a state, which holds them all


class InFlight(NamedTuple):
    """A run at its last checkpoint.

    Attributes:
        id: of the run.
        spec: nested JSON data that describes it.
        counts: what it counts in, as in its record.
        curves: "step" (m,) and measures (m,) so far, at most 2,000 rows, evenly spaced.
    """

    id: str
    spec: dict[str, Any]
    counts: dict[str, int]
    curves: dict[str, np.ndarray]


def tensors(curves: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The curves of a run as they stand beside its state; arrays of several numbers are left out.

    Example:
        >>> {name: len(rows) for name, rows in tensors({"step": np.arange(5000)}).items()}
        {'so_far/step': 2000}
    """
    rows = len(curves["step"])
    kept = np.unique(np.linspace(0, rows - 1, min(rows, _MOST_ROWS)).round().astype(int))
    flat = {name: values for name, values in curves.items() if values.ndim == 1}
    return {f"{TENSORS}{name}": np.ascontiguousarray(v[kept]) for name, v in flat.items()}


def described(spec: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """What the header of a checkpoint says of its run."""
    return json.dumps({"spec": spec, "counts": counts})


def opened(payload: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors of a checkpoint and what its header says; neither if it is damaged."""
    from safetensors.numpy import load

    try:
        held = load(payload)
        header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])
    except Exception:  # safetensors raises its own and several built-in errors for damaged bytes
        return {}, {}
    return held, header.get("__metadata__", {})


def read(run: str, payload: bytes) -> InFlight | None:
    """What a checkpoint shows of its run; None if it is of an older version, or damaged.

    Args:
        run: its id.
        payload: the checkpoint.
    """
    held, header = opened(payload)
    try:
        said = json.loads(header[KEY])
    except (KeyError, ValueError):
        return None
    curves = {
        name.removeprefix(TENSORS): values
        for name, values in held.items()
        if name.startswith(TENSORS)
    }
    return InFlight(run, said["spec"], said["counts"], curves) if "step" in curves else None
