"""A time that is known to lie between two steps, and how long it is from one such to another."""

from __future__ import annotations

import math
from typing import NamedTuple


class Interval(NamedTuple):
    """The time of an event in steps, as far as it is known: in (lower, upper].

    Attributes:
        time: the step at which it was seen, or until which it was waited for in vain.
        lower: it had not happened yet; of a censored event the same as `time`.
        upper: it had happened; infinite where it is censored.
    """

    time: float
    lower: float
    upper: float

    @property
    def event(self) -> bool:
        """Whether it was seen, rather than censored."""
        return math.isfinite(self.upper)


def between(first: Interval | None, second: Interval | None) -> Interval | None:
    """How long it took from one event to another, as an interval.

    Steps are whole numbers, so with the first in [a, b] and the second in [c, d] it lies in
    [c - b, d - a], which is (c - b - 1, d - a].

    Args:
        first: the event from which is counted: of a delay, that training accuracy passed.
        second: the event up to which is counted.

    Returns:
        The interval; None where the first was not seen, so that there is nothing to count from.

    Example:
        >>> between(Interval(100, 50, 100), Interval(900, 800, 900))
        Interval(time=800, lower=700, upper=849)
        >>> between(Interval(100, 50, 100), Interval(1000, 1000, math.inf))  # not seen by step 1000
        Interval(time=900, lower=900, upper=inf)
    """
    if first is None or second is None or not first.event:
        return None
    if not second.event:
        waited = second.lower - first.upper
        return Interval(waited, waited, math.inf)
    return Interval(
        second.time - first.time,
        _earliest(second) - first.upper - 1,
        second.upper - _earliest(first),
    )


def _earliest(seen: Interval) -> float:
    """The first step in an interval; one that ends at step 0 has nothing before it."""
    return 0.0 if seen.upper == 0 else seen.lower + 1
