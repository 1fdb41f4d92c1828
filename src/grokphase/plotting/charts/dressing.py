"""The drawing of what stands around data: labels, ranges, lines to compare with, legends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.plotting.charts.frame import CORNERS, Frame, Line
from grokphase.plotting.looks import FAINT, FORBIDDEN, INK
from grokphase.plotting.ticks import Which, broken, linear_part_ticks, log_ticks, points, room

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARES: Final = (0, 0.25, 0.5, 0.75, 1)
_OVER: Final = 1.8  # of the room along an axis that its label may take
_MARGIN: Final = 0.05  # of an axis, beyond a line at its end
_TICK: Final = 30.0  # points that a number of six digits and the space beside it take
LEGEND: Final[dict[str, Any]] = {
    "fontsize": 6.5,
    "handlelength": 1.5,
    "handletextpad": 0.4,
    "labelspacing": 0.3,
    "columnspacing": 0.8,
    "borderpad": 0.2,
}
_OUTSIDE: Final = {
    "right": {"loc": "upper left", "bbox_to_anchor": (1.02, 1.0)},
    "above": {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0)},
}


def set_scales(axes: Axes, given: Frame) -> None:
    """Scales of both axes: before data are drawn that depend on them."""
    axes.set(xscale=given.x_scale, yscale=given.y_scale)


def dress(axes: Axes, given: Frame, x_label: str = "", y_label: str = "") -> None:
    """Everything else: after the data are drawn.

    Args:
        axes: with the data.
        given: see `frame`.
        x_label: of the chart, where the frame has none.
        y_label: the same.
    """
    label = x_label if given.x_label is None else given.x_label
    axes.set_xlabel(broken(label, _OVER * room(axes, "x"), points("axes.labelsize")))
    label = y_label if given.y_label is None else given.y_label
    axes.set_ylabel(broken(label, room(axes, "y"), points("axes.labelsize")))
    axes.spines[["top", "right"]].set_visible(False)
    _set_ranges(axes, given)
    for line in given.lines:
        _draw_line(axes, line)
    for x, y, label, colour in given.points:
        # Empty and larger than what it may stand on.
        axes.plot(x, y, "o", color=colour, markerfacecolor="none", markersize=8, zorder=4)
        axes.annotate(label, (x, y), (8, -4), textcoords="offset points", va="top", fontsize=7)
    if given.words:
        x, y, across, up = CORNERS[given.words_at]
        axes.text(
            x, y, given.words, transform=axes.transAxes, ha=across, va=up, fontsize=6.5, gid="words"
        )
    if given.top:
        times, label = given.top

        def scale(x: Any) -> Any:
            return x * times

        def back(x: Any) -> Any:
            return x / times

        second = axes.secondary_xaxis("top", functions=(scale, back))
        second.set_xlabel(label)
    if given.square:
        axes.set_box_aspect(1)


def _set_ranges(axes: Axes, given: Frame) -> None:
    if "x" in given.shares:
        axes.set_xlim(-0.02, 1.03)
        axes.set_xticks(_SHARES, [f"{share:g}" for share in _SHARES])
    if "y" in given.shares:
        axes.set_ylim(-0.03, 1.05)
        axes.set_yticks(_SHARES, [f"{share:g}" for share in _SHARES])
    # An axis of times that no run reached has nothing to show, of which a tick could tell.
    if given.x_scale == "log" and not np.isfinite(axes.dataLim.minposx):
        axes.set(xscale="linear", xticks=[])
    if given.y_scale == "log" and not np.isfinite(axes.dataLim.minposy):
        axes.set(yscale="linear", yticks=[])
    axes.set_xlim(*given.x_range)
    axes.set_ylim(*given.y_range)
    _hold_lines(axes, given)
    _spare_ticks(axes)
    scales: tuple[tuple[Which, str], ...] = (("x", axes.get_xscale()), ("y", axes.get_yscale()))
    for which, scale in scales:
        if scale == "log":
            log_ticks(axes, which)
        elif scale == "symlog":
            linear_part_ticks(axes, which)


def _hold_lines(axes: Axes, given: Frame) -> None:
    """Widen axes to hold the lines that are named in a legend, but for ends that are given."""
    scales = {"x": (given.x_scale, given.x_range), "y": (given.y_scale, given.y_range)}
    for which, (scale, ends) in scales.items():
        places = [place for line in given.lines for place in getattr(line, which)]
        places = [place for place in places if np.isfinite(place) and (scale != "log" or place > 0)]
        if not places or which in given.shares:
            continue
        low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
        if ends[0] is None and min(places) < low < high:
            low = _beyond(min(places), high, log=scale == "log")
        if ends[1] is None and max(places) > high > low:
            high = _beyond(max(places), low, log=scale == "log")
        axes.set(**{f"{which}lim": (low, high)})


def _beyond(place: float, other: float, *, log: bool) -> float:
    """A little further from the other end of an axis than this place."""
    if log:
        return float(place * (place / other) ** _MARGIN)
    return place + _MARGIN * (place - other)


def _spare_ticks(axes: Axes) -> None:
    """As many ticks on a linear x axis as there is room for, where matplotlib chooses them.

    At whole numbers alone, where all that is drawn stands at such.
    """
    from matplotlib.ticker import AutoLocator

    locator = axes.xaxis.get_major_locator()
    if isinstance(locator, AutoLocator):
        drawn = [np.asarray(line.get_xdata(), np.float64) for line in axes.get_lines()]
        places = np.concatenate([*drawn, []])
        places = places[np.isfinite(places)]
        whole = bool(places.size) and bool((places == places.round()).all())
        nbins = int(np.clip(room(axes, "x") / _TICK, 2, 9))
        locator.set_params(nbins=nbins, integer=whole)


def _draw_line(axes: Axes, line: Line) -> None:
    x_ends, y_ends = axes.get_xlim(), axes.get_ylim()
    look: dict[str, Any] = {
        "color": line.colour,
        "linestyle": line.dash,
        "linewidth": 0.9,
        "zorder": 1,
        "label": line.label if line.label and not line.write else None,
    }
    if line.slope is not None:
        x = _between(*x_ends, log=axes.get_xscale() == "log")
        y = line.slope * x
        if line.shade:
            end = max(y_ends) if line.shade == "above" else min(y_ends)
            axes.fill_between(
                x, np.clip(y, min(y_ends), max(y_ends)), end, color=FORBIDDEN, lw=0, zorder=0
            )
        axes.plot(x, y, **look)
    elif len(line.x) == 2:
        axes.axvspan(*line.x, color=line.colour, alpha=0.2, linewidth=0, label=look["label"])
    elif len(line.y) == 2:
        axes.axhspan(*line.y, color=line.colour, alpha=0.2, linewidth=0, label=look["label"])
    elif line.x:
        axes.axvline(line.x[0], **look)
    elif line.y:
        axes.axhline(line.y[0], **look)
    if line.write:
        _write(axes, line)
    axes.set(xlim=x_ends, ylim=y_ends)


def _between(low: float, high: float, *, log: bool) -> Any:
    """Places from end to end of an axis, through 0 where it has it."""
    low, high = min(low, high), max(low, high)
    if log:
        return np.geomspace(low, high, 200)
    return np.unique([*np.linspace(low, high, 200), *([0.0] if low < 0 < high else [])])


def _write(axes: Axes, line: Line) -> None:
    """The label at an upright line, at its top; or under a level one, at its left end."""
    look: dict[str, Any] = {"fontsize": 6.5, "color": INK, "textcoords": "offset points"}
    if line.x:
        along = line.write == "along"
        axes.annotate(
            line.label,
            (line.x[-1], 0.97),
            (-2 if along else 3, 0),
            xycoords=("data", "axes fraction"),
            rotation=90 if along else 0,
            ha="right" if along else "left",
            va="top",
            **look,
        )
    elif line.y:
        axes.annotate(
            line.label,
            (0.02, line.y[-1]),
            (0, -2),
            xycoords=("axes fraction", "data"),
            ha="left",
            va="top",
            **look,
        )


def put_legend(axes: Axes, given: Frame) -> None:
    """The legend of everything that is drawn on the axes, each label once."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    if given.legend == "none" or not once:
        return
    place: Any = _OUTSIDE.get(given.legend, {"loc": given.legend})
    axes.legend(
        once.values(),
        once.keys(),
        ncols=given.legend_columns,
        title=given.legend_title or None,
        title_fontsize=LEGEND["fontsize"],
        **LEGEND,
        **place,
    )
    if given.legend == "above":
        lines = -(-len(once) // given.legend_columns) + bool(given.legend_title)
        title = axes.get_title(loc="left")
        axes.set_title(title, loc="left", pad=6 + 1.5 * LEGEND["fontsize"] * lines)


def guide(axes: Axes, y: float, label: str) -> None:
    """A thin level line that guides the eye, such as a budget."""
    axes.axhline(y, color=FAINT, linewidth=0.6, label=label, zorder=0.5)
