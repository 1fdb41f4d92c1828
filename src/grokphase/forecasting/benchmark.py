"""Every forecaster on families of runs that none was fitted on, beside the floor of the seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.forecasting.cases import Case
from grokphase.forecasting.forecast import Forecaster
from grokphase.forecasting.kept import forecasters_of
from grokphase.forecasting.scoring import Said, Score, reliability, said, score, seed_floor
from grokphase.forecasting.trials import AT, Trial, ask, trials
from grokphase.forecasting.within import within
from grokphase.showing import shown_by

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALL: Final = "all"
"""The name under which the runs of all families are scored together."""

RENAMED: Final = ("modular-division/mlp",)
"""Test families whose task is a training family's with a symbol renamed: division by a prime is
multiplication with the second symbol by another name."""

INDEPENDENT: Final = f"all but {', '.join(RENAMED)}"
"""The name under which the others are scored together."""


@dataclass(frozen=True)
class FamilyScore:
    """The scores in one family, or in all of them together.

    Args:
        name: of the family; `ALL` and `INDEPENDENT` for several together.
        runs: how many runs it has; `generalizing` of them after they had memorized and no sooner
            than `cases.RESOLVED` evaluations later, so that there was something to forecast;
            `soon` generalized sooner, and are left out.
        floor: median relative error of predicting a run by the other seeds of its cell; of
            `floor_runs` runs.
        scores: of every forecaster at every time.
        within: of forecasts that have seen other cells of the family; see `grokphase.forecasting
            .within`.
    """

    name: str
    runs: int
    generalizing: int
    soon: int
    floor: float
    floor_runs: int
    scores: tuple[Score, ...]
    within: tuple[Score, ...]


@dataclass(frozen=True, repr=False)
class Benchmark:
    """Forecasters scored on runs of the corpus.

    Args:
        split: the part of the corpus.
        families: the scores, those of several families together last, `ALL` the very last.
        calibration: by forecaster what was told of generalizing within the budget, at all times,
            beside what came; see `scoring.reliability`.
        fitted: what the constants were fitted and chosen on: runs, families and digests.
    """

    split: str
    families: tuple[FamilyScore, ...]
    calibration: Mapping[str, list[dict[str, float]]]
    fitted: Mapping[str, Any]

    @property
    def single(self) -> tuple[FamilyScore, ...]:
        """The scores of one family each."""
        return tuple(each for each in self.families if each.name not in (ALL, INDEPENDENT))

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints; null for what cannot be said."""
        return {
            "families": [
                {
                    "name": each.name,
                    "runs": each.runs,
                    "generalizing": each.generalizing,
                    "soon": each.soon,
                    "floor": _null(each.floor),
                    "floor_runs": each.floor_runs,
                    "forecasters": [
                        {name: _null(value) for name, value in asdict(one).items()}
                        for one in (*each.scores, *each.within)
                    ],
                }
                for each in self.families
            ],
            "calibration": dict(self.calibration),
            "corpus": {
                "runs": sum(each.runs for each in self.single),
                "families": len(self.single),
                "split": self.split,
            },
            "fitted": dict(self.fitted),
        }

    def plot(self, **options: Any) -> Figure:
        """The errors, coverage and calibration as a matplotlib figure."""
        return shown_by(self, "figure")(self, **options)

    def __repr__(self) -> str:
        """The table."""
        return shown_by(self, "text")(self)


def _null(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def benchmark(
    cases: Sequence[Case], constants: Mapping[str, Any], split: str = "test"
) -> Benchmark:
    """All forecasters with these constants on one part of the corpus.

    Args:
        cases: the runs of the corpus.
        constants: what `fitting.constants` gives, or comes with grokphase (`kept.kept`).
        split: "test"; "validation" shows what choices were made on.

    Returns:
        The scores by family.

    Raises:
        GrokphaseError: if that part has no run with something to forecast.
    """
    inside = [case for case in cases if case.split == split and case.resolved]
    if not inside:
        raise GrokphaseError(f'the corpus has no run of the split "{split}" to forecast.')
    forecasters = forecasters_of(constants["forecasters"])
    looks = trials(inside, constants["typical"])
    told = [_said(forecasters, trial) for trial in looks]
    names = sorted({case.family for case in inside})
    of = {name: [case for case in cases if case.family == name] for name in names}
    groups: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
    others = tuple(name for name in names if name not in RENAMED)
    if 0 < len(others) < len(names):
        groups[INDEPENDENT] = others
    groups[ALL] = tuple(names)
    families = [
        _family(
            name, inside, [case for each in inside for case in of[each]], looks, told, constants
        )
        for name, inside in groups.items()
    ]
    came = np.array([float(trial.came) for trial in looks])
    weight = np.array([trial.weight for trial in looks])
    calibration = {
        name: reliability(np.array([row[name].probability for row in told]), came, weight)
        for name in forecasters
    }
    fitted = {part: constants[part] for part in ("train", "validation")}
    return Benchmark(split, tuple(families), calibration, fitted)


def _said(forecasters: Mapping[str, Forecaster], trial: Trial) -> dict[str, Said]:
    history = trial.case.at(trial.elapsed)
    return {name: said(trial, told) for name, told in ask(forecasters, history).items()}


def _family(
    name: str,
    inside: Sequence[str],
    cases: Sequence[Case],
    looks: Sequence[Trial],
    told: Sequence[Mapping[str, Said]],
    constants: Mapping[str, Any],
) -> FamilyScore:
    rows = [
        (trial.at, row)
        for trial, row in zip(looks, told, strict=True)
        if trial.case.family in inside
    ]
    floor, counted = seed_floor(cases)
    scores = [
        score(
            each,
            at,
            [row[each] for when, row in rows if when == at],
            constants["alarms"][each][at],
            constants["quiet"][each],
        )
        for each in told[0]
        for at in AT
    ]
    seen = within(cases, constants) if name in inside else []
    later = [case.resolved for case in cases if case.generalizes]
    counts = (len(cases), sum(later), len(later) - sum(later))
    return FamilyScore(name, *counts, floor, counted, tuple(scores), tuple(seen))
