"""When curves are recorded: log-spaced steps."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

CAPACITY = 256  # rows of a run's curves; fixed, so that any budget shares one compilation


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


def padded(schedule: Int[np.ndarray, " m"]) -> Int[np.ndarray, " capacity"]:
    """The schedule at full capacity, filled up with a step that is never reached."""
    filled = np.full(CAPACITY, np.iinfo(np.int32).max, np.int32)
    filled[: len(schedule)] = schedule
    return filled
