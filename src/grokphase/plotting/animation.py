"""Moving pictures, without programs other than this one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.plotting.style import paper_style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

DPI = 110  # every frame is kept whole


def animated(
    figure: Figure, update: Callable[[int], Iterable[Artist]], frames: int, *, per_second: int = 12
) -> bytes:
    """An endless GIF of a figure that changes from frame to frame.

    Args:
        figure: a matplotlib figure.
        update: changes the figure to what it shows at a frame, and gives the artists it changed.
        frames: how many.
        per_second: frames a second.

    Returns:
        The bytes of a GIF file.

    Example:
        >>> from matplotlib.figure import Figure
        >>> figure = Figure(figsize=(1, 1))
        >>> title = figure.suptitle("")
        >>> def update(frame: int) -> list:
        ...     title.set_text(str(frame))
        ...     return [title]
        >>> animated(figure, update, frames=2)[:6]
        b'GIF89a'
    """
    from matplotlib.animation import PillowWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    writer = PillowWriter(fps=per_second)
    with paper_style(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "animation.gif"
        with writer.saving(figure, path, DPI):  # each frame is drawn once
            for frame in range(frames):
                update(frame)
                writer.grab_frame()
        return path.read_bytes()
