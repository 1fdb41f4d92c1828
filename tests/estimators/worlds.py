"""Worlds in which it is known what is true: simulated tables, for every estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Random = np.random.Generator
Table = dict[str, Any]


@dataclass(frozen=True)
class World:
    """Data of a known truth.

    Args:
        estimator: that is tried on it.
        simulate: from a generator, a number of seeds, and where the truth lies to a table.
        claims: the parameters of a claim that is true in the first place and false in the second.
        places: the two; what they mean is the simulation's own.
        truth: of the first place, the value that is estimated.
        covers: the share of 500 data sets of 20 seeds whose nominal 90 % interval covers it, at
            least and at most.
        names: of the world, where an estimator has several.
    """

    estimator: str
    simulate: Callable[[Random, int, float], Table]
    claims: Mapping[str, Any]
    places: tuple[float, float]
    truth: Callable[[float], float] | None = None
    covers: tuple[float, float] = (0.84, 0.96)
    names: str = field(default="")

    @property
    def id(self) -> str:
        return f"{self.estimator} {self.names}".strip()


def late(times: np.ndarray, budget: float) -> list[float | None]:
    """Times of which those beyond the budget were not reached."""
    return [float(time) if time <= budget else None for time in times]


def shares(random: Random, seeds: int, share: float) -> Table:
    """Seeds of four runs each that are related: a seed's own chance varies."""
    chance = random.beta(4 * share, 4 * (1 - share), seeds).repeat(4)
    return {"seed": np.arange(seeds).repeat(4), "true": random.random(4 * seeds) < chance}


def waits(random: Random, seeds: int, share: float) -> Table:
    """Runs of which a share never reaches an event."""
    never = random.random(seeds) < share
    return {"seed": np.arange(seeds), "steps": [None if one else 10.0 for one in never]}


def two_events(random: Random, seeds: int, share: float) -> Table:
    """Runs that reach the first event before the second in a share; a tenth reaches neither."""
    before, neither = random.random(seeds) < share, random.random(seeds) < 0.1
    late_one = random.random(seeds) < 0.3
    first = [None if no else 10.0 if so else 30.0 for no, so in zip(neither, before, strict=True)]
    second = [
        None if no or (so and slow) else 20.0
        for no, so, slow in zip(neither, before, late_one, strict=True)
    ]
    return {"seed": np.arange(seeds), "first": first, "second": second}


def normal(random: Random, seeds: int, mean: float) -> Table:
    """Seeds of three runs each around a level of their own."""
    own = random.normal(mean, 0.1, seeds).repeat(3)
    return {"seed": np.arange(seeds).repeat(3), "value": random.normal(own, 0.1)}


def exponential(random: Random, seeds: int, scale: float) -> Table:
    """Waiting times, of which those beyond 100 were not reached."""
    return {"seed": np.arange(seeds), "steps": late(random.exponential(scale, seeds), 100)}


def two_waits(random: Random, seeds: int, ratio: float) -> Table:
    """Waiting times of two groups, whose runs of one seed are related."""
    own = random.normal(0, 0.5, seeds)
    times = [np.exp(own + random.normal(np.log(scale), 0.3, seeds)) for scale in (10 * ratio, 10.0)]
    return {
        "seed": np.tile(np.arange(seeds), 2),
        "group": ["slow"] * seeds + ["fast"] * seeds,
        "steps": [*late(times[0], 100), *late(times[1], 100)],
    }


def power_law(random: Random, seeds: int, exponent: float) -> Table:
    """A power law, with a factor of each seed and noise of each run."""
    x = np.tile([1.0, 2.0, 4.0, 8.0, 16.0], seeds)
    noise = random.normal(0, 0.2, seeds).repeat(5) + random.normal(0, 0.2, len(x))
    return {"seed": np.arange(seeds).repeat(5), "x": x, "y": x**exponent * np.exp(noise)}


def related(random: Random, seeds: int, correlation: float) -> Table:
    """Pairs from a normal distribution of this correlation."""
    x, noise = random.normal(size=(2, seeds))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    return {"seed": np.arange(seeds), "x": x, "y": y}


def transition(random: Random, seeds: int, place: float) -> Table:
    """Runs that succeed with a probability that rises with x, and is one half at a place."""
    x = np.tile(np.linspace(0.0, 1.0, 11), seeds)
    chance = 1 / (1 + np.exp(-(x - place) / 0.08))
    reached = random.random(len(x)) < chance
    return {
        "seed": np.arange(seeds).repeat(11),
        "x": x,
        "steps": [5.0 if one else None for one in reached],
    }


def two_levels(random: Random, seeds: int, apart: float) -> Table:
    """Two groups of one spread, so far apart."""
    own = random.normal(0, 0.1, seeds)
    return {
        "seed": np.tile(np.arange(seeds), 2),
        "group": [1] * seeds + [2] * seeds,
        "value": np.concatenate([own, own + apart]) + random.normal(0, 0.1, 2 * seeds),
    }


def two_maps(random: Random, seeds: int, kappa: float) -> Table:
    """Maps of 4 x 4 cells that agree in a share, and elsewhere as chance has it."""
    ours, other = random.integers(0, 4, (2, seeds, 4, 4))
    theirs = np.where(random.random(ours.shape) < kappa, ours, other)
    letters = np.array(list("CGMX"))
    return {
        "seed": np.arange(seeds),
        "ours": [["".join(row) for row in one] for one in letters[ours]],
        "theirs": [["".join(row) for row in one] for one in letters[theirs]],
    }


def counts(_: Random, seeds: int, error: float) -> Table:
    """Numbers beside a formula, of which the last is off."""
    n = np.arange(1.0, seeds + 1)
    formula = n * (n + 1) / 2
    return {"ours": formula + error * (n == seeds), "formula": formula}


def errors(_: Random, seeds: int, error: float) -> Table:
    """Of which the last is one."""
    return {"off": error * (np.arange(seeds) == seeds - 1)}


def two_properties(random: Random, seeds: int, link: float) -> Table:
    """Two properties that are one in a share of the runs; opposite where it is negative."""
    first = random.permutation(np.arange(seeds) % 2 == 0)
    chance = random.random(seeds) < 0.5
    second = np.where(random.random(seeds) < abs(link), first == (link > 0), chance)
    return {"seed": np.arange(seeds), "first": first, "second": second}


def _superiority(apart: float) -> float:
    from scipy.stats import norm

    return float(norm.cdf(apart / 0.2))  # of two values with a spread of 0.1 sqrt 2 each


WORLDS: tuple[World, ...] = (
    World(
        "share",
        shares,
        {"column": "true", "at_least": 0.5},
        (0.8, 0.2),
        lambda share: share,
        (0.88, 1.0),
    ),
    World(
        "never",
        waits,
        {"column": "steps", "at_least": 0.6},
        (0.9, 0.1),
        lambda share: share,
        (0.9, 1.0),
    ),
    World(
        "order-of-events",
        two_events,
        {"first": "first", "second": "second"},
        (0.85, 0.1),
        lambda share: share,
        (0.9, 1.0),
    ),
    World("each", counts, {"column": "ours", "so": "<= formula"}, (0.0, 1.0)),
    World(
        "level",
        normal,
        {"column": "value", "within": [0.9, 1.1]},
        (1.0, 2.0),
        lambda mean: mean,
    ),
    World(
        "level",
        exponential,
        {"column": "steps", "within": [20, 100], "statistic": "median", "budget": 100},
        (70.0, 5.0),
        lambda scale: scale * np.log(2),
        names="of a censored median",
    ),
    World(
        "equality",
        normal,
        {"column": "value", "published": 1.02, "tolerance": 0.1},
        (1.0, 2.0),
        lambda mean: mean,
    ),
    World("closed-form", counts, {"column": "ours", "expected": "formula"}, (0.0, 1.0)),
    World("exact", errors, {"column": "off", "within": [0, 0]}, (0.0, 1.0)),
    World(
        "ratio-of-medians",
        two_waits,
        {"column": "steps", "group": "group", "first": "slow", "second": "fast", "within": [2, 9]},
        (4.0, 1.0),
        lambda ratio: ratio,
        (0.88, 0.98),
    ),
    World(
        "order-of-groups",
        two_levels,
        {"column": "value", "group": "group", "order": [1, 2]},
        (0.2, -0.2),
        _superiority,
    ),
    World(
        "equivalence",
        two_levels,
        {"column": "value", "group": "group", "first": 1, "second": 2, "margin": 0.2},
        (0.05, 0.5),
        lambda apart: -apart,
    ),
    World(
        "slope",
        power_law,
        {"x": "x", "y": "y", "within": [1.8, 2.2]},
        (2.0, 1.0),
        lambda exponent: exponent,
    ),
    World(
        "rank-correlation",
        related,
        {"x": "x", "y": "y", "within": [0.3, 1]},
        (0.8, -0.8),
        lambda correlation: 6 / np.pi * np.arcsin(correlation / 2),
    ),
    World(
        "concordance",
        related,
        {"x": "x", "y": "y"},
        (0.7, -0.7),
        lambda correlation: 0.5 + np.arcsin(correlation) / np.pi,
    ),
    World(
        "crossing",
        transition,
        {"x": "x", "y": "steps", "so": "reached", "within": [0.4, 0.6]},
        (0.5, 0.85),
        lambda place: place,
    ),
    World(
        "coincidence",
        two_properties,
        {"first": "first", "second": "second"},
        (0.9, -0.9),
    ),
    World(
        "map-agreement",
        two_maps,
        {"first": "ours", "second": "theirs", "at_least": 0.5},
        (0.9, 0.1),
        lambda kappa: kappa + (1 - kappa) / 4,
        (0.9, 1.0),
    ),
    World(
        "map-agreement",
        two_maps,
        {"first": "ours", "second": "theirs", "at_least": 0.5, "beyond_chance": True},
        (0.8, 0.1),
        lambda kappa: kappa,
        names="beyond chance",
    ),
)
