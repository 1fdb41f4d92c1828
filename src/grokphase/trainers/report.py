"""What a training function reports: curves, events, and whether it may stop.

Runs in the worker, at every step that is reported, so it does little: two comparisons and a row.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.phases.thresholds import Rule, Stop, Thresholds

TELL_SECONDS: Final = 0.5
MOST_ROWS: Final = 4096
"""Rows of the curves at most; of more, every second is left out, and of those again."""

ACCURACIES: Final = ("train_accuracy", "validation_accuracy")
_OF_A_SOUND_RUN: Final = ("train_loss", *ACCURACIES)  # these are finite numbers
_SAME: Final = 1e-6  # shares closer than this are one, as 0.9 in 32 bits is 0.9

Row = tuple[int, dict[str, float]]


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
    """

    threshold: float
    rule: Rule
    sustain: int
    first: int | None = None
    first_lower: int | None = None
    sustained: int | None = None
    sustained_lower: int | None = None
    _last: int | None = None
    _since: int | None = None
    _since_lower: int | None = None

    def update(self, step: int, share: float) -> None:
        """Take note of a report."""
        if self.passes(share):
            if self.first is None:
                self.first, self.first_lower = step, self._last
            if self._since is None:
                self._since, self._since_lower = step, self._last
            if self.sustained is None and step - self._since >= self.sustain:
                self.sustained, self.sustained_lower = self._since, self._since_lower
        else:
            self._since = None
        self._last = step

    def passes(self, share: float) -> bool:
        """Whether a share passes, taken as the decimal that it is meant to be."""
        if abs(share - self.threshold) <= _SAME:
            return self.rule == ">="
        return share > self.threshold

    @property
    def evaluated(self) -> bool:
        """Whether it was ever reported."""
        return self._last is not None


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
    step: int | None = field(default=None, init=False)
    passages: dict[str, Passage] = field(init=False)
    _rows: list[Row] = field(default_factory=list, init=False)
    _latest: Row | None = field(default=None, init=False)
    _stride: int = field(default=1, init=False)
    _reports: int = field(default=0, init=False)
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
        self.step = self._next(step)
        named = {
            "train_accuracy": train_accuracy,
            "validation_accuracy": validation_accuracy,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "weight_norm": weight_norm,
            **others,
        }
        row = {name: _number(name, value) for name, value in named.items() if value is not None}
        for name, passage in self.passages.items():
            if name in row:
                self._check_share(name, row[name])
                passage.update(self.step, row[name])
        self._keep(row)
        self.diverged = not all(math.isfinite(row.get(name, 0.0)) for name in _OF_A_SOUND_RUN)
        self.over = self.diverged or self._is_enough()
        if (now := time.monotonic()) >= self._due:
            self._due = now + TELL_SECONDS
            self.tell(self.step, self.curves())
        return self.over

    def _next(self, step: Any) -> int:
        whole = int(step) if not isinstance(step, str) and float(step).is_integer() else -1
        if whole < 0:
            raise GrokphaseError(
                f"report was called with the step {step!r}; a step is a whole number from 0."
            )
        if self.step is not None and whole <= self.step:
            raise GrokphaseError(
                f"report was called with step {whole} after step {self.step}; steps must grow: "
                "report once for each step, and count on where a loop is begun again."
            )
        return whole

    def _check_share(self, name: str, share: float) -> None:
        if not (0 <= share <= 1 or math.isnan(share)):
            raise GrokphaseError(
                f"{name} = {share:g} was reported; an accuracy is a share from 0 to 1: "
                f"divide by 100 if it is a percentage."
            )

    def _is_enough(self) -> bool:
        if self.steps is not None and self.step is not None and self.step >= self.steps:
            return True
        if self.stop == "decided":
            return all(passage.first is not None for passage in self.passages.values())
        if self.stop == "sustained":
            return all(passage.sustained is not None for passage in self.passages.values())
        return False

    def _keep(self, row: dict[str, float]) -> None:
        assert self.step is not None
        self._latest = self.step, row
        if self._reports % self._stride == 0:
            self._rows.append(self._latest)
            if len(self._rows) > MOST_ROWS:
                self._rows, self._stride = self._rows[::2], 2 * self._stride
        self._reports += 1

    def curves(self) -> dict[str, np.ndarray]:
        """What was reported: "step" (m,), and a column for each name; NaN where it was not."""
        rows = list(self._rows)
        if self._latest is not None and rows[-1] is not self._latest:
            rows.append(self._latest)
        found = {"step": np.array([step for step, _ in rows], np.int64)}
        for name in dict.fromkeys(name for _, row in rows for name in row):
            kind = np.float64 if name in ACCURACIES else np.float32
            found[name] = np.array([row.get(name, math.nan) for _, row in rows], kind)
        return found


def _number(name: str, value: Any) -> float:
    """A number of Python, NumPy, PyTorch or JAX."""
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
