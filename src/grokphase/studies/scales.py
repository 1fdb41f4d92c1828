"""How much a study spends: enough to see the picture, or what the paper itself spent."""

from __future__ import annotations

from typing import Literal, get_args

from grokphase.errors import GrokphaseError

Scale = Literal["quick", "paper"]
SCALES: tuple[Scale, ...] = get_args(Scale)


def check_scale(scale: str) -> None:
    """Refuse a scale that there is not.

    Raises:
        GrokphaseError: naming those there are.
    """
    if scale not in SCALES:
        raise GrokphaseError(f'There is no scale "{scale}"; write "quick" or "paper".')
