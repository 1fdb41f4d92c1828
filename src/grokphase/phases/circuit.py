"""The three phases in which a circuit forms, as change points of two losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError
from grokphase.phases.changes import ChangePoint, change_points

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord

NAMES: Final = ("memorization", "circuit formation", "cleanup")


@dataclass(frozen=True)
class CircuitPhase:
    """A phase of learning a circuit; see `circuit_phases`.

    Args:
        name: "memorization", "circuit formation" or "cleanup".
        start: the step at which it begins.
        end: the step at which it ends; None for a cleanup that is not over at the last step.
        interval: of `end`; None where that is.

    Example:
        >>> CircuitPhase("memorization", 0.0, 142.0, interval=(126.0, 159.0)).end
        142.0
    """

    name: str
    start: float
    end: float | None
    interval: tuple[float, float] | None


def circuit_phases(
    steps: NDArray[np.floating],
    excluded: NDArray[np.floating],
    validation: NDArray[np.floating],
    *,
    level: float = 0.9,
    seed: int = 0,
) -> tuple[CircuitPhase, ...]:
    """Nanda's three phases, from the curves of excluded and validation loss.

    - **memorization** until the excluded loss, which falls with the training loss, turns and
      rises: the knot at which the slope of its logarithm goes from negative to positive. It is
      fitted up to its highest value after its lowest;
    - **circuit formation** until the validation loss begins its fall: the knot before the steep
      piece of the loss itself, in nats, from its highest value on;
    - **cleanup** until that fall is over: the knot after that piece. Where the loss falls at more
      than half of that slope until the last step, it is not over.

    The paper reads them off its curves; this rule is ours. Each curve is fitted by three pieces
    that are straight in ln(step) (`change_points`), within ends that do not move if the run goes
    on: a loss in nats is flat once it is small, and its logarithm is not. An interval is that of
    `change_points` and reaches to the rows beside it, as nothing is known between rows.

    Args:
        steps: (n,) ascending; step 0 is left out.
        excluded: (n,) excluded loss. Of the same key frequencies at all steps, or of those of each
            step: it then rises by a jump where a frequency becomes key, and may turn later.
        validation: (n,) validation loss, of a run that generalized: any curve has knots.
        level: of the intervals.
        seed: of their bootstrap.

    Returns:
        The three, in order.

    Raises:
        GrokphaseError: the curves do not show them: the excluded loss never turns, the validation
            loss never falls, or what they show is not in this order.

    Example:
        >>> steps = np.geomspace(1, 1e5, 60)
        >>> u = np.log(steps)
        >>> excluded = np.exp(np.interp(u, [0, 5, 9, 12], [1, -4, 1, 1]))
        >>> validation = np.interp(u, [0, 4, 8, 10, 12], [4, 8, 6, 0.1, 0])
        >>> [
        ...     (phase.name, round(float(np.log(phase.end)), 1))
        ...     for phase in circuit_phases(steps, excluded, validation)
        ... ]
        [('memorization', 5.1), ('circuit formation', 8.0), ('cleanup', 10.0)]

    Source: after Nanda et al. (2023), arXiv:2301.05217, section 5.2.
    """
    given = {"steps": steps, "excluded": excluded, "validation": validation}
    steps, below, loss = (doubles(name, each) for name, each in given.items())
    if not steps.shape == below.shape == loss.shape or steps.ndim != 1 or not steps.size:
        raise GrokphaseError(
            f"steps, excluded and validation have the shapes {steps.shape}, {below.shape} and "
            f"{loss.shape}; give three curves of one length."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(below)
    if not (np.isfinite(logs).all() and np.isfinite(loss).all()):
        raise GrokphaseError("A loss holds values that are not finite, or an excluded loss is 0.")
    rising = logs[: _risen(logs) + 1]
    turns = change_points(steps[: len(rising)], rising, log_x=True, level=level, seed=seed)
    turn = next((one for one in turns if one.before < 0 < one.after), None)
    if turn is None:
        raise GrokphaseError(
            "The excluded loss does not turn from falling to rising, so that there is no end of "
            "memorization; train for longer, or give the key frequencies of the trained network."
        )
    falls = _fall(steps[np.argmax(loss) :], loss[np.argmax(loss) :], level, seed)
    if not turn.at < falls[0].at:
        raise GrokphaseError(
            f"The validation loss begins to fall at step {falls[0].at:g}, before the excluded loss "
            f"turns at step {turn.at:g}: there is no circuit formation between them."
        )
    ends: list[ChangePoint | None] = [turn, *falls, None]
    starts = (float(steps[0]), turn.at, falls[0].at)
    return tuple(
        CircuitPhase(name, start, None, None)
        if end is None
        else CircuitPhase(name, start, end.at, _beside(steps, end))
        for name, start, end in zip(NAMES, starts, ends, strict=False)
    )


def _beside(steps: NDArray[np.floating], end: ChangePoint) -> tuple[float, float]:
    """The interval of a change point, out to the rows beside it."""
    low, high = np.searchsorted(steps, [end.low, end.high])
    return float(steps[max(low - 1, 0)]), float(steps[min(high + 1, len(steps) - 1)])


def _risen(curve: NDArray[np.floating]) -> int:
    """Where a curve is highest after it was lowest."""
    lowest = int(np.argmin(curve))
    return lowest + int(np.argmax(curve[lowest:]))


def _fall(
    steps: NDArray[np.floating], loss: NDArray[np.floating], level: float, seed: int
) -> tuple[ChangePoint, ...]:
    """Where a loss, from its highest value on, begins to fall and, if it is, where that is over."""
    first, last = change_points(steps, loss, log_x=True, level=level, seed=seed)
    steepest = min(first.after, last.after)
    if not steepest < min(first.before, 0):
        raise GrokphaseError(
            "The validation loss has no fall that begins within these steps, so that there is no "
            "cleanup; train for longer."
        )
    if first.after > steepest / 2:  # not yet falling
        return (last,)
    return (first, last) if last.after > steepest / 2 else (first,)


def phases_of(record: RunRecord) -> tuple[CircuitPhase, ...]:
    """The three phases of a run that recorded its excluded loss and generalized.

    The excluded loss is that of the key frequencies of each step.

    Args:
        record: the run.

    Raises:
        GrokphaseError: it did neither, or its curves do not show the phases; see `circuit_phases`.
    """
    if "excluded_loss" not in record.curves:
        raise GrokphaseError(
            "The run did not record its excluded loss; write --set "
            'recipe.measures=restricted_loss,excluded_loss, in Python measures=["excluded_loss"].'
        )
    if record.validation_step is None:
        raise GrokphaseError(
            f"The run did not generalize in {record.steps_trained:,} steps, so that there is no "
            "cleanup; train for longer."
        )
    curves = record.curves
    return circuit_phases(curves["step"], curves["excluded_loss"], curves["validation_loss"])
