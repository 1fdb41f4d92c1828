"""What a monitor says: one line when something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokphase.telling.words import after_text

if TYPE_CHECKING:
    from grokphase.forecasting import Forecast


def steps_text(step: float) -> str:
    """A step in a few characters, as it stands in a line with others.

    Example:
        >>> [steps_text(step) for step in (812, 5140, 61_234, 2_500_000)]
        ['812', '5.1k', '61k', '2.5M']
    """
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if round(step) >= size:
            return (
                f"{step / size:.0f}{letter}" if step >= 10 * size else f"{step / size:.1f}{letter}"
            )
    return f"{step:.0f}"


def passed(word: str, step: int, after: int | None) -> str:
    """That a threshold was passed, and between which evaluations.

    Example:
        >>> passed("memorized", 812, 800), passed("generalized", 50, -1)
        ('memorized at step 812 (after 800)', 'generalized at step 50 or before')
    """
    return f"{word} at step {step:,}{after_text(after)}"


def expected(forecast: Forecast) -> str:
    """What a forecast says, in half a line.

    Example:
        >>> from grokphase.forecasting import Forecast
        >>> print(expected(Forecast("memorized", 0.8, 9000, 5140, (4e3, 6e3), (3600, 9800), 812)))
        generalization expected at 5.1k, 90 %: 3.6k-9.8k (80 % sure to come within 9.0k)
        >>> print(
        ...     expected(
        ...         Forecast(
        ...             "memorized",
        ...             None,
        ...             None,
        ...             None,
        ...             None,
        ...             None,
        ...             812,
        ...             refused=True,
        ...             reason="the norm was measured twice.",
        ...         )
        ...     )
        ... )
        no forecast yet: the norm was measured twice
    """
    reason = forecast.reason.rstrip(".")
    if forecast.median_step is None or forecast.interval90 is None:
        if forecast.probability_of_generalizing == 0:
            return f"no generalization expected: {reason}"
        return f"no forecast yet: {reason}"
    low, high = (steps_text(step) for step in forecast.interval90)
    text = f"generalization expected at {steps_text(forecast.median_step)}, 90 %: {low}-{high}"
    share = forecast.probability_of_generalizing
    if forecast.budget is not None and share is not None:
        text += f" ({100 * share:.0f} % sure to come within {steps_text(forecast.budget)})"
    if forecast.refused:
        text += f"; tentative: {reason}"
    return text


def contracts(forecast: Forecast) -> str:
    """What the norm does, where a forecast rests on it; else nothing."""
    says = (each.says for each in forecast.evidence if each.measure == "contraction_rate")
    return next(says, "")


def line(*parts: str) -> str:
    """The parts that say something, as one line."""
    return "; ".join(part for part in parts if part)


def differs(new: Forecast, told: Forecast | None) -> bool:
    """Whether a forecast says something else than the one that was told last.

    It does when there was none, when one of both is without a step, when one is refused and the
    other is not, or when its median has left the half of the other's that is most likely.
    """
    if told is None:
        return True
    if new.median_step is None or told.median_step is None or told.interval50 is None:
        return (new.median_step is None) != (told.median_step is None)
    low, high = told.interval50
    return new.refused != told.refused or not low <= new.median_step <= high
