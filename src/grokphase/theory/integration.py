"""Integration of a flow step by step, where no closed form is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.theory.checks import instants
from grokphase.theory.samples import Floats


def integrated(
    slope: Callable[[float, Floats], Floats],
    start: Floats,
    times: Any,
    *,
    tolerance: float,
    absolute: float | None = None,
    stiff: bool = False,
) -> Floats:
    """The states of a flow, by a Runge-Kutta method of order 8.

    Args:
        slope: of time and state, (n,), to the state's rate of change.
        start: (n,) the state at time 0.
        times: (t,) ascending times from 0 on; no two alike.
        tolerance: of the relative error of a step.
        absolute: of its absolute error; a tenth of the relative one if not given.
        stiff: some of it is over long before the rest: by LSODA, whose steps may then be long.

    Returns:
        (t, n).

    Raises:
        GrokphaseError: the times are not ascending numbers from 0 on, or the flow cannot be
            followed to the last of them.

    Example:
        >>> states = integrated(lambda _, state: -state, np.ones(1), [0, 1], tolerance=1e-9)
        >>> states.round(6).tolist()
        [[1.0], [0.367879]]
    """
    import warnings

    from scipy.integrate import solve_ivp

    wanted = instants(times, ascending=True)
    span = (0.0, float(wanted.max()) or 1.0)  # a span of no length has no states at all
    method = "LSODA" if stiff else "DOP853"
    least = tolerance / 10 if absolute is None else absolute
    with np.errstate(all="ignore"), warnings.catch_warnings():  # of a flow that is refused below
        warnings.simplefilter("ignore")
        found = solve_ivp(slope, span, start, method, wanted, rtol=tolerance, atol=least)
    states = np.asarray(found.y.T)
    if len(states) < len(wanted) or not np.isfinite(states).all():
        good = int(np.isfinite(states).all(axis=-1).sum()) if len(states) else 0
        last = wanted[good - 1] if good else 0.0
        raise GrokphaseError(
            f"This flow cannot be integrated beyond a time of {last:.3g}, in the numbers that "
            "there are; ask for earlier times."
        )
    return states
