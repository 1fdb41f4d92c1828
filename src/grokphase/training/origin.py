"""What a run was made of, a preset or what is usual, and what of it a person chose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

SPLIT: Final = ("split.fraction", "split.count")
BATCH: Final = "recipe.batch"
"""What is derived from a task; see `grokphase.training.following`."""


@dataclass(frozen=True)
class Origin:
    """What a run was made of, no part of what the run is known by.

    Args:
        preset: the name of the preset; None where it is what is usual for the task.
        chosen: settings of a person's own among those that are derived from the task.

    Example:
        >>> Origin("nanda2023").chose("split.count", "recipe.steps").chosen
        frozenset({'split.count'})
    """

    preset: str | None = None
    chosen: frozenset[str] = frozenset()

    def chose(self, *names: str) -> Origin:
        """With these settings among those that a person chose."""
        return replace(self, chosen=self.chosen | ({*SPLIT, BATCH} & {*names}))
