"""``grokphase theory separability``: whether samples of one class are memorized, and how late."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.cli.answers import answered, curves_drawn
from grokphase.cli.matrix import read_matrix
from grokphase.cli.options import OUTPUT, MaybeFolder, MaybeWhole, Output
from grokphase.cli.output import cell, print_table
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.theory.separability import OneClass

_POINTS, _LEVEL, _HORIZON = 200, 1e-8, 1e3
_CONVENTION = (
    "f = S x + b, labels all -1, loss the mean of e^f, gradient flow from zero; others are "
    "N(0, scale^2) in each dimension"
)


def separability(
    *,
    samples: MaybeWhole = None,
    dimensions: MaybeWhole = None,
    matrix: Path | None = None,
    ratio: float | None = None,
    scale: float | None = None,
    level: float | None = None,
    horizon: float | None = None,
    out: MaybeFolder = None,
    output: Output = OUTPUT,
) -> int:
    """Whether a linear classifier memorizes samples of one class or generalizes, and when.

    Samples that can be separated from the origin are memorized, others are generalized from; random
    ones change from the one to the other at half as many dimensions as samples, and there
    generalization is late. Asked for are: the probability for random samples (--samples,
    --dimensions), a training set of your own (--matrix), or the toy of two points at -scale and
    scale (1 - 2 ratio) (--ratio). Losses begin at 1; times are natural logarithms.

    Args:
        samples: Number of random samples, from any distribution symmetric about the origin.
        dimensions: Number of their dimensions.
        matrix: File with your inputs, all of one class, a row a sample: NPY, or CSV with names
            of its columns or without.
        ratio: Dimensions over samples that the two points stand for, from 0 to 1.
        scale: Standard deviation of the population; 1 of two points, the root mean square of a
            matrix of yours.
        level: Loss that counts as memorized, and as generalized; 1e-8 if not given.
        horizon: How far the flow is followed, by the bias it has reached, which is about the
            logarithm of the time; 1,000 if not given.
        out: Directory for the figure.
    """
    drawn = samples is not None or dimensions is not None
    if sum((drawn, matrix is not None, ratio is not None)) != 1:
        raise GrokphaseError(
            "Asked for are random samples, a matrix or two points, one of them: write "
            "--samples 400 --dimensions 190, or --matrix inputs.npy, or --ratio 0.4995 --scale 30."
        )
    if drawn:
        if samples is None or dimensions is None:
            raise GrokphaseError("Random samples need both: write --samples 400 --dimensions 190.")
        for name, value in (("scale", scale), ("level", level), ("horizon", horizon)):
            if value is not None:
                raise GrokphaseError(
                    f"--{name} {value:g} is of no use to random samples, of which the probability "
                    "is asked and nothing is trained; leave it out."
                )
        document, panel = _random(samples, dimensions)
    else:
        given, what = _given(matrix, ratio, scale)
        document, panel = _trained(
            given,
            what,
            _LEVEL if level is None else level,
            _HORIZON if horizon is None else horizon,
        )
    if out is not None:
        title = "At the edge of linear separability"
        path = out / "separability"
        document["figure"] = curves_drawn(document, document["curve"], panel, title, path)
    return answered(document, output, lambda: print_table(["", "found"], _rows(document)))


def _random(samples: int, dimensions: int) -> tuple[dict[str, Any], dict[str, Any]]:
    import numpy as np

    from grokphase.theory.separability import log_separability
    from grokphase.theory.separability import separability as probability

    found = probability(samples, dimensions)
    places = np.unique(np.linspace(1, samples, _POINTS).round().astype(int))
    document = {
        "samples": samples,
        "dimensions": dimensions,
        "dimensions_a_sample": dimensions / samples,
        "probability_separable": found,
        "log10_probability": log_separability(samples, dimensions) / math.log(10),
        "threshold": 0.5,
        "curve": {
            "dimensions_a_sample": places / samples,
            "probability_separable": [probability(samples, int(each)) for each in places],
        },
        "data": f"{samples:,} random samples of {dimensions:,} dimensions",
        "convention": "any distribution symmetric about the origin, in general position; separable "
        "from the origin, by a plane through it",
    }
    panel = {
        "x": "dimensions_a_sample",
        "y": "probability_separable",
        "x_label": "dimensions a sample",
        "y_label": "probability to be separable",
        "names": {"probability_separable": f"{samples:,} samples"},
        "lines": [{"x": dimensions / samples, "label": "asked for"}],
    }
    return document, panel


def _given(
    matrix: Path | None, ratio: float | None, scale: float | None
) -> tuple[OneClass, dict[str, Any]]:
    import numpy as np

    from grokphase.theory.separability import OneClass, separability, two_point_limit, two_points

    if ratio is not None:
        scale = 1.0 if scale is None else scale
        what = {
            "ratio": ratio,
            "limit": two_point_limit(ratio, scale),
            "data": f"two points for {ratio:g} dimensions a sample, scale {scale:g}",
        }
        return two_points(ratio, scale), what
    assert matrix is not None
    points = read_matrix(matrix)
    if scale is None:
        scale = float(np.sqrt(np.mean(points**2))) or 1.0
    given = OneClass(points, scale)
    rows, columns = given.points.shape
    what = {
        "samples": rows,
        "dimensions": columns,
        "dimensions_a_sample": columns / rows,
        "probability_separable": separability(rows, columns),
        "data": f"{matrix}, scale {scale:.4g}",
    }
    return given, what


def _trained(
    given: OneClass, what: dict[str, Any], level: float, horizon: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    import numpy as np

    times = given.times(level, horizon)
    reached = [each for each in (times.log_memorized, times.log_generalized) if each is not None]
    turn = 0.0 if given.margin is None else 3 / (given.scale * given.margin) ** 2
    last = min(horizon, max(2 * max(reached, default=horizon), turn))  # both losses turn before
    flow = given.flow(np.linspace(0, last, _POINTS + 1))
    known = np.isfinite(flow.log_time)
    limit = given.limit
    document = {
        **what,
        "scale": given.scale,
        "margin": given.margin,
        "end": "generalizes" if given.margin is None else "memorizes",
        "error_at_end": given.error,
        "weights_at_end": None if limit is None else float(np.linalg.norm(limit)),
        "log_memorized": times.log_memorized,
        "log_generalized": times.log_generalized,
        "log_delay": times.log_delay,
        "level": level,
        "horizon": horizon,
        "curve": {
            "log_time": flow.log_time[known],
            "log_train": flow.log_train[known],
            "log_population": flow.log_population[known],
            "accuracy": flow.accuracy[known],
            "weights": np.linalg.norm(flow.weights[known], axis=1),
            "bias": -flow.clock[known],
        },
        "convention": _CONVENTION,
    }
    panel = {
        "x": "log_time",
        "y": ["log_train", "log_population"],
        "names": {"log_train": "training", "log_population": "population"},
        "x_label": "ln t",
        "y_label": "ln of the loss",
        "lines": [{"y": math.log(level), "label": "level"}],
    }
    return document, panel


def _rows(document: dict[str, Any]) -> list[tuple[str, object]]:
    words = {
        "dimensions_a_sample": "dimensions a sample",
        "probability_separable": "probability to be separable",
        "log10_probability": "its logarithm to base 10",
        "threshold": "threshold, dimensions a sample",
        "end": "at the end it",
        "margin": "margin from the origin",
        "error_at_end": "share of the population that is wrong then",
        "weights_at_end": "norm of weights at the end",
        "log_memorized": "ln t, training loss below its level for good",
        "log_generalized": "ln t, population loss below its level for good",
        "log_delay": "ln of the ratio of both times",
    }
    absent = {
        "margin": "none",
        "weights_at_end": "without bound",
        "log_memorized": f"not by a bias of -{document.get('horizon', 0):g}",
        "log_generalized": "never"
        if document.get("margin") is not None
        else f"not by a bias of -{document.get('horizon', 0):g}",
        "log_delay": "",
    }
    return [
        (text, absent[name] if document[name] is None else cell(document[name]))
        for name, text in words.items()
        if name in document
    ]
