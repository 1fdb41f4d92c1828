"""``grokphase runs``: what is kept can be listed, shown, asked, written out and removed."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import LR, WD
from tests.store.samples import make_record, run_id

from grokphase.store import Store


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
        listed = json.loads(
            grokphase("runs", "ls", "--store", store, "--phase", phase, "--json").out
        )
        assert [run["id"] for run in listed] == [r["id"] for r in every if r["phase"] == phase]


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


def test_what_json_has_no_kind_for_is_text(grokphase, store: Path):
    """Decimals of SQL are numbers; they and dates were a traceback, or numbers as text."""
    sql = "SELECT 0.5 * seed AS half, DATE '2026-01-02' AS day, {'at': TIME '10:00:00'} AS of_it"
    told = grokphase("runs", "query", f"{sql} FROM runs LIMIT 1", "--store", store, "--json")
    ((half, day, of_it),) = json.loads(told.out)["rows"]
    assert isinstance(half, float)
    assert (day, of_it) == ("2026-01-02", {"at": "10:00:00"})


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


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Twelve runs of one task that differ in two settings, seven of them of two sweeps."""
    path = tmp_path / "mixed"
    with Store.open(path) as made:
        made.write([make_record(n) for n in range(12)])
        for sweep, runs in (("one", range(7)), ("two", range(5, 8))):
            made.begin_sweep(sweep, {}, "")
            made.finish_sweep(sweep, [run_id(n) for n in runs])
    return path


def test_a_failed_run_is_shown_with_its_traceback(grokphase, tmp_path: Path):
    told = "Traceback (most recent call last):\n  line [3], in train\nValueError: no\n"
    failed = replace(make_record(0), phase="failed", message="ValueError: no")
    failed = replace(failed, provenance={**failed.provenance, "traceback": told})
    with Store.open(tmp_path / "failed") as store:
        store.write([failed])
    shown = grokphase("runs", "show", failed.id, "--store", tmp_path / "failed").out
    assert shown.endswith(told)


def test_a_listing_shows_what_distinguishes_its_runs(grokphase, mixed: Path):
    header, *lines = grokphase("runs", "ls", "--store", mixed).out.splitlines()
    names = header.split("\t")
    assert names[4:6] == ["decoder.weight_decay", "decoder.learning_rate"]
    assert [line.split("\t")[4] for line in lines] == [str(n) for n in range(11, -1, -1)]
    every = json.loads(grokphase("runs", "ls", "--store", mixed, "--json").out)
    assert every[0]["settings"] == {LR: 1e-5, WD: 11}
    one = json.loads(grokphase("runs", "ls", "--limit", 1, "--store", mixed, "--json").out)
    assert one[0]["settings"] == {}


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_listing_fits_the_terminal(grokphase, mixed: Path, monkeypatch, width: int):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    printed = grokphase("runs", "ls", "--store", mixed).out
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()
    assert len(lines) == 13
    assert max(map(len, lines)) <= width
    assert "decoder.weight_decay" in lines[0]
    assert ("steps_trained" in lines[0]) == (width == 140)
    assert run_id(11) in lines[1]


def test_removes_the_runs_of_a_sweep_that_no_other_has(grokphase, mixed: Path):
    told = grokphase("runs", "rm", "--sweep", "one", "--store", mixed)
    assert told.out == (
        "Removed 5 runs of one; 2 that other sweeps have too are kept "
        "(--shared removes those as well).\n"
    )
    removed = grokphase("runs", "rm", "--sweep", "two", "--shared", "--store", mixed, "--json")
    assert json.loads(removed.out) == {"removed": [run_id(n) for n in (5, 6, 7)], "kept": []}
    assert len(grokphase("runs", "ls", "--store", mixed).out.splitlines()) == 1 + 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rm",), "or a sweep: --sweep ID"),
        (("rm", "1a", "--sweep", "one"), "either runs or a --sweep"),
        (("rm", "1a", "--shared"), "--shared is for --sweep"),
        (("rm", "--sweep", "noe"), 'No sweep "noe" is in the store'),
        (("ls", "--sweep", "noe"), 'No sweep "noe" is in the store'),
        (("query", "SELECT 1", "--sweep", "noe"), 'No sweep "noe" is in the store'),
        (("export", "a.csv", "--sweep", "noe"), 'No sweep "noe" is in the store'),
        (("export", "a.xlsx", "--curves"), ".parquet or .csv"),
        (("export", "a.csv", "--curves", "--sql", "SELECT 1"), "leave out --curves"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(grokphase, mixed: Path, words, told: str):
    refused = grokphase("runs", *words, "--store", mixed)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert told in refused.err


def test_exports_the_curves_of_a_sweep(grokphase, tmp_path: Path, mixed: Path):
    words = ("runs", "export", "curves.csv", "--curves", "--sweep", "two", "--store", mixed)
    assert grokphase(*words).code == 0
    with (tmp_path / "curves.csv").open() as file:
        rows = [*csv.DictReader(file)]
    assert {row["id"] for row in rows} == {run_id(n) for n in (5, 6, 7)}
    assert [row["step"] for row in rows[:3]] == ["0", "1", "2"]
    counted = ("runs", "query", "SELECT count(*) FROM curves", "--sweep", "two", "--store", mixed)
    assert grokphase(*counted, "--json").out.strip().endswith(f"[[{len(rows)}]]}}")
