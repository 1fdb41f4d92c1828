"""What is made of the reports of a training function."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from grokphase.phases.thresholds import Stop, Thresholds

_OF_RQI: Final = ("rqi", "rqi_delta", "rqi_convention")  # unknown of a network of another's making


@dataclass(frozen=True)
class Watch:
    """What is made of the reports of a run: the part of a recipe that a trainer has.

    Args:
        steps: the budget; None where the settings have no "steps".
        thresholds: what counts as learned, and what as delayed.
        stop: when the function is told that it is enough.
        sustain: steps in a row that a threshold must hold for its time to count as sustained.
    """

    steps: int | None
    thresholds: Thresholds
    stop: Stop
    sustain: int

    def spec(self) -> dict[str, Any]:
        """The nested, JSON-able description."""
        described = asdict(self)
        for name in _OF_RQI:
            del described["thresholds"][name]
        return described
