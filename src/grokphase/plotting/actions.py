"""The picture of an action: its curve at several controls, with every minimum that it has there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from grokphase.plotting.looks import DASHES, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOOKS: Final = (
    ("black", "solid", 1.6, 7.5),
    ("blue", "dashed", 0.9, 5.7),
    ("vermilion", "dashdot", 0.9, 3.9),
    ("green", "dotted", 1.2, 3.9),
)
"""Colour, dash, width and the size of marks of each curve, so that those at one place are seen."""

_EMPTY: Final = 10.0  # the size of an empty mark, around all others


def draw_actions(
    axes: Axes,
    table: Mapping[str, Any],
    *,
    curves: Sequence[Mapping[str, Any]],
    barrier: Sequence[float] | None = None,
) -> None:
    """An action at several controls: the first thick, its barrier marked too.

    Minima are full marks, and empty ones where the curve only just has one: at a spinodal.

    Args:
        axes: where they are drawn.
        table: overlaps, and a column of the action for each curve.
        curves: up to four, each with the `name` of its column, a `label`, and its `minima`, each
            with `overlap`, `action` and whether it is `marginal`.
        barrier: overlap and action of that of the first curve; None for none.
    """
    for at, (curve, (shade, dash, width, size)) in enumerate(zip(curves, _LOOKS, strict=False)):
        colour = PALETTE[shade]
        axes.plot(
            table["overlap"],
            table[curve["name"]],
            color=colour,
            linestyle=DASHES[dash],
            linewidth=width,
            label=curve["label"],
            zorder=3 - 0.1 * at,
        )
        for place in curve["minima"]:
            axes.plot(
                place["overlap"],
                place["action"],
                "o",
                markersize=_EMPTY if place["marginal"] else size,
                markeredgecolor=colour,
                markerfacecolor="none" if place["marginal"] else colour,
                markeredgewidth=0.9 if place["marginal"] else 0,
                clip_on=place["overlap"] > 0,  # one at 0, over the axis, is whole
                zorder=4 + 0.1 * at,
                gid="minimum",
            )
    _entry(axes, "o", "minimum", empty=False)
    if any(place["marginal"] for curve in curves for place in curve["minima"]):
        _entry(axes, "o", "where one appears or ends", empty=True)
    if barrier is not None:
        axes.plot(*barrier, "^", color=PALETTE[_LOOKS[0][0]], markersize=5, zorder=5, gid="barrier")
        _entry(axes, "^", "barrier at the given control", empty=False)


def _entry(axes: Axes, marker: str, label: str, *, empty: bool) -> None:
    """A line of the legend for what is drawn in the colour of its curve."""
    colour = PALETTE["grey"]
    axes.plot(
        [],
        [],
        marker,
        markersize=5,
        markeredgecolor=colour,
        markerfacecolor="none" if empty else colour,
        label=label,
    )
