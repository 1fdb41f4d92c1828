"""The writer's lock: one writer a store, known by name, and free as soon as its owner is gone."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import weakref
from datetime import UTC, datetime
from pathlib import Path

from grokphase.errors import GrokphaseError

_PAUSE = 0.05
# Windows locks bytes against reading too; this one lies behind everything that is ever written.
_LOCKED_BYTE = 1 << 20


class StoreLocked(GrokphaseError):
    """Another process, or another `Store` of this one, is writing to the store.

    Attributes:
        pid: the owner's process id, None if it has not said yet.
        host: the owner's machine.
        since: when it opened the store, ISO 8601.
    """

    def __init__(self, root: Path, owner: dict[str, object]) -> None:
        pid = owner.get("pid")
        self.pid = pid if isinstance(pid, int) else None
        self.host = str(owner.get("host", "an unknown host"))
        self.since = str(owner.get("since", "a moment ago"))
        super().__init__(
            f'The store "{root}" is being written by process {self.pid or "?"} on {self.host} '
            f"since {self.since}: wait for it with --wait 60, or use another store with "
            "--store; in Python wait=60, or read_only=True to look."
        )


class WriterLock:
    """Holds the lock file of a store until `release`, or until the process ends however it ends.

    The operating system keeps the lock (flock; msvcrt on Windows), so `kill -9` frees it and no
    stale file can block anyone. The file also says who holds it, for the message to the next one.

    Args:
        path: the lock file; created if missing, never removed (removing it would let two
            processes hold two files of one name).
        wait: seconds to wait for the present owner.

    Raises:
        StoreLocked: if it is still held after `wait` seconds.
        OSError: if the file cannot be opened for writing.
    """

    def __init__(self, path: Path, wait: float = 0.0) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            self._acquire(path, wait)
            self._sign()
        except BaseException:
            os.close(self._descriptor)
            raise
        self._held = True
        _HELD.add(self)

    def _acquire(self, path: Path, wait: float) -> None:
        deadline = time.monotonic() + wait
        while not _try_lock(self._descriptor):
            left = deadline - time.monotonic()
            if left <= 0:
                raise StoreLocked(path.parent, _owner(path))
            time.sleep(min(_PAUSE, left))

    def _sign(self) -> None:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, json.dumps(owner).encode())

    def release(self) -> None:
        """Frees the lock; a second call does nothing.

        After a fork the child calls it too: closing a copy of the descriptor frees nothing while
        the parent lives, and keeps a child from holding the lock longer than its owner.
        """
        if self._held:
            self._held = False
            os.close(self._descriptor)

    def __del__(self) -> None:
        # A store that was dropped without `close`, as happens in notebooks, must not stay locked.
        if getattr(self, "_held", False):
            self.release()


_HELD: weakref.WeakSet[WriterLock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_HELD):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


def _owner(path: Path) -> dict[str, object]:
    try:
        owner = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
