"""Worker processes, as the process that gives them jobs sees them."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Hashable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

from grokphase.errors import GrokphaseError
from grokphase.workers.kinds import Kind

MOST_LOSSES = 2  # of workers, over one job; an idle one may end at the moment it is given a job

_PROGRAM = (
    "import json, sys\n"
    "sys.path[:] = json.loads(sys.argv[2])\n"
    "from grokphase.workers.child import main\n"
    "main(int(sys.argv[1]), sys.argv[3])\n"
)


class LostWorkerError(Exception):
    """A worker process has ended before its job did."""


class Worker:
    """A worker process, as its parent sees it.

    Args:
        kind: what it starts with.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.environment = kind.environment()
        ours, theirs = map(_above_the_standard_streams, socket.socketpair())
        with theirs:
            command = [
                sys.executable,
                "-P",
                "-c",
                _PROGRAM,
                str(theirs.fileno()),
                json.dumps(list(map(str, sys.path))),
                kind.preload or "",
            ]
            self._process = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=2 if _is_open(2) else subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # A group of its own: Ctrl-C, which reaches all of a terminal's, is its parent's
                # to see, and processes that a user's function has started end with it.
                process_group=0,
            )
        self.connection = Connection(ours.detach())
        self.busy = False
        self.compiled: set[Hashable] = set()  # what it need not compile again, as its users name it

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def give(self, job: Callable[[Any], Any]) -> None:
        """Start a job: a function of a `worker_main.Parent`, pickled, with what it refers to."""
        try:
            payload = cloudpickle.dumps(job)
        except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
            raise GrokphaseError(
                f"A model holds what cannot be sent to a worker process ({error}); make it from "
                "functions and arrays alone."
            ) from error
        self.busy = True
        try:
            self.connection.send_bytes(payload)
        except OSError as error:
            raise self._lost() from error

    def receive(self) -> tuple[str, Any]:
        """What the job says next: ("news", of any kind) or, at its end, ("result", its result).

        Raises:
            LostWorkerError: if the process has ended.
            Exception: whatever the job has raised.
        """
        try:
            payload = self.connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._lost() from error
        kind, content = cloudpickle.loads(payload)
        if kind != "news":
            self.busy = False
        if kind == "error":
            raise content
        return kind, content

    def _lost(self) -> LostWorkerError:
        with suppress(subprocess.TimeoutExpired):  # its own end says more than one that we make
            self._process.wait(1)
        self.end()
        code = self._process.returncode
        if code == -signal.SIGKILL:
            return LostWorkerError("signal 9, which is what happens where memory runs out")
        return LostWorkerError(f"signal {-code}" if code < 0 else f"exit status {code}")

    def end(self) -> None:
        """End the process, whatever it does, and those that it has started: all that is kept, its
        parent keeps."""
        self.connection.close()
        with suppress(OSError):  # of those that have ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _above_the_standard_streams(end: socket.socket) -> socket.socket:
    """The same end of a connection; where standard streams are closed it would be one of them,
    and is not to be what a worker reads or prints to."""
    with end:
        return socket.socket(fileno=fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, 3))


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
