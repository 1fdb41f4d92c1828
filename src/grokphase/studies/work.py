"""What a figure computes with: a scale, a place for its runs, and a count of what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from grokphase.studies.scales import Scale, check_scale

if TYPE_CHECKING:
    from grokphase.phases import Axis, PhaseMap
    from grokphase.store import RunRecord, Store
    from grokphase.training import RunSpec
    from grokphase.training.progress import Progress
    from grokphase.training.schedule import Keep

Value = TypeVar("Value")


@dataclass
class Work:
    """Where and how far a figure is computed.

    Runs are looked up in the store before they are trained, so the same figure computed again, or
    after an interruption, goes on where it was.

    Args:
        scale: "quick" or "paper".
        store: where runs are found and kept; None keeps nothing.
        workers: worker processes; None for one a core.
        executor: any `concurrent.futures.Executor`, instead.
        on_progress: called as runs advance.
        previous: data of an earlier result of the same figure and scale, whose finished parts need
            not be computed again.

    Example:
        >>> Work("quick").choose(quick=3, paper=11)
        3
    """

    scale: Scale = "quick"
    store: Store | None = None
    workers: int | None = None
    executor: Executor | None = None
    on_progress: Callable[[Progress], None] | None = None
    previous: Mapping[str, Any] | None = None
    runs: int = field(default=0, init=False)
    steps: int = field(default=0, init=False)
    training_seconds: float = field(default=0.0, init=False)
    waited_seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Refuse a scale that there is not."""
        check_scale(self.scale)

    def choose(self, *, quick: Value, paper: Value) -> Value:
        """The value for this scale."""
        return quick if self.scale == "quick" else paper

    def train(self, specs: Sequence[RunSpec], *, weights: bool = False) -> list[RunRecord]:
        """The records of these runs, in their order, with curves; with final weights if asked."""
        from grokphase.training.sweep import Sweep

        with self._waiting():
            keep: Keep | None = "final" if weights else None
            sweep = Sweep(
                self.store, self.workers, self.executor, self.on_progress, keep_weights=keep
            )
            records = sweep.run(specs)
        unique = {record.id: record for record in records}.values()
        self.count(
            len(unique),
            sum(record.steps_trained for record in unique),
            sum(record.seconds for record in unique),
        )
        return records

    def map(self, base: RunSpec, x: Axis | str, y: Axis | str, seed: int) -> PhaseMap:
        """The refined phase map of one seed around a run's specification."""
        from grokphase.phases.mapping import phase_map

        with self._waiting():
            found = phase_map(
                base.task,
                base.model,
                base.recipe,
                split=base.split,
                x=x,
                y=y,
                seeds=[seed],
                refine=True,
                store=self.store,
                executor=self.executor,
                workers=self.workers,
                on_progress=self.on_progress,
            )
        self.count(int(found.measured.sum()), found.steps_trained, found.seconds)
        return found

    def count(self, runs: int, steps: int, seconds: float) -> None:
        """Add runs to what the figure cost; `seconds` of training, whenever they were made."""
        self.runs += runs
        self.steps += steps
        self.training_seconds += seconds

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.waited_seconds += time.perf_counter() - began
