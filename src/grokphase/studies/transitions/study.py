"""Networks at many fractions of several tables, and how the border between them scales.

With one seed a larger training set holds the smaller ones, so that each seed has a threshold: the
fraction from which it generalizes. The mean of thresholds over seeds is where the transition is,
and their standard deviation its width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import grokphase as gp
from grokphase.estimators import Measured, intervals
from grokphase.studies import Given, in_columns, usual_table
from grokphase.studies.sums import addition
from grokphase.studies.transitions.modes import one_mode

Settings = Mapping[str, Any]
Row = dict[str, Any]
Table = dict[str, list[Any]]
Figures = Mapping[str, Mapping[str, Any]]
Floats = NDArray[np.float64]


def network(settings: Settings, p: int, fraction: float, seed: int) -> gp.RunSpec:
    """One network, to the end of the budget."""
    own = {**settings, "p": p, "fraction": fraction}
    return addition(own, seed, rate=settings["rate"], decay=settings["decay"])


def grid(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """All moduli, fractions and seeds."""
    for p, fractions in settings["fractions"].items():
        for fraction in fractions:
            for seed in range(settings["seeds"]):
                labels = {"p": int(p), "fraction": fraction}
                yield labels, network(settings, int(p), fraction, seed)


def middle(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """Many seeds in the middle of the transition of each modulus."""
    for p, fraction in settings["middles"].items():
        for seed in range(settings["seeds"]):
            labels = {"p": int(p), "fraction": fraction}
            yield labels, network(settings, int(p), fraction, seed)


def natural(p: int) -> float:
    """ln(p) / p: n pairs name each of p symbols on the way where n is about p ln p."""
    return math.log(p) / p


def outcomes(given: Given) -> Table:
    """The usual table, and who has generalized, by budget."""
    table = usual_table(given.runs)
    table["scaled"] = [f / natural(p) for f, p in zip(table["fraction"], table["p"], strict=True)]
    table["generalized"] = [int(step is not None) for step in table["validation_step"]]
    half = given.settings["steps"] / 2
    table["by_half"] = [int(step is not None and step <= half) for step in table["validation_step"]]
    return table


def shares(table: Mapping[str, Any]) -> Table:
    """The share of seeds that generalize, by modulus and fraction."""
    rows: dict[tuple[int, float], list[int]] = {}
    for p, f, passed in zip(table["p"], table["fraction"], table["generalized"], strict=True):
        rows.setdefault((p, f), []).append(passed)
    return in_columns(
        {"p": p, "fraction": f, "scaled": f / natural(p), "share": float(np.mean(passed))}
        for (p, f), passed in sorted(rows.items())
    )


# ------------------------------------------------------------------------------ thresholds


def thresholds(data: Figures) -> Table:
    """`seed_thresholds` of the runs of a figure."""
    (table,) = data.values()
    return seed_thresholds(table)


def seed_thresholds(table: Mapping[str, Any]) -> Table:
    """The threshold of each seed and modulus, by the budget and by half of it.

    Half-way between the largest fraction up to which so many fractions are not passed, and the
    next; a seed that passes none has none, one that passes all is below the first by half a gap.
    """
    runs: dict[tuple[int, int], list[int]] = {}
    for i, of in enumerate(zip(table["p"], table["seed"], strict=True)):
        runs.setdefault(of, []).append(i)
    rows = []
    for (p, seed), own in sorted(runs.items()):
        fractions = np.array([table["fraction"][i] for i in own])
        for budget, column in (("all steps", "generalized"), ("half", "by_half")):
            at = threshold(fractions, np.array([table[column][i] for i in own]))
            scaled = None if at is None else at / natural(p)
            rows.append({"p": p, "seed": seed, "budget": budget, "threshold": at, "scaled": scaled})
    return in_columns(rows)


def threshold(fractions: Floats, passed: NDArray[np.int64]) -> float | None:
    """Where a seed begins to generalize, by how many of the fractions it passes."""
    order = np.sort(fractions)
    below = len(order) - int(passed.sum())
    if below == len(order):
        return None
    if below == 0:
        return float(order[0] - (order[1] - order[0]) / 2)
    return float((order[below - 1] + order[below]) / 2)


def spread(fractions: Floats, shares: Floats) -> tuple[float, float]:
    """Mean and standard deviation of thresholds, of the share that generalizes at each fraction.

    Shares are made to rise, and what lies between two fractions is spread evenly between them
    (Spearman and Kaerber). What lies below the first or above the last is put into one more gap of
    the same length there, at most up to 1, so that a transition that the fractions do not span
    looks narrower than it is.
    """
    rising = np.maximum.accumulate(shares)
    first, last = 2 * fractions[0] - fractions[1], 2 * fractions[-1] - fractions[-2]
    edges = np.concatenate([[first], fractions, [min(last, 1.0)]])
    mass = np.diff(np.concatenate([[0.0], rising, [1.0]]))
    centres, gaps = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    mean = float(mass @ centres)
    return mean, float(np.sqrt(mass @ ((centres - mean) ** 2 + gaps**2 / 12)))


def widths(table: Mapping[str, Any], runs: NDArray[np.int64] | None = None) -> Table:
    """Middle and width of the transition of each modulus, of all runs or of some of them."""
    columns = {name: np.asarray(table[name]) for name in ("p", "fraction", "generalized")}
    if runs is not None:
        columns = {name: column[runs] for name, column in columns.items()}
    rows = []
    for p in np.unique(columns["p"]):
        own = columns["p"] == p
        fractions = np.unique(columns["fraction"][own])
        shares = [
            columns["generalized"][own & (columns["fraction"] == fraction)].mean()
            for fraction in fractions
        ]
        middle_of, width = spread(fractions, np.array(shares))
        rows.append({"p": int(p), "middle": middle_of, "width": width})
    return in_columns(rows)


def exponent_of_width(data: Figures, *, within: tuple[float, float]) -> Measured:
    """The slope of ln(width) against ln(p)."""
    (table,) = data.values()

    def slope(runs: NDArray[np.int64]) -> float:
        found = widths(table, runs)
        return float(np.polyfit(np.log(found["p"]), np.log(found["width"]), 1)[0])

    value = slope(np.arange(len(table["seed"])))
    interval = intervals.over_seeds(table["seed"], slope)
    found = widths(table)
    each = ", ".join(
        f"{width:.3f} at p = {p}" for p, width in zip(found["p"], found["width"], strict=True)
    )
    seeds = len(set(table["seed"]))
    return Measured(value, intervals.within(interval, *within), interval, seeds, f"Widths: {each}.")


# ------------------------------------------------------------------------------ coexistence


def more_than_one_mode(data: Figures, *, p: int, level: float) -> Measured:
    """Silverman's p-value that final accuracies in the middle of a modulus have one mode.

    That one mode is not refuted does not say that there is one: then it is inconclusive.
    """
    (table,) = data.values()
    accuracies = [
        a for a, q in zip(table["validation_accuracy"], table["p"], strict=True) if q == p
    ]
    value = one_mode(accuracies)
    return Measured(value, "holds" if value < level else "inconclusive", seeds=len(accuracies))
