"""Changes to what is already written: removing runs, putting small shards together.

Shards never change. A new shard is written first, then one transaction of the catalog puts it in
the place of the old ones and condemns those, then they are removed. Killed before the
transaction, the new shard holds nothing new and the next writer removes it; killed after it, the
next writer removes the condemned ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grokphase.store.catalog import Catalog
from grokphase.store.entries import StoredFile
from grokphase.store.files import remove_file
from grokphase.store.layout import Layout
from grokphase.store.shards import rewrite

SMALL_RUNS = 4096
"""Shards of fewer runs than this are put together."""

_SMALL_BYTES = 64 << 20
_LARGE_RUNS = 65_536
_LARGE_BYTES = 512 << 20


def remove(layout: Layout, catalog: Catalog, ids: Sequence[str]) -> None:
    """Removes runs, one shard after the other.

    Args:
        layout: the store's paths.
        catalog: the writer's catalog.
        ids: the runs.

    Raises:
        OSError: if the disk refuses; shards not yet rewritten stay as they were.
        UnreadableShard: if a shard is damaged.
    """
    touched = {shard for shard, _ in catalog.places(ids).values()}
    wanted = set(ids)
    for file in catalog.files("shards"):
        if file.name in touched:
            dropped = [run for run in catalog.run_ids(file) if run in wanted]
            replace(layout, catalog, [file], dropped)


def compact(layout: Layout, catalog: Catalog) -> None:
    """Puts small shards together, in the order of their runs.

    Args:
        layout: the store's paths.
        catalog: the writer's catalog.

    Raises:
        OSError: if the disk refuses; shards not yet put together stay as they were.
        UnreadableShard: if a shard is damaged.
    """
    for group in _groups(small_shards(catalog)):
        replace(layout, catalog, group, [])


def small_shards(catalog: Catalog) -> list[tuple[StoredFile, int]]:
    """The shards worth putting together, each with the number of its runs."""
    return [
        (file, runs)
        for file, runs in catalog.shard_sizes()
        if runs < SMALL_RUNS and file.bytes < _SMALL_BYTES
    ]


def replace(
    layout: Layout, catalog: Catalog, old: Sequence[StoredFile], dropped: Sequence[str]
) -> None:
    """Puts one shard in the place of others, without some of their runs.

    Args:
        layout: the store's paths.
        catalog: the writer's catalog.
        old: the shards.
        dropped: ids of runs of theirs that go.

    Raises:
        OSError: if the disk refuses; nothing has changed then.
        UnreadableShard: if one of the shards is damaged; nothing has changed then.
    """
    kept = sum(len(catalog.run_ids(file)) for file in old) - len(dropped)
    paths = [layout.root / file.name for file in old]
    weights = {name for _, name in catalog.places(dropped).values() if name}
    new = rewrite(layout.shards, paths, dropped) if kept else None
    try:
        with catalog.transaction():
            catalog.drop_runs(dropped)
            if new:
                catalog.move_runs(old, catalog.add_file(new))
            catalog.drop_files([file for file in old if file != new], condemn=True)
            unused = [file for file in catalog.unused_weights() if file.name in weights]
            catalog.drop_files(unused, condemn=True)
    except BaseException:
        if new:
            remove_file(layout.root / new.name)
        raise
    purge(layout, catalog)


def purge(layout: Layout, catalog: Catalog) -> None:
    """Removes condemned files; one that cannot be removed yet stays condemned."""
    names = catalog.condemned()
    for name in names:
        remove_file(layout.root / name)
    gone = [name for name in names if not (layout.root / name).exists()]
    if gone:
        with catalog.transaction():
            catalog.pardon(gone)


def _groups(shards: Sequence[tuple[StoredFile, int]]) -> Iterator[list[StoredFile]]:
    group: list[StoredFile] = []
    runs = size = 0
    for file, count in shards:
        if runs + count > _LARGE_RUNS or size + file.bytes > _LARGE_BYTES:
            if len(group) > 1:
                yield group
            group, runs, size = [], 0, 0
        group.append(file)
        runs += count
        size += file.bytes
    if len(group) > 1:
        yield group
