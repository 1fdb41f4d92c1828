"""What was measured of a claim, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["holds", "fails", "inconclusive", "not run"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Interval = tuple[float, float]
"""Of what was measured. An end that is only known to lie beyond all that was seen is infinite."""


@dataclass(frozen=True)
class Measured:
    """What was found.

    Args:
        value: the measured value, a number or a few words.
        verdict: what code concluded from it.
        interval: of the value, at `intervals.CONFIDENCE`; None where it is exact or not a number.
        seeds: seeds, splits or trials behind it; 0 for a computation without chance.
        note: why the verdict is what it is, where that needs saying.
    """

    value: float | str
    verdict: Verdict
    interval: Interval | None = None
    seeds: int = 0
    note: str = ""
