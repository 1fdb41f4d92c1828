"""Training functions of a user's own, for tests: NumPy, and ways in which one may go wrong."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import numpy as np

Settings = dict[str, Any]


def logistic(settings: Settings, report: Any) -> None:
    """Logistic regression by gradient descent, on a problem that the seed draws."""
    rng = np.random.default_rng(settings["seed"])
    inputs = rng.normal(size=(60, 8))
    labels = (inputs @ rng.normal(size=8) > 0).astype(float)
    count = round(settings["fraction"] * 60)
    weights = np.zeros(8)
    for step in range(settings["steps"] + 1):
        guess = 1 / (1 + np.exp(-inputs @ weights))
        right = (guess > 0.5) == labels
        if step % settings["every"] == 0 and report(
            step,
            train_accuracy=right[:count].mean(),
            validation_accuracy=right[count:].mean(),
            train_loss=float(np.mean((guess - labels)[:count] ** 2)),
            weight_norm=np.linalg.norm(weights),
            largest=np.abs(weights).max(),
        ):
            return
        slope = inputs[:count].T @ (guess - labels)[:count] / count
        weights -= settings["lr"] * (slope + settings["wd"] * weights)


LOGISTIC = {"lr": 0.3, "wd": 0.0, "fraction": 0.5, "every": 1, "steps": 200}


def unseeded(settings: Settings, report: Any) -> None:
    """Draws from the generator that belongs to nobody."""
    report(0, train_accuracy=np.random.rand(), validation_accuracy=np.random.rand())  # noqa: NPY002


def sees(settings: Settings, report: Any) -> dict[str, float]:
    """Reports what surrounds it."""
    report(0, train_accuracy=0, validation_accuracy=0, jax="jax" in sys.modules)
    return {
        "threads": float(os.environ["OMP_NUM_THREADS"]),
        "pid": float(os.getpid()),
        "device": float(os.environ.get("CUDA_VISIBLE_DEVICES") or -1),
    }


def goes_wrong(settings: Settings, report: Any) -> Any:
    """Goes wrong in the way that is asked for."""
    how = settings["how"]
    report(1, train_accuracy=0.5, validation_accuracy=0.1, train_loss=1.0)
    if how == "raise":
        raise ValueError("no such\n  optimizer")
    if how == "address":
        raise ValueError(f"{object()} {'x' * 500}")
    if how == "interrupt":
        raise KeyboardInterrupt("enough")
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "exit":
        sys.exit("out of here")
    if how == "hang":
        time.sleep(600)
    if how == "nan":
        assert report(2, train_accuracy=0.5, validation_accuracy=0.1, train_loss=float("nan"))
    if how == "back":
        report(1, train_accuracy=0.5, validation_accuracy=0.1)
    if how == "word":
        report(2, train_accuracy="high", validation_accuracy=0.1)
    if how == "percent":
        report(2, train_accuracy=97.5, validation_accuracy=0.1)
    if how == "many":
        report(2, train_accuracy=0.5, validation_accuracy=0.1, norms=[1, 2])
    if how == "missing":
        settings["batch"]
    if how == "lambda":
        return lambda: None
    return None


def silent(settings: Settings, report: Any) -> None:
    """Reports nothing."""


def half(settings: Settings, report: Any) -> None:
    """Reports one accuracy only."""
    report(0, train_accuracy=1.0)
