"""How figures look: the colours of curves, and the sizes of a paper."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

from grokphase.plotting.looks import PALETTE

TRAIN_COLOUR = PALETTE["blue"]
VALIDATION_COLOUR = PALETTE["vermilion"]
RQI_COLOUR = PALETTE["green"]
NORM_COLOUR = PALETTE["violet"]
CENSORED_COLOUR = "#d9d9d9"
"""The grey of what was not reached."""

PAPER_STYLE: Mapping[Any, Any] = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["Helvetica", "Arial", "Liberation Sans", "DejaVu Sans"],
        "mathtext.default": "regular",
        "font.size": 8.0,
        "axes.titlesize": 9.0,
        "axes.labelsize": 8.5,
        "xtick.labelsize": 7.5,
        "ytick.labelsize": 7.5,
        "legend.fontsize": 7.5,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.minor.width": 0.4,
        "ytick.minor.width": 0.4,
        "xtick.direction": "out",
        "ytick.direction": "out",
        "lines.linewidth": 1.2,
        "hatch.linewidth": 0.5,
        "legend.frameon": False,
        "savefig.dpi": 300,
        # Text stays text in SVG: it can be searched, edited, and read by a screen reader.
        "svg.fonttype": "none",
        # The same data gives the same file.
        "svg.hashsalt": "grokphase",
    }
)
"""matplotlib settings of every figure: a two-column paper's sizes, in points."""


def paper_style() -> AbstractContextManager[None]:
    """matplotlib under `PAPER_STYLE`, and as it was afterwards.

    Returns:
        A context manager.
    """
    import matplotlib as mpl

    return mpl.rc_context(dict(PAPER_STYLE))
