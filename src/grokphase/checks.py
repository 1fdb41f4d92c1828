"""Checks of what is given: a word among those allowed, a number within its bounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest

LONGEST_BUDGET = 1_000_000_000  # steps are counted in 32 bits


def choice(what: str, given: str, options: tuple[str, ...]) -> None:
    """Refuse a word that is none of the options."""
    if given not in options:
        raise GrokphaseError(
            f'{what} "{given}" is not known; allowed: {", ".join(options)}.'
            f"{nearest(str(given), options)}"
        )


def number(what: str, given: float, low: float, high: float = math.inf) -> None:
    """Refuse what is no finite number from low to high."""
    if not _finite(given) or not low <= given <= high:
        limit = f"{low:g} or more" if high == math.inf else f"between {low:g} and {high:g}"
        nearest_one = high if _finite(given) and given > high else low
        raise GrokphaseError(
            f"{what} = {given} cannot be used; it must be a number {limit}"
            f"{_line(what, nearest_one)}."
        )


def positive(what: str, given: float) -> None:
    """Refuse what is no finite number above 0."""
    if not _finite(given) or given <= 0:
        raise GrokphaseError(
            f"{what} = {given} cannot be used; it must be a number above 0{_line(what, 1)}."
        )


def _finite(given: object) -> bool:
    return isinstance(given, int | float | np.integer | np.floating) and math.isfinite(given)


def integer(what: str, given: float, low: int, high: int = LONGEST_BUDGET) -> None:
    """Refuse what is no whole number from low to high."""
    number(what, given, low, high)
    if given != int(given):
        raise GrokphaseError(
            f"{what} = {given} cannot be used; it must be a whole number{_line(what, int(given))}."
        )


def whole_step(given: Any, said: str) -> int:
    """A step as a whole number of Python; refuse what is none from 0 to `LONGEST_BUDGET`, in a
    sentence that begins with what is `said`."""
    try:
        whole = int(given) if given == int(given) else -1
    except (TypeError, ValueError, OverflowError):
        whole = -1
    if not 0 <= whole <= LONGEST_BUDGET:
        raise GrokphaseError(
            f"{said} {given!r}; a step is a whole number from 0 to {LONGEST_BUDGET:,}."
        )
    return whole


def _line(what: str, value: float) -> str:
    """What to write instead, as the end of a sentence; a setting of a recipe in a shell, too."""
    name = what.rpartition(".")[2]
    if not name.isidentifier():
        return ""
    dotted = f"recipe.{what}" if what.startswith("thresholds.") else what
    shell = f", in a shell --set {dotted}={value:.15g}" if dotted.startswith("recipe.") else ""
    return f"; write {name}={value:.15g}{shell}"


def doubles(what: str, given: object) -> NDArray[np.float64]:
    """An array in double precision, of whatever shape; refuse what is no array of numbers."""
    try:
        if given is None:  # which NumPy takes for NaN
            raise TypeError
        return np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise GrokphaseError(
            f"{what} must be an array of numbers, not {type(given).__name__}; give an array, or "
            "lists whose rows have one length."
        ) from None


def as_floats(of: object, *names: str) -> None:
    """Hold 1 and 1.0 as the same number, so that they give a run the same identity."""
    for name in names:
        object.__setattr__(of, name, float(getattr(of, name)) + 0.0)  # -0.0 becomes 0.0


def as_integers(of: object, *names: str) -> None:
    """Hold 32 and 32.0 as the same number."""
    for name in names:
        object.__setattr__(of, name, int(getattr(of, name)))
