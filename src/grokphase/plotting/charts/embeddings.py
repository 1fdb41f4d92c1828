"""Embeddings as points in the plane or on a line: regions of a decoder, what joins points.

A panel a row of the table, and in each the symbols as numbered marks. A parallelogram is a
coloured quadrilateral; a bar with a ring where one symbol is midway between two; and of points on a
line an arc for each pair, pairs of one colour sharing their midpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.plotting.charts.columns import Floats, Table, entry, filled, labels, row_of
from grokphase.plotting.looks import in_order

Marks = Literal["numbers", "dots", "names"]
Join = Literal["", "order", "angle"]
Pair = tuple[int, int]

_WIDTH: Final = 7.2  # inches of a page


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
    kinds: Sequence[str] | str = (),
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
        kinds: of each point in a word, which gives it a colour and a mark; or the column of them.
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
    kinds = list(map(str, entry(table, kinds))) if isinstance(kinds, str) else kinds
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
    if hues or not collinear(points):
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


def collinear(points: Floats) -> bool:
    """Whether points lie on a line, but for rounding.

    Args:
        points: (n, 2).
    """
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
