"""The survival model as a forecaster: a regression on features of the run as it stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grokphase.forecasting.features import SETTINGS, Standard, features, table
from grokphase.forecasting.forecast import Prediction
from grokphase.forecasting.history import History
from grokphase.forecasting.logistic import log_logistic
from grokphase.forecasting.survival import Regression


@dataclass(frozen=True, eq=False)
class Survivor:
    """Accelerated failure time with a cure fraction on features, in units of memorization times.

    Args:
        name: how it is called.
        standard: the features, and how they are brought to one size.
        regression: of the time from now, in units of the time to memorize.
        widening: factor on the spread, and `tempering`, (slope, constant) of the log-odds: what
            families left out of the fit ask for.
    """

    name: str
    standard: Standard
    regression: Regression
    widening: float = 1.0
    tempering: tuple[float, float] = (1.0, 0.0)

    def predict(self, history: History) -> Prediction:
        """When the run generalizes; refused where most of its features are not known.

        A setting outside of those that the regression was fitted on is as good as not known: beyond
        them its slopes are a guess.
        """
        memorized = history.memorized
        assert memorized is not None, "asked of runs that have memorized"
        row = self.standard.inside(table([features(history)], self.standard.names), SETTINGS)
        missing = int(np.isnan(row).sum())
        x = np.append(self.standard(row)[0], 1.0)
        slope, constant = self.tempering
        refused = ""
        if missing > len(self.standard.names) / 2:
            refused = (
                f"{missing} of the {len(self.standard.names)} numbers that this forecast is made "
                "from are not known of this run, or lie outside of what it was fitted on."
            )
        return log_logistic(
            now=history.now,
            mu=float(x @ self.regression.beta) + math.log(max(memorized.upper, 1.0)),
            spread=self.regression.spread * self.widening,
            odds=slope * float(x @ self.regression.alpha) + constant,
            refused=refused,
        )

    def as_json(self) -> dict[str, Any]:
        """Its constants, as they are kept."""
        return {
            "features": list(self.standard.names),
            "centre": self.standard.centre.tolist(),
            "size": self.standard.size.tolist(),
            "low": self.standard.low.tolist(),
            "high": self.standard.high.tolist(),
            "beta": self.regression.beta.tolist(),
            "alpha": self.regression.alpha.tolist(),
            "spread": self.regression.spread,
            "widening": self.widening,
            "tempering": list(self.tempering),
        }

    @classmethod
    def of(cls, name: str, kept: Mapping[str, Any]) -> Survivor:
        """The one whose constants were kept."""
        standard = Standard(
            tuple(kept["features"]),
            *(np.array(kept[name]) for name in ("centre", "size", "low", "high")),
        )
        regression = Regression(
            np.array(kept["beta"]), np.array(kept["alpha"]), float(kept["spread"])
        )
        slope, constant = kept["tempering"]
        return cls(name, standard, regression, float(kept["widening"]), (slope, constant))
