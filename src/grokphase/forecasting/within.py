"""A family that is seen: forecasts of cells from other cells of the same family.

The regression is the one fitted to the training families, moved as far as the family's own cells
ask for. Families of the split "train" are left out, as that regression has seen their runs.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from grokphase.forecasting.cases import Case
from grokphase.forecasting.features import table
from grokphase.forecasting.landmarks import Landmarks, landmarks
from grokphase.forecasting.scoring import Said, Score, said, score
from grokphase.forecasting.survival import fit
from grokphase.forecasting.survivor import Survivor
from grokphase.forecasting.trials import AT, Trial, trials

FOLDS: Final = 5
"""Parts of a family's cells, of which each is forecast from the others."""

RIDGE: Final = 100.0
"""How strongly coefficients are held to those of the training families."""

NAME: Final = "survival, family seen"


def fold_of(cell: str) -> int:
    """Which part a cell is in: all its seeds are in the same.

    Example:
        >>> fold_of("modular-division/mlp#3") == fold_of("modular-division/mlp#3")
        True
    """
    return zlib.crc32(cell.encode()) % FOLDS


def moved(pooled: Survivor, seen: Landmarks) -> Survivor:
    """A regression moved towards what runs of one family say."""
    # Of its own settings it has seen runs, whether or not the other families have.
    anywhere = np.full(len(pooled.standard.names), np.inf)
    standard = replace(pooled.standard, low=-anywhere, high=anywhere)
    found = fit(
        seen.left,
        standard(table(seen.rows, standard.names)),
        np.log(seen.then),
        RIDGE,
        start=pooled.regression,
        towards=pooled.regression,
    )
    # That of so few runs is too narrow; within a family the one of the pooled fit is right.
    spread = max(found.spread, pooled.regression.spread)
    found = replace(found, spread=spread)
    return Survivor(NAME, standard, found)


def within(cases: Sequence[Case], constants: Mapping[str, Any]) -> list[Score]:
    """The scores in one family of forecasts that have seen other cells of it.

    Args:
        cases: the runs of one family, none of them fitted on.
        constants: see `fitting.constants`.
    """
    pooled = Survivor.of("survival", constants["forecasters"]["survival"])
    ready = [case for case in cases if case.delay is not None]
    looks: list[tuple[Trial, Said]] = []
    for fold in range(FOLDS):
        out = [case for case in ready if fold_of(case.cell) == fold]
        seen = landmarks([case for case in ready if fold_of(case.cell) != fold])
        if not out or not np.isfinite(seen.left.upper).any():
            continue
        model = moved(pooled, seen)
        for trial in trials(out, constants["typical"]):
            history = trial.case.at(trial.elapsed)
            looks.append((trial, said(trial, model.predict(history))))
    return [score(NAME, at, [each for look, each in looks if look.at == at]) for at in AT]
