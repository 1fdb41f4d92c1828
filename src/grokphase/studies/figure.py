"""The data of a figure, computed and kept with how they came about."""

from __future__ import annotations

import datetime
import json
import math
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grokphase.errors import GrokphaseError
from grokphase.files import replacing
from grokphase.numerics import NUMERICS
from grokphase.studies import maps
from grokphase.studies.functions import function
from grokphase.studies.given import Given, Trained, usual_table
from grokphase.studies.paper import Figure, Study
from grokphase.studies.scales import Scale
from grokphase.studies.work import Work

Data = Mapping[str, Any]
"""What a figure shows: JSON-able; arrays as nested lists, what was not reached as None."""

_DIGITS = 7  # a float32 is told from its neighbours by nine, and no figure needs as many


@dataclass(frozen=True)
class FigureResult:
    """The data of a figure, and how they came about.

    Args:
        study: the paper, e.g. "liu2022".
        figure: the figure, e.g. "fig6b".
        scale: "quick" or "paper".
        settings: in a sentence: seeds, sizes, budgets, conventions.
        data: what the figure shows.
        runs: networks trained for it.
        steps: optimiser updates of all of them.
        cost_seconds: time of training summed over runs, whenever they were made, and of the rest.
        version: of grokphase.
        date: day of the result.
        machine: processor and platform.
        numerics: version of the arithmetic that the runs were trained with.
    """

    study: str
    figure: str
    scale: Scale
    settings: str
    data: Data
    runs: int
    steps: int
    cost_seconds: float
    version: str
    date: str
    machine: str
    numerics: str = "1"

    def write(self, path: Path) -> None:
        """Keep the result as a JSON file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as passing:
            passing.write_text(json.dumps(asdict(self), separators=(",", ":")), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> FigureResult:
        """A result that was kept.

        Raises:
            GrokphaseError: if the file holds something else.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (TypeError, ValueError, IsADirectoryError) as error:
            raise GrokphaseError(
                f'"{path}" is no result of a figure ({error}); remove it, and compute it again.'
            ) from error

    @property
    def obsolete(self) -> bool:
        """Whether its runs were trained with another arithmetic than today's."""
        return bool(self.runs) and self.numerics != NUMERICS


def computed(study: Study, figure: Figure, work: Work) -> FigureResult:
    """Compute the data of a figure, with their provenance.

    Args:
        study: the paper.
        figure: one of its figures.
        work: scale, store and workers.
    """
    began = time.perf_counter()
    data = plain(_data(study, figure, work))
    rest = time.perf_counter() - began - work.waited_seconds
    return FigureResult(
        study=study.name,
        figure=figure.id,
        scale=work.scale,
        settings=figure.text[work.scale],
        data=data,
        runs=work.runs,
        steps=work.steps,
        cost_seconds=round(work.training_seconds + rest, 3),
        version=version("grokphase"),
        date=today(),
        machine=f"{platform.processor() or platform.machine()}, {platform.system()}",
        numerics=NUMERICS,
    )


def _data(study: Study, figure: Figure, work: Work) -> Data:
    settings = figure.settings[work.scale]
    if figure.maps is not None:
        return maps.compute(function(study, figure.maps)(settings), settings, work)
    asked = [] if figure.runs is None else list(function(study, figure.runs)(settings))
    records = work.train([spec for _, spec in asked], keep=figure.keep) if asked else []
    runs = [
        Trained(labels, spec, record) for (labels, spec), record in zip(asked, records, strict=True)
    ]
    if figure.compute is None:
        return usual_table(runs)
    found: Data = function(study, figure.compute)(Given(work.scale, settings, runs))
    return found


def today() -> str:
    """The date, in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def plain(value: Any) -> Any:
    """Data as JSON holds them: arrays as lists, NaN and infinity as None, seven digits.

    Example:
        >>> import numpy as np
        >>> plain({"steps": np.array([120.0, np.nan]), "p": np.int64(10)})
        {'steps': [120.0, None], 'p': 10}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
