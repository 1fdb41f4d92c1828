"""What speaks for a forecast: measures of a run as they stand now, in words."""

from __future__ import annotations

import math

from grokphase.forecasting.forecast import Evidence, risen
from grokphase.forecasting.history import History
from grokphase.theory.contraction import contraction as path_of


def contraction(history: History) -> float | None:
    """The rate at which the squared norm of all weights shrinks now, a step.

    The slope, with its sign turned, of `ln |theta|^2` on the step by least squares over what was
    measured since memorization, or over its last half in steps where that holds four points.

    Args:
        history: the run up to now.

    Returns:
        The rate, negative for a norm that grows; None where the norm was measured less than
        three times since memorization, or the run has not memorized.

    Example:
        >>> import numpy as np
        >>> norms = np.exp(-0.5e-3 * np.arange(0, 500, 100))
        >>> run = History(
        ...     step=np.arange(0, 500, 100),
        ...     curves={"train_accuracy": np.ones(5), "weight_norm": norms},
        ... )
        >>> round(contraction(run), 6)
        0.001
    """
    if history.memorized is None:
        return None
    steps, norms = history.curve("weight_norm")
    since = (steps >= history.memorized.lower) & (norms > 0)
    steps, norms = steps[since], norms[since]
    recent = steps >= (steps[0] + steps[-1]) / 2 if steps.size else since[:0]
    if recent.sum() >= 4:
        steps, norms = steps[recent], norms[recent]
    return path_of(steps, norms).rate if steps.size >= 3 else None


def evidence(history: History) -> tuple[Evidence, ...]:
    """The measures of a run that say most about when it generalizes, those that are known."""
    found = []
    steps, values = history.curve("validation_accuracy")
    if history.lost is not None:
        again = f"under the threshold again at step {history.lost:,}"
        found.append(Evidence("validation_accuracy", float(values[-1]), again))
    rate = contraction(history)
    if rate is not None:
        moves = "contracts" if rate > 0 else "grows"
        found.append(
            Evidence(
                "contraction_rate", rate, f"the squared norm {moves} at {abs(rate):.2g} a step"
            )
        )
    decay = history.eta_lambda
    if decay:
        halves = math.log(2) / (2 * decay)
        found.append(
            Evidence(
                "eta_lambda", decay, f"decay alone halves the squared norm in {halves:,.0f} steps"
            )
        )
    elif decay == 0:
        found.append(Evidence("eta_lambda", 0.0, "no weight decay: nothing contracts the norm"))
    if steps.size and history.memorized is not None and history.generalized is None:
        found.append(
            Evidence(
                "validation_accuracy",
                float(values[-1]),
                f"{100 * risen(history):.0f} % of the way from memorization to the threshold",
            )
        )
    return tuple(found)
