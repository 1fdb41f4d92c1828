"""What a reader does: a catalog it may not change, and runs by id."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from grokphase.errors import GrokphaseError, nearest
from grokphase.store import sweeps
from grokphase.store.catalog import Catalog
from grokphase.store.damage import damage, describe
from grokphase.store.entries import StoredFile
from grokphase.store.layout import Layout
from grokphase.store.record import RunRecord
from grokphase.store.shards import (
    SUFFIX,
    UnreadableShard,
    read_records,
    read_specs,
    shard_entries,
)
from grokphase.store.weights import by_file, read_weights, with_snapshots

REPAIR = (
    '"grokphase doctor --rebuild" sets aside what is damaged; the command that made the runs makes '
    "them again."
)

_SHOWN = 5


def reader_catalog(layout: Layout) -> tuple[Catalog, list[str]]:
    """A catalog for reading only, in agreement with the files, which are left as they are.

    Where the catalog cannot be read (lost, damaged, or left in the middle of a commit in a folder
    that cannot be written), one is made in memory from the shards; where a shard is damaged, its
    runs are left out of a copy in memory. Such a catalog does not see what a writer adds later.

    Args:
        layout: the store's paths.

    Returns:
        The catalog, and a sentence for each thing that is wrong.
    """
    try:
        catalog = Catalog.read(layout.catalog)
        broken = _broken(layout, catalog)
        notes = sweeps.damaged(layout.sweeps, catalog.sweeps.times())
    except sqlite3.Error as error:
        return _from_shards(layout), [
            f"The catalog cannot be read ({error}); the shards were. {REPAIR}"
        ]
    if not broken:
        return catalog, notes
    copy = Catalog.memory(catalog)
    catalog.close()
    return copy, [*(_leave_out(copy, file, wrong) for file, wrong in broken.items()), *notes]


def find(catalog: Catalog, prefix: str) -> str:
    """The one run whose id begins with `prefix`.

    Raises:
        GrokphaseError: if there is none, or more than one.
    """
    found = catalog.matching(prefix, _SHOWN + 1) if prefix else []
    if len(found) == 1 or prefix in found:
        return prefix if prefix in found else found[0]
    if found:
        more = ", ..." if len(found) > _SHOWN else ""
        raise GrokphaseError(
            f'More than one run begins with "{prefix}": {", ".join(found[:_SHOWN])}{more}; '
            "give more of the id."
        )
    recent = [run["id"] for run in catalog.newest(100, None, None)]
    hint = nearest(prefix, recent)
    raise GrokphaseError(
        f'No run "{prefix}" is in the store:{hint} "grokphase runs ls" lists what there is.'
    )


def load(
    layout: Layout, catalog: Catalog, ids: Sequence[str], *, weights: bool, curves: bool
) -> list[RunRecord]:
    """Runs by id.

    Args:
        layout: the store's paths.
        catalog: a catalog.
        ids: full ids.
        weights: load the weights too.
        curves: load the curves too.

    Returns:
        The runs, in the order of `ids`.

    Raises:
        GrokphaseError: if a run is not in the store.
        UnreadableShard: if a file is damaged or gone.
    """
    places = catalog.places(ids)
    if unknown := next((run for run in ids if run not in places), None):
        find(catalog, unknown)
        raise GrokphaseError(f'No run "{unknown}" is in the store: give the whole id.')
    paths = _shards_of(layout, places)
    found = read_records(paths, ids, curves=curves) if paths else {}
    if len(found) < len(places):
        raise UnreadableShard("a shard holds fewer runs than the catalog lists")
    if weights:
        found |= _with_weights(layout, found, places)
    return [found[run] for run in ids]


def specs(layout: Layout, catalog: Catalog, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The specs of runs that are in the store, in the order of their ids.

    Raises:
        UnreadableShard: if a shard is damaged or gone.
    """
    paths = _shards_of(layout, catalog.places(ids))
    found = read_specs(paths, ids) if paths else {}
    return [found[run] for run in ids]


def _shards_of(layout: Layout, places: Mapping[str, tuple[str, str | None]]) -> list[Path]:
    return [layout.root / name for name in sorted({shard for shard, _ in places.values()})]


def _with_weights(
    layout: Layout, found: dict[str, RunRecord], places: dict[str, tuple[str, str | None]]
) -> dict[str, RunRecord]:
    full: dict[str, RunRecord] = {}
    for name, runs in by_file(places).items():
        try:
            loaded = read_weights(layout.root / name, runs)
        except (OSError, ValueError) as error:
            raise UnreadableShard(f"{name}: {error}") from error
        for run in runs:
            weights, snapshots = loaded[run]
            full[run] = changed(found[run], weights=weights, snapshots=snapshots)
    return full


def with_weights(layout: Layout, catalog: Catalog, ids: Sequence[str], *, log: bool) -> set[str]:
    """Those runs that are stored with their weights.

    Args:
        layout: the store's paths.
        catalog: a catalog.
        ids: full ids; those that are not stored are left out.
        log: whether those of earlier steps must be there too.

    Raises:
        UnreadableShard: if a file of weights is damaged or gone.
    """
    found: set[str] = set()
    for name, runs in by_file(catalog.places(ids)).items():
        if not log:
            found |= set(runs)
            continue
        try:
            found |= with_snapshots(layout.root / name) & set(runs)
        except (OSError, ValueError) as error:
            raise UnreadableShard(f"{name}: {error}") from error
    return found


def _broken(layout: Layout, catalog: Catalog) -> dict[StoredFile, str]:
    """The damaged files, each with what is wrong with it."""
    found = {file: damage(layout.root, file, thorough=False) for file in catalog.all_files()}
    suspects = {file: wrong for file, wrong in found.items() if wrong}
    # A writer may have replaced a shard after it was listed: what is still listed is damaged.
    present = set(catalog.all_files()) if suspects else set()
    return {file: wrong for file, wrong in suspects.items() if file in present}


def _leave_out(catalog: Catalog, file: StoredFile, wrong: str) -> str:
    runs = catalog.run_ids(file)
    with catalog.transaction():
        if file.name.startswith("weights/"):
            catalog.drop_weights(file)
            return (
                f"{file.name} {wrong}: the weights of its {len(runs)} runs are left out. {REPAIR}"
            )
        catalog.drop_runs(runs)
        catalog.drop_files([file], condemn=False)
    return f"{file.name} {wrong}: its {len(runs)} runs are left out. {REPAIR}"


def _from_shards(layout: Layout) -> Catalog:
    catalog = Catalog.memory()
    for path in sorted(layout.sweeps.glob("*.json")):
        if sweep := sweeps.load(path):
            with catalog.transaction():
                catalog.sweeps.put(sweep, 0)
    for path in sorted(layout.shards.glob(f"*{SUFFIX}")):
        if not path.name.startswith("."):
            _list_shard(layout, catalog, path)
    return catalog


def _list_shard(layout: Layout, catalog: Catalog, path: Path) -> None:
    try:
        held = list(shard_entries(path))
    except UnreadableShard:
        return
    paths = {entry.weights: layout.root / entry.weights for entry in held if entry.weights}
    # One that a writer was about to replace holds runs that another shard holds too.
    if catalog.existing([entry.listed[0] for entry in held]):
        return
    weights = (
        describe(file) if file.exists() else StoredFile(name, 0, 0) for name, file in paths.items()
    )
    catalog.adopt(describe(path), weights, held)
