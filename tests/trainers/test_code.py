"""The identity of a training function: what changes it, and what does not."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from grokphase.code import digest
from grokphase.trainers.source import Script

SCRIPT = """
import math
from functools import lru_cache
import helpers

RATE = 0.5
NAMES = {"a", "b", "c"}
LOUD = print

class Model:
    width = 8

    def forward(self, x):
        return inner(x)

def inner(x):
    return math.sqrt(x) * RATE

@lru_cache
def cached(x):
    return x + len(NAMES)

def unrelated():
    return 7

def train(settings, report):
    def nested():
        return [cached(each) for each in range(helpers.count())]

    model = Model()
    report(1, train_accuracy=model.forward(1.0), validation_accuracy=0.0)
    return nested
"""
HELPERS = """
def count():
    return deeper()

def deeper():
    return 3

def other():
    return 1
"""


def identity(folder: Path, script: str = SCRIPT, helpers: str = HELPERS) -> str:
    """The digest of the script's function, found in a process of its own."""
    (folder / "script.py").write_text(script)
    (folder / "helpers.py").write_text(helpers)
    code = (
        "from grokphase.code import digest\n"
        "from grokphase.trainers.source import Script\n"
        f"print(digest(Script({str(folder / 'script.py')!r}, 'train').load()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
def test_what_it_refers_to_changes_it_and_nothing_else_does(tmp_path: Path) -> None:
    usual = identity(tmp_path)
    assert len(usual) == 64
    for old, new in (
        ("RATE = 0.5", "RATE = 0.25"),
        ("math.sqrt(x)", "math.cbrt(x)"),
        ("width = 8", "width = 16"),
        ("x + len", "x - len"),
        ('"b", "c"', '"b", "d"'),
        ("range(helpers", "range(1, helpers"),
    ):
        assert identity(tmp_path, SCRIPT.replace(old, new)) != usual, new
    assert identity(tmp_path, helpers=HELPERS.replace("return 3", "return 4")) != usual
    assert identity(tmp_path, helpers=HELPERS.replace("return 1", "return 2")) == usual
    assert identity(tmp_path, SCRIPT.replace("return 7", "return 8")) == usual
    assert identity(tmp_path) == usual, "a set is the same in every process"


def test_a_function_that_names_itself_has_an_identity() -> None:
    def train(settings, report):  # type: ignore[no-untyped-def]
        return train

    assert len(digest(train)) == 64


def test_a_script_hides_no_module_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "json.py"
    path.write_text(
        textwrap.dedent("""
        from dataclasses import dataclass

        @dataclass
        class Held:
            x: int

        def train(settings, report): ...
    """)
    )
    assert Script(str(path), "train").load().__name__ == "train"
    import json

    assert json.dumps([1]) == "[1]"
