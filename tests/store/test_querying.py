"""SQL over the shards: what it answers, what it refuses, and what it can see."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars
import pytest
from tests.store.samples import MEASURES, make_record, make_spec, run_id

from grokphase.errors import GrokphaseError
from grokphase.store import LISTED, RunRecord, Store
from grokphase.store.record import LOSS_COLUMNS, STEP_COLUMNS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store") as opened:
        opened.write([make_record(n) for n in range(6)])
        opened.write([make_record(n) for n in range(6, 8)])
        yield opened


def test_runs_have_a_column_for_every_leaf(store: Store) -> None:
    exact = {f"{name}_lower": None for name in (*STEP_COLUMNS, *LOSS_COLUMNS)}
    row = exact | make_record(3).flatten()
    found = store.query(f"SELECT * FROM runs WHERE id = '{run_id(3)}'")
    assert set(found.columns) == set(row)
    assert dict(zip(found.columns, found.rows[0], strict=True)) == row


def test_group_by_a_dotted_name(store: Store) -> None:
    found = store.query(
        'SELECT "recipe.decoder.weight_decay" AS decay, count(*) AS n FROM runs '
        "WHERE phase = 'grokking' GROUP BY ALL ORDER BY decay"
    )
    assert found.to_dict() == {"decay": [1, 5], "n": [1, 1]}


def test_lower_ends_can_be_asked_for_where_no_run_has_one(store: Store, tmp_path: Path) -> None:
    sql = "SELECT train_step - train_step_lower AS apart FROM runs WHERE train_step_lower > 0"
    assert store.query(sql).types == ("BIGINT",)
    assert store.query(sql).rows == []
    with Store.open(tmp_path / "empty") as empty:
        assert empty.query(sql).types == ("BIGINT",)
    later = dataclasses.replace(make_record(9), train_step=90, lower={"train_step": 80})
    store.write([later])
    assert store.query(sql).rows == [(10,)]


def test_curves_have_a_row_for_every_point(store: Store) -> None:
    found = store.query(f"SELECT * FROM curves WHERE id = '{run_id(7)}' ORDER BY step")
    assert found.columns == ("id", "step", *MEASURES)
    columns = found.to_dict()
    for name, values in make_record(7).curves.items():
        np.testing.assert_array_equal(columns[name], values)


def test_nan_is_null_so_that_averages_leave_it_out(store: Store) -> None:
    curves = {"step": [0, 1, 2], "train_loss": [1.0, math.nan, math.inf]}
    store.write([make_record(8, final={"rqi": math.nan, "train_loss": math.inf}, curves=curves)])
    sql = f"SELECT final_rqi, final_train_loss FROM runs WHERE id = '{run_id(8)}'"
    assert store.query(sql).rows == [(None, math.inf)]
    sql = f"SELECT train_loss, rqi FROM curves WHERE id = '{run_id(8)}' ORDER BY step"
    assert store.query(sql).rows == [(1.0, None), (None, None), (math.inf, None)]


def test_columns_may_differ_between_runs_and_shards(store: Store) -> None:
    spec = {"task": {"name": "parity", "bits": 40}, "recipe": {"decoder": {"weight_decay": 0.5}}}
    odd = make_record(8, spec=spec, curves={"step": [5], "mine": [1.5]})
    worded = make_record(9, spec={"recipe": {"steps": "many"}})
    for records in ([odd, make_record(10)], [worded]):
        store.write(records)
    for _ in range(2):
        sql = 'SELECT "task.bits", "recipe.decoder.weight_decay" FROM runs WHERE task = \'parity\''
        assert store.query(sql).rows == [(40, 0.5)]
        sql = f"SELECT step, mine FROM curves WHERE id = '{run_id(8)}'"
        assert store.query(sql).rows == [(5, 1.5)]
        sql = "SELECT \"recipe.steps\" FROM runs WHERE task = ''"
        assert store.query(sql).rows == [("many",)]
        store.compact()


NEVER = ("rqi_step", "train_sustained_step", "validation_sustained_step")


def unset(number: int, batch: int | None = None) -> RunRecord:
    """A run that never reached a thing; one of its settings may be set or not."""
    spec = make_spec(number)
    spec["recipe"] |= {"batch": batch, "whole": True}
    return make_record(number, spec=spec, train_step=None, validation_step=None, followed=False)


@pytest.mark.parametrize("batch", [None, 8])
def test_types_are_those_stated_where_all_is_missing(tmp_path: Path, batch: int | None) -> None:
    steps = ("seed", "steps_trained", "train_step", "validation_step", *NEVER)
    with Store.open(tmp_path / "store") as store:
        store.write([unset(1)])
        store.write([unset(2, batch)])  # of another shard, whose column has a type
        store.export(tmp_path / "out.parquet")
        store.export(tmp_path / "out.csv")
        pandas, polars_frame = store.to_pandas(), store.to_polars()
    assert {str(pandas[name].dtype) for name in steps} == {"Int64"}
    assert {str(pandas[name].dtype) for name in ("followed", "recipe.whole")} == {"boolean"}
    assert {str(pandas[name].dtype) for name in ("phase", "recipe.stop")} == {"string"}
    assert str(pandas["final_rqi"].dtype) == "float64"
    # A setting that no run has set is of no type, and told as numbers.
    assert str(pandas["recipe.batch"].dtype) == ("float64" if batch is None else "Int64")
    for frame in (polars_frame, polars.read_parquet(tmp_path / "out.parquet")):
        assert {frame.schema[name] for name in steps} == {polars.Int64}
        assert frame.schema["followed"] == polars.Boolean
        assert frame.schema["phase"] == polars.String
        assert frame.schema["recipe.batch"] == (polars.Float64 if batch is None else polars.Int64)
    with (tmp_path / "out.csv").open() as file:
        rows = [*csv.DictReader(file)]
    assert [row["steps_trained"] for row in rows] == ["10001", "10002"]
    assert {row[name] for row in rows for name in NEVER} == {""}
    assert [row["recipe.batch"] for row in rows] == ["", "" if batch is None else "8"]


def test_types_of_an_answer_are_those_of_sql(store: Store) -> None:
    sql = """SELECT sum(seed) AS s, avg(seed) AS a, 0.5 AS d, max(train_step) AS m, NULL AS n,
        bool_or(followed) AS f, [seed] AS l FROM runs WHERE id = 'none' GROUP BY seed"""
    types = [str(kind) for kind in store.query(sql).to_pandas().dtypes]
    assert types == ["Int64", "float64", "float64", "Int64", "float64", "boolean", "object"]
    answer = store.query("SELECT sum(seed) AS s, 0.5 AS d, [1] AS l FROM runs").to_polars()
    assert answer.rows() == [(13, 0.5, [1])]


def test_curves_of_a_sweep_are_exported_as_one_long_table(store: Store, tmp_path: Path) -> None:
    store.begin_sweep("mine", {}, "by hand")
    store.finish_sweep("mine", [run_id(2), run_id(5), "missing"])
    path = tmp_path / "curves.parquet"
    store.export(path, curves=True, sweep="mine")
    table = polars.read_parquet(path)
    assert table.columns == ["id", "step", *MEASURES]
    assert table.schema["step"] == polars.Int64
    assert table.height == sum(len(make_record(n).curves["step"]) for n in (2, 5))
    assert {*table["id"]} == {run_id(2), run_id(5)}
    store.export(path, curves=True)
    assert polars.read_parquet(path)["id"].n_unique() == 8
    store.export(path, sweep="mine")
    assert {*polars.read_parquet(path)["id"]} == {run_id(2), run_id(5)}
    assert store.query("SELECT count(*) FROM curves", sweep="mine").rows == [(table.height,)]
    with pytest.raises(GrokphaseError, match='No sweep "nime" is in the store'):
        store.export(path, sweep="nime")
    with pytest.raises(GrokphaseError, match="leave out either"):
        store.export(path, "SELECT 1", curves=True)


def test_an_empty_store_answers_too(tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty") as store:
        assert store.query("SELECT * FROM runs").columns == (
            *LISTED,
            "message",
            "measure_seconds",
            *LOSS_COLUMNS,
            "loss_followed",
            *(f"{name}_lower" for name in (*STEP_COLUMNS, *LOSS_COLUMNS)),
        )
        assert store.query("SELECT phase, count(*) FROM runs GROUP BY phase").rows == []
        assert store.query("SELECT id, step FROM curves").rows == []


@pytest.mark.parametrize(
    "sql",
    [
        "WITH r AS (SELECT * FROM runs) SELECT count(*) FROM r",
        "FROM runs",
        "DESCRIBE runs",
        "SUMMARIZE SELECT seed FROM runs",
        "SHOW TABLES",
        "SELECT 1;",
        "SELECT 1 -- with a remark",
    ],
)
def test_reading_is_allowed(store: Store, sql: str) -> None:
    assert len(store.query(sql)) > 0


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DROP VIEW runs", "DROP is refused"),
        ("CREATE TABLE mine (x INT)", "CREATE is refused"),
        ("COPY runs TO '{out}' (FORMAT csv)", "COPY is refused"),
        ("ATTACH '{out}'", "ATTACH is refused"),
        ("SET threads = 1", "SET is refused"),
        ("INSTALL httpfs", "is refused"),
        ("EXPLAIN SELECT 1", "EXPLAIN is refused"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO '{shards}/x.parquet'", "EXPLAIN is refused"),
        ("EXPLAIN ANALYZE DROP VIEW runs", "EXPLAIN is refused"),
        ("SELECT 1; DROP VIEW runs", "one statement; there are 2"),
        ("", "one statement; there are 0"),
        ("SELEC 1", "syntax error"),
        ("SELECT colour FROM runs", 'column "colour" not found'),
        ("SELECT * FROM records", "records does not exist"),
        ("SELECT * FROM read_csv('{secret}')", "disabled by configuration"),
        ("SELECT * FROM read_text('{secret}')", "disabled by configuration"),
        ("SELECT * FROM glob('{parent}/*')", "disabled by configuration"),
        ("SELECT * FROM store", "does not exist"),
        ("SELECT if(range = 300000, error('late'), 0) FROM range(400000)", "late"),
        ("SELECT error('mine' || chr(10) || 'two')", "mine two"),
    ],
)
def test_everything_else_is_refused_in_a_sentence(
    store: Store, tmp_path: Path, sql: str, told: str
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    before = sorted(tmp_path.rglob("*"))
    shards = store.path / "shards"
    written = sql.format(out=tmp_path / "out", secret=secret, parent=tmp_path, shards=shards)
    with pytest.raises(GrokphaseError, match=told) as caught:
        store.query(written)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".CSV"])
def test_export_is_what_the_query_answers(store: Store, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text("old")
    store.export(path)
    read = "read_parquet" if suffix == ".parquet" else "read_csv"
    with duckdb.connect() as database:
        found = database.execute(f"SELECT id, phase, seed FROM {read}('{path}') ORDER BY id")
        assert found.fetchall() == store.query("SELECT id, phase, seed FROM runs ORDER BY id").rows
    for end in (";", " -- all"):
        store.export(str(path), f"SELECT count(*) AS n FROM runs{end}")
        with duckdb.connect() as database:
            assert database.execute(f"SELECT n FROM {read}('{path}')").fetchall() == [(8,)]
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, "store"]


@pytest.mark.parametrize(
    ("name", "sql", "told"),
    [
        ("out.xlsx", None, "parquet or .csv"),
        ("out", None, "parquet or .csv"),
        ("none/out.csv", None, "There is no folder"),
        ("out.csv", "SELECT colour FROM runs", "colour"),
        ("out.csv", "DROP VIEW runs", "DROP is refused"),
        ("out.csv", "SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
    ],
)
def test_export_refuses_and_leaves_nothing(
    store: Store, tmp_path: Path, name: str, sql: str | None, told: str
) -> None:
    with pytest.raises(GrokphaseError, match=told):
        store.export(tmp_path / name, sql)
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


@pytest.mark.skipif(not Path("/proc").exists(), reason="this system has no /proc")
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/proc/out.csv", "No such file or directory"),
        ("/proc/out.parquet", "No such file or directory"),
        ("{here}/folder.csv", "Is a directory"),
    ],
)
def test_an_export_to_a_place_that_refuses_is_told_of_that_place(
    store: Store, tmp_path: Path, target: str, reason: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.rglob("*"))
    path = target.format(here=tmp_path)
    told = f'^"{path}" could not be used \\({reason}\\): the file was not written.$'
    with pytest.raises(GrokphaseError, match=told):
        store.export(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert store.notes == []


def test_queries_do_not_touch_the_current_folder(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    store.query("SELECT * FROM runs ORDER BY random()")
    assert list((tmp_path / "here").iterdir()) == []
