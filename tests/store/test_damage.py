"""Bytes overwritten in place: found by digest or structure, told with the way to repair it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.store.helpers import tree
from tests.store.samples import assert_same, make_record, run_id

from grokphase.errors import GrokphaseError
from grokphase.store import Store, files

ALL = [run_id(n) for n in range(4)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two shards of two runs; the first keeps weights; a sweep and a checkpoint."""
    path = tmp_path / "store"
    with Store.open(path) as store:
        store.begin_sweep("sweep", {"axes": 2}, "grokphase map addition")
        for n in (0, 2):
            store.write([make_record(m, weights=n == 0) for m in (n, n + 1)], "sweep")
        store.finish_sweep("sweep", ALL)
        store.save_checkpoint(run_id(9), b"a state in flight")
    return path


def overwrite(path: Path, at: int) -> None:
    """Other bytes in the place of four, as a bad disk or hand leaves them: no other size or time
    of the content."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(at)
        old = file.read(4)
        file.seek(at)
        file.write(bytes(255 - byte for byte in old))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def shard_of(folder: Path, number: int) -> Path:
    with sqlite3.connect(f"file:{folder / 'catalog.sqlite'}?mode=ro", uri=True) as connection:
        sql = "SELECT name FROM files f JOIN runs r ON r.shard = f.key WHERE r.id = ?"
        (name,) = connection.execute(sql, (run_id(number),)).fetchone()
    connection.close()
    return folder / str(name)


READING: list[Callable[[Store, Path], object]] = [
    lambda store, _: store.runs(),
    lambda store, _: store.sweeps(),
    lambda store, _: store.query("SELECT * FROM runs"),
    lambda store, _: store.query("SELECT avg(train_loss) FROM curves"),
    lambda store, _: store.get(run_id(0)),
    lambda store, _: store.records([run_id(0), run_id(1)]),
    lambda store, folder: store.export(folder / "all.parquet"),
]


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.98])
def test_a_reader_leaves_a_damaged_shard_out_and_says_so(
    folder: Path, tmp_path: Path, part: float
) -> None:
    broken = shard_of(folder, 2)
    overwrite(broken, int(part * broken.stat().st_size))
    before = tree(folder)
    with Store.open(folder, read_only=True) as store:
        (note,) = store.notes
        assert f"shards/{broken.name} has another content than it had: its 2 runs" in note
        assert "grokphase doctor --rebuild" in note
        assert store.existing(ALL) == {run_id(0), run_id(1)}
        for read in READING:
            read(store, tmp_path)
        with pytest.raises(GrokphaseError, match="No run"):
            store.get(run_id(2))
    assert tree(folder) == before


def test_a_writer_sets_it_aside_and_a_rebuild_repairs(folder: Path) -> None:
    broken = shard_of(folder, 2)
    overwrite(broken, broken.stat().st_size // 2)
    with Store.open(folder) as store:
        (note,) = store.notes
        assert "has another content than it had and is set aside" in note
        assert store.existing(ALL) == {run_id(0), run_id(1)}
        assert store.check() == []
    with Store.open(folder, read_only=True) as store:
        assert store.notes == []


def test_damage_that_comes_while_a_reader_looks_is_named(folder: Path) -> None:
    with Store.open(folder, read_only=True) as store:
        broken = shard_of(folder, 2)
        overwrite(broken, broken.stat().st_size - 20)
        with pytest.raises(GrokphaseError) as told:
            store.query("SELECT * FROM runs")
    said = str(told.value)
    assert f"shards/{broken.name} has another content than it had: 2 runs" in said
    assert "doctor --rebuild" in said
    assert "Exception" not in said


def test_nothing_is_read_again_while_sizes_and_times_are_as_noted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(path: Path) -> str:
        raise AssertionError(f"{path} was read to open the store")

    monkeypatch.setattr("grokphase.store.damage.digest", never)
    for read_only in (True, False):
        with Store.open(folder, read_only=read_only) as store:
            assert store.notes == []
            assert store.count() == 4


def test_a_catalog_of_before_that_noted_other_times_is_taken_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It noted when the content changed. The files are read once, and a writer notes the new."""
    with sqlite3.connect(folder / "catalog.sqlite") as connection:
        connection.execute("UPDATE files SET modified = modified - 1")
    connection.close()
    for read_only in (True, False):
        with Store.open(folder, read_only=read_only) as store:
            assert (store.notes, store.count()) == ([], 4)
    monkeypatch.setattr("grokphase.store.damage.digest", lambda path: "never read")
    with Store.open(folder, read_only=True) as store:
        assert (store.notes, store.count()) == ([], 4)


def test_of_damaged_weights_a_reader_leaves_out_the_weights(folder: Path) -> None:
    (weights,) = folder.glob("weights/*")
    overwrite(weights, weights.stat().st_size - 8)
    with Store.open(folder, read_only=True) as store:
        (note,) = store.notes
        assert "the weights of its 2 runs are left out" in note
        assert store.existing(ALL) == set(ALL)
        assert_same(store.get(run_id(0)), make_record(0))
    with Store.open(folder) as store:
        assert store.existing(ALL) == {run_id(2), run_id(3)}
        assert "set aside" in store.notes[0]


def test_a_damaged_checkpoint_is_told_and_begun_again(folder: Path) -> None:
    (checkpoint,) = folder.glob("checkpoints/*")
    overwrite(checkpoint, checkpoint.stat().st_size - 5)
    with Store.open(folder, read_only=True) as store:
        assert store.check() == [
            f"The checkpoint of run {run_id(9)} is damaged: it would begin again."
        ]
        assert store.load_checkpoint(run_id(9)) is None
    with Store.open(folder) as store:
        assert store.notes == [f"The checkpoint of run {run_id(9)} was damaged: it begins again."]
        assert not checkpoint.exists()
        assert store.check() == []


def test_a_checkpoint_that_cannot_be_read_is_a_sentence(folder: Path) -> None:
    (checkpoint,) = folder.glob("checkpoints/*")
    checkpoint.unlink()
    checkpoint.mkdir()
    with (
        Store.open(folder, read_only=True) as store,
        pytest.raises(GrokphaseError, match="was not read"),
    ):
        store.load_checkpoint(run_id(9))


def test_a_damaged_sweep_is_told_and_written_anew(folder: Path) -> None:
    (sweep,) = folder.glob("sweeps/*")
    overwrite(sweep, 2)
    with Store.open(folder, read_only=True) as store:
        (note,) = store.notes
        assert note.startswith("sweeps/sweep.json is damaged")
        assert store.check() == store.notes
        assert [run["id"] for run in store.runs(sweep="sweep")] == ALL[::-1]  # by the catalog
    with Store.open(folder) as store:
        assert store.notes == [note]
        store.begin_sweep("sweep", {"axes": 2}, "grokphase map addition")
        assert store.check() == []


@pytest.mark.parametrize("page", range(1, 12))
def test_a_catalog_whose_pages_are_damaged_costs_nothing(folder: Path, page: int) -> None:
    """The head of a page says what it holds; overwritten, SQLite finds it."""
    catalog = folder / "catalog.sqlite"
    if catalog.stat().st_size < 4096 * (page + 1):
        pytest.skip("the catalog has no such page")
    overwrite(catalog, 4096 * page)
    with Store.open(folder, read_only=True) as store:
        assert "catalog cannot be read" in store.notes[0]
        assert "doctor --rebuild" in store.notes[0]
        assert store.existing(ALL) == set(ALL)
        assert [run["id"] for run in store.runs()] == ALL[::-1]
    with Store.open(folder) as store:
        assert "catalog was damaged" in store.notes[0]
        assert store.existing(ALL) == set(ALL)
        assert store.check() == []


def test_a_check_compares_the_catalog_with_what_the_shards_hold(folder: Path) -> None:
    """A value that is overwritten inside a page is a catalog as good as any other, to SQLite."""
    with sqlite3.connect(folder / "catalog.sqlite") as connection:
        connection.execute("UPDATE runs SET phase = 'grokked!' WHERE id = ?", (run_id(2),))
    connection.close()
    with Store.open(folder) as store:
        (problem,) = store.check()
        assert shard_of(folder, 2).name in problem
        assert "doctor --rebuild" in problem
        store.rebuild()
        assert store.check() == []
        assert {run["phase"] for run in store.runs()} == {make_record(n).phase for n in range(4)}


def test_shares_in_double_beside_runs_that_have_them_in_float(tmp_path: Path) -> None:
    """As in a store that an older version began, apart and put together."""
    exact = {"step": np.arange(3), "train_accuracy": np.arange(3) / 41}
    with Store.open(tmp_path / "store") as store:
        store.write([make_record(0)])
        store.write([make_record(1, curves=exact, final={"train_accuracy": 40 / 41})])
        store.write([make_record(2), make_record(3, curves=exact), make_record(4, curves={})])
        for _ in range(2):
            for number in (1, 3):
                curve = store.get(run_id(number)).curves["train_accuracy"]
                assert curve.tolist() == exact["train_accuracy"].tolist()
            for number in (0, 2):
                np.testing.assert_array_equal(
                    store.get(run_id(number)).curves["train_accuracy"],
                    make_record(number).curves["train_accuracy"],
                )
            sql = "SELECT count(*) FROM runs WHERE final_train_accuracy = 40 / 41.0::DOUBLE"
            assert store.query(sql).rows == [(1,)]
            store.compact()


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert files.digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223"
