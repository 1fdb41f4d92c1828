"""The data of a figure, computed and kept with how they came about."""

from __future__ import annotations

import datetime
import json
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.errors import GrokphaseError
from grokphase.files import replacing
from grokphase.numerics import NUMERICS
from grokphase.plain import plain
from grokphase.studies import maps
from grokphase.studies.data import Data
from grokphase.studies.functions import function
from grokphase.studies.given import Given, Labels, Trained, usual_table
from grokphase.studies.paper import Figure, Study
from grokphase.studies.scales import Scale
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.training.spec import AnySpec


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
        cost_seconds: of the processor, for training, summed over runs whenever they were made, and
            for the rest. Some that come with grokphase are by the clock, of busy machines.
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
                f'"{path}" is no result of a figure; remove it, and compute it again.'
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
    began = time.process_time()
    data = _plain(study, figure, _data(study, figure, work))
    rest = time.process_time() - began - work.waited_seconds
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
        bases = maps.bases_of(study, figure, work.scale)
        with study.facts.told_at("figures", figure.id, "settings"):
            maps.designs(bases, settings)  # before anything is trained
        return maps.compute(bases, settings, work)
    wanted = asked(study, figure, work.scale)
    records = work.train([spec for _, spec in wanted], keep=figure.keep) if wanted else []
    runs = [
        Trained(labels, spec, record)
        for (labels, spec), record in zip(wanted, records, strict=True)
    ]
    if figure.compute is None:
        return usual_table(runs)
    found = function(study, figure.compute)(Given(work.scale, settings, runs, work.train))
    if not isinstance(found, Mapping):
        raise study.facts.mistake(
            ("figures", figure.id, "compute"),
            f'"{figure.compute}" gives {type(found).__name__}; the data of a figure are a table: a '
            "dictionary of columns by name.",
        )
    return found


def asked(study: Study, figure: Figure, scale: Scale) -> list[tuple[Labels, AnySpec]]:
    """Labels and specification of each run of a figure.

    Raises:
        GrokphaseError: if its function gives something else.
    """
    if figure.runs is None:
        return []
    found = function(study, figure.runs)(figure.settings[scale])
    right = isinstance(found, list | tuple) and all(
        isinstance(one, tuple)
        and len(one) == 2
        and isinstance(one[0], Mapping)
        and hasattr(one[1], "id")
        for one in found
    )
    if not right:
        raise study.facts.mistake(
            ("figures", figure.id, "runs"),
            f'"{figure.runs}" gives, for each run, its labels and its specification: yield '
            '{"size": 45}, gp.run_spec(...).',
        )
    return list(found)


def _plain(study: Study, figure: Figure, data: Data) -> Data:
    """The data as JSON holds them, or the column that it cannot."""
    found = {}
    for name, column in data.items():
        try:
            found[str(name)] = plain(column)
        except TypeError as error:
            raise study.facts.mistake(
                ("figures", figure.id),
                f'the column "{name}" of {figure.id} holds what is not data: {error}; a column '
                "holds numbers, words, true, false, None, and lists of them.",
            ) from error
    return found


def today() -> str:
    """The date, in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
