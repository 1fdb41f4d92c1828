"""A run that was reported or watched, as a store keeps runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from grokphase.phases.classify import classify
from grokphase.store.record import STEP_COLUMNS, RunRecord
from grokphase.trainers.report import Times
from grokphase.trainers.watch import Watch

Curves = dict[str, np.ndarray]


def record_of(
    watch: Watch, times: Times, curves: Curves, *, diverged: bool, **known: Any
) -> RunRecord:
    """The record of a run, whose phase is that of its times.

    Args:
        watch: its budget, and what counts as learned.
        times: of its events, as `grokphase.trainers.report.times` gives them.
        curves: what was recorded.
        diverged: whether its loss was no number at its end.
        **known: the other fields of a record: whose it is, and what it cost.
    """
    steps, lower = times
    train, validation = steps.get("train_step"), steps.get("validation_step")
    phase = classify(
        train,
        validation,
        delay=watch.thresholds.delay,
        diverged=diverged and None in (train, validation),
    )
    return RunRecord(
        phase=phase,
        followed=watch.stop != "decided",
        loss_followed=watch.stop != "decided",
        curves=curves,
        weights=None,
        lower=lower,
        **{**dict.fromkeys(STEP_COLUMNS), **steps, **known},
    )


def last_values(curves: Curves, *, diverged: bool = False) -> dict[str, float]:
    """The last value of each curve that was recorded, since not every row says everything.

    Args:
        curves: by their names.
        diverged: take those of the last row, whatever it says.
    """
    measured = {name: curve for name, curve in curves.items() if name != "step"}
    known = {name: curve[~np.isnan(curve)] for name, curve in measured.items()}
    return {
        name: float(curve[-1] if diverged or not known[name].size else known[name][-1])
        for name, curve in measured.items()
    }
