"""Whatever cannot be used: one sentence, exit code 2, and nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import LR, MAP, TINY, TRAIN, WD, files_in

X = ("--x", f"{LR}=1e-3,1e-2")
Y = ("--y", f"{WD}=0..10:3")
AXES = (*X, *Y)
LONG = "9" * 30

WRONG = {
    # the words of the command
    "verb": ("mpa",),
    "verb of runs": ("runs", "lss"),
    "option": ("map", "addition", *AXES, "--sedes", "3"),
    "short option": ("train", "addition", "-x"),
    "second task": ("train", "addition", "subtraction"),
    "twice": ("map", "addition", *AXES, *X),
    "missing axis": ("map", "addition", *X),
    "missing value": ("map", "addition", *X, "--y"),
    "not a number": ("train", "addition", "--steps", "many"),
    "flag with a value": ("train", "addition", "--json=perhaps"),
    # what is trained
    "task": ("train", "adition"),
    "no task": ("train",),
    "task and table": ("train", "addition", "--table", "x.csv"),
    "no such table": ("train", "--table", "absent.csv"),
    "table of another kind": ("train", "--table", "x.xlsx"),
    "p": ("train", "addition", "--p", "1"),
    "negative p": ("train", "addition", "--p", "-3"),
    "option of a task": ("train", "addition", "--set", "task.q=3"),
    "model": ("train", "addition", "--model", "mpl"),
    "model that needs symbols": ("train", "sparse-parity", "--model", "toy"),
    "width": ("train", "addition", "--set", "model.widths.0=0"),
    "fraction": ("train", "addition", "--set", "split.fraction=1.5"),
    "all samples": ("train", "addition", "--set", "split.count=55"),
    "NaN": ("train", "addition", "--set", f"{LR}=nan"),
    "infinity": ("train", "addition", "--set", f"{LR}=inf"),
    "negative rate": ("train", "addition", "--set", f"{LR}=-1"),
    "rate in words": ("train", "addition", "--set", f"{LR}=fast"),
    "beta": ("train", "addition", "--set", "recipe.decoder.beta1=1"),
    "no steps": ("train", "addition", "--steps", "0"),
    "steps beyond counting": ("train", "addition", "--steps", LONG),
    "half a step": ("train", "addition", "--set", "recipe.steps=1.5"),
    "unknown setting": ("train", "addition", "--set", "recipe.decoder.learning_rat=1"),
    "setting without value": ("train", "addition", "--set", LR),
    "setting with an empty value": ("train", "addition", "--set", f"{LR}="),
    "setting twice": ("train", "addition", "--set", f"{LR}=1", "--set", f"{LR}=2"),
    "stop rule": ("train", "addition", "--set", "recipe.stop=never"),
    "loss of another target": ("train", "addition", "--set", "recipe.loss=cross-entropy"),
    "batch": ("train", "addition", "--set", "recipe.batch=99"),
    # seeds and workers
    "no seeds": ("train", "addition", "--seeds", "0"),
    "seeds in words": ("train", "addition", "--seeds", "few"),
    "seed twice": ("train", "addition", "--seeds", "1,1"),
    "negative seed": ("train", "addition", "--seed", "-1"),
    "list and first seed": ("train", "addition", "--seeds", "1,2", "--seed", "3"),
    "seed as a setting": ("train", "addition", "--set", "seed=3"),
    "seeds beyond counting": ("map", "addition", *AXES, "--seeds", LONG),
    "no workers": ("train", "addition", "--workers", "0"),
    "workers and cluster": (*MAP, "--workers", "2", "--cluster", "tcp://127.0.0.1:1"),
    # axes
    "axis": ("map", "addition", "--x", "recipe.decoder.learning_rat=1e-3,1e-2", *Y),
    "axis without values": ("map", "addition", "--x", LR, *Y),
    "empty range": ("map", "addition", "--x", f"{LR}=1e-2..1e-3:4", *Y),
    "range of nothing": ("map", "addition", "--x", f"{LR}=1e-2..1e-2:4", *Y),
    "one value": ("map", "addition", "--x", f"{LR}=1e-2", *Y),
    "no number of values": ("map", "addition", "--x", f"{LR}=1e-3..1e-2", *Y),
    "NaN on an axis": ("map", "addition", "--x", f"{LR}=nan,1", *Y),
    "values beyond counting": ("map", "addition", "--x", f"{LR}=1e-5..1e-2:{LONG}", *Y),
    "too many values": ("map", "addition", "--x", f"{LR}=1e-5..1e-2:10001", *Y),
    "too many runs": ("map", "addition", "--x", f"{LR}=1..2:1001", "--y", f"{WD}=1..2:1000"),
    "too many seeds": ("map", "addition", *AXES, "--seeds", "200000", "--dry-run"),
    "log from zero": ("map", "addition", "--x", f"{LR}=0..1:4:log", *Y),
    "scale": ("map", "addition", "--x", f"{LR}=1e-3..1:4:lg", *Y),
    "negative rates": ("map", "addition", "--x", f"{LR}=-2,-1", *Y),
    "times": (*MAP, "--by", "chance"),
    "the same axis twice": ("map", "addition", *X, "--y", f"{LR}=1e-4,1e-5"),
    "seed as an axis": ("map", "addition", *X, "--y", "seed=0..3:4"),
    "fractions beyond 1": ("map", "addition", *X, "--y", "split.fraction=0.5,1.5"),
    # the store
    "no store to list": ("runs", "ls"),
    "no store to ask": ("runs", "query", "SELECT 1"),
    "nothing to remove": ("runs", "rm"),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_one_sentence_and_nothing_written(grokphase, tmp_path: Path, words: tuple[str, ...]):
    refused = grokphase(*words)
    assert refused.code == 2
    assert refused.out == ""
    assert refused.err.startswith("grokphase: ")
    assert len(refused.err.splitlines()) == 1
    assert "Traceback" not in refused.err
    assert files_in(tmp_path) == []


PLANNED = {
    "map": (*MAP,),
    "sweep": ("sweep", "addition", "--over", f"{WD}=0,1"),
    "corpus": ("corpus", "build", "--out", "corpus.parquet"),
    "reproduce": ("reproduce", "levi2024"),
    "race": ("race", "modular-addition"),
}


def test_a_name_that_is_too_long_is_refused(grokphase, tmp_path: Path):
    refused = grokphase(*MAP, "--dry-run", "--out", "a" * 300)
    assert refused.code == 2
    assert "cannot be written (file name too long)" in refused.err


def test_a_corpus_replaces_the_file_of_before_and_no_folder(grokphase, tmp_path: Path):
    (tmp_path / "corpus.parquet").touch()
    words = ("corpus", "build", "--runs", "20", "--dry-run", "--out")
    assert grokphase(*words, "corpus.parquet").code == 0
    (tmp_path / "folder.parquet").mkdir()
    assert "is a directory" in grokphase(*words, "folder.parquet").err


@pytest.mark.parametrize("option", ["--store", "--out"])
@pytest.mark.parametrize("words", PLANNED.values(), ids=PLANNED.keys())
def test_a_plan_refuses_the_places_that_the_run_would(
    grokphase, tmp_path: Path, words: tuple[str, ...], option: str
):
    (tmp_path / "file").touch()
    place = "file/it/c.parquet" if words[0] == "corpus" and option == "--out" else "file/below"
    kept = words if option not in words else words[: words.index(option)]
    refused = grokphase(*kept, "--dry-run", option, place)
    assert refused.code == 2
    assert "is not a directory" in refused.err
    assert len(refused.err.splitlines()) == 1


NEAREST = {
    ("mpa",): '"map"',
    ("runs", "shwo"): '"show"',
    ("map", "addition", *AXES, "--sedes", "3"): "--seeds",
    ("train", "adition"): '"addition"',
    ("train", "addition", "--model", "tyo"): '"toy"',
    ("train", "addition", "--set", "recipe.decoder.learning_rat=1"): f'"{LR}"',
    ("map", "addition", "--x", "recipe.decoder.weight_decai=0,1", *Y): f'"{WD}"',
    ("map", "addition", "--x", f"{LR}=1e-3..1:4:lg", *Y): '"log"',
}


@pytest.mark.parametrize(("words", "name"), NEAREST.items(), ids=[" ".join(w) for w in NEAREST])
def test_names_the_nearest_right_name(grokphase, words: tuple[str, ...], name: str):
    assert f"Did you mean {name}?" in grokphase(*words).err


def test_with_json_the_sentence_is_still_on_stderr(grokphase):
    refused = grokphase("train", "adition", "--json")
    assert (refused.code, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1


TABLES = {
    "not square": "0,1,1\n0,0,0\n",
    "ragged": "0,1\n1\n",
    "not whole": "0,1\n1,0.5\n",
    "words": "a,b\na,b\n",
    "empty": "",
    "one class": "0\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES.keys())
def test_tables_that_are_none(grokphase, tmp_path: Path, text: str):
    (tmp_path / "op.csv").write_text(text)
    refused = grokphase("train", "--table", "op.csv")
    assert refused.code == 2
    assert len(refused.err.splitlines()) == 1
    assert files_in(tmp_path) == ["op.csv"]


def test_a_table_of_another_shape_in_npy(grokphase, tmp_path: Path):
    np.save(tmp_path / "op.npy", np.zeros((2, 3, 2), int))
    refused = grokphase("train", "--table", "op.npy")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)


@pytest.mark.parametrize("command", [MAP, TRAIN], ids=["map", "train"])
@pytest.mark.parametrize("option", ["--store", "--out"])
@pytest.mark.parametrize("place", ["file", "file/below", "/proc/grokphase"])
def test_places_that_cannot_be_written(
    grokphase, tmp_path: Path, command: tuple[str, ...], option: str, place: str
):
    (tmp_path / "file").write_text("not a folder")
    refused = grokphase(*command, option, place)
    assert refused.code == 2
    assert option in refused.err
    assert len(refused.err.splitlines()) == 1
    assert files_in(tmp_path) == ["file"]


@pytest.mark.parametrize("command", [MAP, ("runs", "ls"), ("runs", "rm", "1a")])
def test_a_store_of_a_newer_version(grokphase, tmp_path: Path, store: Path, command):
    newer = tmp_path / "newer"
    newer.mkdir()
    marker = json.loads((store / "store.json").read_text())
    numbers = {name: 999 for name, value in marker.items() if isinstance(value, int)}
    (newer / "store.json").write_text(json.dumps(marker | numbers))
    before = files_in(tmp_path)
    refused = grokphase(*command, "--store", newer)
    assert refused.code == 2
    assert "newer" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert files_in(tmp_path) == before


def test_a_store_that_is_another_folder(grokphase, tmp_path: Path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.txt").write_text("meow")
    refused = grokphase(*TRAIN, "--store", "photos")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert files_in(tmp_path) == ["photos", "photos/cat.txt"]


def test_a_cluster_that_does_not_answer(grokphase, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("grokphase.cli.executors.SECONDS_TO_CONNECT", 0.2)
    refused = grokphase("train", "addition", *TINY, "--cluster", "tcp://127.0.0.1:9")
    assert refused.code == 2
    assert "tcp://127.0.0.1:9" in refused.err
    assert files_in(tmp_path) == []


IN_A_STORE = {
    "no such run": ("show", "zz"),
    "no such run to remove": ("rm", "zz"),
    "not SQL": ("query", "SELEC 1"),
    "SQL that writes": ("query", "DROP TABLE runs"),
    "no such column": ("query", "SELECT colour FROM runs"),
    "file of another kind": ("export", "runs.xlsx"),
    "folder that is not there": ("export", "absent/runs.csv"),
    "phase": ("ls", "--phase", "groking"),
    "sweep": ("ls", "--sweep", "absent"),
    "limit": ("ls", "--limit", "0"),
}


@pytest.mark.parametrize("words", IN_A_STORE.values(), ids=IN_A_STORE.keys())
def test_questions_to_a_store_that_it_refuses(grokphase, tmp_path, store, words):
    refused = grokphase("runs", *words, "--store", store)
    assert (refused.code, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
    assert files_in(tmp_path) == []


def test_removes_all_named_runs_or_none(grokphase, store: Path):
    known = json.loads(grokphase("runs", "ls", "--store", store, "--json").out)
    assert grokphase("runs", "rm", known[0]["id"], "zz", "--store", store).code == 2
    assert json.loads(grokphase("runs", "ls", "--store", store, "--json").out) == known


def test_a_store_that_another_writer_holds(grokphase, tmp_path: Path):
    holding = """
from grokphase.store import Store
with Store.open("held"):
    print(flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", holding],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        refused = grokphase(*TRAIN, "--store", "held")
        writer.communicate(b"\n")
    assert refused.code == 2
    assert str(writer.pid) in refused.err
    assert len(refused.err.splitlines()) == 1
