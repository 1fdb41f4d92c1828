"""What a function of a study computes with: the settings of a scale, and the runs it asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.errors import GrokphaseError
from grokphase.studies.data import in_columns
from grokphase.studies.paper import Settings
from grokphase.studies.scales import Scale

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord
    from grokphase.training.spec import AnySpec

Labels = Mapping[str, Any]
"""What tells a run from the others of its figure, besides its seed."""

Weights = Mapping[str, NDArray[Any]]
"""Of a network, by their names."""


@dataclass(frozen=True)
class Trained:
    """A run that a figure asked for.

    Args:
        labels: what tells it from the others.
        spec: its specification.
        record: what came of it, with curves, and weights if the figure keeps them.
    """

    labels: Labels
    spec: AnySpec
    record: RunRecord

    @property
    def weights(self) -> Weights:
        """Those after the last step.

        Raises:
            GrokphaseError: the figure keeps none.
        """
        if self.record.weights is None:
            raise GrokphaseError(
                f"Run {self.record.id} kept no weights; a figure that looks into networks has "
                'keep = "final", or keep = "log" for those on the way too.'
            )
        return self.record.weights

    @property
    def kept(self) -> dict[int, Weights]:
        """The weights by the steps at which they were kept, ascending; the last among them."""
        every = {**self.record.snapshots, self.record.steps_trained: self.weights}
        return {step: every[step] for step in sorted(every)}

    @property
    def parts(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Which samples of its task it was trained on, and which are for validation."""
        spec: Any = self.spec
        train, validation = spec.split.indices(spec.task, spec.seed)
        return train, validation

    def at(self, event: int | None, curve: str) -> float | None:
        """A curve at the first recorded step at or after an event; None where there is no event.

        Args:
            event: a step, such as `record.train_step`.
            curve: its name, as "validation_accuracy".
        """
        row = row_at(self.record.curves["step"], event)
        return None if row is None else float(self.record.curves[curve][row])


def kept_nowhere(specs: Sequence[AnySpec]) -> Sequence[RunRecord]:
    """The records of some runs, trained here and now."""
    from grokphase.training.sweep import Sweep

    return Sweep().run(specs)


@dataclass(frozen=True)
class Given:
    """What a figure is computed from.

    Args:
        scale: "quick" or "paper".
        settings: the figure's numbers at this scale.
        runs: in the order in which they were asked for.
        train: trains runs that follow from these, such as go on from their weights; in a
            reproduction they are kept, counted and told of as all others are.
    """

    scale: Scale
    settings: Settings
    runs: Sequence[Trained] = ()
    train: Callable[[Sequence[AnySpec]], Sequence[RunRecord]] = kept_nowhere


def usual_table(runs: Sequence[Trained], *curves: str) -> dict[str, list[Any]]:
    """The columns that most figures show: labels, seed, phase, times and final values.

    `train_step`, `validation_step` and `delay` are first passages in steps, None where not
    reached; `steps` is how far the run was trained; every other column is a final value, by the
    name of its curve. Entries of measures that are arrays are left out.

    Args:
        runs: of a figure.
        curves: names of curves that take the place of their final values, with `step`, see
            `curves_of`.
    """
    rows = []
    for run in runs:
        record = run.record
        last = {
            name: value
            for name, value in record.final.items()
            if name != "step" and name.rpartition(".")[0] not in record.curves
        }
        train, validation = record.train_step, record.validation_step
        rows.append(
            {
                "seed": record.seed,
                **run.labels,
                "phase": record.phase,
                "train_step": train,
                "validation_step": validation,
                "delay": None if train is None or validation is None else validation - train,
                "steps": record.steps_trained,
                **last,
            }
        )
    return {**in_columns(rows), **(curves_of(runs, *curves) if curves else {})}


def lateness(given: Given) -> dict[str, Any]:
    """The usual table, and how many times later validation comes."""
    table = usual_table(given.runs)
    return {**table, "times_later": times_later(table)}


def times_later(table: Mapping[str, Any]) -> list[float | None]:
    """How many times later validation comes, of each row of the usual table.

    Returns:
        `validation_step` over `train_step`; None where either was not reached, and where training
        accuracy passed before the first step.

    Example:
        >>> times_later({"train_step": [100, 100, None], "validation_step": [2000, None, None]})
        [20.0, None, None]
    """
    pairs = zip(table["train_step"], table["validation_step"], strict=True)
    return [None if not train or last is None else last / train for train, last in pairs]


def first_step(steps: ArrayLike, holds: ArrayLike) -> int | None:
    """The first recorded step at which something holds; None where it never does.

    Example:
        >>> first_step([0, 10, 20], [False, True, False]), first_step([0], [False])
        (10, None)
    """
    at = np.flatnonzero(holds)
    return int(np.asarray(steps)[at[0]]) if at.size else None


def step_since(steps: ArrayLike, holds: ArrayLike) -> int | None:
    """The recorded step from which on something holds to the end; None where it does not at the
    end.

    Example:
        >>> step_since([0, 10, 20, 30], [True, False, True, True]), step_since([0], [False])
        (20, None)
    """
    not_yet = np.flatnonzero(~np.asarray(holds, bool))
    after = int(not_yet[-1]) + 1 if not_yet.size else 0
    every = np.asarray(steps)
    return int(every[after]) if after < len(every) else None


def row_at(steps: ArrayLike, event: int | None) -> int | None:
    """The first recorded row at or after an event, or the last; None where there is no event.

    Args:
        steps: (n,) that were recorded, ascending.
        event: a step, such as `RunRecord.train_step`.

    Example:
        >>> row_at([0, 10, 20], 11), row_at([0, 10, 20], None)
        (2, None)
    """
    if event is None:
        return None
    return min(int(np.searchsorted(steps, event)), len(np.asarray(steps)) - 1)


def curves_of(runs: Sequence[Trained], *names: str) -> dict[str, list[Any]]:
    """Columns of curves, a list a run: `step`, and each curve that is named.

    All are as long as the longest, as charts need them: beyond the end of a run that was over
    earlier there is no number (NaN, in JSON None).

    Args:
        runs: of a figure.
        names: of curves, as "train_loss" and "validation_accuracy".
    """
    curves = [run.record.curves for run in runs]
    longest = max((len(each["step"]) for each in curves), default=0)
    return {name: [_to_length(each[name], longest) for each in curves] for name in ("step", *names)}


def _to_length(curve: NDArray[Any], length: int) -> NDArray[Any]:
    missing = length - len(curve)
    if not missing:
        return curve
    return np.concatenate([curve, np.full((missing, *curve.shape[1:]), np.nan)])
