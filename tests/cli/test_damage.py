"""A damaged shard is told by every verb, in one sentence with the way to repair it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import TRAIN

from grokphase.store import Store

VERBS = (
    ("runs", "ls"),
    ("runs", "sweeps"),
    ("runs", "query", "SELECT count(*) FROM runs"),
    ("runs", "export", "all.csv"),
    ("runs", "export", "all.parquet"),
)


@pytest.fixture
def damaged(store: Path, tmp_path: Path) -> Path:
    """A copy of the store with four other bytes in its one shard."""
    copy = tmp_path / "damaged"
    shutil.copytree(store, copy)
    with Store.open(copy) as opened:
        opened.compact()
    (shard,) = (copy / "shards").glob("*.parquet")
    with shard.open("r+b") as file:
        file.seek(shard.stat().st_size // 2)
        file.write(b"\xff\x00\xff\x00")
    return copy


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("json_too", [False, True])
def test_is_told_by_every_verb_that_reads(grokphase, damaged: Path, verb, json_too: bool):
    done = grokphase(*verb, "--store", damaged, *["--json"] * json_too)
    assert done.code == 0
    (line,) = done.err.splitlines()
    assert "has another content than it had: its 2 runs are left out" in line
    assert "grokphase doctor --rebuild" in line


def test_a_run_in_it_is_not_there(grokphase, store: Path, damaged: Path):
    run = json.loads(grokphase("runs", "ls", "--store", store, "--json").out)[0]["id"]
    for words in (("show", run), ("rm", run)):
        done = grokphase("runs", *words, "--store", damaged)
        assert done.code == 2
        assert "has another content than it had" in done.err
        assert "Traceback" not in done.err


def test_doctor_finds_it_and_repairs(grokphase, damaged: Path, monkeypatch):
    monkeypatch.setattr("grokphase.training.numerics.check", lambda: [])
    found = grokphase("doctor", "--store", damaged, "--json")
    assert found.code == 1
    assert "has another content" in json.loads(found.out)["store"]["problems"][0]
    assert grokphase("doctor", "--rebuild", "--store", damaged).code == 0
    sound = grokphase("doctor", "--store", damaged, "--json")
    assert (sound.code, json.loads(sound.out)["store"]["problems"]) == (0, [])


def test_train_says_so_and_trains_them_again(grokphase, store: Path, damaged: Path):
    before = json.loads(grokphase("runs", "ls", "--store", store, "--json").out)
    done = grokphase(*TRAIN, "--store", damaged, "--json")
    assert done.code == 0
    assert "set aside: the same command computes its 2 runs again" in done.err
    after = json.loads(grokphase("runs", "ls", "--store", damaged, "--json").out)
    changing = {"seconds", "finished"}
    for runs in (before, after):
        for run in runs:
            for name in changing:
                del run[name]
    key = lambda run: run["id"]  # noqa: E731
    assert sorted(before, key=key) == sorted(after, key=key)
