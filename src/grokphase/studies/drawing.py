"""The picture of a figure: its panels on a page, under its title and over its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from grokphase.errors import GrokphaseError
from grokphase.numerics import NUMERICS
from grokphase.plotting import charts
from grokphase.studies.data import Data
from grokphase.studies.figure import FigureResult
from grokphase.studies.functions import function, named_table
from grokphase.studies.paper import OWN, Figure, Panel, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


def draw(study: Study, figure: Figure, result: FigureResult) -> Picture:
    """A figure from its data.

    Args:
        study: the paper.
        figure: one of its figures.
        result: what was computed of it.
    """
    where = ("figures", figure.id, "panels")
    panels = []
    for place, panel in enumerate(figure.panels):
        with study.facts.told_at(*where, place):
            panels.append(_panel(study, panel, result.data))
    try:
        return charts.page(
            panels,
            title=f"{figure.where[0].upper()}{figure.where[1:]}: {figure.title}",
            caption=caption(figure, result),
            **figure.layout,
        )
    except GrokphaseError:
        for place, made in enumerate(panels):  # which of them cannot be drawn
            with study.facts.told_at(*where, place):
                charts.page([made], title="")
        raise


def _panel(study: Study, panel: Panel, data: Data) -> charts.Panel:
    own = panel.chart.startswith(OWN)
    table = data if panel.table is None else named_table(study, panel.table, data)
    if panel.among:
        from grokphase.estimators import among

        table = among(table, panel.among)
    chart = function(study, panel.chart) if own else panel.chart
    return charts.Panel(chart, table, panel.parameters, panel.title, panel.over)


def caption(figure: Figure, result: FigureResult) -> str:
    """What stands below: settings, what else must be said, and what it cost.

    Args:
        figure: the figure.
        result: what was computed of it.
    """
    words = [result.settings, charts.filled(figure.caption, result.data)]
    if result.runs:
        words.append(f"{result.runs:,} runs, {result.steps:,} steps.")
    if figure.maps is not None:
        words.append(cells_run(result.data["maps"]))
    if result.obsolete:
        words.append(
            f"Trained with numerics {result.numerics}; today's are {NUMERICS}, and bits differ."
        )
    return " ".join(filter(None, words))


def cells_run(maps: Sequence[Mapping[str, Any]]) -> str:
    """How many cells of all seeds' maps were run, in a sentence.

    Args:
        maps: of each seed `measured`, a text a row with "1" for run and "0" for inferred.

    Example:
        >>> cells_run([{"measured": ["11", "10"]}, {"measured": ["11", "11"]}])
        '7 of 8 cells run, others inferred.'
    """
    marks = "".join(row for each in maps for row in each["measured"])
    others = ", others inferred" if "0" in marks else ""
    return f"{marks.count('1'):,} of {len(marks):,} cells run{others}."
