"""What an estimator is, and what all of them share: verdicts, refusals, their words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.estimators import intervals
from grokphase.estimators.intervals import CONFIDENCE, LEAST
from grokphase.estimators.kinds import Kind
from grokphase.estimators.measured import Interval, Measured, Verdict
from grokphase.estimators.table import ROW

Parameters = Mapping[str, Any]
Reach = tuple[bool, bool]
"""Whether a claim could come out as "holds", and as "fails"."""

INTERVAL = f"{100 * CONFIDENCE:.0f} % interval"


@dataclass(frozen=True)
class Estimator:
    """A way to judge a claim.

    Args:
        name: in a `paper.toml`.
        judge: from a table and parameters to what was measured.
        rule: when a claim holds, in words, from all parameters.
        reach: from all parameters and a number of seeds to which verdicts there could be.
        refuses: of all parameters, why they cannot be used together; nothing where they can.
    """

    name: str
    judge: Callable[..., Measured]
    rule: Callable[[Parameters], str]
    reach: Callable[[Parameters, int], Reach]
    refuses: Callable[[Parameters], str] = lambda _: ""

    def __call__(self, table: Mapping[str, Any], **parameters: Any) -> Measured:
        """What was measured.

        Raises:
            GrokphaseError: for a parameter or a column that cannot be used.
        """
        self.check(parameters)
        return self.judge(table, **parameters)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The parameters with their defaults; `inspect.Parameter.empty` where one must be given."""
        given = inspect.signature(self.judge).parameters.values()
        return {one.name: one.default for one in given if one.kind is one.KEYWORD_ONLY}

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What each parameter must be."""
        hints = get_type_hints(self.judge, include_extras=True)
        return {name: hints[name].__metadata__[0] for name in self.defaults}

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.judge) or "").partition("\n")[0]

    def filled(self, parameters: Parameters) -> dict[str, Any]:
        """All parameters, checked, with defaults for those that are not given."""
        self.check(parameters)
        return {**self.defaults, **parameters}

    def check(self, parameters: Parameters) -> None:
        """Refuse parameters that this estimator does not take.

        Raises:
            GrokphaseError: for the first that is unknown, missing or of another kind.
        """
        takes = f"it takes {', '.join(self.defaults)}"
        for name in parameters:
            if name not in self.defaults:
                raise GrokphaseError(
                    f'Estimator "{self.name}" has no parameter "{name}"; {takes}.'
                    f"{nearest(name, self.defaults)}"
                )
        for name, default in self.defaults.items():
            if name not in parameters:
                if default is inspect.Parameter.empty:
                    raise GrokphaseError(
                        f'Estimator "{self.name}" needs "{name}", {self.kinds[name].words}; '
                        f"{takes}."
                    )
            elif not self.kinds[name].fits(parameters[name]):
                raise GrokphaseError(
                    f'Estimator "{self.name}": {name} = {parameters[name]!r} cannot be used; it '
                    f"must be {self.kinds[name].words}."
                )
        if why := self.refuses({**self.defaults, **parameters}):
            raise GrokphaseError(f'Estimator "{self.name}" {why}')


def judged(
    value: float,
    interval: Interval,
    within: Sequence[float],
    seeds: int,
    note: str = "",
) -> Measured:
    """What an interval says of a value that a claim puts into a range.

    Runs that are drawn twice are tied, so that percentiles of resamples may lie beside the value
    itself (of rank correlations they do): the interval reaches to it.

    Args:
        value: NaN where there is none, infinite where it is not reached.
        interval: NaN where the value cannot be resampled.
        within: the range.
        seeds: behind it.
        note: for the ledger.

    Example:
        >>> judged(0.5, (0.4, 0.6), [0.3, 0.7], 9).verdict
        'holds'
        >>> judged(0.5, (0.51, 0.6), [0.3, 0.7], 9).interval
        (0.5, 0.6)
        >>> judged(0.5, (float("nan"), float("nan")), [0.3, 0.7], 4).note
        '4 seeds are too few to resample: it takes 5.'
    """
    if np.isnan(value):
        return Measured("not known", "inconclusive", seeds=seeds, note=note)
    shown: float | str = float(value) if np.isfinite(value) else "not reached"
    if np.isnan(interval).any():
        return Measured(shown, "inconclusive", seeds=seeds, note=joined(too_few(seeds), note))
    if np.isfinite(value):
        interval = min(interval[0], value), max(interval[1], value)
    return Measured(shown, intervals.within(interval, *within), interval, seeds, note)


def above(limit: float) -> tuple[float, float]:
    """What is more than a limit, up to 1: where the limit itself would say nothing.

    Example:
        >>> low, high = above(0.5)
        >>> low > 0.5, high
        (True, 1.0)
    """
    return float(np.nextafter(limit, 1.0)), 1.0


def too_few(seeds: int) -> str:
    """Why a value has no interval."""
    if seeds >= LEAST:
        return "Most resamples of the seeds have no value."
    return f"{seeds} seeds are too few to resample: it takes {LEAST}."


def refused(why: str, seeds: int = 0, value: float | str = "not known") -> Measured:
    """No verdict, and why; with a value where there is a tentative one.

    Example:
        >>> refused("No run reaches it.", 3).verdict
        'inconclusive'
    """
    return Measured(value, "inconclusive", None, seeds, why)


def exactly(so: bool) -> Verdict:
    """The verdict on what is known without chance."""
    return "holds" if so else "fails"


def joined(*notes: str) -> str:
    """Sentences, one after the other.

    Example:
        >>> joined("One.", "", "Two.")
        'One. Two.'
    """
    return " ".join(filter(None, notes))


def unit_count(of: NDArray[np.int64]) -> int:
    """How many units rows belong to."""
    return int(of.max(initial=-1)) + 1


def range_words(within: Sequence[float]) -> str:
    """A range in words.

    Example:
        >>> range_words([0.8, 1.25]), range_words([0.5, float("inf")])
        ('from 0.8 to 1.25', 'at least 0.5')
    """
    low, high = within
    ends = np.isfinite(low), np.isfinite(high)
    if ends == (True, False):
        return f"at least {low:g}"
    if ends == (False, True):
        return f"at most {high:g}"
    return f"from {low:g} to {high:g}"


def condition_words(column: str, so: Any) -> str:
    """A condition on a column in words.

    Example:
        >>> condition_words("line", True), condition_words("steps", "reached")
        ('line', 'steps reached')
        >>> condition_words("loss", None)  # no condition: the numbers themselves
        'loss'
        >>> condition_words("size", "> 0.4"), condition_words("phase", ["C", "G"])
        ('size > 0.4', 'phase one of C, G')
    """
    if so is True or so is None:
        return column
    if isinstance(so, str) and (so[0] in "<>=!" or so in ("reached", "not reached")):
        return f"{column} {so}"
    if isinstance(so, list | tuple):
        return f"{column} one of {', '.join(map(str, so))}"
    return f"{column} = {so}"


def by_resampling(
    least: float = -np.inf, most: float = np.inf
) -> Callable[[Parameters, int], Reach]:
    """What resampled seeds can decide: anything from five on, but what no value could contradict.

    Args:
        least: the least value there can be,
        most: and the greatest.

    Example:
        >>> reach = by_resampling(-1.0, 1.0)
        >>> [reach({"within": [-1, 0.5], "unit": "seed"}, seeds) for seeds in (4, 5)]
        [(False, False), (True, True)]
    """

    def reach(parameters: Parameters, seeds: int) -> Reach:
        if "more_than" in parameters:
            low, high = above(parameters["more_than"])
        else:
            low, high = parameters.get("within", (parameters.get("at_least", least), most))
        enough, _ = either_way(parameters, seeds)
        return (
            enough and low <= most and high >= least,
            enough and (low > least or high < most),
        )

    return reach


def either_way(parameters: Parameters, seeds: int) -> Reach:
    """What resampled cases can decide of what may come out either way: anything from five on."""
    return (seeds >= LEAST or parameters["unit"] == ROW,) * 2


def by_counting(low: float, high: float, seeds: int) -> Reach:
    """What so many seeds can decide of a share in a range, by `intervals.share_interval`.

    Whatever the runs of a seed: the ends of n seeds that all have the share s are s q and
    1 - (1 - s) q, with q = tail^(1 / n), and no other shares have a narrower interval.

    Example:
        >>> by_counting(0.95, 1.0, 58), by_counting(0.95, 1.0, 59)
        ((False, True), (True, True))
    """
    if seeds == 0:
        return False, False
    every = intervals.tail() ** (1 / seeds)
    return every >= low + 1 - high, 1 - every < low or every > high


def always(_: Parameters, __: int) -> Reach:
    """What is exact can hold or fail with any number of seeds."""
    return True, True
