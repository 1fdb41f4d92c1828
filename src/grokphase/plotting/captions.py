"""What stands over and under a figure, in lines that it is wide enough for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grokphase.plotting.looks import INK
from grokphase.plotting.ticks import broken, folded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PER_INCH: Final = 20.5  # characters of 6.5 points, on average
_LEAST: Final = 20  # characters of a line
_BOLD: Final = 10.6  # points of letters that are not bold and as wide as bold ones of 9


def title_above(figure: Figure, text: str) -> None:
    """Write a title over a figure, in bold, broken into lines that end within it."""
    label = figure.suptitle("", x=0.01, ha="left", fontsize=9, fontweight="bold")
    for size in np.linspace(_BOLD, 1.5 * _BOLD, 6):
        label.set_text(broken(text, 72 * figure.get_figwidth(), float(size)))
        if label.get_window_extent().x1 <= figure.bbox.x1:
            break


def caption_below(figure: Figure, text: str) -> int:
    """Write a text under a figure, broken into lines that end within it.

    Returns:
        How many lines.
    """
    label = figure.supxlabel("", x=0.01, ha="left", fontsize=6.5, color=INK)
    for width in range(int(figure.get_figwidth() * _PER_INCH), _LEAST, -2):
        lines = folded(text, width)
        label.set_text("\n".join(lines))
        if label.get_window_extent().x1 <= figure.bbox.x1:
            break
    return len(lines)
