"""Weights of runs in safetensors files, named by the hash of their content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from grokphase.files import remove_file, temporary
from grokphase.store.damage import describe
from grokphase.store.entries import StoredFile
from grokphase.store.files import digest, publish_new, write_draft
from grokphase.store.record import RunRecord

SUFFIX = ".safetensors"
_AT = "@"  # a step follows; no path of a parameter has one


def write_weights(folder: Path, records: Sequence[RunRecord]) -> StoredFile | None:
    """Writes the weights of those runs that have any, durable when it returns.

    Args:
        folder: the folder of the weights.
        records: the runs.

    Returns:
        The new file, not yet in the catalog; None if no run has weights.

    Raises:
        OSError: if the disk is full or refuses; nothing is left behind.
    """
    tensors = {
        f"{record.id}/{path}{at}": np.ascontiguousarray(array)
        for record in records
        for at, weights in _by_step(record)
        for path, array in weights.items()
    }
    if all(record.weights is None for record in records):
        return None
    from safetensors.numpy import save

    draft = temporary(folder, SUFFIX)
    try:
        write_draft(draft, save(tensors))
        path = folder / (digest(draft) + SUFFIX)
        publish_new(draft, path)
    finally:
        remove_file(draft)
    return describe(path)


def _by_step(record: RunRecord) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """The weights of a run, the last ones and those of earlier steps, with what marks a name."""
    if record.weights is None:
        return
    yield "", record.weights
    for step, weights in record.snapshots.items():
        yield f"{_AT}{step}", weights


class Kept(NamedTuple):
    """The weights of one run.

    Attributes:
        last: those of its end, by dotted path.
        snapshots: those of earlier steps, by step.
    """

    last: dict[str, np.ndarray]
    snapshots: dict[int, dict[str, np.ndarray]]


def read_weights(path: Path, ids: Iterable[str]) -> dict[str, Kept]:
    """Weights of runs by id.

    Args:
        path: the file they lie in.
        ids: which runs; other runs of the file are not loaded.

    Returns:
        id -> weights.

    Raises:
        OSError: if the file is gone.
        ValueError: if it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    weights = {run: Kept({}, {}) for run in ids}
    try:
        with safe_open(path, framework="numpy") as file:
            for key in file.keys():  # noqa: SIM118 - not a dict
                run, _, name = key.partition("/")
                if run in weights:
                    name, _, step = name.partition(_AT)
                    kept = weights[run]
                    at = kept.snapshots.setdefault(int(step), {}) if step else kept.last
                    at[name] = file.get_tensor(key)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    return {run: Kept(last, dict(sorted(at.items()))) for run, (last, at) in weights.items()}


def with_snapshots(path: Path) -> set[str]:
    """The runs of a weights file whose weights are there at earlier steps too; nothing is loaded.

    Raises:
        OSError: if the file is gone.
        ValueError: if it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return {key.partition("/")[0] for key in file.keys() if _AT in key}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def by_file(places: Mapping[str, tuple[str, str | None]]) -> dict[str, list[str]]:
    """The runs that have weights, by the name of the file they lie in.

    Args:
        places: id -> (shard, weights file or None), from `Catalog.places`.

    Returns:
        Name of a weights file -> ids.
    """
    files: dict[str, list[str]] = {}
    for run, (_, name) in places.items():
        if name is not None:
            files.setdefault(name, []).append(run)
    return files
