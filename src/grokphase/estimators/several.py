"""Conditions that must all be so: each is judged by itself, and the weakest is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from grokphase.estimators.estimator import joined, refused
from grokphase.estimators.intervals import at_confidence, tail, worst
from grokphase.estimators.measured import Measured


def all_within(
    parts: Mapping[str, Callable[[], Measured]], off: Callable[[str, float], float], seeds: int
) -> Measured:
    """Whether each of several quantities is in its range.

    That all are needs no correction for their number: it is said wrongly only if it is of one that
    is not. That one of k is not could be said wrongly of each, so it must be so by an interval of
    tail / k on each side.

    Args:
        parts: by name, what measures each at the confidence that is asked for.
        off: of a part and its value, how far it is from what is claimed; the one that is furthest
            off is shown.
        seeds: behind all of them.

    Example:
        >>> parts = {"a": lambda: Measured(0.9, "holds"), "b": lambda: Measured(0.5, "holds")}
        >>> found = all_within(parts, lambda _, value: 1 - value, 9)
        >>> found.value, found.note
        (0.5, 'The weakest of a: 0.9; b: 0.5.')
    """
    if not parts:
        return refused("There is no such run.", seeds)
    found = {name: judge() for name, judge in parts.items()}
    verdict = worst(*(one.verdict for one in found.values()))
    if verdict == "fails" and len(parts) > 1:
        with at_confidence(1 - 2 * tail() / len(parts)):
            stays = any(
                parts[name]().verdict == "fails"
                for name, one in found.items()
                if one.verdict == "fails"
            )
        verdict = verdict if stays else "inconclusive"
    weakest = max(
        found,
        key=lambda name: (
            off(name, value)
            if isinstance(value := found[name].value, int | float)
            else float("inf")
        ),
    )
    shown = "; ".join(f"{name}: {_text(one.value)}" for name, one in found.items())
    note = f"The weakest of {shown}." if len(parts) > 1 else ""
    return replace(
        found[weakest], verdict=verdict, seeds=seeds, note=joined(note, found[weakest].note)
    )


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"
