"""Workers that wait for their next job, since what they have imported and compiled is kept."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from grokphase.errors import GrokphaseError
from grokphase.workers.kinds import OURS, Kind
from grokphase.workers.process import MOST_LOSSES, LostWorkerError, Worker

_idle: list[Worker] = []  # of any kind
_lock = threading.Lock()


def _forked() -> None:
    _idle.clear()
    _lock.release()


def _end_all() -> None:
    with _lock:
        for worker in _idle:
            worker.end()
        _idle.clear()


atexit.register(_end_all)
# The workers of a process are not those of its fork, which must not talk to them.
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_forked)


def hire(kind: Kind = OURS) -> Worker:
    """A worker of a kind that waits for a job, or a new one.

    One that runs a user's function has the environment as it is now.
    """
    environment = None if kind.clean else kind.environment()
    with _lock:
        for worker in [each for each in _idle[::-1] if each.kind == kind]:
            if environment not in (None, worker.environment):
                continue
            _idle.remove(worker)
            if worker.is_alive:
                return worker
            worker.end()
    return Worker(kind)


def release(worker: Worker) -> None:
    """Keep a worker for its next job; end it if it still has one, or holds an accelerator."""
    if worker.busy or worker.kind.device is not None or not worker.is_alive:
        worker.end()
        return
    with _lock:
        _idle.append(worker)


@contextmanager
def hired(kind: Kind = OURS) -> Iterator[Worker]:
    """A worker of a kind for the duration of a ``with`` block."""
    worker = hire(kind)
    try:
        yield worker
    finally:
        release(worker)


def call(
    job: Callable[[Any], Any],
    kind: Kind = OURS,
    on_news: Callable[[Any], None] = lambda news: None,
) -> Any:
    """What a job comes to in a worker process.

    Args:
        job: a function of a `grokphase.workers.child.Parent`.
        kind: of the worker.
        on_news: told what the job tells before it ends.

    Raises:
        GrokphaseError: if the worker is lost twice.
        Exception: whatever the job raises.

    Example:
        >>> import os
        >>> call(lambda parent: os.environ["NPROC"])
        '1'
    """
    for _ in range(MOST_LOSSES):
        try:
            with hired(kind) as worker:
                worker.give(job)
                while True:
                    what, content = worker.receive()
                    if what == "result":
                        return content
                    on_news(content)
        except LostWorkerError as error:
            lost = error
    raise GrokphaseError(lost_sentence(lost))


def lost_sentence(lost: LostWorkerError) -> str:
    """What to say of a worker that is lost again and again."""
    return (
        f"A worker process has ended twice in the middle of the same run ({lost}); what had "
        "finished is kept, and the same call goes on."
    )


def ready(workers: Sequence[Worker], seconds: float) -> list[Worker]:
    """Those workers that have something to say, waiting for the first at most some seconds."""
    heard = set(wait([worker.connection for worker in workers], seconds))
    return [worker for worker in workers if worker.connection in heard]
