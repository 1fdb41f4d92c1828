"""An axis of a map: a dotted spec name and the values it takes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, cast

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.phases.names import is_name, leaves_of, tidy

Scale = Literal["linear", "log", "list"]

_SCALES: Final = ("linear", "log", "int")
_EXAMPLE: Final = "recipe.decoder.learning_rate=1e-5..1e-2:16:log"

_WORD: Final = re.compile(r"[A-Za-z_>=][\w=-]*")

_LABEL_DIGITS: Final = 6
_DECIMALS: Final = 10  # significant digits of what counts as a short decimal
_ROUNDING: Final = 1e-13  # relative error that spacing by ratio and interpolation may make

MOST_VALUES: Final = 10_000
"""Values of an axis at most."""


@dataclass(frozen=True)
class Axis:
    """One axis of a map: what is varied, and over which values.

    Values ascend strictly, and are all `int` (as for a batch size) or all `float`.

    Args:
        name: dotted name of a numeric leaf of the spec, e.g. ``recipe.decoder.weight_decay``; one
            that means several, as ``recipe.weight_decay`` (embedding and decoder); or names with
            commas between them, whose leaves take each value together.
        values: two to 10,000 finite numbers, ascending.
        scale: "log" puts positions between two values at their geometric mean, "linear" and
            "list" at their arithmetic mean.

    Raises:
        GrokphaseError: if the name is no dotted name, or the values are fewer than two or more
            than 10,000, not finite, repeated, out of order, or not positive on a log scale.

    Example:
        >>> Axis("recipe.decoder.weight_decay", (0, 1, 5)).labels()
        ('0', '1', '5')
    """

    name: str
    values: tuple[float, ...]
    scale: Scale = "list"

    def __post_init__(self) -> None:
        """Check the values and make their types alike."""
        object.__setattr__(self, "name", tidy(self.name))
        _check_name(self.name)
        if self.scale not in ("linear", "log", "list"):
            raise GrokphaseError(
                f'{self.name} has the scale "{self.scale}"; '
                f'a scale is "linear", "log" or "list".{nearest(self.scale, _SCALES)}'
            )
        values = _uniform(self.values)
        _check_values(self.name, values, self.scale)
        object.__setattr__(self, "values", values)

    @classmethod
    def parse(cls, text: str) -> Axis:
        """Read an axis as it is written on the command line.

        ``name=a..b:n`` is n evenly spaced values from a to b, ``name=a..b:n:log`` n values in
        constant ratio, ``name=a..b:n:int`` (or ``:log:int``) the same rounded to integers, and
        ``name=0,1,2.5`` a list. ``one,other=0,1,2`` varies two leaves (or more) together. Both
        ends are included exactly, and values between them that are short decimals are those
        decimals. Where the ends are written as integers and every value is one, values stay
        integers.

        Args:
            text: the axis, e.g. ``recipe.decoder.learning_rate=1e-5..1e-2:16:log``.

        Returns:
            The axis.

        Raises:
            GrokphaseError: if the text cannot be read, or describes no usable axis.

        Example:
            >>> Axis.parse("recipe.decoder.learning_rate=1e-4..1e-2:3:log").values
            (0.0001, 0.001, 0.01)
            >>> Axis.parse("recipe.decoder.weight_decay=0..10:3").values
            (0, 5, 10)
            >>> Axis.parse("split.fraction=0.2..0.9:6").values
            (0.2, 0.34, 0.48, 0.62, 0.76, 0.9)
        """
        name, equals, what = (part.strip() for part in text.partition("="))
        if not equals:
            raise GrokphaseError(f'"{text}" is no axis; write a name and values: {_EXAMPLE}')
        name = tidy(name)
        _check_name(name)
        if ".." in what:
            return _parse_range(name, what)
        values = [_number(name, item) for item in what.split(",")] if what else []
        return cls(name, tuple(values), "list")

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The leaves that are varied; more than one take each value together.

        Example:
            >>> Axis("recipe.weight_decay", (0, 1)).leaves
            ('recipe.embedding.weight_decay', 'recipe.decoder.weight_decay')
        """
        return leaves_of(self.name)

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.values)

    @property
    def integral(self) -> bool:
        """Whether the values are integers."""
        return isinstance(self.values[0], int)

    def at(self, position: float) -> float:
        """The value at a position counted in cells, which may lie between two cells.

        Args:
            position: 0 is the first value, ``size - 1`` the last; 2.5 is halfway between the
                third and the fourth, in the logarithm on a log axis.

        Returns:
            The value there.

        Raises:
            GrokphaseError: if the position lies outside the axis.

        Example:
            >>> Axis("x", (1e-4, 1e-2), "log").at(0.5)
            0.001
        """
        if not 0 <= position <= self.size - 1:
            raise GrokphaseError(
                f"position {position} lies outside {self.name}: 0..{self.size - 1}."
            )
        low = min(int(position), self.size - 2)
        return _between(self.values[low], self.values[low + 1], position - low, self.scale)

    def refined(self, times: int) -> Axis:
        """The same axis with its spacing divided by ``times``.

        Every value of this axis is kept, so that runs made on it are not made again; a list
        becomes a list with evenly spaced values put in.

        Args:
            times: steps of the new axis in one step of this one, >= 1.

        Returns:
            An axis of ``(size - 1) * times + 1`` values.

        Raises:
            GrokphaseError: if ``times`` is below 1, or gives more than 10,000 values.

        Example:
            >>> Axis("x", (0, 4, 8), "linear").refined(2).values
            (0, 2, 4, 6, 8)
        """
        if times < 1:
            raise GrokphaseError(f"times is {times}; an axis is refined by 1, 2, 3, ... times.")
        count = (self.size - 1) * times + 1
        _refuse_too_many(self.name, count)
        fine = [self.at(i // times + (i % times) / times) for i in range(count)]
        fine[::times] = self.values
        if self.integral and all(float(value).is_integer() for value in fine):
            fine = [int(value) for value in fine]
        return Axis(self.name, tuple(fine), self.scale)

    def labels(self) -> tuple[str, ...]:
        """Short text for every value: the value itself where six digits hold it.

        Otherwise as few digits as keep all of them different.

        Example:
            >>> Axis("x", (0.125, 0.3333, 1)).labels()
            ('0.125', '0.3333', '1')
            >>> Axis("x", (1e-5, 0.00031622776, 0.01), "log").labels()
            ('1e-5', '0.000316', '0.01')
        """
        exact = tuple(_short(value, _LABEL_DIGITS) for value in self.values)
        if all(float(text) == value for text, value in zip(exact, self.values, strict=True)):
            return exact
        for digits in range(3, 18):
            labels = tuple(_short(value, digits) for value in self.values)
            if len(set(labels)) == self.size:
                break
        return labels

    def __str__(self) -> str:
        """The axis as `Axis.parse` reads it; a list where a range would not give it exactly."""
        log = ":log" if self.scale == "log" else ""
        ends = f"{self.values[0]!r}..{self.values[-1]!r}:{self.size}{log}"
        for text in (f"{self.name}={ends}", f"{self.name}={ends}:int"):
            if self.scale != "list" and _reads_as(text, self):
                return text
        return f"{self.name}=" + ",".join(repr(value) for value in self.values)


def _reads_as(text: str, axis: Axis) -> bool:
    """Whether the text gives this axis back, integers as integers."""
    try:
        read = Axis.parse(text)
    except GrokphaseError:
        return False
    return read == axis and read.integral == axis.integral


def _check_name(name: str) -> None:
    if not is_name(name):
        raise GrokphaseError(
            f'"{name}" is no name of an axis; write a dotted name and values: {_EXAMPLE}'
        )
    leaves_of(name)  # refuses a leaf that is named twice


def _parse_range(name: str, what: str) -> Axis:
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
    return Axis(name, _whole(values, first, last, rounded), scale)


def _evenly(first: float, last: float, count: int) -> list[float]:
    """Evenly spaced between the decimals as they are written: the third of 0.2..0.9:6 is 0.48."""
    low, high = Fraction(repr(first)), Fraction(repr(last))
    return [float(low + (high - low) * index / (count - 1)) for index in range(count)]


def _by_ratio(first: float, last: float, count: int) -> list[float]:
    """In constant ratio: the second of 1e-5..1e-2:4 is 1e-4, not 9.999999999999999e-05."""
    return [_decimal(value) for value in np.geomspace(float(first), float(last), count).tolist()]


def _decimal(value: float) -> float:
    """The short decimal that is meant, where rounding alone separates a value from one."""
    near = float(f"{value:.{_DECIMALS}g}")
    return near if math.isclose(value, near, rel_tol=_ROUNDING) else value


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
        if _WORD.fullmatch(text):
            raise GrokphaseError(
                f'{name} has the value "{text}", a word, and an axis runs over numbers; for words '
                f"make a map of each, in a shell with --set {name}={text}."
            ) from None
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
        if option not in _SCALES or options.count(option) > 1:
            raise GrokphaseError(
                f'{name}={what} has the scale "{option}"; after the number of values there may '
                f'be ":log" or ":linear", and ":int".{nearest(option, _SCALES)}'
            )
    scales = [option for option in options if option != "int"]
    if len(scales) > 1:
        raise GrokphaseError(f'{name}={what} is both linear and log; write ":log" or nothing.')
    return cast(Scale, scales[0] if scales else "linear"), "int" in options


def _uniform(values: tuple[float, ...]) -> tuple[float, ...]:
    """Plain Python numbers: all int if every one was an integer, else all float."""
    if all(isinstance(value, int | np.integer) for value in values):
        return tuple(int(value) for value in values)
    return tuple(float(value) for value in values)


def _refuse_too_many(name: str, count: int) -> None:
    if count > MOST_VALUES:
        raise GrokphaseError(
            f"{name} has {count:,} values; an axis has at most {MOST_VALUES:,}, so give fewer."
        )


def _check_values(name: str, values: tuple[float, ...], scale: Scale) -> None:
    _refuse_too_many(name, len(values))
    if len(values) < 2:
        raise GrokphaseError(
            f"{name} has {len(values)} value{'s' * (not values)}; an axis needs at least two: "
            f"write {name}=0..10:11 or {name}=0,1,2.5"
        )
    if not all(math.isfinite(value) for value in values):
        raise GrokphaseError(f"{name} has a value that is not finite; values must be numbers.")
    if scale == "log" and min(values) <= 0:
        raise GrokphaseError(f"{name} has the value {min(values):g} on a log axis; use values > 0.")
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise GrokphaseError(f"{name} has the value {twice:g} twice; give every value once.")
    if list(values) != sorted(values):
        line = ",".join(f"{value:g}" for value in sorted(values))
        raise GrokphaseError(f"the values of {name} must ascend: write {name}={line}")


def _between(low: float, high: float, share: float, scale: Scale) -> float:
    if share == 0:
        return low
    if scale == "log":
        return _decimal(float(low * (high / low) ** share))
    between = (1 - share) * low + share * high
    if abs(between) < _ROUNDING * max(abs(low), abs(high)):
        return 0.0  # what rounding leaves of two ends that cancel
    return _decimal(between)


def _short(value: float, digits: int) -> str:
    text = str(value) if isinstance(value, int) else f"{value:.{digits}g}"
    return re.sub(r"e([+-])0*(\d+)", lambda m: f"e{m[1].replace('+', '')}{m[2]}", text)
