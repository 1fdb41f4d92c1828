"""A phase map as a small picture for notebooks."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from grokphase.phases.classify import BY

if TYPE_CHECKING:
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

_LEFT, _WIDTH, _HEIGHT, _BELOW = 58, 420, 240, 36


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
    size = f"0 0 {_LEFT + _WIDTH + 16} {_HEIGHT + _BELOW + 6}"
    return (
        f'{_STYLE}<div class="grokphase-map">'
        f'<svg viewBox="{size}" role="img" aria-label="{escape(_caption(phase_map))}">'
        f'<g transform="translate({_LEFT} 6)">{boxes}{_ticks(phase_map, wide, high)}</g></svg>'
        f"<div>{_legend(phase_map)}</div><div>{escape(_caption(phase_map))}</div>"
        f"{''.join(f'<div>{escape(note.sentence)}.</div>' for note in phase_map.notes)}</div>"
    )


def _row(phase_map: PhaseMap, row: int, wide: float, high: float) -> str:
    """One row of boxes; equal neighbours share one, which keeps large maps small."""
    from grokphase.plotting.style import lighter, phase_style

    cells = zip(phase_map.phase[row].tolist(), phase_map.measured[row].tolist(), strict=True)
    top = _HEIGHT - (row + 1) * high
    boxes, start = "", 0
    for (phase, measured), group in groupby(cells):
        count = len(list(group))
        colour = phase_style(phase).colour
        fill = colour if measured else lighter(colour)
        # The overlap of 0.2 hides seams between boxes.
        boxes += (
            f'<rect x="{start * wide:.1f}" y="{top:.1f}" width="{count * wide + 0.2:.1f}" '
            f'height="{high + 0.2:.1f}" fill="{fill}"><title>{phase}'
            f"{'' if measured else ' (inferred)'}</title></rect>"
        )
        start += count
    return boxes


def _ticks(phase_map: PhaseMap, wide: float, high: float) -> str:
    x_labels, y_labels = phase_map.x.labels(), phase_map.y.labels()
    across = range(0, len(x_labels), -(-len(x_labels) // 8))
    down = range(0, len(y_labels), -(-len(y_labels) // 11))
    ticks = [
        f'<text x="{(i + 0.5) * wide:.1f}" y="{_HEIGHT + 14}" font-size="10" '
        f'text-anchor="middle">{x_labels[i]}</text>'
        for i in across
    ]
    ticks += [
        f'<text x="-5" y="{_HEIGHT - (i + 0.5) * high + 3.5:.1f}" font-size="10" '
        f'text-anchor="end">{y_labels[i]}</text>'
        for i in down
    ]
    names = (
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT + 30}" font-size="11" text-anchor="middle">'
        f"{escape(phase_map.x.name)}</text>"
        f'<text transform="translate({10 - _LEFT} {_HEIGHT / 2}) rotate(-90)" font-size="11" '
        f'text-anchor="middle">{escape(phase_map.y.name)}</text>'
    )
    return "".join(ticks) + names


def _legend(phase_map: PhaseMap) -> str:
    from grokphase.plotting.style import phase_style

    return "".join(
        f'<span class="key" title="{escape(phase_style(phase).meaning)}">'
        f'<span class="swatch" style="background:{phase_style(phase).colour}"></span>'
        f"{phase} {count}</span>"
        for phase, count in phase_map.counts().items()
    )


def _caption(phase_map: PhaseMap) -> str:
    seeds, inferred = len(phase_map.seeds), int((~phase_map.measured).sum())
    paler = f", {inferred} of them inferred (paler)" if inferred else ""
    return (
        f"{phase_map.measured.size} cells{paler}; {seeds} seed{'s' * (seeds != 1)}; "
        f"{phase_map.steps_trained:,} steps, {phase_map.seconds:,.0f} s of training; "
        f"phases by {BY[phase_map.by]}."
    )
