"""The command line, called in this process in an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from grokphase.cli import main
from grokphase.mapping import planning

LR = "recipe.decoder.learning_rate"
WD = "recipe.decoder.weight_decay"
TINY = ("--p", "5", "--set", "model.widths.0=8", "--set", "model.widths.1=8")
MAP = ("map", "addition", *TINY, "--x", f"{LR}=1e-3,1e-2", "--y", f"{WD}=0,10", "--steps", "600")
TRAIN = ("train", "addition", *TINY, "--steps", "1500", "--seeds", "2")


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def grokphase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def untimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made without compiling and timing a run, which takes seconds."""
    cost = planning._Cost(step_seconds=1e-4, row_seconds=0.0, state_bytes=1000)
    monkeypatch.setattr(planning, "call", lambda job: cost)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two trained runs; not to be written to."""
    folder = tmp_path_factory.mktemp("kept")
    path = folder / "store"
    assert main([*TRAIN, "--store", str(path), "--out", str(folder / "out"), "--quiet"]) == 0
    return path


def files_in(folder: Path) -> list[str]:
    """Every file and folder below one."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
