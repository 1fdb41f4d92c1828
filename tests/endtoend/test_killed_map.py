"""A map whose process is killed with no warning: the same command goes on to the same map."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grokphase.cli import main
from grokphase.store import Store
from grokphase.training.progress import Meter, Running
from grokphase.training.session import FIRST_SEGMENT

MAP = [
    *["map", "addition", "--workers", "1", "--steps", "6000", "--json"],
    *["--x", "recipe.decoder.learning_rate=1e-3..1e-2:3:log"],
    *["--y", "recipe.decoder.weight_decay=0..2:3"],
    *["--set", "model.widths.0=32", "--set", "model.widths.1=32"],
]
# Every segment is kept, and is a short one: no result depends on how long segments are.
KILLED = """
import os, signal, sys
from grokphase.cli import main
from grokphase.store import Store
from grokphase.training import session

session.SEGMENT_SECONDS = 0.03
save, write = Store.save_checkpoint, Store.write
to_be_written = int(sys.argv[1])

def saving(store, *given):
    save(store, *given)
    if to_be_written <= 0:
        os.kill(os.getpid(), signal.SIGKILL)

def writing(store, *given):
    global to_be_written
    write(store, *given)
    to_be_written -= 1

Store.save_checkpoint, Store.write = saving, writing
main(sys.argv[2:])
"""


def words(folder: Path) -> list[str]:
    return [*MAP, "--store", str(folder / "store"), "--out", str(folder / "out")]


def killed(folder: Path, writes: int) -> int:
    """The exit code of a process killed at its first checkpoint after so many writes of runs."""
    command = [sys.executable, "-c", KILLED, str(writes), *words(folder)]
    return subprocess.run(command, capture_output=True, timeout=300).returncode


def finished(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(words(folder)) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def science(found: dict[str, Any]) -> dict[str, Any]:
    """All of a map but what it cost in time and where it lies."""
    without = ("seconds", "measure_seconds", "store", "figure", "report")
    kept = {name: value for name, value in found.items() if name not in without}
    by_seed = {name: value for name, value in kept["by_seed"].items() if name != "seconds"}
    return {**kept, "by_seed": by_seed}


def curves(folder: Path, found: dict[str, Any]) -> list[dict[str, bytes]]:
    runs = [run for row in found["runs"] for cell in row for run in cell]
    with Store.open(folder / "store", read_only=True) as store:
        return [
            {name: values.tobytes() for name, values in record.curves.items()}
            for record in store.records(runs)
        ]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a POSIX signal")
def test_a_map_killed_twice_is_the_map_of_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert killed(broken, writes=0) == -signal.SIGKILL
    with Store.open(broken / "store", read_only=True) as store:
        assert store.count() == 0
    assert killed(broken, writes=1) == -signal.SIGKILL
    with Store.open(broken / "store", read_only=True) as store:
        assert 0 < store.count() < 9

    first_told: dict[str, int] = {}

    def noting(meter: Meter, running: Running) -> None:
        first_told.setdefault(running.spec.id, running.step)
        advance(meter, running)

    advance = Meter.advance
    monkeypatch.setattr(Meter, "advance", noting)
    in_flight = [path.stem for path in (broken / "store" / "checkpoints").iterdir()]
    resumed = finished(broken, capsys)
    assert in_flight
    # One that had come to its end, but not into the store, has nothing more to tell.
    assert all(first_told.get(run, math.inf) > FIRST_SEGMENT for run in in_flight), "begun anew"
    monkeypatch.undo()
    undisturbed = finished(whole, capsys)
    assert science(resumed) == science(undisturbed)
    assert curves(broken, resumed) == curves(whole, undisturbed)
    assert undisturbed["measured"] == [[True] * 3] * 3
    assert Path(resumed["figure"]).exists()
    assert Path(resumed["report"]).exists()
