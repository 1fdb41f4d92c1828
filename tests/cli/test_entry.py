"""What a command ends with: Ctrl-C, a full disk, a closed pipe, and faults of our own."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import TINY, TRAIN

ROOT = Path(__file__).parents[2]
PROGRAM = "import sys; from grokphase.cli import main; sys.exit(main(sys.argv[1:]))"


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("grokphase.training.sweep.Sweep.run", fail)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_the_disk_refuses_is_a_sentence(grokphase, monkeypatch, number: int):
    fail_with(monkeypatch, OSError(number, os.strerror(number), "/full/store"))
    refused = grokphase(*TRAIN, "--quiet")
    assert refused.code == 2
    assert "/full/store" in refused.err
    assert os.strerror(number).lower() in refused.err
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize(
    "error", [OSError(errno.EBADF, "Bad file descriptor"), ZeroDivisionError("inside")]
)
def test_faults_of_our_own_keep_their_traceback(grokphase, monkeypatch, error: Exception):
    fail_with(monkeypatch, error)
    with pytest.raises(type(error)):
        grokphase(*TRAIN)


def test_a_stop_outside_training_says_no_more_than_that(grokphase, monkeypatch):
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("grokphase.training.numerics.check_where_runs_are_trained", stop)
    stopped = grokphase("doctor")
    assert (stopped.code, stopped.err) == (130, "grokphase: Stopped.\n")


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(grokphase, tmp_path: Path):
    """A run of some minutes is stopped at its first checkpoint, and again while it ends."""
    slow = ("train", "addition", *TINY, "--set", "recipe.stop=budget", "--workers", "1")
    words = (*slow, "--steps", "20000000", "--json")
    interrupting = f"""
import os, signal, sys, threading
sys.path.append({str(ROOT)!r})
from tests.haste import hurry
hurry()
from grokphase.cli import main
from grokphase.store import Store
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
save = Store.save_checkpoint
def saved(self, *given):
    Store.save_checkpoint = save
    save(self, *given)
    os.kill(os.getpid(), signal.SIGINT)
Store.save_checkpoint = saved
join = threading.Thread.join
def joining(self, *given):
    threading.Thread.join = join
    raise KeyboardInterrupt
threading.Thread.join = joining
sys.exit(main({list(words)!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", interrupting],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 130
    assert done.stdout == ""
    assert "the same command goes on" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list((tmp_path / "grokphase-store" / "checkpoints").iterdir())
    assert not (tmp_path / "grokphase-out").exists()
    assert json.loads(grokphase("runs", "ls", "--json").out) == []


def test_a_reader_that_leaves_is_no_error(store: Path):
    command = [sys.executable, "-c", PROGRAM, "runs", "query"]
    many = "SELECT range FROM range(200000)"
    process = subprocess.Popen(
        [*command, many, "--store", str(store)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"range\n"
    process.stdout.close()
    assert process.wait(timeout=60) == 128 + signal.SIGPIPE
    assert process.stderr.read() == b""
    process.stderr.close()
