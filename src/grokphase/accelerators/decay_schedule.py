"""Weight decay as a function of the step: grown, turned on, or let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.accelerators.accelerator import Accelerator
from grokphase.accelerators.settings import real, steps

Shape = Literal["linear", "cosine"]


@dataclass(frozen=True)
class DecaySchedule(Accelerator):
    """Weight decay that changes with the step, from one multiple of the recipe's to another.

        lambda_t = lambda (start + (end - start) s(x)),    x = (t - begin) / over within [0, 1]

    with `s(x) = x` ("linear") or `(1 - cos(pi x)) / 2` ("cosine"); t is the step at which the
    update is made, so that the first has t = 0. `over=0` is a jump at `begin`. As it stands it is a
    warm-up: no decay at first, all of it from step 1,000 on. It has no state.

    Conventions: it multiplies lambda and leaves the learning rate alone, whose own warm-up
    (`recipe.warmup`) multiplies decoupled decay too, as eta times lambda acts.

    Args:
        start: multiple of the recipe's weight decay before step `begin`.
        end: multiple of it from step `begin + over` on.
        begin: the step at which it begins to change.
        over: steps that the change takes.
        shape: "linear" or "cosine".

    Raises:
        GrokphaseError: for a multiple or a step below 0; and where a run has no weight decay.

    Example:
        >>> schedule = DecaySchedule(over=100)
        >>> [float(schedule.weight_decay(2.0, t)) for t in (0, 50, 100, 5000)]
        [0.0, 1.0, 2.0, 2.0]

    Source: this work, as an arm of a race; warm-up of a regularizer is usual practice.
    """

    start: float = real(0.0)
    end: float = real(1.0)
    begin: int = steps(0)
    over: int = steps(1000)
    shape: Shape = "linear"

    kind: ClassVar[str] = "decay-schedule"

    def weight_decay(self, usual: Float[Array, ""], step: Int[Array, ""]) -> Float[Array, ""]:
        """The weight decay of the update that is made at a step."""
        since = jnp.asarray(step - self.begin, jnp.float32)
        x = jnp.clip(since / jnp.maximum(self.over, 1), 0.0, 1.0)
        x = jnp.where(self.over == 0, (since >= 0).astype(jnp.float32), x)
        way = x if self.shape == "linear" else (1 - jnp.cos(jnp.pi * x)) / 2
        return usual * (self.start + (self.end - self.start) * way)

    def idle(self, params: Any, recipe: Any) -> str | None:
        """Why it would change nothing: there is no weight decay."""
        if recipe.embedding.weight_decay or recipe.decoder.weight_decay:
            return None
        return "there is no weight decay; write also recipe.weight_decay=1"
