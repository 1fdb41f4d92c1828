"""A forecast in a notebook: the interval over the steps, and what is said of it."""

from __future__ import annotations

import math
from html import escape
from typing import Final

from grokphase.forecasting.forecast import Forecast
from grokphase.forecasting.history import History
from grokphase.forecasting.told import lines, steps_text, unit_of

_STYLE: Final = """
<style>
.grokphase-forecast {font: 13px system-ui, sans-serif; color: inherit; max-width: 46em}
.grokphase-forecast svg {width: 100%; height: auto; display: block}
.grokphase-forecast text {fill: currentColor; font-size: 11px}
.grokphase-forecast th {text-align: left; font-weight: 600; padding-right: 1em;
  vertical-align: top; white-space: nowrap}
.grokphase-forecast td {text-align: left}
</style>"""
_WIDTH, _HEIGHT, _LEFT = 560, 110, 14
_COLOURS: Final = {"train_accuracy": "#0072b2", "validation_accuracy": "#d55e00"}
_TOP, _BOTTOM = 16, 78


def draw(forecast: Forecast) -> str:
    """A forecast as HTML: accuracies so far with the interval ahead, and a table of what it says.

    Text takes the colour of its surroundings, so it reads in light and dark notebooks; nothing is
    loaded from outside.

    Args:
        forecast: what to show.

    Example:
        >>> "<th>now</th>" in draw(Forecast("memorized", None, None, None, None, None, 812.0))
        True
    """
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>" for name, said in lines(forecast)
    )
    picture = "" if forecast.history is None else _picture(forecast, forecast.history)
    return f'{_STYLE}<div class="grokphase-forecast">{picture}<table>{rows}</table></div>'


def _picture(forecast: Forecast, history: History) -> str:
    interval = forecast.interval90 if forecast.phase != "generalized" else None
    end = max(history.now, 1.0 if interval is None else interval[1], 1.0)

    def x(step: float) -> float:
        return _LEFT + (_WIDTH - 2 * _LEFT) * math.log1p(step) / math.log1p(end)

    def y(share: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * share

    drawn = []
    opacity = 0.5 if forecast.refused else 1.0
    for band, shade in ((interval, 0.18), (interval and forecast.interval50, 0.32)):
        if band is not None:
            drawn.append(
                f'<rect x="{x(band[0]):.1f}" width="{max(x(band[1]) - x(band[0]), 1):.1f}" '
                f'y="{_TOP}" height="{_BOTTOM - _TOP}" fill="#d55e00" '
                f'fill-opacity="{shade * opacity:.2f}"/>'
            )
    if interval is not None and forecast.median_step is not None:
        at = x(forecast.median_step)
        drawn.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{_BOTTOM}" stroke="#d55e00"/>'
        )
    for name, colour in _COLOURS.items():
        steps, values = history.curve(name)
        points = " ".join(
            f"{x(step):.1f},{y(value):.1f}" for step, value in zip(steps, values, strict=True)
        )
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        )
    now = x(history.now)
    drawn.append(
        f'<line x1="{now:.1f}" x2="{now:.1f}" y1="{_TOP}" y2="{_BOTTOM}" stroke="currentColor" '
        'stroke-dasharray="2 2"/>'
    )
    unit = unit_of(forecast)
    texts = [
        (_LEFT, _BOTTOM + 14, "start", "0"),
        (_WIDTH - _LEFT, _BOTTOM + 14, "end", f"{unit} {steps_text(end)} (log)"),
        (
            _LEFT,
            _TOP - 5,
            "start",
            "accuracy: training blue, validation orange; bands: 50 and 90 %",
        ),
    ]
    drawn += [
        f'<text x="{left}" y="{down}" text-anchor="{anchor}">{escape(words)}</text>'
        for left, down, anchor, words in texts
    ]
    said = escape(f"Accuracies to {unit} {history.now:,} and the interval that is expected")
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT - 12}" role="img" aria-label="{said}">'
        f"{''.join(drawn)}</svg>"
    )
