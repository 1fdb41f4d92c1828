"""From lazy to rich: courses of the solved network, and the same network trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given
from grokphase.theory.lazy_rich import Course, LazyRich, Moments, lazy_rich

Settings = Mapping[str, Any]


def drawn(settings: Settings, seed: int, **own: Any) -> LazyRich:
    """The network on one training set, with a scale's settings and some of one's own."""
    usual = {name: settings[name] for name in ("dimensions", "samples", "scale", "curvature")}
    return lazy_rich(**{**usual, **own}, seed=seed)


def instants(settings: Settings) -> Any:
    """Times from 1 to the horizon, in equal steps of their logarithm."""
    return np.geomspace(1.0, settings["horizon"], settings["points"])


def times(flow: LazyRich, course: Course, settings: Settings) -> dict[str, Any]:
    """When both losses come below the level, and how aligned the kernel is at both ends."""
    found = flow.reached(course, settings["level"])
    memorized, generalized = found.memorized, found.generalized
    return {
        "memorized": memorized,
        "generalized": generalized,
        "delay": found.delay,
        "times_later": generalized / memorized if memorized and generalized else None,
        "aligned": float(course.alignment[-1]),
        "twice": 2 * float(course.alignment[0]),
        "moved": float(course.squared_norm[-1] / len(flow.target)),
    }


def courses(given: Given) -> Data:
    """Losses, their parts and the alignment against time, at several scales."""
    rows = []
    for scale in given.settings["scales"]:
        for seed in range(given.settings["seeds"]):
            flow = drawn(given.settings, seed, scale=scale)
            course = flow.course(instants(given.settings))
            rows.append(
                {
                    "scale": scale,
                    "seed": seed,
                    "time": course.time,
                    "train": course.train,
                    "population": course.population,
                    "trace": course.trace,
                    "direction": course.direction,
                    "linear": course.linear,
                    "alignment": course.alignment,
                }
            )
    return in_columns(rows)


def delays(given: Given) -> Data:
    """Times at other scales, curvatures and numbers of samples, one of them at a time."""
    settings, rows = given.settings, []
    for what, values in settings["vary"].items():
        for value in values:
            for seed in range(settings["seeds"]):
                flow = drawn(settings, seed, **{what: value})
                found = times(flow, flow.course(instants(settings)), settings)
                kernel = float(flow.lazy_course([1e15]).population[0])
                rows.append({"what": what, what: value, "seed": seed, "kernel": kernel, **found})
    names = [*settings["vary"]]
    return in_columns([dict.fromkeys(names) | row for row in rows])


# ------------------------------------------------------------------------------ trained, not solved


def outputs(flow: LazyRich, weights: Any, inputs: Any) -> Any:
    """The outputs of a network's neurons, the start not taken away."""
    h = inputs @ weights.T
    return flow.scale * (h + flow.curvature / 2 * h**2).mean(axis=1)


def trained(flow: LazyRich, rate: float, steps: list[int]) -> Iterator[tuple[int, Any]]:
    """The weights after so many steps of gradient descent, each at its step."""
    weights, start = flow.weights.copy(), outputs(flow, flow.weights, flow.inputs)
    for step in range(max(steps) + 1):
        if step in steps:
            yield step, weights.copy()
        residuals = outputs(flow, weights, flow.inputs) - start - flow.answers
        pulled = residuals[:, None] * (1 + flow.curvature * flow.inputs @ weights.T)
        weights -= rate / (flow.scale * len(residuals)) * pulled.T @ flow.inputs


def parts_of(fresh: Any) -> list[Any]:
    """Equal parts of 2^n samples, each of which fits in memory with its hidden neurons."""
    return np.split(fresh, max(len(fresh) // 2**16, 1))


def loss_on(flow: LazyRich, weights: Any, inputs: Any) -> float:
    """The mean squared error of a network on other samples, its start taken away."""
    answers = 0.5 * (inputs @ flow.target) ** 2 + outputs(flow, flow.weights, inputs)
    return float(np.mean((outputs(flow, weights, inputs) - answers) ** 2))


def checks(given: Given) -> Data:
    """Trained networks: their loss on fresh samples, by its parts, and as the flow has it."""
    settings, rows = given.settings, []
    sobol = qmc.Sobol(settings["dimensions"], seed=0).random_base2(settings["fresh"])
    fresh = ndtri(np.clip(sobol, 1e-12, 1 - 1e-12)) / np.sqrt(settings["dimensions"])
    for seed in range(settings["seeds"]):
        flow = drawn(settings, seed, neurons=settings["neurons"])
        mean, second = flow.start
        steps = [*settings["steps"]]
        solved = flow.course(settings["rate"] * np.array(steps, float))
        for at, (step, weights) in enumerate(trained(flow, settings["rate"], steps)):
            own = weights.T @ weights / len(weights)
            moved = Moments((weights.mean(axis=0) - mean)[None], (own - second)[None])
            parts = flow.course_of([0.0], moved)
            rows.append(
                {
                    "seed": seed,
                    "step": step,
                    "fresh": float(
                        np.mean([loss_on(flow, weights, part) for part in parts_of(fresh)])
                    ),
                    "parts": float(parts.population[0]),
                    "flow": float(solved.population[at]),
                    "train": float(parts.train[0]),
                    "flow_train": float(solved.train[at]),
                }
            )
    return in_columns(rows)
