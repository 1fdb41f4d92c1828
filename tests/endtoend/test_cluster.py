"""A real Dask scheduler and two worker processes on loopback; one is killed in mid-sweep."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import grokphase as gp
from grokphase.cli import main
from grokphase.store.record import RunRecord
from grokphase.training import Progress

distributed = pytest.importorskip("distributed", reason="needs the cluster extra")

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

X = "recipe.decoder.learning_rate=1e-3..1e-2:4:log"
Y = "recipe.decoder.weight_decay=0..2:3"
STEPS = 6_000
COMMAND = [
    *["map", "addition", "--x", X, "--y", "recipe.decoder.weight_decay=0,2", "--json"],
    *["--steps", str(STEPS), "--set", "model.widths.0=32", "--set", "model.widths.1=32"],
]


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    """A Dask process that leaves no trace outside the test."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", *arguments], stdout=quiet, stderr=quiet)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a cluster of two workers, each a process with one thread."""
    folder = tmp_path_factory.mktemp("cluster")
    file = str(folder / "scheduler.json")
    scheduler = dask(
        *["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"],
        *["--no-dashboard", "--scheduler-file", file],
    )
    workers = [
        dask(
            *["distributed.cli.dask_worker", "--scheduler-file", file, "--nthreads", "1"],
            *["--no-nanny", "--no-dashboard", "--local-directory", str(folder / name)],
        )
        for name in ("one", "two")
    ]
    try:
        with distributed.Client(scheduler_file=file, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            yield client
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def the_map(**options: Any) -> gp.PhaseMap:
    recipe = gp.Recipe(steps=STEPS)
    return gp.phase_map("addition", gp.Toy(widths=(32, 32)), recipe, x=X, y=Y, **options)


def results(store: Path, found: gp.PhaseMap) -> list[Any]:
    """All that must not depend on where a run was made."""
    ids = [run for row in found.runs for cell in row for run in cell]
    with gp.Store.open(store, read_only=True) as opened:
        return [outcome(record) for record in opened.records(ids)]


def outcome(record: RunRecord) -> Any:
    curves = {name: values.tobytes() for name, values in record.curves.items()}
    return record.id, record.phase, record.steps_trained, curves


@pytest.mark.slow
def test_a_map_is_complete_and_the_same_after_a_worker_is_killed(
    client: Any, tmp_path: Path
) -> None:
    processes = client.run(os.getpid)
    lost: list[str] = []

    def kill_one(progress: Progress) -> None:
        if progress.latest is not None and not lost:
            # By now one chunk of twelve has come back, so that some worker holds another.
            held = {worker: len(chunks) for worker, chunks in client.processing().items()}
            lost.append(max(held, key=held.__getitem__))
            os.kill(processes[lost[0]], signal.SIGKILL)

    with gp.Store.open(tmp_path / "cluster") as store:
        spread = the_map(store=store, executor=client.get_executor(), on_progress=kill_one)
    ends = [event for _, event in client.get_events("all") if event["action"] == "remove-worker"]
    assert [event["worker"] for event in ends] == lost
    assert ends[0]["processing-tasks"], "the worker held no chunk that was not finished"
    single = the_map(store=tmp_path / "single")
    assert spread.runs == single.runs
    assert spread.phase.tolist() == single.phase.tolist()
    assert results(tmp_path / "cluster", spread) == results(tmp_path / "single", single)


@pytest.mark.slow
def test_a_command_trains_on_the_cluster_at_an_address(
    client: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("grokphase.training.sweep.Crew", None)  # training here would fail
    places = ["--store", str(tmp_path / "store"), "--out", str(tmp_path / "out")]
    assert main([*COMMAND, *places, "--cluster", client.scheduler.address]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["measured"] == [[True] * 4] * 2
    assert Path(found["report"]).exists()


@pytest.fixture
def address() -> Iterator[str]:
    """Of a cluster in this process."""
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "protocol": "tcp://"}
    with distributed.LocalCluster(**options, dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize(("found", "said"), [(None, "lacks grokphase"), ("0.0.1", "has grokphase")])
def test_a_cluster_of_another_version_is_refused(
    address: str,
    found: str | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask = distributed.Client.get_versions

    def asking(*given: Any, **options: Any) -> Any:
        answer = ask(*given, **options)
        for worker in answer["workers"].values():
            worker["packages"]["grokphase"] = found
        return answer

    monkeypatch.setattr(distributed.Client, "get_versions", asking)
    places = ["--store", str(tmp_path / "store"), "--out", str(tmp_path / "out")]
    assert main([*COMMAND, *places, "--cluster", address]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert said in sentence
    assert not list(tmp_path.iterdir())
