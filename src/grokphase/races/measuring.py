"""What a step of each arm takes on this machine, all arms in turns, and in counted operations."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

import jax
import numpy as np

from grokphase.training.flops import update_flops
from grokphase.training.loop import State
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

    A processor's speed changes from minute to minute, so that every round has a turn of each. A
    worker that has trained such runs has compiled them already.
    """
    found: list[Price] = call(partial(_prices, [*specs]))
    return found


def _prices(specs: Sequence[RunSpec], _: object) -> list[Price]:
    made = [_Turns(spec) for spec in specs]
    for each in made:
        each.advance(10)
    steps = [max(10, int(TURN_SECONDS / each.advance(50))) for each in made]
    rounds = [
        [each.advance(count) for each, count in zip(made, steps, strict=True)]
        for _ in range(ROUNDS)
    ]
    return [
        Price(min(turns), update_flops(each.run), each.size)
        for turns, each in zip(zip(*rounds, strict=True), made, strict=True)
    ]


class _Turns:
    """A run that is trained a few steps at a time, from its beginning again where it has ended."""

    def __init__(self, spec: RunSpec) -> None:
        self.run = prepare(spec)
        self.loop = self.run.compiled()
        self.state = self._begun()
        recorded = ("rows", "rows_step", "totals", "arrays")
        carried = [part for name, part in self.state._asdict().items() if name not in recorded]
        self.size = sum(leaf.nbytes for leaf in jax.tree.leaves(carried))

    def _begun(self) -> State:
        state: State = self.loop.start(self.run.params, self.run.problem)
        return state

    def advance(self, steps: int) -> float:
        """Train some steps, or those that are left; the seconds of one."""
        if bool(self.state.over):
            self.state = self._begun()
        before = int(self.state.step)
        began = time.perf_counter()
        self.state = self.loop.segment(self.state, self.run.problem, np.int32(before + steps))
        jax.block_until_ready(self.state)
        return (time.perf_counter() - began) / max(1, int(self.state.step) - before)
