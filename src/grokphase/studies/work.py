"""Training what a figure needs: a place for its runs, and a count of what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grokphase.studies.scales import Scale, check_scale

if TYPE_CHECKING:
    from grokphase.mapping.design import Design
    from grokphase.phases import PhaseMap
    from grokphase.store import RunRecord, Store
    from grokphase.training.progress import Progress
    from grokphase.training.schedule import Keep
    from grokphase.training.spec import AnySpec


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
        previous: data of an earlier result of the same figure and scale, whose finished maps need
            not be made again.

    Example:
        >>> Work("quick").steps
        0
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

    def train(self, specs: Sequence[AnySpec], *, keep: Keep | None = None) -> list[RunRecord]:
        """The records of these runs, in their order, with curves, and weights if asked."""
        from grokphase.training.sweep import Sweep

        with self._waiting():
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

    def map(self, design: Design) -> PhaseMap:
        """The refined phase map of a design of two axes and one seed."""
        from grokphase.mapping.maps import train_map
        from grokphase.mapping.request import Request

        with self._waiting():
            found = train_map(
                Request(design, refine=True),
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
        began = time.process_time()
        yield
        self.waited_seconds += time.process_time() - began
