"""Where a monitor is seen: lines, a panel in the terminal, one below a cell of a notebook."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from grokphase.checks import choice
from grokphase.telling.terminal import shown_measures, sparkline
from grokphase.telling.words import events_text

if TYPE_CHECKING:
    from rich.text import Text

    from grokphase.store.record import RunRecord

Where = Literal["lines", "panel", "notebook"]
Show = Where | Callable[[str], None] | None

_SECONDS: Final = 0.5  # between two pictures of a panel
_SAID: Final = 3  # lines that a panel keeps


class Picture(NamedTuple):
    """What a panel shows of a run.

    Attributes:
        name: of the run.
        phase: where it is now.
        budget: its steps in all, None where that is open.
        record: the run so far, None before anything was watched.
        lines: what was said.
        notes: what could not be used or measured.
    """

    name: str
    phase: str
    budget: int | None
    record: RunRecord | None
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

    def close(self) -> None:
        """End the showing."""
        ...


class Lines:
    """A function that is called with each line."""

    def __init__(self, say: Callable[[str], Any]) -> None:
        self.line = say

    def refresh(self, picture: Callable[[], Picture]) -> None:
        """Nothing: what changed has been said."""

    def close(self) -> None:
        """Nothing to end."""


class Drawn:
    """A panel that is drawn again now and then.

    Args:
        draw: shows a picture.
        end: ends it.
    """

    def __init__(self, draw: Callable[[Picture], None], end: Callable[[], None]) -> None:
        self._draw, self.close = draw, end
        self._next = 0.0

    def line(self, text: str) -> None:
        """Nothing: it stands in the next picture."""
        self._next = 0.0

    def refresh(self, picture: Callable[[], Picture]) -> None:
        """Draw it, if the last picture is not too fresh."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + _SECONDS
            self._draw(picture())


def shower(show: Show) -> Shower:
    """What shows a monitor in the way that was asked for.

    Raises:
        GrokphaseError: for a way that does not exist.
    """
    if show is None:
        return Lines(lambda text: None)
    if callable(show):
        return Lines(show)
    choice("show", show, get_args(Where))
    if show == "lines":
        return Lines(print)
    return _in_terminal() if show == "panel" else _in_notebook()


def _in_terminal() -> Drawn:
    from rich.live import Live

    live = Live(auto_refresh=False, redirect_stdout=True, redirect_stderr=True)

    def draw(picture: Picture) -> None:
        if not live.is_started:
            live.start()
        live.update(panel(picture), refresh=True)

    return Drawn(draw, live.stop)


def _in_notebook() -> Drawn:
    from IPython.display import HTML, display

    cell: list[Any] = []

    def draw(picture: Picture) -> None:
        shown = HTML(html(picture))
        if cell:
            cell[0].update(shown)
        else:
            cell.append(display(shown, display_id=True))

    return Drawn(draw, lambda: None)


def panel(picture: Picture, *, width: int = 78) -> Text:
    """A run in a terminal: where it is, its curves as small bars, what was said last.

    Args:
        picture: of the run.
        width: columns to fit into; at least 60.

    Returns:
        Text for a rich console.
    """
    from rich.text import Text

    record = picture.record
    lines = [Text(_heading(picture), style="bold")]
    if record is not None:
        lines += [Text(f"  {text}") for text in events_text(record)]
        for name in shown_measures(record.curves, record.spec["recipe"]["measures"]):
            bars = sparkline(record, name, width - 46)
            ends = _ends(record.curves[name])
            lines.append(Text(f"  {name.replace('_', ' '):<24.24} {bars} {ends}"))
    lines += [Text(f"  {text}", style="italic") for text in picture.lines[-_SAID:]]
    lines += [Text(f"  {text}", style="dim") for text in picture.notes]
    return Text("\n").join(lines)


def _heading(picture: Picture) -> str:
    if picture.record is None:
        return f"{picture.name}: nothing watched yet"
    budget = "" if picture.budget is None else f" of {picture.budget:,}"
    step = picture.record.steps_trained
    return f"{picture.name}: step {step:,}{budget}, {picture.phase}"


def _ends(values: NDArray[np.float64]) -> str:
    known = values[np.isfinite(values)]
    return f"{known[0]:.3g} to {known[-1]:.3g}"


def html(picture: Picture) -> str:
    """The panel for a notebook: in the colours of its surroundings, nothing loaded from outside.

    Example:
        >>> html(Picture("a < b", "not memorized", None, None, [], [])).partition(">")[2]
        'a &lt; b: nothing watched yet</pre>'
    """
    return (
        '<pre class="grokphase-watch" style="line-height: 1.25; font-size: 13px">'
        f"{escape(panel(picture).plain)}</pre>"
    )
