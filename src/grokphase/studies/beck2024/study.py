"""Which training sets of one class are memorized, and how late the others are generalized from."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import linprog

from grokphase.studies import Given, in_columns
from grokphase.theory.integration import integrated
from grokphase.theory.samples import Floats
from grokphase.theory.separability import (
    OneClass,
    separability,
    two_point_bias,
    two_point_limit,
    two_points,
)

Table = dict[str, list[Any]]


def drawn(samples: int, ratio: float, seed: int, scale: float = 1.0) -> OneClass:
    """A training set from N(0, scale^2) in each dimension."""
    dimensions = round(ratio * samples)
    random = np.random.default_rng([seed, samples, dimensions])
    return OneClass(scale * random.standard_normal((samples, dimensions)), scale)


def feasible(points: Floats) -> bool:
    """Whether some S has S x >= 1 for all samples, by linear programming."""
    samples, dimensions = points.shape
    found = linprog(np.zeros(dimensions), A_ub=-points, b_ub=-np.ones(samples), bounds=(None, None))
    return bool(found.status == 0)


def probability(given: Given) -> Table:
    """The probability to be separable: exact, and as a share of draws by linear programming."""
    settings = given.settings
    rows = []
    for samples in settings["curves"]:
        for dimensions in range(samples // 10, samples - samples // 10 + 1, max(samples // 80, 1)):
            exact = separability(samples, dimensions)
            row = {"of": "exact", "samples": samples, "ratio": dimensions / samples}
            rare = {"probability": exact, "rarer": min(exact, 1 - exact)}
            rows.append({**row, **rare, "share": None, "agree": None})
    for samples in settings["sizes"]:
        for ratio in settings["ratios"]:
            exact = separability(samples, round(ratio * samples))
            sets = [drawn(samples, ratio, seed) for seed in range(settings["draws"])]
            apart = [feasible(each.points) for each in sets]
            agree = apart == [each.margin is not None for each in sets]
            row = {"of": "draws", "samples": samples, "ratio": ratio, "probability": exact}
            rare = {"rarer": min(exact, 1 - exact)}
            rows.append({**row, **rare, "share": float(np.mean(apart)), "agree": agree})
    return in_columns(rows)


def limits(given: Given) -> Table:
    """The weight at the end of two points: closed form, conformal time, and the least loss."""
    rows = []
    for scale in given.settings["scales"]:
        for gap in given.settings["gaps"]:
            ratio = (1 - gap) / 2
            least = two_points(ratio, scale).limit
            place = {"scale": scale, "gap": gap, "closed": two_point_limit(ratio, scale)}
            rows.append({**place, "of": "flow", "weight": in_conformal_time(gap, scale)})
            minimum = None if least is None else float(least[0])
            rows.append({**place, "of": "minimization", "weight": minimum})
    return in_columns(rows)


def in_conformal_time(gap: float, scale: float) -> float:
    """S of two points after 40 of its last relaxation times, where b has no say in its equation."""
    low, high = -scale, scale * gap

    def slope(_: float, weight: Floats) -> Floats:
        return -(low * np.exp(low * weight) + high * np.exp(high * weight)) / 2

    end = 40 / (scale**2 * gap)
    return float(integrated(slope, np.zeros(1), [0, end], tolerance=1e-10)[-1, 0])


def delays(given: Given) -> Table:
    """The roots of ln(t_gen / t_tr) against the gap to the threshold, and slopes between two."""
    rows = []
    for scale, level in given.settings["cases"]:
        found = []
        for gap in given.settings["gaps"]:
            times = two_points((1 - gap) / 2, scale).times(level)
            delay = times.log_delay
            found.append(
                {
                    "case": f"scale {scale:g}, level {level:g}",
                    "scale": scale,
                    "level": level,
                    "gap": gap,
                    "log_gap": abs(math.log(gap)),
                    "log_train": times.log_memorized,
                    "log_population": times.log_generalized,
                    "log_delay": delay,
                    "root": None if delay is None else math.sqrt(delay),
                    "law": abs(math.log(gap)) / math.sqrt(2),
                    "slope": None,
                }
            )
        for before, after in pairwise(found):
            if before["root"] is not None and after["root"] is not None:
                run = after["log_gap"] - before["log_gap"]
                after["slope"] = (after["root"] - before["root"]) / run
        rows += found
    return in_columns(rows)


def accuracies(given: Given) -> Table:
    """Where the flow on random training sets ends, and what decides it."""
    settings = given.settings
    last = settings["clock"]
    rows = []
    for ratio in settings["ratios"]:
        for seed in range(settings["draws"]):
            one = drawn(settings["samples"], ratio, seed, settings["scale"])
            flow = one.flow([0, last / 2, last])
            half, end = np.linalg.norm(flow.weights[1:], axis=1)
            apart = feasible(one.points)
            rows.append(
                {
                    "ratio": ratio,
                    "seed": seed,
                    "separable": apart,
                    "set": "separable" if apart else "not separable",
                    "margin": one.margin,
                    "formula": 1 - one.error,
                    "accuracy": flow.accuracy[-1],
                    "as_said": (end > 1.5 * half) == apart,
                }
            )
    return in_columns(rows)


def norms(given: Given) -> Table:
    """Weights at the end on random training sets that cannot be separated."""
    settings = given.settings
    rows = []
    for ratio in settings["ratios"]:
        for seed in range(settings["draws"]):
            limit = drawn(settings["samples"], ratio, seed).limit
            norm = None if limit is None else float(np.linalg.norm(limit))
            rows.append({"ratio": ratio, "seed": seed, "norm": norm})
    return in_columns(rows)


def toy(given: Given) -> Table:
    """Losses of two points on both sides of the threshold, at common times."""
    settings = given.settings
    first, last = settings["log_time"]
    at = np.linspace(first, last, settings["points"])
    clock = np.append(0, np.geomspace(1e-6, 2 * last, 10 * settings["points"]))  # ln t >= -b, late
    rows = []
    for ratio in settings["ratios"]:
        flow = two_points(ratio, settings["scale"]).flow(clock)
        losses = {"log_train": flow.log_train, "log_population": flow.log_population}
        curves = {of: np.interp(at, flow.log_time, curve) for of, curve in losses.items()}
        rows.append({"ratio": f"{ratio:g}", "log_time": at, **curves})
    return in_columns(rows)


def rates(given: Given) -> Table:
    """How fast weight and bias of two points move late, in units of ln t or of ln ln t."""
    settings = given.settings
    late = settings["clock"]
    rows: list[dict[str, Any]] = []
    for scale in settings["scales"]:
        for ratio in settings["ratios"]:
            flow = two_points(ratio, scale).flow([0, late / 2, late])
            margin = max(scale * (2 * ratio - 1), 0.0)
            place = {"scale": scale, "ratio": ratio, "side": "above" if margin else "below"}
            for of, found in (("weight", flow.weights[:, 0]), ("bias", -flow.clock)):
                pace = (found[2] - found[1]) / (flow.log_time[2] - flow.log_time[1])
                expected = (margin if of == "weight" else -1.0) / (1 + margin**2)
                rows.append({**place, "of": of, "pace": pace, "expected": expected})
            weight, bias = flow.weights[2, 0], -late
            if ratio > 0.5:  # below, S is at its end to the last digit, where b is infinite
                closed = two_point_bias(weight, ratio, scale)
                rows.append({**place, "of": "closed", "pace": bias, "expected": closed})
        edge = two_points(0.5, scale).flow([0, late])
        rows.append(
            {
                "scale": scale,
                "ratio": 0.5,
                "side": "edge",
                "of": "weight",
                "pace": edge.weights[1, 0] * scale / math.log(scale**2 * edge.log_time[1]),
                "expected": 1.0,
            }
        )
    return in_columns(rows)
