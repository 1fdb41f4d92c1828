"""A map whose process is killed with no warning: the same command goes on to the same map."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

COMMAND = [
    *[sys.executable, "-m", "grokphase", "map", "addition"],
    *["--x", "recipe.decoder.learning_rate=1e-3..1e-2:3:log"],
    *["--y", "recipe.decoder.weight_decay=0..2:3"],
    *["--set", "model.widths.0=32", "--set", "model.widths.1=32", "--steps", "6000", "--json"],
]


def start(folder: Path) -> subprocess.Popen[str]:
    places = ["--store", str(folder / "store"), "--out", str(folder / "out")]
    return subprocess.Popen(
        COMMAND + places, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(folder: Path) -> dict[str, Any]:
    process = start(folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def runs_in(store: Path) -> list[Path]:
    return list(store.glob("**/*.parquet"))


def science(found: dict[str, Any]) -> dict[str, Any]:
    """All of a map but what it cost in time and where it lies."""
    return {k: v for k, v in found.items() if k not in ("seconds", "store", "figure", "report")}


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a POSIX signal")
def test_a_map_killed_twice_is_the_map_of_one_piece(tmp_path: Path) -> None:
    whole = finish(tmp_path / "whole")
    broken = tmp_path / "broken"
    for shards in (1, 3):
        process = start(broken)
        deadline = time.monotonic() + 120
        while len(runs_in(broken / "store")) < shards and process.poll() is None:
            assert time.monotonic() < deadline, "nothing was written to the store"
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL  # it had not come to its end
    resumed = finish(broken)
    assert science(resumed) == science(whole)
    assert whole["measured"] == [[True] * 3] * 3
    assert Path(resumed["figure"]).exists()
    assert Path(resumed["report"]).exists()
