"""Several forecasters as one: a mixture of what they say, with fixed weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr

from grokphase.forecasting.forecast import SCORES, Forecaster, Prediction
from grokphase.forecasting.history import History

_STEPS = 400


def mixture(predictions: list[Prediction], weights: list[float]) -> Prediction:
    """The mixture of what was told at one step.

    Args:
        predictions: of one run, all from the same step.
        weights: of them, positive; they are brought to a sum of 1.

    Returns:
        With probability w_i what the i-th one says: the probability of generalizing is the mean,
        and of the distributions of the step each counts by how probable it holds generalizing.

    Example:
        >>> one = Prediction.log_normal(0, 1.0, median=100, spread=0.1)
        >>> both = mixture([one, Prediction.log_normal(0, 0.0, median=900, spread=0.1)], [1, 1])
        >>> both.ever, round(both.quantile(0.5))
        (0.5, 100)
    """
    w = np.array(weights, np.float64) / sum(weights)
    shares = w * np.array([max(each.ever, 1e-9) for each in predictions])
    now = predictions[0].now
    logs = [each.logs for each in predictions]
    grid = np.linspace(min(each[0] for each in logs), max(each[-1] for each in logs), _STEPS)
    cdf = np.zeros(_STEPS)
    for share, each in zip(shares / shares.sum(), predictions, strict=True):
        cdf += share * each.cdf_ahead(grid)
    rising = np.maximum.accumulate(cdf) + 1e-15 * np.arange(_STEPS)
    at = np.interp(ndtr(SCORES), rising, grid)
    ever = float(w @ np.array([each.ever for each in predictions]))
    return Prediction(now, ever, now + np.exp(at))


def widened(told: Prediction, factor: float, refused: str = "") -> Prediction:
    """The same with every quantile this much further from the median, in ln(steps from now)."""
    middle = told.logs[SCORES.size // 2]
    steps = told.now + np.exp(middle + factor * (told.logs - middle))
    return Prediction(told.now, told.ever, steps, refused)


@dataclass(frozen=True)
class Combination:
    """A mixture of forecasters, whose weights were found on families that they were not fitted on.

    Args:
        parts: forecasters and their weights, each above 0.
        widening: factor on the scores at which intervals are read, so that those of these families
            cover what they say.
    """

    parts: tuple[tuple[Forecaster, float], ...]
    widening: float = 1.0
    name: ClassVar[str] = "combination"

    def predict(self, history: History) -> Prediction:
        """When the run generalizes; refused where all parts refuse."""
        return self.of_parts([each.predict(history) for each, _ in self.parts])

    def of_all(self, told: Mapping[str, Prediction]) -> Prediction:
        """What it says where forecasters say this, by their names."""
        return self.of_parts([told[each.name] for each, _ in self.parts])

    def of_parts(self, told: list[Prediction]) -> Prediction:
        """What it says where its parts, in their order, say this: of those that do not refuse."""
        weights = [weight for _, weight in self.parts]
        relied = [not one.refused for one in told]
        refused = "" if any(relied) else told[0].refused
        if any(relied):
            weights = [weight * known for weight, known in zip(weights, relied, strict=True)]
        return widened(mixture(told, weights), self.widening, refused)

    @classmethod
    def of(cls, kept: Mapping[str, Any], among: Mapping[str, Forecaster]) -> Combination:
        """The one whose constants were kept, made of these forecasters."""
        parts = tuple((among[name], float(weight)) for name, weight in kept["weights"].items())
        return cls(parts, float(kept["widening"]))

    def as_json(self) -> dict[str, Any]:
        """Its constants, as they are kept."""
        weights = {each.name: weight for each, weight in self.parts}
        return {"weights": weights, "widening": self.widening}
