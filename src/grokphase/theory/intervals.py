"""How sure a probability is that was counted."""

from __future__ import annotations

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.theory.samples import Floats, Integers


def clopper_pearson(
    successes: Integers | int, trials: int, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """The exact interval of a probability from counted successes, for each count.

    Args:
        successes: (...) how often it happened.
        trials: out of how many independent trials.
        confidence: the chance that such an interval covers the probability, at least.

    Returns:
        Lower and upper ends, each (...).

    Raises:
        GrokphaseError: successes below 0, or more of them than trials.

    Example:
        >>> low, high = clopper_pearson(50, 100)
        >>> round(float(low), 3), round(float(high), 3)
        (0.398, 0.602)

    Source: Clopper and Pearson 1934, Biometrika 26, 404.
    """
    from scipy.stats import beta  # late, as it takes longer to import than JAX

    k = np.asarray(successes, np.float64)
    if not ((k >= 0) & (k <= trials)).all():
        raise GrokphaseError(
            f"Successes are from 0 to the number of trials, {trials}, not {successes!r}: for "
            "example clopper_pearson(3, 5)."
        )
    tail = (1 - confidence) / 2
    low = np.where(k > 0, beta.ppf(tail, np.maximum(k, 1), trials - k + 1), 0.0)
    high = np.where(k < trials, beta.ppf(1 - tail, k + 1, np.maximum(trials - k, 1)), 1.0)
    return low, high
