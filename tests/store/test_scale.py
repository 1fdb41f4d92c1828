"""Many runs: every verb still does what it does for a few. (Times are in `benchmarks/`.)"""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from tests.store.samples import PHASES, assert_same, batches, make_record, run_id

from grokphase.store import Store


@pytest.mark.parametrize(
    "count", [5_000, pytest.param(1_000_000, marks=pytest.mark.slow)], ids=["5k", "1M"]
)
def test_many_runs(tmp_path: Path, count: int) -> None:
    with Store.open(tmp_path / "s") as store:
        store.begin_sweep("all", {}, "")
        for records in batches(count, 10_000):
            store.write(records, "all")
    with Store.open(tmp_path / "s", read_only=True) as store:
        assert store.count() == count
        assert store.phases() == dict.fromkeys(PHASES, count // 4)
        newest = [run_id(n) for n in (count - 1, count - 2)]
        assert [run["id"] for run in store.runs(limit=2, sweep="all")] == newest
        found = store.query(
            'SELECT "recipe.decoder.learning_rate" AS rate, "recipe.decoder.weight_decay" AS '
            "decay, count(*) AS n, median(validation_step) FROM runs GROUP BY ALL"
        )
        assert len(found) == 11 * 16
        assert sum(found.to_dict()["n"]) == count
        ids = [run_id(n) for n in range(0, count, count // 100)]
        assert store.existing([*ids, "0" * 15]) == set(ids)
        for n, record in zip(range(0, count, count // 100), store.records(ids), strict=True):
            assert_same(record, make_record(n, points=0))
        store.export(tmp_path / "all.csv", "SELECT id, phase FROM runs")
        with open(tmp_path / "all.csv") as lines:
            assert sum(1 for _ in lines) == count + 1
        tracemalloc.start()
        try:
            store.runs(limit=20)
            store.runs(limit=20, phase="grokking")
            store.phases()
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()


def test_writing_many_at_once_bounds_a_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokphase.store.writing._RUNS_A_SHARD", 3)
    with Store.open(tmp_path / "s") as store:
        store.write([make_record(n, weights=n < 4) for n in range(8)])
        assert len(list(store.path.glob("shards/*"))) == 3
        assert len(list(store.path.glob("weights/*"))) == 2
        assert [run["id"] for run in store.runs()] == [run_id(n) for n in reversed(range(8))]
        assert store.check() == []
