"""What the catalog lists: files of the store, and the runs in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grokphase.store.record import STEP_COLUMNS

LISTED = (
    "id",
    "task",
    "phase",
    "seed",
    *STEP_COLUMNS,
    "followed",
    "steps_trained",
    "seconds",
    "finished",
)
"""The columns of a run that the catalog holds, named as in the flattened row."""


@dataclass(frozen=True)
class StoredFile:
    """A shard or a weights file as the catalog knows it.

    Args:
        name: its path below the store, "shards/<hash>.parquet"; the hash is of its content.
        bytes: its size.
        modified: when its content or its entry in the folder was changed last, in nanoseconds, by
            which damage is noticed on opening without reading everything.
        key: its number in the catalog, 0 if it is not in it yet.
    """

    name: str
    bytes: int
    modified: int
    key: int = 0


@dataclass(frozen=True)
class Entry:
    """A run as the catalog lists it.

    Args:
        key: its place in the order of writing, which the shard records too.
        listed: the values of `LISTED`.
        weights: name of its weights file, or None.
        sweep: the sweep it was run for, or None.
    """

    key: int
    listed: tuple[Any, ...]
    weights: str | None = None
    sweep: str | None = None
