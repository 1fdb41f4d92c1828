"""A real Dask scheduler and two worker processes on loopback; one is killed in mid-sweep."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase.training import Progress

distributed = pytest.importorskip("distributed", reason="needs the cluster extra")

X = "recipe.decoder.learning_rate=1e-3..1e-2:4:log"
Y = "recipe.decoder.weight_decay=0..2:3"


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    """A Dask process that leaves no trace outside the test."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", *arguments], stdout=quiet, stderr=quiet)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Any, list[subprocess.Popen[bytes]]]]:
    """A client and the two workers, each a process with one thread."""
    file = str(tmp_path / "scheduler.json")
    scheduler = dask(
        *["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"],
        *["--no-dashboard", "--scheduler-file", file],
    )
    workers = [
        dask(
            *["distributed.cli.dask_worker", "--scheduler-file", file, "--nthreads", "1"],
            *["--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path / name)],
        )
        for name in ("one", "two")
    ]
    try:
        with distributed.Client(scheduler_file=file, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            yield client, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def the_map(**options: Any) -> gp.PhaseMap:
    recipe = gp.Recipe(steps=6_000)
    return gp.phase_map("addition", gp.Toy(widths=(32, 32)), recipe, x=X, y=Y, **options)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_map_is_complete_and_the_same_after_a_worker_is_killed(
    cluster: tuple[Any, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    client, workers = cluster
    killed: list[float] = []

    def kill_one(progress: Progress) -> None:
        if progress.runs_done >= 2 and not killed:
            workers[0].kill()
            killed.append(time.monotonic())
            assert progress.runs_done < progress.runs_total

    with gp.Store.open(tmp_path / "cluster") as store:
        spread = the_map(store=store, executor=client.get_executor(), on_progress=kill_one)
        ids = [run for row in spread.runs for cell in row for run in cell]
        curves = [record.curves["train_loss"] for record in store.records(ids)]
    assert killed
    assert len(client.scheduler_info()["workers"]) == 1
    with gp.Store.open(tmp_path / "single") as store:
        single = the_map(store=store)
        alone = [record.curves["train_loss"] for record in store.records(ids)]
    assert spread.phase.tolist() == single.phase.tolist()
    np.testing.assert_array_equal(spread.train_step, single.train_step)
    np.testing.assert_array_equal(spread.validation_step, single.validation_step)
    assert spread.runs == single.runs
    assert spread.steps_trained == single.steps_trained
    assert all(one.tobytes() == other.tobytes() for one, other in zip(curves, alone, strict=True))
