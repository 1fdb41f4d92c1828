"""How long an event is waited for, from runs of which some did not see it: survival analysis.

"Survival" is the share of runs in which the event has not happened yet. It is estimated by Kaplan
and Meier's product limit, which uses what a censored run knows: that it had not happened by then.
Their method takes the end of a run to say nothing of the event, as it does where all runs have one
budget; a run whose loss diverged, or that failed, is counted as censored at its last step.

Of delays it does not hold: a delay is censored at the budget less the step of training accuracy, so
those who learn late are lost early, and runs that never learn are left out. Where slow learners
also wait longer, curves of delays fall too early and their medians are too low; log-rank tests of
delays compare what is biased so. Losses of generalization are counted from when it was reached, and
stand in the same way to those who reach it late.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.phases.axis import Axis
from grokphase.phases.axis_text import Value
from grokphase.phases.classify import By
from grokphase.phases.times import Event, check_event
from grokphase.showing import shown_by

if TYPE_CHECKING:
    import pandas
    import polars
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVEL: Final = 0.95
"""Of the intervals of survival and of its medians."""

_ROUNDING: Final = 1e-12

MOST_COMPARED: Final = 40
"""Settings that are compared pair by pair: 780 tests."""

Intervals = Mapping[str, NDArray[np.float64]]
"""Of each event (..., seeds, 3): time, lower and upper of every run; NaN where there is none."""


class Curve(NamedTuple):
    """The product-limit estimate for the runs of one setting.

    Attributes:
        setting: value by axis name.
        steps: (m,) steps at which runs saw the event or were censored, ascending.
        share: (m,) share of runs that have not seen it after each.
        low: (m,) lower end of its interval (log-log, 95 %, Greenwood's variance); NaN where no run
            is left, as the variance is not known there.
        high: (m,) upper end, likewise.
        censored: steps at which runs were censored.
        runs: how many runs it is from.
        events: how many of them saw the event.
        excluded: runs without a delay, as they did not pass the training threshold, or with nothing
            that could be lost.
    """

    setting: dict[str, Value]
    steps: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    censored: tuple[float, ...]
    runs: int
    events: int
    excluded: int

    @property
    def median(self) -> tuple[float | None, float | None, float | None]:
        """The median and the ends of its interval; None where the curve does not come so low.

        The median is the step at which the curve falls below one half; if it is at one half for a
        while, the middle of that while, and not known where it ends there. So where no run ended
        before its budget it is the median of all steps, those not reached being later than all
        others (`summary.median`). An end of its interval is the first step at which that end of
        the curve's interval is at one half or below (Brookmeyer and Crowley).
        """
        low, high = (_first(self.steps, each <= 0.5) for each in (self.low, self.high))
        # Shares are products of quotients, so that one half is met to rounding.
        at, below = self.share <= 0.5 + _ROUNDING, self.share < 0.5 - _ROUNDING
        first, last = _first(self.steps, at), _first(self.steps, below)
        return None if first is None or last is None else (first + last) / 2, low, high


@dataclass(frozen=True, eq=False, repr=False)
class Survival:
    """The times of one event over the settings of a sweep, of which some are censored.

    Args:
        of: the event: "train", "validation", "delay" or "loss".
        by: the kind of times.
        axes: what is varied.
        seeds: the seeds of every setting.
        times: (..., seeds, 3) time, lower and upper of every run, an axis of the array for each of
            `axes`; NaN where a run was not made or has no such time.
        runs: (..., seeds) ids, None where a run was not made.

    Example:
        >>> from grokphase.phases.sweep_result import example
        >>> found = example().survival("validation")
        >>> for row in found.medians():
        ...     print(row["split.fraction"], row["runs"], row["events"], row["median"])
        0.4 3 1 None
        0.8 3 3 200.0

    Source: Kaplan and Meier 1958; Brookmeyer and Crowley 1982; Mantel 1966; Holm 1979. Estimates
    and tests are those of SciPy (`scipy.stats.ecdf`, `scipy.stats.logrank`).
    """

    of: Event
    by: By
    axes: tuple[Axis, ...]
    seeds: tuple[int, ...]
    times: NDArray[np.float64]
    runs: NDArray[np.object_]

    @classmethod
    def from_intervals(
        cls,
        of: str,
        by: By,
        axes: tuple[Axis, ...],
        seeds: tuple[int, ...],
        intervals: Intervals,
        runs: NDArray[np.object_],
    ) -> Survival:
        """That of one event, if it is one and its times are known.

        Raises:
            GrokphaseError: if not.
        """
        check_event(of)
        if of == "loss" and intervals and of not in intervals:
            raise GrokphaseError(
                "no run here went on after it had generalized, so that nothing could be lost; "
                'write recipe.stop="budget", in a shell --set recipe.stop=budget.'
            )
        if of not in intervals:
            raise GrokphaseError(
                "this map does not know until when its runs were watched, as it was not made from "
                "them; make it by gp.phase_map or gp.sweep, which train nothing that a store has."
            )
        return cls(of, by, axes, seeds, intervals[of], runs)  # type: ignore[arg-type]

    def at(self, **where: Value) -> Survival:
        """The settings in which an axis has this value only: ``at(**{"task.p": 59})``.

        Raises:
            GrokphaseError: if there is no such axis, or it has no such value.
        """
        found = self
        for name, value in where.items():
            found = found._at(name, value)
        return found

    def _at(self, name: str, value: Value) -> Survival:
        names = [axis.name for axis in self.axes]
        if name not in names:
            raise GrokphaseError(
                f'"{name}" is no axis here; there are {", ".join(names)}.{nearest(name, names)}'
            )
        which = names.index(name)
        axis = self.axes[which]
        at = axis.index(value)
        if at is None or (axis.ordered and axis.values[at] != value):
            raise GrokphaseError(f"{name} has no value {value}; it has {', '.join(axis.labels())}.")
        rest = (*self.axes[:which], *self.axes[which + 1 :])
        times, runs = (np.take(part, at, axis=which) for part in (self.times, self.runs))
        return Survival(self.of, self.by, rest, self.seeds, times, runs)

    def cells(self) -> list[tuple[dict[str, Value], tuple[int, ...]]]:
        """Every setting that was run, with its place: value by axis name."""
        cells = np.ndindex(self.runs.shape[:-1])
        return [
            ({axis.name: axis.values[i] for axis, i in zip(self.axes, cell, strict=True)}, cell)
            for cell in cells
            if any(run is not None for run in self.runs[cell])
        ]

    def curves(self) -> list[Curve]:
        """The product-limit estimate of every setting; of a setting without times it is empty."""
        return [_curve(setting, self.times[cell]) for setting, cell in self.cells()]

    def medians(self) -> list[dict[str, Any]]:
        """A row for each setting: its runs, those that saw the event, the median and its interval.

        Returns:
            The settings by name, ``runs``, ``events``, ``excluded`` (runs without such a time),
            ``median``, ``low`` and ``high``; None where they are not reached.
        """
        rows = []
        for curve in self.curves():
            median, low, high = curve.median
            counts = {"runs": curve.runs, "events": curve.events, "excluded": curve.excluded}
            rows.append({**curve.setting, **counts, "median": median, "low": low, "high": high})
        return rows

    def logrank(self) -> list[dict[str, Any]]:
        """The log-rank test of every pair of settings, two-sided.

        With more than two settings ``p_holm`` is corrected by Holm's method for all pairs tested;
        a pair in which no run saw the event says nothing, has no p and is not counted. Of delays
        it compares curves that are biased where slow learners also wait longer, see the module.

        Returns:
            A row a pair: ``one`` and ``other`` (values by axis name), ``statistic``, ``p`` and
            ``p_holm``.

        Raises:
            GrokphaseError: for fewer than two settings, or more than 40.
        """
        samples = [(setting, _sample(self.times[cell])) for setting, cell in self.cells()]
        if not 2 <= len(samples) <= MOST_COMPARED:
            raise GrokphaseError(
                f"a log-rank test compares 2 to {MOST_COMPARED} settings pair by pair, not "
                f"{len(samples)}; choose some of them by .at(name=value)."
            )
        rows: list[dict[str, Any]] = [
            {"one": one[0], "other": other[0], **_test(one[1], other[1])}
            for one, other in combinations(samples, 2)
        ]
        adjusted = holm([float(row["p"]) for row in rows])
        return [row | {"p_holm": p} for row, p in zip(rows, adjusted, strict=True)]

    def columns(self) -> dict[str, NDArray[Any]]:
        """One row a run, as `lifelines` reads it.

        Returns:
            Columns of equal length: one for each axis, ``seed``, ``run``, ``event`` (whether it
            was seen), ``time`` (the step of it, or until which it was waited for), and ``lower``
            and ``upper``, between which it happened: `lower` < t <= `upper`, and `upper` is
            infinite where it is censored. Runs without such a time have no row.
        """
        rows: list[tuple[Any, ...]] = []
        for setting, cell in self.cells():
            for seed, run, (time, lower, upper) in zip(
                self.seeds, self.runs[cell], self.times[cell].tolist(), strict=True
            ):
                if run is not None and not math.isnan(time):
                    seen = math.isfinite(upper)
                    rows.append((*setting.values(), seed, run, seen, time, lower, upper))
        names = [*(axis.name for axis in self.axes), "seed", "run", "event", "time"]
        names += ["lower", "upper"]
        kinds = {"seed": np.int64, "run": np.str_, "event": np.bool_}
        kinds |= {name: np.float64 for name in ("time", "lower", "upper")}
        kinds |= {axis.name: np.asarray(axis.values).dtype.type for axis in self.axes}
        turned = zip(*rows, strict=True) if rows else [()] * len(names)
        return {
            name: np.array(column, dtype=kinds[name])
            for name, column in zip(names, turned, strict=True)
        }

    def to_pandas(self) -> pandas.DataFrame:
        """`columns` as a pandas table. Needs pandas."""
        return shown_by(self, "pandas")(self)

    def to_polars(self) -> polars.DataFrame:
        """`columns` as a polars table. Needs polars."""
        return shown_by(self, "polars")(self)

    @overload
    def plot(self, ax: None = None, **options: Any) -> Figure: ...

    @overload
    def plot(self, ax: Axes, **options: Any) -> Axes: ...

    def plot(self, ax: Axes | None = None, **options: Any) -> Figure | Axes:
        """The curves as a matplotlib figure, or drawn into axes of yours."""
        if ax is None:
            return shown_by(self, "figure")([self], **options)
        return shown_by(self, "axes")(ax, self)

    def __repr__(self) -> str:
        """The medians, a line a setting."""
        return shown_by(self, "text")(self)


def holm(ps: Sequence[float]) -> list[float]:
    """p values corrected for how many there are, by Holm's method; NaN stays and is not counted.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = sorted((p, at) for at, p in enumerate(ps) if not math.isnan(p))
    highest, found = 0.0, [math.nan] * len(ps)
    for rank, (p, at) in enumerate(order):
        highest = max(highest, min((len(order) - rank) * p, 1.0))
        found[at] = highest
    return found


def _sample(times: NDArray[np.float64]) -> Any:
    """The runs of a setting as SciPy takes them."""
    # Imported late, as everywhere in this part: it takes longer than all else here.
    from scipy.stats import CensoredData

    known = times[~np.isnan(times[:, 0])]
    seen = np.isfinite(known[:, 2])
    return CensoredData(uncensored=known[seen, 0], right=known[~seen, 0])


def _curve(setting: dict[str, Value], times: NDArray[np.float64]) -> Curve:
    from scipy.stats import ecdf

    known = times[~np.isnan(times[:, 0])]
    seen = np.isfinite(known[:, 2])
    counts = {"runs": len(known), "events": int(seen.sum()), "excluded": len(times) - len(known)}
    censored = tuple(sorted(known[~seen, 0].tolist()))
    if not len(known):
        nothing = np.empty(0)
        return Curve(setting, nothing, nothing, nothing, nothing, censored, **counts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the interval's formula at 0 and 1
        estimate = ecdf(_sample(times)).sf
        interval = estimate.confidence_interval(LEVEL, method="log-log")
    share = np.asarray(estimate.probabilities)
    # Undefined where none or all have seen it: certain at 1, unknown at 0.
    low, high = (
        np.where(share >= 1, 1.0, np.where(share <= _ROUNDING, np.nan, np.asarray(end)))
        for end in (interval.low.probabilities, interval.high.probabilities)
    )
    return Curve(setting, np.asarray(estimate.quantiles), share, low, high, censored, **counts)


def _first(steps: NDArray[np.float64], holds: NDArray[np.bool_]) -> float | None:
    """The first step at which something holds."""
    found = np.flatnonzero(holds)
    return float(steps[found[0]]) if found.size else None


def _test(one: Any, other: Any) -> dict[str, float]:
    from scipy.stats import logrank

    if not one.num_censored() < len(one) and not other.num_censored() < len(other):
        return {"statistic": math.nan, "p": math.nan}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = logrank(one, other)
    return {"statistic": float(found.statistic), "p": float(found.pvalue)}
