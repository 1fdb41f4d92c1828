"""The verbs of a store: what is written comes back, once, unchanged."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.samples import PHASES, assert_same, make_record, run_id

import grokphase as gp
from grokphase.errors import GrokphaseError
from grokphase.store import RunRecord, Store
from grokphase.store.columns import to_columns, to_records
from grokphase.store.record import LOSS_COLUMNS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store") as opened:
        yield opened


def test_records_come_back_in_the_order_asked(store: Store) -> None:
    records = [make_record(n, points=n % 3, weights=n % 2 == 0) for n in range(20)]
    store.write(records[:12])
    store.write(records[12:])
    wanted = [records[n] for n in (17, 3, 0, 11, 12)]
    found = store.records([record.id for record in wanted], weights=True)
    for one, two in zip(wanted, found, strict=True):
        assert_same(one, two)
    assert all(record.weights is None for record in store.records([wanted[2].id]))


def test_existing_tells_what_is_stored(store: Store) -> None:
    store.write([make_record(n) for n in range(3)])
    assert store.existing(run_id(n) for n in range(6)) == {run_id(n) for n in range(3)}
    assert store.existing([]) == set()


def test_nothing_to_write_writes_nothing(store: Store) -> None:
    store.write([])
    assert store.count() == 0
    assert list(store.path.glob("shards/*")) == []
    assert store.records([]) == []


def test_the_first_of_two_runs_of_one_id_stays(store: Store) -> None:
    first, second = make_record(1, seconds=1.0), make_record(1, seconds=2.0)
    store.write([first, second])
    store.write([second, make_record(2)])
    assert store.count() == 2
    assert store.get(first.id).seconds == 1.0
    assert store.query("SELECT sum(seconds) FROM runs").rows == [(1.5,)]


def test_a_run_without_weights_gets_those_of_a_later_record(store: Store) -> None:
    store.begin_sweep("sweep", {}, "")
    store.write([make_record(n) for n in range(3)], "sweep")
    store.write([make_record(1, weights=True), make_record(2)], "sweep")
    assert [run["id"] for run in store.runs()] == [run_id(n) for n in (1, 2, 0)]
    for number in range(3):
        assert_same(store.get(run_id(number)), make_record(number, weights=number == 1))
    store.write([make_record(1)])
    assert store.get(run_id(1)).weights is not None
    assert store.query("SELECT count(*) FROM runs").rows == [(3,)]
    assert (store.sweeps()[0]["runs"], store.check()) == (3, [])


def test_weights_of_one_run_of_many(store: Store) -> None:
    store.write([make_record(1, weights=True), make_record(2)])
    assert_same(store.get(run_id(1)), make_record(1, weights=True))
    assert store.get(run_id(2)).weights is None


def test_weights_of_any_shape_and_type(store: Store) -> None:
    record = make_record(1)
    weights = {
        "embedding": np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2],
        "layers.0/odd": np.array(1.5),
        "counts": np.arange(3, dtype=np.int64),
        "none": np.zeros((0, 2), np.float16),
    }
    store.write([replace(record, weights=weights), replace(make_record(2), weights={})])
    assert_same(store.get(record.id), replace(record, weights=dict(sorted(weights.items()))))
    assert store.get(run_id(2)).weights == {}


def test_get_by_any_prefix_that_is_unique(store: Store) -> None:
    store.write([make_record(0, id=name) for name in ("aa11", "aa22", "bb", "bbcc")])
    for prefix, run in (("aa1", "aa11"), ("bb", "bb")):
        assert store.find(prefix) == store.get(prefix).id == run
    with pytest.raises(GrokphaseError, match="aa11, aa22"):
        store.get("aa")
    with pytest.raises(GrokphaseError, match=r'No run "aa23".*Did you mean "aa22"'):
        store.get("aa23")
    with pytest.raises(GrokphaseError, match="runs ls"):
        store.get("")


def test_records_takes_whole_ids_only(store: Store) -> None:
    store.write([make_record(0, id="aa11")])
    with pytest.raises(GrokphaseError, match="whole id"):
        store.records(["aa"])


def test_runs_lists_the_newest_first(store: Store) -> None:
    store.write([make_record(n) for n in range(8)])
    store.write([make_record(8)])
    assert [run["id"] for run in store.runs(limit=3)] == [run_id(n) for n in (8, 7, 6)]
    assert [run["id"] for run in store.runs(phase="grokking")] == [run_id(5), run_id(1)]
    newest = store.runs(limit=1)[0]
    row = make_record(8).flatten()
    assert newest == {name: row[name] for name in newest}
    assert newest["followed"] is False


def test_phases_count_runs(store: Store) -> None:
    store.write([make_record(n) for n in range(7)])
    assert store.phases() == dict(zip(PHASES, (2, 2, 2, 1), strict=True))


def test_sweeps_know_their_runs(store: Store) -> None:
    store.write([make_record(0)])
    store.begin_sweep("first", {"axes": ["a", "b"]}, "grokphase map addition")
    store.write([make_record(0), make_record(1)], "first")
    assert [run["id"] for run in store.runs(sweep="first")] == [run_id(1), run_id(0)]
    (sweep,) = store.sweeps()
    assert sweep["spec"] == {"axes": ["a", "b"]}
    assert (sweep["runs"], sweep["finished"]) == (2, None)
    store.finish_sweep("first", [run_id(n) for n in range(3)])
    (sweep,) = store.sweeps()
    assert sweep["finished"] >= sweep["created"]
    assert sweep["runs"] == 2
    store.write([make_record(2)])  # made later, for whatever it was made
    assert [run["id"] for run in store.runs(sweep="first")] == [run_id(n) for n in (2, 1, 0)]


def test_a_sweep_begun_again_keeps_its_beginning(store: Store) -> None:
    store.begin_sweep("a", {}, "one")
    created = store.sweeps()[0]["created"]
    store.finish_sweep("a", [run_id(1)])
    store.begin_sweep("a", {}, "two")
    (sweep,) = store.sweeps()
    assert (sweep["created"], sweep["command"], sweep["finished"]) == (created, "two", None)
    store.write([make_record(1)])
    assert [run["id"] for run in store.runs(sweep="a")] == [run_id(1)]


@pytest.mark.parametrize("verb", ["write", "finish_sweep", "runs"])
def test_a_sweep_that_was_not_begun_is_refused(store: Store, verb: str) -> None:
    store.begin_sweep("figure-6b", {}, "")
    calls: dict[str, Any] = {
        "write": lambda: store.write([make_record()], "figure-6c"),
        "finish_sweep": lambda: store.finish_sweep("figure-6c", []),
        "runs": lambda: store.runs(sweep="figure-6c"),
    }
    with pytest.raises(GrokphaseError, match='Did you mean "figure-6b"'):
        calls[verb]()
    assert store.count() == 0


def test_a_sweep_needs_an_id_that_can_name_a_file(store: Store) -> None:
    with pytest.raises(GrokphaseError, match="cannot be an id"):
        store.begin_sweep("../up", {}, "")


def test_checkpoints_are_replaced_and_dropped(store: Store) -> None:
    assert store.load_checkpoint("run") is None
    store.save_checkpoint("run", b"one")
    store.save_checkpoint("run", b"\0two" * 1000)
    assert store.load_checkpoint("run") == b"\0two" * 1000
    store.drop_checkpoint("run")
    store.drop_checkpoint("run")
    assert store.load_checkpoint("run") is None


def test_a_damaged_checkpoint_counts_as_none(store: Store) -> None:
    store.save_checkpoint("run", b"payload")
    (path,) = store.path.glob("checkpoints/*")
    for damage in (path.read_bytes()[:-1], b"", b"\1" + path.read_bytes()[1:]):
        path.write_bytes(damage)
        assert store.load_checkpoint("run") is None


def test_checkpoints_of_finished_runs_go_on_opening(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.save_checkpoint(run_id(0), b"finished")
        store.save_checkpoint(run_id(1), b"in flight")
        store.write([make_record(0)])
    with Store.open(tmp_path / "s") as store:
        assert store.load_checkpoint(run_id(0)) is None
        assert store.load_checkpoint(run_id(1)) == b"in flight"


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s")
    store.close()
    store.close()
    with pytest.raises(GrokphaseError, match="closed"):
        store.count()
    with pytest.raises(GrokphaseError, match="closed"):
        store.write([make_record()])
    assert "closed" in repr(store)


def test_a_store_that_is_dropped_is_free_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s")
    store.write([make_record()])
    del store
    gc.collect()
    with Store.open(tmp_path / "s") as again:
        assert again.count() == 1


def test_repr_says_where_and_how_many(store: Store) -> None:
    store.write([make_record()])
    assert repr(store) == f'Store("{store.path}", writable, 1 runs)'


def test_threads_share_a_store(store: Store) -> None:
    failures: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for n in range(first, first + 3):
                store.save_checkpoint(run_id(n), b"in flight")
                store.write([make_record(n)])
                assert_same(store.get(run_id(n)), make_record(n))
                assert store.query(f"SELECT id FROM runs WHERE id = '{run_id(n)}'").rows
                store.drop_checkpoint(run_id(n))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(10 * n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.count() == 9


text = st.text(max_size=8)
json_data = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | text,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(text, children, max_size=3),
    max_leaves=8,
)
names = st.lists(
    st.text("abcxyzé漢 ._\"';-", min_size=1, max_size=6), max_size=3, unique_by=str.casefold
)
steps = st.none() | st.integers(0, 2**62)


@st.composite
def run_records(draw: st.DrawFn, number: int) -> RunRecord:
    """Any run that can be kept."""
    points = draw(st.integers(0, 3))
    values = st.lists(st.floats(width=32), min_size=points, max_size=points)
    curves: dict[str, Any] = {"step": range(points)} | {
        name: draw(values) for name in draw(names) if name != "step"
    }
    return make_record(
        number,
        weights=draw(st.booleans()),
        spec=draw(st.dictionaries(text, json_data, max_size=4)),
        provenance=draw(st.dictionaries(text, json_data, max_size=2)),
        seed=draw(st.integers(-(2**63), 2**63 - 1)),
        train_step=draw(steps),
        rqi_step=draw(steps),
        followed=draw(st.booleans()),
        seconds=draw(st.floats(0, 1e9)),
        final={name: draw(st.floats()) for name in draw(names)},
        curves=draw(st.sampled_from([curves, {}])),
    )


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_run_comes_back_unchanged(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = [data.draw(run_records(number)) for number in range(3)]
    with Store.open(tmp_path_factory.mktemp("any") / "store") as store:
        store.write(records[:2])
        store.write(records[2:])
        for turn in range(2):
            found = store.records([record.id for record in records], weights=True)
            for one, two in zip(records, found, strict=True):
                assert_same(one, two)
            assert store.query("SELECT count(*) FROM runs").rows == [(3,)], turn
            assert len(store.query("SELECT * FROM curves")) == sum(
                len(record.curves.get("step", ())) for record in records
            )
            store.compact()


def test_removing_a_sweep_keeps_what_other_sweeps_have(store: Store) -> None:
    store.write([make_record(n) for n in range(6)])
    store.begin_sweep("one", {}, "")
    store.finish_sweep("one", [run_id(n) for n in (0, 1, 2)] + ["missing"])
    store.begin_sweep("two", {}, "")
    store.finish_sweep("two", [run_id(n) for n in (2, 3)])
    with pytest.raises(GrokphaseError, match=r'No sweep "tow".*Did you mean "two"'):
        store.remove_sweep("tow")
    assert store.count() == 6
    assert store.remove_sweep("one") == ([run_id(0), run_id(1)], [run_id(2)])
    assert store.count() == 4
    assert [sweep["runs"] for sweep in store.sweeps()] == [2, 1]  # listed, to be made again
    assert store.remove_sweep("one", shared=True) == ([run_id(2)], [])
    assert store.remove_sweep("one") == ([], [])
    assert store.existing(run_id(n) for n in range(6)) == {run_id(n) for n in (3, 4, 5)}


def test_specs_alone_are_those_of_the_runs(store: Store) -> None:
    store.write([make_record(n) for n in range(4)])
    assert store.specs([run_id(2), run_id(0)]) == [make_record(2).spec, make_record(0).spec]
    assert store.specs([]) == []
    with pytest.raises(GrokphaseError, match='No run "none"'):
        store.specs(["none"])


def test_a_store_shows_itself_on_one_screen_of_a_notebook(store: Store) -> None:
    store.write([make_record(n) for n in range(200)])
    for n in range(20):
        store.begin_sweep(f"map-{n}", {}, "grokphase map <b> " * 20)
        store.finish_sweep(f"map-{n}", [run_id(n)])
    text = store._repr_html_()
    assert "200 runs" in text
    assert "grokking 50" in text
    assert text.count("<tr>") <= 15
    assert run_id(199) in text
    assert run_id(0) not in text
    assert "map-19" in text
    assert "<b> grok" not in text
    store.close()
    assert "closed" in store._repr_html_()


def test_gp_open_looks_and_changes_nothing(store: Store) -> None:
    store.write([make_record(0)])
    with gp.open(store.path) as opened:  # beside the writer
        assert opened.read_only
        assert opened.to_pandas()["id"].tolist() == opened.to_polars()["id"].to_list()
        with pytest.raises(GrokphaseError, match="read_only=False"):
            opened.remove([run_id(0)])
    with pytest.raises(GrokphaseError, match="There is no store"):
        gp.open(store.path / "none")
    assert not (store.path / "none").exists()


def test_a_loss_comes_back_and_of_older_shards_nothing_is_known_of_it(store: Store) -> None:
    lost = make_record(
        0,
        followed=True,
        loss_followed=True,
        validation_lost_step=7,
        validation_sustained_lost_step=9,
    )
    lost = replace(lost, lower={"validation_sustained_lost_step": 4})
    store.write([lost, make_record(1)])
    assert_same(store.get(lost.id), lost)
    assert store.query("SELECT validation_sustained_lost_step_lower FROM runs").rows[0] == (4,)
    older = to_columns([lost], [lost.flatten()], 0, None, None)
    for name in ("message", *LOSS_COLUMNS, "loss_followed"):
        del older[name]
    (found,) = to_records(older, 1)
    assert (found.validation_lost_step, found.loss_followed, found.lost) == (None, False, None)
