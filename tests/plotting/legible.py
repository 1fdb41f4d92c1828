"""Whether a figure can be read: every text inside it, and none on or against another."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.legend import Legend
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

SPACE = 0.4  # ems that must lie between two words on one line
DATA = "symbol"  # gid of texts that are points of the data, and lie where the data do
SLACK = 1.0  # pixels by which extents are more than the ink


class Word(NamedTuple):
    """A text that was drawn, where it stands in pixels, the height of its letters, and how it lies.

    `aside` is how far its anchor lies across the direction that it runs in.
    """

    text: str
    box: Bbox
    em: float
    legend: Legend | None
    angle: float
    aside: float


def words(figure: Figure) -> list[Word]:
    """Every text that drawing the figure puts on it, and no tick label that is not drawn."""
    drawn: dict[int, Text] = {}
    plain = Text.draw

    def draw(self: Text, renderer: object) -> None:
        if self.get_visible() and self.get_text().strip() and self.get_gid() != DATA:
            drawn[id(self)] = self
        plain(self, renderer)

    canvas = FigureCanvasAgg(figure)
    with mock.patch.object(Text, "draw", draw):
        figure.draw_without_rendering()
    renderer = canvas.get_renderer()
    points = figure.dpi / 72
    within = {id(text): each for each in legends(figure) for text in each.findobj(Text)}
    return [
        Word(
            each.get_text(),
            Text.get_window_extent(each, renderer),
            each.get_fontsize() * points,
            within.get(id(each)),
            each.get_rotation(),
            _aside(each),
        )
        for each in drawn.values()
    ]


def _aside(text: Text) -> float:
    angle = np.radians(text.get_rotation())
    at = text.get_transform().transform(text.get_position())
    return float(np.dot(at, (-np.sin(angle), np.cos(angle))))


def legends(figure: Figure) -> list[Legend]:
    return [each for each in figure.findobj(Legend) if isinstance(each, Legend)]


def faults(figure: Figure) -> list[str]:
    """What cannot be read: texts that leave the figure, and pairs that touch."""
    found = words(figure)
    assert found
    page = figure.bbox
    outside = [
        f"{word.text!r} leaves the figure: {np.round(word.box.extents)} of {page.extents}"
        for word in found
        if word.box.x0 < page.x0 - SLACK
        or word.box.y0 < page.y0 - SLACK
        or word.box.x1 > page.x1 + SLACK
        or word.box.y1 > page.y1 + SLACK
    ]
    touching = [
        f"{one.text!r} touches {other.text!r}"
        for one, other in combinations(found, 2)
        if _touch(one, other)
    ]
    covered = [
        f"{word.text!r} lies on a legend"
        for word in found
        for legend in legends(figure)
        if word.legend is not legend and _on(word.box, legend.get_window_extent())
    ]
    return outside + touching + covered


def _on(one: Bbox, other: Bbox) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    return min(across, min(one.y1, other.y1) - max(one.y0, other.y0)) > SLACK


def _touch(one: Word, other: Word) -> bool:
    if one.angle == other.angle and one.angle % 90:  # aslant, the boxes around them say nothing
        return abs(one.aside - other.aside) < min(one.em, other.em)
    across = SPACE * min(one.em, other.em)
    a, b = one.box, other.box
    apart = a.x1 + across <= b.x0 or b.x1 + across <= a.x0
    return not apart and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK
