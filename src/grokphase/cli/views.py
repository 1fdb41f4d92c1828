"""What is drawn while runs train: the map as its cells are decided, or the curves of runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.phases.axis import Axis
from grokphase.phases.classify import By
from grokphase.phases.summary import majority
from grokphase.telling.looks import PENDING, phase_style
from grokphase.telling.terminal import (
    LiveMap,
    shown_measures,
    sparkline,
    terminal_map,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from grokphase.mapping.design import Design
    from grokphase.mapping.request import Request
    from grokphase.store.record import RunRecord
    from grokphase.training.progress import Progress, Running

RUNS_ON_SCREEN = 3
_BARS = 40
_LINES = 20  # of settings


@dataclass
class MapView:
    """The cells of a map, filled in as their runs are decided.

    Args:
        x: the axis across.
        y: the axis up.
        by: the times that decide the phases.
    """

    x: Axis
    y: Axis
    by: By = "first-passage"
    _phases: defaultdict[tuple[int, int], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter), init=False
    )

    def tell(self, progress: Progress) -> None:
        """Put the latest run into its cell."""
        if progress.latest is not None:
            cell = self._cell(progress.latest)
            if cell is None:  # a word that a specification leaves out where it is the usual one
                return
            phase = _phase(progress.latest, self.by, progress.latest.spec["recipe"])
            # A new counter, because the screen may be reading the old one in its own thread.
            self._phases[cell] = self._phases[cell] + Counter([phase])

    def render(self) -> RenderableType:
        """The map; a cell of several seeds shows what most of them did so far."""
        phase = np.array(
            [[self._majority(row, at) for at in range(self.x.size)] for row in range(self.y.size)]
        )
        return terminal_map(LiveMap(self.x, self.y, phase, phase != ""))

    def _majority(self, row: int, column: int) -> str:
        counts = self._phases.get((row, column))
        return str(majority(np.array([*counts.elements()]))) if counts else ""

    def _cell(self, record: RunRecord) -> tuple[int, int] | None:
        row, column = (axis.index(setting_of(record.spec, axis)) for axis in (self.y, self.x))
        return None if row is None or column is None else (row, column)


@dataclass
class SweepView:
    """The settings of a sweep, a line each: a letter for each run that is decided.

    Args:
        design: its runs.
    """

    design: Design
    _letters: dict[str, str] = field(default_factory=dict, init=False)

    def tell(self, progress: Progress) -> None:
        """Note what became of the latest run."""
        if progress.latest is not None:
            by, recipe = self.design.by, progress.latest.spec["recipe"]
            phase = _phase(progress.latest, by, recipe)
            self._letters[progress.latest.id] = phase_style(phase).letter

    def render(self) -> RenderableType:
        """The first settings, their values in words and their runs in letters."""
        from rich.text import Text

        lines = []
        for cell in self.design.cells()[:_LINES]:
            chosen = zip(self.design.axes, cell, strict=True)
            words = ", ".join(axis.labels()[at] for axis, at in chosen)
            runs = (self._letters.get(spec.id, PENDING) for spec in self.design.specs(cell))
            lines.append(f"{words:>24} | {' '.join([*runs][:_BARS])}")
        more = len(self.design.cells()) - len(lines)
        return Text("\n".join([*lines, f"and {more:,} settings more"] if more else lines))


def view_of(request: Request) -> MapView | SweepView:
    """What is drawn while a sweep is made: its map, or a line for each setting."""
    if request.is_map:
        x, y = request.axes
        return MapView(x, y, request.design.by)
    return SweepView(request.design)


@dataclass
class CurvesView:
    """The curves of the runs that are training."""

    _running: Mapping[str, Running] = field(default_factory=dict, init=False)

    def tell(self, progress: Progress) -> None:
        """Keep what the runs in flight show; the last of them stay on the screen."""
        if progress.running:
            self._running = progress.running

    def render(self) -> RenderableType:
        """A line for each measure of the first few runs."""
        from rich.console import Group

        return Group(*(_curves(run) for run in list(self._running.values())[:RUNS_ON_SCREEN]))


def _curves(run: Running) -> RenderableType:
    from rich.table import Table

    title = f"seed {run.spec.seed}, step {run.step:,}"
    table = Table(box=None, show_header=False, pad_edge=False, title=title, title_justify="left")
    asked = [str(name) for name in getattr(run.spec.recipe, "measures", ())]
    for name in shown_measures(run.curves, asked):
        bars = sparkline(run, name, _BARS)
        table.add_row(name.replace("_", " "), bars, f"{run.curves[name][-1]:.4g}")
    return table


def _phase(record: RunRecord, by: By, recipe: Mapping[str, Any]) -> str:
    from grokphase.training.outcome import phase_by

    delay = recipe["thresholds"]["delay"]
    return phase_by(record, by, delay=delay, budget=recipe["steps"])


def setting_of(spec: Mapping[str, object], axis: Axis) -> object:
    """What a run's specification has of an axis; None where it is not set."""
    found: Any = spec
    for part in axis.leaves[0].split("."):
        if isinstance(found, list | tuple):
            found = found[int(part)]
        else:
            found = found.get(part) if hasattr(found, "get") else None
    return found
