"""Processes that a training function starts find what its script defines."""

from __future__ import annotations

from pathlib import Path

import pytest

import grokphase as gp
from grokphase.trainers import TrainerSpec
from grokphase.training import Sweep

SCRIPT = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

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
"""
HELPER = "def plus(one, other):\n    return one + other\n"


@pytest.mark.parametrize("how", ["spawn", "forkserver"])
def test_they_find_what_its_script_defines(tmp_path: Path, how: str) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text(HELPER)
    trainer = gp.Trainer(f"{tmp_path / 'mine.py'}:train")
    (record,) = Sweep(workers=1).run([TrainerSpec.of(trainer, {"how": how})])
    assert (record.message, record.final.get("found")) == ("", 7)
