"""Which phase of learning a run is in: Table 1 of Liu et al. (2022), and the outcomes it omits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.errors import GrokphaseError, nearest

COMPREHENSION: Final = "comprehension"
GROKKING: Final = "grokking"
MEMORIZATION: Final = "memorization"
CONFUSION: Final = "confusion"
VALIDATION_ONLY: Final = "validation-only"
DIVERGED: Final = "diverged"
FAILED: Final = "failed"

PHASES: Final[tuple[str, ...]] = (
    COMPREHENSION,
    GROKKING,
    MEMORIZATION,
    CONFUSION,
    VALIDATION_ONLY,
    DIVERGED,
    FAILED,
)
"""Every outcome, in the order of display: the four of Table 1, then those it does not name."""

TABLE_1: Final[tuple[str, ...]] = PHASES[:4]
"""The four phases of Table 1."""

PHASE_MEANING: Final = MappingProxyType(
    {
        COMPREHENSION: "Learned the training set and generalized without a long delay.",
        GROKKING: "Learned the training set and generalized long afterwards.",
        MEMORIZATION: "Learned the training set but did not generalize within the budget.",
        CONFUSION: "Did not even learn the training set within the budget.",
        VALIDATION_ONLY: "Passed the validation threshold but never the training threshold.",
        DIVERGED: "The loss became infinite or not a number before the phase was decided.",
        FAILED: "Its training function raised an error, ended its process or took too long.",
    }
)
"""One sentence for each outcome, for legends, hovers and reports."""

DELAY: Final = 1000.0
"""Steps between the two thresholds from which generalization counts as delayed (Table 1)."""

By = Literal["first-passage", "sustained"]

BY: Final = MappingProxyType({"first-passage": "first passage", "sustained": "sustained times"})
"""The times that a phase can be decided by, with the words for them. The paper's are the first."""


def check_by(by: str) -> None:
    """Refuse what is no kind of time.

    Args:
        by: one of `BY`.

    Raises:
        GrokphaseError: if it is not.
    """
    if by not in BY:
        raise GrokphaseError(
            f'by = "{by}" is not known; allowed: {", ".join(BY)}.{nearest(by, BY)}'
        )


def classify(
    train_step: float | None,
    validation_step: float | None,
    *,
    delay: float = DELAY,
    budget: float | None = None,
    diverged: bool = False,
) -> str:
    """The phase of one run, by Table 1.

    With t the step at which the training accuracy passed its threshold and v the same for the
    validation accuracy, where "reached" means reached at a step <= ``budget``:

    | t           | v           | v - t       | phase           |
    |-------------|-------------|-------------|-----------------|
    | reached     | reached     | < ``delay`` | comprehension   |
    | reached     | reached     | >= ``delay``| grokking        |
    | reached     | not reached |             | memorization    |
    | not reached | not reached |             | confusion       |
    | not reached | reached     |             | validation-only |

    The inequality is Table 1's own, so a delay of exactly ``delay`` is grokking, and a network
    whose validation accuracy came first (v < t) comprehends. The table has no row for
    "validation-only", and the authors' notebooks draw it as comprehension; here it has its name.
    A run that ``diverged`` is "diverged" unless both thresholds had been passed before, since its
    phase was then decided. First-passage and sustained steps are classified alike: pass either.

    Args:
        train_step: t, in steps (optimiser updates); None (or NaN) if it was not reached.
        validation_step: v, likewise.
        delay: the least v - t that counts as delayed, in steps.
        budget: steps later than this count as not reached; None takes the steps as they are.
        diverged: whether the loss stopped being finite.

    Returns:
        One of `PHASES`.

    Raises:
        GrokphaseError: if a step is negative or infinite, or ``delay`` or ``budget`` is NaN.

    Example:
        >>> classify(120, 340)
        'comprehension'
        >>> classify(120, 1120)
        'grokking'
        >>> classify(120, None)
        'memorization'
        >>> classify(None, 250)
        'validation-only'

    Source:
        Liu et al. 2022, arXiv:2205.10343, Appendix A, Table 1.
    """
    steps = [math.nan if step is None else step for step in (train_step, validation_step)]
    return str(
        classify_many(steps[0], steps[1], delay=delay, budget=budget, diverged=diverged).item()
    )


def classify_many(
    train_step: ArrayLike | Sequence[float | None],
    validation_step: ArrayLike | Sequence[float | None],
    *,
    delay: float = DELAY,
    budget: float | None = None,
    diverged: ArrayLike = False,
) -> NDArray[np.str_]:
    """The phases of many runs at once; the arrays are broadcast against each other.

    Args:
        train_step: steps at which training accuracy passed its threshold, any shape; a run that
            did not reach it is NaN, None, or masked in a masked array.
        validation_step: the same for validation accuracy.
        delay: as for `classify`.
        budget: as for `classify`.
        diverged: whether each run's loss stopped being finite.

    Returns:
        Array of phases, of the broadcast shape.

    Raises:
        GrokphaseError: as for `classify`.

    Example:
        >>> classify_many([10, 10, None], [20, 5000, float("nan")]).tolist()
        ['comprehension', 'grokking', 'confusion']

    Source:
        Liu et al. 2022, arXiv:2205.10343, Appendix A, Table 1.
    """
    if math.isnan(delay):
        raise GrokphaseError("delay is NaN; it must be a number of steps: write delay=1000.")
    limit = _limit(budget)
    train = _within(_steps(train_step, "train_step"), limit)
    validation = _within(_steps(validation_step, "validation_step"), limit)
    trained, validated = ~np.isnan(train), ~np.isnan(validation)
    # A comparison with NaN is False, so `soon` needs no mask of its own.
    soon = validation - train < delay
    both = trained & validated
    return np.select(
        [both & soon, both, np.asarray(diverged, dtype=bool), trained, validated],
        [COMPREHENSION, GROKKING, DIVERGED, MEMORIZATION, VALIDATION_ONLY],
        default=CONFUSION,
    )


def _limit(budget: float | None) -> float:
    if budget is None:
        return math.inf
    if math.isnan(budget):
        raise GrokphaseError("budget is NaN; it must be a number of steps: write budget=100000.")
    return budget


def _steps(given: ArrayLike | Sequence[float | None], name: str) -> NDArray[np.float64]:
    """Steps as float64 with NaN for censored, refusing what cannot be a step."""
    numbers = np.ma.asarray(given).astype(np.float64)
    steps: NDArray[np.float64] = np.ma.filled(numbers, np.nan)
    if np.isinf(steps).any() or (steps < 0).any():
        wrong = steps[np.isinf(steps) | (steps < 0)].flat[0]
        raise GrokphaseError(
            f"{name} is {wrong:g}; a step is a finite number >= 0, or None where not reached."
        )
    return steps


def _within(steps: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    return np.where(steps <= limit, steps, np.nan)
