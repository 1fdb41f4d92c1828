"""What stands around the data of any chart: labels, scales, ranges, lines to compare with, words.

These parameters are the same for all charts that are drawn on axes, and are given with their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.plotting.charts.columns import Table, array, filled, number
from grokphase.plotting.looks import colour_named, dash_named

Scale = Literal["linear", "log", "symlog"]

LINE_KEYS: Final = ("x", "y", "slope", "shade", "label", "colour", "dash", "write")
POINT_KEYS: Final = ("x", "y", "label", "colour")
CORNERS: Final = {
    "upper left": (0.03, 0.97, "left", "top"),
    "upper right": (0.97, 0.97, "right", "top"),
    "lower left": (0.03, 0.03, "left", "bottom"),
    "lower right": (0.97, 0.03, "right", "bottom"),
}


class Line(NamedTuple):
    """A line to compare with.

    Attributes:
        x: where an upright line stands, or the two ends of an upright band.
        y: the same of a level one.
        slope: of a line through the origin, y = slope x.
        shade: "above" or "below" that line, which the data must not reach.
        label: in the legend, or at the line.
        colour: of the line.
        dash: matplotlib line style.
        write: "along" or "beside": where the label stands at the line; empty for the legend.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    slope: float | None
    shade: str
    label: str
    colour: str
    dash: str
    write: str


class Point(NamedTuple):
    """A place that is named: a ring with words beside it."""

    x: float
    y: float
    label: str
    colour: str


@dataclass(frozen=True)
class Frame:
    """What stands around the data; what is None is left to the chart. See `frame`."""

    x_label: str | None
    y_label: str | None
    x_scale: Scale
    y_scale: Scale
    x_range: tuple[float | None, float | None]
    y_range: tuple[float | None, float | None]
    shares: str
    square: bool
    lines: tuple[Line, ...]
    points: tuple[Point, ...]
    words: str
    words_at: str
    legend: str
    legend_columns: int
    legend_title: str
    top: tuple[float, str] | None


def frame(
    table: Table,
    *,
    x_label: str | None = None,
    y_label: str | None = None,
    x_scale: Scale = "linear",
    y_scale: Scale = "linear",
    x_range: Sequence[float | str | None] = (None, None),
    y_range: Sequence[float | str | None] = (None, None),
    shares: str = "",
    square: bool = False,
    lines: Sequence[Mapping[str, Any]] = (),
    points: Sequence[Mapping[str, Any]] = (),
    words: str = "",
    words_at: str = "upper left",
    legend: str = "best",
    legend_columns: int = 1,
    legend_title: str = "",
    top: Mapping[str, Any] | None = None,
) -> Frame:
    """What stands around the data of a chart.

    A number may be the name of a scalar column of the table, and in a text {name} or {name:.2f}
    stands for such a column.

    Args:
        table: that the chart shows.
        x_label: words with a unit; None takes what the chart gives.
        y_label: the same.
        x_scale: "linear", "log" or "symlog".
        y_scale: the same.
        x_range: lowest and highest of the axis, NaN or None for as far as the data reach.
        y_range: the same; the higher first for an axis that points down.
        shares: axes that run from 0 to 1: "x", "y" or "xy".
        square: as wide as high.
        lines: to compare with, each {x = 0.4}, {y = "budget"}, {x = [0.3, 0.5]} for a band, or
            {slope = 1} for a line through the origin, with shade = "above" or "below" for what it
            excludes; besides label, colour, dash, and write = "along" or "beside" to put the label
            at the line instead of into the legend.
        points: places that are named, each {x = ..., y = ..., label = ...}.
        words: short text inside.
        words_at: its corner, as "upper left".
        legend: where, as matplotlib's loc; "right" or "above" outside; "none".
        legend_columns: of the legend.
        legend_title: above the legend.
        top: a second scale above, {times = ..., label = ...}: x times a number.

    Raises:
        GrokphaseError: for a key, a scale or a place that there is not.
    """
    check_choices({"x_scale": x_scale, "y_scale": y_scale, "shares": shares, "words_at": words_at})
    ends = (_range(table, x_range), _range(table, y_range))
    return Frame(
        None if x_label is None else filled(x_label, table),
        None if y_label is None else filled(y_label, table),
        x_scale,
        y_scale,
        *ends,
        shares,
        square,
        tuple(_line(table, each) for each in lines),
        tuple(_point(table, each) for each in points),
        filled(words, table),
        words_at,
        legend,
        legend_columns,
        legend_title,
        None if top is None else (number(table, top["times"]), filled(str(top["label"]), table)),
    )


PARAMETERS: Final = tuple(inspect.signature(frame).parameters)[1:]
"""The names of what `frame` takes."""


_SCALES: Final = ("linear", "log", "symlog")
_CHOICES: Final = {
    "x_scale": _SCALES,
    "y_scale": _SCALES,
    "shares": ("", "x", "y", "xy"),
    "words_at": tuple(CORNERS),
}


def check_choices(given: Mapping[str, Any]) -> None:
    """Refuse a scale or a place that there is not, among the parameters of a frame."""
    for name, allowed in _CHOICES.items():
        if name in given:
            _among(name, given[name], allowed)


def _among(name: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise GrokphaseError(
            f'{name} = "{given}" is not known; write one of '
            f"{', '.join(each or 'nothing' for each in allowed)}.{nearest(str(given), allowed)}"
        )


def _range(table: Table, given: Sequence[float | str | None]) -> tuple[float | None, float | None]:
    low, high = (None if end is None else number(table, end) for end in given)
    return (
        None if low is None or np.isnan(low) else low,
        None if high is None or np.isnan(high) else high,
    )


def check_keys(what: str, given: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Refuse a key that is not known."""
    for key in given:
        if key not in keys:
            raise GrokphaseError(
                f'{what} takes no "{key}"; it takes {", ".join(keys)}.{nearest(str(key), keys)}'
            )


def _line(table: Table, given: Mapping[str, Any]) -> Line:
    check_keys("A line of a chart", given, LINE_KEYS)
    _among("write", given.get("write", ""), ("", "along", "beside"))
    _among("shade", given.get("shade", ""), ("", "above", "below"))
    places = [key for key in ("x", "y", "slope") if key in given]
    if len(places) != 1:
        raise GrokphaseError(
            "A line of a chart stands at one of x, y and slope, as {x = 0.4}; this one has "
            f"{' and '.join(places) or 'none'}."
        )
    return Line(
        _places(table, given.get("x")),
        _places(table, given.get("y")),
        number(table, given["slope"]) if "slope" in given else None,
        str(given.get("shade", "")),
        filled(str(given.get("label", "")), table),
        colour_named(given.get("colour", "grey")),
        dash_named(given.get("dash", "dotted")),
        str(given.get("write", "")),
    )


def _places(table: Table, given: Any) -> tuple[float, ...]:
    """Where a line stands: a number, the ends of a band, or the column that has them."""
    if given is None:
        return ()
    if isinstance(given, str):
        return tuple(np.unique(array(table, given)).tolist())
    if isinstance(given, Sequence):
        return tuple(number(table, end) for end in given)
    return (float(given),)


def _point(table: Table, given: Mapping[str, Any]) -> Point:
    check_keys("A point of a chart", given, POINT_KEYS)
    x, y = number(table, given["x"]), number(table, given["y"])
    label = filled(str(given.get("label", "")), table)
    return Point(x, y, label, colour_named(given.get("colour", "blue")))
