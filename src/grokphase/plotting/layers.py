"""The layers of a phase map: cells, shares of seeds, borders, names of regions, values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.plotting.information import AxisInfo, PhaseMapInfo
from grokphase.plotting.quantities import Colour
from grokphase.plotting.style import CENSORED_COLOUR
from grokphase.plotting.ticks import log_ticks, room, round_numbers, set_ticks
from grokphase.telling.axes import number_text
from grokphase.telling.looks import (
    ink_on,
    lighter,
    phase_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

BORDER_COLOUR: Final = "#1a1a1a"
HATCH_COLOUR: Final = "#6b6b6b"
CENSORED_HATCH: Final = "//////"
MARK_COLOUR: Final = "#222222"  # of what stands on a cell that was not run to its end
RING_WIDTH: Final = 0.6
BAR_SHARE: Final = 0.34  # of a cell's height
_DECADES: Final = 1e4  # a scale of values that is longer has powers of ten alone
_GRID_FROM = 26  # cells along an axis from which no lines are drawn between cells
_NAME_POINTS = 8.0
_LETTER, _LINE = 0.6, 1.5  # width of a letter and height of a line, in ems


def draw_cells(axes: Axes, info: PhaseMapInfo) -> None:
    """Fill every cell with its phase; paler and with a dot where it was inferred, with a
    ring where it is a forecast."""
    from matplotlib.colors import ListedColormap

    colours = [phase_style(phase).colour for phase in info.phases]
    palette = ListedColormap([*colours, *map(lighter, colours)])
    index = np.select([info.phase == phase for phase in info.phases], range(len(colours)))
    filled = np.where(info.measured, index, index + len(colours))
    fine = max(filled.shape) >= _GRID_FROM
    axes.pcolormesh(
        info.x.edges,
        info.y.edges,
        filled,
        cmap=palette,
        vmin=-0.5,
        vmax=2 * len(colours) - 0.5,
        # Own-coloured edges close the seams that viewers of SVG show between cells.
        edgecolors="face" if fine else "white",
        linewidth=0.1 if fine else 0.35,
        gid="cells",
    )
    _draw_hatches(axes, info)
    _draw_dots(axes, info)


def _draw_hatches(axes: Axes, info: PhaseMapInfo) -> None:
    for phase in info.phases:
        style = phase_style(phase)
        if style.hatch:
            for row, column in np.argwhere(info.phase == phase):
                cell = cell_patch(info, row, column, fill=False, hatch=style.hatch)
                cell.set(edgecolor=hatch_colour(style.colour), linewidth=0)
                axes.add_patch(cell)


def hatch_colour(fill: str) -> str:
    """Of the hatch on a fill: white on a dark one, grey on a light one."""
    return "#ffffff" if ink_on(fill) == "#ffffff" else HATCH_COLOUR


def _draw_dots(axes: Axes, info: PhaseMapInfo) -> None:
    """Dots on inferred cells, rings on forecast ones."""
    size = float(np.clip(900 / max(info.phase.shape) ** 2, 0.3, 4.0))
    looks: tuple[tuple[str, NDArray[np.bool_], dict[str, Any]], ...] = (
        ("inferred", ~info.measured & ~info.forecast, {"color": MARK_COLOUR, "linewidths": 0}),
        (
            "forecast",
            info.forecast,
            {"facecolors": "none", "edgecolors": MARK_COLOUR, "linewidths": RING_WIDTH},
        ),
    )
    for name, cells, look in looks:
        rows, columns = np.nonzero(cells)
        if rows.size:
            at = info.x.centres[columns], info.y.centres[rows]
            axes.scatter(*at, s=size * (4 if name == "forecast" else 1), gid=name, **look)


def draw_shares(axes: Axes, info: PhaseMapInfo) -> None:
    """Along the foot of each cell whose seeds disagree: the shares of its runs, as a bar."""
    for row, column in np.argwhere(info.agreement < 1):
        low, high = info.y.edges[row : row + 2]
        top = between(low, high, BAR_SHARE, info.y)
        left = 0.0
        for phase, share in zip(info.phases, info.shares[:, row, column], strict=True):
            if share:
                ends = (left, left + share)
                colour = phase_style(phase).colour
                if not info.measured[row, column]:
                    colour = lighter(colour)
                axes.add_patch(_bar(info, column, ends, (low, top), colour))
                left += share


def _bar(
    info: PhaseMapInfo,
    column: int,
    shares: tuple[float, float],
    height: tuple[float, float],
    colour: str,
) -> Rectangle:
    from matplotlib.patches import Rectangle

    left, right = (
        between(info.x.edges[column], info.x.edges[column + 1], share, info.x) for share in shares
    )
    return Rectangle(
        (left, height[0]),
        right - left,
        height[1] - height[0],
        facecolor=colour,
        edgecolor="white",
        linewidth=0.25,
        gid="share",
    )


def between(low: float, high: float, share: float, axis: AxisInfo) -> float:
    """The place a given share of the way from one edge to another, as the eye sees it."""
    if axis.scale == "log":
        return float(low * (high / low) ** share)
    return float(low + (high - low) * share)


def draw_borders(axes: Axes, info: PhaseMapInfo) -> None:
    """Dark lines along the edges between cells of different phase; none between two words."""
    from matplotlib.collections import LineCollection

    x, y, phase = info.x.edges, info.y.edges, info.phase
    upright = np.argwhere(phase[:, 1:] != phase[:, :-1])
    level = np.argwhere(phase[1:] != phase[:-1])
    named = [axis.scale == "categories" for axis in (info.x, info.y)]
    upright, level = upright[: 0 if named[0] else None], level[: 0 if named[1] else None]
    segments = [((x[i + 1], y[j]), (x[i + 1], y[j + 1])) for j, i in upright]
    segments += [((x[i], y[j + 1]), (x[i + 1], y[j + 1])) for j, i in level]
    lines = LineCollection(segments, colors=BORDER_COLOUR, linewidths=0.9, gid="borders")
    lines.set_capstyle("projecting")
    axes.add_collection(lines, autolim=False)


def draw_spreads(axes: Axes, info: PhaseMapInfo) -> None:
    """A whisker across each border that moves from seed to seed: the interval for its median.

    Dark on a wider white line, since it lies on the colours of both sides.
    """
    for spread in info.spreads:
        for colour, width, gid in (("#ffffff", 2.2, "casing"), ("#000000", 0.8, "spread")):
            axes.plot(
                [_at(info.x, spread.low), _at(info.x, spread.high)],
                [info.y.centres[spread.row]] * 2,
                color=colour,
                linewidth=width,
                marker="|",
                markersize=3.5 + width - 0.8,
                markeredgewidth=width,
                gid=gid,
            )


def _at(axis: AxisInfo, cells: float) -> float:
    """Drawing coordinate of a position counted in cells."""
    edge = min(int(cells + 0.5), axis.centres.size - 1)
    return between(axis.edges[edge], axis.edges[edge + 1], cells + 0.5 - edge, axis)


def label_regions(axes: Axes, info: PhaseMapInfo) -> None:
    """Write each phase into its region, so that it reads without colour.

    The name where it fits, else the letter, else nothing.

    Args:
        axes: where to write.
        info: data of the picture.
    """
    cell_width = room(axes, "x") / info.x.centres.size
    cell_height = room(axes, "y") / info.y.centres.size
    rows = math.ceil(_NAME_POINTS * _LINE / cell_height)
    for phase in info.phases:
        row, start, length = widest_run(info.phase == phase, rows)
        texts = (phase, phase_style(phase).letter)
        wide = length * cell_width
        fitting = [text for text in texts if len(text) * _NAME_POINTS * _LETTER <= wide]
        if fitting:
            _write(axes, info, fitting[0], (row, start, length), rows)


def _write(axes: Axes, info: PhaseMapInfo, text: str, run: tuple[int, int, int], rows: int) -> None:
    row, start, length = run
    across = slice(start, start + length)
    fill = phase_style(str(info.phase[row, start])).colour
    if not info.measured[row : row + rows, across].mean() > 0.5:
        fill = lighter(fill)
    axes.text(
        between(info.x.edges[start], info.x.edges[start + length], 0.5, info.x),
        between(info.y.edges[row], info.y.edges[row + rows], 0.5, info.y),
        text,
        color=ink_on(fill),
        fontsize=_NAME_POINTS,
        ha="center",
        va="center_baseline",
        bbox={
            "facecolor": fill,
            "edgecolor": "none",
            "boxstyle": "round,pad=0.15,rounding_size=0.3",
        },
        gid="name",
    )


def widest_run(mask: NDArray[np.bool_], rows: int = 1) -> tuple[int, int, int]:
    """Where a region has the most room for a word: the longest run of columns in `rows` rows.

    Args:
        mask: (ny, nx) cells of the region.
        rows: rows that the word needs, one above the other.

    Returns:
        Lowest row, first column, and number of columns, in the middle one of the equally good
        places; no columns where there is no room.

    Example:
        >>> widest_run(np.array([[0, 1, 1], [1, 1, 0], [0, 0, 0]], dtype=bool))
        (0, 1, 2)
    """
    if rows > len(mask):
        return 0, 0, 0
    free = [np.asarray(mask[row : row + rows].all(axis=0)) for row in range(len(mask) - rows + 1)]
    runs = [_longest(cells) for cells in free]
    length = max(run[1] for run in runs)
    best = [row for row, run in enumerate(runs) if run[1] == length]
    row = best[(len(best) - 1) // 2]
    return row, *runs[row]


def _longest(cells: NDArray[np.bool_]) -> tuple[int, int]:
    """First index and length of the longest run of True."""
    steps = np.flatnonzero(np.diff(np.concatenate(([0], cells.astype(np.int8), [0]))))
    starts, ends = steps[::2], steps[1::2]
    if not starts.size:
        return 0, 0
    at = int((ends - starts).argmax())
    return int(starts[at]), int(ends[at] - starts[at])


def draw_values(axes: Axes, info: PhaseMapInfo, colour: Colour) -> None:
    """Colour each cell by its value; hatch what has none, dot what was not run."""
    known = np.isfinite(colour.values)
    if known.any():
        _draw_scale(axes, info, colour)
    for row, column in np.argwhere(info.measured & ~known):
        axes.add_patch(censored_patch(info, row, column))
    _draw_dots(axes, info)


def _draw_scale(axes: Axes, info: PhaseMapInfo, colour: Colour) -> None:
    """The cells that have a value, and the scale beside them; of one value that colour alone."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap, LogNorm, Normalize

    low, high = colour.ends
    constant = low == high
    logarithmic = colour.scale == "log" and not constant
    around = (abs(low) or 1.0) / 2 if constant else 0.0
    norm = LogNorm(low, high) if logarithmic else Normalize(low - around, high + around)
    mesh = axes.pcolormesh(
        info.x.edges,
        info.y.edges,
        np.ma.masked_invalid(colour.values),
        cmap=ListedColormap([colormaps["viridis"](0.5)]) if constant else "viridis",
        norm=norm,
        edgecolors="face",
        linewidth=0.1,
        gid="values",
    )
    assert axes.figure is not None
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.02, aspect=28)
    bar.set_label(colour.bar)
    if constant:
        said = number_text(low) if low.is_integer() else f"{low:.4g}"
        set_ticks(bar.ax, "y", [low], [said])
    elif logarithmic and high > _DECADES * low:
        log_ticks(bar.ax, "y")
    elif logarithmic:
        at = round_numbers(*bar.ax.get_ylim())
        set_ticks(bar.ax, "y", at, [f"{v:,g}" if v < 1 else f"{v:,.0f}" for v in at])
    bar.outline.set_linewidth(0.5)


def censored_patch(info: PhaseMapInfo, row: int, column: int) -> Rectangle:
    """A cell without a value: grey and hatched, never a colour of the scale."""
    cell = cell_patch(info, row, column, hatch=CENSORED_HATCH)
    cell.set(facecolor=CENSORED_COLOUR, edgecolor=HATCH_COLOUR, linewidth=0, gid="censored")
    return cell


def cell_patch(info: PhaseMapInfo, row: int, column: int, **look: Any) -> Rectangle:
    """The rectangle of one cell."""
    from matplotlib.patches import Rectangle

    left, right = info.x.edges[column : column + 2]
    low, high = info.y.edges[row : row + 2]
    return Rectangle((left, low), right - left, high - low, **look)
