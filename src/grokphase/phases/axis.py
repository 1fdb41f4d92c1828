"""An axis of a map: a dotted spec name and the values it takes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.phases.axis_text import (
    MOST_VALUES,
    ROUNDING,
    SCALES,
    Scale,
    Value,
    check_name,
    decimal,
    parsed,
    word,
    written,
)
from grokphase.phases.names import leaves_of, tidy

_LABEL_DIGITS: Final = 6


@dataclass(frozen=True)
class Axis:
    """One axis of a map: what is varied, and over which values.

    Numbers ascend strictly, and are all `int` (as for a batch size) or all `float`. Words keep the
    order in which they are given, which means nothing: they are categories.

    Args:
        name: dotted name of a leaf of the spec, e.g. ``recipe.decoder.weight_decay``; one that
            means several, as ``recipe.weight_decay`` (embedding and decoder); or names with
            commas between them, whose leaves take each value together.
        values: two to 10,000 finite numbers, ascending; or words, as ``("adamw", "sgd")``, and
            what ``--set`` takes besides numbers: ``(None, 32)``, ``((200,), (200, 200))``.
        scale: "log" puts positions between two values at their geometric mean, "linear" and
            "list" at their arithmetic mean; "categories" has no positions between its words, and
            is the scale of all values that are not numbers alone.

    Raises:
        GrokphaseError: if the name is no dotted name, or the values are fewer than two or more
            than 10,000, not finite, repeated, out of order, or not positive on a log scale.

    Example:
        >>> Axis("recipe.decoder.weight_decay", (0, 1, 5)).labels()
        ('0', '1', '5')
        >>> Axis("model.widths", ((200,), (200, 200))).values
        ('200', '200,200')
    """

    name: str
    values: tuple[Value, ...]
    scale: Scale = "list"

    def __post_init__(self) -> None:
        """Check the values and make their types alike."""
        object.__setattr__(self, "name", tidy(self.name))
        check_name(self.name)
        if self.scale not in ("linear", "log", "list", "categories"):
            raise GrokphaseError(
                f'{self.name} has the scale "{self.scale}"; a scale is "linear", "log", "list" or '
                f'"categories".{nearest(self.scale, SCALES)}'
            )
        if self.scale == "categories" or not all(map(_is_number, self.values)):
            object.__setattr__(self, "scale", "categories")
            words = tuple(word(self.name, value) for value in self.values)
            _check_count(self.name, words)
            object.__setattr__(self, "values", words)
            return
        values = _uniform(self.values)
        _check_values(self.name, values, self.scale)
        object.__setattr__(self, "values", values)

    @classmethod
    def parse(cls, text: str) -> Axis:
        """Read an axis as it is written on the command line.

        ``name=a..b:n`` is n evenly spaced values from a to b, ``name=a..b:n:log`` n values in
        constant ratio, ``name=a..b:n:int`` (or ``:log:int``) the same rounded to integers,
        ``name=0,1,2.5`` a list of numbers, and ``name=adamw,sgd`` of words. ``|`` stands between
        values that hold commas: ``model.widths=200|200,200`` is one hidden layer or two.
        ``one,other=0,1,2`` varies two leaves (or more) together. Both ends of a range are included
        exactly, and values between them that are short decimals are those decimals. Where the
        ends are written as integers and every value is one, values stay integers.

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
        return cls(*parsed(text))

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

    @property
    def ordered(self) -> bool:
        """Whether the values are numbers, rather than words without an order."""
        return self.scale != "categories"

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values, which are numbers.

        Raises:
            GrokphaseError: if they are words.
        """
        if not self.ordered:
            raise GrokphaseError(
                f"{self.name} runs over words ({', '.join(self.labels())}), which have no order, "
                "so nothing lies between two of them."
            )
        return cast(tuple[float, ...], self.values)

    def index(self, value: object) -> int | None:
        """Which of the values this is: of numbers the nearest, None for a word that is not there.

        Example:
            >>> Axis("recipe.optimizer", ("adamw", "sgd")).index("sgd")
            1
            >>> Axis("model.widths", ((8,), (8, 8))).index([8, 8])
            1
        """
        if self.ordered:
            near, at = self.numbers, float(str(value))
            return min(range(self.size), key=lambda i: math.fabs(near[i] - at))
        text = word(self.name, value)
        return self.values.index(text) if text in self.values else None

    def at(self, position: float) -> float:
        """The value at a position counted in cells, which may lie between two cells.

        Args:
            position: 0 is the first value, ``size - 1`` the last; 2.5 is halfway between the
                third and the fourth, in the logarithm on a log axis.

        Returns:
            The value there.

        Raises:
            GrokphaseError: if the position lies outside the axis, or the axis runs over words.

        Example:
            >>> Axis("x", (1e-4, 1e-2), "log").at(0.5)
            0.001
        """
        values = self.numbers
        if not 0 <= position <= self.size - 1:
            raise GrokphaseError(
                f"position {position} lies outside {self.name}: 0..{self.size - 1}."
            )
        low = min(int(position), self.size - 2)
        return _between(values[low], values[low + 1], position - low, self.scale)

    def refined(self, times: int) -> Axis:
        """The same axis with its spacing divided by ``times``.

        Every value of this axis is kept, so that runs made on it are not made again; a list
        becomes a list with evenly spaced values put in.

        Args:
            times: steps of the new axis in one step of this one, >= 1.

        Returns:
            An axis of ``(size - 1) * times + 1`` values.

        Raises:
            GrokphaseError: if ``times`` is below 1, or gives more than 10,000 values, or the axis
                runs over words.

        Example:
            >>> Axis("x", (0, 4, 8), "linear").refined(2).values
            (0, 2, 4, 6, 8)
        """
        if times < 1:
            raise GrokphaseError(f"times is {times}; an axis is refined by 1, 2, 3, ... times.")
        count = (self.size - 1) * times + 1
        _refuse_too_many(self.name, count)
        fine = [self.at(i // times + (i % times) / times) for i in range(count)]
        fine[::times] = self.numbers
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
            >>> Axis("x", ("adamw", "sgd")).labels()
            ('adamw', 'sgd')
        """
        if not self.ordered:
            return tuple(map(str, self.values))
        exact = tuple(_short(value, _LABEL_DIGITS) for value in self.numbers)
        if all(float(text) == value for text, value in zip(exact, self.numbers, strict=True)):
            return exact
        for digits in range(3, 18):
            labels = tuple(_short(value, digits) for value in self.numbers)
            if len(set(labels)) == self.size:
                break
        return labels

    def __str__(self) -> str:
        """The axis as `Axis.parse` reads it; a list where a range would not give it exactly."""
        if not self.ordered:
            return written(self.name, self.labels())
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


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _uniform(values: tuple[Any, ...]) -> tuple[float, ...]:
    """Plain Python numbers: all int if every one was an integer, else all float."""
    if all(isinstance(value, int | np.integer) for value in values):
        return tuple(int(value) for value in values)
    return tuple(float(value) for value in values)


def _refuse_too_many(name: str, count: int) -> None:
    if count > MOST_VALUES:
        raise GrokphaseError(
            f"{name} has {count:,} values; an axis has at most {MOST_VALUES:,}, so give fewer."
        )


def _check_count(name: str, values: tuple[Value, ...]) -> None:
    _refuse_too_many(name, len(values))
    if len(values) < 2:
        raise GrokphaseError(
            f"{name} has {len(values)} value{'s' * (not values)}; an axis needs at least two: "
            f"write {name}=0..10:11 or {name}=0,1,2.5"
        )
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise GrokphaseError(f"{name} has the value {twice} twice; give every value once.")


def _check_values(name: str, values: tuple[float, ...], scale: Scale) -> None:
    _check_count(name, values)
    if not all(math.isfinite(value) for value in values):
        raise GrokphaseError(f"{name} has a value that is not finite; values must be numbers.")
    if scale == "log" and min(values) <= 0:
        raise GrokphaseError(f"{name} has the value {min(values):g} on a log axis; use values > 0.")
    if list(values) != sorted(values):
        line = ",".join(f"{value:g}" for value in sorted(values))
        raise GrokphaseError(f"the values of {name} must ascend: write {name}={line}")


def _between(low: float, high: float, share: float, scale: Scale) -> float:
    if share == 0:
        return low
    if scale == "log":
        return decimal(float(low * (high / low) ** share))
    between = (1 - share) * low + share * high
    if abs(between) < ROUNDING * max(abs(low), abs(high)):
        return 0.0  # what rounding leaves of two ends that cancel
    return decimal(between)


def _short(value: float, digits: int) -> str:
    text = str(value) if isinstance(value, int) else f"{value:.{digits}g}"
    return re.sub(r"e([+-])0*(\d+)", lambda m: f"e{m[1].replace('+', '')}{m[2]}", text)
