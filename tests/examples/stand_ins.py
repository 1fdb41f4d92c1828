"""The little of other libraries that the examples use, for where those are not installed."""

from __future__ import annotations

import enum
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest


def module(name: str, **members: Any) -> ModuleType:
    """A module of this name with these members."""
    made = ModuleType(name)
    vars(made).update(members)
    return made


class TrialState(enum.Enum):
    """As Optuna's."""

    RUNNING, COMPLETE, PRUNED = range(3)


class Trial:
    """Draws at random."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.params, self.values = rng, dict[str, float](), None
        self.state, self.reported = TrialState.RUNNING, dict[int, float]()

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        ends = np.log([low, high]) if log else np.array([low, high])
        drawn = float(self.rng.uniform(*ends))
        self.params[name] = float(np.exp(drawn)) if log else drawn
        return self.params[name]

    def report(self, value: float, step: int) -> None:
        self.reported[step] = value


class Study:
    """Asks and is told, as Optuna's; refuses what Optuna refuses."""

    def __init__(self, sampler: np.random.Generator) -> None:
        self.sampler, self.trials = sampler, list[Trial]()

    def ask(self) -> Trial:
        self.trials.append(Trial(self.sampler))
        return self.trials[-1]

    def tell(self, trial: Trial, values: float | None = None, state: Any = None) -> None:
        assert trial.state is TrialState.RUNNING
        assert (values is None) == (state is TrialState.PRUNED)
        trial.state = state or TrialState.COMPLETE
        trial.values = None if values is None else [float(values)]

    @property
    def best(self) -> Trial:
        return min((t for t in self.trials if t.values), key=lambda t: t.values)

    best_value = property(lambda self: self.best.values[0])
    best_params = property(lambda self: self.best.params)


def use_optuna(monkeypatch: pytest.MonkeyPatch) -> None:
    """Optuna if it is installed, else what stands in for it."""
    try:
        import optuna  # noqa: F401
    except ImportError:
        samplers = module("optuna.samplers", TPESampler=lambda seed: np.random.default_rng(seed))
        trial = module("optuna.trial", TrialState=TrialState)
        made = module(
            "optuna",
            create_study=lambda sampler: Study(sampler),
            samplers=samplers,
            trial=trial,
            Study=Study,
            Trial=Trial,
        )
        for part in (made, samplers, trial):
            monkeypatch.setitem(sys.modules, part.__name__, part)


class Board:
    """A logger that remembers: TensorBoard's writer and W&B's run in one."""

    def __init__(self, *_: Any, **options: Any) -> None:
        self.options, self.points, self.closed = options, list[tuple[str, float, int]](), False

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        assert not self.closed
        self.points.append((tag, scalar_value, global_step))

    def define_metric(self, name: str, step_metric: str) -> None:
        self.metric = (name, step_metric)

    def log(self, data: dict[str, float]) -> None:
        step = int(data.pop(self.metric[1]))
        ((name, value),) = data.items()
        self.add_scalar(name, value, step)
