"""How often a forecast of a map's cells is wrong, and what it saves; the constants it goes by.

``python -m benchmarks.map_forecasts`` replays refinement over the maps of Figures 6 (a), (c) and
(d) of liu2022, five seeds each, as their results at paper scale have them, fits the models of
`grokphase.forecasting.outcome` to what was known at each look, and measures them: on one seed of
each figure with constants fitted without those three, on each figure with constants fitted on the
other two, and on Figure 6 (b), of which nothing is fitted. Nothing is trained; it takes some ten
seconds of one core, and ends by saying whether the same comes with grokphase. With ``--write`` what
comes with it is replaced.

A cell that refinement had inferred has the phase it gave it, and steps interpolated from cells of
that phase: it is asked for in a replay where other cells were stopped.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from grokphase.forecasting import outcome
from grokphase.forecasting.outcome import Around, Decided
from grokphase.phases.letters import LETTERS
from grokphase.phases.refine import Refinement

BUDGET = 100_000
DELAY = 1000
FITTED, HELD_OUT = ("fig6a", "fig6c", "fig6d"), "fig6b"
CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
RIDGE = 1.0
MOST_STEPS = 100
PLACE = Path(str(files("grokphase.forecasting"))) / "fitted" / "outcome.json"
NAMES = {letter: name for name, letter in LETTERS.items()}
TITLES = {
    "fig6a": "Figure 6 (a): addition, both rates",
    "fig6b": "Figure 6 (b): addition, rate and decay",
    "fig6c": "Figure 6 (c): addition, classification, rate and decay",
    "fig6d": "Figure 6 (d): S3, rate and decay",
}


class Map(NamedTuple):
    """One seed's map: phases and steps, infinite where not reached, and which cells were run."""

    figure: str
    seed: int
    phase: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    run: np.ndarray


class Look(NamedTuple):
    """A run at a look: its state, whether the next threshold is passed, and what is known."""

    state: str
    passes: bool
    terms: list[float]


def maps_of(figure: str) -> list[Map]:
    """The maps of a figure, a seed each."""
    place = files("grokphase.studies.liu2022") / "results" / "paper" / f"{figure}.json"
    data = json.loads(place.read_text(encoding="utf-8"))["data"]
    return [_map(figure, entry) for entry in data["maps"]]


def _map(figure: str, entry: Mapping[str, Any]) -> Map:
    letters = np.array([list(row) for row in entry["phase"]])
    phase = np.vectorize(NAMES.get)(letters)
    run = np.array([list(row) for row in entry["measured"]]) == "1"
    train, validation = (
        np.array([[math.inf if s is None else s for s in row] for row in entry[name]], float)
        for name in ("train_step", "validation_step")
    )
    for cell in map(tuple, np.argwhere(~run)):
        like = [tuple(o) for o in np.argwhere(run & (phase == phase[cell]))]
        for times in (train, validation):
            times[cell] = _interpolated(cell, like, times)
        if phase[cell] == "comprehension":
            validation[cell] = min(validation[cell], train[cell] + DELAY - 1)
        if phase[cell] == "grokking":
            validation[cell] = max(validation[cell], train[cell] + DELAY)
    return Map(figure, entry["seed"], phase, train, validation, run)


def _interpolated(cell: tuple[int, ...], like: Sequence[tuple[int, ...]], times: Any) -> float:
    known = [(math.dist(cell, o) ** -4, times[o]) for o in like if math.isfinite(times[o])]
    total = sum(weight for weight, _ in known)
    return math.exp(sum(w * math.log(max(t, 1)) for w, t in known) / total) if known else math.inf


def replay(
    found: Map,
    weights: Mapping[str, Sequence[float]] | None = None,
    confidence: float = 1.0,
    seen: list[Look] | None = None,
) -> dict[str, float]:
    """Refine a map, stopping runs by a forecast if weights are given.

    Returns:
        Cells that come out the same, runs stopped, those stopped wrongly, steps, and steps of all
        cells run to their ends.
    """
    refinement, known = Refinement(found.phase.shape), dict[tuple[int, ...], Decided]()
    counts = dict.fromkeys(("stopped", "wrong", "steps"), 0.0)
    while batch := refinement.ask():
        phases, costs = {}, {}
        for cell in batch:
            end = min(max(found.train[cell], found.validation[cell]), BUDGET)
            around = Around.of(known[o]._replace(distance=math.dist(cell, o)) for o in known)
            phase, used = str(found.phase[cell]), end
            for look in outcome.looks(BUDGET):
                if look >= end or found.validation[cell] <= look < found.train[cell]:
                    break
                trained = found.train[cell] <= look
                step = int(found.train[cell]) if trained else None
                terms = outcome.terms(look, BUDGET, step, around)
                if seen is not None and found.run[cell]:
                    due = found.validation if trained else found.train
                    seen.append(Look(_state(step), bool(due[cell] <= BUDGET), terms))
                if weights is None:
                    continue
                said = _said(weights[_state(step)], terms, step, look)
                if said is not None and said[1] >= confidence:
                    phase, used = said[0], look
                    counts["stopped"] += 1
                    counts["wrong"] += phase != found.phase[cell]
                    break
            phases[cell], costs[cell] = phase, used
        for cell in batch:
            steps = (found.train[cell], found.validation[cell])
            passed = [int(s) if s <= min(costs[cell], BUDGET) else None for s in steps]
            known[cell] = Decided(0.0, phases[cell], *passed)
        counts["steps"] += sum(costs.values())
        refinement.tell(phases, costs)
    whole = np.minimum(np.maximum(found.train, found.validation), BUDGET).sum()
    return {**counts, "same": float((refinement.labels() == found.phase).mean()), "whole": whole}


def _state(train_step: int | None) -> str:
    return "training" if train_step is None else "memorized"


def _said(
    weights: Sequence[float], terms: Sequence[float], train_step: int | None, step: float
) -> tuple[str, float] | None:
    """As `outcome.expected` says it, with other weights."""
    passes = 1 / (1 + math.exp(-min(max(float(np.dot(weights, terms)), -30.0), 30.0)))
    if passes < 0.5:
        return "confusion" if train_step is None else "memorization", 1 - passes
    late = train_step is not None and step - train_step >= DELAY
    return ("grokking", passes) if late else None


def fit(looks: Sequence[Look]) -> dict[str, list[float]]:
    """The weights of both models, by ridge regression on standardised terms."""
    return {state: _fit([each for each in looks if each.state == state]) for state in STATES}


STATES = ("training", "memorized")


def _fit(looks: Sequence[Look]) -> list[float]:
    x = np.array([each.terms for each in looks])
    y = np.array([each.passes for each in looks], float)
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    centre[0], scale[0] = 0.0, 1.0
    z = (x - centre) / scale

    penalty = RIDGE * np.append(0.0, np.ones(x.shape[1] - 1))
    at = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):  # Newton's: to the same digits wherever it is computed
        p = 1 / (1 + np.exp(-(z @ at)))
        slope = z.T @ (p - y) + penalty * at
        step = np.linalg.solve((z.T * (p * (1 - p))) @ z + np.diag(penalty), slope)
        at -= step
        if np.abs(step).max() < 1e-10:
            break
    found = at / scale
    found[0] -= float(centre @ found)
    return [float(f"{weight:.6g}") for weight in found]


def measured(maps: Sequence[Map], weights: Sequence[Any], confidence: float) -> dict[str, float]:
    """What replays of some maps come to, each with its weights."""
    found = [replay(one, w, confidence) for one, w in zip(maps, weights, strict=True)]
    total = {name: sum(each[name] for each in found) for name in found[0]}
    same = total["same"] / len(found)
    share = total["steps"] / total["whole"]
    return {
        "stopped": int(total["stopped"]),
        "wrong": int(total["wrong"]),
        "same": same,
        "share": share,
    }


def main() -> None:
    """Fit, measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    maps = {figure: maps_of(figure) for figure in (*FITTED, HELD_OUT)}
    looks: dict[tuple[str, int], list[Look]] = {}
    for figure in FITTED:
        for one in maps[figure]:
            replay(one, seen=looks.setdefault((figure, one.seed), []))
    whole = fit([each for found in looks.values() for each in found])
    without = [
        fit([e for key, found in looks.items() if key not in left for e in found])
        for left in [[(f, maps[f][at].seed) for f in FITTED] for at in range(5)]
    ]
    others = {
        f: fit([e for (figure, _), found in looks.items() if figure != f for e in found])
        for f in FITTED
    }
    errors = []
    for confidence in CONFIDENCES:
        rows = []
        for f in FITTED:
            said = measured(maps[f], without, confidence)
            rows.append(_row(f, "all but one seed of each of the three", said))
        held_out = measured(maps[HELD_OUT], [whole] * 5, confidence)
        rows.append(_row(HELD_OUT, "none of it", held_out))
        errors.append(
            {
                "confidence": confidence,
                "stopped": sum(row["stopped"] for row in rows),
                "wrong": sum(row["otherwise"] for row in rows),
                "share_of_steps_6b": round(held_out["share"], 3),
                "cells_same_6b": round(held_out["same"], 3),
                "maps": rows
                + [
                    _row(f, "the other two alone", measured(maps[f], [others[f]] * 5, confidence))
                    for f in FITTED
                ],
            }
        )
        print(json.dumps(errors[-1], indent=1), flush=True)
    found = {"errors": errors, "weights": whole}
    kept = json.loads(PLACE.read_text(encoding="utf-8"))
    for name, value in found.items():
        print(f"{name}: {'as' if value == kept[name] else 'not as'} they come with grokphase")
    if write:
        PLACE.write_text(json.dumps(kept | found, indent=1) + "\n", encoding="utf-8")


def _row(figure: str, fitted_on: str, said: Mapping[str, float]) -> dict[str, Any]:
    return {
        "map": TITLES[figure],
        "fitted on": fitted_on,
        "stopped": said["stopped"],
        "otherwise": said["wrong"],
    }


if __name__ == "__main__":
    main()
