r"""When an event happens, from runs of which each knows only an interval that holds its time.

Kaplan and Meier's estimate takes the step at which an event was *seen*. Where evaluations are far
apart, or apart by other steps in other runs, or of a delay, both of whose ends are only known to
lie between two evaluations, it is too late by up to such an interval. Turnbull's estimate is the
distribution of largest likelihood that uses what is known and no more: it puts its mass on
intervals, and says nothing of where in them. With exact and right-censored times it is Kaplan and
Meier's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.errors import GrokphaseError

_ROUNDING: Final = 1e-9
_CHANGE: Final = 1e-10  # of masses from one iteration to the next, where they have settled
_ITERATIONS: Final = 20_000

Floats = NDArray[np.float64]


class Bounds(NamedTuple):
    """A quantile, as far as it is known: in (lower, upper]; infinite where it is not reached."""

    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class Turnbull:
    """The distribution of the time of an event, by largest likelihood.

    Args:
        lower: (k,) ends of the intervals that have mass, ascending; the time is later,
        upper: (k,) and not later than this, infinite for the runs that never saw it.
        mass: (k,) of each; they sum to 1.

    Source: Peto 1973, Applied Statistics 22, 86; Turnbull 1976, J. R. Stat. Soc. B 38, 290.
    """

    lower: Floats
    upper: Floats
    mass: Floats

    def quantile(self, share: float = 0.5) -> Bounds:
        """Between which steps a share of the runs has seen the event.

        Where the share is met at the end of an interval exactly, it goes on to the end of the next
        one, as a median between two values does.

        Example:
            >>> found = turnbull([0, 100, 100, 300], [100, 200, 200, math.inf])
            >>> found.quantile(0.5)
            Bounds(lower=100.0, upper=200.0)
            >>> found.quantile(0.9)
            Bounds(lower=300.0, upper=inf)
        """
        total = self.mass.cumsum()
        at = int(np.searchsorted(total, share - _ROUNDING))
        beyond = int(np.searchsorted(total, share + _ROUNDING))
        last = len(total) - 1
        return Bounds(float(self.lower[min(at, last)]), float(self.upper[min(beyond, last)]))

    def survival(self, step: ArrayLike) -> tuple[Floats, Floats]:
        """The least and the greatest share of runs that have not seen the event by these steps.

        Example:
            >>> low, high = turnbull([0, 100, 100, 300], [100, 200, 200, math.inf]).survival(150)
            >>> float(low), float(high)
            (0.25, 0.75)
        """
        at = np.asarray(step, np.float64)[..., None]
        later = (self.mass * (self.lower >= at)).sum(-1)
        open_now = (self.mass * ((self.lower < at) & (self.upper > at))).sum(-1)
        return later, later + open_now


def turnbull(lower: ArrayLike, upper: ArrayLike, weights: ArrayLike | None = None) -> Turnbull:
    """Turnbull's estimate from intervals (lower, upper] that hold the times of one event.

    Args:
        lower: (n,) the event had not happened yet.
        upper: (n,) it had happened; infinite where it was not seen. A time that is known exactly
            is (t - 1, t] in steps.
        weights: (n,) how often each run counts; once if not given.

    Raises:
        GrokphaseError: there is no run, or an interval is empty.

    Example:
        >>> found = turnbull([0, 50, 0], [100, 150, 200])
        >>> found.lower.tolist(), found.upper.tolist(), found.mass.round(3).tolist()
        ([50.0], [100.0], [1.0])
    """
    low, high = (np.asarray(each, np.float64).ravel() for each in (lower, upper))
    if not low.size or low.shape != high.shape or not (low < high).all():
        raise GrokphaseError(
            "Times of an event are intervals (lower, upper] of one run or more, lower below upper; "
            "a time that is known to the step is (t - 1, t]."
        )
    given = np.ones(low.size) if weights is None else np.asarray(weights, np.float64).ravel()
    pairs, kind = np.unique(np.stack([low, high], 1), axis=0, return_inverse=True)
    counts = np.bincount(kind.ravel(), given, len(pairs))
    pairs, shares = pairs[counts > 0], counts[counts > 0] / counts.sum()
    begin, end = _innermost(*pairs.T)
    holds = (pairs[:, :1] <= begin) & (end <= pairs[:, 1:])
    mass = np.full(len(begin), 1 / len(begin))
    for _ in range(_ITERATIONS):
        shared = holds * mass
        new = shares @ (shared / shared.sum(1, keepdims=True))
        if np.abs(new - mass).max() < _CHANGE:
            break
        mass = new
    kept = mass > _ROUNDING
    return Turnbull(begin[kept], end[kept], mass[kept] / mass[kept].sum())


def _innermost(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The intervals from a lower end to an upper one with no other end between: all mass is there.

    At one step an upper end comes before a lower one, as what is known of (a, b] and (b, c] does
    not overlap.
    """
    ends = np.concatenate([low, high])
    is_low = np.repeat([True, False], len(low))
    order = np.lexsort((is_low, ends))
    at = np.flatnonzero(is_low[order][:-1] & ~is_low[order][1:])
    return ends[order][at], ends[order][at + 1]


def median_over_seeds(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[Bounds, Bounds]:
    """The median of an event's time, and its interval by resampling runs.

    The percentile bootstrap of Turnbull's median over runs that are independent: seeds of one
    setting. It is one-sided where the median is not always reached, and too narrow for few runs
    (fewer than ten or so), which have not shown all that may happen.

    Args:
        lower: (n,) see `turnbull`.
        upper: (n,).
        level: of the interval.
        draws: resamples.
        seed: of the resamples.

    Returns:
        The median as (lower, upper], and the interval: its lower end of the lower ends, its upper
        end of the upper ends.

    Raises:
        GrokphaseError: as `turnbull`.

    Example:
        >>> median, interval = median_over_seeds(
        ...     [90, 110, 130, 150, 170], [100, 120, 140, 160, 180]
        ... )
        >>> median, interval.upper <= 180
        (Bounds(lower=130.0, upper=140.0), True)
    """
    low, high = (np.asarray(each, np.float64).ravel() for each in (lower, upper))
    found = turnbull(low, high).quantile()
    generator = np.random.default_rng(seed)
    picks = generator.multinomial(low.size, np.full(low.size, 1 / low.size), size=draws)
    rows, of = np.unique(picks, axis=0, return_inverse=True)
    medians = np.array([turnbull(low, high, row).quantile() for row in rows])[of.ravel()]
    ends = np.array([(1 - level) / 2, (1 + level) / 2]) * (draws - 1)
    first = float(np.sort(medians[:, 0])[math.floor(ends[0])])
    last = float(np.sort(medians[:, 1])[math.ceil(ends[1])])
    return found, Bounds(first, last)
