"""Quasi-random draws of an arm's settings: evenly spread over its ranges, the same every time."""

from __future__ import annotations

import math
from typing import Any, Final

from grokphase.corpora.families import drawn
from grokphase.errors import GrokphaseError
from grokphase.races.facts import Arm

MOST: Final = 12
"""Settings that an arm can tune."""


def draws(arm: Arm, count: int) -> list[dict[str, Any]]:
    """The settings that an arm tries: its start, if it has one, then points of a Sobol sequence.

    All arms have the same points of one scrambled sequence, which begins with the learning rate and
    the weight decay: two arms that tune nothing else try the same places of their ranges, so that
    no arm is luckier in them than another.

    Args:
        arm: whose ranges they are from.
        count: how many.

    Raises:
        GrokphaseError: the arm tunes more than 12 settings.

    Example:
        >>> from grokphase.races.facts import arms
        >>> first, second = draws(arms()["adamw"], 2)
        >>> first
        {'recipe.learning_rate': 0.01, 'recipe.weight_decay': 8.0}
        >>> 1e-3 <= second["recipe.learning_rate"] <= 1e-2
        True

    Source: Owen 1998, Journal of Complexity 14, 466 (scrambling); points by `scipy.stats.qmc`.
    """
    from scipy.stats import qmc

    if len(arm.space) > MOST:
        raise GrokphaseError(
            f'The arm "{arm.name}" tunes {len(arm.space)} settings, and {MOST} are the most.'
        )
    sequence = qmc.Sobol(MOST, rng=0).random_base2(math.ceil(math.log2(max(count, 2))))
    axes = arm.space.items()
    points = [  # a point has a place for each setting that an arm could tune
        {name: drawn(axis, float(u)) for (name, axis), u in zip(axes, point, strict=False)}
        for point in sequence[:count]
    ]
    if arm.start:
        points[0] |= arm.start
    return points
