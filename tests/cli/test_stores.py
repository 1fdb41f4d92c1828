"""How commands open a store: damage is told, a writer waited for, and none made by looking."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import MAP, TRAIN, files_in

from grokphase.errors import GrokphaseError
from grokphase.store import Store

OPENING = {
    "train": TRAIN,
    "map": MAP,
    "reproduce": ("reproduce", "liu2022/fig4a"),
    "rm": ("runs", "rm", "1a"),
    "doctor": ("doctor", "--rebuild"),
}


@pytest.fixture
def copy(tmp_path: Path, store: Path) -> Path:
    """A store with two trained runs in one shard, to be written to."""
    with Store.open(shutil.copytree(store, tmp_path / "copy")) as kept:
        kept.compact()
    return kept.path


@pytest.fixture
def damaged(copy: Path) -> Path:
    """The same with half of its shard gone."""
    (shard,) = copy.glob("shards/*")
    os.truncate(shard, shard.stat().st_size // 2)
    return copy


@pytest.fixture
def sound_numerics(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check of the numerics that finds nothing; it has tests of its own."""
    monkeypatch.setattr("grokphase.training.numerics.check_where_runs_are_trained", list)


def test_damage_is_told_on_stderr_and_the_rest_shown(grokphase, damaged: Path):
    told = grokphase("runs", "ls", "--store", damaged, "--json")
    assert (told.code, json.loads(told.out)) == (0, [])
    assert "2 runs are left out" in told.err
    assert len(told.err.splitlines()) == 1
    assert "is set aside" in grokphase("runs", "rm", "1a", "--store", damaged).err
    assert grokphase("runs", "ls", "--store", damaged).err == ""


def test_doctor_tells_what_a_rebuild_cost(grokphase, damaged: Path, sound_numerics):
    found = grokphase("doctor", "--store", damaged, "--json")
    (problem,) = json.loads(found.out)["store"]["problems"]
    assert (found.code, "2 runs" in problem) == (1, True)
    rebuilt = grokphase("doctor", "--store", damaged, "--rebuild")
    assert rebuilt.code == 0
    assert "state\trepaired\n" in rebuilt.out
    assert "computes its 2 runs again" in rebuilt.out
    again = json.loads(grokphase("doctor", "--store", damaged, "--rebuild", "--json").out)
    assert (again["store"]["repaired"], again["store"]["problems"]) == ([], [])


def test_doctor_tells_what_only_a_rebuild_finds(grokphase, copy: Path, sound_numerics):
    (shard,) = copy.glob("shards/*")
    times = shard.stat().st_atime_ns, shard.stat().st_mtime_ns
    shard.write_bytes(bytes(shard.stat().st_size))
    os.utime(shard, ns=times)
    told = grokphase("doctor", "--store", copy, "--rebuild", "--json")
    (note,) = json.loads(told.out)["store"]["repaired"]
    assert "computes its 2 runs again" in note


@pytest.mark.parametrize("words", [("runs", "ls"), ("runs", "rm", "1a"), ("doctor", "--rebuild")])
def test_an_empty_folder_is_no_store_and_stays_empty(
    grokphase, tmp_path: Path, words: tuple[str, ...], sound_numerics
):
    (tmp_path / "empty").mkdir()
    refused = grokphase(*words, "--store", "empty")
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert "is not a grokphase store" in refused.err
    assert files_in(tmp_path) == ["empty"]


def test_a_writer_is_waited_for_if_asked(grokphase, copy: Path, monkeypatch):
    (run, _) = json.loads(grokphase("runs", "ls", "--store", copy, "--json").out)
    remove = ("runs", "rm", run["id"], "--store", copy)
    with Store.open(copy) as writer:
        refused = grokphase(*remove)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
        assert "--wait 60" in refused.err
        monkeypatch.setattr("grokphase.store.lock.time.sleep", lambda seconds: writer.close())
        assert grokphase(*remove, "--wait", "60").code == 0


@pytest.mark.parametrize("words", OPENING.values(), ids=OPENING.keys())
def test_every_command_that_writes_can_wait(
    grokphase, copy: Path, monkeypatch, words: tuple[str, ...]
):
    asked = []

    def refuse(path: Path, *, read_only: bool = False, wait: float = 0.0) -> Store:
        asked.append((path, read_only, wait))
        raise GrokphaseError("not now")

    monkeypatch.setattr(Store, "open", refuse)
    assert grokphase(*words, "--store", copy, "--wait", "7").err == "grokphase: not now\n"
    assert asked == [(copy, False, 7.0)]


@pytest.mark.parametrize("seconds", ["-1", "nan", "long"])
def test_no_time_to_wait(grokphase, store: Path, seconds: str):
    refused = grokphase("runs", "ls", "--store", store, "--wait", seconds)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert "--wait" in refused.err
