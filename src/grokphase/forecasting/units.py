"""Whether accuracies are shares of 1 or percent: said by the name, or by the values themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError

Unit = Literal["share", "percent"]
"""What an accuracy is counted in: from 0 to 1, or from 0 to 100."""

_NOISE: Final = 1e-4  # by which rounding may carry an accuracy over its end
_NEAR_ONE: Final = 2.0
"""Accuracies that go over 1 and no higher than this, beside one that rests at 1 itself, are shares
that are wrong rather than percents."""
_LOW: Final = 10.0  # percent: what begins below it begins with the untrained network
_ALIKE: Final = 20.0  # the most by which accuracies of an untrained network differ
_ASK: Final = "say which, as in --accuracies percent."


def are_percent(
    curves: Mapping[str, NDArray[np.float64]], said: Unit | None = None, by_name: Sequence[str] = ()
) -> dict[str, bool]:
    """Which accuracies of a file are in percent.

    One that goes over 1 is in percent, and so are those beside it that do not, where they begin
    alike: an untrained network is right about as often on both sets. Where the values leave it
    open, it is refused rather than guessed.

    Args:
        curves: of each accuracy, by its name, the values measured, in the order of steps.
        said: the unit, where the user knows it.
        by_name: those whose name says that they are in percent.

    Returns:
        For each name whether it is.

    Raises:
        GrokphaseError: for values below 0 or over 100, or that leave the unit open.

    Example:
        >>> are_percent({"acc": np.array([1.5, 100.0]), "val_acc": np.array([0.8, 0.9])})
        {'acc': True, 'val_acc': True}
        >>> are_percent({"acc": np.array([0.01, 1.0])})
        {'acc': False}
    """
    highest = 1.0 if said == "share" else 100.0
    for name, values in curves.items():
        outside = values[(values < -_NOISE) | (values > highest * (1 + _NOISE))]
        if outside.size:
            allowed = (
                "[0, 1], as --accuracies share says"
                if said == "share"
                else "[0, 1] or, in percent, in [0, 100]"
            )
            raise GrokphaseError(
                f"{name} has the value {outside[0]:g}; accuracies lie in {allowed}."
            )
    if said is not None:
        return dict.fromkeys(curves, said == "percent")
    over = [name for name, v in curves.items() if v.size and v.max() > 1 + _NOISE]
    percent = {name: name in over or name in by_name for name in curves}
    if not any(percent.values()):
        return percent
    top = max(over, key=lambda name: float(curves[name].max()), default=None)
    at_one = next((name for name, v in curves.items() if name != top and _saturates(v)), None)
    if top is not None and at_one is not None and curves[top].max() <= _NEAR_ONE:
        raise GrokphaseError(
            f"{top} goes to {curves[top].max():g} and {at_one} stays at 1, which are no shares "
            f"of 1 and hardly percents; {_ASK}"
        )
    for name in (name for name, known in percent.items() if not known):
        first, other = curves[name][:1], curves[top][:1] if top is not None else curves[name][:0]
        if not first.size or not other.size or not _alike(float(first[0]), float(other[0])):
            raise GrokphaseError(
                f"{name} stays in [0, 1] and {top or by_name[0]} is in percent, so that it may be "
                f"either; {_ASK}"
            )
        percent[name] = True
    return percent


def _saturates(values: NDArray[np.float64]) -> bool:
    """Whether an accuracy rises to 1 itself and stays there, as shares do."""
    return bool(values.size > 2 and values[0] < 0.5 and values.max() == 1 == values[-2:].min())


def _alike(one: float, other: float) -> bool:
    """Whether two accuracies can be those of one untrained network in one unit."""
    low, high = sorted((one, other))
    return high <= _LOW and low > 0 and high / low <= _ALIKE
