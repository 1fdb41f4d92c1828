"""Actions, their minima and thresholds, by closed form and by a search that knows none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from grokphase.studies import Given, in_columns
from grokphase.theory.first_order import (
    Minima,
    ModularAction,
    ModularAddition,
    PolynomialAction,
    PolynomialTeacher,
    mixture_entropy,
)

Table = dict[str, list[Any]]

_FINE = 200_001  # overlaps of the search that knows no closed form
_POWERS = 1_000.0  # up to which it looks for a frequency's power


def actions(given: Given) -> Table:
    """The action against the overlap at several ridges."""
    rows: list[dict[str, Any]] = []
    overlaps = np.linspace(0.0, 1.2, 241)
    for ridge in given.settings["ridges"]:
        found = PolynomialTeacher(ridge=ridge).action()
        rows.append(
            {"of": "polynomial", "ridge": ridge, "overlap": overlaps, "action": found(overlaps)}
        )
    powers = np.linspace(0.0, 250.0, 241)
    for ridge in given.settings["modular_ridges"]:
        found_modular = ModularAddition(ridge=ridge).action()
        rows.append(
            {"of": "modular", "ridge": ridge, "overlap": powers, "action": found_modular(powers)}
        )
    return in_columns(rows)


def samples(given: Given) -> Table:
    """The minima against the number of samples: where a neuron can be, and where it is."""
    rows = []
    first, last = given.settings["span"]
    for count in np.linspace(first, last, given.settings["points"]):
        network = PolynomialTeacher(samples=float(count))
        minima = network.action().minima()
        other, depth = float(minima.overlap), float(minima.action)
        rows.append(
            {
                "samples": float(count),
                "other": None if math.isnan(other) else other,
                "barrier": None if math.isnan(float(minima.barrier)) else float(minima.barrier),
                "deepest": other if depth < 0 else 0.0,
            }
        )
    return in_columns(rows)


def borders(given: Given) -> Table:
    """Where the other minimum appears and where both coexist, in samples and ridge, and in P."""
    settings = given.settings
    rows = []
    for event in ("appears", "coexists"):
        for count in settings["samples"]:
            ridge = PolynomialTeacher(samples=count).ridge_at(event)
            rows.append({"of": "polynomial", "event": event, "size": count, "ridge": ridge})
        for p in settings["moduli"]:
            ridge = ModularAddition(p=p).ridge_at(event)
            rows.append({"of": "modular", "event": event, "size": p, "ridge": ridge})
    return in_columns(rows)


def thresholds(given: Given) -> Table:
    """Published thresholds and how they come out, by reading."""
    del given
    base, modular = PolynomialTeacher(), ModularAddition()
    late, window = replace(modular, ridge=0.175), base.action().transition()
    of_modular = modular.action()
    as_deep = replace(of_modular, control=of_modular.transition().coexists)

    def control_at(ridge: float) -> float:
        return replace(base, ridge=ridge).control

    found = {
        "u at the ridge 0.18": (base.control, 30.2),
        "u where the second minimum appears": (control_at(base.ridge_at("appears")), 30.2),
        "u where both minima are as deep": (control_at(base.ridge_at("coexists")), 30.2),
        "u where the second minimum appears, neurons settled": (
            control_at(base.ridge_at("appears", whole=True)),
            30.2,
        ),
        "ridge where the second minimum appears": (base.ridge_at("appears"), 0.18),
        "ridge where both minima are as deep": (base.ridge_at("coexists"), 0.18),
        "ridge where the second minimum appears, neurons settled": (
            base.ridge_at("appears", whole=True),
            0.18,
        ),
        "modular ridge where the second minimum appears": (modular.ridge_at("appears"), 0.227),
        "modular ridge where both are as deep": (modular.ridge_at("coexists"), 0.227),
        "-a at 0.175 if the second minimum just appears": (-late.amplitude_at("appears"), 0.7),
        "-a at 0.175 if both are as deep": (-late.amplitude_at("coexists"), 0.7),
        "a at 0.175 over a at 0.227, if u a² is the same": (0.175 / 0.227, 0.7),
        "overlap at the jump": (base.action().transition().jump, None),
        "power at the jump, modular": (searched(as_deep, _POWERS), None),
        "u where 0 is no minimum any more, over u where the second appears": (
            window.vanishes / window.appears,
            None,
        ),
        "samples of a Gaussian process, sigma_a² = 8/N": (gaussian_process_samples(base), 5e5),
        "samples of a Gaussian process, sigma_a² = 8": (
            gaussian_process_samples(replace(base, output_variance=8.0)),
            5e5,
        ),
        "cubic polynomials in d variables": (math.comb(int(base.dimensions) + 2, 3), 5e5),
    }
    return in_columns(
        [
            {
                "what": what,
                "value": value,
                "published": published,
                "ratio": None if published is None else value / published,
            }
            for what, (value, published) in found.items()
        ]
    )


def gaussian_process_samples(network: PolynomialTeacher) -> float:
    r"""Samples at which a Gaussian process with the network's prior has learned half of H_3.

    sigma^2 over the eigenvalue of third order of sigma_a^2 (2/pi) arcsin(2 x.x' sigma_w^2 / (d K)),
    which is sigma_a^2 (2/pi) (2 sigma_w^2 / (d K))^3.
    """
    scale = 1 + 2 * network.weight_variance
    nearness = 2 * network.weight_variance / (network.dimensions * scale)
    return network.ridge / (network.output_variance * 2 / math.pi * nearness**3)


def search(given: Given) -> Table:
    """Closed forms beside a search on a fine grid, that is refined where it found something."""
    rows = []
    for linear, cubic in given.settings["discrepancies"]:
        transition = PolynomialAction(1.0, linear, cubic).transition()
        for between in given.settings["between"]:
            control = transition.appears * (transition.vanishes / transition.appears) ** between
            action = PolynomialAction(control, linear, cubic)
            rows += _compared(action, action.minima(), 3.0, f"{linear:g}, {cubic:g}")
    for times in given.settings["times"]:
        modular = ModularAction(times * 0.01)
        rows += _compared(modular, modular.minima(), _POWERS, "modular")
    return in_columns(rows)


def _compared(
    action: PolynomialAction | ModularAction, minima: Minima, furthest: float, case: str
) -> list[dict[str, Any]]:
    place = searched(action, furthest)
    control = float(action.control)
    return [
        {"case": case, "control": control, "of": "overlap", "closed": float(minima.overlap)}
        | {"searched": place},
        {"case": case, "control": control, "of": "action", "closed": float(minima.action)}
        | {"searched": float(action(place))},
    ]


def searched(action: PolynomialAction | ModularAction, furthest: float) -> float:
    """The minimum away from 0, from the lowest inner point of a fine grid; NaN if there is none."""
    grid = np.linspace(0.0, furthest, _FINE)
    values = action(grid)
    inner = np.flatnonzero((values[1:-1] < values[:-2]) & (values[1:-1] <= values[2:])) + 1
    if not inner.size:
        return math.nan
    at = inner[-1]
    ends = (grid[at - 1], grid[at + 1])
    found = minimize_scalar(
        lambda x: float(action(x)), bounds=ends, method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)


def invariances(given: Given) -> Table:
    """Actions of scaled networks beside those of the published sizes."""
    rows = []
    overlaps, powers = np.linspace(0.05, 1.5, 8), np.linspace(10.0, 300.0, 8)
    polynomial, modular = PolynomialTeacher(), ModularAddition()
    for alpha, beta in given.settings["factors"]:
        scaled = polynomial.scaled(alpha, beta)
        before, after = polynomial.action(1.0), scaled.action(1.0)
        rows += _rows("polynomial", overlaps, before(overlaps), after(overlaps))
        rows += _rows(
            "linear part", [0.0], [polynomial.gaussian_linear()], [scaled.gaussian_linear()]
        )
        other = modular.scaled(beta)
        rows += _rows("modular", powers, modular.action()(powers), other.action()(powers))
    return in_columns(rows)


def _rows(of: str, overlaps: Any, before: Any, after: Any) -> list[dict[str, Any]]:
    return [
        {"of": of, "overlap": float(x), "base": float(y), "scaled": float(z)}
        | {"error": abs(float(z) / float(y) - 1)}  # stored numbers keep too few digits for it
        for x, y, z in zip(overlaps, before, after, strict=True)
    ]


def mixture(given: Given) -> Table:
    """Who is specialised, once what neurons learn has its say, against the ridge and the size."""
    settings = given.settings
    rows = []
    for wider in settings["wider"]:
        for ridge in settings["ridges"]:
            network = PolynomialTeacher(ridge=ridge).scaled(1.0, wider)
            linear, cubic = network.discrepancies()
            action = network.action(linear, cubic)
            share = float(action.share(network.dimensions))
            rows.append(
                {
                    "wider": wider,
                    "ridge": ridge,
                    "linear": linear,
                    "cubic": cubic,
                    "share": share,
                    "dimensions": network.dimensions,
                    "share_times_d": share * network.dimensions,
                    "entropy": float(mixture_entropy(share)),
                    "over_coexistence": network.control / action.transition().coexists,
                }
            )
    return in_columns(rows)


def amplitudes(given: Given) -> Table:
    """What the modular network has not learned, if u a^2 stays where an event is."""
    settings = given.settings
    first, last = settings["span"]
    rows = []
    for event in ("appears", "coexists"):
        for ridge in np.linspace(first, last, settings["points"]):
            found = ModularAddition(ridge=float(ridge)).amplitude_at(event)
            rows.append({"event": event, "ridge": float(ridge), "amplitude": max(found, -1.0)})
    return in_columns(rows)
