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
from grokphase.store import Store, shards

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
        monkeypatch.setattr(shards, "_copy_out", self.limit(shards._copy_out))

    def limit(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def limited(*args: Any, **options: Any) -> Any:
            self.left -= 1
            return full() if self.left < 0 else call(*args, **options)

        return limited


def no_more_than_before(folder: Path, before: dict[str, bytes]) -> bool:
    """Whether only SQLite's file may differ: its pages may be rewritten with the same content."""
    now = tree(folder)
    return {n: d for n, d in now.items() if n != "catalog.sqlite"} == {
        n: d for n, d in before.items() if n != "catalog.sqlite"
    }


def write(store: Store) -> None:
    store.write([make_record(n, weights=True) for n in (2, 3)], "sweep")


def remove(store: Store) -> None:
    store.remove([run_id(1)])


def compact(store: Store) -> None:
    store.compact()


def checkpoint(store: Store) -> None:
    store.save_checkpoint("run", b"new" * 100)


def begin(store: Store) -> None:
    store.begin_sweep("other", {}, "")


@pytest.mark.parametrize("verb", [write, remove, compact, checkpoint, begin])
def test_full_at_every_point(
    verb: Callable[[Store], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "store"
    with Store.open(folder) as store:
        store.begin_sweep("sweep", {}, "")
        store.write([make_record(0), make_record(1)])
        store.write([make_record(4)])
        store.save_checkpoint("run", b"old")
        before, runs = tree(folder), store.runs()
        for k in range(MAXIMUM):
            with monkeypatch.context() as patch:
                FullFrom(patch, k)
                try:
                    verb(store)
                except GrokphaseError as error:
                    assert "is full" in str(error)
                    assert "free some space" in str(error)
                else:
                    break
            assert store.runs() == runs
            assert store.load_checkpoint("run") == b"old"
            assert no_more_than_before(folder, before)
            assert store.check() == []
        assert 1 <= k < MAXIMUM
        assert tree(folder) != before
        assert store.check() == []
    with Store.open(folder) as store:
        assert store.check() == []
        assert_same(store.get(run_id(4)), make_record(4))


def test_full_in_the_catalog(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with Store.open(folder) as store:
        store.write([make_record(0)])
        connection = store._session._catalog._connection  # type: ignore[union-attr]
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        before = tree(folder)
        with pytest.raises(
            GrokphaseError, match=r"is full: nothing of these 2000 runs was written"
        ):
            store.write([make_record(n, points=0) for n in range(2000)])
        assert no_more_than_before(folder, before)
        assert (store.count(), store.check()) == (1, [])
        connection.execute("PRAGMA max_page_count = 1000000")
        store.write([make_record(n, points=0) for n in range(2000)])
        assert (store.count(), store.check()) == (2000, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_in_a_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_full_disk(folder: Path, suffix: str) -> Path:
        draft = folder / f".tmp-full{suffix}"
        draft.symlink_to("/dev/full")
        return draft

    with Store.open(tmp_path / "store") as store:
        store.write([make_record(0)])
        with monkeypatch.context() as patch:
            patch.setattr(shards, "temporary", on_a_full_disk)
            with pytest.raises(GrokphaseError, match="is full"):
                store.write([make_record(1)])
        assert not list(store.path.rglob(".tmp-*"))
        store.write([make_record(1)])
        assert (store.count(), store.check()) == (2, [])


def test_full_while_exporting_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "runs.csv"
    target.write_text("old")
    with Store.open(tmp_path / "store") as store:
        store.write([make_record(0)])
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", full)
            with pytest.raises(GrokphaseError, match="is full"):
                store.export(target)
        assert target.read_text() == "old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["runs.csv", "store"]


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
