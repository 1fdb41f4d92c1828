"""How much a study spends: enough to see the picture, or what the paper itself spent."""

from __future__ import annotations

from typing import Literal, get_args

Scale = Literal["quick", "paper"]
SCALES: tuple[Scale, ...] = get_args(Scale)
