"""A phase map as a small picture for notebooks."""

from __future__ import annotations

import math
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from grokphase.counting import counted
from grokphase.phases.classify import BY
from grokphase.telling.axes import fixed_text
from grokphase.telling.captions import not_measured
from grokphase.telling.looks import lighter, phase_style

if TYPE_CHECKING:
    from grokphase.phases.axis import Axis
    from grokphase.phases.phase_map import PhaseMap

_STYLE = """
<style>
.grokphase-map {font: 13px system-ui, sans-serif; color: inherit; max-width: 46em}
.grokphase-map svg {width: 100%; max-height: 60vh; height: auto; display: block}
.grokphase-map text {fill: currentColor}
.grokphase-map .key {display: inline-block; white-space: nowrap; margin-right: 1.2em}
.grokphase-map .swatch {display: inline-block; width: .9em; height: .9em; margin-right: .4em;
  vertical-align: -.1em; border: 1px solid currentColor}
</style>"""

_WIDTH, _HEIGHT, _BELOW = 420, 240, 36
_LETTER = 0.62  # ems of a digit
_TICK, _NAME = 10, 11  # sizes of letters


def draw(phase_map: PhaseMap) -> str:
    """The map as HTML: an inline SVG no taller than 60 % of the window, and a legend.

    Text takes the colour of its surroundings, so the picture reads in light and dark notebooks.
    Inferred cells are paler. Nothing is loaded from outside.

    Args:
        phase_map: the map.

    Returns:
        HTML.
    """
    ny, nx = phase_map.shape
    wide, high = _WIDTH / nx, _HEIGHT / ny
    boxes = "".join(_row(phase_map, row, wide, high) for row in range(ny))
    left = _longest(phase_map.y) + _NAME + 14
    right = max(_longest(phase_map.x) / 2, 16)
    size = f"0 0 {left + _WIDTH + right:.0f} {_HEIGHT + _BELOW + 6}"
    return (
        f'{_STYLE}<div class="grokphase-map">'
        f'<svg viewBox="{size}" role="img" aria-label="{escape(_caption(phase_map))}">'
        f'<g transform="translate({left:.0f} 6)">{boxes}{_ticks(phase_map, wide, high)}'
        f"{_names(phase_map, left)}</g></svg>"
        f"<div>{_legend(phase_map)}</div><div>{escape(_caption(phase_map))}</div>"
        f"{''.join(f'<div>{escape(note.sentence)}.</div>' for note in phase_map.notes)}</div>"
    )


def _row(phase_map: PhaseMap, row: int, wide: float, high: float) -> str:
    """One row of boxes; equal neighbours share one, which keeps large maps small."""
    known = np.select([phase_map.forecast, phase_map.inferred], [" (forecast)", " (inferred)"], "")
    cells = zip(phase_map.phase[row].tolist(), known[row].tolist(), strict=True)
    top = _HEIGHT - (row + 1) * high
    boxes, start = "", 0
    for (phase, unmeasured), group in groupby(cells):
        count = len(list(group))
        colour = phase_style(phase).colour
        fill = lighter(colour) if unmeasured else colour
        # The overlap of 0.2 hides seams between boxes.
        boxes += (
            f'<rect x="{start * wide:.1f}" y="{top:.1f}" width="{count * wide + 0.2:.1f}" '
            f'height="{high + 0.2:.1f}" fill="{fill}"><title>{phase}{unmeasured}</title></rect>'
        )
        start += count
    return boxes


def _ticks(phase_map: PhaseMap, wide: float, high: float) -> str:
    x_labels, y_labels = phase_map.x.labels(), phase_map.y.labels()
    size, every = float(_TICK), math.ceil((_longest(phase_map.x) + _TICK) / wide)
    if not phase_map.x.ordered and every > 1:  # each word is named, in smaller letters
        size, every = _TICK * (wide - 2) / _longest(phase_map.x), 1
    across = range(0, len(x_labels), every)
    down = range(0, len(y_labels), math.ceil(1.5 * _TICK / high))
    ticks = [
        f'<text x="{(i + 0.5) * wide:.1f}" y="{_HEIGHT + 14}" font-size="{size:.3g}" '
        f'text-anchor="middle">{escape(x_labels[i])}</text>'
        for i in across
    ]
    ticks += [
        f'<text x="-5" y="{_HEIGHT - (i + 0.5) * high + 3.5:.1f}" font-size="{_TICK}" '
        f'text-anchor="end">{escape(y_labels[i])}</text>'
        for i in down
    ]
    return "".join(ticks)


def _names(phase_map: PhaseMap, left: float) -> str:
    """The names of the axes, in smaller letters where they are long."""
    x, y = phase_map.x.name, phase_map.y.name
    across, up = (
        min(_NAME, room / (_LETTER * len(name))) for room, name in ((_WIDTH, x), (_HEIGHT, y))
    )
    return (
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT + 30}" font-size="{across:.1f}" '
        f'text-anchor="middle">{escape(x)}</text>'
        f'<text transform="translate({_NAME - left:.0f} {_HEIGHT / 2}) rotate(-90)" '
        f'font-size="{up:.1f}" text-anchor="middle">{escape(y)}</text>'
    )


def _longest(axis: Axis) -> float:
    """Width of the longest label of an axis."""
    return _LETTER * _TICK * max(map(len, axis.labels()))


def _legend(phase_map: PhaseMap) -> str:
    return "".join(
        f'<span class="key" title="{escape(phase_style(phase).meaning)}">'
        f'<span class="swatch" style="background:{phase_style(phase).colour}"></span>'
        f"{phase} {count}</span>"
        for phase, count in phase_map.counts().items()
    )


def _caption(phase_map: PhaseMap) -> str:
    seeds, others = counted(len(phase_map.seeds), "seed"), not_measured(phase_map)
    fixed = f" {fixed_text(phase_map.fixed)}." if phase_map.fixed else ""
    paler = f" ({others}: paler)" if others else ""
    return (
        f"{phase_map.measured.size} cells{paler}; {seeds}; "
        f"{phase_map.steps_trained:,} steps, {phase_map.seconds:,.0f} s of training; "
        f"phases by {BY[phase_map.by]}.{fixed}"
    )
