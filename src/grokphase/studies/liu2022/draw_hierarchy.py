"""Figures 11 and 16: what is joined by arrows, and what by chains of equal quotients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.plotting.charts.embeddings import embeddings
from grokphase.plotting.charts.planes import draw_plane
from grokphase.plotting.looks import INK, PALETTE
from grokphase.studies.data import Data
from grokphase.studies.liu2022.deduction import outcomes
from grokphase.studies.liu2022.hierarchy_tables import nodes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

_HALF = 0.33  # of a node


def subsets(axes: Axes, data: Data) -> None:
    """The subsets of {A1, A2, A3} by level, from all three to none: Figure 11."""
    axes.set(xlim=(0, 4), ylim=(-0.28, 3), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    table = nodes(data)
    picture = embeddings(
        table, title="{title}", parallelograms="parallelograms", hues="implied", bare=True
    )
    places = [place(subset) for subset in table["subset"]]
    for parent, child in arrows(table["subset"]):
        (x0, y0), (x1, y1) = places[parent], places[child]
        axes.annotate(
            "",
            (x1 - _HALF, y1),
            (x0 + _HALF, y0),
            arrowprops={"arrowstyle": "-|>", "color": "#888888", "lw": 0.8, "shrinkA": 1},
        )
    planes = [plane for line in picture.lines for plane in line]
    for at, (plane, (x, y)) in enumerate(zip(planes, places, strict=True)):
        box = (x - _HALF, y - _HALF, 2 * _HALF, 2 * _HALF)
        inset = axes.inset_axes(box, transform=axes.transData)
        draw_plane(inset, plane, picture, small=True)
        inset.margins(0.22)
        more = len(table["implied"][at]) > len(table["subset"][at])
        inset.spines[:].set(
            visible=True, color=INK, linewidth=0.8, linestyle=(0, (3, 2)) if more else "-"
        )
    for at, (equation, colour) in enumerate(zip(data["equations"], PALETTE.values(), strict=False)):
        axes.text(0.02 + 1.05 * at, -0.24, f"A{at + 1}: {equation}", color=colour, va="bottom")


def place(subset: Sequence[int]) -> tuple[float, float]:
    """Levels from left to right; within a level A1 on top, and its complement opposite."""
    row = {1: sum(subset), 2: sum(subset) - 1}.get(len(subset), 1)
    return 3.5 - len(subset), 2.5 - row


def arrows(subsets: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Each subset and those with one equation less, by their places."""
    return [
        (parent, child)
        for parent, more in enumerate(subsets)
        for child, fewer in enumerate(subsets)
        if set(fewer) < set(more) and len(fewer) == len(more) - 1
    ]


def quotients(figure: SubFigure, data: Data) -> None:
    """Quotients of matrices as nodes, the equations between them as links: Figure 16."""
    axes = figure.subplots()
    blue, red, green, *_, brown = [*PALETTE.values()][:5]
    at = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]])
    t = np.linspace(0, 1, 60)
    # A Bezier curve that leaves the first node downwards and passes under the second.
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    below = weights.T @ np.array([[0, 1], [0, -0.95], [2, -0.95], [3, 0]])
    for path, words, colour, dash in (
        (at[[0, 1]], "$E_aE_d = E_bE_c$", blue, "-"),
        (at[[1, 2]], "$E_fE_c = E_eE_d$", red, "-"),
        (at[[2, 3]], "$E_eE_h = E_fE_g$", brown, "-"),
        (below, "follows: $E_aE_h = E_bE_g$", green, "--"),
    ):
        axes.plot(*path.T, dash, color=colour, lw=1.8, zorder=1)
        middle = path.mean(axis=0) if len(path) == 2 else path[32]
        _word(
            axes,
            middle[0],
            middle[1],
            words,
            color=colour,
            bbox={"fc": "white", "ec": "none", "pad": 1.5},
        )
    named = ("$E_b^{-1}E_a$", "$E_c\\,E_d^{-1}$", "$E_f^{-1}E_e$", "$E_g\\,E_h^{-1}$")
    for (x, y), words in zip(at, named, strict=True):
        shape = "round" if y else "square"
        _word(axes, x, y, words, bbox={"boxstyle": f"{shape},pad=0.35", "fc": "white", "ec": INK})
    _word(axes, 1.0, 1.0, "left quotients", color=INK)
    _word(axes, 2.0, 0.0, "right quotients", color=INK)
    axes.set(xlim=(-0.5, 3.5), ylim=(-0.75, 1.5), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_xlabel(outcomes(data, "matrices"), fontsize=7.5)


def _word(axes: Axes, x: float, y: float, words: str, **look: Any) -> None:
    axes.text(x, y, words, ha="center", va="center", fontsize=7.5, zorder=4, **look)
