"""``grokphase theory lazy-rich``: when a network leaves its kernel, without training it."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.cli.answers import answered, curves_drawn
from grokphase.cli.options import OUTPUT, MaybeFolder, MaybeWhole, Output, Whole
from grokphase.cli.output import cell, print_table

if TYPE_CHECKING:
    from grokphase.theory.lazy_rich import Course, LazyRich
    from grokphase.theory.regression import LossTimes

_POINTS, _A_DECADE = 200, 30
_EARLY = 1e-3  # of the shortest time of the start, or of the horizon: the first time after 0


def lazy_rich(
    *,
    dimensions: Whole = 16,
    samples: Whole = 64,
    scale: float = 1.0,
    curvature: float = 0.3,
    neurons: MaybeWhole = None,
    level: float = 0.1,
    population_level: float | None = None,
    horizon: float = 1e4,
    seed: Whole = 0,
    out: MaybeFolder = None,
    output: Output = OUTPUT,
) -> int:
    """When a network memorizes as its kernel does, and when it learns the feature, without a step.

    The network is (scale / N) times the sum of phi(w_i . x) over its neurons, phi(h) = h +
    curvature h^2 / 2, its start taken away, and learns (beta . x)^2 / 2 from Gaussian samples by
    the gradient flow, without decay. Its outputs know the weights by their first two moments
    alone, whose flow is integrated: exact for any number of neurons, infinitely many if not given.
    Beside it stands the kernel of the start, the limit of a large scale. A loss counts as reached
    from the time on from which it stays below its level.

    Args:
        dimensions: D, of the inputs, N(0, 1/D) each; at most 64.
        samples: P, of the training set; at most 2,000.
        scale: alpha, of the output: large is lazy, small is rich.
        curvature: epsilon, of the activation: how well the kernel fits the target.
        neurons: N, weights N(0, 1) each; infinitely many if not given.
        level: Training loss that counts as memorized, over the mean square of the answers.
        population_level: Population loss that counts as generalized, likewise; the same if not
            given.
        horizon: Latest time that is looked at, in the kernel's unit: rate times steps, over P.
        seed: Seed of samples, target and weights.
        out: Directory for the figure.
    """
    import numpy as np

    from grokphase.theory.checks import positive
    from grokphase.theory.lazy_rich import lazy_rich as drawn

    positive(level, "--level", 0.1)  # before the flow, which takes its time
    last = positive(horizon, "--horizon", 1e4)
    flow = drawn(dimensions, samples, scale=scale, curvature=curvature, neurons=neurons, seed=seed)
    first = _EARLY * min(flow.quickest, last)
    decades = math.log10(last / first)
    at = np.append(0.0, np.geomspace(first, last, max(_POINTS, round(_A_DECADE * decades))))
    course = flow.course(at)
    times = flow.reached(course, level, population_level)
    lazy = flow.lazy_course(at)
    document = _document(flow, course, lazy, times, seed)
    if out is not None:
        document["figure"] = _draw(document, out)

    def tell() -> None:
        kernel = document["kernel_times"]
        rows = [
            (
                "training loss",
                times.level,
                _time(times.memorized, last),
                _time(kernel["memorized"], last),
            ),
            (
                "population loss",
                times.population_level,
                _time(times.generalized, last),
                _time(kernel["generalized"], last),
            ),
            ("delay", "", _time(times.delay, last), _time(kernel["delay"], last)),
        ]
        print_table(["", "level", "below for good, in time", "of its kernel alone"], rows)
        ends = [
            ("population loss at the end", course.population[-1], lazy.population[-1]),
            ("alignment at the start", course.alignment[0], lazy.alignment[0]),
            ("alignment at the end", course.alignment[-1], lazy.alignment[-1]),
        ]
        print_table(
            ["", "network", "its kernel alone"], [(a, cell(b), cell(c)) for a, b, c in ends]
        )

    return answered(document, output, tell)


def _document(
    flow: LazyRich, course: Course, lazy: Course, times: LossTimes, seed: int
) -> dict[str, Any]:
    kernel = flow.reached(lazy, times.level, times.population_level)
    samples, dimensions = flow.inputs.shape
    neurons = None if flow.weights is None else len(flow.weights)
    many = "infinitely many" if neurons is None else f"{neurons:,}"
    end = flow.lazy_course([1e15])
    return {
        **asdict(times),
        "delay": times.delay,
        "kernel_times": {
            "memorized": kernel.memorized,
            "generalized": kernel.generalized,
            "delay": kernel.delay,
        },
        "kernel_end": float(end.population[0]),
        "scale": flow.scale,
        "curvature": flow.curvature,
        "neurons": neurons,
        "time": course.time,
        "train_loss": course.train,
        "population_loss": course.population,
        "trace_part": course.trace,
        "direction_part": course.direction,
        "linear_part": course.linear,
        "alignment": course.alignment,
        "squared_norm": course.squared_norm,
        "kernel_train_loss": lazy.train,
        "kernel_population_loss": lazy.population,
        "data": f"one draw of {samples:,} samples of {dimensions} dimensions N(0, 1/{dimensions}) "
        f"and of a target with |beta|^2 = {dimensions}; {many} neurons",
        "seed": seed,
        "convention": f"scale {flow.scale:g}, curvature {flow.curvature:g}; losses are mean "
        "squared errors, levels are over the mean square of the answers; time is that of the "
        "kernel, whatever the scale; alignment is y^T K y / (|K| |y|^2), not centred",
        "valid": "Gaussian inputs, this activation with readouts that are all alike and fixed, the "
        "gradient flow without decay, centred at the start; no batches, no steps that are large",
    }


def _draw(document: dict[str, Any], folder: Path) -> str:
    names = {
        "train_loss": "training",
        "population_loss": "population",
        "kernel_train_loss": "training, kernel alone",
        "kernel_population_loss": "population, kernel alone",
    }
    parameters = {
        "x": "time",
        "y": [*names],
        "names": names,
        "dashes": ["solid", "solid", "dotted", "dotted"],
        "colours": ["blue", "vermilion"] * 2,
        "x_scale": "log",
        "y_scale": "log",
        "x_label": "time of the kernel",
        "y_label": "mean squared error",
    }
    title = "From lazy to rich"
    table = {name: document[name][1:] for name in ("time", *names)}  # a logarithm has no 0
    return curves_drawn(document, table, parameters, title, folder / "lazy-rich")


def _time(time: float | None, horizon: float) -> str:
    return f"not by {horizon:g}" if time is None else str(cell(time))
