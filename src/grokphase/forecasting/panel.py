"""A run that is being watched, on a terminal: its curves, what has happened, what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from grokphase.forecasting.following import Event
from grokphase.forecasting.forecast import Forecast
from grokphase.forecasting.told import lines, picture, unit_of

if TYPE_CHECKING:
    from rich.console import RenderableType

_LAST: Final = 4  # events
_SHOWN: Final = ("now", "refused", "since", "generalizes", "50 %", "90 %", "because", "")


def panel(
    title: str, forecast: Forecast, events: Sequence[Event] = (), note: str = ""
) -> RenderableType:
    """A panel of 80 columns.

    Args:
        title: what is watched.
        forecast: as of now, with its history.
        events: what has happened; the last few are shown.
        note: a sentence on the watching itself.
    """
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = []
    if forecast.history is not None:
        parts += [Text(line, no_wrap=True) for line in picture(forecast, forecast.history)]
        title = f"{title}, {unit_of(forecast)} {forecast.history.now:,}"
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, said in lines(forecast):
        if name in _SHOWN or name.startswith("median"):
            table.add_row(Text(name, style="bold"), Text(said))
        if name == "not known":
            break
    for event in events[-_LAST:]:
        table.add_row(Text("event", style="bold"), Text(event.says))
    parts.append(table)
    if note:
        parts.append(Text(note, style="dim"))
    return Panel(Group(*parts), title=Text(title), title_align="left", width=80)
