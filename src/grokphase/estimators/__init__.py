"""How a claim is judged: about a dozen estimators, each with value, interval, verdict and refusal.

An estimator is a pure function from a table (columns by name, one row a run) and a few parameters
to what was measured. It holds if the whole 90 % interval of the value lies where the claim says,
fails if none of it does, and is inconclusive between, or where the data cannot carry it; then the
note says why, and the value is a tentative one. `docs/estimators.md` lists them.

Example:
    >>> runs = {
    ...     "seed": range(8),
    ...     "size": [3, 4, 5, 6, 7, 8, 9, 10],
    ...     "steps": [None, 90, 80, 85, 60, 50, 40, 45],
    ... }
    >>> found = estimator("rank-correlation")(runs, x="size", y="steps", within=[-1.0, -0.5])
    >>> round(found.value, 3), found.verdict
    (-0.952, 'holds')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from grokphase.errors import GrokphaseError, nearest
from grokphase.estimators import coincidence, exact, groups, laws, levels, maps, shares
from grokphase.estimators.estimator import Estimator
from grokphase.estimators.holm import holm
from grokphase.estimators.intervals import CONFIDENCE, LEAST, at_confidence, tail
from grokphase.estimators.kinds import Range
from grokphase.estimators.measured import VERDICTS, Interval, Measured, Verdict
from grokphase.estimators.table import Table, among
from grokphase.estimators.units import UNITS, allowed

__all__ = [
    "CONFIDENCE",
    "ESTIMATORS",
    "LEAST",
    "UNITS",
    "VERDICTS",
    "Estimator",
    "Interval",
    "Measured",
    "Range",
    "Table",
    "Verdict",
    "allowed",
    "among",
    "at_confidence",
    "check",
    "decides",
    "estimator",
    "holm",
    "rule",
    "tail",
]

ESTIMATORS: Final[Mapping[str, Estimator]] = {
    one.name: one
    for family in (shares, levels, exact, groups, laws, coincidence, maps)
    for one in family.ESTIMATORS
}
"""All estimators, by the name that a `paper.toml` gives."""


def estimator(name: str) -> Estimator:
    """The estimator of a name.

    Raises:
        GrokphaseError: there is none.
    """
    if name not in ESTIMATORS:
        raise GrokphaseError(
            f'There is no estimator "{name}"; there are: {", ".join(ESTIMATORS)}.'
            f"{nearest(name, ESTIMATORS)}"
        )
    return ESTIMATORS[name]


def check(name: str, parameters: Mapping[str, Any]) -> None:
    """Refuse an estimator that there is not, or parameters that it does not take.

    Raises:
        GrokphaseError: in one sentence.

    Example:
        >>> check("share", {"column": "exact", "at_leest": 0.9})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        grokphase.errors.GrokphaseError: Estimator "share" has no parameter "at_leest"; it takes ...
    """
    estimator(name).check(parameters)


def decides(name: str, parameters: Mapping[str, Any], seeds: int) -> tuple[bool, bool]:
    """Whether with so many seeds a claim could come out as "holds", and as "fails".

    Example:
        >>> decides("share", {"column": "exact", "at_least": 0.95}, seeds=58)
        (False, True)
    """
    chosen = estimator(name)
    return chosen.reach(chosen.filled(parameters), seeds)


def rule(name: str, parameters: Mapping[str, Any]) -> str:
    """When a claim holds, in words.

    Example:
        >>> rule("rank-correlation", {"x": "size", "y": "steps", "within": [-1, -0.5]})
        'rank correlation of size and steps from -1 to -0.5 (90 % interval)'
    """
    chosen = estimator(name)
    return chosen.rule(chosen.filled(parameters))
