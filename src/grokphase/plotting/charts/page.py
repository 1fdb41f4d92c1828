"""A page of charts: panels in rows, lettered, under a title and over a caption."""

from __future__ import annotations

import inspect
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from grokphase.errors import GrokphaseError
from grokphase.plotting.captions import caption_below, title_above
from grokphase.plotting.charts import dressing
from grokphase.plotting.charts import frame as frames
from grokphase.plotting.charts.chart import Chart, chart_named, check
from grokphase.plotting.charts.columns import Table, filled
from grokphase.plotting.style import paper_style
from grokphase.plotting.ticks import broken, points, room

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

WIDTH: Final = 7.2
"""Inches: two columns of a paper."""

_LINE: Final = 0.125  # inches
_ACROSS: Final = 3
_TALL: Final = 2.4  # inches of a row of panels
_LONG: Final = 60  # letters of a title that is written small

Own = Callable[..., None]
"""A drawing of a study: (axes, table, **parameters), or (figure, ...) if it calls its place so."""


@dataclass(frozen=True)
class Panel:
    """One chart of a page.

    Args:
        chart: its name, or a function (axes, table, **parameters) -> None; one whose first
            argument is called `figure` gets a part of the figure instead of axes.
        table: what it shows.
        parameters: keyword arguments; a function takes those of `frame` besides its own.
        title: above; {name} stands for a scalar column of the table.
        over: drawn onto the axes of the panel before.
    """

    chart: str | Own
    table: Table
    parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    over: bool = False

    @property
    def on_figure(self) -> bool:
        """Whether it is drawn on a part of a figure."""
        if isinstance(self.chart, str):
            return chart_named(self.chart).on == "figure"
        return next(iter(inspect.signature(self.chart).parameters)) == "figure"


def sheet(title: str, caption: str, height: float, width: float = WIDTH) -> Figure:
    """A figure that says what it shows, and with how many seeds and which settings.

    Made under `paper_style`, to be drawn on under it too.

    Args:
        title: in bold above.
        caption: in small letters below, wrapped here.
        height: of what is drawn between, in inches.
        width: in inches.
    """
    from grokphase.plotting.notebook import new_figure

    figure = new_figure((width, height + 0.3))
    title_above(figure, title)
    if caption:
        lines = caption_below(figure, caption)
        figure.set_figheight(height + 0.3 + _LINE * lines)
    return figure


def page(
    panels: Sequence[Panel],
    *,
    title: str,
    caption: str = "",
    rows: Sequence[int] = (),
    heights: Sequence[float] = (),
    widths: Sequence[Sequence[float]] | Sequence[float] = (),
    height: float | None = None,
    width: float = WIDTH,
    letters: bool | None = None,
    legend: str = "",
) -> Figure:
    """Charts in rows under a title.

    Args:
        panels: from the upper left; those that are drawn over the one before have no place.
        title: in bold above.
        caption: below: settings, seeds, budgets, numerics.
        rows: panels in each row, from above; none fills rows of three.
        heights: of the rows, relative to each other.
        widths: of the panels in each row, or the same for all rows.
        height: of all rows in inches; None asks the charts.
        width: in inches.
        letters: (a), (b), ... before the titles; None for more than one panel.
        legend: "cell" puts one legend for all panels into the place after the last, "right" beside
            them; "" leaves each its own.

    Returns:
        A figure of its own canvas (Agg), which shows itself in a notebook.

    Raises:
        GrokphaseError: for a chart, a parameter or a column that there is not, or rows that do not
            hold the panels.

    Example:
        >>> table = {"size": [5, 5, 9, 9], "seed": [0, 1, 0, 1], "step": [None, 90, 20, 40]}
        >>> one = Panel("times", table, {"x": "size", "y": "step", "budget": 100})
        >>> page([one], title="Steps to accuracy", caption="2 seeds.").axes[0].get_xlabel()
        'size'
    """
    made = [_Made.of(panel) for panel in panels]
    stacks = [*_stacks(made)]
    places = len(stacks) + (legend == "cell")
    counts = _counts(places, rows)
    needs = [_needed(row) for row in _cut(stacks, counts)]
    with paper_style():
        figure = sheet(title, caption, sum(needs) if height is None else height, width)
        ratios = list(heights) or needs
        cells = [*_cells(figure, stacks, counts, ratios, _widths(widths, counts))]
        lettered = len(stacks) > 1 if letters is None else letters
        drawn = [
            _draw(cell, stack, f"({letter})" if lettered else "", own_legend=not legend)
            for cell, stack, letter in zip(cells, stacks, string.ascii_lowercase * 4, strict=False)
        ]
        if legend:
            _common_legend(figure, drawn, cells[-1] if legend == "cell" else None)
    return figure


LAYOUT: Final = tuple(inspect.signature(page).parameters)[3:]
"""The names of what `page` takes besides panels, title and caption."""


def draw_chart(place: Axes | SubFigure, panel: Panel) -> None:
    """One chart in axes, or on a part of a figure, of yours.

    Args:
        place: axes, or a figure for the charts that are made of several.
        panel: the chart.

    Example:
        >>> from matplotlib.figure import Figure
        >>> axes = Figure().subplots()
        >>> draw_chart(axes, Panel("curves", {"step": [1, 2], "loss": [3, 1]}, {"y": "loss"}))
        >>> axes.get_ylabel()
        'loss'
    """
    _draw(place, [_Made.of(panel)], "", own_legend=True)


@dataclass(frozen=True)
class _Made:
    """A panel with its data."""

    panel: Panel
    chart: Chart | None
    picture: Any
    frame: frames.Frame | None

    @classmethod
    def of(cls, panel: Panel) -> _Made:
        if isinstance(panel.chart, str):
            check(panel.chart, panel.parameters)
            chart = chart_named(panel.chart)
            own = set(inspect.signature(chart.data).parameters)
            picture = chart.data(
                panel.table, **{k: v for k, v in panel.parameters.items() if k in own}
            )
            framed = chart.framed
        else:
            chart, own = None, set(inspect.signature(panel.chart).parameters)
            picture, framed = None, not panel.on_figure
        around = {k: v for k, v in panel.parameters.items() if k not in own}
        frame = frames.frame(panel.table, **around) if framed else None
        return cls(panel, chart, picture, frame)

    def draw(self, place: Any) -> None:
        if self.chart is not None:
            self.chart.draw(place, self.picture)
            return
        own = set(inspect.signature(self.panel.chart).parameters)  # type: ignore[arg-type]
        given = {k: v for k, v in self.panel.parameters.items() if k in own}
        self.panel.chart(place, self.panel.table, **given)  # type: ignore[operator]


def _stacks(made: Sequence[_Made]) -> Iterator[list[_Made]]:
    """Panels with those that are drawn over them."""
    stack: list[_Made] = []
    for one in made:
        if one.panel.over and not stack:
            raise GrokphaseError("The first panel of a page has none before it to be drawn over.")
        if stack and not one.panel.over:
            yield stack
            stack = []
        ticks, below = (getattr(each.picture, "ticks", ()) for each in (one, [*stack, one][0]))
        if ticks and ticks != below:  # which would stand at places of other words
            raise GrokphaseError(
                f"A panel over another has {', '.join(ticks)} on x, and that below it "
                f"{', '.join(below) or 'numbers'}; give both the same words as order."
            )
        stack.append(one)
    if stack:
        yield stack


def _counts(places: int, rows: Sequence[int]) -> list[int]:
    """Places in each row."""
    if not rows:
        full, rest = divmod(places, _ACROSS)
        return [min(places, _ACROSS)] * (full + bool(rest) if places > _ACROSS else 1)
    if sum(rows) < places:
        raise GrokphaseError(
            f"rows = {list(rows)} has {sum(rows)} places, and there are {places} panels."
        )
    return list(rows)


def _cut(stacks: Sequence[list[_Made]], counts: Sequence[int]) -> Iterator[Sequence[list[_Made]]]:
    first = 0
    for count in counts:
        yield stacks[first : first + count]
        first += count


def _needed(row: Sequence[list[_Made]]) -> float:
    """Inches that a row needs."""
    return max((getattr(stack[0].picture, "height", _TALL) for stack in row), default=_TALL)


def _widths(given: Any, counts: Sequence[int]) -> list[list[float]]:
    """Of the panels in each row."""
    if not given:
        return [[1.0] * count for count in counts]
    if not isinstance(given[0], Sequence):
        return [list(given)] * len(counts)
    return [list(each) for each in given]


def _cells(
    figure: Figure,
    stacks: Sequence[list[_Made]],
    counts: Sequence[int],
    heights: Sequence[float],
    widths: Sequence[Sequence[float]],
) -> Iterator[Any]:
    """Axes or parts of the figure, one a stack and one more where there is a place left.

    Rows of as many panels share one grid, so that their axes stand under each other.
    """
    if len(set(counts)) == 1 and all(each == widths[0] for each in widths):
        grid = figure.add_gridspec(
            len(counts), counts[0], height_ratios=heights, width_ratios=widths[0]
        )
        parts = [
            (figure, grid[row, column]) for row in range(len(counts)) for column in range(counts[0])
        ]
    else:
        rows: Any = figure.subfigures(len(counts), 1, squeeze=False, height_ratios=heights)
        parts = []
        for part, count, ratios in zip(rows[:, 0], counts, widths, strict=True):
            own = part.add_gridspec(1, count, width_ratios=ratios)
            parts += [(part, own[0, column]) for column in range(count)]
    for at, (part, spec) in enumerate(parts):
        if at < len(stacks) and stacks[at][0].panel.on_figure:
            yield part.add_subfigure(spec)
        elif at < len(stacks):
            yield part.add_subplot(spec)
        else:
            empty = part.add_subplot(spec)
            empty.axis("off")
            yield empty


def _draw(place: Any, stack: Sequence[_Made], letter: str, *, own_legend: bool) -> Any:
    """A panel and those over it; the place, for a common legend."""
    first = stack[0]
    title = "  ".join(
        each for each in (letter, filled(first.panel.title, first.panel.table)) if each
    )
    if first.panel.on_figure:
        if title:
            long = len(title) > _LONG
            place.suptitle(title, x=0.01, ha="left", fontsize=7.5 if long else 9)
        first.draw(place)
        return None
    size = points("axes.titlesize")
    place.set_title(broken(title, room(place, "x"), size), loc="left")
    for one in stack:
        if one is first and one.frame is not None:
            dressing.set_scales(place, one.frame)
        one.draw(place)
    if first.frame is not None:
        names = (getattr(first.picture, f"{which}_label", "") for which in "xy")
        dressing.dress(place, first.frame, *names)
        if own_legend:
            dressing.put_legend(place, first.frame)
    return place


def _common_legend(figure: Figure, drawn: Sequence[Any], cell: Any) -> None:
    """One legend for all panels, each label once."""
    once: dict[str, Any] = {}
    for axes in drawn:
        if axes is not None:
            handles, labels = axes.get_legend_handles_labels()
            once = dict(zip(labels, handles, strict=True)) | once
    if not once:
        return
    if cell is None:
        figure.legend(once.values(), once.keys(), loc="outside right upper", **dressing.LEGEND)
    else:
        legend = cell.legend(once.values(), once.keys(), loc="center left", labelspacing=0.55)
        legend.set_in_layout(False)  # it may be wider than the panels above
