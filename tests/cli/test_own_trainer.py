"""A map of a training function whose process is killed: the same command goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.workers.test_processes import is_running

from grokphase.store import Store

SCRIPT = """
import os, time
from pathlib import Path

defaults = {"lr": 0.1, "wd": 0.0, "steps": 50}

def train(settings, report):
    folder = Path(os.environ["NOTES"])
    with open(folder / f"{settings['lr']}-{settings['wd']}", "a") as file:
        print(os.getpid(), file=file)
    if settings["lr"] == 2 and settings["wd"] == 1:
        while not (folder / "go").exists():  # hangs, and never reports
            time.sleep(0.01)
    for step in range(0, 51, 5):
        share = min(1.0, settings["lr"] * step)
        if report(step, train_accuracy=share, validation_accuracy=share, loudness=step):
            break
"""
WORDS = ["map", "mine.py:train", "--x", "lr=0.01,2", "--y", "wd=0,1", "--json", "--workers", "1"]


def waits_for(true: object, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)


def kept(path: Path) -> int:
    with Store.open(path, read_only=True) as store:
        return store.count()


def test_the_same_command_goes_on(
    grokphase: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    monkeypatch.setenv("NOTES", str(notes))
    (tmp_path / "mine.py").write_text(SCRIPT)
    last = notes / "2.0-1.0"
    command = [sys.executable, "-m", "grokphase", *WORDS]
    driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    waits_for(last.exists)
    waits_for(lambda: kept(tmp_path / "grokphase-store") == 3)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    worker = int(last.read_text())
    waits_for(lambda: not is_running(worker))  # although its function goes on for ever
    (notes / "go").touch()
    done = grokphase(*WORDS)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["phase"] == [["confusion", "comprehension"]] * 2, found["notes"]
    times = {path.name: len(path.read_text().splitlines()) for path in notes.glob("*-*")}
    assert times == {"0.01-0.0": 1, "0.01-1.0": 1, "2.0-0.0": 1, "2.0-1.0": 2}
    assert "evaluated" in found["notes"][0]["sentence"]
    listed = json.loads(grokphase("runs", "ls", "--json").out)
    assert {row["task"] for row in listed} == {"mine.train"}


def test_bad_input_from_the_shell_is_a_sentence(grokphase: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    for words, said in (
        (["mine.py:trian"], 'Did you mean "train"'),
        (["other.py:train"], 'no file "other.py"'),
        (["mine.py:train", "--model", "mlp"], "--model is for tasks"),
        (["mine.py:train", "--set", "lrr=1"], 'Did you mean "lr"'),
        (["mine.py:train", "--set", "lr=1"], "--set lr=1 sets what the axis lr varies"),
    ):
        done = grokphase("map", *words, "--x", "lr=0.01,2", "--y", "wd=0,1")
        assert done.code == 2, words
        assert said in done.err
    done = grokphase("map", "mine.py:train", "--x", "rate=0.01,2", "--y", "wd=0,1")
    assert (done.code, '"rate" is no setting of mine.train' in done.err) == (2, True)
    assert sorted(os.listdir(tmp_path)) == ["mine.py"] or "__pycache__" in os.listdir(tmp_path)


def test_a_message_is_listed_beside_its_run(grokphase: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def train(settings, report):\n    raise RuntimeError('out of paper')\n"
    )
    assert grokphase("train", "mine.py:train", "--set", "steps=3").code == 1
    listed = grokphase("runs", "ls").out
    assert "RuntimeError: out of paper (mine.py, line 2)" in listed
    (row,) = json.loads(grokphase("runs", "ls", "--json").out)
    assert row["message"] == "RuntimeError: out of paper (mine.py, line 2)"


def test_a_plan_asks_nothing_of_the_function(grokphase: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    done = grokphase(*[word for word in WORDS if word != "--json"], "--dry-run")
    assert done.code == 0
    assert "not known before a run has finished" in done.out
    settings = grokphase("settings", "mine.py:train", "--json")
    names = [row["setting"] for row in json.loads(settings.out)["settings"]]
    assert names[:3] == ["lr", "wd", "steps"]
