"""A disk that is full, at every point at which the store writes: all or nothing, and usable after.

Where the error comes from differs: from the system's calls, from SQLite (made real by a limit on
its pages), from DuckDB (made real by /dev/full).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.store.helpers import tree
from tests.store.samples import assert_same, make_record, run_id

from grokphase.errors import GrokphaseError
from grokphase.store import Store, querying, shards

CALLS = ("write", "fsync", "replace")
MAXIMUM = 200


def full(*args: Any, **options: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FullFrom:
    """Makes the system's calls fail from the k-th on, as a disk does that has filled up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, k: int) -> None:
        self.left = k
        for name in CALLS:
            monkeypatch.setattr(os, name, self.limit(getattr(os, name)))
        monkeypatch.setattr(shards, "copy_out", self.limit(shards.copy_out))

    def limit(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def limited(*args: Any, **options: Any) -> Any:
            self.left -= 1
            return full() if self.left < 0 else call(*args, **options)

        return limited


def rest(folder: Path, *but: str) -> dict[str, bytes]:
    """The files of a store without some; SQLite's may be written anew with what it held."""
    return {n: data for n, data in tree(folder).items() if n not in ("catalog.sqlite", *but)}


def write(store: Store) -> None:
    store.write([make_record(n, weights=True) for n in (2, 3)], "sweep")


def upgrade(store: Store) -> None:
    store.write([make_record(n, weights=True) for n in (0, 4)], "sweep")


def remove(store: Store) -> None:
    store.remove([run_id(1)])


def compact(store: Store) -> None:
    store.compact()


def checkpoint(store: Store) -> None:
    store.save_checkpoint("run", b"new")


def begin(store: Store) -> None:
    store.begin_sweep("other", {}, "")


# These replace a file of one name: once it has the name, it may be the new one, and is whole.
REPLACED = {checkpoint: "checkpoints/run.checkpoint", begin: "sweeps/other.json"}


@pytest.mark.parametrize("verb", [write, upgrade, remove, compact, checkpoint, begin])
def test_full_at_every_point(
    verb: Callable[[Store], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "store"
    own = REPLACED.get(verb, "")
    with Store.open(folder) as store:
        store.begin_sweep("sweep", {}, "")
        store.write([make_record(0), make_record(1)])
        store.write([make_record(4)])
        store.save_checkpoint("run", b"old")
        before, runs = rest(folder, own), store.runs()
        for k in range(MAXIMUM):
            told = fails_on_a_disk_full_from(k, verb, store, monkeypatch)
            if told is None:
                break
            assert "is full" in told
            assert "free some space" in told
            assert store.runs() == runs
            assert rest(folder, own) == before
            assert store.load_checkpoint("run") in (b"old", b"new")
            assert store.check() == []
        assert 1 <= k < MAXIMUM
        assert rest(folder) != before
    with Store.open(folder) as store:
        assert store.check() == []
        assert_same(store.get(run_id(4)), make_record(4, weights=verb is upgrade))


def fails_on_a_disk_full_from(
    k: int, verb: Callable[[Store], None], store: Store, monkeypatch: pytest.MonkeyPatch
) -> str | None:
    """The sentence that is told, None if the verb needs fewer than k calls."""
    with monkeypatch.context() as patch:
        FullFrom(patch, k)
        try:
            verb(store)
        except GrokphaseError as error:
            return str(error)
    return None


def test_full_in_the_catalog(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with Store.open(folder) as store:
        store.write([make_record(0)])
        connection = store._session._catalog._connection  # type: ignore[union-attr]
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        before = rest(folder)
        with pytest.raises(
            GrokphaseError, match=r"is full: nothing of these 2000 runs was written"
        ):
            store.write([make_record(n, points=0) for n in range(2000)])
        assert rest(folder) == before
        assert (store.count(), store.check()) == (1, [])
        connection.execute("PRAGMA max_page_count = 1000000")
        store.write([make_record(n, points=0) for n in range(2000)])
        assert (store.count(), store.check()) == (2000, [])


def on_a_full_disk(folder: Path, suffix: str) -> Path:
    """As `temporary`: what is written there meets a disk that is full."""
    draft = folder / f".tmp-full{suffix}"
    draft.symlink_to("/dev/full")
    return draft


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_in_a_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "store") as store:
        store.write([make_record(0)])
        with monkeypatch.context() as patch:
            patch.setattr(shards, "temporary", on_a_full_disk)
            with pytest.raises(GrokphaseError, match="is full"):
                store.write([make_record(1)])
        assert not list(store.path.rglob(".tmp-*"))
        store.write([make_record(1)])
        assert (store.count(), store.check()) == (2, [])


def assert_full_export_leaves_the_old_file(store: Store, target: Path) -> None:
    before = sorted(path.name for path in target.parent.iterdir())
    with pytest.raises(GrokphaseError, match=f'The disk of "{target}" is full: the file was not'):
        store.export(target)
    assert target.read_text() == "old"
    assert sorted(path.name for path in target.parent.iterdir()) == before
    assert (store.notes, store.check()) == ([], [])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_full_while_exporting_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    target = tmp_path / f"runs{suffix}"
    target.write_text("old")
    with Store.open(tmp_path / "store") as store:
        store.write([make_record(0)])
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", full)
            assert_full_export_leaves_the_old_file(store, target)
        if Path("/dev/full").exists():
            monkeypatch.setattr(querying, "temporary", on_a_full_disk)
            assert_full_export_leaves_the_old_file(store, target)


def test_full_on_opening_frees_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(GrokphaseError, match="is full: it was not opened"):
            Store.open(tmp_path / "store")
    with Store.open(tmp_path / "store") as store:
        assert store.count() == 0


def test_a_refusal_of_the_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with Store.open(tmp_path / "store") as store, monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(GrokphaseError, match=r"Input/output error\): nothing of these 1 runs"):
            store.write([make_record(0)])


def test_a_failure_to_read_is_told_as_one(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store._session._catalog.close()  # type: ignore[union-attr]
        with pytest.raises(GrokphaseError, match=r"could not be used \(.*\): nothing was read"):
            store.count()
