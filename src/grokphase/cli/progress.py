"""Progress while runs train: a live picture on a terminal, a plain line now and then elsewhere.

Progress goes to stderr, so that stdout holds the result and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol

from grokphase.cli.options import Output

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from grokphase.training.progress import Progress

OnProgress = Callable[["Progress"], None]
SECONDS_BETWEEN_LINES = 5.0


class View(Protocol):
    """A picture of what is being trained, fed with progress and drawn when the screen wants it."""

    def tell(self, progress: Progress) -> None:
        """Take note of progress; called often, so it does not draw."""

    def render(self) -> RenderableType:
        """Draw what is known."""


@contextmanager
def showing(output: Output, view: View) -> Iterator[OnProgress | None]:
    """Show progress for the duration of a ``with`` block.

    Args:
        output: how the verb talks; with ``--json`` or ``--quiet`` nothing is shown.
        view: the picture for a terminal.

    Yields:
        The callback to hand to the engine, or None where nothing is to be shown.
    """
    if not output.shows_progress:
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield Lines(console.file)
        return
    with _live(console, view) as tell:
        yield tell


@dataclass
class Lines:
    """Progress as plain lines, for a log or a pipe: one every few seconds.

    Args:
        stream: where the lines go.
        every: seconds between lines.
        clock: seconds from any origin.
    """

    stream: IO[str]
    every: float = SECONDS_BETWEEN_LINES
    clock: Callable[[], float] = time.monotonic
    _last: float = field(init=False)

    def __post_init__(self) -> None:
        """The first line comes one interval after the beginning."""
        self._last = self.clock()

    def __call__(self, progress: Progress) -> None:
        """Print a line if the last one is long enough ago."""
        now = self.clock()
        if now - self._last >= self.every:
            self._last = now
            print(progress, file=self.stream, flush=True)


@contextmanager
def _live(console: Console, view: View) -> Iterator[OnProgress]:
    from rich.live import Live

    picture = _Picture(view)
    with Live(picture, console=console, refresh_per_second=4, transient=True):
        yield picture.tell


@dataclass
class _Picture:
    """The view above a bar, drawn anew at each refresh from the latest progress."""

    view: View
    latest: Progress | None = None

    def tell(self, progress: Progress) -> None:
        self.latest = progress
        self.view.tell(progress)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        if self.latest is None:
            return Text("Compiling the training loop ...")
        done, expected = self.latest.steps_done, self.latest.steps_expected
        # A grid, because a bar alone does not end its line.
        below = Table.grid()
        below.add_row(ProgressBar(total=max(expected, done, 1), completed=done, width=60))
        below.add_row(Text(str(self.latest)))
        return Group(self.view.render(), below)
