"""Many runs: found in the store, or trained by threads of this process or by any executor."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass, field, replace
from itertools import islice

import jax

from grokphase.errors import GrokphaseError
from grokphase.store import Store
from grokphase.store.record import RunRecord
from grokphase.training.batched import in_batches
from grokphase.training.progress import Meter, Progress, Running
from grokphase.training.session import train_run
from grokphase.training.spec import NUMERICS, RunSpec

WRITE_SECONDS = 0.5  # finished runs wait at most this long to be written together
READ_AT_ONCE = 2000  # records read from the store at a time
CHUNK_STEPS = 100_000  # of an executor's chunk at most, or one run: some ten seconds of the toy
SHARES = 64  # a chunk is at most one in so many of the runs: a small sweep keeps workers busy too
IN_FLIGHT = 1024  # chunks handed to an executor at a time, more than a cluster has workers


def default_workers() -> int:
    """One worker for each core this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class Sweep:
    """Where and how runs are trained, for one or several calls of `run`.

    Only the thread that calls `run` writes to the store.

    Args:
        store: where finished runs are found and kept; None keeps nothing.
        workers: threads of this process; None for one a core. Not used with an executor.
        executor: any `concurrent.futures.Executor`; its workers train, this process writes.
        on_progress: called from the calling thread as runs advance and finish.
        keep_weights: keep the final weights of every run.
        keep_curves: hand back records with their curves; without, a map of 100,000 runs takes a
            gigabyte less. The store keeps them all the same.
        name: the sweep's id in the store.
    """

    store: Store | None = None
    workers: int | None = None
    executor: Executor | None = None
    on_progress: Callable[[Progress], None] | None = None
    keep_weights: bool = False
    keep_curves: bool = True
    name: str | None = None
    meter: Meter = field(init=False)

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise GrokphaseError(f"workers = {self.workers} must be 1 or more.")
        self.meter = Meter(self.on_progress)

    def run(self, specs: Sequence[RunSpec]) -> list[RunRecord]:
        """The records of these runs, in their order; runs that exist are not trained again.

        With `keep_weights`, a run that was kept without its weights is: its weights are not known.

        Raises:
            KeyboardInterrupt: on Ctrl-C, once what is finished has been written and runs in
                flight have been left where the same call will take them up.
        """
        unique = {spec.id: spec for spec in specs}
        self.meter.add(unique.values())
        found = self._found(unique)
        waiting = [spec for key, spec in unique.items() if key not in found]
        if waiting and self.store is not None and self.store.read_only:
            raise GrokphaseError(
                f'The store "{self.store.path}" is open for reading only, and {len(waiting)} of '
                "these runs are not in it."
            )
        self.meter.tell()
        pending: list[RunRecord] = []
        written_at = time.perf_counter()
        try:
            for finished in self._trained(waiting):
                if finished is not None:
                    spec, record = finished
                    found[record.id] = self._handed_back(record)
                    pending.append(record)
                    self.meter.finish(spec, record)
                if time.perf_counter() - written_at > WRITE_SECONDS:
                    self._write(pending)
                    written_at = time.perf_counter()
        finally:
            self._write(pending)
        return [found[spec.id] for spec in specs]

    def _found(self, specs: dict[str, RunSpec]) -> dict[str, RunRecord]:
        if self.store is None:
            return {}
        existing = self.store.existing(specs)
        ids = [key for key in specs if key in existing]
        found: dict[str, RunRecord] = {}
        for block in batched(ids, READ_AT_ONCE):
            for record in self.store.records(
                block, weights=self.keep_weights, curves=self.keep_curves
            ):
                if record.weights is not None or not self.keep_weights:
                    found[record.id] = self._handed_back(record)
                    self.meter.find(specs[record.id], record)
        return found

    def _handed_back(self, record: RunRecord) -> RunRecord:
        return record if self.keep_curves else without_curves(record)

    def _write(self, pending: list[RunRecord]) -> None:
        """Make finished runs durable, and only then forget how far they had come."""
        if self.store is not None and pending:
            self.store.write(pending, self.name)
            for record in pending:
                self.store.drop_checkpoint(record.id)
        pending.clear()

    def _trained(self, specs: Sequence[RunSpec]) -> Iterator[tuple[RunSpec, RunRecord] | None]:
        """Runs as they finish; None now and then while none does."""
        if not specs:
            return iter(())
        if self.executor is not None:
            return in_executor(self.executor, specs, self.keep_weights)
        if jax.default_backend() != "cpu":
            return in_batches(specs, self.keep_weights)
        workers = min(self.workers or default_workers(), len(specs))
        return in_threads(specs, workers, self.store, self.meter, self.keep_weights)


def without_curves(record: RunRecord) -> RunRecord:
    """The record with neither curves nor specification, which are what takes memory."""
    return replace(record, curves={}, spec={}, provenance={})


def batched(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Items in blocks."""
    return (items[i : i + size] for i in range(0, len(items), size))


def in_threads(
    specs: Sequence[RunSpec],
    workers: int,
    store: Store | None,
    meter: Meter,
    keep_weights: bool,
) -> Iterator[tuple[RunSpec, RunRecord] | None]:
    """Train in threads of this process, one run at a time on each, yielding runs as they finish.

    Yields None when nothing has finished for a while, so that what has can be written.

    XLA lets go of the interpreter while it runs, so that threads train side by side.
    """
    to_do: queue.SimpleQueue[RunSpec] = queue.SimpleQueue()
    news: queue.SimpleQueue[Running | tuple[RunSpec, RunRecord] | BaseException] = (
        queue.SimpleQueue()
    )
    stop = threading.Event()
    for spec in specs:
        to_do.put(spec)

    def work() -> None:
        try:
            while not stop.is_set():
                spec = to_do.get_nowait()
                record = train_run(
                    spec,
                    checkpoints=store,
                    on_segment=lambda spec, state: news.put(Running.of(spec, state)),
                    interrupted=stop.is_set,
                    keep_weights=keep_weights,
                )
                if record is not None:
                    news.put((spec, record))
        except queue.Empty:
            return
        except BaseException as error:  # handed to the thread that drives the sweep
            news.put(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    left = len(specs)
    try:
        while left:
            try:
                item = news.get(timeout=WRITE_SECONDS)
            except queue.Empty:
                yield None
                continue
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, Running):
                meter.advance(item)
                yield None
            else:
                left -= 1
                yield item
    finally:
        _end(threads, stop)


def _end(threads: Sequence[threading.Thread], stop: threading.Event) -> None:
    """Wait until threads have ended, at their next segment, however often Ctrl-C is pressed.

    A thread that is still in XLA when the interpreter ends would abort the process.
    """
    while True:
        try:
            stop.set()
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            continue
        return


def train_chunk(specs: Sequence[RunSpec], keep_weights: bool) -> list[RunRecord]:
    """What an executor's worker does: train some runs, one after the other."""
    records = (train_run(spec, keep_weights=keep_weights) for spec in specs)
    return [record for record in records if record is not None]


def chunks(specs: Sequence[RunSpec]) -> Iterator[list[RunSpec]]:
    """Runs in order, in groups of about `CHUNK_STEPS` steps of budget, or of a share of the runs.

    A sweep of few steps is shared out too: one chunk would leave all workers but one idle.
    """
    most = -(-len(specs) // SHARES)
    chunk: list[RunSpec] = []
    steps = 0
    for spec in specs:
        chunk.append(spec)
        steps += spec.recipe.steps
        if steps >= CHUNK_STEPS or len(chunk) == most:
            yield chunk
            chunk, steps = [], 0
    if chunk:
        yield chunk


def _result(future: Future[list[RunRecord]]) -> list[RunRecord]:
    """What a chunk came to, or one sentence for what its worker lacks."""
    try:
        records = future.result()
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        raise GrokphaseError(sentence) from error
    for record in records:
        _refuse_other_numerics(record)
    return records


def _sentence(error: Exception) -> str | None:
    """What failed, in one sentence, where that is the executor and not a run."""
    name = type(error).__name__
    # Dask's KilledWorker is known by its name, because Dask need not be installed.
    if isinstance(error, BrokenExecutor | CancelledError) or name == "KilledWorker":
        return (
            f"The executor has lost its workers ({name}); the runs that had come back are kept, "
            "and the same call goes on from there."
        )
    # Dask's scheduler gives what it met as a cause.
    lacking = next((e for e in (error, error.__cause__) if isinstance(e, ImportError)), None)
    if lacking is not None:
        return (
            f"A worker cannot import what its runs need ({lacking}); install the same version of "
            "grokphase there, and modules of your own."
        )
    return None


def _refuse_other_numerics(record: RunRecord) -> None:
    """Refuse what another version has trained: the run's id stands for the numerics of this one."""
    numerics = record.provenance.get("numerics")
    if numerics != NUMERICS:
        raise GrokphaseError(
            f"A worker has trained run {record.id} by numerics {numerics}, and this process goes "
            f"by {NUMERICS}; install the same version of grokphase on all workers."
        )


def _has_failed(future: Future[list[RunRecord]]) -> bool:
    return future.cancelled() or future.exception() is not None


def in_executor(
    executor: Executor, specs: Sequence[RunSpec], keep_weights: bool
) -> Iterator[tuple[RunSpec, RunRecord] | None]:
    """Train on an executor's workers, yielding runs as their chunks come back.

    Yields None when none has come back for a while, so that what has can be written.

    A worker that is lost costs its chunk: Dask gives it to another worker. An executor that breaks
    as a whole, as a process pool does, ends the sweep; what has come back by then is kept.
    """
    waiting = chunks(specs)
    by_id = {spec.id: spec for spec in specs}
    running: set[Future[list[RunRecord]]] = set()
    try:
        while True:
            for chunk in islice(waiting, IN_FLIGHT - len(running)):
                running.add(executor.submit(train_chunk, chunk, keep_weights))
            if not running:
                return
            done, running = wait(running, WRITE_SECONDS, return_when=FIRST_COMPLETED)
            if not done:
                yield None
            for future in sorted(done, key=_has_failed):
                for record in _result(future):
                    yield by_id[record.id], record
    finally:
        for future in running:
            future.cancel()
