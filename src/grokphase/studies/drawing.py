"""The picture of a figure: its panels on a page, under its title and over its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grokphase.numerics import NUMERICS
from grokphase.plotting import charts
from grokphase.studies.figure import Data, FigureResult
from grokphase.studies.functions import function
from grokphase.studies.paper import OWN, PUBLISHED, Figure, Panel, Study
from grokphase.studies.published import published

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


def draw(study: Study, figure: Figure, result: FigureResult) -> Picture:
    """A figure from its data.

    Args:
        study: the paper.
        figure: one of its figures.
        result: what was computed of it.
    """
    return charts.page(
        [_panel(study, panel, result.data) for panel in figure.panels],
        title=f"{figure.where[0].upper()}{figure.where[1:]}: {figure.title}",
        caption=caption(figure, result),
        **figure.layout,
    )


def _panel(study: Study, panel: Panel, data: Data) -> charts.Panel:
    own = panel.chart.startswith(OWN)
    table: Mapping[str, Any] = data
    if panel.table is not None and panel.table.startswith(PUBLISHED):
        table = published(study.folder, panel.table.removeprefix(PUBLISHED)).columns
    elif panel.table is not None:
        table = function(study, panel.table)(data)
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
    if result.obsolete:
        words.append(
            f"Trained with numerics {result.numerics}; today's are {NUMERICS}, and bits differ."
        )
    return " ".join(filter(None, words))
