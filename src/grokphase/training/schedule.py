"""When curves are recorded: at log-spaced steps, or every so many."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from jaxtyping import Int

Keep = Literal["final", "log"]
"""Which weights of a run are kept: the last, or those at `kept_steps` too."""

KEPT_PER_DECADE: Final = 10

CAPACITY = 256  # rows of log-spaced curves; fixed, so that any budget shares one compilation


def log_spaced(steps: int, points_per_decade: int) -> Int[np.ndarray, " m"]:
    """Steps 0, 1, ..., `steps`, about evenly spaced in their logarithm, without repeats.

    Early steps are all there until the spacing exceeds one; at most 255 points, thinned evenly if
    there were more.

    Args:
        steps: the last step.
        points_per_decade: points per factor of ten.

    Returns:
        Ascending integers from 0 to `steps`.

    Example:
        >>> log_spaced(100, 4).tolist()
        [0, 1, 2, 3, 6, 10, 18, 32, 56, 100]
    """
    count = max(2, round(points_per_decade * np.log10(max(steps, 2))) + 1)
    points = np.unique(np.round(np.geomspace(1, steps, min(count, 100_000))).astype(np.int64))
    points = np.unique(np.concatenate([[0], points, [steps]]))
    if len(points) >= CAPACITY:
        points = points[np.unique(np.linspace(0, len(points) - 1, CAPACITY - 1).astype(int))]
    return points


def every(steps: int, interval: int) -> Int[np.ndarray, " m"]:
    """Steps 0, `interval`, 2 `interval`, ..., and the last, `steps`.

    Args:
        steps: the last step.
        interval: steps between two rows.

    Returns:
        Ascending integers from 0 to `steps`, `rows(steps, interval)` of them.

    Example:
        >>> every(10, 4).tolist()
        [0, 4, 8, 10]
    """
    return np.append(np.arange(0, steps, interval), steps)


def rows(steps: int, interval: int) -> int:
    """How many rows `every` gives, without making them.

    Example:
        >>> rows(10, 4), rows(8, 4)
        (4, 3)
    """
    return -(-steps // interval) + 1


def kept_steps(
    steps: int, schedule: Int[np.ndarray, " m"], keep: Keep | None
) -> Int[np.ndarray, " k"]:
    """The recorded steps at which weights are kept besides the last: ten in a decade for "log".

    Args:
        steps: the budget.
        schedule: the recorded steps.
        keep: which weights are kept.

    Returns:
        Some of `schedule`: for each of `log_spaced(steps, 10)` the first that is not before it,
        but for the last, whose weights are kept as the final ones.

    Example:
        >>> kept_steps(100, every(100, 10), "log").tolist()
        [0, 10, 20, 30, 40, 50, 70, 80]
    """
    if keep != "log":
        return schedule[:0]
    wanted = log_spaced(steps, KEPT_PER_DECADE)
    return np.setdiff1d(schedule[np.searchsorted(schedule, wanted)], steps)


def padded(schedule: Int[np.ndarray, " m"], least: int = CAPACITY) -> Int[np.ndarray, " capacity"]:
    """The schedule at full capacity, filled up with a step that is never reached.

    The capacity is `least`, or the power of two above a longer schedule, so that budgets of like
    length share one compilation.

    Example:
        >>> padded(log_spaced(100_000, 20)).size, padded(every(1000, 1)).size
        (256, 1024)
    """
    capacity = max(least, 1 << len(schedule).bit_length())
    filled = np.full(capacity, np.iinfo(np.int32).max, np.int32)
    filled[: len(schedule)] = schedule
    return filled
