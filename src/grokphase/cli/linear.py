"""``grokphase theory linear``: when linear regression seems to grok, without training it."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.cli.answers import answered, curves_drawn
from grokphase.cli.matrix import read_matrix
from grokphase.cli.options import OUTPUT, MaybeFolder, MaybeWhole, Output, Whole
from grokphase.cli.output import cell, print_table
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.theory.regression import Evolution, LossTimes

_POINTS = 200
_MOST = 50_000_000  # numbers of one draw: 400 MB, some minutes of decomposition


def linear(
    *,
    ratio: float | None = None,
    matrix: Path | None = None,
    samples: MaybeWhole = None,
    features: MaybeWhole = None,
    rate: float | None = None,
    decay: float = 0.0,
    level: float = 1e-3,
    population_level: float | None = None,
    start: float = 0.5,
    target: float = 0.5,
    seed: Whole = 0,
    out: MaybeFolder = None,
    output: Output = OUTPUT,
) -> int:
    """When a linear or ridge regression memorizes and when it generalizes, without a step.

    One decomposition gives both losses after any number of steps of gradient descent, or at any
    time of the gradient flow. The data are: the mean over Gaussian inputs of many dimensions
    (--ratio), your own matrix (--matrix), or one draw of Gaussian inputs (--samples, --features).
    Losses are mean squared errors without a factor 1/2, and descent is of half of them, as the
    papers have it; a loss counts as reached from the time on from which it stays below its level.

    Args:
        ratio: Dimensions over samples, such as 0.9; the mean over data, exact for many dimensions.
        matrix: File with your inputs, a row a sample: NPY, or CSV with names of
            its columns or without.
        samples: Number of samples of one draw.
        features: Number of features of one draw, each N(0, 1).
        rate: Learning rate of gradient descent; without it the gradient flow, whose time is rate
            times steps.
        decay: Weight decay, of the loss decay/2 |theta|^2.
        level: Training loss that counts as memorized.
        population_level: Population loss that counts as generalized; the same if not given.
        start: Squared norm of the initial weights, drawn at random.
        target: Squared norm of the true weights, drawn at random.
        seed: Seed of what is drawn.
        out: Directory for the figure.
    """
    from grokphase.tasks.checks import whole

    whole(seed, "--seed", 0)  # also where nothing is drawn
    evolution = _evolution(ratio, matrix, samples, features, rate, decay, start, target, seed)
    times = evolution.times(level, population_level)
    document = _document(evolution, times, seed if ratio is None else None, start, target)
    if out is not None:
        document["figure"] = _draw(document, out)

    def tell() -> None:
        rows = [
            ("training loss", times.level, _time(times.memorized, times)),
            ("population loss", times.population_level, _time(times.generalized, times)),
            ("delay", "", _time(times.delay, times)),
        ]
        print_table(["", "level", f"below for good, in {times.unit}"], rows)

    return answered(document, output, tell)


def _evolution(
    ratio: float | None,
    matrix: Path | None,
    samples: int | None,
    features: int | None,
    rate: float | None,
    decay: float,
    start: float,
    target: float,
    seed: int,
) -> Evolution:
    import numpy as np

    from grokphase.theory.regression import Evolution, average_spectrum, spectrum_of, squared_norm

    drawn = samples is not None or features is not None
    if sum((ratio is not None, matrix is not None, drawn)) != 1:
        raise GrokphaseError(
            "Data are a ratio, a matrix or one draw, and one of them is needed: write --ratio 0.9, "
            "or --matrix inputs.npy, or --samples 1000 --features 900."
        )
    if ratio is not None:
        spectrum = average_spectrum(ratio, start=start, target=target)
        return Evolution(spectrum, rate=rate, decay=decay)
    random = np.random.default_rng(seed)
    if matrix is not None:
        inputs, name = read_matrix(matrix), str(matrix)
    elif samples is None or features is None or min(samples, features) < 1:
        raise GrokphaseError(
            "One draw needs both sizes, from 1 on: write --samples 1000 --features 900."
        )
    elif samples * features > _MOST:
        raise GrokphaseError(
            f"One draw of {samples:,} x {features:,} numbers is too many, more than {_MOST:,}; "
            f"choose fewer, or write --ratio {features / samples:.4g} for the mean over data."
        )
    else:
        inputs = random.standard_normal((samples, features))
        name = f"one draw of {samples:,} samples of {features:,} features N(0, 1)"
    norms = [math.sqrt(squared_norm(*of)) for of in ((start, "--start"), (target, "--target"))]
    theta, true = random.standard_normal((2, inputs.shape[1])) / math.sqrt(inputs.shape[1])
    spectrum = spectrum_of(inputs, start=norms[0] * theta, target=norms[1] * true, name=name)
    return Evolution(spectrum, rate=rate, decay=decay)


def _drawn(start: float, target: float, decay: float) -> str:
    """What is drawn, and the decay if there is any."""
    said = f"initial and true weights of squared norm {start:g} and {target:g}, drawn at random"
    return f"{said}; weight decay {decay:g}" if decay else said


def _document(
    evolution: Evolution, times: LossTimes, seed: int | None, start: float, target: float
) -> dict[str, Any]:
    import numpy as np

    reached = [each for each in (times.memorized, times.generalized) if each]
    last = 10 * max(reached, default=1e6)
    at = np.geomspace(1.0 if evolution.rate is not None else last * 1e-6, last, _POINTS)
    if evolution.rate is not None:
        at = np.unique(at.round())
    losses = evolution.losses(at)
    return {
        **asdict(times),
        "delay": times.delay,
        "rate": evolution.rate,
        "decay": evolution.decay,
        "start": start,
        "target": target,
        "time": at,
        "train_loss": losses["train"],
        "population_loss": losses["population"],
        "data": evolution.spectrum.name,
        "seed": seed,
        "convention": f"{_drawn(start, target, evolution.decay)}; losses without a factor 1/2; "
        "features outside of training have variance 1 and no correlations",
    }


def _draw(document: dict[str, Any], folder: Path) -> str:
    parameters = {
        "x": "time",
        "y": ["train_loss", "population_loss"],
        "names": {"train_loss": "training", "population_loss": "population"},
        "x_scale": "log",
        "y_scale": "log",
        "x_label": document["unit"],
        "y_label": "mean squared error",
        "lines": [{"y": document["level"], "label": "level"}],
    }
    title = "Losses of a linear regression"
    return curves_drawn(document, document, parameters, title, folder / "linear")


def _time(time: float | None, times: LossTimes) -> str:
    return f"not by {times.horizon:g}" if time is None else str(cell(time))
