"""Processes that the tests of the store start, and what they leave on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grokphase

REPOSITORY = Path(__file__).parents[2]


@contextmanager
def process(module: str, *args: object) -> Iterator[subprocess.Popen[str]]:
    """Runs a module of the tests with pipes; it is killed at the end if it still runs."""
    sources = Path(grokphase.__file__).parents[1]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(sources), *sys.path]),
        # A process that forks must not have threads.
        "OPENBLAS_NUM_THREADS": "1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", module, *map(str, args)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def tell(running: subprocess.Popen[str], line: str) -> None:
    """Sends a line."""
    assert running.stdin is not None
    running.stdin.write(line + "\n")
    running.stdin.flush()


def say(running: subprocess.Popen[str], line: str) -> str:
    """Sends a line and returns the next line of the answer."""
    tell(running, line)
    return hear(running)


def hear(running: subprocess.Popen[str]) -> str:
    """The next line that the process prints."""
    assert running.stdout is not None
    line = running.stdout.readline().strip()
    assert line, "the process ended without an answer"
    return line


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
