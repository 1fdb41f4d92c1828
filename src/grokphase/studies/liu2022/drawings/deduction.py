"""Figure 16: the chains that make a new parallelogram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.plotting.style import paper_style
from grokphase.studies.figure import FigureResult
from grokphase.studies.liu2022.drawings.hierarchy import COLOURS, bare
from grokphase.studies.liu2022.drawings.sheet import INK, sheet
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_deductions(result: FigureResult) -> Figure:
    """The chains that make a new parallelogram, for vectors and for matrices.

    Args:
        result: of `deduction.deductions`.
    """
    data = result.data
    caption = (
        f"{result.settings} All equations between two sums (left) or products (right) of two "
        "letters are tried; one that fails in a draw does not follow, one that is listed held in "
        "all."
    )
    with paper_style():
        figure = sheet("Figure 16: deduction of parallelograms", caption, 3.0)
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.25])
        _ladder(left)
        _chain(right)
        left.set_title("Abelian: two are enough", loc="left")
        right.set_title("non-Abelian: three are needed", loc="left")
        for axes, name in ((left, "vectors"), (right, "matrices")):
            axes.text(
                0.0,
                -0.02,
                "\n".join(_outcome(entry) for entry in data[name] if entry["given"]),
                transform=axes.transAxes,
                va="top",
                fontsize=7.5,
                linespacing=1.5,
            )
    return figure


def _outcome(entry: Mapping[str, Any]) -> str:
    follow = ", ".join(entry["follow"]) or "nothing"
    return f"{',  '.join(entry['given'])}   \N{RIGHTWARDS DOUBLE ARROW}   {follow}"


def _ladder(axes: Axes) -> None:
    """Equal and parallel rungs ab, cd and ef."""
    start, rung = np.array([[0, 0], [1.1, 1.25], [3.2, 0.9]]), np.array([1.0, -0.95])
    at = dict(zip("ace", start, strict=True)) | dict(zip("bdf", start + rung, strict=True))
    for corners, colour in (("abdc", COLOURS[0]), ("cdfe", COLOURS[1])):
        polygon = np.array([at[letter] for letter in corners])
        axes.fill(*polygon.T, facecolor=lighter(colour, 0.75), edgecolor=colour, lw=1.3)
    new = np.array([at[letter] for letter in "abfe"])
    axes.fill(*new.T, facecolor="none", edgecolor=COLOURS[2], lw=1.6, ls="--", zorder=3)
    for letter, (x, y) in at.items():
        axes.plot(x, y, "o", ms=11, color="white", mec=INK, mew=0.8, zorder=4)
        axes.text(x, y, f"${letter}$", ha="center", va="center", fontsize=8.5, zorder=5)
    for x, y, words, colour in (
        (0.92, -0.15, "$E_a + E_d = E_b + E_c$", COLOURS[0]),
        (2.98, 0.4, "$E_c + E_f = E_d + E_e$", COLOURS[1]),
        (3.05, -0.85, "follows: $E_a + E_f = E_b + E_e$", COLOURS[2]),
    ):
        axes.text(x, y, words, color=colour, ha="center", va="center", fontsize=7)
    bare(axes, 0.06)


def _chain(axes: Axes) -> None:
    """Quotients as nodes, the equations between them as links."""
    nodes = (
        (0.0, 1.0, "$E_b^{-1}E_a$", "left"),
        (1.0, 0.0, "$E_c\\,E_d^{-1}$", "right"),
        (2.0, 1.0, "$E_f^{-1}E_e$", "left"),
        (3.0, 0.0, "$E_g\\,E_h^{-1}$", "right"),
    )
    links = ("$E_aE_d = E_bE_c$", "$E_fE_c = E_eE_d$", "$E_eE_h = E_fE_g$")
    for (x0, y0, *_), (x1, y1, *_), words, colour in zip(
        nodes, nodes[1:], links, (COLOURS[0], COLOURS[1], COLOURS[4]), strict=False
    ):
        axes.plot([x0, x1], [y0, y1], color=colour, lw=2, zorder=1)
        axes.text(
            (x0 + x1) / 2,
            (y0 + y1) / 2,
            words,
            color=colour,
            ha="center",
            va="center",
            fontsize=7.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    t = np.linspace(0, 1, 60)
    # A Bezier curve that leaves the first node downwards and passes under the second.
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    curve = weights.T @ np.array([[0, 1], [0, -0.95], [2, -0.95], [3, 0]])
    axes.plot(*curve.T, "--", color=COLOURS[2], lw=1.6, zorder=1)
    axes.text(
        float(curve[32, 0]),
        float(curve[32, 1]),
        "follows: $E_aE_h = E_bE_g$",
        color=COLOURS[2],
        ha="center",
        va="center",
        fontsize=7.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )
    for x, y, words, side in nodes:
        axes.text(
            x,
            y,
            words,
            ha="center",
            va="center",
            fontsize=8.5,
            zorder=4,
            bbox={
                "boxstyle": "round,pad=0.35" if side == "left" else "square,pad=0.35",
                "facecolor": "white",
                "edgecolor": INK,
                "linewidth": 0.8,
            },
        )
    for x, y, words in (
        (1.0, 1.0, "left quotients"),
        (2.0, 0.0, "right quotients"),
        (1.5, 1.4, "a parallelogram equates a left and a right quotient"),
    ):
        axes.text(x, y, words, ha="center", va="center", fontsize=7, color=INK)
    axes.set(xlim=(-0.5, 3.5), ylim=(-0.75, 1.5), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
