"""Runs whose outcome is known: what forecasters are fitted and scored on."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.forecasting.history import History
from grokphase.phases.intervals import Interval

SPLITS: Final = ("train", "validation", "test")
"""Parts of the corpus, each of whole families: for fitting, for choosing, for scoring."""

RESOLVED: Final = 10
"""Evaluations that a delay must span to be scored."""


@dataclass(frozen=True, eq=False)
class Case:
    """One run of the corpus, to its end.

    Args:
        id: of the run.
        family: task and model.
        split: the part of the corpus that its family is in.
        cell: its settings without the seed.
        history: the run to its end.
    """

    id: str
    family: str
    split: str
    cell: str
    history: History

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Case:
        """A row of the corpus."""
        if row["split"] not in SPLITS:
            raise GrokphaseError(
                f'run {row["id"]} has the split "{row["split"]}"; allowed: {", ".join(SPLITS)}.'
            )
        return cls(
            id=str(row["id"]),
            family=str(row["family"]),
            split=str(row["split"]),
            cell=str(row["cell"]),
            history=History.of_corpus(row),
        )

    @cached_property
    def memorized_at(self) -> float | None:
        """The evaluation at which it was first seen to have memorized."""
        seen = self.history.memorized
        return None if seen is None else max(seen.upper, 1.0)

    @cached_property
    def delay(self) -> Interval | None:
        """Steps from then to generalization, in (lower, upper]; an infinite end where censored.

        None for a run that has not memorized, or had generalized when it did: there is nothing to
        forecast.
        """
        start, done = self.memorized_at, self.history.generalized
        if start is None:
            return None
        if done is None:
            waited = self.history.now - start
            return Interval(waited, waited, math.inf) if waited > 0 else None
        if done.upper <= start:
            return None
        return Interval(done.upper - start, max(done.lower - start, 0.0), done.upper - start)

    @property
    def resolved(self) -> bool:
        """Whether its delay, if it is known, spans `RESOLVED` evaluations: else a tenth of it is
        less than what is between two of them."""
        delay, done = self.delay, self.history.generalized
        if delay is None or done is None:
            return delay is not None
        return delay.time >= RESOLVED * (done.upper - done.lower)

    @property
    def generalizes(self) -> bool:
        """Whether it generalizes within its budget, after memorization."""
        return self.delay is not None and self.delay.event

    def at(self, elapsed: float) -> History:
        """What was known this many steps after memorization."""
        assert self.memorized_at is not None
        return self.history.until(self.memorized_at + elapsed)


def cases_of(rows: Iterable[Mapping[str, Any]]) -> list[Case]:
    """The runs of a corpus, in the order of their ids.

    Raises:
        GrokphaseError: for a run that is there twice, or a family in two parts of the corpus.
    """
    cases = sorted((Case.of(row) for row in rows), key=lambda case: case.id)
    for one, other in itertools.pairwise(cases):
        if one.id == other.id:
            raise GrokphaseError(f"run {one.id} is in the corpus twice.")
    parts: dict[str, str] = {}
    for case in cases:
        if parts.setdefault(case.family, case.split) != case.split:
            raise GrokphaseError(
                f"the family {case.family} is in the split {case.split} and in "
                f"{parts[case.family]}; a family is in one."
            )
    return cases


def digest(cases: Sequence[Case]) -> str:
    """What these runs are: a digest of their ids, families, times and curves.

    Args:
        cases: in any order.

    Returns:
        64 hexadecimal digits, the same for the same runs and for no others.
    """
    found = hashlib.sha256()
    for case in sorted(cases, key=lambda case: case.id):
        history = case.history
        passages = (history.memorized, history.generalized)
        words = (case.id, case.family, case.cell, history.budget, history.now, *passages)
        found.update(repr(words).encode())
        found.update(history.step.tobytes())
        for name in sorted(history.curves):
            found.update(name.encode())
            found.update(np.ascontiguousarray(history.curves[name]).tobytes())
    return found.hexdigest()
