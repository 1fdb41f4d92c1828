"""Changes to what is already written: removing runs, putting small shards together.

Shards never change. A new shard is written first, then one transaction of the catalog puts it in
the place of the old ones and condemns those, then they are removed. Killed before the
transaction, the new shard holds nothing new and the next writer removes it; killed after it, the
next writer removes the condemned ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grokphase.files import remove_file
from grokphase.store.catalog import Catalog
from grokphase.store.entries import StoredFile
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
    for file, dropped in holding(catalog, ids):
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


def is_scattered(catalog: Catalog, limit: int) -> bool:
    """Whether more than `limit` shards are worth putting together."""
    # Which of them are small is asked only then: the answer counts the runs of the whole store.
    return len(catalog.files("shards")) > limit and len(small_shards(catalog)) > limit


@dataclass(frozen=True)
class Replacement:
    """A shard that is written and is to take the place of others.

    Args:
        old: the shards.
        dropped: ids of runs of theirs that go.
        new: the shard with the others; None if none is left.
    """

    old: Sequence[StoredFile]
    dropped: Sequence[str]
    new: StoredFile | None

    def enter(self, catalog: Catalog) -> None:
        """Lists the new shard for the old ones; call it inside a transaction, then `purge`."""
        weights = {name for _, name in catalog.places(self.dropped).values() if name}
        catalog.drop_runs(self.dropped)
        if self.new:
            catalog.move_runs(self.old, catalog.add_file(self.new))
        catalog.drop_files([file for file in self.old if file != self.new], condemn=True)
        unused = [file for file in catalog.unused_weights() if file.name in weights]
        catalog.drop_files(unused, condemn=True)


def without(
    layout: Layout, catalog: Catalog, old: Sequence[StoredFile], dropped: Sequence[str]
) -> Replacement:
    """Writes the runs of shards as one, without some of them; the catalog does not know it yet.

    Args:
        layout: the store's paths.
        catalog: the writer's catalog.
        old: the shards.
        dropped: ids of runs of theirs that go.

    Returns:
        What is to be entered in the catalog.

    Raises:
        OSError: if the disk refuses.
        UnreadableShard: if one of the shards is damaged.
    """
    kept = sum(len(catalog.run_ids(file)) for file in old) - len(dropped)
    paths = [layout.root / file.name for file in old]
    return Replacement(old, dropped, rewrite(layout.shards, paths, dropped) if kept else None)


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
    replacement = without(layout, catalog, old, dropped)
    try:
        with catalog.transaction():
            replacement.enter(catalog)
    except BaseException:
        if replacement.new:
            remove_file(layout.root / replacement.new.name)
        raise
    purge(layout, catalog)


def holding(catalog: Catalog, ids: Sequence[str]) -> Iterator[tuple[StoredFile, list[str]]]:
    """The shards in which runs lie, each with those of the runs that lie in it.

    Args:
        catalog: a catalog.
        ids: the runs.
    """
    touched = {shard for shard, _ in catalog.places(ids).values()}
    wanted = set(ids)
    for file in catalog.files("shards"):
        if file.name in touched:
            yield file, [run for run in catalog.run_ids(file) if run in wanted]


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
