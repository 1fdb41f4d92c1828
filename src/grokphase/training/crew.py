"""Runs trained on this machine, one at a time in each of a few worker processes."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from grokphase.errors import GrokphaseError
from grokphase.models.user import UserModel
from grokphase.store.record import RunRecord
from grokphase.trainers import TrainerSpec
from grokphase.trainers.job import Job as TrainerJob
from grokphase.trainers.job import OtherCodeError
from grokphase.training import session
from grokphase.training.loop import State
from grokphase.training.progress import Running
from grokphase.training.schedule import Keep
from grokphase.training.session import Checkpoints, train_run
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.stopped import NOBODY, Judge, Outcome, Stopped
from grokphase.workers.child import Parent
from grokphase.workers.cores import cores
from grokphase.workers.devices import devices
from grokphase.workers.kinds import Kind, ours
from grokphase.workers.pool import hire, lost_sentence, ready, release
from grokphase.workers.process import MOST_LOSSES, LostWorkerError, Worker

WAIT_SECONDS = 0.5  # without news, after which the driver is given a turn to write what has come

Finished = tuple[AnySpec, Outcome]


class ChangedCodeError(Exception):
    """A worker traces another program than its parent: of an installed package, say, that was
    upgraded since the parent started, or of a module that is traced differently each time."""


@dataclass(frozen=True)
class Job:
    """One run, as it goes to a worker.

    Attributes:
        spec: the run.
        id: its identity, as the parent knows it.
        checkpoint: where to go on from.
        checkpointed: tell the parent of the state between segments.
        keep_weights: put these weights in the record.
        segment_seconds: about how long a segment takes.
        judge: asked on the way what will become of the run.
    """

    spec: RunSpec
    id: str
    checkpoint: bytes | None
    checkpointed: bool
    keep_weights: Keep | None
    segment_seconds: float
    judge: Judge | None = None

    def __call__(self, parent: Parent) -> RunRecord | Stopped | None:
        """Train the run, telling the parent of each segment; None if the parent has gone."""
        if self.spec.id != self.id:
            raise ChangedCodeError

        def tell(spec: RunSpec, state: State) -> None:
            running = Running.of(spec, state)
            parent.tell((running.step, running.curves))

        return train_run(
            self.spec,
            checkpoints=_Sent(parent, self.checkpoint) if self.checkpointed else None,
            on_segment=tell,
            interrupted=parent.has_gone,
            keep_weights=self.keep_weights,
            segment_seconds=self.segment_seconds,
            judge=self.judge,
        )


class _Sent(Checkpoints):
    """Checkpoints that are the parent's to keep, since only one process writes to a store."""

    def __init__(self, parent: Parent, found: bytes | None) -> None:
        self._parent, self._found = parent, found

    def save_checkpoint(self, run_id: str, payload: bytes) -> None:
        self._parent.tell(payload)

    def load_checkpoint(self, run_id: str) -> bytes | None:
        return self._found

    def drop_checkpoint(self, run_id: str) -> None:
        raise NotImplementedError("the parent drops a checkpoint, once the record is durable")


def program_of(spec: AnySpec) -> Hashable:
    """What runs that share a compiled loop have in common, known without building a network.

    Runs that differ here may share one all the same, which costs a compilation and no more.
    """
    if isinstance(spec, TrainerSpec):
        return spec.trainer.source
    task, recipe = spec.task, spec.recipe
    return (
        (task.name, len(task), task.symbols, task.outputs),
        id(spec.model) if isinstance(spec.model, UserModel) else spec.model,
        spec.split.training_samples(task),
        (recipe.optimizer, recipe.loss, recipe.batch, recipe.evaluate_every == 1),
        (recipe.measures, recipe.steps, recipe.points_per_decade, recipe.record_every),
    )


class Waiting:
    """Runs that wait for a worker, in their order but for this: a worker goes on with a program
    that it has compiled, while there is such a run, and then with one that no other has."""

    def __init__(self, specs: Sequence[AnySpec]) -> None:
        self._by_program: dict[Hashable, deque[AnySpec]] = {}
        for spec in specs:
            self._by_program.setdefault(program_of(spec), deque()).append(spec)
        self._compiled: Counter[Hashable] = Counter()

    def __bool__(self) -> bool:
        return bool(self._by_program)

    def next_for(self, compiled: set[Hashable]) -> AnySpec:
        """The run that a worker which has compiled these programs does next."""
        mine = (program for program in self._by_program if program in compiled)
        new = (program for program in self._by_program if not self._compiled[program])
        program = next(chain(mine, new, self._by_program))
        if program not in compiled:
            compiled.add(program)
            self._compiled[program] += 1
        runs = self._by_program[program]
        spec = runs.popleft()
        if not runs:
            del self._by_program[program]
        return spec

    def put_back(self, spec: AnySpec) -> None:
        """A run is to be done after all, first of its kind."""
        self._by_program.setdefault(program_of(spec), deque()).appendleft(spec)


@dataclass
class Task:
    """A run that a worker is at, since when, and what it has told last."""

    spec: AnySpec
    began: float
    latest: Running | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether it takes longer than its trainer allows."""
        limit = self.spec.trainer.limit if isinstance(self.spec, TrainerSpec) else None
        told = self.latest is not None
        return told and limit is not None and time.monotonic() - self.began > limit


class Crew:
    """Workers, and the runs that they train.

    Runs of several threads have workers of their own, each of which counts as that many; one is at
    work even if it counts as more than there may be.

    Args:
        specs: the runs, all of ours or all of a user's training function.
        most: how many workers at once.
        checkpoints: where the states of runs in flight are kept; None keeps none.
        keep_weights: put these weights in the records.
        threads: of a worker that runs a user's own training function; its share of the cores if
            None. A run of ours has those of its recipe.
        judges: of runs of ours by their ids, asked on the way what will become of them; what they
            say ends a run.
    """

    def __init__(
        self,
        specs: Sequence[AnySpec],
        most: int,
        checkpoints: Checkpoints | None = None,
        keep_weights: Keep | None = None,
        threads: int | None = None,
        judges: Mapping[str, Judge] = NOBODY,
    ) -> None:
        counts = sorted({threads_of(spec) for spec in specs})
        self._waiting = {
            count: Waiting([spec for spec in specs if threads_of(spec) == count])
            for count in counts
        }
        self._is_ours = isinstance(specs[0], RunSpec)
        self._most = most
        self._checkpoints = checkpoints
        self._keep_weights = keep_weights
        self._judges = judges
        self._share = max(1, cores() // most) if threads is None else threads
        self._at_work: dict[Worker, Task] = {}
        self._losses: Counter[str] = Counter()

    def train(self) -> Iterator[Running | Finished | None]:
        """Runs as they advance and finish; None where nothing has happened for a while.

        What is left when the caller stops listening is ended where it is.
        """
        try:
            while any(self._waiting.values()) or self._at_work:
                while (count := self._next_threads()) is not None:
                    yield from self._set_to_work(count)
                news = ready(list(self._at_work), WAIT_SECONDS)
                if not news:
                    yield None
                for worker in news:
                    yield from self._hear(worker)
                for worker in [each for each, task in self._at_work.items() if task.is_overdue]:
                    yield self._give_up(worker)
        finally:
            for worker in self._at_work:
                release(worker)

    def _next_threads(self) -> int | None:
        """How many threads the next run has for which there is room, the fewest first."""
        taken = sum(threads_of(task.spec) for task in self._at_work.values())
        counts = (count for count, waiting in self._waiting.items() if waiting)
        return next((n for n in counts if not taken or taken + n <= self._most), None)

    def _free_kind(self, count: int) -> Kind:
        """The kind of the next worker for runs of so many threads; of those of a user's function
        with the accelerator that the fewest are at."""
        if self._is_ours:
            return ours(count)
        taken = Counter(worker.kind for worker in self._at_work)
        return min(kinds(self._most, self._share), key=lambda kind: taken[kind])

    def _set_to_work(self, count: int) -> Iterator[Finished]:
        worker = hire(self._free_kind(count))
        spec = self._waiting[count].next_for(worker.compiled)
        self._at_work[worker] = Task(spec, time.monotonic())
        try:
            worker.give(self._job(spec, worker.kind))
        except LostWorkerError as lost:
            yield from self._lost(worker, lost)

    def _hear(self, worker: Worker) -> Iterator[Running | Finished]:
        task = self._at_work[worker]
        spec = task.spec
        try:
            kind, content = worker.receive()
        except LostWorkerError as lost:
            yield from self._lost(worker, lost)
            return
        except (ChangedCodeError, OtherCodeError):
            self._replace(worker, _changed_code(spec))
            return
        except ImportError as error:
            raise GrokphaseError(_NOT_IMPORTED.format(error=error)) from error
        if kind == "result":
            del self._at_work[worker]
            release(worker)
            yield spec, content
        elif isinstance(content, bytes):
            assert self._checkpoints is not None
            self._checkpoints.save_checkpoint(spec.id, content)
        else:
            if task.latest is None:  # until now the process has started
                task.began = time.monotonic()
            task.latest = Running(spec, *content)
            yield task.latest

    def _lost(self, worker: Worker, lost: LostWorkerError) -> Iterator[Finished]:
        """A worker has ended: one of ours may not, and a user's function may be the reason."""
        task = self._at_work[worker]
        if isinstance(task.spec, TrainerSpec) and self._losses[task.spec.id] + 1 == MOST_LOSSES:
            del self._at_work[worker]
            yield _failed(task, f"its process has ended twice ({lost})", worker.kind)
        else:
            self._replace(worker, lost_sentence(lost))

    def _replace(self, worker: Worker, sentence: str) -> None:
        """End a worker; another does its run, unless that has cost a worker before."""
        spec = self._at_work.pop(worker).spec
        worker.end()
        self._losses[spec.id] += 1
        if self._losses[spec.id] == MOST_LOSSES:
            raise GrokphaseError(sentence)
        self._waiting[threads_of(spec)].put_back(spec)

    def _give_up(self, worker: Worker) -> Finished:
        """End a worker whose run takes too long."""
        task = self._at_work.pop(worker)
        worker.end()
        assert isinstance(task.spec, TrainerSpec)
        message = f"it took longer than its limit of {task.spec.trainer.limit:g} s"
        return _failed(task, message, worker.kind)

    def _job(self, spec: AnySpec, kind: Kind) -> Job | TrainerJob:
        if isinstance(spec, TrainerSpec):
            return spec.job(kind.threads)
        kept = self._checkpoints is not None
        found = self._checkpoints.load_checkpoint(spec.id) if self._checkpoints else None
        wanted, judge = session.SEGMENT_SECONDS, self._judges.get(spec.id)
        return Job(spec, spec.id, found, kept, self._keep_weights, wanted, judge)


def threads_of(spec: AnySpec) -> int:
    """How many workers a run's own counts as: its threads; those of a user's function are counted
    apart."""
    return spec.recipe.threads if isinstance(spec, RunSpec) else 1


def kinds(workers: int, threads: int) -> list[Kind]:
    """The kinds of workers for a user's training function: where there are several accelerators,
    one for each."""
    return [Kind(threads, device=device) for device in devices()[:workers]] or [Kind(threads)]


def _failed(task: Task, message: str, kind: Kind) -> Finished:
    """A run whose process cannot say itself what became of it."""
    assert isinstance(task.spec, TrainerSpec)
    latest = task.latest or Running(task.spec, 0, {})
    seconds = time.monotonic() - task.began
    job = task.spec.job(kind.threads)
    return task.spec, job.lost(message, latest.step, latest.curves, latest.times, seconds)


def _changed_code(spec: AnySpec) -> str:
    if isinstance(spec, TrainerSpec):
        return _OTHER_FUNCTION.format(name=spec.name)
    return _OTHER_CODE.format(name=spec.model.spec().get("name"))


_NOT_IMPORTED = (
    "A worker process cannot import what its runs need ({error}); put the module into a folder of "
    "sys.path, or define the model or function in the script or notebook itself."
)
_OTHER_CODE = (
    "The model {name} is not the same in a worker process as here: a package that it uses has "
    "changed since this process started, or it computes something else each time it is traced; "
    "start again, or make it depend on its weights and inputs alone."
)
_OTHER_FUNCTION = (
    "The code of {name} is not the same in a worker process as here: its file has changed since "
    "this process started; start again, and its runs are those of the new code."
)
