"""Removing runs, and putting small shards together: the rest stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.helpers import tree
from tests.store.samples import assert_same, make_record, run_id

from grokphase.errors import GrokphaseError
from grokphase.store import Store, maintenance
from grokphase.store.catalog import Catalog


def shards(store: Store) -> list[str]:
    return sorted(path.name for path in store.path.glob("shards/*"))


def weights(store: Store) -> list[str]:
    return sorted(path.name for path in store.path.glob("weights/*"))


def test_removed_runs_are_gone_and_can_come_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.begin_sweep("a", {}, "")
        store.write([make_record(n, weights=True) for n in range(3)], "a")
        store.write([make_record(n, weights=True) for n in range(3, 5)], "a")
        store.remove([run_id(n) for n in (1, 3, 4, 4)])
        assert store.existing(run_id(n) for n in range(5)) == {run_id(0), run_id(2)}
        assert store.query("SELECT count(*) FROM runs").rows == [(2,)]
        assert len(shards(store)) == len(weights(store)) == 1
        assert_same(store.get(run_id(2)), make_record(2, weights=True))
        store.write([make_record(3, weights=True)], "a")
        assert_same(store.get(run_id(3)), make_record(3, weights=True))
        assert store.check() == []
        store.remove([run_id(n) for n in (0, 2, 3)])
        assert shards(store) == weights(store) == []
        assert store.count() == 0
    with Store.open(tmp_path / "s") as store:
        assert store.count() == 0


def test_removing_what_is_not_there_removes_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.write([make_record(n) for n in range(3)])
        before = tree(store.path)
        for ids in ([run_id(0), run_id(9)], [run_id(0), run_id(1)[:5]]):
            with pytest.raises(GrokphaseError, match="No run"):
                store.remove(ids)
        store.remove([])
        assert tree(store.path) == before


def test_compacting_changes_nothing_but_the_number_of_shards(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        for n in range(10):
            store.write([make_record(n, weights=n % 3 == 0, points=n)])
        before = store.runs(), store.query("SELECT * FROM curves ORDER BY ALL").rows
        held = weights(store)
        store.compact()
        assert len(shards(store)) == 1
        assert weights(store) == held
        assert (store.runs(), store.query("SELECT * FROM curves ORDER BY ALL").rows) == before
        for n, record in enumerate(store.records(map(run_id, range(10)), weights=True)):
            assert_same(record, make_record(n, weights=n % 3 == 0, points=n))
        one = shards(store)
        store.compact()
        assert shards(store) == one
        assert store.check() == []


def test_closing_puts_many_small_shards_together(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        for n in range(33):
            store.write([make_record(n, points=1)])
        assert len(shards(store)) == 33
    assert len(shards(store)) == 1
    with Store.open(tmp_path / "s") as store:
        store.write([make_record(n) for n in range(33, 36)])
        assert store.count() == 36
    assert len(shards(store)) == 2


def test_many_small_shards_are_put_together_while_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokphase.store.store._SMALL_WHILE_OPEN", 4)
    with Store.open(tmp_path / "s") as store:
        for n in range(12):
            store.write([make_record(n, points=1)])
            assert len(shards(store)) <= 5
        assert store.count() == 12


def test_shards_are_put_together_up_to_a_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "_LARGE_RUNS", 5)
    with Store.open(tmp_path / "s") as store:
        for n in range(0, 14, 2):
            store.write([make_record(n), make_record(n + 1)])
        store.compact()
        assert [runs for _, runs in store._session._catalog.shard_sizes()] == [4, 4, 4, 2]  # type: ignore[union-attr]
        assert [run["id"] for run in store.runs()] == [run_id(n) for n in reversed(range(14))]


def test_a_damaged_shard_does_not_keep_the_others_apart(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        for n in range(3):
            store.write([make_record(n)])
        (store.path / "shards" / shards(store)[0]).write_bytes(b"damaged")
        with pytest.raises(GrokphaseError, match="set aside"):
            store.compact()
        store.compact()
        assert store.count() == 2
        assert store.check() == []


def test_a_write_to_few_shards_does_not_count_the_runs_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(tmp_path / "s") as store:
        monkeypatch.delattr(Catalog, "shard_sizes")
        store.write([make_record(0)])
        store.write([make_record(1)])
