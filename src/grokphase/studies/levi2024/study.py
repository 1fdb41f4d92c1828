"""Losses and times of gradient flow: in the mean over data by quadrature, and of single draws.

Times are the authors' eta_0 t, half of those of `theory.regression`, whose loss has a factor 1/2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import hyp0f1

from grokphase.studies import Given, in_columns
from grokphase.theory.regression import (
    Evolution,
    LossTimes,
    accuracy,
    average_spectrum,
    small_tolerance_delay,
    spectrum_of,
)

HALF = 0.5  # of a time here is the authors' time
AT_95 = 0.25  # of the tolerance is the loss at which erf(sqrt 2) = 95.45 % are right

Table = dict[str, list[Any]]


def draw(ratio: float, dimensions: int, seed: int) -> Evolution:
    """The flow on one training set of Gaussian inputs, of one teacher and one student."""
    random = np.random.default_rng(seed)
    samples = round(dimensions / ratio)
    start, target = random.standard_normal((2, dimensions)) / np.sqrt(2 * dimensions)
    return Evolution(
        spectrum_of(random.standard_normal((samples, dimensions)), start=start, target=target)
    )


def found(evolution: Evolution, tolerance: float) -> LossTimes:
    """When 95 % of training and population samples are right within the tolerance."""
    return evolution.times(AT_95 * tolerance)


def row(times: LossTimes) -> dict[str, float | None]:
    """Times of training, of generalization and between them, in the authors' unit."""
    named = {
        "train": times.memorized,
        "population": times.generalized,
        "delay": times.delay,
    }
    return {name: None if time is None else HALF * time for name, time in named.items()}


def losses(given: Given) -> Table:
    """Both losses and accuracies against time, in the mean and of single draws."""
    settings = given.settings
    first, last = settings["span"]
    times = np.geomspace(first, last, settings["points"])
    rows = []
    for ratio in settings["ratios"]:
        evolutions = {"mean": Evolution(average_spectrum(ratio))}
        evolutions |= {
            f"draw {seed}": draw(ratio, settings["dimensions"], seed)
            for seed in range(settings["draws"])
        }
        for case, evolution in evolutions.items():
            at = evolution.losses(times / HALF)
            for of, loss in at.items():
                rows.append(
                    {
                        "ratio": ratio,
                        "case": case,
                        "of": of,
                        "line": f"{of}, {'mean' if case == 'mean' else 'draws'}",
                        "time": times,
                        "loss": loss,
                        "accuracy": accuracy(loss, settings["tolerance"]),
                    }
                )
    return in_columns(rows)


def delays(given: Given) -> Table:
    """Times at several ratios: in the mean, of draws, and by the formula for small tolerances."""
    settings, tolerance = given.settings, given.settings["tolerance"]
    rows = []
    for ratio in settings["ratios"]:
        exact = row(found(Evolution(average_spectrum(ratio)), tolerance))
        same = {"ratio": ratio, "formula": small_tolerance_delay(ratio)}
        same |= {f"mean_{name}": time for name, time in exact.items()}
        for seed in range(settings["draws"]):
            single = row(found(draw(ratio, settings["dimensions"], seed), tolerance))
            slowness = (single["population"] or np.nan) / (single["train"] or np.nan)
            rows.append({**same, "seed": seed, **single, "slowness": slowness})
    return in_columns(rows)


def tolerances(given: Given) -> Table:
    """How near the formula for small tolerances comes to the quadrature."""
    settings = given.settings
    rows = [
        {
            "ratio": ratio,
            "tolerance": tolerance,
            "share": (HALF * (found(Evolution(average_spectrum(ratio)), tolerance).delay or np.nan))
            / small_tolerance_delay(ratio),
        }
        for ratio in settings["ratios"]
        for tolerance in settings["tolerances"]
    ]
    return in_columns(rows)


def identities(given: Given) -> Table:
    """What holds at every time, computed both ways."""
    rows = []
    for ratio in given.settings["ratios"]:
        flow = Evolution(average_spectrum(ratio))
        for time in given.settings["times"]:
            step = 1e-4 * time
            near = flow.losses(np.array([time - step, time + step]) / HALF)["population"]
            at = flow.losses(np.array([time]) / HALF)
            closed = np.exp(-4 * (1 + ratio) * time) * hyp0f1(2, 16 * time**2 * ratio)
            rows.append(
                {
                    "ratio": ratio,
                    "time": time,
                    "fall": float((near[0] - near[1]) / (2 * step)),
                    "four_train": 4 * float(at["train"][0]),
                    "train": float(at["train"][0]),
                    "bessel": float(closed),
                }
            )
    return in_columns(rows)


def floors(given: Given) -> Table:
    """Where the losses end: without decay if samples are few, and with a little decay."""
    settings = given.settings
    rows = []
    for ratio in settings["few"]:
        end = Evolution(average_spectrum(ratio)).losses(1e9)["population"][0]
        rows.append({"ratio": ratio, "of": "no decay", "floor": end, "formula": 1 - 1 / ratio})
    gamma = settings["decay"]
    for ratio in settings["many"]:
        # The authors' decay acts on a loss without 1/2, ours on one with: half of it is the same.
        end = Evolution(average_spectrum(ratio), decay=gamma / 2).losses(1e9)
        for of, loss in end.items():
            formula = gamma**2 / (4 * (1 - ratio) ** (1 if of == "train" else 3))
            rows.append({"ratio": ratio, "of": of, "floor": 2 * loss[0], "formula": formula})
    return in_columns(rows)
