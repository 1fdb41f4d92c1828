"""What a monitor says: one line when something changes."""

from __future__ import annotations

from typing import NamedTuple

from grokphase.forecasting import Forecast
from grokphase.forecasting.told import in_a_line
from grokphase.telling.words import after_text


def passed(word: str, step: int, after: int | None) -> str:
    """That a threshold was passed, and between which evaluations.

    Example:
        >>> passed("memorized", 812, 800), passed("generalized", 50, -1)
        ('memorized at step 812 (after 800)', 'generalized at step 50 or before')
    """
    return f"{word} at step {step:,}{after_text(after)}"


def contracts(forecast: Forecast) -> str:
    """What the norm does, where a forecast rests on it; else nothing."""
    says = (each.says for each in forecast.evidence if each.measure == "contraction_rate")
    return next(says, "")


def expected(forecast: Forecast) -> str:
    """What a forecast says of a run that has memorized, in half a line.

    Example:
        >>> reason = "validation accuracy was not measured."
        >>> print(expected(Forecast("memorized", None, None, None, None, None, 812, reason=reason)))
        no forecast: validation accuracy was not measured
    """
    if forecast.median_step is None:
        return f"no forecast: {forecast.reason.rstrip('.')}"
    return in_a_line(forecast)


def line(*parts: str) -> str:
    """The parts that say something, as one line."""
    return "; ".join(part for part in parts if part)


class Told(NamedTuple):
    """Of a forecast that was told, what the next one is compared with."""

    refused: bool
    interval50: tuple[float, float] | None


def differs(new: Forecast, told: Told | None) -> bool:
    """Whether a forecast says something else than the one that was told last.

    It does when there was none, when one of both is without a step, when one is refused and the
    other is not, or when its median has left the half of the other's that is most likely.
    """
    if told is None:
        return True
    if new.median_step is None or told.interval50 is None:
        return (new.median_step is None) != (told.interval50 is None)
    low, high = told.interval50
    return new.refused != told.refused or not low <= new.median_step <= high
