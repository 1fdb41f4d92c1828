"""What an arm costs and is told: a step of each on this machine, all in turns, and in counted
operations; and how many of the samples that test it are trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from grokphase.training.flops import update_flops
from grokphase.training.leaks import leaks
from grokphase.training.loop import State
from grokphase.training.session import prepare
from grokphase.training.spec import RunSpec
from grokphase.workers.child import Parent
from grokphase.workers.pool import call

ROUNDS: Final = 9
TURN_SECONDS: Final = 0.1  # about how long an arm trains in a round


class Price(NamedTuple):
    """What an arm's step costs.

    Attributes:
        seconds: of one step on this machine, evaluations included, in time of the processor: the
            fastest of nine turns, as whatever else the machine does can only make a turn longer.
        between: what a step may take by the nine ratios to the first run's turn of the same round:
            the second least and the second largest of them, which hold their median with 96 %.
        flops: operations of its matrix products, see `grokphase.training.flops`.
        state_bytes: of weights, moments and whatever else a run carries from step to step, without
            what is recorded.
    """

    seconds: float
    between: tuple[float, float]
    flops: float
    state_bytes: int


def leaked_share(specs: Sequence[RunSpec]) -> float:
    """The largest share of the validation samples of a run that are trained too."""
    return max(1 - float(leaks(spec).new.mean()) for spec in specs)


def prices(specs: Sequence[RunSpec], on_line: Callable[[str], None]) -> list[Price]:
    """What a step of each of these runs costs, trained in turns in a worker process.

    A processor's speed changes from minute to minute, so that every round has a turn of each. Runs
    that are one compiled program have one price: what they seem to differ by is the machine's. A
    worker that has trained such runs has compiled them already.

    Args:
        specs: the runs.
        on_line: told how far it is, a line each.
    """
    found: list[Price] = call(partial(_prices, [*specs]), on_news=on_line)
    return found


def _prices(specs: Sequence[RunSpec], parent: Parent) -> list[Price]:
    made = [_Turns(spec) for spec in specs]
    for at, each in enumerate(made, 1):
        each.advance(10)
        _tell(parent, "arms compiled", at, len(made))
    steps = [max(10, int(TURN_SECONDS / each.advance(50))) for each in made]
    rounds = []
    for at in range(1, ROUNDS + 1):
        rounds.append([each.advance(count) for each, count in zip(made, steps, strict=True)])
        _tell(parent, "rounds timed", at, ROUNDS)
    programs = [id(each.loop) for each in made]
    taken = shared(np.array(rounds).T, programs)
    return [
        Price(float(turns.min()), between(turns, taken[0]), update_flops(each.run), each.size)
        for turns, each in zip(taken, made, strict=True)
    ]


def _tell(parent: Parent, what: str, at: int, of: int) -> None:
    """A line now and then; and the end of this process where its parent has ended."""
    parent.follow()
    if at % 4 == 0 or at == of:
        parent.tell(f"{at} of {of} {what}")


def shared(turns: NDArray[np.float64], programs: Sequence[int]) -> NDArray[np.float64]:
    """Of each run the least that any run of its program took in a round.

    Args:
        turns: (runs, rounds) seconds.
        programs: of each run, which program it is.

    Example:
        >>> shared(np.array([[1.0, 2.0], [3.0, 1.0], [5.0, 5.0]]), [7, 7, 8]).tolist()
        [[1.0, 1.0], [1.0, 1.0], [5.0, 5.0]]
    """
    same = np.equal.outer(programs, programs)
    return np.stack([turns[others].min(axis=0) for others in same])


def between(turns: NDArray[np.float64], first: NDArray[np.float64]) -> tuple[float, float]:
    """What a step may take, its fastest turn within, where the first run's is as its fastest.

    Args:
        turns: (rounds,) seconds of a step.
        first: (rounds,) those of the first run in the same rounds.

    Example:
        >>> first = np.array([1.0, 2.0, 1.0, 1.0, 1.0])
        >>> between(first, first), between(np.array([2.0, 4.0, 2.0, 3.0, 9.0]), first)
        ((1.0, 1.0), (2.0, 3.0))
    """
    ratios = np.sort(turns / first)
    within = np.array([ratios[1], ratios[-2], turns.min() / first.min()]) * first.min()
    return float(within.min()), float(within.max())


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
        began = time.process_time()
        self.state = self.loop.segment(self.state, self.run.problem, np.int32(before + steps))
        jax.block_until_ready(self.state)
        return (time.process_time() - began) / max(1, int(self.state.step) - before)
