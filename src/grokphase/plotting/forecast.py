"""A forecast drawn: the curves so far and, on their axis of steps, what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grokphase.errors import GrokphaseError
from grokphase.forecasting.history import History
from grokphase.forecasting.told import chance_text, stage_text, steps_text, unit_of
from grokphase.plotting.captions import caption_below, title_above
from grokphase.plotting.curves import log_steps
from grokphase.plotting.looks import INK
from grokphase.plotting.panels import ACCURACIES, LOSSES, Line
from grokphase.plotting.style import VALIDATION_COLOUR, paper_style
from grokphase.plotting.ticks import log_ticks, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.forecasting.forecast import Forecast

_WIDTH, _HEIGHT = 7.2, 3.6  # inches
_TENTATIVE: Final = 0.5  # how much of its colour an interval keeps that is refused


def forecast_figure(
    forecast: Forecast,
    *,
    title: str | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Accuracies and losses so far, and the steps at which the run is expected to generalize.

    Bands hold the step with 90 and 50 % if the run generalizes within its budget, a line is the
    median; how probable that is stands above. Where a forecast is refused the bands are hatched and
    the reason stands below.

    Args:
        forecast: with the history it was made from.
        title: above all; None says where the run is and how probable it is that it generalizes.
        figsize: width and height in inches.

    Raises:
        GrokphaseError: if the forecast holds no curves.
    """
    from grokphase.plotting.notebook import new_figure

    history = forecast.history
    if history is None or not history.step.size:
        raise GrokphaseError("A forecast is drawn with its curves, and this one holds none.")
    with paper_style():
        figure = new_figure(figsize or (_WIDTH, _HEIGHT))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.5, 1))
        interval = forecast.interval90 if forecast.phase != "generalized" else None
        end = max(history.now, 1.0 if interval is None else interval[1])
        _draw_accuracies(above, history)
        _draw_losses(below, history)
        for axes in (above, below):
            if interval is not None:
                _draw_interval(axes, forecast, named=axes is above)
            axes.axvline(history.now, color=INK, linewidth=0.7, linestyle=":", gid="now")
            axes.spines[["top", "right"]].set_visible(False)
        log_steps(below, int(end))
        below.set_xlabel(
            below.get_xlabel() if unit_of(forecast) == "step" else "epoch (as the file counts)"
        )
        above.set_xlabel("")
        title_above(figure, _heading(forecast) if title is None else title)
        if said := _caption(forecast):
            caption_below(figure, said)
        above.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=5, columnspacing=1.1, borderpad=0
        )
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _heading(forecast: Forecast) -> str:
    said = stage_text(forecast)
    said = said[0].upper() + said[1:]
    if forecast.phase in ("generalized", "diverged"):
        return said
    if forecast.probability_of_generalizing is None:
        return f"{said}: no forecast"
    tentative = " (tentative)" if forecast.refused else ""
    return f"{said}; to generalize: {chance_text(forecast)}{tentative}"


def _caption(forecast: Forecast) -> str:
    parts = []
    if forecast.refused:
        parts.append(f"refused: {forecast.reason.rstrip('.')}")
    elif forecast.reason:
        parts.append(forecast.reason.rstrip("."))
    parts += [each.says for each in forecast.evidence]
    if forecast.median_step is not None and forecast.phase != "generalized":
        parts.append(f"forecaster: {forecast.forecaster}")
    return "; ".join(parts) + "." if parts else ""


def _draw_line(axes: Axes, history: History, line: Line) -> None:
    steps, values = history.curve(line.measure)
    if steps.size:
        axes.plot(
            steps,
            values,
            color=line.colour,
            linestyle=line.dashes,
            label=line.label,
            gid=line.measure,
        )


def _draw_accuracies(axes: Axes, history: History) -> None:
    for line in ACCURACIES[:2]:
        _draw_line(axes, history, line)
    axes.axhline(history.threshold, color="#888888", linewidth=0.6, linestyle=":", gid="threshold")
    axes.set_ylim(-0.04, 1.04)
    plain_ticks(axes, "y")
    axes.set_ylabel("accuracy")


def _draw_losses(axes: Axes, history: History) -> None:
    for line in LOSSES:
        _draw_line(axes, history, line)
    axes.set_ylabel("loss")
    drawn = [values for line in LOSSES if (values := history.curve(line.measure)[1]).size]
    if drawn and min(values.min() for values in drawn) > 0:
        axes.set_yscale("log")
        log_ticks(axes, "y")


def _draw_interval(axes: Axes, forecast: Forecast, *, named: bool) -> None:
    """The bands of 90 and 50 %, and the median."""
    for interval, share, name in (
        (forecast.interval90, 0.16, "90 %"),
        (forecast.interval50, 0.28, "50 %"),
    ):
        if interval is None:
            continue
        low, high = map(steps_text, interval)
        axes.axvspan(
            *interval,
            facecolor=VALIDATION_COLOUR,
            edgecolor=VALIDATION_COLOUR,
            alpha=share * (_TENTATIVE if forecast.refused else 1),
            hatch="////" if forecast.refused and share < 0.2 else None,
            linewidth=0,
            label=f"{name}: {low}–{high}" if named else None,
            gid=name,
        )
    if forecast.median_step is not None:
        axes.axvline(
            forecast.median_step,
            color=VALIDATION_COLOUR,
            linewidth=1.0,
            label=f"median {steps_text(forecast.median_step)}" if named else None,
            gid="median",
        )
