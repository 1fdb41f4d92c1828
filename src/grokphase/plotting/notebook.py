"""Figures that show themselves as pictures in a notebook, whatever it was told before."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_DPI = 100
_SHARP = 2  # pixels of the picture for each of the page, for screens that have them


class NotebookFigure(Figure):
    """A figure that needs no pyplot to be seen.

    A notebook asks what stands at the end of a cell for its picture (Jupyter, VS Code and Colab
    alike). After ``%matplotlib inline`` it has its own way for every figure and does not ask, and
    since pyplot knows nothing of this one, it shows it once in either case.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        """The picture, and its size in a page."""
        file = BytesIO()
        self.savefig(file, format="png", dpi=_DPI * _SHARP)
        width, height = (round(inches * _DPI) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}


def new_figure(figsize: tuple[float, float]) -> NotebookFigure:
    """An empty figure that lays itself out, on a canvas of its own; nothing global is touched.

    Args:
        figsize: width and height in inches.

    Example:
        >>> new_figure((4, 3))._repr_png_()[0][1:4]
        b'PNG'
    """
    figure = NotebookFigure(figsize=figsize, layout="constrained")
    FigureCanvasAgg(figure)
    return figure
