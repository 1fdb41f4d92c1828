"""What a training function reports: curves, events, and whether it may stop.

Runs in the worker, at every step that is reported, so it does little: two comparisons and a row.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from grokphase.checks import whole_step
from grokphase.errors import GrokphaseError
from grokphase.phases.passages import SAME, passes
from grokphase.phases.thresholds import Rule, Stop, Thresholds
from grokphase.trainers.rows import Rows

TELL_SECONDS: Final = 0.5
ACCURACIES: Final = ("train_accuracy", "validation_accuracy")
_OF_A_SOUND_RUN: Final = ("train_loss", *ACCURACIES)  # these are finite numbers

Times = tuple[dict[str, int | None], dict[str, int]]
"""Steps of events by the field of a record, None where they were not seen; and their lower ends."""


@dataclass
class Passage:
    """When one accuracy passed its threshold, as `grokphase.training.events.Events` has it.

    Attributes:
        threshold: what it is to pass.
        rule: ">" or ">=".
        sustain: steps that it must hold to count as sustained.
        first: the first report at which it passed; None before.
        first_lower: the last report before that one, None without any.
        sustained: the first report of the first streak that lasted.
        sustained_lower: the last report before that one.
        lost: the first report after `first` at which it did not pass.
        sustained_lost: the first one after the streak that lasted.
    """

    threshold: float
    rule: Rule
    sustain: int
    first: int | None = None
    first_lower: int | None = None
    sustained: int | None = None
    sustained_lower: int | None = None
    lost: int | None = None
    lost_lower: int | None = None
    sustained_lost: int | None = None
    sustained_lost_lower: int | None = None
    _last: int | None = None
    _since: int | None = None
    _since_lower: int | None = None

    def update(self, step: int, share: float) -> None:
        """Take note of a report."""
        if passes(share, self.threshold, self.rule):
            if self.first is None:
                self.first, self.first_lower = step, self._last
            if self._since is None:
                self._since, self._since_lower = step, self._last
            if self.sustained is None and step - self._since >= self.sustain:
                self.sustained, self.sustained_lower = self._since, self._since_lower
        else:
            self._since = None
            if self.first is not None and self.lost is None:
                self.lost, self.lost_lower = step, self._last
            if self.sustained is not None and self.sustained_lost is None:
                self.sustained_lost, self.sustained_lost_lower = step, self._last
        self._last = step

    @property
    def evaluated(self) -> bool:
        """Whether it was ever reported."""
        return self._last is not None

    def lower(self, sustained: bool, end: int) -> int | None:
        """The last report before an event, -1 where the first had passed already; of an event that
        was not seen the last report at all. None where the step before, or the end, says as much.
        """
        step, before = (
            (self.sustained, self.sustained_lower) if sustained else (self.first, self.first_lower)
        )
        if step is not None:
            known = -1 if before is None else before
            return known if known < step - 1 else None
        known = -1 if self._last is None else self._last
        return known if not sustained and known < end else None


@dataclass
class Report:
    """What is called with a step and what is known there; returns whether the run is over.

    Args:
        thresholds: what counts as learned.
        stop: "decided", "sustained" or "budget".
        sustain: steps.
        steps: the budget; None for none.
        tell: called now and then with the step and the curves so far.
    """

    thresholds: Thresholds
    stop: Stop
    sustain: int
    steps: int | None
    tell: Callable[[int, dict[str, np.ndarray]], None] = lambda step, curves: None
    over: bool = field(default=False, init=False)
    diverged: bool = field(default=False, init=False)
    not_a_number: str = field(default="", init=False)
    step: int | None = field(default=None, init=False)
    passages: dict[str, Passage] = field(init=False)
    beyond: int | None = field(default=None, init=False)
    _rows: Rows = field(default_factory=Rows, init=False)
    _due: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        limits = self.thresholds
        self.passages = {
            name: Passage(getattr(limits, name), limits.rule, self.sustain) for name in ACCURACIES
        }

    def __call__(
        self,
        step: int,
        *,
        train_accuracy: Any = None,
        validation_accuracy: Any = None,
        train_loss: Any = None,
        validation_loss: Any = None,
        weight_norm: Any = None,
        **others: Any,
    ) -> bool:
        """Take note of what is known at a step, after that many updates.

        Args:
            step: larger than at the call before.
            train_accuracy: share of the training samples that are right, 0 to 1.
            validation_accuracy: the same of the validation samples.
            train_loss: where it is no finite number, the run has diverged.
            validation_loss: kept as a curve.
            weight_norm: kept as a curve.
            **others: more numbers, each kept as a curve of its name.

        Returns:
            Whether the outcome is decided, or the budget used. What is reported afterwards does
            not count.

        Raises:
            GrokphaseError: for a step that goes back, or what is no number.
        """
        if self.over:
            return True
        step = self._next(step)
        if self.steps is not None and step > self.steps:
            self.over, self.beyond = True, step
            return True
        named = {
            "train_accuracy": train_accuracy,
            "validation_accuracy": validation_accuracy,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "weight_norm": weight_norm,
            **others,
        }
        row = {name: number(name, value) for name, value in named.items() if value is not None}
        for name, passage in self.passages.items():
            if name in row:
                row[name] = _share(name, row[name])
                passage.update(step, row[name])
        self.step = step
        self._rows.add(step, row)
        wild = [name for name in _OF_A_SOUND_RUN if not math.isfinite(row.get(name, 0.0))]
        self.diverged, self.not_a_number = bool(wild), wild[0] if wild else ""
        self.over = self.diverged or self._is_enough()
        if (now := time.monotonic()) >= self._due:
            self._due = now + TELL_SECONDS
            self.tell(step, self.curves())
        return self.over

    def _next(self, step: Any) -> int:
        whole = whole_step(step, "report was called with the step")
        if self.step is not None and whole <= self.step:
            raise GrokphaseError(
                f"report was called with step {whole} after step {self.step}; steps must grow: "
                "report once for each step, and count on where a loop is begun again."
            )
        return whole

    def _is_enough(self) -> bool:
        if self.steps is not None and self.step is not None and self.step >= self.steps:
            return True
        if self.stop == "decided":
            return all(passage.first is not None for passage in self.passages.values())
        if self.stop == "sustained":
            return all(passage.sustained is not None for passage in self.passages.values())
        return False

    def curves(self) -> dict[str, np.ndarray]:
        """What was reported: "step" (m,), and a column for each name; NaN where it was not."""
        return self._rows.curves(double=ACCURACIES)

    def times(self) -> Times:
        """The steps of the events by the field of a record, and their lower ends."""
        return times(self.passages, self.step or 0)


def times(passages: Mapping[str, Passage], end: int) -> Times:
    """The steps of the events by the field of a record, and their lower ends.

    Args:
        passages: of both accuracies, by their names.
        end: the last step of the run.
    """
    steps: dict[str, int | None] = {}
    lower: dict[str, int] = {}
    for name, passage in passages.items():
        part = name.removesuffix("_accuracy")
        for sustained, kind in ((False, "step"), (True, "sustained_step")):
            field_name = f"{part}_{kind}"
            steps[field_name] = passage.sustained if sustained else passage.first
            known = passage.lower(sustained, end)
            if known is not None:
                lower[field_name] = known
    validation = passages["validation_accuracy"]
    for kind in ("lost", "sustained_lost"):
        field_name, step = f"validation_{kind}_step", getattr(validation, kind)
        before = getattr(validation, f"{kind}_lower")
        steps[field_name] = step
        if step is not None and before is not None and before < step - 1:
            lower[field_name] = before
    return steps, lower


def _share(name: str, value: float) -> float:
    """An accuracy as reported; what rounding has put beside 0 or 1 is 0 or 1.

    Raises:
        GrokphaseError: if it is no share.
    """
    if math.isnan(value):
        return value
    nearest = min(max(value, 0.0), 1.0)
    if abs(value - nearest) > SAME:
        raise GrokphaseError(
            f"{name} = {value:.9g} was reported; an accuracy is a share from 0 to 1: "
            f"divide by 100 if it is a percentage."
        )
    return nearest


def number(name: str, value: Any) -> float:
    """A number of Python, NumPy, PyTorch or JAX.

    Raises:
        GrokphaseError: if it is none.
    """
    if type(value) is float:
        return value
    try:
        if isinstance(value, str | bytes | complex):
            raise TypeError
        if hasattr(value, "detach"):  # PyTorch warns of a loss that is not cut from its gradient
            value = value.detach()
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        shown = f'"{value}"' if isinstance(value, str) else f"a {type(value).__name__}"
        raise GrokphaseError(
            f"{name} = {shown} was reported; it must be a single number."
        ) from None
