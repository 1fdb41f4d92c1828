"""Which of the quantities that a trainer logs are losses and accuracies, and of which samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from grokphase.forecasting.columns import Meaning, meaning_of

_TAKEN: Final = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
_EVALUATED: Final = "eval_"  # what transformers puts before the name of each set of samples


def understood(logged: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The logged quantities that a monitor takes, by its names for them.

    A name is read as in a file of curves (`grokphase.forecasting.columns`); one that does not say
    of which samples it is, is left alone.

    Args:
        logged: values by the names of the trainer.
        names: what the user calls differently: the logged name -> the monitor's.

    Example:
        >>> understood({"eval_loss": 0.5, "eval_runtime": 2.0, "f1": 0.7}, {"f1": "f1"})
        {'f1': 0.7, 'validation_loss': 0.5}
        >>> understood({"eval_train_accuracy": 1.0, "loss": 0.1, "val_acc_top5": 0.9}, {})
        {'train_accuracy': 1.0}
    """
    ranked: list[tuple[int, str, Any]] = []
    for name, value in logged.items():
        if name in names:
            ranked.append((-1, names[name], value))
        elif (meaning := _meaning(name)) is not None:
            ranked.append((meaning.rank, meaning.what, value))
    found: dict[str, Any] = {}
    for _, what, value in sorted(ranked, key=lambda each: each[0]):
        found.setdefault(what, value)
    return found


def _meaning(name: str) -> Meaning | None:
    found = meaning_of(name)
    if found is None and name.startswith(_EVALUATED):  # "eval_train_accuracy"
        found = meaning_of(name.removeprefix(_EVALUATED))
    return found if found is not None and found.what in _TAKEN and not found.plain else None
