"""What is known of a run that grokphase is still training."""

from __future__ import annotations

from typing import Final

import numpy as np

from grokphase.forecasting.history import History, settings_of
from grokphase.store.in_flight import InFlight
from grokphase.store.record import leaves

_LOSSES: Final = ("train_loss", "validation_loss")


def history_in_flight(run: InFlight) -> History:
    """The history of a run up to its last checkpoint.

    Args:
        run: as `Store.in_flight` gives it.

    Example:
        >>> recipe = {"steps": 900, "thresholds": {"train_accuracy": 0.9}}
        >>> curves = {"step": np.arange(3), "train_accuracy": np.array([0.1, 0.5, 1.0])}
        >>> history_in_flight(InFlight("00ff", {"recipe": recipe}, {}, curves)).memorized.upper
        2.0
    """
    recipe = run.spec["recipe"]
    limits = recipe["thresholds"]
    curves = {
        # A loss is measured in every row: one that is no number has diverged.
        name: np.where(np.isnan(values), np.inf, values) if name in _LOSSES else values
        for name, values in run.curves.items()
        if name != "step"
    }
    return History(
        step=run.curves["step"],
        curves=curves,
        settings=settings_of(dict(leaves(run.spec)) | run.counts),
        threshold=limits["train_accuracy"],
        validation_threshold=limits.get("validation_accuracy"),
        budget=recipe["steps"],
    )
