"""A file that another program is writing, read again whenever it has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from grokphase.forecasting.history import History
from grokphase.forecasting.reading import Curves
from grokphase.telling.words import after_text


class Event(NamedTuple):
    """Something that has happened in a run.

    Attributes:
        step: when it was seen.
        says: what, in a clause.
    """

    step: float
    says: str


def events(history: History, unit: str = "step") -> list[Event]:
    """What has happened in a run so far, in its order.

    Args:
        history: the run.
        unit: what its steps are called.

    Example:
        >>> curves = {"train_accuracy": [0.1, 1.0, 1.0], "validation_accuracy": [0.1, 0.2, 0.3]}
        >>> events(History(step=[0, 100, 200], curves=curves))[0].says
        'memorized at step 100 (after 0)'
    """
    found = []
    for name, passage in (("memorized", history.memorized), ("generalized", history.generalized)):
        if passage is not None:
            exact = passage.lower >= passage.upper - 1
            after = "" if exact else after_text(int(passage.lower))
            found.append(Event(passage.upper, f"{name} at {unit} {passage.upper:,.0f}{after}"))
    if history.lost is not None:
        said = f"under the threshold again at {unit} {history.lost:,}"
        found.append(Event(float(history.lost), said))
    losses = history.curves.get("train_loss")
    if losses is not None and losses.size and np.isinf(losses[-1]):
        numbers, _ = history.curve("train_loss")
        after = f" after {unit} {numbers[-1]:,}" if numbers.size else ""
        at = float(numbers[-1] if numbers.size else history.step[0])
        found.append(Event(at, f"its loss is no number{after}"))
    return sorted(found)


class Follower:
    """Reads files again when they have changed, whole each time.

    So a file that is cut off, written anew or put in the place of another is what it is now. A last
    line that does not end is left out until it ends, or nothing more has come by the next look.

    Args:
        paths: the files.
        read: reads them, given whether they are growing.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[bool], Curves]) -> None:
        self._paths = paths
        self._read = read
        self._seen: object = None
        self._half = False

    def look(self) -> Curves | None:
        """What stands in the files now; None if nothing has changed since the last look.

        Raises:
            GrokphaseError: as of `read_curves`; the next look is made anew when they have changed.
        """
        now = [self._state(path) for path in self._paths]
        if now == self._seen and not self._half:
            return None
        growing = now != self._seen
        self._seen, self._half = now, growing  # half a line may keep all from being read
        found = self._read(growing)
        self._half = growing and found.unfinished
        return found

    @staticmethod
    def _state(path: Path) -> object:
        try:
            of = path.stat()
        except OSError:
            return None
        return of.st_ino, of.st_size, of.st_mtime_ns
