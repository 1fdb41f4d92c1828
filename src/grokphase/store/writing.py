"""Storing finished runs: the shards first, then one transaction that lists them.

What a run came to follows from its id, so of two records of one run only one is kept. They can
differ in which weights were kept: then the one with more of them takes the other's place, in the
same transaction. Killed before it, the next writer finds both and does the same (see `recovery`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from grokphase.files import remove_file
from grokphase.store import maintenance
from grokphase.store.catalog import Catalog
from grokphase.store.columns import to_columns
from grokphase.store.entries import LISTED, Entry, StoredFile
from grokphase.store.layout import Layout
from grokphase.store.reading import with_weights
from grokphase.store.record import RunRecord, Scalar
from grokphase.store.shards import write_shard
from grokphase.store.weights import write_weights

# Bounds the memory that writing takes; with full curves a shard of this many runs is some 80 MB.
_RUNS_A_SHARD = 16_384


def write(
    layout: Layout, catalog: Catalog, records: Sequence[RunRecord], sweep: str | None
) -> None:
    """Stores runs, all or, if the disk refuses, none.

    Args:
        layout: the store's paths.
        catalog: the writer's catalog.
        records: the runs; one that is stored already, or comes twice, is left as it is, but for
            one that brings the weights which the stored one lacks.
        sweep: the sweep they belong to, listed in the catalog.

    Raises:
        OSError: if the disk is full or refuses.
        sqlite3.Error: if the catalog cannot be written.
        UnreadableShard: if the shard of a run that gets its weights is damaged.
    """
    places = catalog.places([record.id for record in records])
    whole = _with_snapshots(layout, catalog, records)
    fresh = {r.id: r for r in reversed(records) if _is_news(r, places, whole)}
    ordered = [record for record in records if fresh.get(record.id) is record]
    files: list[StoredFile] = []
    replacements: list[maintenance.Replacement] = []
    try:
        # These first: a reader that has lost its catalog takes each shard whole or not at all.
        for file, dropped in maintenance.holding(catalog, [*fresh]):
            replacement = maintenance.without(layout, catalog, [file], dropped)
            replacements.append(replacement)
            if replacement.new:
                files.append(replacement.new)
        shards = list(_shards(layout, ordered, catalog.next_key(), sweep, files))
        with catalog.transaction():
            for replacement in replacements:
                replacement.enter(catalog)
            for shard, weights, entries in shards:
                if weights:
                    catalog.add_file(weights)
                catalog.add_runs(catalog.add_file(shard), entries)
            if sweep is not None:
                catalog.sweeps.add_members((sweep, record.id) for record in records)
    except BaseException:
        # Killed here instead, the next writer would adopt what is complete.
        for file in reversed(files):
            remove_file(layout.root / file.name)
        raise
    if replacements:
        maintenance.purge(layout, catalog)


def _with_snapshots(layout: Layout, catalog: Catalog, records: Sequence[RunRecord]) -> set[str]:
    """The runs that are stored with weights of earlier steps, among those that bring such."""
    ids = [record.id for record in records if record.snapshots]
    return with_weights(layout, catalog, ids, log=True)


def _is_news(
    record: RunRecord, places: Mapping[str, tuple[str, str | None]], whole: Collection[str]
) -> bool:
    """Whether a run is not stored yet, or is without the weights that this record has."""
    if record.id not in places:
        return True
    if record.weights is None:
        return False
    return places[record.id][1] is None or (bool(record.snapshots) and record.id not in whole)


def _shards(
    layout: Layout,
    records: Sequence[RunRecord],
    first_key: int,
    sweep: str | None,
    files: list[StoredFile],
) -> Iterator[tuple[StoredFile, StoredFile | None, list[Entry]]]:
    for start in range(0, len(records), _RUNS_A_SHARD):
        part = records[start : start + _RUNS_A_SHARD]
        key = first_key + start
        weights = write_weights(layout.weights, part)
        if weights:
            files.append(weights)
        name = weights.name if weights else None
        rows = [record.flatten() for record in part]
        shard = write_shard(layout.shards, to_columns(part, rows, key, name, sweep))
        files.append(shard)
        yield shard, weights, _entries(part, rows, key, name)


def _entries(
    records: Sequence[RunRecord],
    rows: Sequence[dict[str, Scalar]],
    key: int,
    weights: str | None,
) -> list[Entry]:
    return [
        Entry(
            key + place,
            tuple(row[name] for name in LISTED),
            weights if record.weights is not None else None,
        )
        for place, (record, row) in enumerate(zip(records, rows, strict=True))
    ]
