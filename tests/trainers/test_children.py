"""Processes that a training function starts: they find what its script defines, and end with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from tests.workers.test_processes import is_running

import grokphase as gp
from grokphase.store.record import RunRecord
from grokphase.trainers import TrainerSpec
from grokphase.training import Sweep

SCRIPT = """
import multiprocessing
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import helper


@dataclass
class Pair:
    left: int
    right: int


def total(pair):
    return helper.plus(pair.left, pair.right)


def train(settings, report):
    with ProcessPoolExecutor(1, multiprocessing.get_context(settings["how"])) as pool:
        (found,) = pool.map(total, [Pair(4, 3)])
    report(0, train_accuracy=0.0, validation_accuracy=0.0, found=found)


def hangs(settings, report):
    report(0, train_accuracy=0.0, validation_accuracy=0.0)
    child = subprocess.Popen(["sleep", "600"])
    Path(settings["note"]).write_text(str(child.pid))
    time.sleep(600)
"""
HELPER = "def plus(one, other):\n    return one + other\n"


def run(folder: Path, name: str, settings: dict[str, Any], limit: float) -> RunRecord:
    (folder / "mine.py").write_text(SCRIPT)
    (folder / "helper.py").write_text(HELPER)
    trainer = gp.Trainer(f"{folder / 'mine.py'}:{name}", limit=limit)
    (record,) = Sweep(workers=1).run([TrainerSpec.of(trainer, settings)])
    return record


@pytest.mark.parametrize("how", ["spawn", "forkserver"])
def test_they_find_what_its_script_defines(tmp_path: Path, how: str) -> None:
    record = run(tmp_path, "train", {"how": how}, limit=60)
    assert (record.message, record.final.get("found")) == ("", 7)


def test_they_end_with_a_run_that_takes_too_long(tmp_path: Path) -> None:
    note = tmp_path / "note"
    record = run(tmp_path, "hangs", {"note": str(note)}, limit=1)
    assert record.message == "it took longer than its limit of 1 s"
    until = time.monotonic() + 60
    while is_running(int(note.read_text())):
        assert time.monotonic() < until
        time.sleep(0.01)
