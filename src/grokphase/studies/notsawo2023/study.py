"""What no other paper has: how much the loss oscillates in the first steps, and what that tells.

Every network is trained twice, which is the same to the bit: the first steps with a row a step, and
to the end of the budget with few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby, product
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

import grokphase as gp
from grokphase.measures import ascent, high_pass, hjorth
from grokphase.studies import Given, Trained, in_columns, usual_table
from grokphase.training.leaves import replace as with_leaf

Settings = Mapping[str, Any]
Row = dict[str, Any]
Table = dict[str, list[Any]]
Runs = Iterator[tuple[Row, gp.RunSpec]]

OSCILLATIONS: Final = ("activity", "fast_activity", "ascent")
BASELINES: Final = ("learning_rate", "weight_decay", "eta_lambda", "memorized")
"""What is known before a network is trained, and the step at which it knows its training pairs."""


# ------------------------------------------------------------------------------ without training


def sinusoids(given: Given) -> Table:
    """Hjorth parameters of sinusoids of whole periods."""
    samples, rows = given.settings["samples"], []
    for cycles in given.settings["cycles"]:
        frequency = 2 * np.pi * cycles / samples
        found = hjorth(3 + np.sin(frequency * np.arange(samples) + cycles))
        rows.append(
            {
                "cycles": cycles,
                "frequency": frequency,
                "activity": found.activity,
                "mobility": found.mobility,
                "complexity": found.complexity,
                "curvature": found.curvature,
            }
        )
    return in_columns(rows)


# ------------------------------------------------------------------------------ networks


def network(settings: Settings, seed: int, rate: float, decay: float, **leaves: Any) -> gp.RunSpec:
    """Addition modulo p, full batch, AdamW: the paper's transformer, or an MLP."""
    spec = gp.preset("power2022", operation="x + y", p=settings["p"])
    if settings["model"] == "transformer":
        assert isinstance(spec.model, gp.Transformer)
        spec = replace(spec, model=replace(spec.model, tied=True))
    else:
        model = gp.MLP(dimension=settings["dimension"], widths=(settings["width"],))
        spec = replace(spec, model=model)
    spec = replace(spec, split=gp.Split(fraction=settings["fraction"]), seed=seed)
    chosen = {
        "recipe.learning_rate": rate,
        "recipe.weight_decay": decay,
        "recipe.steps": settings["steps"],
        "recipe.stop": "budget",
        "recipe.measures": (),
        "recipe.thresholds.train_accuracy": 0.9,
        "recipe.thresholds.validation_accuracy": 0.9,
        **leaves,
    }
    for leaf, value in chosen.items():
        spec = with_leaf(spec, leaf, value)
    samples = spec.split.training_samples(spec.task)
    return with_leaf(spec, "recipe.batch", samples)


def grid(settings: Settings) -> Runs:
    """Learning rates by weight decays, each network twice: its first steps, and all of them."""
    first = {"recipe.steps": settings["first"], "recipe.record_every": 1}
    for rate, decay in product(settings["rates"], settings["decays"]):
        for seed in range(settings["seeds"]):
            labels = {"learning_rate": rate, "weight_decay": decay, "eta_lambda": rate * decay}
            yield {**labels, "part": "whole"}, network(settings, seed, rate, decay)
            yield {**labels, "part": "first"}, network(settings, seed, rate, decay, **first)


def oscillations(given: Given) -> Table:
    """A row a network: how its loss went in the first steps, and what became of it."""
    whole = [run for run in given.runs if run.labels["part"] == "whole"]
    first = [run for run in given.runs if run.labels["part"] == "first"]
    slowest = given.settings["slowest"]
    seen = [_first_steps(run, slowest) for run in first]
    given_first = {"first": [given.settings["first"]] * len(whole)}
    outcomes = in_columns(map(_outcome, whole))
    return {**usual_table(whole), **in_columns(seen), **outcomes, **given_first}


def _first_steps(run: Trained, slowest: int) -> Row:
    loss = np.asarray(run.record.curves["train_loss"], float)
    if not np.isfinite(loss).all():  # a network that diverged
        return dict.fromkeys((*OSCILLATIONS, "mobility", "curvature", "last_loss"))
    whole = hjorth(loss)
    return {
        "activity": whole.activity,
        "mobility": whole.mobility,
        "curvature": whole.curvature,
        "fast_activity": hjorth(high_pass(loss, slowest)).activity,
        "ascent": ascent(loss),
        "last_loss": float(loss[-1]),
    }


def _outcome(run: Trained) -> Row:
    record, labels = run.record, run.labels
    return {
        "cell": f"{labels['learning_rate']:g}, {labels['weight_decay']:g}",
        "generalizes": record.validation_step is not None,
        "memorized": record.steps_trained if record.train_step is None else record.train_step,
    }


def predictions(data: Mapping[str, Mapping[str, Any]]) -> Table:
    """For each seed the area under the ROC curve of every measure and of every baseline.

    Over the networks that have not generalized in the first steps; `activity_over_eta_lambda` is
    by how much the area of the first exceeds that of the second.
    """
    (table,) = data.values()
    rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    first = table["first"][0]
    open_ones = [
        row
        for row in rows
        if row["activity"] is not None
        and (row["validation_step"] is None or row["validation_step"] > first)
    ]
    found = []
    by_seed = sorted(open_ones, key=lambda row: row["seed"])
    for seed, group in groupby(by_seed, key=lambda row: row["seed"]):
        of = in_columns(group)
        areas = {name: area(of[name], of["generalizes"]) for name in (*OSCILLATIONS, *BASELINES)}
        over = {
            f"{name}_over_{base}": areas[name] - areas[base]
            for name, base in product(OSCILLATIONS, BASELINES)
        }
        found.append({"seed": seed, **areas, **over, "networks": len(of["cell"])})
    return in_columns(found)


_WORDS: Final = {
    "activity": "activity",
    "fast_activity": "fast",
    "ascent": "ascent",
    "learning_rate": "rate",
    "weight_decay": "decay",
    "eta_lambda": "product",
    "memorized": "T_mem",
}


def areas(data: Mapping[str, Any]) -> Table:
    """A row an area of `predictions` of one figure's table, to draw them side by side."""
    found = predictions({"oscillations": data})
    return in_columns(
        {"seed": seed, "of": word, "area": value}
        for name, word in _WORDS.items()
        for seed, value in zip(found["seed"], found[name], strict=True)
    )


def area(scores: ArrayLike, happens: ArrayLike) -> float:
    """The area under the ROC curve: the chance that what happens scores higher, ties half.

    NaN where it happens always or never.
    """
    values, events = np.asarray(scores, float), np.asarray(happens, bool)
    if events.all() or not events.any():
        return np.nan
    higher, lower = values[events][:, None], values[~events][None]
    return float(((higher > lower) + 0.5 * (higher == lower)).mean())


# ------------------------------------------------------------------------------ shares of the pairs


def fractions(settings: Settings) -> Runs:
    """Shares of all pairs that are trained."""
    for fraction in settings["fractions"]:
        for seed in range(settings["seeds"]):
            of = {**settings, "fraction": fraction}
            spec = network(of, seed, settings["rate"], settings["decay"])
            yield {"fraction": fraction}, with_leaf(spec, "recipe.stop", "decided")


def slopes(data: Mapping[str, Mapping[str, Any]]) -> Table:
    """For each seed the exponents of both times in the share of the pairs."""
    (table,) = data.values()
    seeds, rows = np.array(table["seed"]), []
    for seed, of in product(sorted(set(table["seed"])), ("training", "validation")):
        steps = np.array(table[f"{of.removesuffix('ing')}_step"], float)
        there = (seeds == seed) & np.isfinite(steps)
        if there.sum() > 1:
            logs = np.log(np.array(table["fraction"])[there]), np.log(steps[there])
            rows.append({"seed": seed, "of": of, "exponent": float(np.polyfit(*logs, 1)[0])})
    return in_columns(rows)


# ------------------------------------------------------------------------------ trajectories


def trajectories(settings: Settings) -> Runs:
    """Networks whose weights are kept on the way."""
    for seed in range(settings["seeds"]):
        yield {}, network(settings, seed, settings["rate"], settings["decay"])


def planar(given: Given) -> Table:
    """What two principal components have of the variance of a trajectory, and of a random walk."""
    return {**usual_table(given.runs), **in_columns(map(_in_two, given.runs))}


def _in_two(run: Trained) -> Row:
    path = np.array([_flat(weights) for weights in run.kept.values()])
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    # Steps of a random walk in so many dimensions are at right angles.
    walk = np.tril(np.ones((len(path), len(lengths))), -1) * lengths
    return {"two": two_components(path), "walk": two_components(walk), "places": len(path)}


def _flat(weights: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([np.ravel(weights[name]).astype(float) for name in sorted(weights)])


def two_components(path: np.ndarray) -> float:
    """The share of the variance of places that their two first principal components have."""
    power = np.linalg.svd(path - path.mean(axis=0), compute_uv=False) ** 2
    return float(power[:2].sum() / power.sum())
