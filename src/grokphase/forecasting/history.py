"""What is known of one run up to now: its curves, its settings, and when it memorized.

A forecast is made from this and nothing else, whether the run comes from a store, from the corpus,
from another program's file or from a loop that is still going on. `History.until` cuts off what
came later, which is how forecasts are scored: nothing after the cut is left in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.checks import integer, number
from grokphase.errors import GrokphaseError
from grokphase.phases.intervals import Interval
from grokphase.phases.passages import first_passage
from grokphase.phases.times import Watched, interval_of

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord

Curve = NDArray[np.float64]

CURVES: Final = (
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "weight_norm",
)
"""The curves that any program can write; others of grokphase's measures may be there besides."""

_FIRST_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "learning_rate": ("recipe.decoder.learning_rate", "learning_rate", "lr"),
    "weight_decay": ("recipe.decoder.weight_decay", "weight_decay", "wd"),
    "beta1": ("recipe.decoder.beta1", "beta1"),
    "beta2": ("recipe.decoder.beta2", "beta2"),
    "batch": ("recipe.batch", "batch", "batch_size"),
    "initial_scale": ("model.decoder_scale", "initial_scale"),
    "fraction": ("split.fraction", "fraction"),
    "train_samples": ("train_samples",),
    "decoupled": ("decoupled",),
    "eta_lambda": ("eta_lambda",),
}
"""Settings by the first of these names of a flattened record that holds a number."""


@dataclass(frozen=True, eq=False)
class History:
    """One run as far as it has come.

    Args:
        step: (m,) steps at which curves were measured, ascending strictly, from 0.
        curves: (m,) values by name, NaN where not measured; accuracies from 0 to 1, losses,
            ``weight_norm`` (the root of the sum of all squared weights) and others of grokphase's
            measures by their names.
        settings: numbers that the run was made with, as far as known: ``learning_rate``,
            ``weight_decay``, ``beta1``, ``beta2``, ``batch``, ``fraction``, ``train_samples``,
            ``initial_scale``, and ``eta_lambda``, the share of every weight that decay takes a
            step.
        threshold: accuracy to exceed; of both accuracies, where the next is not given.
        validation_threshold: that of validation accuracy.
        budget: steps that the run may take in all.
        family: of which task and model, as "modular-addition/mlp".
        train_passage: when training accuracy passed, where that is known better than from the
            curves; validation_passage likewise.
        now: the step that the run has come to; the last one measured if not given.

    Raises:
        GrokphaseError: for curves of other lengths than the steps, steps that do not ascend,
            accuracies outside [0, 1], or a budget that is no whole number from 1.

    Example:
        >>> run = History(
        ...     step=[0, 10, 100, 1000],
        ...     curves={
        ...         "train_accuracy": [0.1, 0.6, 1.0, 1.0],
        ...         "validation_accuracy": [0.1, 0.1, 0.2, 0.95],
        ...     },
        ... )
        >>> run.memorized.lower, run.memorized.upper
        (10.0, 100.0)
        >>> run.until(500).now, run.until(500).generalized, run.generalized.upper
        (500, None, 1000.0)
    """

    step: NDArray[np.int64]
    curves: Mapping[str, Curve]
    settings: Mapping[str, float] = field(default_factory=dict)
    threshold: float = 0.9
    validation_threshold: float | None = None
    budget: int | None = None
    family: str | None = None
    train_passage: Interval | None = None
    validation_passage: Interval | None = None
    now: int = -1

    def __post_init__(self) -> None:
        """Check the curves, and make their types alike."""
        steps = np.asarray(self.step, np.int64)
        if steps.ndim != 1 or (np.diff(steps) <= 0).any() or (steps < 0).any():
            raise GrokphaseError("the steps of a history must be whole numbers that ascend from 0.")
        curves = {name: np.asarray(values, np.float64) for name, values in self.curves.items()}
        for name, values in curves.items():
            if values.shape != steps.shape:
                raise GrokphaseError(
                    f"{name} has {values.size} values for {steps.size} steps; give one a step, "
                    "NaN where it was not measured."
                )
            seen = values[np.isfinite(values)]
            if name.endswith("_accuracy") and ((seen < 0) | (seen > 1)).any():
                raise GrokphaseError(f"{name} must lie between 0 and 1; got {seen.max():g}.")
        number("threshold", self.threshold, 0.0, 1.0)
        if self.budget is not None:
            integer("budget", self.budget, 1)
        object.__setattr__(self, "step", steps)
        object.__setattr__(self, "curves", curves)
        if self.validation_threshold is None:
            object.__setattr__(self, "validation_threshold", self.threshold)
        if self.now < 0:
            object.__setattr__(self, "now", int(steps[-1]) if steps.size else 0)

    @classmethod
    def of_record(cls, record: RunRecord, family: str | None = None) -> History:
        """What a store keeps of a run.

        Args:
            record: the run.
            family: its task and model, for a forecaster that knows families.

        Returns:
            Its history to its end.
        """
        recipe = record.spec["recipe"]
        thresholds = recipe.get("thresholds", {})
        # A training function of the user's own evaluates when it likes: its record says when.
        every = recipe.get("evaluate_every", 1)
        watched = Watched(every, recipe.get("steps"), 0)
        passages = (interval_of(record, event, watched) for event in ("train", "validation"))
        train, validation = (each if each and each.event else None for each in passages)
        curves = {name: values for name, values in record.curves.items() if values.ndim == 1}
        steps = curves.pop("step") if curves else np.empty(0, np.int64)
        return cls(
            step=steps,
            curves=_inside(curves, diverged=record.phase == "diverged"),
            settings=settings_of(record.flatten()),
            threshold=thresholds.get("train_accuracy", 0.9),
            validation_threshold=thresholds.get("validation_accuracy", 0.9),
            budget=recipe.get("steps"),
            family=family,
            train_passage=train,
            validation_passage=validation,
            now=record.steps_trained,
        )

    @classmethod
    def of_corpus(cls, row: Mapping[str, Any]) -> History:
        """A row of the corpus (`grokphase.corpus`).

        Args:
            row: column -> value, curves as lists of one length.

        Returns:
            The run's history to its end.
        """
        steps = np.asarray(row["step"], np.int64)
        curves = {
            name: np.asarray(values, np.float64)
            for name, values in row.items()
            if name != "step"
            and isinstance(values, list | np.ndarray)
            and len(values) == len(steps)
        }
        return cls(
            step=steps,
            curves=_inside(curves, diverged=row.get("phase") == "diverged"),
            settings=settings_of(row),
            threshold=_known(row, "recipe.thresholds.train_accuracy", 0.9),
            validation_threshold=_known(row, "recipe.thresholds.validation_accuracy", 0.9),
            budget=int(row["budget"]),
            family=row["family"],
            train_passage=_passage(row, "train_step"),
            validation_passage=_passage(row, "validation_step"),
            now=int(row["steps_trained"]),
        )

    def until(self, step: float) -> History:
        """What was known at this step: nothing that was measured or happened later is left.

        Args:
            step: the step to cut after; a run that ended before stays as it is.

        Returns:
            The history up to and with that step.
        """
        now = min(math.floor(step), self.now)
        kept = self.step <= now
        train, validation = (
            each if each is not None and each.upper <= now else None
            for each in (self.train_passage, self.validation_passage)
        )
        return replace(
            self,
            step=self.step[kept],
            curves={name: values[kept] for name, values in self.curves.items()},
            train_passage=train,
            validation_passage=validation,
            now=now,
        )

    @cached_property
    def memorized(self) -> Interval | None:
        """When training accuracy first passed its threshold, in (lower, upper]; None if not yet."""
        return self.train_passage or self._first("train_accuracy", self.threshold)

    @cached_property
    def generalized(self) -> Interval | None:
        """When validation accuracy first did; None if not yet."""
        return self.validation_passage or self._first("validation_accuracy", self._enough)

    @property
    def memorized_unseen(self) -> bool:
        """Whether it had memorized when it was first measured, if only at step 0: how long that
        took is not known."""
        return self.memorized is not None and (self.memorized.lower < 0 or not self.memorized.upper)

    @cached_property
    def lost(self) -> int | None:
        """The first measured step after generalization at which it is under the threshold again."""
        if self.generalized is None:
            return None
        steps, values = self.curve("validation_accuracy")
        lost = steps[(steps > self.generalized.upper) & (values <= self._enough)]
        return int(lost[0]) if lost.size else None

    @property
    def _enough(self) -> float:
        """The threshold of validation accuracy."""
        assert self.validation_threshold is not None, "it is set where it is not given"
        return self.validation_threshold

    @property
    def eta_lambda(self) -> float | None:
        """The share of every weight that decay takes a step, where it is known.

        ``settings["eta_lambda"]`` where that is given, else the product of rate and decay, as it is
        of AdamW; None where ``settings["decoupled"]`` is 0, as of Adam, whose decay goes through
        its moments and takes no fixed share.
        """
        given = self.settings.get("eta_lambda")
        if given is not None or self.settings.get("decoupled") == 0:
            return given
        rate, decay = self.settings.get("learning_rate"), self.settings.get("weight_decay")
        return None if rate is None or decay is None else rate * decay

    def curve(self, name: str) -> tuple[NDArray[np.int64], Curve]:
        """A curve where it was measured: its steps and its finite values; empty if it was not."""
        values = self.curves.get(name, np.full(self.step.shape, np.nan))
        seen = np.isfinite(values)
        return self.step[seen], values[seen]

    def _first(self, name: str, threshold: float) -> Interval | None:
        found = first_passage(*self.curve(name), threshold)
        return found if found is not None and found.event else None


def refuse_other(given: object) -> None:
    """Refuse what is no history.

    Raises:
        GrokphaseError: saying how one is got of what else there may be.
    """
    if not isinstance(given, History):
        raise GrokphaseError(
            f"A {type(given).__name__} is no History; of a run of gp.train write run.forecast() "
            "or run.advice(), of curves in a file read_curves(path), of others History(step=..., "
            "curves=...)."
        )


def settings_of(flat: Mapping[str, Any]) -> dict[str, float]:
    """The settings of a run by the names that forecasts use.

    Args:
        flat: a flattened record, or a row of the corpus: dotted name -> value.

    Returns:
        Those that are there, and ``decoupled``: 1 for AdamW, 0 for Adam and SGD, of which SGD has
        its ``eta_lambda``, rate times decay over ``1 - momentum``; ``accelerated``, 1, of a run
        with an accelerator.

    Example:
        >>> settings_of({"recipe.decoder.learning_rate": 1e-3, "split.fraction": 0.5})
        {'learning_rate': 0.001, 'fraction': 0.5}
    """
    found: dict[str, float] = {}
    for name, places in _FIRST_OF.items():
        value = next((flat[place] for place in places if _is_number(flat.get(place))), None)
        if value is not None:
            found[name] = float(value)
    optimizer = flat.get("recipe.optimizer")
    if optimizer is not None:
        found["decoupled"] = float(optimizer == "adamw")
    if optimizer == "sgd" and "learning_rate" in found and "weight_decay" in found:
        lasting = 1 - found.get("beta1", 0.0)
        found["eta_lambda"] = found["learning_rate"] * found["weight_decay"] / lasting
    if flat.get("recipe.accelerator.kind") is not None:
        found["accelerated"] = 1.0
    return found


def _is_number(value: object) -> bool:
    numeric = isinstance(value, int | float | np.integer | np.floating)
    return numeric and not isinstance(value, bool) and math.isfinite(value)  # type: ignore[arg-type]


def _known(row: Mapping[str, Any], name: str, otherwise: float) -> float:
    value = row.get(name)
    return float(value) if value is not None and _is_number(value) else otherwise


def _passage(row: Mapping[str, Any], column: str) -> Interval | None:
    if not _is_number(row.get(column)):
        return None
    step = int(row[column])
    before = Watched(int(row.get("evaluate_every") or 1), row["budget"], 0).before(step)
    return Interval(float(step), _known(row, f"{column}_lower", before), float(step))


def _inside(curves: Mapping[str, Any], diverged: bool) -> dict[str, Any]:
    """Accuracies that rounding has put past 1, at 1; a last loss that is none, infinite.

    What a run whose loss diverged has measured last is no gap. In one that did not, NaN is.
    """
    found = {name: np.array(values, np.float64) for name, values in curves.items()}
    for name, values in found.items():
        if name.endswith("_accuracy"):
            found[name] = np.clip(values, 0.0, 1.0)
    if diverged and found.get("train_loss", np.empty(0)).size:
        found["train_loss"][-1] = np.inf
    return found
