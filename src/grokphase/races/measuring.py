"""What a step of each arm takes on this machine, all arms in turns, and in counted operations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import jax
import numpy as np

from grokphase.training.flops import update_flops
from grokphase.training.leaves import replace
from grokphase.training.session import prepare
from grokphase.training.spec import RunSpec
from grokphase.workers.pool import call

ROUNDS: Final = 9
TURN_SECONDS: Final = 0.1  # about how long an arm trains in a round


class Price(NamedTuple):
    """What an arm's step costs.

    Attributes:
        seconds: of one step on this machine, evaluations included: the fastest of nine turns, as
            whatever else the machine does can only make a turn longer.
        flops: operations of its matrix products, see `grokphase.training.flops`.
        state_bytes: of weights, moments and whatever else a run carries from step to step, without
            what is recorded.
    """

    seconds: float
    flops: float
    state_bytes: int


def prices(specs: Sequence[RunSpec]) -> list[Price]:
    """What a step of each of these runs costs, trained in turns in a worker process.

    A processor's speed changes from minute to minute, so that every round has a turn of each; runs
    are taken to be longer than they are.
    """
    return call(partial(_prices, [*specs]))


def _prices(specs: Sequence[RunSpec], _: object) -> list[Price]:
    made = [_runner(spec) for spec in specs]
    steps = [_steps(advance) for advance, _, _ in made]
    rounds = [
        [advance(count) / count for (advance, _, _), count in zip(made, steps, strict=True)]
        for _ in range(ROUNDS)
    ]
    return [
        Price(min(turns), flops, size)
        for turns, (_, flops, size) in zip(zip(*rounds, strict=True), made, strict=True)
    ]


def _steps(advance: Callable[[int], float]) -> int:
    """Steps that take about as long as a turn."""
    advance(10)
    return max(10, int(50 * TURN_SECONDS / advance(50)))


def _runner(spec: RunSpec) -> tuple[Callable[[int], float], float, int]:
    """A function that trains some steps and says how long that took; operations and bytes."""
    longer = replace(replace(spec, "recipe.steps", 10**7), "recipe.stop", "budget")
    run = prepare(replace(longer, "recipe.record_every", 10**6))
    loop = run.compiled()
    state = loop.start(run.params, run.problem)
    carried = state._replace(rows=(), rows_step=(), totals=(), arrays={})
    size = sum(leaf.nbytes for leaf in jax.tree.leaves(carried))

    def advance(steps: int) -> float:
        nonlocal state
        until = np.int32(int(state.step) + steps)
        began = time.perf_counter()
        state = jax.block_until_ready(loop.segment(state, run.problem, until))
        return time.perf_counter() - began

    return advance, update_flops(run), size
