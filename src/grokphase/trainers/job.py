"""One run of a training function, in the worker process that does it."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from grokphase.code import digest, is_installed_file
from grokphase.errors import GrokphaseError, one_line
from grokphase.phases.classify import FAILED
from grokphase.store.provenance import UNREAD
from grokphase.store.record import RunRecord
from grokphase.trainers.given import Given
from grokphase.trainers.records import Curves, last_values, record_of
from grokphase.trainers.report import Report, Times
from grokphase.trainers.source import Source, Surroundings
from grokphase.trainers.surroundings import environment, settle
from grokphase.trainers.trainer import Trainer
from grokphase.trainers.watch import Watch
from grokphase.workers.child import Parent

_LONGEST: Final = 4000  # characters of a traceback that are kept, its end
_WATCH_SECONDS: Final = 1.0
_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")  # by which one reason would be many
_FOR_US: Final = ("seed", "steps")  # which have an effect though the function does not read them


class OtherCodeError(Exception):
    """A worker finds other code than its parent: of a file that has changed meanwhile, say."""


@dataclass(frozen=True)
class Job:
    """One run, as it goes to a worker.

    Attributes:
        source: where the function comes from.
        code: its digest as the parent knows it; None where it has a name of the user's, or is
            sent as a whole.
        id: identity of the run.
        spec: its description.
        settings: of the run.
        seed: of the run.
        watch: budget and thresholds.
        threads: its share of the cores.
    """

    source: Source
    code: str | None
    id: str
    spec: dict[str, Any]
    settings: Mapping[str, Any]
    seed: int
    watch: Watch
    threads: int

    def __call__(self, parent: Parent) -> RunRecord:
        """Run the function, telling the parent now and then; what it raises becomes the record."""
        report = Report(
            self.watch.thresholds,
            self.watch.stop,
            self.watch.sustain,
            self.watch.steps,
            lambda step, curves: parent.tell((step, curves, report.times())),
        )
        parent.tell((0, {}))
        function, surrounded = self._function()  # code that cannot be had is no outcome of a run
        began, given = time.perf_counter(), Given({**self.settings, "seed": self.seed})
        try:
            with _ending_with(parent), surrounded():
                returned = function(given, report)
            final = _final(returned)
            message = _remark(report)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return self._failed(report, _sentence(error), time.perf_counter() - began, error)
        record = self._reported(report, message, time.perf_counter() - began, final)
        unread = ", ".join(name for name in given.unread if name not in _FOR_US)
        provenance = record.provenance | ({UNREAD: unread} if unread else {})
        return replace(record, provenance=provenance)

    def _function(self) -> tuple[Callable[..., Any], Surroundings]:
        found = _loaded(self.source, self.code)
        settle(self.seed, self.threads)
        return found

    def _reported(
        self, report: Report, message: str, seconds: float, final: Mapping[str, float]
    ) -> RunRecord:
        told = report.step or 0, report.curves(), report.times()
        found = self._record(message, *told, seconds, diverged=report.diverged)
        return replace(found, final={**found.final, **final})

    def _failed(
        self, report: Report, message: str, seconds: float, error: BaseException
    ) -> RunRecord:
        """As far as it came: events that were seen before it failed are kept."""
        told = "".join(traceback.format_exception(error))[-_LONGEST:]
        known = self._reported(report, message, seconds, {})
        return replace(known, phase=FAILED, provenance={**known.provenance, "traceback": told})

    def lost(
        self, message: str, step: int, curves: Curves, times: Times, seconds: float
    ) -> RunRecord:
        """The record of a run whose process cannot say itself what became of it: as far as it told
        its parent, which makes this."""
        found = self._record(message, step, curves, times, seconds, here=False)
        return replace(found, phase=FAILED)

    def _record(
        self,
        message: str,
        step: int,
        curves: Curves,
        times: Times,
        seconds: float,
        *,
        diverged: bool = False,
        here: bool = True,
    ) -> RunRecord:
        return record_of(
            self.watch,
            times,
            curves,
            diverged=diverged,
            id=self.id,
            spec=self.spec,
            seed=self.seed,
            steps_trained=step,
            seconds=seconds,
            final=last_values(curves, diverged=diverged),
            provenance=environment(self.threads, here=here),
            message=message,
        )


@lru_cache(maxsize=8)
def _loaded(source: Source, code: str | None) -> tuple[Callable[..., Any], Surroundings]:
    """The function of a source, if it is the code that is meant, and what it is called within; once
    for all runs of a worker."""
    found = source.load(main=True)
    function = cast("Callable[..., Any]", found.function if isinstance(found, Trainer) else found)
    if code is not None and digest(function)[:16] != code:
        raise OtherCodeError
    return function, source.surroundings()


@contextmanager
def _ending_with(parent: Parent) -> Iterator[None]:
    """End this process if its parent ends, whatever the function does: nobody waits for it."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_WATCH_SECONDS):
            parent.follow()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _remark(report: Report) -> str:
    """What is to be known of a run that returned, or why it counts for nothing.

    Raises:
        GrokphaseError: if it did not report what a phase is made of.
    """
    if report.step is None:
        raise GrokphaseError(
            "the function reported nothing; call report(step, train_accuracy=..., "
            "validation_accuracy=...) as it trains"
        )
    for name, passage in report.passages.items():
        if not passage.evaluated:
            raise GrokphaseError(
                f"the function never reported {name}, which its phase depends on; call "
                f"report(step, train_accuracy=..., validation_accuracy=...)"
            )
    if report.beyond is not None:
        return (
            f"reported step {report.beyond:,}, beyond its budget of {report.steps:,}, which does "
            "not count"
        )
    if report.diverged and (name := report.not_a_number) != "train_loss":
        return f"{name} was not a number at step {report.step:,}"
    if not report.over and report.steps is not None:
        return f"returned at step {report.step:,} of {report.steps:,}, before its outcome was known"
    return ""


def _final(returned: Any) -> dict[str, float]:
    """What a function returned: nothing, or numbers by name, kept as last values."""
    if returned is None:
        return {}
    hint = 'return nothing, or a dictionary of numbers by name, such as {"test_accuracy": 0.9}'
    if not isinstance(returned, Mapping):
        raise GrokphaseError(f"the function returned a {type(returned).__name__}; {hint}")
    found = {}
    for name, value in returned.items():
        try:
            found[str(name)] = float(value)
        except (TypeError, ValueError):
            raise GrokphaseError(
                f'the function returned "{name}" = {value!r}, which is no number; {hint}'
            ) from None
    return found


def _sentence(error: BaseException) -> str:
    """What went wrong in a line, and where in the user's own file."""
    text = _ADDRESS.sub("", one_line(error)) or "no reason given"
    if isinstance(error, GrokphaseError):
        return text
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_own(frame.filename)]
    return f"{type(error).__name__}: {text}{_place(own[-1]) if own else ''}"


def _is_own(file: str) -> bool:
    """Whether a line is neither ours, nor Python's, nor of an installed package."""
    ours = Path(file).is_relative_to(Path(__file__).parents[1])
    return not (ours or file.startswith("<frozen") or is_installed_file(file))


def _place(frame: traceback.FrameSummary) -> str:
    """Where that is: of a notebook's or a shell's own code the function has to do."""
    file = Path(frame.filename)
    where = file.name if file.is_file() else frame.name
    return f" ({where}, line {frame.lineno})"
