"""Worker processes, each with a single XLA thread, in which runs are trained.

XLA's CPU backend splits single matrix products over a thread pool as large as the number of cores
that the process may use when JAX starts, and a product that is split otherwise is summed
otherwise: the bits of a run would follow from the machine's cores, a batch system's settings and
the environment, instead of from its specification. No option of a compilation changes that. The
size of the pool is read once, from `NPROC`; a process that belongs to the user may have started JAX
long ago, and with one thread in the pool its Python threads would wait for each other.

So runs are trained in processes of our own, whose environment is fixed: they have one XLA thread
and none of the variables that change what JAX computes. They are also faster than threads, since
they share nothing (benchmarks/README.md), and are kept for the next sweep, since what they have
compiled is.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

import cloudpickle

from grokphase.errors import GrokphaseError

THREADS = "1"  # of XLA, and of the libraries below NumPy
MOST_LOSSES = 2  # of workers, over one job; an idle one may end at the moment it is given a job

# By their first letters: what changes how JAX, XLA or Equinox compute.
_UNWANTED = ("JAX_", "JAXLIB_", "XLA_", "TF_XLA_", "EQX_", "LIBTPU_", "TF_CPP_")
_FIXED = {
    "NPROC": THREADS,
    "OMP_NUM_THREADS": THREADS,
    "OPENBLAS_NUM_THREADS": THREADS,
    "MKL_NUM_THREADS": THREADS,
    "VECLIB_MAXIMUM_THREADS": THREADS,
    "JAX_PLATFORMS": "cpu",
}
_PROGRAM = (
    "import json, sys\n"
    "sys.path[:] = json.loads(sys.argv[2])\n"
    "from grokphase.training.worker_main import main\n"
    "main(int(sys.argv[1]))\n"
)


def environment_of_workers() -> dict[str, str]:
    """The environment that worker processes start with."""
    kept = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(_UNWANTED)
    }
    return {**kept, **_FIXED}


def xla_threads() -> int:
    """How many threads XLA has in this process, by what it reads when JAX starts."""
    given = os.environ.get("NPROC", "")
    return int(given) if given.isdecimal() and int(given) > 0 else cores()


def cores() -> int:
    """How many cores this process may use."""
    return len(cores_by_number())


def cores_by_number() -> list[int]:
    """The cores this process may use, as the system numbers them."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


class LostWorkerError(Exception):
    """A worker process has ended before its job did."""


class Worker:
    """A worker process, as its parent sees it."""

    def __init__(self) -> None:
        ours, theirs = map(_above_the_standard_streams, socket.socketpair())
        with theirs:
            command = [
                sys.executable,
                "-P",
                "-c",
                _PROGRAM,
                str(theirs.fileno()),
                json.dumps(list(map(str, sys.path))),
            ]
            with _without_interrupts():
                self._process = subprocess.Popen(
                    command,
                    env=environment_of_workers(),
                    stdin=subprocess.DEVNULL,
                    stdout=2 if _is_open(2) else subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
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
        """End the process, whatever it does: all that is kept, its parent keeps."""
        self.connection.close()
        self._process.kill()
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


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal. One that is started here never sees it: its
    parent does, and ends it in order."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_idle: list[Worker] = []
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


def hire() -> Worker:
    """A worker that waits for a job, or a new one."""
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.is_alive:
                return worker
            worker.end()
    return Worker()


def release(worker: Worker) -> None:
    """Keep a worker for its next job; end it if it still has one."""
    if worker.busy or not worker.is_alive:
        worker.end()
        return
    with _lock:
        _idle.append(worker)


@contextmanager
def hired() -> Iterator[Worker]:
    """A worker for the duration of a ``with`` block."""
    worker = hire()
    try:
        yield worker
    finally:
        release(worker)


def call(job: Callable[[Any], Any]) -> Any:
    """What a job comes to in a worker process; its news are not listened to.

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
            with hired() as worker:
                worker.give(job)
                while True:
                    kind, content = worker.receive()
                    if kind == "result":
                        return content
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
