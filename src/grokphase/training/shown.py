"""Progress of a call from Python: a line that lasts as long as the call, if a person looks on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from grokphase.telling.seen import in_notebook, on_terminal
from grokphase.training.progress import Progress

Listener = Callable[[Progress], None]
OnProgress = Listener | Literal["auto"] | None
"""Who is told: a function; "auto", a line that whoever looks on can read; or nobody."""

PATIENCE: Final = 2.0  # seconds that nobody needs to be told about
_BETWEEN: Final = 0.5  # seconds


@contextmanager
def shown(on_progress: OnProgress, before: str = "") -> Iterator[Listener | None]:
    """Show progress for the length of a ``with`` block, and leave nothing behind.

    "auto" is a line in a notebook, or on standard error if that is a terminal, from two seconds
    on. A script whose standard error goes to a file or a pipe shows nothing.

    Args:
        on_progress: a listener instead of the line, or None for neither.
        before: what stands in the line's place until it is due.

    Yields:
        What to hand to a sweep.

    Example:
        >>> with shown(None) as listener:
        ...     print(listener)
        None
    """
    if on_progress != "auto":
        yield on_progress
        return
    place = _place()
    if place is None:
        yield None
        return
    line = _Line(place)
    if before:
        place.put(before)
    try:
        yield line
    finally:
        place.clear()


class Place(Protocol):
    """Where one line of text can be put, again and again."""

    def put(self, text: str) -> None:
        """Show this instead of what was shown."""

    def clear(self) -> None:
        """Show nothing any more."""


def _place() -> Place | None:
    """Where a person looks on, if anywhere."""
    if in_notebook():
        return Cell()
    return Terminal() if on_terminal(sys.stderr) else None


@dataclass
class _Line:
    """Tells the place how far the sweep is, now and then."""

    place: Place
    due: float = PATIENCE

    def __call__(self, progress: Progress) -> None:
        if progress.seconds >= self.due:
            self.due = progress.seconds + _BETWEEN
            self.place.put(str(progress))


@dataclass
class Terminal:
    """The last line of a terminal, written over."""

    width: int = 0

    def put(self, text: str) -> None:
        """Write over the line."""
        text = text[: shutil.get_terminal_size().columns - 1]
        print(f"\r{text:<{self.width}}", end="", file=sys.stderr, flush=True)
        self.width = len(text)

    def clear(self) -> None:
        """Wipe the line, and stand at its beginning."""
        if self.width:
            print(f"\r{'':{self.width}}\r", end="", file=sys.stderr, flush=True)


@dataclass
class Cell:
    """An output of a notebook's cell that is replaced, and empty in the end."""

    handle: Any = None

    def put(self, text: str) -> None:
        """Replace the output, or make it."""
        from IPython.display import display

        if self.handle is None:
            self.handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self.handle.update({"text/plain": text}, raw=True)

    def clear(self) -> None:
        """Empty the output: a saved notebook shows no trace of it."""
        if self.handle is not None:
            self.handle.update({"text/plain": "", "text/html": ""}, raw=True)
