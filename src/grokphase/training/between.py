"""What is done between segments of the loop: measures that JAX cannot trace, and kept weights.

Nothing here writes what training reads, so that a run is the same to the bit with and without it.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from functools import cached_property
from typing import Any, Final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Int

from grokphase.errors import GrokphaseError
from grokphase.measures.own import Samples, UserMeasure, refuse_kind, refuse_shape
from grokphase.models.user import said_of
from grokphase.tasks import Task
from grokphase.training.compilation import likeness
from grokphase.training.device import on_device
from grokphase.training.loop import State
from grokphase.training.prepared import Prepared
from grokphase.training.problem import Own, Problem, Program, samples_of, schedule_of
from grokphase.training.results import weights_of
from grokphase.training.schedule import Keep, kept_steps

NEVER: Final = 2**31 - 1  # a step that no run reaches

_known: dict[Hashable, Own] = {}


def own_of(
    measures: tuple[UserMeasure, ...], program: Program, problem: Problem, params: Any, static: Any
) -> tuple[Own, ...]:
    """How a run records a user's own measures: compiled where JAX can trace them.

    Raises:
        GrokphaseError: one raises an error, or returns what is no number and no array of numbers.
    """
    found = []
    for measure in measures:
        sha256 = measure.spec()["sha256"]
        key = measure, sha256, likeness(program, static, params, problem)
        if key not in _known:
            _known[key] = _own_of(measure, sha256, program, problem, params, static)
        found.append(_known[key])
    return tuple(found)


def _own_of(
    measure: UserMeasure, sha256: str, program: Program, problem: Problem, params: Any, static: Any
) -> Own:
    assert program.task is not None
    task = program.task

    def value(params: Any, problem: Problem) -> Any:
        return measure(eqx.combine(params, static), task, samples_of(problem))

    try:
        shape: Any = jax.eval_shape(value, params, problem)
    except Exception:  # whatever it is, NumPy's or a mistake: calling it tells
        called = call(measure, eqx.combine(params, static), task, on_host(problem), 0)
        return Own(measure, sha256, called.shape, compiled=False)
    refuse_kind(measure.name, shape)
    return Own(measure, sha256, tuple(shape.shape), compiled=True)


def on_host(problem: Problem) -> Samples:
    """The samples of a run as NumPy arrays."""
    samples: Samples = jax.tree.map(np.asarray, samples_of(problem))
    return samples


def call(measure: UserMeasure, network: Any, task: Task, samples: Samples, step: int) -> np.ndarray:
    """What a measure comes to for a network that is here, as float32.

    Raises:
        GrokphaseError: it raises an error, or returns what is no number and no array of numbers.
    """
    try:
        found = measure(network, task, samples)
    except Exception as error:
        raise GrokphaseError(
            f'The measure "{measure.name}" raised {said_of(error)}, at step {step:,}; return '
            'float("nan") where it is not defined.'
        ) from error
    refuse_kind(measure.name, found)
    with np.errstate(over="ignore"):
        return np.asarray(found).astype(np.float32)


def seconds_a_row(run: Prepared, state: State) -> float:
    """What the measures that are called between segments take at one recorded step."""
    between = Between(run, None)
    between.begin(state)  # what is done only once is done
    between.begin(state)
    return between.seconds


class Between:
    """What a run has done between its segments.

    Args:
        run: the run.
        keep: which of its weights are kept.

    Attributes:
        seconds: spent in measures.
        snapshots: weights at the steps that were kept, by dotted name, by step.
    """

    def __init__(self, run: Prepared, keep: Keep | None) -> None:
        self._run = run
        self._own = [each for each in run.program.own if not each.compiled]
        schedule = schedule_of(run.spec.recipe)
        self._snapshot_at = kept_steps(run.spec.recipe.steps, schedule, keep)
        self._stops: Int[np.ndarray, " m"] = schedule if self._own else self._snapshot_at
        self._rows = 0
        self.seconds = 0.0
        self.snapshots: dict[int, dict[str, np.ndarray]] = {}

    @cached_property
    def _samples(self) -> Samples:
        return on_host(self._run.problem)

    @property
    def looks(self) -> bool:
        """Whether there is anything to do between segments."""
        return len(self._stops) > 0

    def begin(self, state: State) -> State:
        """A run at step 0, with what is measured there."""
        self._rows, self.seconds, self.snapshots = 0, 0.0, {}
        return self.look(state)

    def next_stop(self, step: int) -> int:
        """The step after this one at which a segment has to end, at the latest."""
        later = np.searchsorted(self._stops, step, side="right")
        return int(self._stops[later]) if later < len(self._stops) else NEVER

    def look(self, state: State) -> State:
        """The state with what is measured between segments, if it has come to another row."""
        step, row = int(state.step), int(state.row)
        if step in self._snapshot_at and step not in self.snapshots:
            self.snapshots[step] = weights_of(state.params, self._run.static)
        if row == self._rows or not self._own:
            return state
        self._rows = row
        began = time.perf_counter()
        # Copies: the loop takes the arrays of its state back, and a measure may keep what it saw.
        params = on_device(jax.tree.map(np.array, state.params))
        network = eqx.combine(params, self._run.static)
        arrays = dict(state.arrays)
        for each in self._own:
            rows = np.array(arrays[each.measure.name])
            rows[row - 1] = self._value(each, network, step, diverged=bool(state.diverged))
            arrays[each.measure.name] = on_device(rows)
        self.seconds += time.perf_counter() - began
        return state._replace(arrays=arrays)

    def _value(self, own: Own, network: Any, step: int, *, diverged: bool) -> np.ndarray:
        task = self._run.program.task
        assert task is not None
        try:
            found = call(own.measure, network, task, self._samples, step)
        except GrokphaseError:
            if diverged:  # of weights that are not finite most of SciPy raises
                return np.full(own.shape, np.nan, np.float32)
            raise
        refuse_shape(own.measure.name, found, own.shape, f"at step {step:,}")
        return found

    def as_tensors(self) -> dict[str, np.ndarray]:
        """All of this for a checkpoint."""
        kept = {
            f"{step}/{name}": array
            for step, weights in self.snapshots.items()
            for name, array in weights.items()
        }
        return kept | {_SECONDS: np.array([self.seconds])}

    def resume(self, tensors: dict[str, np.ndarray], state: State) -> bool:
        """Take up what a checkpoint holds; False if it lacks weights that were to be kept."""
        self.seconds = float(tensors.pop(_SECONDS)[0])
        self._rows = int(state.row)
        for key, array in tensors.items():
            step, _, name = key.partition("/")
            self.snapshots.setdefault(int(step), {})[name] = array
        passed = self._snapshot_at[self._snapshot_at <= int(state.step)]
        lacking = set(passed.tolist()) - set(self.snapshots)
        self.snapshots = {step: self.snapshots[step] for step in passed.tolist() if not lacking}
        return not lacking


_SECONDS = "measure_seconds"
