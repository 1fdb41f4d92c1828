"""What the parameters of estimators are: each a kind of value that TOML can hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal


@dataclass(frozen=True)
class Kind:
    """What a parameter must be.

    Args:
        words: for a message, "it must be ...".
        fits: whether a value is of this kind.
    """

    words: str
    fits: Callable[[Any], bool]


def is_number(value: Any) -> bool:
    """Whether a value is a number, and neither NaN nor true or false.

    Example:
        >>> is_number(0.5), is_number(float("inf")), is_number(True), is_number("0.5")
        (True, True, False, False)
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and not math.isnan(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_one(value: Any) -> bool:
    return isinstance(value, bool) or is_number(value) or _is_text(value)


def _is_range(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(map(is_number, value)):
        return False
    return bool(value[0] <= value[1])


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _words(*options: str) -> Kind:
    return Kind(
        " or ".join(f'"{one}"' for one in options),
        lambda value: isinstance(value, str) and value in options,
    )


Column = Annotated[str, Kind("the name of a column", _is_text)]
"""A column of the table."""

Words = Annotated[str, Kind("a few words", _is_text)]
"""For a note."""

Columns = Annotated[
    str | None, Kind("the name of a column", lambda value: value is None or _is_text(value))
]
"""A column of the table, or none."""

Range = Annotated[
    tuple[float, float],
    Kind("two numbers in order, such as [0.8, 1.25], or [0.5, inf] where it is open", _is_range),
]
"""Where a claim says that a quantity lies, ends included; -inf and inf where it is open."""

Share = Annotated[
    float, Kind("a number from 0 to 1", lambda value: is_number(value) and 0 <= value <= 1)
]

Part = Annotated[
    float,
    Kind("a number from 0 to below 1", lambda value: is_number(value) and 0 <= value < 1),
]
"""What a share can be more than."""

Positive = Annotated[
    float, Kind("a number above 0", lambda value: is_number(value) and 0 < value < math.inf)
]

Tolerance = Annotated[
    float, Kind("a number of 0 or more", lambda value: is_number(value) and 0 <= value < math.inf)
]

Number = Annotated[float, Kind("a number", is_number)]

Count = Annotated[int, Kind("a whole number of 1 or more", _is_count)]

Flag = Annotated[bool, Kind("true or false", lambda value: isinstance(value, bool))]

One = Annotated[str | float | bool, Kind("a word, a number, true or false", _is_one)]
"""One value of a column, by which rows are chosen."""

Ones = Annotated[
    list[str | float | bool],
    Kind(
        "a list of two or more values, as [1, 2, 3]",
        lambda value: (
            isinstance(value, list | tuple) and len(value) > 1 and all(map(_is_one, value))
        ),
    ),
]

Condition = Annotated[
    str | float | bool | list[Any],
    Kind(
        'a value, a list of values, or a comparison such as "> 0.4", "<= ideal" or "reached"',
        lambda value: (
            _is_one(value) or (isinstance(value, list | tuple) and all(map(_is_one, value)))
        ),
    ),
]
"""What is asked of a column, see `table.holds`."""

Conditions = Annotated[
    str | float | bool | list[Any] | None,
    Kind(
        Condition.__metadata__[0].words,
        lambda value: value is None or Condition.__metadata__[0].fits(value),
    ),
]
"""A condition, or none."""

Published = Annotated[
    str | float,
    Kind("a number, or the name of a column of them", lambda v: is_number(v) or _is_text(v)),
]

Known = Annotated[
    str | float | None,
    Kind(
        "a number of steps, or the name of a column of them",
        lambda value: value is None or is_number(value) or _is_text(value),
    ),
]
"""What a time that was not reached is known to exceed."""

Statistic = Annotated[Literal["mean", "median"], _words("mean", "median")]

Missing = Annotated[Literal["last", "left out"], _words("last", "left out")]
"""What becomes of a value that is not there: a time that was not reached comes after all others
("last"); a value that has no meaning for a run is "left out"."""

Case = Annotated[Literal["weakest", "median"], _words("weakest", "median")]
"""Which of several cases is judged."""

Law = Annotated[
    Literal["power", "exponential", "straight"], _words("power", "exponential", "straight")
]
