"""Many runs, in chunks, on the workers of any `concurrent.futures.Executor`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from itertools import islice

from grokphase.errors import GrokphaseError
from grokphase.numerics import NUMERICS
from grokphase.training.crew import WAIT_SECONDS, Crew, Finished
from grokphase.training.schedule import Keep
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.stopped import NOBODY, Judge, Outcome, Stopped

CHUNK_STEPS = 100_000  # of a chunk at most, or one run: some ten seconds of the toy
SHARES = 64  # a chunk is at most one in so many of the runs: a small sweep keeps workers busy too
IN_FLIGHT = 1024  # chunks handed to an executor at a time, more than a cluster has workers


def train_chunk(
    specs: Sequence[AnySpec], keep_weights: Keep | None, judges: Mapping[str, Judge] = NOBODY
) -> list[Outcome]:
    """What an executor's worker does: train some runs, one after the other.

    They are trained in a process of the worker's own, so that neither its threads nor what JAX has
    been told in it reaches them. How many workers share this machine is not known here: a user's
    own function has one thread, unless ``OMP_NUM_THREADS`` says otherwise.
    """
    given = os.environ.get("OMP_NUM_THREADS", "")
    threads = int(given) if given.isdecimal() and int(given) else 1
    news = Crew(specs, 1, None, keep_weights, threads, judges).train()
    return [told[1] for told in news if isinstance(told, tuple)]


def chunks(specs: Sequence[AnySpec]) -> Iterator[list[AnySpec]]:
    """Runs in order, in groups of about `CHUNK_STEPS` steps of budget, or of a share of the runs.

    A sweep of few steps is shared out too: one chunk would leave all workers but one idle. A run
    of a user's own function, whose steps may take any time, is a chunk.
    """
    most = -(-len(specs) // SHARES)
    chunk: list[AnySpec] = []
    steps = 0
    for spec in specs:
        chunk.append(spec)
        steps += spec.recipe.steps if isinstance(spec, RunSpec) else CHUNK_STEPS
        if steps >= CHUNK_STEPS or len(chunk) == most:
            yield chunk
            chunk, steps = [], 0
    if chunk:
        yield chunk


def _result(future: Future[list[Outcome]]) -> list[Outcome]:
    """What a chunk came to, or one sentence for what its worker lacks."""
    try:
        records = future.result()
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        raise GrokphaseError(sentence) from error
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


def _refuse_other_numerics(outcome: Outcome) -> None:
    """Refuse what another version has trained: the run's id stands for the numerics of this one."""
    record = outcome.record if isinstance(outcome, Stopped) else outcome
    numerics = record.provenance.get("numerics")
    if numerics != NUMERICS:
        raise GrokphaseError(
            f"A worker has trained run {record.id} by numerics {numerics}, and this process goes "
            f"by {NUMERICS}; install the same version of grokphase on all workers."
        )


def _has_failed(future: Future[list[Outcome]]) -> bool:
    return future.cancelled() or future.exception() is not None


def in_executor(
    executor: Executor,
    specs: Sequence[AnySpec],
    keep_weights: Keep | None,
    judges: Mapping[str, Judge] = NOBODY,
) -> Iterator[Finished | None]:
    """Train on an executor's workers, yielding runs as their chunks come back.

    Yields None when none has come back for a while, so that what has can be written.

    A worker that is lost costs its chunk: Dask gives it to another worker. An executor that breaks
    as a whole, as a process pool does, ends the sweep; what has come back by then is kept.
    """
    waiting = chunks(specs)
    by_id = {spec.id: spec for spec in specs}
    running: set[Future[list[Outcome]]] = set()
    try:
        while True:
            for chunk in islice(waiting, IN_FLIGHT - len(running)):
                asked = {each.id: judges[each.id] for each in chunk if each.id in judges}
                running.add(executor.submit(train_chunk, chunk, keep_weights, asked))
            if not running:
                return
            done, running = wait(running, WAIT_SECONDS, return_when=FIRST_COMPLETED)
            if not done:
                yield None
            for future in sorted(done, key=_has_failed):
                for outcome in _result(future):
                    spec = by_id[outcome.id]
                    if isinstance(spec, RunSpec):
                        _refuse_other_numerics(outcome)
                    yield spec, outcome
    finally:
        for future in running:
            future.cancel()
