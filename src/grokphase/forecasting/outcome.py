"""Which phase a run of a map will be in at the end of its budget, from what is known of it now.

A run is in one of three states: training accuracy has not passed its threshold; it has, and
validation accuracy has not; or its phase is decided. In the first two it is asked whether the next
threshold is passed within the budget, by a logistic model over how far the run is and what became
of the cells around it that were decided before. A map is mostly areas: beside cells that
generalized after 3,000 steps, one that has not after 20,000 will hardly do so.

The constants are data (`fitted/outcome.json`), fitted on maps whose outcomes are known, with what
they were fitted on and how often such forecasts were wrong on maps that they were not fitted on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations_with_replacement
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.classify import (
    COMPREHENSION,
    CONFUSION,
    DELAY,
    GROKKING,
    MEMORIZATION,
    VALIDATION_ONLY,
)

EARLIEST: Final = 0.01
"""Share of the budget after which a run is looked at first."""

FAMILIES: Final = ("addition/toy", "S3/toy")
"""The tasks and models of the maps that the constants were fitted on."""

_FARTHEST = math.sqrt(50)  # cells; what lies farther off says nothing
_DOUBT = 0.01  # weight of the opinion that half of all cells around pass a threshold

_TRAINED = (COMPREHENSION, GROKKING, MEMORIZATION)
_GENERALIZED = (COMPREHENSION, GROKKING, VALIDATION_ONLY)


class Expectation(NamedTuple):
    """What a run will have come to at the end of its budget: a phase, and how probably."""

    phase: str
    probability: float


class Decided(NamedTuple):
    """A run of a cell whose phase is known, or was forecast.

    Attributes:
        distance: from the cell that is asked for, in cells.
        phase: what became of it.
        train_step: when training accuracy passed; None if it was not seen to.
        validation_step: the same of validation accuracy.
    """

    distance: float
    phase: str
    train_step: int | None
    validation_step: int | None


@dataclass(frozen=True)
class Around:
    """What became of the cells around one, each with the weight of its distance^-4.

    Attributes:
        trained: the share that passed the training threshold.
        generalized: the share that passed that of validation.
        train: the mean logarithm of the step at which they did; None where none did.
        validation: likewise.
    """

    trained: float = 0.5
    generalized: float = 0.5
    train: float | None = None
    validation: float | None = None

    @classmethod
    def of(cls, cells: Iterable[Decided]) -> Around:
        """That of some cells; half of each where there is none.

        Example:
            >>> near = Decided(1.0, "grokking", 100, 2000), Decided(1.0, "memorization", 100, None)
            >>> around = Around.of(near)
            >>> round(around.generalized, 2), round(math.exp(around.validation))
            (0.5, 2000)
        """
        near = [(cell.distance**-4, cell) for cell in cells if cell.distance <= _FARTHEST]
        return cls(
            _share([(weight, cell.phase in _TRAINED) for weight, cell in near]),
            _share([(weight, cell.phase in _GENERALIZED) for weight, cell in near]),
            _mean([(weight, cell.train_step) for weight, cell in near]),
            _mean([(weight, cell.validation_step) for weight, cell in near]),
        )


def looks(budget: int) -> NDArray[np.float64]:
    """The steps at which a run is looked at: from 1 % of its budget on, each 2^(1/2) of the last.

    Example:
        >>> looks(100_000).round().astype(int).tolist()[:4]
        [1000, 1414, 2000, 2828]
    """
    count = math.floor(2 * math.log2(1 / EARLIEST)) + 1
    steps: NDArray[np.float64] = EARLIEST * budget * 2 ** (np.arange(count) / 2)
    return steps[steps < budget]


def expected(
    step: int,
    budget: int,
    train_step: int | None,
    validation_step: int | None,
    around: Around,
    delay: float = DELAY,
) -> Expectation | None:
    """The phase that a run will be in at the end of its budget, and how probably.

    Args:
        step: that it has come to.
        budget: its last step.
        train_step: when training accuracy passed its threshold; None if it has not by `step`.
        validation_step: the same of validation accuracy.
        around: what became of the cells around it.
        delay: the least delay of grokking, in steps.

    Returns:
        The expectation; None where validation accuracy has passed, or where several phases are
        open that this does not tell apart: a run that will yet pass the training threshold may do
        anything then, and before `delay` steps after that one that will generalize may comprehend.

    Example:
        >>> around = Around.of([Decided(1.0, "memorization", 300, None)] * 4)
        >>> expected(20_000, 100_000, 300, None, around).phase
        'memorization'
    """
    if validation_step is not None:
        return None
    passes = _passing(step, budget, train_step, around)
    if passes < 0.5:
        return Expectation(CONFUSION if train_step is None else MEMORIZATION, 1 - passes)
    late = train_step is not None and step - train_step >= delay
    return Expectation(GROKKING, passes) if late else None


def _passing(step: int, budget: int, train_step: int | None, around: Around) -> float:
    """The probability that the next threshold is passed within the budget."""
    weights = fitted()["weights"]["training" if train_step is None else "memorized"]
    seen = terms(step, budget, train_step, around)
    score = sum(weight * term for weight, term in zip(weights, seen, strict=True))
    return 1 / (1 + math.exp(-min(max(score, -30.0), 30.0)))


def terms(step: int, budget: int, train_step: int | None, around: Around) -> list[float]:
    """What the models are linear in: 1, what a forecast goes by, and its products in pairs.

    It goes by ln(budget / step); once the training threshold is passed ln(step / that of passing);
    the share of cells around that passed the next threshold, less one half; ln(step) less the mean
    logarithm of their steps; and whether there is none of them.

    Example:
        >>> terms(1000, 1000, None, Around())
        [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """
    if train_step is None:
        own, share, near = [], around.trained, around.train
    else:
        own = [math.log(step / max(train_step, 1))]
        share, near = around.generalized, around.validation
    late = 0.0 if near is None else math.log(step) - near
    seen = [math.log(budget / step), *own, share - 0.5, late, float(near is None)]
    return [1.0, *seen, *(a * b for a, b in combinations_with_replacement(seen, 2))]


def _share(votes: list[tuple[float, bool]]) -> float:
    total = sum(weight for weight, _ in votes) + _DOUBT
    return (sum(weight for weight, holds in votes if holds) + _DOUBT / 2) / total


def _mean(votes: list[tuple[float, int | None]]) -> float | None:
    known = [(weight, math.log(max(step, 1))) for weight, step in votes if step is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * log for weight, log in known) / total if known else None


@cache
def fitted() -> Mapping[str, Any]:
    """The constants that come along, with what they were fitted on and their error rates."""
    place = files("grokphase.forecasting") / "fitted" / "outcome.json"
    found: Mapping[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found
