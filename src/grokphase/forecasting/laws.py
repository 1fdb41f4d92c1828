"""Laws of the delay as forecasters: each a number of steps, with the spread of its misses."""

from __future__ import annotations

from dataclasses import dataclass

from grokphase.forecasting.forecast import Prediction
from grokphase.forecasting.history import History

UNFITTED = "its constants are not fitted on the corpus yet, so that the numbers are tentative."


@dataclass(frozen=True)
class Decay:
    """Delays in units of the time of decay: `delay = c / (eta lambda)`.

    Args:
        constant: c. Truong et al. (2026, arXiv:2603.13331 and 2606.13753) print 1 for a transformer
            at p = 97 and 4.5 for an MLP at p = 59, both with eta lambda = 1e-3.
        spread: log-sd of the delays about it.
    """

    constant: float = 2.0
    spread: float = 1.0

    @property
    def name(self) -> str:
        """How it is called in tables."""
        return "decay"

    def predict(self, history: History) -> Prediction:
        """When the run generalizes, by the law."""
        memorized = history.memorized
        start = history.now if memorized is None else memorized.upper
        rate = history.eta_lambda
        expected = self.constant / rate if rate else 10.0 * max(start, 1.0)
        return Prediction.log_normal(
            history.now, 0.5, max(start + expected - history.now, 1.0), self.spread, UNFITTED
        )
