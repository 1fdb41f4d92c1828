"""Which of the quantities that a trainer logs are losses and accuracies, and of which samples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_SIDES: Final = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "eval", "dev", "test"),
}
_KINDS: Final = {"loss": ("loss",), "accuracy": ("acc", "accuracy")}


def canonical(name: str, side: str = "") -> str | None:
    """The name that a monitor has for a logged quantity.

    Args:
        name: as it was logged.
        side: "train" or "validation", for names that do not say it.

    Returns:
        "train_loss", "validation_accuracy", ...; None for what is neither loss nor accuracy.

    Example:
        >>> canonical("val_acc"), canonical("eval/accuracy"), canonical("train_loss_epoch")
        ('validation_accuracy', 'validation_accuracy', 'train_loss')
        >>> canonical("loss", side="train"), canonical("lr"), canonical("val_acc_top5")
        ('train_loss', None, None)
    """
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word and word != "epoch"]
    sides = {each for each, said in _SIDES.items() for word in words if word in said}
    kinds = {each for each, said in _KINDS.items() for word in words if word in said}
    known = {word for said in (*_SIDES.values(), *_KINDS.values()) for word in said}
    if len(kinds) != 1 or not set(words) <= known:
        return None
    # "eval_train_loss" is an evaluation of the training samples.
    found = "train" if "train" in sides else next(iter(sides), side)
    return f"{found}_{kinds.pop()}" if found else None


def understood(
    logged: Mapping[str, Any], names: Mapping[str, str], side: str = ""
) -> dict[str, Any]:
    """The logged quantities that a monitor takes, by its names for them.

    Args:
        logged: values by the names of the trainer.
        names: what the user calls differently: the logged name -> the monitor's.
        side: as for `canonical`.

    Example:
        >>> understood({"eval_loss": 0.5, "eval_runtime": 2.0, "f1": 0.7}, {"f1": "f1"})
        {'validation_loss': 0.5, 'f1': 0.7}
    """
    found: dict[str, Any] = {}
    for name, value in logged.items():
        meant = names.get(name, canonical(name, side))
        if meant is not None and (meant not in found or name in names):
            found[meant] = value
    return found
