"""Figures 4 and 5 as tables, a row a run, and what no usual estimator judges of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import Measured, Range, estimator
from grokphase.estimators.estimator import judged
from grokphase.estimators.intervals import kept_interval, proportion, worst
from grokphase.estimators.statistics import half_crossing, rank_correlation
from grokphase.studies.published import published
from grokphase.theory.critical import crossing

Data = Mapping[str, Mapping[str, Any]]
"""The data of figures, by figure."""

Table = dict[str, Any]


# Figure 4 (a): each number of symbols has its own exact interval


def critical(data: Data, *, within: Range) -> Measured:
    """The fraction at which half of the training sets determine the structure, for p = 10."""
    one = _ten(data)
    interval = kept_interval(one["critical"], (one["low"], one["high"]))
    return judged(one["critical"], interval, within, one["orders"])


def width(data: Data, *, within: Range) -> Measured:
    """The span of fractions over which the probability rises from 0.1 to 0.9, for p = 10."""
    one, last = _ten(data), data["fig4a"]["sizes"][-1]
    value = _width(one)
    interval = kept_interval(value, (_width(one, "upper", "lower"), _width(one, "lower", "upper")))
    note = (
        f"A smooth rise for p = 10; p times the width is {10 * value:.1f} there and "
        f"{last['p'] * _width(last):.1f} at p = {last['p']}."
    )
    return judged(value, interval, within, one["orders"], note)


def beside_published(data: Data) -> Table:
    """Shares of training sets that determine the structure, p = 10, and the published ones."""
    theirs = published(Path(__file__).parent, "fig4a").columns
    one = _ten(data)
    sizes = np.rint(np.asarray(one["fraction"]) * len(theirs["size"])).astype(int)
    shown = sizes > 0
    return {
        "size": sizes[shown],
        "ours": np.asarray(one["probability"])[shown],
        "published": theirs["probability"][sizes[shown] - 1],
    }


def _ten(data: Data) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(one for one in data["fig4a"]["sizes"] if one["p"] == 10)
    return found


def _width(one: Mapping[str, Any], above: str = "probability", below: str = "probability") -> float:
    """From where one curve passes 0.1 to where another passes 0.9."""
    high, low = (
        crossing(np.array(one["fraction"]), np.array(one[column]), level)
        for column, level in ((above, 0.9), (below, 0.1))
    )
    return high - low


def law(data: Data, *, column: str, within: Range) -> Measured:
    """A law's critical fraction over the measured one, for all p from 20 on."""
    every = data["fig4a"]["sizes"]
    found = {one["p"]: _ratio(one, column, within) for one in every if one["p"] >= 20}
    p = max(found, key=lambda p: abs(np.log(float(found[p].value))))
    off = ", ".join(f"{one[column] / one['critical'] - 1:+.1%} at p = {one['p']}" for one in every)
    return replace(
        found[p],
        verdict=worst(*(one.verdict for one in found.values())),
        note=f"Given for p = {p}, where it is furthest off of p from 20 on, with the orders at "
        f"that p. Law less measured: {off}.",
    )


def _ratio(one: Mapping[str, Any], column: str, within: Range) -> Measured:
    ratio = one[column] / one["critical"]
    interval = kept_interval(ratio, (one[column] / one["high"], one[column] / one["low"]))
    return judged(ratio, interval, within, one["orders"])


# Figure 4 (b)


def networks(data: Data) -> Table:
    """The runs: whether their split determines the structure, and steps to RQI > 0.95."""
    found = data["fig4b"]
    table = rows(found, steps=found["steps"], best=found["best"], determined=found["determined"])
    return {**table, "as_determined": np.isfinite(table["steps"]) == table["determined"]}


def networks_below(data: Data) -> Table:
    """The same, and what happens below the fraction at which half of the networks arrive."""
    table, found = networks(data), data["fig4b"]
    least = np.min(table["fraction"][np.isfinite(table["steps"])], initial=1)
    half = half_crossing(
        np.array(found["sizes"]) / found["samples"], (np.array(found["best"]) > 0.5).mean(axis=1)
    )
    note = f"No network does below {least:.2f}; half of them reach RQI > 0.5 at {half:.2f}."
    return {**table, "note": note}


def networks_unlike(data: Data) -> Table:
    """The same, and which way networks differ from what their splits allow."""
    table = networks(data)
    reached, determined = np.isfinite(table["steps"]), table["determined"] == 1
    note = (
        f"Determined and not reached: {(determined & ~reached).sum()} runs; reached and not "
        f"determined: {(reached & ~determined).sum()}; of {len(reached)}."
    )
    return {**table, "note": note}


def rows(found: Mapping[str, Any], **columns: Any) -> Table:
    """What a figure has by size and seed, a row a run."""
    sizes, seeds = np.array(found["sizes"]), np.array(found["seeds"])
    size = np.repeat(sizes, len(seeds))
    return {
        "size": size,
        "fraction": size / found["samples"],
        "seed": np.tile(seeds, len(sizes)),
        "budget": found["budget"],
        **{name: np.array(values, float).ravel() for name, values in columns.items()},
    }


# Figures 4 (c, d)


def theory_times(data: Data) -> Table:
    """Times of the theory to RQI > 0.95 in n_h, a split a row, by normalisation."""
    return dict(data["fig4c"]["converged"])


def trajectories(data: Data) -> Table:
    """Networks beside the theory from the same start; steps to RQI > 0.95 in n_h, too."""
    found = data["fig4d"]
    steps, alike, line = (np.array(found[name], float) for name in ("rqi_step", "alike", "line"))
    return {
        "seed": found["seeds"],
        "steps": steps,
        "determined": np.isfinite(np.array(found["n_h"]["sum"], float)),
        **{name: steps / np.array(n_h, float) for name, n_h in found["n_h"].items()},
        "straight": np.abs(line),
        "same_direction": np.sign(line) == np.sign(found["flow_line"]),
        "alike": alike,
        "more_than_end": alike - np.array(found["like_end"]),
    }


def agree(data: Data, *, within: Range) -> Measured:
    """How like the theory's embedding at the same step, and not only its last, the networks' is."""
    table, level = trajectories(data), estimator("level")
    common: Any = {"statistic": "median", "unit": "row", "draws": 1000}
    near = level(table, column="alike", within=within, **common)
    nearer = level(table, column="more_than_end", within=[0, 1], **common)
    close, late = table["alike"] > within[0], np.isnan(table["steps"])
    low, high = nearer.interval or (np.nan, np.nan)
    note = (
        f"Above that with the theory's last embedding by {nearer.value:.3f} in the median "
        f"({low:.3f} to {high:.3f}); {close.sum()} of {len(close)} are above {within[0]:g}, and "
        f"{close[late].sum()} of the {late.sum()} that do not arrive."
    )
    return replace(near, verdict=worst(near.verdict, nearer.verdict), note=note)


# Figure 5


def rate_is_zero(data: Data, *, up_to: float, within: Range) -> Measured:
    """The share of training sets of lambda_3 = 0 at the largest fraction up to one."""
    found = data["fig5a"]
    fractions, zero, sets = _fractions(found), found["zero"], found["sets"]
    at, near = (int(np.flatnonzero(fractions <= end)[-1]) for end in (up_to, 0.4))
    note = (
        f"At a fraction of {fractions[at]:.3f}; at smaller ones the share is larger, and at "
        f"{fractions[near]:.3f} it is {zero[near] / sets:.2f}."
    )
    return judged(zero[at] / sets, proportion(zero[at], sets), within, sets, note)


def rate_grows(data: Data, *, normalisation: str, above: float, at_least: float) -> Measured:
    """Rank correlation of the median rate with the size of the training set."""
    found = data["fig5a"]
    late = _fractions(found) > above
    medians = np.array(found["quantiles"][normalisation])[:, found["levels"].index(0.5)]
    value = rank_correlation(np.array(found["counts"])[late], medians[late])
    return Measured(value, "holds" if value > at_least else "fails", seeds=found["sets"])


def _fractions(found: Mapping[str, Any]) -> NDArray[np.float64]:
    return np.asarray(np.array(found["counts"]) / found["samples"])


def splits(data: Data) -> Table:
    """Steps that the theory predicts for a split, and that the network trained on it takes."""
    found = data["fig5b"]
    return rows(found, steps=found["steps"], **found["predicted"])


def splits_and_samples(data: Data) -> Table:
    """The same, and how steps go with nothing but the number of samples."""
    table = splits(data)
    known = np.isfinite(table["sum"])
    steps = np.where(np.isnan(table["steps"]), np.inf, table["steps"])
    note = (
        "The number of samples alone gives "
        f"{rank_correlation(table['size'][known], steps[known]):.3f} over the same runs "
        "(at fractions above 0.4: steps-fall-with-data)."
    )
    return {**table, "note": note}


def _over(data: Data, normalisation: str) -> Table:
    """The runs for which one normalisation predicts steps, and actual over predicted ones.

    The note gives their median at the least size at which any run arrives, and at the largest.
    """
    table = splits(data)
    n_h, steps, budget = table[normalisation], table["steps"], table["budget"]
    known, arrived = np.isfinite(n_h), np.isfinite(n_h) & np.isfinite(steps)
    table |= {"predicted": n_h, "ratio": steps / n_h}
    if not arrived.any():
        return table
    sizes = table["size"][arrived]
    first, last = (
        f"{np.median(table['ratio'][arrived & here]):.2g} in the median at {size} training samples "
        f"({(arrived & here).sum()} of {(known & here).sum()} runs arrive, and {budget:,} steps "
        f"are {budget / np.median(n_h[known & here]):.2g} n_h)"
        for size in (sizes.min(), sizes.max())
        for here in [table["size"] == size]
    )
    note = f"Over those that arrive, steps over n_h are {first}, and {last}."
    return {**table, "note": note}


over_paper = partial(_over, normalisation="paper")
over_sum = partial(_over, normalisation="sum")
