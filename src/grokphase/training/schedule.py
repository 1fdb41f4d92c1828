"""When curves are recorded: at log-spaced steps, or every so many."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

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


def padded(schedule: Int[np.ndarray, " m"]) -> Int[np.ndarray, " capacity"]:
    """The schedule at full capacity, filled up with a step that is never reached.

    The capacity is 256, or the power of two above a longer schedule, so that budgets of like
    length share one compilation.

    Example:
        >>> padded(log_spaced(100_000, 20)).size, padded(every(1000, 1)).size
        (256, 1024)
    """
    capacity = max(CAPACITY, 1 << len(schedule).bit_length())
    filled = np.full(capacity, np.iinfo(np.int32).max, np.int32)
    filled[: len(schedule)] = schedule
    return filled
