"""What no chart draws: the hierarchy of representations, what training finds, deductions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.plotting.charts import distributions, embeddings
from grokphase.plotting.charts.looks import COLOURS, INK
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

Data = Mapping[str, Any]

_EQUATIONS = ((0, 2, 1, 1), (0, 3, 1, 2), (1, 3, 2, 2))  # A1, A2, A3 as (i, j, m, n): i + j = m + n
_HALF = 0.33  # of a node, its width and height
_BARS = {"all": "1-D", "plane": "2-D", "A1": "1-D, only A1 shown"}


# ------------------------------------------------------------------------------ Figure 11


def hierarchy(axes: Axes, data: Data) -> None:
    """Figure 11: the subsets of {A1, A2, A3} by level, from all three to none."""
    nodes = data["nodes"]
    axes.set(xlim=(0, 4), ylim=(-0.28, 3), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    places = {tuple(node["subset"]): _place(node["subset"]) for node in nodes}
    for parent, (x0, y0) in places.items():
        for child, (x1, y1) in places.items():
            if set(child) < set(parent) and len(child) == len(parent) - 1:
                axes.annotate(
                    "",
                    (x1 - _HALF, y1),
                    (x0 + _HALF, y0),
                    arrowprops={"arrowstyle": "-|>", "color": "#888888", "lw": 0.8, "shrinkA": 1},
                )
    for node in nodes:
        _node(axes, node, places[tuple(node["subset"])])
    for at, words in enumerate(data["equations"]):
        place = (0.02 + 1.05 * at, -0.24)
        axes.text(*place, f"A{at + 1}: {words}", color=COLOURS[at], fontsize=8, va="bottom")


def _place(subset: Sequence[int]) -> tuple[float, float]:
    """Levels from left to right; within a level A1 on top, and its complement opposite."""
    x = 3.5 - len(subset)
    if len(subset) in (0, 3):
        return x, 1.5
    return x, 2.5 - (subset[0] if len(subset) == 1 else sum(subset) - 1)


def _node(axes: Axes, node: Data, place: tuple[float, float]) -> None:
    box = (place[0] - _HALF, place[1] - _HALF, 2 * _HALF, 2 * _HALF)
    inset = axes.inset_axes(box, transform=axes.transData)
    _representation(inset, node["embedding"], node["implied"], size=7.5)
    inset.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
    inset.margins(0.22)
    implied = set(node["implied"]) - set(node["subset"])
    inset.spines[:].set(color=INK, linewidth=0.8, linestyle=(0, (3, 2)) if implied else "-")
    inset.set_title(f"{_words(node['subset'])}:  n = {node['freedom']}", fontsize=7.5, pad=2.5)


def _representation(axes: Axes, points: Any, equations: Sequence[int], *, size: float) -> None:
    """Points, and what joins them where these of A1, A2, A3 hold."""
    table = {
        "embedding": [points],
        "holds": [[_EQUATIONS[at] for at in equations]],
        "hues": [list(equations)],
    }
    picture = embeddings.embeddings(table, parallelograms="holds", hues="hues")
    plane = picture.lines[0][0]
    embeddings.draw_shapes(axes, plane.points, plane.shapes, ring=10)
    embeddings.draw_points(axes, plane, size=size)


def _words(subset: Sequence[int]) -> str:
    return "{" + ", ".join(f"A{at + 1}" for at in subset) + "}" if subset else "none"


# ------------------------------------------------------------------------------ Figure 12


def found(figure: SubFigure, data: Data) -> None:
    """Figure 12: which representations networks find: an example of each, and how many seeds."""
    rows = _rows(data["groups"])
    panels = figure.subplots(1, 4, width_ratios=[1.25, 1, 1.25, 1], sharey=True)
    for at, fast in enumerate((True, False)):
        chosen = [one for one in data["groups"] if (one["rates"][1] > one["rates"][0]) == fast]
        examples, counts = panels[2 * at : 2 * at + 2]
        _count(counts, chosen, rows)
        _show(examples, chosen, rows)
        powers = [f"$10^{{{round(np.log10(rate))}}}$" for rate in chosen[0]["rates"]]
        rates = f"$\\eta_1$ = {powers[0]}, $\\eta_2$ = {powers[1]}"
        examples.set_title(f"{'fast' if fast else 'slow'} decoder:  {rates}", loc="left")
    panels[1].legend(
        loc="upper right", bbox_to_anchor=(1.13, 1.02), fontsize=6.5, handlelength=1.4, borderpad=0
    )


def _rows(groups: Sequence[Data]) -> list[tuple[int, ...]]:
    """Sets of equations, most first: the five that are possible, and what else occurred."""
    seen = {tuple(one) for group in groups for one in group["code"]}
    possible = {(0, 1, 2), (0,), (1,), (2,), ()}
    return sorted(seen | possible, key=lambda subset: (-len(subset), subset))


def _show(axes: Axes, groups: Sequence[Data], rows: Sequence[tuple[int, ...]]) -> None:
    """The final embedding with these equations whose symbols lie furthest apart, on a line."""
    everything = next(group for group in groups if group["name"] == "all")
    there = {tuple(one["subset"]): one["embedding"] for one in everything["examples"]}
    for row, subset in enumerate(rows):
        if subset not in there:
            axes.text(0, row, "not found", ha="center", va="center", color="#888888", fontsize=7)
            continue
        points = np.asarray(there[subset], np.float64)[:, 0]
        points = (points - points.mean()) / points.std(ddof=1)
        points = points if points[-1] >= points[0] else -points  # mirror images are one
        inset = axes.inset_axes((-2, row - 0.42, 4, 0.84), transform=axes.transData)
        _representation(inset, points, subset, size=8)
        inset.plot([-1.8, 1.8], [0, 0], color="#bbbbbb", lw=0.8, zorder=0)
        inset.set(xlim=(-2, 2), ylim=(-1.1, 1.1))
        inset.axis("off")
    axes.set(xlim=(-2, 2), xticks=[])
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)


def _count(axes: Axes, groups: Sequence[Data], rows: Sequence[tuple[int, ...]]) -> None:
    seeds = max(len(group["code"]) for group in groups)
    table = {
        "found": [_words(one) for group in groups for one in group["code"]],
        "of": [group["name"] for group in groups for _ in group["code"]],
    }
    order = [_words(row) for row in rows]
    options: Any = {"across": True, "write": True, "shaded": True}
    bars = distributions.distributions(
        table, x="found", by="of", names=_BARS, order=order, **options
    )
    distributions.draw(axes, bars)
    axes.set(xlim=(0, seeds * 1.12), xlabel=f"seeds, of {seeds}")
    axes.spines[["top", "right"]].set_visible(False)


# ------------------------------------------------------------------------------ Figure 16


def ladder(axes: Axes, data: Data) -> None:
    """Figure 16: equal and parallel rungs ab, cd and ef."""
    start, rung = np.array([[0, 0], [1.1, 1.25], [3.2, 0.9]]), np.array([1.0, -0.95])
    at = dict(zip("ace", start, strict=True)) | dict(zip("bdf", start + rung, strict=True))
    for corners, colour in (("abdc", COLOURS[0]), ("cdfe", COLOURS[1])):
        polygon = np.array([at[letter] for letter in corners])
        axes.fill(*polygon.T, facecolor=lighter(colour, 0.75), edgecolor=colour, lw=1.3)
    new = np.array([at[letter] for letter in "abfe"])
    axes.fill(*new.T, facecolor="none", edgecolor=COLOURS[2], lw=1.6, ls="--", zorder=3)
    for letter, (x, y) in at.items():
        axes.plot(x, y, "o", ms=11, color="white", mec=INK, mew=0.8, zorder=4)
        _middle(axes, x, y, f"${letter}$", fontsize=8.5, zorder=5)
    for x, y, words, colour in (
        (0.92, -0.15, "$E_a + E_d = E_b + E_c$", COLOURS[0]),
        (2.98, 0.4, "$E_c + E_f = E_d + E_e$", COLOURS[1]),
        (3.05, -0.85, "follows: $E_a + E_f = E_b + E_e$", COLOURS[2]),
    ):
        _middle(axes, x, y, words, color=colour, fontsize=7)
    axes.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
    axes.margins(0.06)
    axes.spines[:].set_visible(False)
    _outcomes(axes, data["vectors"])


def chain(axes: Axes, data: Data) -> None:
    """Figure 16: quotients as nodes, the equations between them as links."""
    nodes = (
        (0.0, 1.0, "$E_b^{-1}E_a$", "round"),
        (1.0, 0.0, "$E_c\\,E_d^{-1}$", "square"),
        (2.0, 1.0, "$E_f^{-1}E_e$", "round"),
        (3.0, 0.0, "$E_g\\,E_h^{-1}$", "square"),
    )
    links = ("$E_aE_d = E_bE_c$", "$E_fE_c = E_eE_d$", "$E_eE_h = E_fE_g$")
    on_line: Any = {
        "fontsize": 7.5,
        "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    }
    for (x0, y0, *_), (x1, y1, *_), words, colour in zip(
        nodes, nodes[1:], links, (COLOURS[0], COLOURS[1], COLOURS[4]), strict=False
    ):
        axes.plot([x0, x1], [y0, y1], color=colour, lw=2, zorder=1)
        _middle(axes, (x0 + x1) / 2, (y0 + y1) / 2, words, color=colour, **on_line)
    t = np.linspace(0, 1, 60)
    # A Bezier curve that leaves the first node downwards and passes under the second.
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    curve = weights.T @ np.array([[0, 1], [0, -0.95], [2, -0.95], [3, 0]])
    axes.plot(*curve.T, "--", color=COLOURS[2], lw=1.6, zorder=1)
    _middle(axes, *curve[32].tolist(), "follows: $E_aE_h = E_bE_g$", color=COLOURS[2], **on_line)
    for x, y, words, shape in nodes:
        box = {"facecolor": "white", "edgecolor": INK, "linewidth": 0.8}
        box |= {"boxstyle": f"{shape},pad=0.35"}
        _middle(axes, x, y, words, fontsize=8.5, zorder=4, bbox=box)
    for x, y, words in (
        (1.0, 1.0, "left quotients"),
        (2.0, 0.0, "right quotients"),
        (1.5, 1.4, "a parallelogram equates a left and a right quotient"),
    ):
        _middle(axes, x, y, words, fontsize=7, color=INK)
    axes.set(xlim=(-0.5, 3.5), ylim=(-0.75, 1.5), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    _outcomes(axes, data["matrices"])


def _middle(axes: Axes, x: float, y: float, words: str, **look: Any) -> None:
    axes.text(x, y, words, ha="center", va="center", **look)


def _outcomes(axes: Axes, found: Sequence[Data]) -> None:
    """What follows from what is given, below the drawing."""
    lines = [
        f"{',  '.join(one['given'])}   \N{RIGHTWARDS DOUBLE ARROW}   "
        f"{', '.join(one['follow']) or 'nothing'}"
        for one in found
        if one["given"]
    ]
    place: Any = {"transform": axes.transAxes, "va": "top"}
    axes.text(0.0, -0.02, "\n".join(lines), fontsize=7.5, linespacing=1.5, **place)
