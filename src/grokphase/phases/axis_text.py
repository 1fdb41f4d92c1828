"""How an axis is written: ranges, lists of numbers, and words.

A range is `name=a..b:n`, with `:log` and `:int` after it. A list of numbers is `name=0,1,2.5`,
words are `name=adamw,sgd`, and `|` stands between values that hold commas themselves, as the widths
of several networks do: `model.widths=200|200,200`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Literal, cast

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.phases.names import is_name, leaves_of, tidy

Scale = Literal["linear", "log", "list", "categories"]
Value = float | str
"""A number, or a word as `--set` takes it: "adamw", "none", "200,200"."""

MOST_VALUES: Final = 10_000
"""Values of an axis at most."""

ROUNDING: Final = 1e-13
"""Relative error that spacing by ratio and interpolation may make."""

SCALES: Final = ("linear", "log", "int")
_EXAMPLE: Final = "recipe.decoder.learning_rate=1e-5..1e-2:16:log"
_ITEM: Final = re.compile(r"[A-Za-z_>=][\w=-]*|[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMALS: Final = 10  # significant digits of what counts as a short decimal


def parsed(text: str) -> tuple[str, tuple[Value, ...], Scale]:
    """Name, values and scale of an axis as it is written; see `Axis.parse`.

    Raises:
        GrokphaseError: if the text cannot be read.

    Example:
        >>> parsed("recipe.optimizer=adamw,sgd")
        ('recipe.optimizer', ('adamw', 'sgd'), 'categories')
        >>> parsed("model.widths=200|200,200")
        ('model.widths', ('200', '200,200'), 'categories')
    """
    name, equals, what = (part.strip() for part in text.partition("="))
    if not equals:
        raise GrokphaseError(f'"{text}" is no axis; write a name and values: {_EXAMPLE}')
    name = tidy(name)
    check_name(name)
    if "|" in what:
        return name, tuple(word(name, item) for item in what.split("|")), "categories"
    if ".." in what:
        return name, *_range(name, what)
    items = [item.strip() for item in what.split(",")] if what else []
    if any(_is_word(item) for item in items):
        return name, tuple(word(name, item) for item in items), "categories"
    return name, tuple(_number(name, item) for item in items), "list"


def written(name: str, words: Sequence[str]) -> str:
    """An axis of words as `parsed` reads it.

    Example:
        >>> written("a", ("adamw", "sgd")), written("a", ("8", "8,8")), written("a", ("8", "16"))
        ('a=adamw,sgd', 'a=8|8,8', 'a=8|16')
    """
    plain = any(_is_word(each) for each in words) and not any("," in each for each in words)
    return f"{name}={('|', ',')[plain].join(words)}"


def word(name: str, value: object) -> str:
    """A value that is no number of a range, as `--set` takes it; numbers within it in one form.

    Raises:
        GrokphaseError: if it cannot be written so.

    Example:
        >>> word("model.widths", (200, 200)), word("split.keep", None), word("a", "1e-3, b")
        ('200,200', 'none', '0.001,b')
    """
    if isinstance(value, list | tuple):
        value = ",".join(word(name, item) for item in value)
    text = "none" if value is None else str(value).lower() if value in (True, False) else str(value)
    items = [item.strip() for item in text.split(",")]
    for item in items:
        if not _ITEM.fullmatch(item):
            raise GrokphaseError(
                f'{name} has the value "{item}", which is neither a number nor a word; write '
                f"numbers as {name}=0..10:11 or {name}=0,1,2.5, words as {name}=one,other."
            )
    return ",".join(item if _is_word(item) else repr(_number(name, item)) for item in items)


def setting(value: Value) -> float | str | bool | None:
    """What a value of an axis sets: the number or the word, "none" for what is not set.

    Example:
        >>> setting(3), setting("32"), setting("none"), setting("true"), setting("200,200")
        (3, 32, None, True, '200,200')
    """
    if not isinstance(value, str):
        return value
    if value in ("none", "true", "false"):
        return {"none": None, "true": True, "false": False}[value]
    return value if "," in value or _is_word(value) else _number("the axis", value)


def _is_word(item: str) -> bool:
    """Whether this is a word, and no number, not even one that is not finite."""
    try:
        float(item)
    except ValueError:
        return _ITEM.fullmatch(item) is not None
    return False


def check_name(name: str) -> None:
    """Refuse what is no name of an axis."""
    if not is_name(name):
        raise GrokphaseError(
            f'"{name}" is no name of an axis; write a dotted name and values: {_EXAMPLE}'
        )
    leaves_of(name)  # refuses a leaf that is named twice


def _range(name: str, what: str) -> tuple[tuple[float, ...], Scale]:
    ends, *options = (part.strip() for part in what.split(":"))
    low, _, high = ends.partition("..")
    if not options:
        raise GrokphaseError(f"{name}={what} has no number of values; write {name}={ends}:11")
    first, last = _number(name, low), _number(name, high)
    count = _count(name, what, options[0])
    scale, rounded = _options(name, what, options[1:])
    if not first < last:
        raise GrokphaseError(
            f"{name}={what} is an empty range; it must ascend, as in {name}={high}..{low}:{count}"
            if first > last
            else f"{name}={what} is an empty range: both ends are {low}; give two different ends."
        )
    if scale == "log" and first <= 0:
        raise GrokphaseError(
            f"{name}={what} cannot be spaced by ratio from {low}; a log range starts above 0, "
            f"or write a linear one: {name}={ends}:{count}"
        )
    values = (_by_ratio if scale == "log" else _evenly)(first, last, count)
    values[0], values[-1] = first, last
    return _whole(values, first, last, rounded), scale


def _evenly(first: float, last: float, count: int) -> list[float]:
    """Evenly spaced between the decimals as they are written: the third of 0.2..0.9:6 is 0.48."""
    low, high = Fraction(repr(first)), Fraction(repr(last))
    return [float(low + (high - low) * index / (count - 1)) for index in range(count)]


def _by_ratio(first: float, last: float, count: int) -> list[float]:
    """In constant ratio: the second of 1e-5..1e-2:4 is 1e-4, not 9.999999999999999e-05."""
    return [decimal(value) for value in np.geomspace(float(first), float(last), count).tolist()]


def decimal(value: float) -> float:
    """The short decimal that is meant, where rounding alone separates a value from one."""
    near = float(f"{value:.{_DECIMALS}g}")
    return near if math.isclose(value, near, rel_tol=ROUNDING) else value


def _whole(values: list[float], first: float, last: float, rounded: bool) -> tuple[float, ...]:
    """Integers where they were asked for, or where integer ends give nothing else."""
    near = [round(value) for value in values]
    meant = isinstance(first, int) and isinstance(last, int)
    # Relative: geomspace returns 99.99999999999997 for 100.
    exact = all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(values, near, strict=True))
    return tuple(near) if rounded or (meant and exact) else tuple(map(float, values))


def _number(name: str, text: str) -> float:
    """An int where the text is one, else a finite float."""
    text = text.strip()
    try:
        value = float(text)
    except ValueError:
        raise GrokphaseError(
            f'{name} has the value "{text}", which is no number; write {name}=0..10:11 '
            f"or {name}=0,1,2.5"
        ) from None
    if not math.isfinite(value):
        raise GrokphaseError(f"{name} has the value {text}; values must be finite numbers.")
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else value


def _count(name: str, what: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text) or not 2 <= int(text) <= MOST_VALUES:
        raise GrokphaseError(
            f'{name}={what} asks for "{text}" values; an axis needs a whole number from 2 to '
            f"{MOST_VALUES:,}, as in {name}={what.split(':')[0]}:11"
        )
    return int(text)


def _options(name: str, what: str, options: list[str]) -> tuple[Scale, bool]:
    for option in options:
        if option not in SCALES or options.count(option) > 1:
            raise GrokphaseError(
                f'{name}={what} has the scale "{option}"; after the number of values there may '
                f'be ":log" or ":linear", and ":int".{nearest(option, SCALES)}'
            )
    scales = [option for option in options if option != "int"]
    if len(scales) > 1:
        raise GrokphaseError(f'{name}={what} is both linear and log; write ":log" or nothing.')
    return cast(Scale, scales[0] if scales else "linear"), "int" in options
