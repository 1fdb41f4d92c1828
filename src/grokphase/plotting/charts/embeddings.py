"""Embeddings as points in the plane or on a line: regions of a decoder, what joins points.

A panel a row of the table, and in each the symbols as numbered marks. A parallelogram is a
coloured quadrilateral; a bar with a ring where one symbol is midway between two; and of points on a
line an arc for each pair, pairs of one colour sharing their midpoint.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.plotting.charts.columns import Floats, Table, entry, filled, labels, row_of
from grokphase.plotting.looks import COLOURS, entry_line, in_order, look
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

Marks = Literal["numbers", "dots", "names"]
Join = Literal["", "order", "angle"]
Pair = tuple[int, int]

_WIDTH: Final = 7.2  # inches of a page
_PALE: Final = 0.25  # share of white in the colours of regions, so that labels read on all of them
_HUES: Final = (*COLOURS[:6], "#56b4e9")  # of parallelograms


@dataclass(frozen=True)
class Shape:
    """What joins symbols: the sides of one or several parallelograms of one colour.

    Args:
        hue: which colour.
        pairs: symbols whose midpoint is the same.
        given: whether all pairs are known; else it is implied, and dotted.
    """

    hue: int
    pairs: tuple[Pair, ...]
    given: bool


@dataclass(frozen=True)
class Plane:
    """One panel.

    Args:
        points: (n, 2); of points on a line the second is 0.
        flat: whether the points have one number each.
        names: (n,) of the points.
        kinds: (n,) which look each has.
        joined: points in the order in which a line joins them; empty for none.
        shapes: what joins pairs.
        regions: (r, c) class of the decoder from the lower left, or None.
        extent: left, right, low and high end of the regions.
        title: above.
        x_label: below.
        y_label: at the left.
    """

    points: Floats
    flat: bool
    names: tuple[str, ...]
    kinds: tuple[int, ...]
    joined: tuple[int, ...]
    shapes: tuple[Shape, ...]
    regions: NDArray[np.int64] | None
    extent: tuple[float, ...]
    title: str
    x_label: str
    y_label: str


@dataclass(frozen=True)
class Embeddings:
    """What the chart shows; see `embeddings`.

    Args:
        lines: panels, line by line.
        line_labels: at the left of each line.
        marks: how points are drawn.
        bare: without axes.
        kinds: looks of points in words.
        classes: of the regions; 0 for none.
        cyclic: whether the first class follows the last.
        class_label: of their key.
        x_label: below all panels.
        y_label: at the left of all.
    """

    lines: tuple[tuple[Plane, ...], ...]
    line_labels: tuple[str, ...]
    marks: Marks
    bare: bool
    kinds: tuple[str, ...]
    classes: int
    cyclic: bool
    class_label: str
    x_label: str
    y_label: str

    @property
    def height(self) -> float:
        """Inches that it needs on a page of its usual width, of which a quarter is for words."""
        columns = max(len(line) for line in self.lines)
        return min(len(self.lines) * (0.75 * _WIDTH / columns + 0.42), _WIDTH)


def embeddings(
    table: Table,
    *,
    points: str = "embedding",
    by: str = "",
    names: Mapping[str, str] | None = None,
    across: int = 3,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    panel_x_label: str = "",
    panel_y_label: str = "",
    marks: Marks = "numbers",
    symbols: Sequence[str] = (),
    kinds: Sequence[str] = (),
    join: Join = "",
    order: str = "",
    parallelograms: str = "",
    hues: str = "",
    given: str = "",
    regions: str = "",
    extent: str = "extent",
    classes: int | str = 0,
    cyclic: bool | str = False,
    class_label: str = "most probable class",
    bare: bool = False,
    legend: bool = True,
) -> Embeddings:
    """The data of the chart.

    Args:
        table: one row a panel.
        points: column of the points of each, (n, 2), or (n,) or (n, 1) for a line.
        by: column of which each value has lines of panels of its own.
        names: its values in words; their order is that of lines.
        across: panels in a line.
        title: above a panel; {name} stands for a column of its row, as in "seed {seed}".
        x_label: below all panels.
        y_label: at the left of all.
        panel_x_label: below a panel, as `title`.
        panel_y_label: at its left.
        marks: "numbers" (in circles), "dots", or "names" (beside dots).
        symbols: what points are called; none counts from 0.
        kinds: of each point in a word, which gives it a colour and a mark.
        join: points joined in their "order", or by "angle" about the centre.
        order: column of the order in which points are joined instead.
        parallelograms: column of (i, j, m, n), in which i + j = m + n.
        hues: column of a number for each of them, which says its colour; none counts them.
        given: column of pairs that are known: a parallelogram of others is dotted.
        regions: column of classes of a decoder, a text a row from below, one of 0-9a-z a cell.
        extent: column of left, right, low and high end of the regions.
        classes: how many, or the scalar column that says.
        cyclic: whether classes come round, or the column that says.
        class_label: of their key.
        bare: without axes: positions mean something only relative to each other.
        legend: whether kinds are named.

    Raises:
        GrokphaseError: for a column that there is not, or points of other than one or two numbers.

    Example:
        >>> table = {"seed": [3], "embedding": [[[0, 0], [1, 0], [0, 1], [1, 1]]]}
        >>> table["all"] = [[[0, 3, 1, 2]]]
        >>> plane = embeddings(table, title="seed {seed}", parallelograms="all").lines[0][0]
        >>> plane.title, plane.shapes[0].pairs
        ('seed 3', ((0, 3), (1, 2)))
    """
    many = len(entry(table, points))
    words = labels(table, by, many)
    named = names or {}
    looks = tuple(dict.fromkeys(kinds))
    planes = []
    for at in range(many):
        row = row_of(table, at, many)
        where, flat = _points(row[points], points)
        if kinds and len(kinds) != len(where):
            raise GrokphaseError(
                f"There are {len(where)} points and {len(kinds)} kinds; name one for each point."
            )
        planes.append(
            Plane(
                where,
                flat,
                tuple(symbols) or tuple(map(str, range(len(where)))),
                tuple(looks.index(kind) for kind in kinds) or (0,) * len(where),
                _joined(where, join, row.get(order)),
                _shapes(row, parallelograms, hues, given, where),
                _regions(row, regions),
                tuple(row[extent]) if regions else (),
                filled(title, row),
                filled(panel_x_label, row),
                filled(panel_y_label, row),
            )
        )
    lines, heads = _in_lines(planes, words, named, across)
    count = entry(table, classes) if isinstance(classes, str) else classes
    return Embeddings(
        lines,
        heads,
        marks,
        bare,
        looks if legend else (),
        int(count),
        bool(entry(table, cyclic) if isinstance(cyclic, str) else cyclic),
        filled(class_label, table),
        filled(x_label, table),
        filled(y_label, table),
    )


def _points(given: Any, name: str) -> tuple[Floats, bool]:
    found = np.asarray(given, np.float64)
    found = found[:, None] if found.ndim == 1 else found
    if found.ndim != 2 or found.shape[1] not in (1, 2):
        raise GrokphaseError(
            f'The points in the column "{name}" have {found.shape[-1]} numbers each, and a plane '
            "shows two of them; take two, such as the first principal components."
        )
    flat = found.shape[1] == 1
    return (np.column_stack([found, np.zeros(len(found))]) if flat else found), flat


def _joined(points: Floats, join: Join, order: Any) -> tuple[int, ...]:
    if order is not None:
        return tuple(int(at) for at in order)
    if join == "order":
        return tuple(range(len(points)))
    if join == "angle":
        spread = points / np.where(points.std(axis=0) > 0, points.std(axis=0), 1)
        ring = np.argsort(np.arctan2(spread[:, 1], spread[:, 0])).tolist()
        return (*ring, ring[0])
    return ()


def _shapes(
    row: Mapping[str, Any], name: str, hues: str, given: str, points: Floats
) -> tuple[Shape, ...]:
    """Parallelograms; of points on a line, those that share a midpoint in one."""
    if not name:
        return ()
    found = [tuple(map(int, each)) for each in entry(row, name)]
    known = {_pair(i, j) for i, j in entry(row, given)} if given else None
    colours = list(entry(row, hues)) if hues else list(range(len(found)))
    sides = [(_pair(i, j), _pair(m, n)) for i, j, m, n in found]
    if hues or not _collinear(points):
        return tuple(
            Shape(hue, both, known is None or set(both) <= known)
            for hue, both in zip(colours, sides, strict=True)
        )
    joined: list[set[Pair]] = []
    for both in sides:
        with_it = [group for group in joined if group & set(both)]
        joined = [group for group in joined if group not in with_it]
        joined.append(set(both).union(*with_it))
    ordered = sorted(joined, key=lambda group: min(i + j for i, j in group))
    return tuple(Shape(hue, tuple(sorted(group)), True) for hue, group in enumerate(ordered))


def _pair(first: int, second: int) -> Pair:
    return (first, second) if first <= second else (second, first)


def _collinear(points: Floats) -> bool:
    """Whether points lie on a line, but for rounding."""
    sizes = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(sizes[-1] <= 1e-6 * max(sizes[0], 1e-300))


def _regions(row: Mapping[str, Any], name: str) -> NDArray[np.int64] | None:
    if not name:
        return None
    return np.array([[int(digit, 36) for digit in line] for line in entry(row, name)])


def _in_lines(
    planes: Sequence[Plane], words: Sequence[str], names: Mapping[str, str], across: int
) -> tuple[tuple[tuple[Plane, ...], ...], tuple[str, ...]]:
    lines, heads = [], []
    for word in in_order(names, words):
        own = [plane for plane, of in zip(planes, words, strict=True) if of == word]
        for first in range(0, len(own), across):
            lines.append(tuple(own[first : first + across]))
            heads.append(names.get(word, word) if first == 0 else "")
    return tuple(lines), tuple(heads)


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
            axes_line[0].set_ylabel(textwrap.fill(head, 18), fontsize=7)
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
    axes.set_xlabel(plane.x_label, fontsize=None if not picture.bare else 7.5)
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


def draw_points(
    axes: Axes, plane: Plane, marks: Marks = "numbers", *, small: bool = False, size: float = 9.5
) -> list[Any]:
    """The symbols.

    Args:
        axes: where.
        plane: with the points.
        marks: how they are drawn.
        small: with little room for letters.
        size: of circles with numbers, in points.

    Returns:
        Texts of numbers, one a point; none for dots.
    """
    if marks == "numbers":
        axes.update_datalim(plane.points)  # which texts do not
        axes.autoscale_view()
        letters = 5.5 if small or plane.regions is not None else size - 2.5
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


def draw_shapes(axes: Axes, points: Floats, shapes: Sequence[Shape], *, ring: float = 13.0) -> None:
    """What joins points.

    Args:
        axes: where.
        points: (n, 2).
        shapes: pairs of points, see `Shape`.
        ring: diameter of the ring around a midpoint, in points.
    """
    line = _collinear(points)
    if line and shapes:
        ends = points[[points[:, 0].argmin(), points[:, 0].argmax()]]
        axes.plot(*ends.T, color="#888888", lw=0.8, zorder=1)
    for shape in shapes:
        colour = _HUES[shape.hue % len(_HUES)]
        edge = "-" if shape.given else ":"
        if line:
            for i, j in shape.pairs:
                if i == j:
                    axes.plot(*points[i], "o", ms=ring, mfc="none", mec=colour, mew=1.3, zorder=3)
                else:
                    _arc(axes, points[i], points[j], colour, up=shape.hue % 2 == 1)
            continue
        (i, j), (m, n) = shape.pairs
        if i == j or m == n:
            middle, ends_at = (i, (m, n)) if i == j else (m, (i, j))
            axes.plot(*points[middle], "o", ms=ring, mfc="none", mec=colour, mew=1.3, zorder=3)
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
