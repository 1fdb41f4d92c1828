"""Handing measured values to TensorBoard, Weights & Biases, or any function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from grokphase.errors import GrokphaseError

PREFIX: Final = "grokphase/"

Hand = Callable[[int, Mapping[str, float]], None]


def handing(target: Any) -> Hand | None:
    """A function that hands a step and its values to a logger.

    Args:
        target: a TensorBoard `SummaryWriter`, a run or the module of W&B, a function of a step and
            a dictionary; None for no logger.

    Raises:
        GrokphaseError: for anything else.

    Example:
        >>> handing(lambda step, values: print(step, values))(7, {"weight_norm": 2.0})
        7 {'grokphase/weight_norm': 2.0}
    """
    if target is None:
        return None
    if hasattr(target, "add_scalar"):
        return lambda step, values: _to_tensorboard(target, step, _named(values))
    if callable(getattr(target, "log", None)):
        # The step of W&B only grows, and the user's own calls set it: ours is a value.
        return lambda step, values: target.log(
            {**_named(values), f"{PREFIX}step": step}, commit=False
        )
    if callable(target):
        return lambda step, values: target(step, _named(values))
    raise GrokphaseError(
        f"log_to = {type(target).__name__} cannot be logged to; give a SummaryWriter, a run of "
        "W&B, or a function of a step and a dictionary."
    )


def _named(values: Mapping[str, float]) -> dict[str, float]:
    return {f"{PREFIX}{name}": value for name, value in values.items()}


def _to_tensorboard(writer: Any, step: int, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        writer.add_scalar(name, value, step)
