"""When a monitor looks, and how much of a run's time it may take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

PER_DECADE: Final = 20
FREE_SECONDS: Final = 0.25
"""What measures may take however short the run: the first steps of a small network are not lost."""


@dataclass
class LogSpaced:
    """Steps about evenly spaced in their logarithm, with no end: a run's budget is not known.

    Args:
        per_decade: steps in every factor of ten.

    Example:
        >>> schedule = LogSpaced(4)
        >>> [step for step in range(101) if schedule.take(step)]
        [0, 1, 2, 4, 8, 15, 27, 49, 88]
    """

    per_decade: int
    due: int = 0

    def take(self, step: int) -> bool:
        """Whether to look at this step; if so the next one is later."""
        if step < self.due:
            return False
        self.due = max(step + 1, math.ceil(step * 10 ** (1 / self.per_decade)))
        return True


@dataclass
class Allowance:
    """The share of a run's time that measures may take.

    What would exceed it, by what it took the last time, is put off until the run has gone on for
    long enough.

    Args:
        share: of the time since the monitor began; None for no limit.
        clock: seconds.
    """

    share: float | None
    clock: Callable[[], float] = time.perf_counter
    spent: float = 0.0
    _last: dict[str, float] = field(default_factory=dict)  # seconds that each took
    _before: float = 0.0  # seconds of the run before it was resumed
    _began: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since it began, without those between a checkpoint and its resumption."""
        return self._before + (0.0 if self._began is None else self.clock() - self._began)

    def begin(self) -> None:
        """Start the clock, if it does not run yet."""
        if self._began is None:
            self._began = self.clock()

    def allows(self, what: str) -> bool:
        """Whether there is time for a measure, which takes about what it took the last time."""
        if self.share is None:
            return True
        expected = self.spent + self._last.get(what, 0.0)
        return expected <= max(FREE_SECONDS, self.share * self.elapsed)

    @contextmanager
    def spending(self, what: str) -> Iterator[None]:
        """Counts what is done within."""
        began = self.clock()
        try:
            yield
        finally:
            self._last[what] = self.clock() - began
            self.spent += self._last[what]

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"spent": self.spent, "elapsed": self.elapsed}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.spent, self._before, self._began = state["spent"], state["elapsed"], None
