"""``grokphase runs``: what is kept can be listed, shown, asked, written out and removed."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import LR


@pytest.fixture
def ids(grokphase, store: Path) -> list[str]:
    return [
        run["id"] for run in json.loads(grokphase("runs", "ls", "--store", store, "--json").out)
    ]


def test_lists_the_newest(grokphase, store: Path, ids: list[str]):
    assert len(ids) == 2
    header, *lines = grokphase("runs", "ls", "--store", store).out.splitlines()
    assert [line.split("\t")[header.split("\t").index("id")] for line in lines] == ids
    assert len(grokphase("runs", "ls", "--store", store, "--limit", "1").out.splitlines()) == 2


def test_lists_by_phase(grokphase, store: Path):
    every = json.loads(grokphase("runs", "ls", "--store", store, "--json").out)
    for phase in ("grokking", every[0]["phase"]):
        listed = grokphase("runs", "ls", "--store", store, "--phase", phase, "--json").out
        assert json.loads(listed) == [run for run in every if run["phase"] == phase]


def test_shows_a_run_by_the_beginning_of_its_id(grokphase, store: Path, ids: list[str]):
    shown = grokphase("runs", "show", ids[0][:6], "--store", store).out
    assert ids[0] in shown
    assert f"{LR}\t0.001" in shown
    run = json.loads(grokphase("runs", "show", ids[0][:6], "--store", store, "--json").out)
    assert run["id"] == ids[0]
    assert len(run["curves"]["step"]) == len(run["curves"]["train_loss"])
    assert run["weights"]["embedding"] == [5, 1]


def test_answers_sql(grokphase, store: Path, ids: list[str]):
    sql = f'SELECT id, "{LR}" AS rate FROM runs ORDER BY id'
    assert grokphase("runs", "query", sql, "--store", store).out.splitlines() == [
        "id\trate",
        *(f"{run}\t0.001" for run in sorted(ids)),
    ]
    found = json.loads(grokphase("runs", "query", sql, "--store", store, "--json").out)
    assert found == {"columns": ["id", "rate"], "rows": [[run, 0.001] for run in sorted(ids)]}


def test_exports(grokphase, tmp_path: Path, store: Path, ids: list[str]):
    assert grokphase("runs", "export", "all.csv", "--store", store).code == 0
    with (tmp_path / "all.csv").open() as file:
        assert {row["id"] for row in csv.DictReader(file)} == set(ids)
    sql = "SELECT count(*) AS n FROM curves"
    told = grokphase("runs", "export", "n.parquet", "--sql", sql, "--store", store, "--json")
    assert json.loads(told.out)["bytes"] == (tmp_path / "n.parquet").stat().st_size


def test_removes_without_reading_runs(
    grokphase, tmp_path: Path, store: Path, ids: list[str], monkeypatch
):
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    monkeypatch.delattr("grokphase.store.reading.load")
    removed = grokphase("runs", "rm", ids[0][:8], "--store", copy, "--json")
    assert json.loads(removed.out) == {"removed": [ids[0]]}
    left = json.loads(grokphase("runs", "ls", "--store", copy, "--json").out)
    assert [run["id"] for run in left] == ids[1:]


def test_the_store_can_be_named_by_the_environment(grokphase, store: Path, ids, monkeypatch):
    monkeypatch.setenv("GROKPHASE_STORE", str(store))
    assert [run["id"] for run in json.loads(grokphase("runs", "ls", "--json").out)] == ids


def test_lists_sweeps_by_whose_ids_runs_are_listed(grokphase, store: Path, ids: list[str]):
    (sweep,) = json.loads(grokphase("runs", "sweeps", "--store", store, "--json").out)
    assert sweep["runs"] == 2
    assert sweep["command"].startswith("grokphase train addition")
    header, line = grokphase("runs", "sweeps", "--store", store).out.splitlines()
    assert dict(zip(header.split("\t"), line.split("\t"), strict=True))["id"] == sweep["id"]
    listed = grokphase("runs", "ls", "--sweep", sweep["id"], "--store", store, "--json").out
    assert [run["id"] for run in json.loads(listed)] == ids


def test_a_limit_beyond_counting_is_refused_in_a_sentence(grokphase, store: Path):
    refused = grokphase("runs", "ls", "--limit", "9" * 20, "--store", store)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert "--limit 9999" in refused.err


def test_an_export_that_is_refused_says_where(grokphase, tmp_path: Path, store: Path):
    (tmp_path / "out.csv").mkdir()
    refused = grokphase("runs", "export", "out.csv", "--store", store)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert 'out.csv" could not be used' in refused.err
