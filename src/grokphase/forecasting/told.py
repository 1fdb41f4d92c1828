"""A forecast in words: one line for a log, some twenty for a terminal."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import Final

from grokphase.forecasting.columns import IN_EPOCHS, TOLD
from grokphase.forecasting.forecast import Forecast
from grokphase.forecasting.history import CURVES, History
from grokphase.telling.terminal import bars, is_share

_WIDTH: Final = 80
_LABEL: Final = 21
_COLUMNS: Final = 44
_NOW, _WITHIN90, _WITHIN50, _MEDIAN = "│", "─", "━", "┃"


def unit_of(forecast: Forecast) -> str:
    """What its steps are: "step", or "epoch" of a file that counts those and says no more."""
    return "epoch" if IN_EPOCHS in forecast.understood.values() else "step"


def steps_text(step: float) -> str:
    """A step that was foreseen, to three digits, since no more of it is known.

    Example:
        >>> steps_text(5123.4), steps_text(87.31), steps_text(123456)
        ('5,120', '87', '123,000')
    """
    digits = 3 - len(str(int(step)))
    return f"{round(step, min(digits, 0)):,.0f}"


def stage_text(forecast: Forecast) -> str:
    """Where the run is now, in a clause.

    Example:
        >>> stage_text(Forecast("memorized", 0.5, None, 900.0, None, None, 812.0))
        'memorized at step 812, not generalized yet'
    """
    unit, history = unit_of(forecast), forecast.history
    by = " yet" if history is None else f" by {unit} {history.now:,}"
    at = forecast.memorized_at
    memorized = "memorization was not seen" if at is None else f"memorized at {unit} {at:,.0f}"
    if forecast.phase == "generalized":
        return f"{memorized}, generalized at {unit} {forecast.median_step:,.0f}"
    if forecast.phase == "diverged":
        return f"its loss has diverged{by.replace(' yet', '')}"
    if forecast.phase == "generalizing":
        return f"{memorized}, generalizing, not over the threshold{by}"
    if forecast.phase == "memorized":
        return f"{memorized}, not generalized{by}"
    if forecast.phase == "unknown":
        if at is None:
            return f"whether it has memorized is not known{by}"
        return f"{memorized}, whether it has generalized is not known{by}"
    return f"not memorized{by}"


def chance_text(forecast: Forecast) -> str:
    """How probable it is that the run generalizes within its budget.

    Example:
        >>> chance_text(Forecast("memorized", 0.617, 20000, 900.0, None, None, 812.0))
        '62 % within 20,000 steps'
    """
    probability, unit = forecast.probability_of_generalizing, unit_of(forecast)
    within = "at any time, no budget given"
    if forecast.budget is not None:
        within = f"within {forecast.budget:,} {unit}s"
    if probability is None:
        return "cannot be said yet"
    return f"{_percent(probability)} {within}"


def _percent(probability: float) -> str:
    """A probability in percent, which is 0 or 100 only where it is."""
    if 0 < probability < 0.01:
        return "under 1 %"
    if 0.99 < probability < 1:
        return "over 99 %"
    return f"{100 * probability:.0f} %"


def in_a_line(forecast: Forecast) -> str:
    """A forecast as a monitor prints it.

    Example:
        >>> told = Forecast(
        ...     "memorized", 0.6, 20000, 5120.0, (4300.0, 6800.0), (3600.0, 9800.0), 812.0
        ... )
        >>> print(in_a_line(told))
        generalization expected at 5,120, 90 %: 3,600-9,800; 60 % within 20,000 steps
    """
    if forecast.phase == "generalized":
        return stage_text(forecast)
    if forecast.median_step is None or forecast.interval90 is None:
        return f"{stage_text(forecast)}; no forecast: {forecast.reason.rstrip('.')}"
    low, high = map(steps_text, forecast.interval90)
    said = (
        f"generalization expected at {steps_text(forecast.median_step)}, 90 %: {low}-{high}; "
        f"{chance_text(forecast)}"
    )
    return f"tentative, since {forecast.reason.rstrip('.')}: {said}" if forecast.refused else said


def unknown(history: History) -> list[str]:
    """What cannot be known of a run that has not generalized from what is there, in clauses.

    Args:
        history: the run.
    """
    said = []
    if not history.curve("weight_norm")[0].size:
        said.append("whether the norm of the weights contracts: it was not measured")
    if history.eta_lambda is None and history.settings.get("decoupled") != 0:
        lacking = [n for n in ("learning_rate", "weight_decay") if n not in history.settings]
        be = "are" if len(lacking) > 1 else "is"
        said.append(f"how fast weight decay acts: {' and '.join(lacking)} {be} not given")
    memorized = history.memorized
    if memorized is not None and history.memorized_unseen:
        said.append(f"when it memorized, but that it was at {memorized.upper:,.0f} or before")
    elif memorized is not None and memorized.lower < 0.5 * memorized.upper:
        known = f"({memorized.lower:,.0f}, {memorized.upper:,.0f}]"
        said.append(f"when it memorized, but that it was in {known}")
    said.append("whether it would last: a forecast is of the first step over the threshold")
    return said


def lines(forecast: Forecast) -> list[tuple[str, str]]:
    """A forecast as pairs of words: what, and what is said of it; refusals first.

    Args:
        forecast: what to tell.
    """
    unit = unit_of(forecast)
    said = [("now", stage_text(forecast))]
    if forecast.refused:
        said.append(("refused", forecast.reason))
    elif forecast.reason:
        said.append(("since", forecast.reason))
    if forecast.phase not in ("generalized", "diverged"):
        tentative = "tentatively " if forecast.refused and forecast.median_step is not None else ""
        said.append(("generalizes", tentative + chance_text(forecast)))
        said += _times(forecast, unit)
    over = forecast.phase in ("generalized", "diverged") or forecast.history is None
    open_ends = [] if over or forecast.history is None else unknown(forecast.history)
    if open_ends and forecast.budget is None:
        open_ends.insert(0, "whether it comes in the time that there is: no budget is given")
    reasons = [each.says for each in forecast.evidence]
    for name, clauses in (("because", reasons), ("not known", open_ends)):
        said += [(name if first == 0 else "", clause) for first, clause in enumerate(clauses)]
    if forecast.median_step is not None and forecast.phase != "generalized":
        said.append(("forecaster", forecast.forecaster))
    return said


def _times(forecast: Forecast, unit: str) -> Iterator[tuple[str, str]]:
    if forecast.median_step is None:
        return
    yield f"median {unit}", f"{steps_text(forecast.median_step)}, if it does"
    for name, interval in (("50 %", forecast.interval50), ("90 %", forecast.interval90)):
        if interval is not None:
            yield name, f"{steps_text(interval[0])} to {steps_text(interval[1])}"


def draw(forecast: Forecast) -> str:
    """A forecast in at most 80 columns: curves and interval over the steps, then what it says.

    Args:
        forecast: what to tell.

    Example:
        >>> print(draw(Forecast("diverged", 0.0, 900, None, None, None, None, reason="of NaN.")))
        now          its loss has diverged
        since        of NaN.
    """
    shown = [] if forecast.history is None else picture(forecast, forecast.history)
    for name, said in lines(forecast):
        shown += textwrap.wrap(
            said, _WIDTH, initial_indent=f"{name:<13}", subsequent_indent=" " * 13
        )
    return "\n".join(shown)


def picture(forecast: Forecast, history: History) -> list[str]:
    """Curves as bars and, on the same axis of steps, the interval that is expected.

    Args:
        forecast: with or without an interval.
        history: its run.

    Returns:
        A line a curve, with the last value; one for the interval; one for the axis.
    """
    interval = forecast.interval90 if forecast.phase != "generalized" else None
    end = max(history.now, 1.0 if interval is None else interval[1], 1.0)
    shown = []
    for name in CURVES:
        steps, values = history.curve(name)
        if steps.size:
            drawn = bars(steps, values, _COLUMNS, end, share=is_share(name))
            shown.append(f"{TOLD[name]:<{_LABEL}} {drawn} {values[-1]:.3g}")
    if not shown:
        return []
    if interval is not None and forecast.interval50 is not None:
        label = "tentative forecast" if forecast.refused else "forecast"
        shown.append(f"{label:<{_LABEL}} {_interval(forecast, history, end)}".rstrip())
    axis = f"{unit_of(forecast)} {steps_text(end)}"
    shown.append(f"{'':<{_LABEL}} 0{axis:>{_COLUMNS - 1}}")
    return shown


def _interval(forecast: Forecast, history: History, end: float) -> str:
    """Now, the 90 % interval, the 50 % within it, and the median."""
    line = [" "] * _COLUMNS

    def place(step: float) -> int:
        return round(math.log1p(step) / math.log1p(end) * (_COLUMNS - 1))

    for interval, mark in (
        (forecast.interval90, _WITHIN90),
        (forecast.interval50, _WITHIN50),
    ):
        if interval is not None:
            for at in range(place(interval[0]), place(interval[1]) + 1):
                line[at] = mark
    line[place(history.now)] = _NOW
    if forecast.median_step is not None:
        line[place(forecast.median_step)] = _MEDIAN
    return "".join(line)
