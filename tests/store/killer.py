"""A process that kills copies of itself at chosen moments of a writer's work.

It reads lines "k scenario folder" and answers each with the exit code of a fork of itself that ran
the scenario on the store in that folder and was to end by SIGKILL at the k-th point. A point lies
before every call by which the store changes anything: opening a file to write, writing, syncing,
renaming, removing, making a folder, every SQL statement that is not a question; and in the middle
of every shard that DuckDB writes. (After a call is before the next one.) What is durable is noted
in "folder.log" at once.

A fork takes milliseconds where a new interpreter takes half a second; forking from here, where no
thread was ever started, is safe.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np  # noqa: F401 - imported once, before forking
import safetensors.numpy  # noqa: F401
from tests.store.samples import make_record, run_id

import grokphase.store.catalog
import grokphase.store.shards
from grokphase.store import Store

CALLS = ("fsync", "replace", "unlink", "mkdir", "write")


class Countdown:
    """Ends the process by SIGKILL when it has been passed `left` times."""

    def __init__(self, left: int) -> None:
        self.left = left

    def pass_by(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **options: Any) -> Any:
            self.pass_by()
            return call(*args, **options)

        return watched


def arm(countdown: Countdown) -> None:
    """Puts a point before everything that can change a file; syncing is a point and no more."""
    os.fsync = lambda descriptor: None
    grokphase.store.catalog._SYNCHRONOUS = "OFF"
    for name in CALLS:
        setattr(os, name, countdown.around(getattr(os, name)))
    plain_open = os.open

    def open_to_write(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            countdown.pass_by()
        return plain_open(path, flags, *args, **options)

    os.open = open_to_write

    class Watched(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            if not args[0].lstrip().startswith(("SELECT", "PRAGMA")):
                countdown.pass_by()
            return super().execute(*args)

        def executemany(self, *args: Any) -> sqlite3.Cursor:
            countdown.pass_by()
            return super().executemany(*args)

        def executescript(self, *args: Any) -> sqlite3.Cursor:
            countdown.pass_by()
            return super().executescript(*args)

    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **options: connect(  # type: ignore[assignment]
        *args, **options, factory=Watched
    )
    copy = grokphase.store.shards.copy_out

    def copy_in_two_parts(database: Any, select: str, draft: Path, options: str) -> None:
        copy(database, select, draft, options)
        os.truncate(draft, draft.stat().st_size // 2)
        countdown.pass_by()
        copy(database, select, draft, options)

    grokphase.store.shards.copy_out = copy_in_two_parts


def write(store: Store, log: Callable[[str], None]) -> None:
    """A new sweep of two shards, one with weights, and a checkpoint."""
    store.begin_sweep("sweep", {"axes": 2}, "grokphase map addition")
    store.save_checkpoint(run_id(0), b"half way")
    store.write([make_record(n, weights=True) for n in range(3)], "sweep")
    log(f"durable {' '.join(run_id(n) for n in range(3))}")
    store.drop_checkpoint(run_id(0))
    store.write([make_record(n) for n in range(3, 6)], "sweep")
    log(f"durable {' '.join(run_id(n) for n in range(6))}")
    store.finish_sweep("sweep", [run_id(n) for n in range(6)])
    log("finished")


def compact(store: Store, log: Callable[[str], None]) -> None:
    """All shards become one."""
    store.compact()
    log("compacted")


def remove(store: Store, log: Callable[[str], None]) -> None:
    """A whole shard goes, and a part of another."""
    gone = [run_id(n) for n in (0, 1, 3)]
    store.remove([run for run in gone if run in store.existing(gone)])
    log("removed")


def upgrade(store: Store, log: Callable[[str], None]) -> None:
    """Runs of two shards that were kept without weights get theirs, and a new run comes along."""
    store.write([make_record(n, weights=True) for n in (4, 5, 6)], "sweep")
    log(f"weights {' '.join(run_id(n) for n in (4, 5))}")


def nothing(store: Store, log: Callable[[str], None]) -> None:
    """Only what opening and closing do."""


def rebuild(store: Store, log: Callable[[str], None]) -> None:
    """The catalog is made anew."""
    store.rebuild()
    log("rebuilt")


SCENARIOS = {
    "write": write,
    "compact": compact,
    "remove": remove,
    "upgrade": upgrade,
    "rebuild": rebuild,
    "open": nothing,
}


def run(k: int, scenario: str, folder: Path) -> int:
    """The exit code of a fork that is killed at the k-th point: 0 once it gets to the end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    note = os.open(f"{folder}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    plain_write = os.write
    code = 1
    try:
        arm(Countdown(k))
        with Store.open(folder) as store:
            SCENARIOS[scenario](
                store, lambda text: plain_write(note, f"{text}\n".encode()) and None
            )
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    assert duckdb.__version__
    for line in sys.stdin:
        k, scenario, folder = line.split(maxsplit=2)
        print(run(int(k), scenario, Path(folder.strip())), flush=True)
