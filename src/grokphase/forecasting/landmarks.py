"""Moments at which runs are looked at, for fitting: none of them knows what became of the run.

A forecaster is fitted at memorization and at elapsed times in a fixed ratio to the memorization
time, as long as a run has not generalized. To fit it "at a quarter of the delay" would tell it
the delay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.forecasting.cases import Case
from grokphase.forecasting.features import features
from grokphase.forecasting.survival import Times

Array = NDArray[np.float64]

RATIOS: Final = (0.0, *(2.0**power for power in range(-2, 12)))
"""Elapsed times in units of the memorization time."""

FIRST: Final = 0.5
"""What a run's look at memorization counts; the later ones share the rest of 1."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Looks at runs, n in all.

    Args:
        family: (n,) its family.
        then: (n,) the steps it took to memorize.
        rows: the features of each look.
        left: the steps from the look to generalization.
    """

    family: NDArray[np.str_]
    then: Array
    rows: tuple[dict[str, float], ...]
    left: Times

    def __getitem__(self, which: NDArray[np.bool_]) -> Landmarks:
        rows = tuple(row for row, taken in zip(self.rows, which, strict=True) if taken)
        return Landmarks(self.family[which], self.then[which], rows, self.left[which])


def landmarks(cases: Sequence[Case]) -> Landmarks:
    """The looks at those runs that memorize, and generalize later or not at all.

    Args:
        cases: runs to their ends.

    Returns:
        The looks, run by run.
    """
    found: list[tuple[str, float, dict[str, float], float, float, float]] = []
    for case in cases:
        delay, then = case.delay, case.memorized_at
        if delay is None or then is None:
            continue
        # Known not to have generalized: an evaluation, or the end of what was watched.
        until = delay.lower if delay.event else delay.time
        looks = [ratio * then for ratio in RATIOS if ratio * then < until or ratio == 0]
        for elapsed in looks:
            weight = FIRST if elapsed == 0 else (1 - FIRST) / (len(looks) - 1)
            weight = 1.0 if len(looks) == 1 else weight
            seen = features(case.at(elapsed))
            ends = (max(delay.lower - elapsed, 0.0), delay.upper - elapsed)
            found.append((case.family, then, seen, *ends, weight))
    family, then_, rows, lower, upper, weights = zip(*found, strict=True) if found else ((),) * 6
    return Landmarks(
        np.array(family, np.str_),
        np.array(then_, np.float64),
        tuple(rows),
        Times(np.array(lower, float), np.array(upper, float), np.array(weights, float)),
    )
