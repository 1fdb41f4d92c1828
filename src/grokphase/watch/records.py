"""A watched run as a store keeps runs of anybody's training function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.classify import classify
from grokphase.store.record import STEP_COLUMNS, RunRecord
from grokphase.trainers.report import Passage, times
from grokphase.trainers.surroundings import environment
from grokphase.trainers.watch import Watch

_USUAL: Final = (
    *("step", "train_loss", "validation_loss", "train_accuracy", "validation_accuracy"),
    "weight_norm",
)


def record_of(
    *,
    id: str,
    name: str,
    seed: int,
    began: str,
    settings: Mapping[str, float],
    watch: Watch,
    curves: dict[str, NDArray[Any]],
    passages: Mapping[str, Passage],
    step: int,
    diverged: bool,
    seconds: float,
    measure_seconds: float,
    message: str,
) -> RunRecord:
    """The run so far.

    Its specification holds the settings by their names, what counted as learned, and when it
    began: what else decided its result, nobody but its user knows.

    Args:
        id: of the run.
        name: what it is listed under.
        seed: of the run.
        began: when it was first watched.
        settings: numbers that it was made with.
        watch: its budget, and what counted as learned.
        curves: what was recorded.
        passages: of both accuracies.
        step: the last one.
        diverged: whether its loss was no number there.
        seconds: for how long it was watched.
        measure_seconds: what measuring took of that.
        message: what is to be known besides.
    """
    steps, lower = times(passages, step)
    decided = None not in (steps["train_step"], steps["validation_step"])
    phase = classify(
        steps["train_step"],
        steps["validation_step"],
        delay=watch.thresholds.delay,
        diverged=diverged and not decided,
    )
    measured = [each for each in curves if each not in _USUAL]
    return RunRecord(
        id=id,
        spec={
            "task": {"name": name},
            "trainer": {"name": name, "watched": began},
            **settings,
            "recipe": {**watch.spec(), "measures": measured},
            "seed": seed,
        },
        seed=seed,
        phase=phase,
        **{**dict.fromkeys(STEP_COLUMNS), **steps},  # type: ignore[arg-type]
        followed=True,
        loss_followed=True,
        steps_trained=step,
        seconds=seconds,
        final={each: _last(values) for each, values in curves.items() if each != "step"},
        curves=curves,
        weights=None,
        provenance=environment(),
        lower=lower,
        message=message,
        measure_seconds=measure_seconds,
    )


def _last(values: NDArray[Any]) -> float:
    known = values[~np.isnan(values)]
    return float(known[-1] if known.size else np.nan)
