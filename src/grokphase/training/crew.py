"""Runs trained on this machine, one at a time in each of a few worker processes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from grokphase.errors import GrokphaseError
from grokphase.models.user import UserModel
from grokphase.store.record import RunRecord
from grokphase.training import session
from grokphase.training.loop import State
from grokphase.training.progress import Running
from grokphase.training.session import Checkpoints, train_run
from grokphase.training.spec import RunSpec
from grokphase.training.worker_main import Parent
from grokphase.training.workers import (
    MOST_LOSSES,
    LostWorkerError,
    Worker,
    hire,
    lost_sentence,
    ready,
    release,
)

WAIT_SECONDS = 0.5  # without news, after which the driver is given a turn to write what has come

Finished = tuple[RunSpec, RunRecord]


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
        keep_weights: put the final weights in the record.
        segment_seconds: about how long a segment takes.
    """

    spec: RunSpec
    id: str
    checkpoint: bytes | None
    checkpointed: bool
    keep_weights: bool
    segment_seconds: float

    def __call__(self, parent: Parent) -> RunRecord | None:
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


def program_of(spec: RunSpec) -> Hashable:
    """What runs that share a compiled loop have in common, known without building a network.

    Runs that differ here may share one all the same, which costs a compilation and no more.
    """
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

    def __init__(self, specs: Sequence[RunSpec]) -> None:
        self._by_program: dict[Hashable, deque[RunSpec]] = {}
        for spec in specs:
            self._by_program.setdefault(program_of(spec), deque()).append(spec)
        self._compiled: Counter[Hashable] = Counter()

    def __bool__(self) -> bool:
        return bool(self._by_program)

    def next_for(self, compiled: set[Hashable]) -> RunSpec:
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

    def put_back(self, spec: RunSpec) -> None:
        """A run is to be done after all, first of its kind."""
        self._by_program.setdefault(program_of(spec), deque()).appendleft(spec)


class Crew:
    """Workers, and the runs that they train.

    Args:
        specs: the runs.
        most: how many workers at once.
        checkpoints: where the states of runs in flight are kept; None keeps none.
        keep_weights: put the final weights in the records.
    """

    def __init__(
        self,
        specs: Sequence[RunSpec],
        most: int,
        checkpoints: Checkpoints | None = None,
        keep_weights: bool = False,
    ) -> None:
        self._waiting = Waiting(specs)
        self._most = most
        self._checkpoints = checkpoints
        self._keep_weights = keep_weights
        self._at_work: dict[Worker, RunSpec] = {}
        self._losses: Counter[str] = Counter()

    def train(self) -> Iterator[Running | Finished | None]:
        """Runs as they advance and finish; None where nothing has happened for a while.

        What is left when the caller stops listening is ended where it is.
        """
        try:
            while self._waiting or self._at_work:
                while self._waiting and len(self._at_work) < self._most:
                    self._set_to_work(hire())
                news = ready(list(self._at_work), WAIT_SECONDS)
                if not news:
                    yield None
                for worker in news:
                    if (told := self._hear(worker)) is not None:
                        yield told
        finally:
            for worker in self._at_work:
                release(worker)

    def _set_to_work(self, worker: Worker) -> None:
        spec = self._waiting.next_for(worker.compiled)
        self._at_work[worker] = spec
        try:
            worker.give(self._job(spec))
        except LostWorkerError as lost:
            self._replace(worker, lost_sentence(lost))

    def _hear(self, worker: Worker) -> Running | Finished | None:
        spec = self._at_work[worker]
        try:
            kind, content = worker.receive()
        except LostWorkerError as lost:
            self._replace(worker, lost_sentence(lost))
            return None
        except ChangedCodeError:
            self._replace(worker, _OTHER_CODE.format(name=spec.model.spec().get("name")))
            return None
        except ImportError as error:
            raise GrokphaseError(_NOT_IMPORTED.format(error=error)) from error
        if kind == "result":
            del self._at_work[worker]
            release(worker)
            return spec, content
        if isinstance(content, bytes):
            assert self._checkpoints is not None
            self._checkpoints.save_checkpoint(spec.id, content)
            return None
        return Running(spec, *content)

    def _replace(self, worker: Worker, sentence: str) -> None:
        """End a worker; another does its run, unless that has cost a worker before."""
        spec = self._at_work.pop(worker)
        worker.end()
        self._losses[spec.id] += 1
        if self._losses[spec.id] == MOST_LOSSES:
            raise GrokphaseError(sentence)
        self._waiting.put_back(spec)

    def _job(self, spec: RunSpec) -> Job:
        kept = self._checkpoints is not None
        found = self._checkpoints.load_checkpoint(spec.id) if self._checkpoints else None
        wanted = session.SEGMENT_SECONDS
        return Job(spec, spec.id, found, kept, self._keep_weights, wanted)


_NOT_IMPORTED = (
    "A worker process cannot import what a model needs ({error}); put its module into a folder of "
    "sys.path, or define the model in the script or notebook itself."
)
_OTHER_CODE = (
    "The model {name} is not the same in a worker process as here: a package that it uses has "
    "changed since this process started, or it computes something else each time it is traced; "
    "start again, or make it depend on its weights and inputs alone."
)
