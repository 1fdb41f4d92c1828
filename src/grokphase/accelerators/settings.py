"""The settings of an accelerator: fields that say what they may be, and what is compiled in.

A number (`float`) and a count of steps are traced, so that a sweep over them is compiled once. All
else is compiled in: a whole number is the length of something, and a word chooses code.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Hashable
from dataclasses import Field, field, fields
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

import numpy as np

from grokphase.checks import LONGEST_BUDGET, as_floats, as_integers, choice, integer, number
from grokphase.errors import GrokphaseError

MOST_BELOW_1: Final = 1.0 - 2**-24  # what float32 still tells from 1

_BOUNDS: Final = "bounds"
_STEPS: Final = "steps"


def real(usual: float, low: float = 0.0, high: float = math.inf, *, below: bool = False) -> Any:
    """A field for a number.

    Args:
        usual: its default.
        low: the least that is allowed.
        high: the most that is allowed.
        below: whether `high` itself, which is 1, is not.
    """
    return field(default=usual, metadata={_BOUNDS: (low, MOST_BELOW_1 if below else high)})


def whole(usual: int, low: int = 1, high: int = LONGEST_BUDGET) -> Any:
    """A field for a whole number that is compiled in, as the length of a window."""
    return field(default=usual, metadata={_BOUNDS: (low, high)})


def steps(usual: int, low: int = 0) -> Any:
    """A field for a number of steps, which is traced."""
    return field(default=usual, metadata={_BOUNDS: (low, LONGEST_BUDGET), _STEPS: True})


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(typing.cast(type, kind))


def _is_traced(kind: type, each: Field[Any]) -> bool:
    return _hints(kind)[each.name] is float or _STEPS in each.metadata


def _is_compiled(value: object) -> bool:
    return isinstance(value, bool | int | float | str | tuple | None)


def check(arm: Any) -> None:
    """Refuse settings of an accelerator that are not what their fields say.

    Raises:
        GrokphaseError: naming the first, and what is allowed.
    """
    kind: Any = type(arm)
    for each in fields(arm):
        name, value, hint = each.name, getattr(arm, each.name), _hints(kind)[each.name]
        said = f"recipe.accelerator.{name}"
        low, high = each.metadata.get(_BOUNDS, (-math.inf, math.inf))
        if get_origin(hint) is Literal:
            choice(said, value, get_args(hint))
        elif hint is bool and not isinstance(value, bool):
            raise GrokphaseError(f"{said} = {value} cannot be used; write true or false.")
        elif hint is float:
            number(said, value, low, high)
            as_floats(arm, name)
        elif hint is int:
            integer(said, value, max(low, -LONGEST_BUDGET), min(high, LONGEST_BUDGET))
            as_integers(arm, name)


def traced(arm: Any) -> dict[str, Any]:
    """The settings that the compiled loop takes as numbers, by name."""
    kind = type(arm)
    return {
        each.name: (np.int32 if _STEPS in each.metadata else np.float32)(getattr(arm, each.name))
        for each in fields(arm)
        if _is_traced(kind, each)
    }


def not_compiled(arm: Any) -> list[str]:
    """Names of the settings that are no part of a compiled loop: traced, or for the host alone."""
    kind = type(arm)
    return [
        each.name
        for each in fields(arm)
        if _is_traced(kind, each) or not _is_compiled(getattr(arm, each.name))
    ]


def allowed(kind: type, name: str) -> str:
    """What a setting may be, in words.

    Example:
        >>> from grokphase.accelerators import GrokfastEMA
        >>> allowed(GrokfastEMA, "alpha"), allowed(GrokfastEMA, "factor")
        ('number from 0, below 1', 'number from 0')
    """
    hint = _hints(kind)[name]
    if get_origin(hint) is Literal:
        return ", ".join(map(str, get_args(hint)))
    if hint is bool:
        return "true, false"
    if hint not in (int, float):
        return ""
    each = next(each for each in fields(kind) if each.name == name)
    low, high = each.metadata.get(_BOUNDS, (-math.inf, math.inf))
    said = "whole number" if hint is int else "number"
    if low > -math.inf:
        said = f"{said} from {low:g}"
    if high == MOST_BELOW_1:
        return f"{said}, below 1"
    return said if high in (math.inf, LONGEST_BUDGET) else f"{said} to {high:g}"
