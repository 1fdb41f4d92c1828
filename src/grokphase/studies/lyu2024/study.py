r"""Diagonal linear networks, solved: a flow of as many numbers as there are samples.

Of :math:`f(x) = \sum_j x_j (u_j^2 - v_j^2)` under the gradient flow on the mean logistic loss and
:math:`\frac\lambda2 (|u|^2 + |v|^2)`, from :math:`u = v = \alpha / \sqrt{2 d}`, each weight is
multiplied by :math:`\exp(-\lambda t \pm 2 z_j)`, where :math:`z = X^T a` and
:math:`\dot a_i = y_i \sigma(-y_i f_i) / n`. So
:math:`u^2 - v^2 = \frac{\alpha^2}{d} e^{-2 \lambda t} \sinh(4 z)`, and a is all that is integrated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.integrate import solve_ivp, trapezoid
from scipy.special import expit, ndtr

from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given

Settings = Mapping[str, Any]
EARLY: Final = 12
"""Times up to a tenth of the predicted one."""


class Classes(NamedTuple):
    """Two classes to tell apart.

    Attributes:
        inputs: (n, d) of the training samples.
        labels: (n,) of them, +1 or -1.
        right: the share of the population that weights (d,) tell right.
    """

    inputs: Any
    labels: Any
    right: Any


def sparse(dimensions: int, samples: int, relevant: int, seed: int, fresh: int) -> Classes:
    """The sign of the sum of a few of many inputs +1 or -1."""
    random = np.random.default_rng(seed)
    inputs = random.choice([-1.0, 1.0], (samples + fresh, dimensions))
    labels = np.sign(inputs[:, :relevant].sum(axis=1))
    unseen, told = inputs[samples:], labels[samples:]
    return Classes(
        inputs[:samples],
        labels[:samples],
        lambda weights: float((told * (unseen @ weights) > 0).mean()),
    )


def wide(dimensions: int, samples: int, margin: float, seed: int) -> Classes:
    """Gaussian inputs, of two classes apart by a margin along a direction of many entries."""
    random = np.random.default_rng(seed)
    direction = random.choice([-1.0, 1.0], dimensions) / math.sqrt(dimensions)
    inputs = random.standard_normal((samples, dimensions))
    labels = np.sign(inputs @ direction)
    inputs += 0.5 * margin * labels[:, None] * direction
    nodes = np.linspace(0.0, 8.0, 2001)
    density = np.exp(-0.5 * nodes**2)

    def right(weights: Any) -> float:
        """Over the component along the direction; what is across is Gaussian."""
        along = float(weights @ direction)
        across = math.sqrt(max(float(weights @ weights) - along**2, 1e-300))
        told = ndtr((nodes + 0.5 * margin) * along / across)
        return float(trapezoid(told * density, nodes) / trapezoid(density, nodes))

    return Classes(inputs, labels, right)


def learned(classes: Classes, scale: float, decay: float, times: Any) -> dict[str, Any]:
    """Loss and accuracies at these times.

    Args:
        classes: what is learned.
        scale: the norm of all weights at the start.
        decay: of the weights.
        times: of the gradient flow, ascending.
    """
    inputs, labels, _ = classes
    samples, dimensions = inputs.shape

    def ends(time: float, a: Any) -> tuple[Any, Any]:
        """u^2 and v^2."""
        pushed = 4 * (a @ inputs)
        factor = scale**2 / (2 * dimensions)
        return (
            factor * np.exp(pushed - 2 * decay * time),
            factor * np.exp(-pushed - 2 * decay * time),
        )

    def margins(time: float, a: Any) -> Any:
        up, down = ends(time, a)
        return labels * (inputs @ (up - down))

    def slope(time: float, a: Any) -> Any:
        return labels * expit(-margins(time, a)) / samples

    def jacobian(time: float, a: Any) -> Any:
        up, down = ends(time, a)
        wrong = expit(-margins(time, a))
        kernel = 4 * (inputs * (up + down)) @ inputs.T
        return -(wrong * (1 - wrong))[:, None] * kernel / samples

    found = solve_ivp(
        slope,
        (0.0, float(times[-1])),
        np.zeros(samples),
        "BDF",
        times,
        jac=jacobian,
        rtol=1e-5,
        atol=1e-9,
    )
    weights = [np.subtract(*ends(t, a)) for t, a in zip(times, found.y.T, strict=True)]
    at = [labels * (inputs @ each) for each in weights]
    return {
        "time": np.asarray(times),
        "loss": np.array([np.logaddexp(0, -each).mean() for each in at]),
        "train": np.array([float((each > 0).mean()) for each in at]),
        "population": np.array([classes.right(each) for each in weights]),
    }


def classes_of(settings: Settings, kind: str, seed: int) -> Classes:
    """The training set of one kind."""
    if kind == "sparse":
        own = settings["sparse"]
        return sparse(own["dimensions"], own["samples"], own["relevant"], seed, own["fresh"])
    own = settings["wide"]
    return wide(own["dimensions"], own["samples"], own["margin"], seed)


def instants(settings: Settings, scale: float, decay: float) -> Any:
    """Times around ln(scale) / decay, evenly, after some of the beginning."""
    change = math.log(scale) / decay
    early = np.geomspace(1e-4, 0.1, EARLY) * change
    return np.concatenate(
        [early, np.linspace(0.1, settings["until"], settings["points"])[1:] * change]
    )


def passing(curves: Mapping[str, Any], level: float, *, rising: bool) -> float | None:
    """The time from which the population is told better than a level, or worse, interpolated."""
    time, population = curves["time"], curves["population"]
    beyond = population > level if rising else population < level
    outside = np.flatnonzero(~beyond)
    if not outside.size:
        return float(time[0])
    last = int(outside[-1])
    if last == len(time) - 1:
        return None
    return float(np.interp(level, *_ascending(population[last : last + 2], time[last : last + 2])))


def _ascending(first: Any, second: Any) -> tuple[Any, Any]:
    return (first, second) if first[0] < first[-1] else (first[::-1], second[::-1])


def row(settings: Settings, kind: str, scale: float, decay: float, seed: int) -> dict[str, Any]:
    """The curves of one network, and when it changes."""
    curves = learned(
        classes_of(settings, kind, seed), scale, decay, instants(settings, scale, decay)
    )
    change = passing(curves, settings["level"], rising=kind == "sparse")
    right = np.flatnonzero(curves["train"] == 1)
    memorized = float(curves["time"][right[0]]) if right.size else None
    before = float(curves["population"][EARLY - 1])  # at a tenth of the predicted time
    after = float(curves["population"][-1])
    return {
        "kind": kind,
        "scale": scale,
        "decay": decay,
        "seed": seed,
        **curves,
        "memorized": memorized,
        "changed": change,
        "units": None if change is None else change * decay,
        "log_scale": math.log(scale),
        "in_predicted": None if change is None else change * decay / math.log(scale),
        "soon": None if memorized is None else memorized * decay / math.log(scale),
        "groks": bool(before < 0.75 and after > 0.95),
        "forgets": bool(before > 0.95 and after < 0.7),
        "before": before,
        "after": after,
    }


def curves(given: Given) -> Data:
    """Accuracies through the flow, of both kinds of data."""
    settings = given.settings
    rows = [
        row(settings, kind, settings["scale"], settings["decay"], seed)
        for kind in ("sparse", "wide")
        for seed in range(settings["seeds"])
    ]
    for each in rows:
        each["change"] = each["time"] * each["decay"] / each["log_scale"]
    return in_columns(rows)


def changes(given: Given) -> Data:
    """When networks change, at several scales and decays."""
    settings = given.settings
    rows = []
    for scale in settings["scales"]:
        for decay in settings["decays"]:
            for seed in range(settings["seeds"]):
                found = row(settings, "sparse", scale, decay, seed)
                rows.append({k: v for k, v in found.items() if not isinstance(v, np.ndarray)})
    return in_columns(rows)
