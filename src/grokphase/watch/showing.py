"""Where a monitor is seen: lines, a panel in the terminal, one below a cell of a notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, get_args

from grokphase.checks import choice
from grokphase.forecasting import Forecast
from grokphase.forecasting.following import Event
from grokphase.forecasting.history import CURVES, History
from grokphase.forecasting.html import draw
from grokphase.forecasting.panel import panel as forecast_panel
from grokphase.telling.seen import in_notebook, on_terminal
from grokphase.telling.terminal import bars, is_share

if TYPE_CHECKING:
    from rich.console import RenderableType

Where = Literal["lines", "panel", "notebook"]
Show = Where | Callable[[str], None] | None

_SECONDS: Final = 0.5  # between two pictures of a panel
_SAID: Final = 3  # lines that a panel keeps
_COLUMNS: Final = 44


class Picture(NamedTuple):
    """What a panel shows of a run.

    Attributes:
        name: of the run.
        forecast: as of now, with what was recorded.
        lines: what was said.
        notes: what could not be used or measured.
    """

    name: str
    forecast: Forecast
    lines: list[str]
    notes: list[str]


class Shower(Protocol):
    """What a monitor shows itself by."""

    def line(self, text: str) -> None:
        """Show a line that was just said."""
        ...

    def refresh(self, picture: Callable[[], Picture]) -> None:
        """Show what has become of the run; the picture is made if it is asked for."""
        ...

    def close(self, picture: Callable[[], Picture]) -> None:
        """End the showing, with what became of the run."""
        ...


class Lines:
    """A function that is called with each line."""

    def __init__(self, say: Callable[[str], Any]) -> None:
        self.line = say

    def refresh(self, picture: Callable[[], Picture]) -> None:
        """Nothing: what changed has been said."""

    def close(self, picture: Callable[[], Picture]) -> None:
        """Nothing to end."""


class Drawn:
    """A panel that is drawn again now and then.

    Args:
        draw: shows a picture.
        end: ends it.
    """

    def __init__(self, draw: Callable[[Picture], None], end: Callable[[], None]) -> None:
        self._draw, self._end = draw, end
        self._next = 0.0

    def line(self, text: str) -> None:
        """Nothing: it stands in the next picture."""
        self._next = 0.0

    def refresh(self, picture: Callable[[], Picture]) -> None:
        """Draw it, if the last picture is not too fresh."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + _SECONDS
            self._draw(picture())

    def close(self, picture: Callable[[], Picture]) -> None:
        """Draw it a last time."""
        self._draw(picture())
        self._end()


def shower(show: Show) -> Shower:
    """What shows a monitor in the way that was asked for; lines where there is no place for it.

    Raises:
        GrokphaseError: for a way that does not exist.
    """
    if show is None:
        return Lines(lambda text: None)
    if callable(show):
        return Lines(show)
    choice("show", show, get_args(Where))
    if show == "panel" and (on_terminal(sys.stdout) or in_notebook()):
        return _in_terminal()
    return _in_cell() if show == "notebook" and in_notebook() else Lines(print)


def _in_terminal() -> Drawn:
    from rich.live import Live

    live = Live(auto_refresh=False, redirect_stdout=True, redirect_stderr=True)

    def show(picture: Picture) -> None:
        if not live.is_started:
            live.start()
        live.update(panel(picture), refresh=True)

    return Drawn(show, live.stop)


def _in_cell() -> Drawn:
    from IPython.display import HTML, display

    cell: list[Any] = []

    def show(picture: Picture) -> None:
        shown = HTML(html(picture))
        if cell:
            cell[0].update(shown)
        else:
            cell.append(display(shown, display_id=True))

    return Drawn(show, lambda: None)


def panel(picture: Picture) -> RenderableType:
    """A run in a terminal: its curves, what is expected, other measures, what was said last.

    Args:
        picture: of the run.
    """
    from rich.console import Group
    from rich.text import Text

    forecast, lines = picture.forecast, picture.lines[-_SAID:]
    events = [Event(0.0, text) for text in lines]
    measures = [Text(f"  {text}", no_wrap=True) for text in measured(forecast.history)]
    notes = [Text(f"  {text}", style="dim") for text in picture.notes]
    return Group(forecast_panel(picture.name, forecast, events), *measures, *notes)


def measured(history: History | None) -> list[str]:
    """The measures besides losses, accuracies and the norm, a line each, as small bars."""
    if history is None:
        return []
    lines = []
    for name in history.curves:
        steps, values = history.curve(name)
        if name not in CURVES and steps.size:
            drawn = bars(steps, values, _COLUMNS, max(history.now, 1), share=is_share(name))
            lines.append(f"{name.replace('_', ' '):<22.22} {drawn} {values[-1]:.3g}")
    return lines


def html(picture: Picture) -> str:
    """The panel for a notebook: in the colours of its surroundings, nothing loaded from outside.

    Args:
        picture: of the run.
    """
    texts = [*measured(picture.forecast.history), *picture.lines[-_SAID:], *picture.notes]
    return (
        f"<b>{escape(picture.name)}</b>{draw(picture.forecast)}"
        '<pre style="line-height: 1.25; font-size: 12px">'
        f"{escape(chr(10).join(texts))}</pre>"
    )
