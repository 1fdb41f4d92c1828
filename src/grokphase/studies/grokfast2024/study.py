"""What the filters of Grokfast do to a wave, and networks that are trained with them or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.studies import Given, in_columns, times_later, usual_table
from grokphase.training.recipe import Optimizer

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]


# ------------------------------------------------------------------------------ by arithmetic


def measured_gain(arm: Any, frequency: float, steps: int) -> complex:
    """The gain of a filter for a gradient that is a wave, after it has settled.

    Args:
        arm: the accelerator.
        frequency: in radians a step.
        steps: that are filtered; the last is looked at.
    """
    filtered = arm.transform()
    times = jnp.arange(steps)
    waves = jnp.stack([jnp.cos(frequency * times), jnp.sin(frequency * times)], axis=1)

    def one(state: Any, wave: Any) -> tuple[Any, Any]:
        out, state = filtered.update(wave, state)
        return state, out

    _, outs = jax.lax.scan(one, filtered.init(jnp.zeros(2)), waves)
    last = complex(*np.asarray(outs[-1], np.float64))
    return last / complex(*np.asarray(waves[-1], np.float64))


def ema_gain(alpha: float, factor: float, frequency: float) -> complex:
    """`1 + factor (1 - alpha) / (1 - alpha exp(-i w))`."""
    return complex(1 + factor * (1 - alpha) / (1 - alpha * np.exp(-1j * frequency)))


def ma_gain(window: int, factor: float, frequency: float) -> complex:
    """`1 + factor sin(w W / 2) / (W sin(w / 2)) exp(-i w (W - 1) / 2)`."""
    wave = np.sin(frequency * window / 2) / (window * np.sin(frequency / 2))
    return complex(1 + factor * wave * np.exp(-1j * frequency * (window - 1) / 2))


def gains(given: Given) -> Table:
    """Gains of both filters, measured and by their closed forms."""
    settings, rows = given.settings, []
    (alpha, by), (window, factor) = settings["ema"], settings["ma"]
    arms: dict[str, tuple[Any, Callable[[float], complex]]] = {
        "EMA": (gp.accelerators.GrokfastEMA(alpha, by), lambda w: ema_gain(alpha, by, w)),
        "MA": (gp.accelerators.GrokfastMA(window, factor), lambda w: ma_gain(window, factor, w)),
    }
    for name, (arm, form) in arms.items():
        for frequency in settings["frequencies"]:
            found, expected = measured_gain(arm, frequency, settings["steps"]), form(frequency)
            rows.append(
                {
                    "filter": name,
                    "frequency": frequency,
                    "gain": abs(found),
                    "expected": abs(expected),
                    "error": abs(found - expected),
                }
            )
    return in_columns(rows)


# ------------------------------------------------------------------------------ networks


def arms(settings: Settings) -> dict[str, tuple[Optimizer, float, Any]]:
    """Optimizer, decay and accelerator of each arm."""
    ema, ma = settings["ema"], settings["ma"]
    fast, slow = gp.accelerators.GrokfastEMA(*ema), gp.accelerators.GrokfastMA(*ma)
    return {
        "Adam": ("adam", 0.0, None),
        "Adam, decay": ("adam", 0.005, None),
        "EMA": ("adam", 0.005, fast),
        "MA": ("adam", 0.01, slow),
        "MA, no decay": ("adam", 0.0, slow),
        "AdamW": ("adamw", 1.0, None),
    }


def network(settings: Settings, arm: str, seed: int) -> gp.RunSpec:
    """A transformer on products, and the arm's optimizer."""
    kind, decay, accelerator = arms(settings)[arm]
    group = gp.Group(learning_rate=1e-3, weight_decay=decay, beta1=0.9, beta2=0.98)
    return gp.run_spec(
        gp.task("modular-multiplication", p=settings["p"]),
        gp.Transformer(**settings["model"]),
        gp.Recipe(
            optimizer=kind,
            embedding=group,
            decoder=group,
            batch=settings.get("batch"),
            steps=settings["steps"],
            thresholds=gp.Thresholds(train_accuracy=0.95, validation_accuracy=0.95, rule=">="),
            evaluate_every=settings["every"],
            warmup=10,
            accelerator=accelerator,
        ),
        split=gp.Split(fraction=0.5),
        seed=seed,
    )


def race(settings: Settings) -> Runs:
    """Every arm, on the same data from the same initial weights for a seed."""
    for arm in arms(settings):
        for seed in range(settings["seeds"]):
            yield {"arm": arm}, network(settings, arm, seed)


def times(given: Given) -> Table:
    """The usual table, with curves, the budget, and validation time over that of memorization."""
    table = usual_table(given.runs, "train_accuracy", "validation_accuracy")
    budget = [given.settings["steps"]] * len(given.runs)
    return {**table, "times_later": times_later(table), "budget": budget}
