"""Figures to files: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.files import replacing
from grokphase.plotting.style import paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a figure as PNG (300 dpi) and as SVG (text stays text).

    Each file is written under a passing name and then renamed, so a reader sees the old file or
    the new one and an interruption leaves neither half. The files hold no date: the same figure
    gives the same bytes.

    Args:
        figure: a matplotlib figure.
        path: where, without a suffix; directories on the way are made.

    Returns:
        The paths of the PNG and of the SVG.

    Example:
        >>> import tempfile
        >>> from matplotlib.figure import Figure
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     [file.name for file in save_figure(Figure(), f"{folder}/map")]
        ['map.png', 'map.svg']
    """

    stem = Path(path)
    stem.parent.mkdir(parents=True, exist_ok=True)
    png, svg = (stem.with_name(stem.name + suffix) for suffix in (".png", ".svg"))
    with paper_style():
        with replacing(png) as passing:
            figure.savefig(passing, format="png", dpi=300, metadata={"Software": None})
        with replacing(svg) as passing:
            figure.savefig(passing, format="svg", metadata={"Date": None})
    return png, svg
