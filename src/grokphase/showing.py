"""How a result shows itself: the one place where something below asks for what stands above it.

What a map, a sweep or a run *is* stands below the rooms that tell it in words and tables, draw it,
and make a page of it, and imports none of them. Its methods (`print(found)`, `found.plot()`,
`found.report()`, ...) ask here, by the type of the result, for the function that does it, and that
is imported when it is first asked for. So results stay light, and every arrow that would point
upwards is a line of one table.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, overload

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import polars
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Way = Literal[
    "text",
    "html",
    "json",
    "file",
    "pandas",
    "polars",
    "xarray",
    "figure",
    "axes",
    "animation",
    "page",
]
"""A way to show a result; "axes" draws into axes that are given, before the result."""

WAYS: Final[Mapping[str, Mapping[Way, str]]] = MappingProxyType(
    {
        "phases.phase_map.PhaseMap": {
            "text": "telling.text.draw",
            "html": "telling.html.draw",
            "json": "telling.document.json_dict",
            "file": "telling.document.save",
            "pandas": "telling.tables.to_pandas",
            "polars": "telling.tables.to_polars",
            "xarray": "telling.tables.to_xarray",
            "figure": "plotting.phase_map.phase_map_figure",
            "axes": "plotting.phase_map.draw_phase_map",
            "page": "web.report.report_of",
        },
        "phases.sweep_result.SweepResult": {
            "text": "telling.sweep_text.draw",
            "json": "telling.sweep_tables.json_dict",
            "file": "telling.sweep_tables.save",
            "pandas": "telling.sweep_tables.to_pandas",
            "polars": "telling.sweep_tables.to_polars",
            "figure": "plotting.sweep.sweep_figure",
            "page": "web.sweep_report.report_of",
        },
        "phases.survival.Survival": {
            "text": "telling.survival.draw",
            "pandas": "telling.survival.to_pandas",
            "polars": "telling.survival.to_polars",
            "figure": "plotting.survival.survival_figure",
            "axes": "plotting.survival.draw_survival",
        },
        "forecasting.forecast.Forecast": {
            "text": "forecasting.told.draw",
            "html": "forecasting.html.draw",
            "figure": "plotting.forecast.forecast_figure",
        },
        "forecasting.benchmark.Benchmark": {
            "text": "forecasting.scoreboard.draw",
            "figure": "plotting.benchmark.benchmark_figure",
        },
        "races.result.Race": {
            "text": "races.told.draw",
            "html": "races.told.html",
            "json": "races.document.as_json",
            "figure": "races.picture.race_figure",
        },
        "store.store.Store": {"html": "store.display.html"},
        "training.run.Run": {
            "figure": "plotting.curves.curves_figure",
            "axes": "plotting.curves.draw_curves",
            "page": "web.run_report.report_of",
        },
        "training.views.Views": {
            "figure": "plotting.views.views_figure",
            "animation": "plotting.views.animate",
        },
    }
)
"""Of each class of results, by way, the function that shows one; all names within grokphase."""


@overload
def shown_by(result: object, way: Literal["text", "html"]) -> Callable[..., str]: ...
@overload
def shown_by(result: object, way: Literal["json"]) -> Callable[..., dict[str, Any]]: ...
@overload
def shown_by(result: object, way: Literal["pandas"]) -> Callable[..., pandas.DataFrame]: ...
@overload
def shown_by(result: object, way: Literal["polars"]) -> Callable[..., polars.DataFrame]: ...
@overload
def shown_by(result: object, way: Literal["xarray"]) -> Callable[..., xarray.Dataset]: ...
@overload
def shown_by(result: object, way: Literal["figure"]) -> Callable[..., Figure]: ...
@overload
def shown_by(result: object, way: Literal["axes"]) -> Callable[..., Axes]: ...
@overload
def shown_by(result: object, way: Literal["file", "animation", "page"]) -> Callable[..., Path]: ...


def shown_by(result: object, way: Way) -> Callable[..., Any]:
    """The function that shows a result in this way; see `WAYS`.

    Args:
        result: the result; its class, or one that it derives from, is in the table.
        way: how it is to be shown.

    Returns:
        The function of the room above, which takes the result.

    Raises:
        KeyError: if the table has no such way for the class: a mistake of ours, not of a user.

    Example:
        >>> from grokphase.phases.sweep_result import example
        >>> shown_by(example(), "text").__module__
        'grokphase.telling.sweep_text'
    """
    names = (f"{each.__module__}.{each.__qualname__}" for each in type(result).__mro__)
    ways = next(WAYS[name] for each in names if (name := each.removeprefix("grokphase.")) in WAYS)
    room, _, function = ways[way].rpartition(".")
    shown: Callable[..., Any] = getattr(importlib.import_module(f"grokphase.{room}"), function)
    return shown
