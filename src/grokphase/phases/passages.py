"""Between which two steps something happened, read off a curve: whoever recorded it.

A curve that passes a threshold at step t for the first time passed it in (l, t], l being the row
before: what is between two rows is not known, however far apart they are. What a curve does not
show by its last row is censored. `grokphase.phases.times` reads the same from records of runs,
whose accuracies were tested more often than their curves have rows.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.errors import GrokphaseError
from grokphase.phases.intervals import Interval
from grokphase.phases.thresholds import Rule

SAME: Final = 1e-6
"""Shares nearer than this are equal: 0.99 in single precision is above 0.99."""


def passes(share: Any, threshold: float, rule: Rule) -> Any:
    """Whether a share, or each of an array, passes a threshold, taken as the decimal it is meant.

    Args:
        share: one or several.
        threshold: what is to be passed.
        rule: ">" or ">=".

    Example:
        >>> passes(float(np.float32(0.99)), 0.99, ">"), passes(0.99 - 1e-9, 0.99, ">=")
        (False, True)
    """
    above = share - threshold
    return above > SAME if rule == ">" else above >= -SAME


def first_passage(
    step: ArrayLike,
    values: ArrayLike,
    threshold: float,
    *,
    sustain: float = 0,
    rule: Rule = ">",
) -> Interval | None:
    """When a curve passed a threshold for the first time, or began to do so for long.

    Args:
        step: (m,) ascending, in steps.
        values: (m,) of the curve; a row that is NaN was not measured, and is left out.
        threshold: what it has to pass.
        sustain: steps that it has to stay beyond it: then it is the beginning of the first streak
            of rows whose last comes so many steps or more after its first.
        rule: ">" or ">=".

    Returns:
        The interval (lower, upper]; its lower end is -1 where the first row passes already. Where
        it was not seen it is (the last row less `sustain`, inf). None for a curve without a
        number.

    Raises:
        GrokphaseError: steps do not ascend, or are not as many as values.

    Example:
        >>> step, accuracy = [0, 100, 200, 300], [0.1, 0.95, 0.8, 1.0]
        >>> first_passage(step, accuracy, 0.9)
        Interval(time=100.0, lower=0.0, upper=100.0)
        >>> first_passage(step, accuracy, 0.9, sustain=100)
        Interval(time=200.0, lower=200.0, upper=inf)
    """
    at, holds = _rows(step, values, threshold, rule)
    if not at.size:
        return None
    first = _streak(at, holds, sustain)
    if first is None:
        last = max(float(at[-1]) - sustain, 0.0)
        return Interval(last, last, math.inf)
    return _seen(at, first)


def first_loss(
    step: ArrayLike,
    values: ArrayLike,
    threshold: float,
    *,
    sustain: float = 0,
    rule: Rule = ">",
) -> Interval | None:
    """When what a curve had reached was lost again: the first row after it that does not pass.

    Args:
        step: (m,) ascending, in steps.
        values: (m,) of the curve; a row that is NaN was not measured, and is left out.
        threshold: what it has to pass.
        sustain: steps that it has to have passed before, see `first_passage`.
        rule: ">" or ">=".

    Returns:
        The interval (lower, upper] in steps of the run; `between` counts it from the passage.
        (The last row, inf) where it was kept; None where nothing was reached that could be lost.

    Raises:
        GrokphaseError: steps do not ascend, or are not as many as values.

    Example:
        >>> first_loss([0, 100, 200, 300], [0.1, 0.95, 0.8, 1.0], 0.9)
        Interval(time=200.0, lower=100.0, upper=200.0)
    """
    at, holds = _rows(step, values, threshold, rule)
    first = _streak(at, holds, sustain)
    if first is None:
        return None
    lost = np.flatnonzero(~holds[first:])
    if not lost.size:
        return Interval(float(at[-1]), float(at[-1]), math.inf)
    return _seen(at, first + int(lost[0]))


def _rows(
    step: ArrayLike, values: ArrayLike, threshold: float, rule: Rule
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The steps at which a curve has a number, and whether it passes there."""
    at, of = (np.asarray(each, np.float64) for each in (step, values))
    if at.ndim != 1 or at.shape != of.shape:
        raise GrokphaseError(
            f"A curve has a value a step, not values {of.shape} for steps {at.shape}."
        )
    known = ~np.isnan(of)
    at, of = at[known], of[known]
    if not (np.diff(at) > 0).all():
        raise GrokphaseError("Steps of a curve ascend; sort its rows, and leave out what is twice.")
    return at, passes(of, threshold, rule)


def _streak(at: NDArray[Any], holds: NDArray[np.bool_], sustain: float) -> int | None:
    """The row at which the first streak begins that lasts."""
    edges = np.flatnonzero(np.diff(holds.astype(np.int8), prepend=0, append=0))
    for first, beyond in edges.reshape(-1, 2):
        if at[beyond - 1] - at[first] >= sustain:
            return int(first)
    return None


def _seen(at: NDArray[np.float64], row: int) -> Interval:
    step = float(at[row])
    return Interval(step, float(at[row - 1]) if row else -1.0, step)
