"""An empty figure with its title above and its settings below."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 7.2
"""Inches: two columns of a paper."""

INK = "#444444"
"""Of small text."""

_CHARACTERS_PER_INCH = 19.5  # of the caption
_LINE = 0.125  # inches


def sheet(title: str, caption: str, height: float) -> Figure:
    """A figure that says what it shows, and with how many seeds and which settings.

    Made under `paper_style`, to be drawn on under it too.

    Args:
        title: in bold above.
        caption: in small letters below, wrapped here.
        height: of what is drawn between, in inches.
    """
    from grokphase.plotting.notebook import new_figure

    lines = textwrap.wrap(caption, int(WIDTH * _CHARACTERS_PER_INCH))
    figure = new_figure((WIDTH, height + 0.3 + _LINE * len(lines)))
    figure.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold")
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=6.5, color=INK)
    return figure
