"""What the value of an estimator is measured in, and the range in which a claim allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from grokphase.estimators.measured import Interval

UNITS: Final[Mapping[str, str]] = {
    "share": "share",
    "never": "share",
    "order-of-events": "share",
    "each": "cases",
    "order-of-groups": "share",
    "ratio-of-medians": "ratio",
    "rank-correlation": "rank correlation",
    "concordance": "share",
    "coincidence": "difference of shares",
    "map-agreement": "share of cells",
}
"""Units of the estimators that have one of their own; of the others the claim says it."""


def allowed(parameters: Mapping[str, Any]) -> Interval | None:
    """The range of values in which a claim holds, by its parameters; None if they say of none.

    Example:
        >>> allowed({"at_least": 0.9}), allowed({"published": 0.4, "tolerance": 0.05})
        ((0.9, 1.0), (0.35000000000000003, 0.45))
        >>> allowed({"within": [0.5, float("inf")]}), allowed({})
        ((0.5, inf), None)
        >>> allowed({"expected": "formula", "tolerance": 1e-9})  # of the greatest error
        (0.0, 1e-09)
    """
    if "within" in parameters:
        low, high = parameters["within"]
        return float(low), float(high)
    if "more_than" in parameters:
        return float(parameters["more_than"]), 1.0
    if "at_least" in parameters or "at_most" in parameters:  # of shares
        return float(parameters.get("at_least", 0.0)), float(parameters.get("at_most", 1.0))
    published, tolerance = parameters.get("published"), parameters.get("tolerance")
    if isinstance(published, int | float) and isinstance(tolerance, int | float):
        width = tolerance * abs(published) if parameters.get("relative") else tolerance
        return published - width, published + width
    if "expected" in parameters:
        return 0.0, float(tolerance or 0.0)
    if "margin" in parameters:
        return -float(parameters["margin"]), float(parameters["margin"])
    return None
