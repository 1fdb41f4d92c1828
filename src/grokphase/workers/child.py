"""What a worker process does: one job after another, until its parent ends.

Started by `grokphase.workers.process`.
"""

from __future__ import annotations

import importlib
import os
import signal
import traceback
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

IDLE_SECONDS = 600  # without a job, after which a worker ends: it holds a few hundred megabytes


class Parent:
    """The process that gave the job, as the job sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tell(self, news: Any) -> None:
        """Hand on what the job wants known before it ends."""
        self._send("news", news)

    def has_gone(self) -> bool:
        """Whether the parent has ended, or closed the connection; it sends nothing meanwhile."""
        return self._connection.poll()

    def follow(self) -> None:
        """End at once if the parent has, in the middle of whatever is going on; and so do processes
        that were started on the way."""
        if self.has_gone():
            os.killpg(0, signal.SIGKILL)

    def _send(self, kind: str, content: Any) -> None:
        self._connection.send_bytes(cloudpickle.dumps((kind, content)))

    def answer(self, payload: bytes) -> None:
        """Do a job, a pickled function of this object, and send what it came to or raised."""
        try:
            result = _unpickled(payload)(self)
        except Exception as error:
            error.add_note("".join(traceback.format_exception(error)))
            self._failed(error)
        else:
            self._send("result", result)

    def _failed(self, error: Exception) -> None:
        try:
            cloudpickle.loads(cloudpickle.dumps(error))
        except Exception:  # an exception may refuse to be pickled in any way, or to be read again
            plain = RuntimeError(f"{type(error).__name__}: {error}")
            for note in getattr(error, "__notes__", ()):
                plain.add_note(note)
            error = plain
        self._send("error", error)


def _unpickled(payload: bytes) -> Any:
    """A job; whatever keeps it from being read is that something cannot be imported here."""
    try:
        return cloudpickle.loads(payload)
    except AttributeError as error:  # a module that is another one here
        raise ImportError(str(error)) from error


def main(descriptor: int, preload: str) -> None:
    """Do jobs until the parent closes the connection, or gives none for `IDLE_SECONDS`."""
    if preload:
        importlib.import_module(preload)  # while the parent still prepares the first job
    connection = Connection(descriptor)
    parent = Parent(connection)
    try:
        while connection.poll(IDLE_SECONDS):
            parent.answer(connection.recv_bytes())
    except (EOFError, OSError):  # the parent has ended
        return
