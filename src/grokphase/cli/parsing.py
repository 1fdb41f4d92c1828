"""Small values as typed: seeds, numbers and settings."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal, InvalidOperation

from grokphase.errors import GrokphaseError

Value = int | float | str

FIRST_SEED = 58  # as in grokphase.training.usual, which would start JAX
_MOST_DIGITS = 30  # of a whole number: what is larger is no number of anything here
MOST_SEEDS = 1_000_000  # as many as a map has runs at most


def seeds(text: str, first: int | None = None, usual: int = FIRST_SEED) -> tuple[int, ...]:
    """The seeds meant by ``--seeds`` and ``--seed``.

    Args:
        text: a number N of seeds, or a list of seeds with commas (``7,`` is the one seed 7).
        first: the first of the N seeds; None for the usual one.
        usual: the usual one.

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
    parts = [part for part in text.split(",") if part.strip() or not listed]
    values = [whole_number(part, "--seeds", "5 or --seeds 0,3,7") for part in parts]
    if listed and first is not None:
        raise GrokphaseError(
            f'A list of seeds ("{text}") cannot be combined with --seed {first}; '
            f"give the list alone."
        )
    if not listed and values[0] > MOST_SEEDS:
        raise GrokphaseError(f'--seeds "{text}" is too many; give at most {MOST_SEEDS:,}.')
    first = usual if first is None else first
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


def whole_number(text: str, option: str, example: str = "5") -> int:
    """A whole number, also as 1e5 or 3.0; what lies between two is refused, not rounded.

    Args:
        text: the number as typed.
        option: what it was typed for.
        example: what can be typed.

    Raises:
        GrokphaseError: it is no whole number.

    Example:
        >>> whole_number("1e5", "--steps"), whole_number("3.0", "--seed")
        (100000, 3)
        >>> whole_number("11.5", "--p")
        Traceback (most recent call last):
        grokphase.errors.GrokphaseError: --p "11.5" is not a whole number; write --p 11 or --p 12.
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite() and number.adjusted() >= _MOST_DIGITS:
        raise GrokphaseError(f'{option} "{text}" is too large; write {option} {example}.')
    if number.is_finite():
        low = int(number.to_integral_value(ROUND_FLOOR))
        if low == number:
            return low
        example = f"{low} or {option} {low + 1}"
    raise GrokphaseError(f'{option} "{text}" is not a whole number; write {option} {example}.')


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
