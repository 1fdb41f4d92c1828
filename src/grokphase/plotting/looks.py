"""How groups look: a colour, a mark and a dash each, that stay apart without the others.

Colours are Okabe and Ito's, which the colour-blind tell apart, and two of ours. The open triangle
that points up is kept for runs that did not get there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from grokphase.errors import GrokphaseError, nearest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALETTE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "blue": "#0072b2",
        "vermilion": "#d55e00",
        "green": "#009e73",
        "purple": "#cc79a7",
        "brown": "#b8860b",
        "violet": "#5b4a8a",
        "sky": "#56b4e9",
        "orange": "#e69f00",
        "black": "#000000",
        "grey": "#777777",
        "red": "#c4543c",
    }
)
"""Colours by the names that a figure may call them by; groups take the first eight in turn."""

COLOURS: Final = tuple(PALETTE.values())[:8]
MARKERS: Final = ("o", "s", "D", "v", "P", "X", "<", ">")
DASHES: Final[Mapping[str, str]] = MappingProxyType(
    {"solid": "-", "dashed": "--", "dotted": ":", "dashdot": "-."}
)
INK: Final = "#444444"
"""Of small text."""

FAINT: Final = "#999999"
"""Of lines that only guide the eye."""

FORBIDDEN: Final = "#f1e4e0"
"""What a bound excludes."""


class Look(NamedTuple):
    """How one group is drawn: colour, marker and line style of matplotlib."""

    colour: str
    marker: str
    dash: str


def colour_named(given: str) -> str:
    """A colour by its name in the palette, or "#rrggbb" as it is.

    Raises:
        GrokphaseError: for a name that is not in the palette.

    Example:
        >>> colour_named("blue"), colour_named("#112233")
        ('#0072b2', '#112233')
    """
    if given.startswith("#"):
        return given
    if given not in PALETTE:
        raise GrokphaseError(
            f'There is no colour "{given}"; write one of {", ".join(PALETTE)}, or "#rrggbb".'
            f"{nearest(given, PALETTE)}"
        )
    return PALETTE[given]


def dash_named(given: str) -> str:
    """A line style by its name.

    Raises:
        GrokphaseError: for a name that is none of "solid", "dashed", "dotted" and "dashdot".
    """
    if given not in DASHES:
        raise GrokphaseError(
            f'There is no dash "{given}"; write one of {", ".join(DASHES)}.{nearest(given, DASHES)}'
        )
    return DASHES[given]


def look(at: int, colours: Sequence[str] = (), dashes: Sequence[str] = ()) -> Look:
    """The look of the group at a place, from lists for the groups of a chart where given.

    Example:
        >>> look(0), look(1, colours=["green"], dashes=["solid", "dotted"])
        (Look(colour='#0072b2', marker='o', dash='-'), Look(colour='#d55e00', marker='s', dash=':'))
    """
    return Look(
        colour_named(colours[at]) if at < len(colours) else COLOURS[at % len(COLOURS)],
        # Where colours begin again, markers are others.
        MARKERS[(at + at // len(COLOURS)) % len(MARKERS)],
        dash_named(dashes[at]) if at < len(dashes) else "-",
    )


def in_order(names: Mapping[str, str], there: Sequence[str]) -> list[str]:
    """Groups that occur, once each: those that are named first, in the order of their names.

    Example:
        >>> in_order({"small": "small start"}, ["wide", "small", "wide"])
        ['small', 'wide']
    """
    occur = list(dict.fromkeys(there))
    return [*(name for name in names if name in occur), *(n for n in occur if n not in names)]


def shades(count: int) -> list[str]:
    """Colours in an order that is seen, from dark to light, as "#rrggbb".

    Example:
        >>> shades(2)
        ['#440154', '#cae11f']
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(shade) for shade in colormaps["viridis"](np.linspace(0, 0.92, count))]


def mark_runs(axes: Axes, x: Any, y: Any, colour: str, marker: str = "o", **options: Any) -> None:
    """A pale mark for each run, under what is said of them all."""
    look: dict[str, Any] = {"markersize": 3, "markeredgewidth": 0, "alpha": 0.45, "gid": "run"}
    axes.plot(x, y, marker, color=colour, **look | options)


def mark_censored(axes: Axes, x: Any, y: Any, colour: Any, **options: Any) -> None:
    """Open triangles that point up: runs that were still waiting when their budget ended."""
    look: dict[str, Any] = {
        "markersize": 4.5,
        # White, not empty: where many stand at one place, they still look open.
        "markerfacecolor": "white",
        "markeredgecolor": colour,
        "markeredgewidth": 0.8,
        "clip_on": not np.size(x),  # one that is drawn over the frame is whole; none has no place
        "gid": "censored",
        "zorder": 3,
    }
    axes.plot(x, y, "^", **look | options)


def mark_failed(axes: Axes, x: Any, y: Any, **options: Any) -> None:
    """Crosses: runs whose training function failed, of which nothing later is known."""
    look: dict[str, Any] = {"markersize": 4, "markeredgewidth": 1, "gid": "failed", "zorder": 3}
    axes.plot(x, y, "x", color=PALETTE["red"], **look | options)


def entry_line(label: str, colour: str, marker: str) -> Any:
    """An entry of a legend that stands for what is drawn elsewhere."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, marker=marker, linestyle="none", label=label)
