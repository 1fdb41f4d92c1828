"""The constants of advice, from the runs of a corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.forecasting.advice import LEVERS, terms
from grokphase.forecasting.cases import Case, digest
from grokphase.forecasting.survival import Regression, Times, fit

RIDGE: Final = 3.0
FITS: Final = 40
"""Fits to families drawn with replacement."""

LEAST: Final = 3
"""Families below which nothing is said of how far they differ."""


def constants(cases: Sequence[Case], fits: int = FITS) -> dict[str, Any]:
    """The constants of advice.

    Args:
        cases: runs of the corpus's training families; of others none may be among them.
        fits: how many fits.

    Raises:
        GrokphaseError: a run is of another split, or there are too few families.
    """
    if any(case.split != "train" for case in cases):
        raise GrokphaseError("advice is fitted on the corpus's training families alone.")
    used = [case for case in cases if _settings(case) is not None]
    families = sorted({case.family for case in used})
    if len(families) < LEAST:
        raise GrokphaseError(f"advice takes {LEAST} families or more, and there are {families}.")
    settings = [_settings(case) or {} for case in used]
    usual = {name: float(np.median([each[name] for each in settings])) for name in LEVERS}
    x = np.stack([terms(each, usual) for each in settings])
    centres, scales = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    dummies = np.array([[case.family == name for name in families] for case in used], float)
    values = np.hstack([(x - centres) / scales, dummies])
    times = _times(used)
    whole = fit(times, values, np.zeros(len(used)), RIDGE)
    draws = np.random.default_rng(0).multinomial(
        len(families), np.ones(len(families)) / len(families), fits
    )
    found = [_again(times, values, dummies @ draw, whole) for draw in draws]
    level = dummies.mean(axis=0)
    many = x.shape[1]
    return {
        "what": "Accelerated failure time with a cure fraction, logistic in the logarithm of the "
        "step of generalization; a row of beta and alpha is a fit to families drawn with "
        "replacement: a number for each of grokphase.forecasting.advice.TERMS, standardised, and "
        "the constant of the average family.",
        "fitted_on": {
            "runs": len(used),
            "families": families,
            "split": "train",
            "digest": digest(used),
            "ridge": RIDGE,
        },
        "usual": usual,
        "ranges": {name: _range(name, settings) for name in LEVERS},
        "scatter": round(_scatter(used), 4),
        "centres": centres.tolist(),
        "scales": scales.tolist(),
        "fits": {
            "beta": [_level(each.beta, many, level) for each in found],
            "alpha": [_level(each.alpha, many, level) for each in found],
            "spread": [float(f"{each.spread:.5g}") for each in found],
        },
    }


def _level(weights: NDArray[np.float64], many: int, level: NDArray[np.float64]) -> list[float]:
    """The weights of the terms, and the constant of the average family."""
    constant = float(weights[-1] + weights[many:-1] @ level)
    return [float(f"{each:.5g}") for each in (*weights[:many].tolist(), constant)]


def _again(
    times: Times, values: NDArray[np.float64], counts: NDArray[np.float64], whole: Regression
) -> Regression:
    weighted = Times(times.lower, times.upper, times.weight * counts)
    return fit(weighted, values, np.zeros(len(values)), RIDGE, start=whole)


def _settings(case: Case) -> Mapping[str, float] | None:
    """What advice goes by; None of a run that it says nothing of: all but those of AdamW."""
    if case.history.settings.get("decoupled") == 0:
        return None
    found = {name: case.history.settings.get(name) for name in LEVERS}
    if any(value is None for value in found.values()) or not 0 < (found["fraction"] or 0) < 1:
        return None
    return {name: float(value) for name, value in found.items() if value is not None}


def _times(cases: Sequence[Case]) -> Times:
    """When each generalized."""
    seen = [case.history.generalized for case in cases]
    ends = [
        (float(case.history.now), np.inf)
        if each is None
        else (max(each.lower, 0.0), max(each.upper, 1.0))
        for case, each in zip(cases, seen, strict=True)
    ]
    lower, upper = np.array(ends, float).T
    return Times(lower, upper, np.ones(len(cases)))


def _scatter(cases: Sequence[Case]) -> float:
    """The standard deviation of the logarithm of the step among seeds of one cell."""
    cells: dict[str, list[float]] = {}
    for case in cases:
        if case.history.generalized is not None:
            step = max(case.history.generalized.upper, 1.0)
            cells.setdefault(case.cell, []).append(float(np.log(step)))
    several = [steps for steps in cells.values() if len(steps) > 1]
    squares = sum(float(np.var(steps)) * len(steps) for steps in several)
    return float(np.sqrt(squares / max(sum(len(steps) - 1 for steps in several), 1)))


def _range(name: str, settings: Sequence[Mapping[str, float]]) -> list[float]:
    values = [each[name] for each in settings if each[name] > 0]
    return [float(min(values)), float(max(values))]
