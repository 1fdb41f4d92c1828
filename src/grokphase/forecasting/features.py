"""What a forecaster reads off a run: numbers without units, so that they carry to other tasks.

Times are in units of the time it took to memorize, rates of decay are multiplied by it, norms and
losses are compared with what they were; so a run whose steps are all twice as long, or whose loss
is measured in bits, has the same features.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.forecasting.forecast import risen
from grokphase.forecasting.history import History

Array = NDArray[np.float64]

SETTINGS: Final = (
    "decay_time",
    "no_decay",
    "rate_time",
    "fraction",
    "samples",
    "scale",
    "batch",
)
"""From the settings."""

NORMS: Final = ("norm_initial", "norm_memorized", "norm_trend", "norm_peak", "contraction")
"""From the norm of the weights."""

SIGNS: Final = (
    "elapsed",
    "validation",
    "validation_then",
    "risen",
    "validation_trend",
    "validation_loss",
    "validation_loss_peak",
    "validation_loss_trend",
    "train_loss",
    "train_loss_trend",
    "gap",
    "restless",
)
"""From accuracies and losses, which every program writes."""

MEASURES: Final = (
    "saturation",
    "embedding_trend",
    "decoder_trend",
    "margin_trend",
    "gini_trend",
    "dimension_trend",
    "alignment",
    "gradient_trend",
)
"""From measures that grokphase records."""

_MOST: Final = 20.0


@dataclass(frozen=True)
class _Seen:
    """A run as it stands, with the steps that features compare."""

    history: History
    then: float
    now: float
    curves: dict[str, tuple[Array, Array]] = field(default_factory=dict)

    def curve(self, name: str) -> tuple[Array, Array]:
        """A curve where it was measured: logarithms of the steps, and values."""
        if name not in self.curves:
            steps, values = self.history.curve(name)
            self.curves[name] = np.log1p(steps), values
        return self.curves[name]

    def value(self, name: str, step: float) -> float:
        """A curve at a step, between what was measured before and after it; NaN where unknown."""
        steps, values = self.curve(name)
        at = math.log1p(step)
        if not steps.size or at < steps[0]:
            return math.nan
        return float(np.interp(at, steps, values))

    def log(self, name: str, step: float) -> float:
        """The logarithm of a positive curve there."""
        value = self.value(name, step)
        return math.log(value) if value > 0 else math.nan

    def trend(self, name: str, logarithm: bool = True) -> float:
        """Its change over the last factor of 1.5 in steps."""
        read = self.log if logarithm else self.value
        return read(name, self.now) - read(name, self.now / 1.5)

    def setting(self, name: str) -> float:
        """A setting; NaN where it is not known."""
        return self.history.settings.get(name, math.nan)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else math.nan


def _decay_time(run: _Seen) -> float:
    rate = run.history.eta_lambda
    return math.nan if rate is None else _log(rate * run.then)


def _no_decay(run: _Seen) -> float:
    rate = run.history.eta_lambda
    return math.nan if rate is None else float(rate == 0)


def _peak(run: _Seen, name: str) -> float:
    _, values = run.curve(name)
    return run.log(name, run.now) - _log(float(values.max())) if values.size else math.nan


def _contraction(run: _Seen) -> float:
    """The change of `ln |theta|^2` a memorization time, lately."""
    before = max(run.now / 1.5, run.now - run.then)
    change = 2 * (run.log("weight_norm", before) - run.log("weight_norm", run.now))
    return math.asinh(10 * change * run.then / max(run.now - before, 1.0))


def _restless(run: _Seen) -> float:
    """How much the logarithm of the training loss goes up and down, lately."""
    _, values = run.curve("train_loss")
    lately = values[-12:]
    if lately.size < 6 or not (lately > 0).all():
        return math.nan
    return math.log(1e-3 + float(np.std(np.diff(np.log(lately), 2))))


def _batch(run: _Seen) -> float:
    """The logarithm of the share of the training set that a step sees; 0 for all of it."""
    samples = run.setting("train_samples")
    batch = run.history.settings.get("batch", samples)
    return _log(min(batch / samples, 1.0)) if samples > 0 else math.nan


FEATURES: Final[dict[str, Callable[[_Seen], float]]] = {
    "decay_time": _decay_time,
    "no_decay": _no_decay,
    "rate_time": lambda run: _log(run.setting("learning_rate") * run.then),
    "fraction": lambda run: run.setting("fraction"),
    "samples": lambda run: _log(run.setting("train_samples")),
    "scale": lambda run: _log(run.setting("initial_scale")),
    "batch": _batch,
    "norm_initial": lambda run: run.log("weight_norm", run.now) - run.log("weight_norm", 0),
    "norm_memorized": lambda run: (
        run.log("weight_norm", run.now) - run.log("weight_norm", run.then)
    ),
    "norm_trend": lambda run: run.trend("weight_norm"),
    "norm_peak": lambda run: _peak(run, "weight_norm"),
    "contraction": _contraction,
    "elapsed": lambda run: math.log(run.now / run.then),
    "validation": lambda run: run.value("validation_accuracy", run.now),
    "validation_then": lambda run: run.value("validation_accuracy", run.then),
    "risen": lambda run: risen(run.history),
    "validation_trend": lambda run: run.trend("validation_accuracy", logarithm=False),
    "validation_loss": lambda run: (
        run.log("validation_loss", run.now) - run.log("validation_loss", 0)
    ),
    "validation_loss_peak": lambda run: _peak(run, "validation_loss"),
    "validation_loss_trend": lambda run: run.trend("validation_loss"),
    "train_loss": lambda run: run.log("train_loss", run.now) - run.log("train_loss", 0),
    "train_loss_trend": lambda run: run.trend("train_loss"),
    "gap": lambda run: run.log("validation_loss", run.now) - run.log("train_loss", run.now),
    "restless": _restless,
    "saturation": lambda run: run.value("saturation", run.now),
    "embedding_trend": lambda run: run.trend("embedding_norm"),
    "decoder_trend": lambda run: run.trend("decoder_norm"),
    "margin_trend": lambda run: run.trend("mean_train_margin"),
    "gini_trend": lambda run: run.trend("embedding_gini"),
    "dimension_trend": lambda run: run.trend("effective_dimension"),
    "alignment": lambda run: run.value("gradient_alignment", run.now),
    "gradient_trend": lambda run: run.trend("gradient_norm"),
}
"""Each feature by its name."""


@lru_cache(maxsize=32)  # as several forecasters are asked of one history
def features(history: History) -> dict[str, float]:
    """The features of a run that has memorized, as it stands now.

    Args:
        history: the run up to now.

    Returns:
        Every feature of `FEATURES` by its name; NaN where it is not known.

    Example:
        >>> run = History(
        ...     step=[0, 10, 100],
        ...     curves={"train_accuracy": [0.1, 0.6, 1.0]},
        ...     settings={"eta_lambda": 0.01},
        ... )
        >>> known = features(run)
        >>> known["decay_time"], known["gap"]
        (0.0, nan)
    """
    memorized = history.memorized
    assert memorized is not None, "features are of runs that have memorized"
    run = _Seen(history, max(memorized.upper, 1.0), max(float(history.now), 1.0))
    found = {name: read(run) for name, read in FEATURES.items()}
    return {
        name: min(max(value, -_MOST), _MOST) if math.isfinite(value) else math.nan
        for name, value in found.items()
    }


@dataclass(frozen=True, eq=False)
class Standard:
    """How features are brought to one size: centred, in standard deviations, at most three.

    Args:
        names: of the features.
        centre: (k,) what stands for a feature that is not known, too.
        size: (k,) standard deviations.
        low: (k,) the least value of known runs, and `high` the greatest.
    """

    names: tuple[str, ...]
    centre: Array
    size: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, names: Sequence[str], values: Array, weight: Array) -> Standard:
        """That of the values (n, k) of known runs."""
        known = np.isfinite(values)
        w = weight[:, None] * known
        total = np.maximum(w.sum(0), 1e-12)
        filled = np.where(known, values, 0.0)
        centre = (w * filled).sum(0) / total
        spread = np.sqrt((w * np.where(known, (filled - centre) ** 2, 0.0)).sum(0) / total)
        low, high = (
            np.where(known.any(0), reduce(np.where(known, values, empty), axis=0), empty)
            for reduce, empty in ((np.min, np.inf), (np.max, -np.inf))
        )
        return cls(tuple(names), centre, np.where(spread > 1e-6, spread, 1.0), low, high)

    def __call__(self, values: Array) -> Array:
        """Values (n, k) in standard units; 0 where they are not known."""
        scaled = np.clip((values - self.centre) / self.size, -3.0, 3.0)
        return np.where(np.isfinite(values), scaled, 0.0)

    def inside(self, values: Array, which: Collection[str]) -> Array:
        """Values (n, k), NaN where one of the features `which` lies outside of all that were known.

        To the last digit that is kept of a bound.
        """
        slack = 1e-5 * np.maximum(np.abs(values), 1.0)
        beyond = (values < self.low - slack) | (values > self.high + slack)
        return np.where(beyond & np.isin(self.names, [*which]), np.nan, values)


def table(rows: Sequence[dict[str, float]], names: Sequence[str]) -> Array:
    """The features (n, k) of these names."""
    return np.array([[row[name] for name in names] for row in rows], np.float64).reshape(
        len(rows), len(names)
    )
