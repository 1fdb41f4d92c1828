"""Phase maps of the toy (Figures 6 and 13 to 15): their runs, and what Figure 6 (a) alone shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.estimators import Measured, estimator
from grokphase.phases.classify import COMPREHENSION, GROKKING, classify_many
from grokphase.phases.letters import LETTERS
from grokphase.phases.phase_map import PhaseMap
from grokphase.studies.map_statistics import measured
from grokphase.studies.map_statistics import of_each_seed as of_each_seed
from grokphase.studies.paper import Settings
from grokphase.studies.published import published
from grokphase.tasks import task

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Data = Mapping[str, Mapping[str, Any]]


def bases(settings: Settings) -> list[RunSpec]:
    """What all runs of one seed's map share: the usual recipe, with the scale's budget.

    Seeds are the first ones, from that of the authors on, whose split can be generalized from.
    """
    from grokphase.training.asked import run_spec
    from grokphase.training.reach import reach

    learned = task(**settings["task"])
    all_seeds = (
        run_spec(learned, steps=settings["steps"], seed=seed) for seed in count(settings["first"])
    )
    return list(islice((spec for spec in all_seeds if reach(spec).enough), settings["seeds"]))


def rates(data: Data) -> dict[str, list[Any]]:
    """`of_each_seed`, and how the rates of embedding (y) and decoder (x) compare: Figure 6 (a)."""
    (figure,) = data.values()
    own = {
        "faster_representation": faster_representation,
        "grokking_is_further": grokking_is_further,
    }
    return of_each_seed(data) | measured(figure, own)


def faster_representation(found: PhaseMap) -> float:
    """Of the cells of comprehension, the share whose embedding learns faster than the decoder."""
    ratios = _ratios(found, COMPREHENSION)
    # A cell on the diagonal, up to the last digit that is kept, is not faster.
    return float((ratios > 1 + 1e-5).mean()) if ratios.size else float("nan")


def grokking_is_further(found: PhaseMap) -> float:
    """How much larger the ratio of rates is where generalization is late than where it is not.

    The median of embedding rate by decoder rate over grokking, divided by the same over
    comprehension.
    """
    grokking, comprehension = (_ratios(found, phase) for phase in (GROKKING, COMPREHENSION))
    if not grokking.size or not comprehension.size:
        return float("nan")
    return float(np.median(grokking) / np.median(comprehension))


def _ratios(found: PhaseMap, phase: str) -> NDArray[np.float64]:
    """Embedding rate by decoder rate, of the cells of one phase."""
    ratio = np.divide.outer(found.y.values, found.x.values)
    return np.asarray(ratio[found.phase == phase])


def both_readings(data: Data, *, column: str, **how: Any) -> Measured:
    """A corner of Figure 6 (d) by the quarter of its axes, but no verdict if its edge differs.

    The decays, 0, 1, 2, 3, 5 ... 100, 200, are no regular grid: a quarter of the rows is not a
    quarter of the range.

    Args:
        data: of the figure.
        column: of the share of a phase in a corner, which another has of the corner's outermost
            row.
        how: what the estimator "share" takes besides.
    """
    share, table = estimator("share"), of_each_seed(data)
    one = share(table, column=column, **how)
    outermost = {**how, "listed": "of its outermost row"}
    other = share(table, column=f"{column}_edge", **outermost)
    agree = one.verdict == other.verdict
    return dataclasses.replace(
        one,
        verdict=one.verdict if agree else "inconclusive",
        note=f"{one.note} {other.note}" + f" The second reading: {other.verdict}." * (not agree),
    )


def published_map(figure: Mapping[str, Any]) -> dict[str, Any]:
    """The authors' stored map of Figure 6 (b), on the axes of ours, for drawing."""
    cells = published(Path(__file__).parent, "fig6b").columns
    (x, across), (y, up) = (
        np.unique(cells[name], return_inverse=True) for name in ("learning_rate", "weight_decay")
    )
    train, validation = np.full((2, len(y), len(x)), np.nan)
    for steps, name in ((train, "train_step"), (validation, "validation_step")):
        steps[up, across] = cells[name]
    letters = np.vectorize(LETTERS.__getitem__)(classify_many(train, validation))
    axes = {name: {**figure[name], "values": values} for name, values in (("x", x), ("y", y))}
    entry = {"seed": 58, "phase": ["".join(row) for row in letters]}
    return {**axes, "maps": [entry | {"train_step": train, "validation_step": validation}]}


def beside_published(data: Data) -> dict[str, Any]:
    """Each seed's map of Figure 6 (b), as far as the authors' stored one reaches, and that."""
    figure = data["fig6b"]
    theirs = published_map(figure)
    rates = np.asarray(figure["x"]["values"])
    first = int(np.argmin(np.abs(rates - theirs["x"]["values"][0])))
    if len(rates) - first != len(theirs["x"]["values"]):
        raise GrokphaseError("The authors' map is compared with ours on the grid of the paper.")
    (stored,) = theirs["maps"]
    return {
        "seed": [one["seed"] for one in figure["maps"]],
        "ours": [[row[first:] for row in one["phase"]] for one in figure["maps"]],
        "published": [stored["phase"]] * len(figure["maps"]),
    }
