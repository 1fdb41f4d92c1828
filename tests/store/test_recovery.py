"""Damage of every kind: found, set aside, and only the runs in it are gone."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.store.helpers import tree
from tests.store.samples import assert_same, make_record, run_id

from grokphase.errors import GrokphaseError
from grokphase.store import Store, damage, recovery
from grokphase.store.shards import UnreadableShard

ALL = [run_id(n) for n in range(6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three shards of two runs; the first and the last keep weights; a finished sweep."""
    path = tmp_path / "store"
    with Store.open(path) as store:
        store.begin_sweep("sweep", {"axes": 2}, "grokphase map addition")
        for n in (0, 2, 4):
            store.write([make_record(m, weights=n != 2) for m in (n, n + 1)], "sweep")
        store.finish_sweep("sweep", ALL)
    return path


def shard_of(folder: Path, number: int) -> Path:
    """The shard in which a run lies."""
    with sqlite3.connect(f"file:{folder / 'catalog.sqlite'}?mode=ro", uri=True) as connection:
        sql = "SELECT name FROM files f JOIN runs r ON r.shard = f.key WHERE r.id = ?"
        (name,) = connection.execute(sql, (run_id(number),)).fetchone()
    connection.close()
    return folder / str(name)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def flip(path: Path) -> None:
    """Changes one byte; where the clock is too coarse to tell, a later time is set by hand."""
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    later = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))


DAMAGES = [truncate, empty, flip, Path.unlink]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_shard_costs_its_own_runs(folder: Path, damage: Callable[[Path], None]) -> None:
    broken = shard_of(folder, 2)
    damage(broken)
    left = broken.read_bytes() if broken.exists() else None
    with Store.open(folder) as store:
        assert store.existing(ALL) == {run_id(n) for n in (0, 1, 4, 5)}
        assert any(broken.name in note and "2 runs" in note for note in store.notes)
        assert store.check() == []
        assert_same(store.get(run_id(5)), make_record(5, weights=True))
        assert store.query("SELECT count(*) FROM runs").rows == [(4,)]
        store.write([make_record(n, weights=n not in (2, 3)) for n in range(6)])
        for number in range(6):
            assert_same(
                store.get(run_id(number)), make_record(number, weights=number not in (2, 3))
            )
        assert store.check() == []
    aside = broken.with_name(broken.name + ".corrupt")
    assert (aside.read_bytes() if aside.exists() else None) == left


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_check_tells_of_damage_and_changes_nothing(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    with Store.open(folder) as store:
        assert store.check() == []
        damage(shard_of(folder, 2))
        before = tree(folder)
        (problem,) = store.check()
        assert shard_of(folder, 2).name in problem
        assert "2 runs" in problem
        assert tree(folder) == before


def test_damage_while_open_is_told_and_set_aside(folder: Path) -> None:
    with Store.open(folder) as store:
        truncate(shard_of(folder, 2))
        with pytest.raises(GrokphaseError, match="2 runs again"):
            store.records(ALL)
        assert store.existing(ALL) == {run_id(n) for n in (0, 1, 4, 5)}
        assert len(store.records([run_id(0), run_id(4)])) == 2
        truncate(shard_of(folder, 4))
        with pytest.raises(GrokphaseError, match="set aside"):
            store.query("SELECT sum(seconds) FROM runs")
        assert store.query("SELECT count(*) FROM runs").rows == [(2,)]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_weights_cost_the_runs_they_belong_to(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    with Store.open(folder) as store:
        store.compact()
        sizes = {len(store.get(run_id(n)).weights or {}) for n in range(6)}
        assert sizes == {0, 1}
    for path in folder.glob("weights/*"):
        damage(path)
    with Store.open(folder) as store:
        assert store.existing(ALL) == {run_id(2), run_id(3)}
        assert store.check() == []
        assert_same(store.get(run_id(2)), make_record(2))
        store.write([make_record(n, weights=True) for n in (0, 1, 4, 5)])
        assert_same(store.get(run_id(4)), make_record(4, weights=True))


def test_a_reader_leaves_damage_where_it_is(folder: Path) -> None:
    truncate(shard_of(folder, 2))
    before = tree(folder)
    with Store.open(folder, read_only=True) as store:
        assert store.existing(ALL) == {run_id(n) for n in (0, 1, 4, 5)}
        assert len(store.records(sorted(store.existing(ALL)))) == 4
        assert store.query("SELECT count(*) FROM runs").rows == [(4,)]
        (problem,) = store.check()
        assert "2 runs" in problem
    assert tree(folder) == before


@pytest.mark.parametrize(("module", "step"), [(damage, "digest"), (recovery, "shard_entries")])
def test_a_check_beside_a_writer_raises_no_false_alarm(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    """Before this step the writer puts the shards together; one shard it has not listed yet."""
    look: Callable[[Path], Any] = getattr(module, step)
    with Store.open(folder) as writer, Store.open(folder, read_only=True) as reader:

        def late(path: Path) -> Any:
            writer.compact()
            return look(path)

        shard_of_another_store(folder)
        monkeypatch.setattr(module, step, late)
        assert reader.check() == []
        assert len(list(folder.glob("shards/*"))) == 2


def test_a_check_tells_what_it_cannot_read_and_what_is_not_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(path: Path) -> Any:
        raise UnreadableShard("no magic bytes")

    with Store.open(folder) as store:
        unlisted = shard_of_another_store(folder)
        assert store.check() == [f"{unlisted.name} is complete but not in the catalog."]
        monkeypatch.setattr(recovery, "shard_entries", unreadable)
        *unread, _ = store.check()
        assert len(unread) == 3
        assert all("cannot be read (no magic bytes): 2 runs" in problem for problem in unread)


def shard_of_another_store(folder: Path) -> Path:
    """A complete shard that the store does not list."""
    with Store.open(folder.with_name("other")) as store:
        store.write([make_record(7)])
    (path,) = store.path.glob("shards/*")
    return Path(shutil.copy(path, folder / "shards" / path.name))


def test_a_reader_tells_of_damage_that_comes_while_it_reads(folder: Path) -> None:
    with Store.open(folder, read_only=True) as store:
        truncate(shard_of(folder, 2))
        with pytest.raises(GrokphaseError, match="doctor --rebuild"):
            store.get(run_id(2))
        for path in folder.glob("weights/*"):
            path.unlink()
        with pytest.raises(GrokphaseError, match="doctor --rebuild"):
            store.get(run_id(0))


def snapshot(store: Store) -> dict[str, object]:
    """Everything that a rebuild must bring back."""
    return {
        "runs": store.runs(limit=100),
        "sweep": store.runs(limit=100, sweep="sweep"),
        "sweeps": store.sweeps(),
        "query": sorted(store.query("SELECT * FROM runs").rows, key=str),
    }


@pytest.mark.parametrize("compacted", [False, True])
def test_a_rebuild_equals_the_original(folder: Path, compacted: bool) -> None:
    with Store.open(folder) as store:
        if compacted:
            store.compact()
        store.remove([run_id(3)])
        store.write([make_record(7)])
        before = snapshot(store)
        assert store.rebuild() == []
        assert snapshot(store) == before
        for number in (0, 1, 2, 4, 5):
            assert_same(store.get(run_id(number)), make_record(number, weights=number != 2))
        assert store.check() == []
        store.write([make_record(3)])  # of which the sweep still knows
        assert run_id(3) in [run["id"] for run in store.runs(sweep="sweep")]


def test_a_rebuild_sets_damage_aside(folder: Path) -> None:
    with Store.open(folder) as store:
        flip(shard_of(folder, 2))
        (note,) = store.rebuild()
        assert "2 runs" in note
        assert store.existing(ALL) == {run_id(n) for n in (0, 1, 4, 5)}
        assert store.check() == []
        # Whoever can repair the shard finds the weights of its runs still there.
        assert len(list(folder.glob("weights/*"))) == 2


def spoil(catalog: Path) -> None:
    catalog.write_bytes(b"not a catalog, but long enough to be taken for one " * 100)


def spoil_pages(catalog: Path) -> None:
    data = bytearray(catalog.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    catalog.write_bytes(data)


def other_version(catalog: Path) -> None:
    with sqlite3.connect(catalog) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize("damage", [spoil, spoil_pages, other_version, empty, Path.unlink])
def test_a_lost_catalog_costs_nothing(folder: Path, damage: Callable[[Path], None]) -> None:
    with Store.open(folder) as store:
        before = snapshot(store)
    damage(folder / "catalog.sqlite")
    with Store.open(folder, read_only=True) as store:
        assert snapshot(store) == before
        assert store.notes
    with Store.open(folder) as store:
        assert snapshot(store) == before
        assert store.check() == []


def test_a_journal_goes_with_its_catalog(folder: Path) -> None:
    spoil(folder / "catalog.sqlite")
    (folder / "catalog.sqlite-journal").write_bytes(
        b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600)
    )
    with Store.open(folder) as store:
        assert store.count() == 6
        assert store.check() == []


def test_a_copied_store_is_the_same_store(folder: Path) -> None:
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    for path in copy.glob("shards/*"):
        os.utime(path, (0, 0))
    with Store.open(copy) as store:
        assert store.notes == []
        assert store.existing(ALL) == set(ALL)


def test_shards_of_another_store_are_taken_in(folder: Path) -> None:
    other = folder.with_name("other")
    with Store.open(other) as store:
        store.write([make_record(n, weights=True) for n in (5, 6, 7)])
    for name in ("shards", "weights"):
        for path in (other / name).iterdir():
            shutil.copy(path, folder / name / path.name)
    with Store.open(folder) as store:
        assert store.count() == 8
        assert store.check() == []
        assert store.query("SELECT count(*), count(DISTINCT id) FROM runs").rows == [(8, 8)]
        assert_same(store.get(run_id(6)), make_record(6, weights=True))
        before = store.runs(limit=100)
        store.rebuild()
        assert {run["id"] for run in store.runs(limit=100)} == {run["id"] for run in before}


def test_drafts_and_orphans_are_removed(folder: Path) -> None:
    left = [
        folder / "shards" / ".tmp-1.parquet",
        folder / "weights" / ".tmp-2.safetensors",
        folder / "checkpoints" / ".tmp-3.checkpoint",
        folder / ".tmp-4.json",
        folder / "weights" / f"{'0' * 32}.safetensors",
    ]
    for path in left:
        path.write_bytes(b"half")
    with Store.open(folder) as store:
        assert not any(path.exists() for path in left)
        assert store.count() == 6


@pytest.mark.parametrize("first", ["the rest", "the weights"])
def test_weights_whose_listing_was_lost_are_taken_in(tmp_path: Path, first: str) -> None:
    """As left by a writer killed before its transaction; copying may have changed the times."""
    folder, later = tmp_path / "store", tmp_path / "later"
    with Store.open(folder) as store:
        store.write([make_record(0), make_record(1)])
    shutil.copytree(folder, later)
    with Store.open(later) as store:
        store.write([make_record(0, weights=True)])
    times = {shard_of(later, 1): 1, shard_of(later, 0): 2 if first == "the rest" else 0}
    for path in (*later.glob("shards/*"), *later.glob("weights/*")):
        shutil.copy(path, folder / path.parent.name / path.name)
    for path, time in times.items():
        os.utime(folder / "shards" / path.name, (time, time))
    with Store.open(folder) as store:
        for number in (0, 1):
            assert_same(store.get(run_id(number)), make_record(number, weights=number == 0))
        assert store.check() == []
        assert store.query("SELECT count(*) FROM runs").rows == [(2,)]
