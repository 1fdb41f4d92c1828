"""``grokphase watch``: follow a file of curves while another program writes it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, Protocol

from cyclopts import Parameter
from cyclopts.validators import Number

from grokphase.cli.curves import READING, Reading, read, say_understood
from grokphase.cli.options import Flag, Output
from grokphase.cli.output import print_json, stdout_console, warn
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from rich.live import Live

    from grokphase.forecasting import Forecast
    from grokphase.forecasting.following import Event
    from grokphase.forecasting.reading import Curves

_SHARE = 0.1  # of the time that is spent on reading, at most
_MOVED = 0.05  # of a probability that is worth a line
_FACTOR = 1.1  # of a step that is


@Parameter(name="*")
@dataclass(frozen=True)
class Following(Output):
    """How the verb talks.

    Attributes:
        json: Print an object a line, each time rows arrive, and nothing else on stdout: the step,
            new events, and the forecast as of grokphase forecast --json.
        quiet: No forecasts; only a line when something has happened.
    """

    json: Annotated[bool, Flag] = False
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), negative=(), show_default=False)] = (
        False
    )


FOLLOWING = Following()


class _Seen(NamedTuple):
    """A run as it stood at a look."""

    now: int
    forecast: Forecast
    events: list[Event]


class _Display(Protocol):
    """Where what was seen is shown."""

    def begin(self, found: Curves) -> None:
        """Say how the file is understood."""

    def tell(self, seen: _Seen, last: _Seen | None) -> None:
        """Show a look, and what is new since the last one of the same run."""

    def say(self, sentence: str) -> None:
        """Say what keeps the file from being read just now."""


def watch(
    *files: Annotated[Path, Parameter(name="file", negative=())],
    every: Annotated[float, Parameter(validator=Number(gt=0))] = 1.0,
    once: Annotated[bool, Flag] = False,
    reading: Reading = READING,
    output: Following = FOLLOWING,
) -> int:
    """Follow a file of curves that any program writes: what has happened, and what is expected.

    On a terminal a panel with the curves so far; elsewhere a line when something happens or the
    forecast moves; with --json one object a line, each time rows arrive. The file may be cut off,
    put in the place of another, or end in half a line. Ends with Ctrl-C, or at the budget.

    Args:
        files: The file, in any form that grokphase forecast --csv takes; or several of one run.
        every: Seconds between looks.
        once: Look once and end.
    """
    from grokphase.forecasting.following import Follower

    if not files:
        raise GrokphaseError("Name the file to follow, as in grokphase watch run.csv.")
    title = ", ".join(file.name for file in files)
    follower = Follower(files, lambda growing: read(files, reading, growing=growing and not once))
    last: _Seen | None = None
    try:
        with _display(output, title) as display:
            while True:
                began = time.monotonic()
                last = _look(follower.look, display, last, reading.budget, once)
                if once or (reading.budget and last and last.now >= reading.budget):
                    return 0
                time.sleep(max(every, (time.monotonic() - began) / _SHARE))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Stopped watching {title}.") from None


def _look(
    look: Callable[[], Curves | None],
    display: _Display,
    last: _Seen | None,
    budget: int | None,
    once: bool,
) -> _Seen | None:
    """Look, and show what is new; what was last seen."""
    from grokphase.forecasting.tables import NothingYet

    try:
        found = look()
    except NothingYet as nothing:
        if once:
            raise
        display.say(str(nothing))
        return last
    except GrokphaseError as error:
        if last is None:
            raise
        display.say(str(error))
        return last
    if found is None:
        return last
    if last is None:
        display.begin(found)
    seen = _seen(found, budget)
    if last is not None and seen.now < last.now:
        display.say(f"The file begins anew: it was at {last.now:,} and is at {seen.now:,}.")
        last = None
    display.tell(seen, last)
    return seen


def _seen(found: Curves, budget: int | None) -> _Seen:
    from grokphase.forecasting import forecast
    from grokphase.forecasting.following import events
    from grokphase.forecasting.told import unit_of

    foreseen = replace(forecast(found.history, budget), understood=found.understood)
    return _Seen(found.history.now, foreseen, events(found.history, unit_of(foreseen)))


def _new(seen: _Seen, last: _Seen | None) -> list[Event]:
    """The events that were not there at the last look."""
    known = set() if last is None else set(last.events)
    return [event for event in seen.events if event not in known]


@contextmanager
def _display(output: Output, title: str) -> Iterator[_Display]:
    if output.json:
        yield _Json()
    elif sys.stdout.isatty():
        from rich.live import Live

        with Live(console=stdout_console(), auto_refresh=False) as live:
            yield _Panel(live, title)
    else:
        yield _Lines(output.quiet)


@dataclass
class _Json:
    """An object a line."""

    _said: str = field(default="", init=False)

    def begin(self, found: Curves) -> None:
        warn(found.notes)

    def tell(self, seen: _Seen, last: _Seen | None) -> None:
        events = [event._asdict() for event in _new(seen, last)]
        print_json({"step": seen.now, "events": events} | seen.forecast.as_json())
        sys.stdout.flush()

    def say(self, sentence: str) -> None:
        if sentence != self._said:  # not at every look again
            self._said = sentence
            warn([sentence])


@dataclass
class _Lines(_Json):
    """A line when something has happened, or the forecast has moved."""

    quiet: bool = False
    _told: Forecast | None = field(default=None, init=False)

    def begin(self, found: Curves) -> None:
        if not self.quiet:
            say_understood(found)

    def tell(self, seen: _Seen, last: _Seen | None) -> None:
        from grokphase.forecasting.told import in_a_line

        happened = [event.says for event in _new(seen, last)]
        said = list(happened)
        if not self.quiet and (happened or _moved(self._told, seen.forecast)):
            self._told = seen.forecast
            if not (happened and seen.forecast.phase == "generalized"):  # which has been said
                said += [each.says for each in seen.forecast.evidence[:1]] if happened else []
                said.append(in_a_line(seen.forecast))
        if said:
            print(f"{seen.now:,}: {'; '.join(said)}", flush=True)


@dataclass
class _Panel:
    """The panel of a terminal, drawn anew at each look."""

    live: Live
    title: str
    _seen: _Seen | None = field(default=None, init=False)

    def begin(self, found: Curves) -> None:
        say_understood(found)

    def tell(self, seen: _Seen, last: _Seen | None) -> None:
        self._seen = seen
        self._draw()

    def say(self, sentence: str) -> None:
        if self._seen is None:
            self.live.update(sentence, refresh=True)
        else:
            self._draw(sentence)

    def _draw(self, note: str = "") -> None:
        from grokphase.forecasting.panel import panel

        if self._seen is not None:
            shown = panel(self.title, self._seen.forecast, self._seen.events, note)
            self.live.update(shown, refresh=True)


def _moved(told: Forecast | None, now: Forecast) -> bool:
    """Whether a forecast differs from the one that was told last by enough for a line."""
    if told is None or told.phase != now.phase or told.refused != now.refused:
        return True
    one, other = told.median_step, now.median_step
    if (one is None) != (other is None):
        return True
    if one and other and not 1 / _FACTOR <= other / one <= _FACTOR:
        return True
    before, after = told.probability_of_generalizing, now.probability_of_generalizing
    return before is not None and after is not None and abs(after - before) > _MOVED
