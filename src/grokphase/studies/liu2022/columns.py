"""Reading the runs of Figures 3, 10 and 18: one column for each quantity, one row for each run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from grokphase.studies.figure import Data

Floats = NDArray[np.float64]
Rows = Callable[[Data], NDArray[np.bool_]]
"""Which runs of a figure something holds for."""

ROUNDING = 1e-6
"""Results keep seven digits; shares of at most 70 samples differ by 1/70 at least."""


def column(data: Data, name: str) -> Floats:
    """A quantity of every run; NaN where it was not reached.

    Example:
        >>> column({"step": [10, None]}, "step")
        array([10., nan])
    """
    return np.array(data[name], np.float64)


def seed_count(data: Data) -> int:
    """How many different seeds the runs have."""
    return len(set(data["seed"]))


def every(data: Data) -> NDArray[np.bool_]:
    """All runs."""
    return np.ones(len(data["seed"]), bool)


def promises_more(predicted: str) -> Rows:
    """Runs that predict more right than was trained: of the others memorization says it all.

    Args:
        predicted: column of a predicted accuracy on all samples.
    """
    return lambda data: column(data, predicted) > column(data, "size") / data["samples"] + ROUNDING


def below_one(name: str) -> Rows:
    """Runs in which a share is below 1: above 1 nothing can be, so only these test a bound.

    Example:
        >>> below_one("ideal")({"ideal": [0.5, 1.0]}).tolist()
        [True, False]
    """
    return lambda data: column(data, name) < 1 - ROUNDING


def both(first: Rows, second: Rows) -> Rows:
    """Runs for which both hold."""
    return lambda data: first(data) & second(data)


def not_above(lower: str, upper: str) -> Rows:
    """Runs in which one quantity bounds another from above.

    Example:
        >>> not_above("real", "ideal")({"real": [0.5, 0.9], "ideal": [0.5, 0.8]}).tolist()
        [True, False]
    """
    return lambda data: column(data, lower) <= column(data, upper) + ROUNDING
