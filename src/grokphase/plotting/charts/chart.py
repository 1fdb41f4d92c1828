"""The charts by name, and whether parameters fit them.

A chart is data first and drawing second: a pure function from a table and keyword arguments to what
the picture shows, and a function that draws that. Keyword arguments are what TOML can hold.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from grokphase.errors import GrokphaseError, nearest
from grokphase.plotting.charts import (
    curves,
    distributions,
    embeddings,
    frame,
    heat,
    intervals,
    maps,
    marks,
    planes,
    tables,
    times,
)


@dataclass(frozen=True)
class Chart:
    """One kind of picture.

    Args:
        name: as a figure calls it.
        what: it shows, in a sentence.
        data: from a table and keyword arguments to what is shown.
        draw: from axes, or a part of a figure, and what is shown.
        on: what it is drawn on: "axes", or "figure" where it is made of several axes.
        framed: whether it also takes the parameters of `frame`.
    """

    name: str
    what: str
    data: Callable[..., Any]
    draw: Callable[[Any, Any], None]
    on: Literal["axes", "figure"]
    framed: bool

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of what it takes besides its table."""
        own = tuple(inspect.signature(self.data).parameters)[1:]
        return (*own, *(frame.PARAMETERS if self.framed else ()))

    @property
    def needed(self) -> tuple[str, ...]:
        """Those that it cannot do without."""
        own = list(inspect.signature(self.data).parameters.values())[1:]
        return tuple(each.name for each in own if each.default is inspect.Parameter.empty)


CHARTS: Final[Mapping[str, Chart]] = MappingProxyType(
    {
        chart.name: chart
        for chart in (
            Chart(
                "curves",
                "Curves over steps, with bands over seeds and marks at events.",
                curves.curves,
                curves.draw,
                "axes",
                True,
            ),
            Chart(
                "times",
                "Times, or any quantity, against a setting or another quantity.",
                times.times,
                marks.draw,
                "axes",
                True,
            ),
            Chart(
                "maps",
                "Phase maps of several seeds: the majority, and each by itself.",
                maps.maps,
                maps.draw,
                "figure",
                False,
            ),
            Chart(
                "heat",
                "A quantity over two settings, as colours and numbers.",
                heat.heat,
                heat.draw,
                "axes",
                True,
            ),
            Chart(
                "embeddings",
                "Points in the plane, the regions of a decoder, what joins points.",
                embeddings.embeddings,
                planes.draw,
                "figure",
                False,
            ),
            Chart(
                "distributions",
                "Bars, stems, histograms, shares, fans of quantiles.",
                distributions.distributions,
                distributions.draw,
                "axes",
                True,
            ),
            Chart(
                "intervals",
                "Intervals side by side: a race, or a ledger of claims.",
                intervals.intervals,
                intervals.draw,
                "figure",
                False,
            ),
            Chart(
                "table",
                "A table.",
                tables.table,
                tables.draw,
                "axes",
                False,
            ),
        )
    }
)
"""Every chart there is."""


def chart_named(name: str) -> Chart:
    """A chart by its name.

    Raises:
        GrokphaseError: if there is none, with those that there are.

    Example:
        >>> chart_named("times").on
        'axes'
    """
    if name not in CHARTS:
        raise GrokphaseError(
            f'There is no chart "{name}"; there are {", ".join(CHARTS)}.'
            f"{nearest(str(name), CHARTS)}"
        )
    return CHARTS[name]


def check(name: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a chart that there is not, or parameters that it does not take or that are missing.

    Args:
        name: of the chart.
        parameters: by name.

    Raises:
        GrokphaseError: with one sentence that names the nearest.

    Example:
        >>> check("times", {"x": "size", "y": "steps", "y_scale": "log"})
        >>> check("times", {"x": "size", "y": "steps", "budjet": 9})
        Traceback (most recent call last):
        grokphase.errors.GrokphaseError: The chart "times" takes no "budjet". Did you mean "budget"?
    """
    chart = chart_named(name)
    known = chart.parameters
    for each in parameters:
        if each not in known:
            hint = nearest(str(each), known)
            options = "" if hint else f"; it takes {', '.join(known)}"
            raise GrokphaseError(f'The chart "{name}" takes no "{each}"{options}.{hint}')
    if missing := [each for each in chart.needed if each not in parameters]:
        raise GrokphaseError(
            f'The chart "{name}" needs {" and ".join(missing)}, as in with = {{ '
            f'{", ".join(f"""{each} = "..." """.strip() for each in missing)} }}.'
        )
    if not chart.framed:
        return
    frame.check_choices(parameters)
    for key, keys in (("lines", frame.LINE_KEYS), ("points", frame.POINT_KEYS)):
        for given in parameters.get(key, ()):
            frame.check_keys(f'One of the {key} of the chart "{name}"', given, keys)
