"""A log-logistic time that may never come, as a prediction."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import expit, log_expit, log_ndtr, ndtr

from grokphase.forecasting.forecast import SCORES, Prediction

_LATEST: Final = 100.0  # ln of the latest step that is told
_LEAST: Final = 1e-12


def log_logistic(
    now: float, mu: float, spread: float, odds: float, waited: float = 0.0, refused: str = ""
) -> Prediction:
    """That of a time which has been waited for in vain for a while.

    Args:
        now: the step from which it looks ahead.
        mu: median of the logarithm of the time, counted from `now - waited`.
        spread: s, of which a logistic variable has the standard deviation `pi / sqrt(3) s`.
        odds: log-odds, then, that it comes at all.
        waited: steps since then, in which it has not come.
        refused: why it should not be relied on.

    Returns:
        The prediction, given that it has not come.

    Example:
        >>> told = log_logistic(now=100, mu=math.log(50), spread=0.5, odds=0.0, waited=50)
        >>> round(told.ever, 3)  # half of those that come have not: 1/4 of 3/4
        0.333
    """
    log_left = 0.0
    if waited > 0:
        log_left = float(log_expit(-(math.log(waited) - mu) / spread))
    # Shares that come by each score and after it, exact in both tails.
    log_later = log_ndtr(-SCORES) + log_left
    sooner = -math.expm1(log_left) + ndtr(SCORES) * math.exp(log_left)
    times = np.exp(np.minimum(mu + spread * (np.log(sooner) - log_later), _LATEST))
    left, ever = math.exp(log_left), float(expit(odds))
    ever = ever * left / max(1 - ever + ever * left, _LEAST)
    return Prediction(now, ever, now - waited + np.maximum(times, waited), refused)
