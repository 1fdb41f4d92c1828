"""Events: the first step at which something holds, from which on it held, when that was lost."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from grokphase.phases.thresholds import Rule

TRAIN, VALIDATION, RQI = 0, 1, 2
NEVER = -1


def required_count(total: int, threshold: float, rule: Rule) -> int:
    """The least count c with `c / total > threshold` (or `>=`), in exact arithmetic.

    The threshold is taken as the decimal number that is written: 0.9, not its nearest float.

    Example:
        >>> required_count(10, 0.9, ">"), required_count(10, 0.9, ">=")
        (10, 9)
    """
    exact = Fraction(repr(float(threshold))) * total
    whole = exact.numerator // exact.denominator
    return whole if rule == ">=" and whole == exact else whole + 1


class Events(NamedTuple):
    """Times of the three events: training accuracy, validation accuracy and RQI pass.

    Each field is (3,) int32; -1 where it has not happened.
    """

    first: Int[Array, "3"]
    since: Int[Array, "3"]
    sustained: Int[Array, "3"]
    lost: Int[Array, "3"]
    sustained_lost: Int[Array, "3"]

    @classmethod
    def none(cls) -> Events:
        """No event yet."""
        never = jnp.full(3, NEVER, jnp.int32)
        return cls(never, never, never, never, never)

    def update(self, holds: Bool[Array, "3"], step: Array, sustain: Array) -> Events:
        """The events after an evaluation at `step`.

        `first` is the first passage, `since` the start of the unbroken streak of passing
        evaluations that this one belongs to, and `sustained` the start of the first streak whose
        last evaluation came `sustain` steps or more after its first. `lost` is the first evaluation
        after the first passage that does not pass, and `sustained_lost` the first one after the
        sustained streak, which it ends.
        """
        first = jnp.where((self.first < 0) & holds, step, self.first)
        since = jnp.where(holds, jnp.where(self.since < 0, step, self.since), NEVER)
        lasted = holds & (step - since >= sustain) & (self.sustained < 0)
        fails = ~holds & (self.first >= 0) & (self.lost < 0)
        falls = ~holds & (self.sustained >= 0) & (self.sustained_lost < 0)
        return Events(
            first,
            since,
            jnp.where(lasted, since, self.sustained),
            jnp.where(fails, step, self.lost),
            jnp.where(falls, step, self.sustained_lost),
        )

    def decided(self) -> Bool[Array, ""]:
        """Whether both accuracies have passed, which decides the phase."""
        return (self.first[TRAIN] >= 0) & (self.first[VALIDATION] >= 0)

    def both_sustained(self) -> Bool[Array, ""]:
        """Whether both accuracies have held for `sustain` steps in a row."""
        return (self.sustained[TRAIN] >= 0) & (self.sustained[VALIDATION] >= 0)
