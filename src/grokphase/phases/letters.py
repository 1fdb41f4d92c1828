"""A phase map in letters, one a cell: as results of figures hold it, and as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.phases.axis import Axis
from grokphase.phases.classify import (
    COMPREHENSION,
    CONFUSION,
    DIVERGED,
    FAILED,
    GROKKING,
    MEMORIZATION,
    VALIDATION_ONLY,
)
from grokphase.phases.phase_map import PhaseMap

LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        COMPREHENSION: "C",
        GROKKING: "G",
        MEMORIZATION: "M",
        CONFUSION: "X",
        VALIDATION_ONLY: "V",
        DIVERGED: "D",
        FAILED: "F",
    }
)
"""The capital that stands for each outcome where there is room for one character."""

NAMES: Final = {letter: name for name, letter in LETTERS.items()}
"""The outcome that each stands for."""


def from_letters(
    x: Mapping[str, Any], y: Mapping[str, Any], seeds: Sequence[Mapping[str, Any]]
) -> PhaseMap:
    """The maps of seeds as one; a cell counts as run if it was in all of them.

    Args:
        x: the axis across: `name`, `values` and `scale`.
        y: the axis upwards.
        seeds: of each its `phase`, a text a row of y with one letter a value of x; and where there
            are such, `seed`, `measured` (digits likewise, "1" for run and "0" for inferred),
            `train_step` and `validation_step` (a list of lists, None where not reached).

    Raises:
        GrokphaseError: if a letter stands for no phase.

    Example:
        >>> x = {"name": "recipe.decoder.learning_rate", "values": [1e-3, 1e-2], "scale": "log"}
        >>> y = {"name": "recipe.decoder.weight_decay", "values": [0, 5], "scale": "linear"}
        >>> from_letters(x, y, [{"seed": 3, "phase": ["CC", "CX"]}]).counts()["comprehension"]
        3
    """
    across, up = (Axis(each["name"], tuple(each["values"]), each["scale"]) for each in (x, y))
    phases = np.stack([_phases(one["phase"]) for one in seeds], axis=-1)
    never = np.full(phases.shape[:2], np.nan)
    train, validation = (
        np.stack([np.array(one.get(which, never), float) for one in seeds], axis=-1)
        for which in ("train_step", "validation_step")
    )
    everything = ["1" * len(across.values)] * len(up.values)
    measured = np.array([[list(r) for r in one.get("measured", everything)] for one in seeds])
    return PhaseMap.from_arrays(
        across,
        up,
        phases,
        train,
        validation,
        measured=(measured == "1").all(axis=0),
        seeds=[one.get("seed", 0) for one in seeds],
    )


def _phases(rows: Sequence[str]) -> NDArray[np.str_]:
    """Names of phases from their letters."""
    if unknown := {letter for row in rows for letter in row} - NAMES.keys():
        raise GrokphaseError(
            f'"{min(unknown)}" stands for no phase; a map is written in {", ".join(NAMES)}.'
        )
    return np.array([[NAMES[letter] for letter in row] for row in rows])
