"""What can be said of a run besides its curves: names of settings, and what their values may be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from grokphase.checks import number
from grokphase.errors import GrokphaseError, nearest
from grokphase.forecasting.columns import meaning_of

SETTINGS: Final = (
    *("learning_rate", "weight_decay", "beta1", "beta2", "batch", "fraction", "train_samples"),
    *("initial_scale", "eta_lambda", "decoupled"),
)
"""By the names of `History.settings`."""

_SHARES: Final = ("threshold", "fraction")


def read_settings(given: Mapping[str, float], besides: Iterable[str] = ()) -> dict[str, float]:
    """Settings whose names are known and whose values are numbers.

    Rate and decay are understood as they are in the columns of a file.

    Args:
        given: values by name.
        besides: names that are taken here besides `SETTINGS`.

    Raises:
        GrokphaseError: for a name that is not known, or given in two spellings, and for a value
            that is no number from 0.

    Example:
        >>> read_settings({"lr": 1e-3, "weight-decay": 1, "beta2": 0.98})
        {'learning_rate': 0.001, 'weight_decay': 1.0, 'beta2': 0.98}
    """
    names = (*SETTINGS, *besides)
    found: dict[str, float] = {}
    for said, value in given.items():
        meaning = None if said in names else meaning_of(str(said))
        name = said if meaning is None else meaning.what
        if name not in names:
            raise GrokphaseError(
                f'"{said}" is not a setting of a forecast; there are {", ".join(names)}.'
                f"{nearest(str(said), names)}"
            )
        if name in found:
            raise GrokphaseError(f'"{said}" gives {name} a second time; give it once.')
        number(name, value, 0.0, 1.0 if name in _SHARES else math.inf)
        found[name] = float(value)
    return found
