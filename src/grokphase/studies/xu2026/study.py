"""Steps to small training and population loss of ridge regression, without taking a step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from grokphase.studies import Given, in_columns
from grokphase.theory.regression import Evolution, Spectrum, off_span_time, spectrum_of

Settings = Mapping[str, Any]


def drawn(settings: Settings, variance: float, seed: int) -> Spectrum:
    """A training set of N(0, 1/m) features, a target of norm 1, a start of N(0, variance)."""
    random = np.random.default_rng(seed)
    samples, features = settings["samples"], settings["features"]
    inputs = random.standard_normal((samples, features)) / math.sqrt(features)
    direction = random.standard_normal(features)
    target = direction / np.linalg.norm(direction)
    start = math.sqrt(variance) * random.standard_normal(features)
    return spectrum_of(inputs, start=start, target=target, population=1 / features)


def least_population(settings: Settings, decay: float, variance: float) -> float:
    """The paper's bound below the time to generalize, for Gaussian features."""
    samples, features, level = settings["samples"], settings["features"], settings["level"]
    ratio = (features - samples) * variance / (8 * features * level)
    return math.log(ratio) / (2.02 * float(settings["rate"]) * decay)


def most_train(settings: Settings, spectrum: Spectrum, variance: float) -> float:
    """The bound above the time to train; eigenvalues of Phi Phi^T are n times those over n."""
    smallest = settings["samples"] * spectrum.eigenvalues[spectrum.eigenvalues > 1e-12].min()
    ratio = 14 * settings["features"] * variance / settings["level"]
    return float(settings["samples"] * math.log(ratio) / (2 * settings["rate"] * smallest))


def case(settings: Settings, decay: float, variance: float, seed: int) -> dict[str, Any]:
    """One training set: both times, what bounds them, and the closed form."""
    spectrum = drawn(settings, variance, seed)
    rate, level = settings["rate"], settings["level"]
    times = Evolution(spectrum, rate=rate, decay=decay).times(level)
    closed = off_span_time(
        settings["samples"],
        settings["features"],
        rate=rate,
        decay=decay,
        start=variance,
        level=level,
    )
    train, population = times.memorized or math.nan, times.generalized or math.nan
    least, most = (
        least_population(settings, decay, variance),
        most_train(settings, spectrum, variance),
    )
    return {
        "seed": seed,
        "decay": decay,
        "variance": variance,
        "train": train,
        "population": population,
        "closed": closed,
        "over_closed": population / closed,
        "least": least,
        "most": most,
        "above_least": population >= least,
        "below_most": train <= most,
    }


def decays(given: Given) -> dict[str, list[Any]]:
    """Times against decay."""
    settings = given.settings
    rows = [
        case(settings, decay, 1.0, seed)
        for decay in settings["decays"]
        for seed in range(settings["seeds"])
    ]
    return in_columns(rows)


def starts(given: Given) -> dict[str, list[Any]]:
    """Times against the variance of the initial weights, and what a fourfold one adds."""
    settings = given.settings
    decay = settings["decay"]
    rows = [
        {**case(settings, decay, variance, seed), "log_variance": math.log(variance)}
        for variance in settings["variances"]
        for seed in range(settings["seeds"])
    ]
    unit = -2 * math.log1p(-settings["rate"] * decay)
    for row in rows:
        row["in_units"] = row["population"] * unit
    return in_columns(rows)
