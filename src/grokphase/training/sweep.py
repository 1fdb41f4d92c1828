"""Many runs: found in the store, or trained by workers of this machine or by any executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from grokphase.errors import GrokphaseError
from grokphase.phases.classify import FAILED
from grokphase.store import Store
from grokphase.store.provenance import UNREAD, kind_of
from grokphase.store.record import RunRecord
from grokphase.training.batched import in_batches
from grokphase.training.crew import Crew, Finished
from grokphase.training.device import jax_platform
from grokphase.training.executor import in_executor
from grokphase.training.progress import Meter, Progress, Running
from grokphase.training.schedule import Keep
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.stopped import NOBODY, Judge, Outcome, Stopped
from grokphase.workers.cores import cores

WRITE_SECONDS = 0.5  # finished runs wait at most this long to be written together
READ_AT_ONCE = 2000  # records read from the store at a time


@dataclass
class Sweep:
    """Where and how runs are trained, for one or several calls of `run`.

    Only the thread that calls `run` writes to the store.

    Args:
        store: where finished runs are found and kept; None keeps nothing.
        workers: processes on this machine; None for one a core. Not used with an executor.
        executor: any `concurrent.futures.Executor`; its workers train, this process writes.
        on_progress: called from the calling thread as runs advance and finish.
        keep_weights: keep the final weights of every run, or those at log-spaced steps too.
        keep_curves: hand back records with their curves and weights; without, a map of 100,000
            runs takes a gigabyte less. The store keeps them all the same.
        name: the sweep's id in the store.
        retry_failed: train runs again of which the store says that they failed.
    """

    store: Store | None = None
    workers: int | None = None
    executor: Executor | None = None
    on_progress: Callable[[Progress], None] | None = None
    keep_weights: Keep | None = None
    keep_curves: bool = True
    name: str | None = None
    retry_failed: bool = False
    meter: Meter = field(init=False)

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise GrokphaseError(f"workers = {self.workers} must be 1 or more.")
        self.meter = Meter(self.on_progress)

    def run(self, specs: Sequence[AnySpec]) -> list[RunRecord]:
        """The records of these runs, in their order, all of them finished; see `outcomes`."""
        return [found for found in self.outcomes(specs) if isinstance(found, RunRecord)]

    def outcomes(
        self, specs: Sequence[AnySpec], judges: Mapping[str, Judge] = NOBODY
    ) -> list[Outcome]:
        """What became of these runs, in their order; runs that exist are not trained again.

        With `keep_weights`, a run that was kept without these weights is: they are not known. One
        that its judge stops is not put into the store; its checkpoint stays there.

        Args:
            specs: the runs.
            judges: by the id of a run, who is asked on the way what will become of it.

        Raises:
            KeyboardInterrupt: on Ctrl-C, once what is finished has been written and runs in
                flight have been left where the same call will take them up.
        """
        unique = {spec.id: spec for spec in specs}
        self.meter.add(unique.values())
        found: dict[str, Outcome] = {**self._found(unique)}
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
            for news in self._trained(waiting, judges):
                if isinstance(news, Running):
                    self.meter.advance(news)
                elif news is not None:
                    spec, outcome = news
                    if isinstance(outcome, Stopped):
                        record = replace(outcome.record, phase=outcome.expected.phase)
                        so_far = self._handed_back(outcome.record)
                        found[spec.id] = replace(outcome, record=so_far)
                    else:
                        record = outcome
                        found[spec.id] = self._handed_back(record)
                        pending.append(record)
                    self.meter.finish(spec, record)
                if time.perf_counter() - written_at > WRITE_SECONDS:
                    self._write(pending)
                    written_at = time.perf_counter()
        finally:
            self._write(pending)
        return [found[spec.id] for spec in specs]

    def _found(self, specs: dict[str, AnySpec]) -> dict[str, RunRecord]:
        if self.store is None:
            return {}
        existing = stored(self.store, specs.values(), self.keep_weights)
        ids = [key for key in specs if key in existing]
        found: dict[str, RunRecord] = {}
        for block in batched(ids, READ_AT_ONCE):
            for record in self.store.records(
                block,
                weights=self.keep_curves and self.keep_weights is not None,
                curves=self.keep_curves,
            ):
                if record.phase != FAILED or not self.retry_failed:
                    found[record.id] = self._handed_back(record)
                    self.meter.find(specs[record.id], record)
        return found

    def _handed_back(self, record: RunRecord) -> RunRecord:
        return record if self.keep_curves else without_curves(record)

    def _write(self, pending: list[RunRecord]) -> None:
        """Make finished runs durable, and only then forget how far they had come."""
        if self.store is not None and pending:
            if self.retry_failed:  # what failed before gives way only now that there is more
                self.store.remove(self.store.existing(record.id for record in pending))
            self.store.write(pending, self.name)
            for record in pending:
                self.store.drop_checkpoint(record.id)
        pending.clear()

    def _trained(
        self, specs: Sequence[AnySpec], judges: Mapping[str, Judge]
    ) -> Iterator[Running | Finished | None]:
        """Runs as they advance and finish; None now and then while nothing happens."""
        if not specs:
            return iter(())
        if self.executor is not None:
            return in_executor(self.executor, specs, self.keep_weights, judges)
        ours = [spec for spec in specs if isinstance(spec, RunSpec)]
        if ours and jax_platform() != "cpu":
            if judges:
                raise GrokphaseError(
                    "On an accelerator runs go side by side to the end, and a forecast would stop "
                    "none; leave forecast (--forecast) out, or set JAX_PLATFORMS=cpu."
                )
            return in_batches(ours, self.keep_weights)
        workers = min(self.workers or cores(), len(specs))
        return Crew(specs, workers, self.store, self.keep_weights, judges=judges).train()


def stored(store: Store, specs: Iterable[AnySpec], keep: Keep | None) -> set[str]:
    """The ids of runs that the store holds, with their weights if those are to be kept.

    Args:
        store: where they are looked for.
        specs: of the runs.
        keep: the weights that are needed; a training function keeps its own.
    """
    wanted = list(specs)
    ours = [spec.id for spec in wanted if isinstance(spec, RunSpec)]
    others = [spec.id for spec in wanted if not isinstance(spec, RunSpec)]
    return store.existing(ours, keep) | store.existing(others)


def without_curves(record: RunRecord) -> RunRecord:
    """The record without what takes memory: of its provenance is left what the bits depend on, and
    what notes are made of."""
    kind = kind_of(record.provenance)
    if UNREAD in record.provenance:
        kind = {**kind, UNREAD: record.provenance[UNREAD]}
    lean = replace(record, curves={}, spec={}, provenance=kind, counts={})
    return replace(lean, weights=None, snapshots={})


def batched(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Items in blocks."""
    return (items[i : i + size] for i in range(0, len(items), size))
