"""The drawing of embeddings: planes with regions, points, and what joins them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.plotting.charts.columns import Floats
from grokphase.plotting.charts.embeddings import Embeddings, Marks, Plane, Shape, collinear
from grokphase.plotting.looks import COLOURS, PALETTE, entry_line, look
from grokphase.plotting.ticks import broken, folded, plain_ticks, points, room
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_PALE: Final = 0.25  # share of white in the colours of regions, so that labels read on all of them
_RING: Final = 13.0  # points: the diameter of a circle around a midpoint
_HUES: Final = (*COLOURS[:6], PALETTE["sky"])  # of parallelograms


def draw(figure: Figure | SubFigure, picture: Embeddings) -> None:
    """Draw them onto a part of a figure.

    Args:
        figure: a part of a figure.
        picture: what `embeddings` gives.
    """
    columns = max(len(line) for line in picture.lines)
    panels = figure.subplots(len(picture.lines), columns, squeeze=False)
    small = columns > 3
    for axes_line, line, head in zip(panels, picture.lines, picture.line_labels, strict=True):
        for axes in axes_line[len(line) :]:
            axes.axis("off")
        for axes, plane in zip(axes_line, line, strict=False):
            draw_plane(axes, plane, picture, small=small)
        if head:
            axes_line[0].set_ylabel("\n".join(folded(head, 18)), fontsize=7)
    if picture.classes:
        _key(figure, panels, picture)
    if len(picture.kinds) > 1:
        _name_kinds(panels[0, -1], picture)
    if picture.x_label:
        figure.supxlabel(picture.x_label, fontsize=7)
    if picture.y_label:
        figure.supylabel(picture.y_label, fontsize=7)


def draw_plane(axes: Axes, plane: Plane, picture: Embeddings, *, small: bool = False) -> None:
    """One panel.

    Args:
        axes: where.
        plane: what is drawn.
        picture: what it belongs to.
        small: with little room for letters.
    """
    if plane.regions is not None:
        axes.imshow(
            plane.regions,
            origin="lower",
            extent=(plane.extent[0], plane.extent[1], plane.extent[2], plane.extent[3]),
            cmap=class_colours(picture.classes, cyclic=picture.cyclic),
            vmin=-0.5,
            vmax=picture.classes - 0.5,
            interpolation="nearest",
            aspect="auto",
        )
        axes.set(xlim=plane.extent[:2], ylim=plane.extent[2:])
    if plane.joined:
        axes.plot(*plane.points[list(plane.joined)].T, color="#bbbbbb", lw=0.8, zorder=0)
    axes.update_datalim(plane.points)  # which letters alone do not do
    draw_shapes(axes, plane.points, plane.shapes)
    draw_points(axes, plane, picture.marks, small=small)
    axes.set_title(plane.title, loc="left", fontsize=6 if small else None)
    size = points("axes.labelsize") if not picture.bare else 7.5
    axes.set_xlabel(broken(plane.x_label, 1.3 * room(axes, "x"), size), fontsize=size)
    axes.set_ylabel(plane.y_label)
    if picture.bare:
        axes.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
        axes.margins(0.12)
        axes.spines[:].set_visible(False)
        return
    axes.set_box_aspect(1)
    if plane.regions is not None:
        axes.tick_params(labelsize=5.5, length=2, pad=1.5)
        axes.locator_params(nbins=4)
        return
    axes.margins(0.15 if small else 0.22)
    if small:
        axes.set(xticks=[], yticks=[])
    else:
        axes.spines[["top", "right"]].set_visible(False)
        plain_ticks(axes, "x")


def draw_points(
    axes: Axes, plane: Plane, marks: Marks = "numbers", *, small: bool = False
) -> list[Any]:
    """The symbols.

    Args:
        axes: where.
        plane: with the points.
        marks: how they are drawn.
        small: with little room for letters.

    Returns:
        Texts of numbers, one a point; none for dots.
    """
    if marks == "numbers":
        axes.update_datalim(plane.points)  # which texts do not
        axes.autoscale_view()
        letters = 5.5 if small or plane.regions is not None else 7.0
        return [
            axes.text(
                x,
                y,
                name,
                ha="center",
                va="center",
                fontsize=letters,
                gid="symbol",
                zorder=5,
                bbox={"boxstyle": "circle,pad=0.18", "fc": "white", "ec": "#222222", "lw": 0.5},
            )
            for name, (x, y) in zip(plane.names, plane.points, strict=True)
        ]
    for kind in dict.fromkeys(plane.kinds):
        at = [k for k, other in enumerate(plane.kinds) if other == kind]
        axes.plot(
            *plane.points[at].T,
            kind_look(kind)[1],
            ms=3.6 if small else 6,
            ls="none",
            color=kind_look(kind)[0],
            mec="white",
            mew=0 if small else 0.6,
            gid="point",
        )
    if marks == "names":
        for name, point in zip(plane.names, plane.points, strict=True):
            axes.annotate(
                name, tuple(point), (0, 6), textcoords="offset points", ha="center", gid="symbol"
            )
    return []


def kind_look(kind: int) -> tuple[str, str]:
    """Colour and marker of a kind of point."""
    return look(kind, ["blue", "orange"])[:2]


def draw_shapes(axes: Axes, points: Floats, shapes: Sequence[Shape]) -> None:
    """What joins points.

    Args:
        axes: where.
        points: (n, 2).
        shapes: pairs of points, see `Shape`.
    """
    line = collinear(points)
    if line and shapes:
        ends = points[[points[:, 0].argmin(), points[:, 0].argmax()]]
        axes.plot(*ends.T, color="#888888", lw=0.8, zorder=1)
    for shape in shapes:
        colour = _HUES[shape.hue % len(_HUES)]
        edge = "-" if shape.given else ":"
        if line:
            for i, j in shape.pairs:
                if i == j:
                    axes.plot(*points[i], "o", ms=_RING, mfc="none", mec=colour, mew=1.3, zorder=3)
                else:
                    _arc(axes, points[i], points[j], colour, up=shape.hue % 2 == 1)
            continue
        (i, j), (m, n) = shape.pairs
        if i == j or m == n:
            middle, ends_at = (i, (m, n)) if i == j else (m, (i, j))
            axes.plot(*points[middle], "o", ms=_RING, mfc="none", mec=colour, mew=1.3, zorder=3)
            _bar(axes, points[list(ends_at)], colour, edge)
            continue
        corners = points[[i, m, j, n]]
        axes.fill(*corners.T, facecolor=colour, alpha=0.16, lw=0, zorder=1)
        axes.fill(*corners.T, facecolor="none", edgecolor=colour, lw=1.3, ls=edge, zorder=2)


def _bar(axes: Axes, ends: Floats, colour: str, edge: str) -> None:
    """A degenerate parallelogram: one symbol is midway between these two."""
    axes.plot(*ends.T, color=colour, lw=5, alpha=0.35, solid_capstyle="round", zorder=1)
    axes.plot(*ends.T, color=colour, lw=1.2, ls=edge, zorder=2)


def _arc(axes: Axes, first: Floats, second: Floats, colour: str, *, up: bool) -> None:
    first, second = sorted((first, second), key=lambda point: float(point[0]))
    half, angle = (second - first) / 2, np.linspace(0, np.pi, 60)[:, None]
    across = np.array([-half[1], half[0]]) * (0.62 if up else -0.62)
    curve = (first + second) / 2 - np.cos(angle) * half + np.sin(angle) * across
    axes.plot(*curve.T, color=colour, lw=1.2, zorder=2)


def class_colours(classes: int, *, cyclic: bool) -> Any:
    """A cyclic map for classes that come round, an ordered one for those that do not."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap, to_hex

    # Both maps rise or fall evenly in lightness and stay in order for the colour-blind.
    name, where = (
        ("twilight", np.arange(classes) / classes)
        if cyclic
        else ("viridis", np.linspace(0, 1, classes))
    )
    given = mpl.colormaps[name](where)
    return ListedColormap([lighter(to_hex(colour), _PALE) for colour in given])


def _key(figure: Figure | SubFigure, panels: Any, picture: Embeddings) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    classes = picture.classes
    bar = figure.colorbar(
        ScalarMappable(
            Normalize(-0.5, classes - 0.5), class_colours(classes, cyclic=picture.cyclic)
        ),
        ax=panels,
        location="right",
        shrink=0.5,
        aspect=30,
        pad=0.01,
    )
    every = range(0, classes, 1 if classes < 12 else 2)
    bar.set_ticks(list(every), labels=[str(one) for one in every])
    bar.ax.tick_params(labelsize=6, length=0)
    bar.set_label(picture.class_label, fontsize=6.5)


def _name_kinds(axes: Axes, picture: Embeddings) -> None:
    axes.legend(
        handles=[
            entry_line(name, colour, marker)
            for name, (colour, marker) in zip(
                picture.kinds, map(kind_look, range(len(picture.kinds))), strict=True
            )
        ],
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
    )
