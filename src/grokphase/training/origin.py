"""Which preset a run was made of, and what of it a person chose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

SPLIT: Final = ("split.fraction", "split.count")
BATCH: Final = "recipe.batch"
"""What a preset derives from its task; see `grokphase.training.following`."""


@dataclass(frozen=True)
class Origin:
    """The preset that a run was made of, no part of what the run is known by.

    Args:
        preset: its name.
        chosen: settings of a person's own among those that the preset derives from its task.

    Example:
        >>> Origin("nanda2023").chose("split.count", "recipe.steps").chosen
        frozenset({'split.count'})
    """

    preset: str
    chosen: frozenset[str] = frozenset()

    def chose(self, *names: str) -> Origin:
        """With these settings among those that a person chose."""
        return replace(self, chosen=self.chosen | ({*SPLIT, BATCH} & {*names}))
