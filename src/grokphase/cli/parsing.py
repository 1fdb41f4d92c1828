"""Small values as typed: seeds, numbers and settings."""

from __future__ import annotations

import math
from collections.abc import Iterable

from grokphase.errors import GrokphaseError

Value = int | float | str

FIRST_SEED = 58  # as in grokphase.training.presets, which would start JAX
MOST_SEEDS = 1_000_000  # as many as a map has runs at most


def seeds(text: str, first: int | None = None) -> tuple[int, ...]:
    """The seeds meant by ``--seeds`` and ``--seed``.

    Args:
        text: a number N of seeds, or a list of seeds with commas (``7,`` is the one seed 7).
        first: the first of the N seeds; None for the usual one.

    Returns:
        The seeds, in the order given.

    Raises:
        GrokphaseError: not a number or a list, none at all, more than a million, a negative one, or
            one given twice.

    Example:
        >>> seeds("2"), seeds("3", first=0), seeds("4,8")
        ((58, 59), (0, 1, 2), (4, 8))
    """
    listed = "," in text
    values = [_whole(part, "--seeds") for part in text.split(",") if part.strip() or not listed]
    if listed and first is not None:
        raise GrokphaseError(
            f'A list of seeds ("{text}") cannot be combined with --seed {first}; '
            f"give the list alone."
        )
    if not listed and values[0] > MOST_SEEDS:
        raise GrokphaseError(f'--seeds "{text}" is too many; give at most {MOST_SEEDS:,}.')
    first = FIRST_SEED if first is None else first
    chosen = tuple(values) if listed else tuple(range(first, first + values[0]))
    if not chosen or min(chosen) < 0:
        raise GrokphaseError(
            f'--seeds "{text}" (from seed {first}) names no valid seed; seeds are whole numbers '
            f"from 0, as in --seeds 5 or --seeds 0,3,7."
        )
    if len(set(chosen)) < len(chosen):
        raise GrokphaseError(f'--seeds "{text}" names a seed twice; give each once.')
    return chosen


def settings(texts: Iterable[str]) -> dict[str, Value]:
    """The ``--set name=value`` options as a mapping.

    Args:
        texts: each ``name=value``; numbers become numbers, other values stay words.

    Returns:
        Value by dotted name, in the order given.

    Raises:
        GrokphaseError: no ``=``, nothing on one side of it, NaN or infinity, or a name given twice.

    Example:
        >>> settings(["recipe.steps=5000", "recipe.decoder.learning_rate=1e-3"])
        {'recipe.steps': 5000, 'recipe.decoder.learning_rate': 0.001}
    """
    found: dict[str, Value] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise GrokphaseError(
                f'--set "{text}" is not name=value; write it like '
                f"--set recipe.decoder.learning_rate=1e-3."
            )
        if name in found:
            raise GrokphaseError(f'--set gives "{name}" twice; give each name once.')
        found[name] = _value(name, value)
    return found


def _whole(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise GrokphaseError(
            f'{option} "{text}" is not a whole number; write {option} 5 or {option} 0,3,7.'
        ) from None


def _value(name: str, text: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        raise GrokphaseError(f"{name}={text} is not a finite number; give a finite one.")
    try:
        return int(text)
    except ValueError:
        return number
