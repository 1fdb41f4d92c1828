"""Weights of runs in safetensors files, named by the hash of their content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from grokphase.store.damage import describe
from grokphase.store.entries import StoredFile
from grokphase.store.files import digest, publish_new, remove_file, temporary, write_draft
from grokphase.store.record import RunRecord

SUFFIX = ".safetensors"


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
        f"{record.id}/{path}": np.ascontiguousarray(array)
        for record in records
        for path, array in (record.weights or {}).items()
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


def read_weights(path: Path, ids: Iterable[str]) -> dict[str, dict[str, np.ndarray]]:
    """Weights of runs by id, each by dotted path.

    Args:
        path: the file they lie in.
        ids: which runs; other runs of the file are not loaded.

    Returns:
        id -> dotted path -> array.

    Raises:
        OSError: if the file is gone.
        ValueError: if it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    weights: dict[str, dict[str, np.ndarray]] = {run: {} for run in ids}
    try:
        with safe_open(path, framework="numpy") as file:
            for key in file.keys():  # noqa: SIM118 - not a dict
                run, _, name = key.partition("/")
                if run in weights:
                    weights[run][name] = file.get_tensor(key)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    return weights


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
