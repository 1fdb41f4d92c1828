"""What stands over and under a figure, in lines that it is wide enough for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

from grokphase.plotting.looks import INK
from grokphase.plotting.ticks import broken, folded

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_PER_INCH: Final = 20.5  # characters of 6.5 points, on average
_LEAST: Final = 20  # characters of a line
_BOLD: Final = 10.6  # points of letters that are not bold and as wide as bold ones of 9


def title_above(figure: Figure, text: str) -> None:
    """Write a title over a figure, in bold, broken into as few lines as end within it, about as
    long as each other."""
    label = figure.suptitle("", x=0.01, ha="left", fontsize=9, fontweight="bold")
    # From lines that are too long but for the narrowest letters to half of such.
    width, sizes = 72 * figure.get_figwidth(), np.linspace(0.8, 2.0, 25) * _BOLD
    texts = [broken(text, width, size) for size in sizes.tolist()]
    _fit(figure, label, texts)
    breaks = label.get_text().count("\n")
    label.set_text([each for each in texts if each.count("\n") == breaks][-1])


def caption_below(figure: Figure, text: str) -> int:
    """Write a text under a figure, broken into lines that end within it.

    Returns:
        How many lines.
    """
    label = figure.supxlabel("", x=0.01, ha="left", fontsize=6.5, color=INK)
    widths = range(int(figure.get_figwidth() * _PER_INCH), _LEAST, -2)
    _fit(figure, label, ("\n".join(folded(text, width)) for width in widths))
    return len(label.get_text().splitlines())


def _fit(figure: Figure, label: Text, texts: Iterable[str]) -> None:
    """Give a label the first of these texts that ends within the figure, or the last."""
    for text in texts:
        label.set_text(text)
        if label.get_window_extent().x1 <= figure.bbox.x1:
            break
