"""Entries of the legends of a phase map: only what occurs in it, with counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.counting import counted
from grokphase.plotting.information import PhaseMapInfo
from grokphase.plotting.layers import (
    BORDER_COLOUR,
    CENSORED_HATCH,
    HATCH_COLOUR,
    MARK_COLOUR,
    hatch_colour,
)
from grokphase.plotting.quantities import Colour
from grokphase.plotting.style import CENSORED_COLOUR
from grokphase.telling.looks import lighter, phase_style

if TYPE_CHECKING:
    from matplotlib.artist import Artist

Entry = tuple[str, "tuple[Artist, ...]"]
"""A label, and the artists drawn over each other beside it."""


def map_entries(info: PhaseMapInfo) -> list[Entry]:
    """Entries for phases, inferred and forecast cells and disagreeing seeds, as far as they occur.

    Args:
        info: data of the picture.

    Returns:
        Entries in the order of display.
    """
    entries = [phase_entry(phase, info.counts[phase]) for phase in info.phases]
    pale = _patch(facecolor=lighter("#777777"))
    if info.inferred:
        entries.append((f"inferred, not run ({info.inferred:,})", (pale, _mark(".", MARK_COLOUR))))
    if forecast := int(info.forecast.sum()):
        ring = _mark("o", MARK_COLOUR, markersize=4, markerfacecolor="none")
        entries.append((f"forecast, run in part ({forecast:,})", (pale, ring)))
    split = int((info.agreement < 1).sum())
    if split:
        entries.append((f"seeds disagree ({split:,}):\nbar of their shares", (_two_colours(info),)))
    if info.spreads:
        coverage = min(spread.coverage for spread in info.spreads)
        bar = _line(BORDER_COLOUR)
        entries.append((f"place of a border\nover seeds ({coverage:.0%} interval)", (bar,)))
    return entries


def values_entries(info: PhaseMapInfo, colour: Colour) -> list[Entry]:
    """Entries for the panel of a quantity: cells that have none, such as censored ones.

    Args:
        info: data of the picture.
        colour: the quantity.

    Returns:
        Entries; none where every cell that was run has a value.
    """
    without = int((info.measured & ~np.isfinite(colour.values)).sum())
    if not without:
        return []
    hatched = _patch(CENSORED_HATCH, facecolor=CENSORED_COLOUR, edgecolor=HATCH_COLOUR)
    return [(f"{colour.missing.replace(' the', chr(10) + 'the')} ({without:,})", (hatched,))]


def phase_entry(phase: str, cells: int) -> Entry:
    """The entry of one phase, with the number of its cells."""
    style = phase_style(phase)
    patch = _patch(style.hatch, facecolor=style.colour, edgecolor=hatch_colour(style.colour))
    return f"{phase} ({counted(cells, 'cell')})", (patch,)


def _two_colours(info: PhaseMapInfo) -> Artist:
    """A bar in the colours of the two commonest phases."""
    commonest = np.argsort(-info.shares.sum(axis=(1, 2)))
    first, second = (info.phases[index] for index in commonest[:2])
    return _mark(
        "s",
        phase_style(first).colour,
        markersize=9,
        fillstyle="left",
        markerfacecoloralt=phase_style(second).colour,
    )


def _patch(hatch: str = "", **look: Any) -> Artist:
    from matplotlib.patches import Patch

    return Patch(hatch=hatch or None, linewidth=0, **look)


def _mark(marker: str, colour: str, **look: Any) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle="none", marker=marker, color=colour, **look)


def _line(colour: str) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, linewidth=0.8, marker="|", markersize=3.5)
