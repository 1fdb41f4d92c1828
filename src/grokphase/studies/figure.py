"""A figure of a paper: a function that computes its data, and a drawing of them."""

from __future__ import annotations

import datetime
import json
import math
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.errors import GrokphaseError
from grokphase.plotting.files import replacing
from grokphase.studies.scales import Scale
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

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


@dataclass(frozen=True)
class Figure:
    """A figure that can be computed again.

    Args:
        id: short name within its study, e.g. "fig6b".
        where: place in the paper, e.g. "Figure 6 (b)".
        title: what it shows.
        compute: from a `Work` to the data.
        draw: from a result to a matplotlib figure.
        settings: for each scale, what is computed: seeds, sizes, budgets, conventions.
        animate: from a result to the bytes of a GIF, where the figure also moves.
    """

    id: str
    where: str
    title: str
    compute: Callable[[Work], Data]
    draw: Callable[[FigureResult], Picture]
    settings: Mapping[Scale, str]
    animate: Callable[[FigureResult], bytes] | None = None

    def result(self, study: str, work: Work) -> FigureResult:
        """Compute the data, with their provenance."""
        began = time.perf_counter()
        data = plain(self.compute(work))
        rest = time.perf_counter() - began - work.waited_seconds
        return FigureResult(
            study=study,
            figure=self.id,
            scale=work.scale,
            settings=self.settings[work.scale],
            data=data,
            runs=work.runs,
            steps=work.steps,
            cost_seconds=round(work.training_seconds + rest, 3),
            version=version("grokphase"),
            date=today(),
            machine=f"{platform.processor() or platform.machine()}, {platform.system()}",
        )


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
