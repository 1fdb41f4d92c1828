"""Whole commands, timed from outside: start-up, a store of 100,000 runs, resuming, and memory.

`.venv/bin/python -m benchmarks.commands` prints one JSON object; takes some minutes. Nothing else
should run meanwhile. Each time is the median of several calls, each a process of its own.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.store.samples import batches

from grokphase.store import Store

CALLS = 5
RUNS = 100_000
GROKPHASE = Path(sys.executable).with_name("grokphase")
GROUPS = (
    'SELECT "recipe.decoder.weight_decay" AS decay, phase, count(*) AS n FROM runs GROUP BY 1, 2'
)
RATES = "recipe.decoder.learning_rate=1e-4..1e-2:{}:log"
DECAYS = "recipe.decoder.weight_decay=0..8:{}"


class Cost(NamedTuple):
    """Of one process."""

    seconds: float
    megabytes: float


def call(*command: str | Path) -> Cost:
    """Run a command and say what it cost; its output is dropped, its errors are shown."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with exit code {process.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes elsewhere
    return Cost(seconds, usage.ru_maxrss / unit)


def seconds(*command: str | Path) -> float:
    """The median over calls."""
    return round(statistics.median(call(*command).seconds for _ in range(CALLS)), 3)


def a_map(
    folder: Path, columns: int, rows: int, steps: int, *, width: int = 24
) -> list[str | Path]:
    """The command for a map whose store and results are in a folder."""
    sizes = [f"model.widths.{layer}={width}" for layer in range(2)]
    axes = ["--x", RATES.format(columns), "--y", DECAYS.format(rows), "--steps", str(steps)]
    settings = [word for size in sizes for word in ("--set", size)]
    places = ["--store", folder / "store", "--out", folder / "out"]
    return [GROKPHASE, "map", "addition", *axes, *settings, *places, "--json"]


def start_up() -> dict[str, float]:
    """Until a first word is on the screen."""
    return {
        "help_seconds": seconds(GROKPHASE, "--help"),
        "import_seconds": seconds(sys.executable, "-c", "import grokphase"),
        "bare_python_seconds": seconds(sys.executable, "-c", "pass"),
    }


def full_store(folder: Path) -> dict[str, float]:
    """A store of 100,000 other runs, in which a map of 176 cells is kept too."""
    with Store.open(folder / "store") as store:
        store.begin_sweep("others", {}, "")
        for records in batches(RUNS, 10_000, points=8):
            store.write(records, "others")
    command = a_map(folder, 16, 11, 300)
    call(*command)
    again = seconds(*command)
    reports = []
    for _ in range(CALLS):
        shutil.rmtree(folder / "out")
        reports.append(call(*command).seconds)
    at = ["--store", folder / "store"]
    return {
        "second_identical_call_seconds": again,
        "figure_and_report_seconds": round(statistics.median(reports), 3),
        "runs_ls_seconds": seconds(GROKPHASE, "runs", "ls", *at),
        "group_by_query_seconds": seconds(GROKPHASE, "runs", "query", GROUPS, *at),
    }


def checkpoint_share(folder: Path) -> float:
    """What keeping a checkpoint takes of a second of training the paper's toy, in percent."""
    from grokphase.training.bench import toy
    from grokphase.training.checkpoint import to_bytes
    from grokphase.training.session import SEGMENT_SECONDS

    run = toy()
    state = run.compiled().start(run.params, run.problem)
    with Store.open(folder / "checkpoints") as store:
        times = []
        for _ in range(50):
            began = time.perf_counter()
            store.save_checkpoint(run.spec.id, to_bytes(state, 0.0))
            times.append(time.perf_counter() - began)
    return round(100 * statistics.median(times) / SEGMENT_SECONDS, 3)


def large_map(folder: Path) -> dict[str, float]:
    """A map of 10,000 runs of two steps: what a run costs besides its training, and memory."""
    command = a_map(folder, 100, 100, 2, width=8)
    first, second = call(*command), call(*command)
    return {
        "runs": 10_000,
        "milliseconds_a_run": round(first.seconds / 10, 2),
        "second_call_seconds": round(second.seconds, 2),
        "peak_megabytes": round(max(first.megabytes, second.megabytes)),
    }


def first_step(folder: Path) -> float:
    """From the start of a command that maps the paper's toy until a network has made a step."""
    code = (
        "import os, sys, time\n"
        "began = float(sys.argv[1])\n"
        "import grokphase as gp\n"
        "def told(progress):\n"
        "    if any(run.step > 0 for run in progress.running.values()):\n"
        "        print(time.time() - began, flush=True)\n"
        "        os._exit(0)\n"
        f"x, y = {RATES.format(4)!r}, {DECAYS.format(4)!r}\n"
        "gp.phase_map('addition', x=x, y=y, store=sys.argv[2], on_progress=told)\n"
    )
    times = []
    for attempt in range(CALLS):
        store = folder / str(attempt)
        command = [sys.executable, "-c", code, str(time.time()), str(store)]
        times.append(float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
    return round(statistics.median(times), 2)


def children(process: int) -> list[int]:
    """All processes below one, itself included."""
    found = [process]
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += children(int(child))
    return found


def proportional_megabytes(process: int) -> float:
    """Memory of a process, its part of what it shares with others counted in proportion."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 2**10


def memory_of_a_map(folder: Path) -> dict[str, float]:
    """What a map of the paper's toy takes at most on all cores, all its processes together."""
    command = a_map(folder, 8, 5, 20_000, width=200)
    peak, workers = 0.0, 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                found = children(process.pid)
                peak = max(peak, sum(map(proportional_megabytes, found)))
                workers = max(workers, len(found) - 1)
            except OSError:  # one has ended meanwhile
                continue
            time.sleep(0.2)
    return {"workers": workers, "peak_megabytes": round(peak)}


def main() -> None:
    """Measure all, and print it."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        found = {
            "date": time.strftime("%Y-%m-%d"),
            "python": platform.python_version(),
            "start_up": start_up(),
            f"store_of_{RUNS}_runs": full_store(here / "full"),
            "checkpoint_percent_of_training": checkpoint_share(here),
            "map_of_10000_runs": large_map(here / "large"),
            "first_step_of_a_map_seconds": first_step(here / "first"),
            "memory_of_a_map": memory_of_a_map(here / "memory"),
        }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
