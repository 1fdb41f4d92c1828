"""Phase maps: a grid of cells, each with one run a seed, trained in full or refined."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from itertools import product
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.mapping.design import Cell, Design, design_of, refuse_varied_budget
from grokphase.mapping.forecasts import (
    confidence_of,
    forecast_note,
    judges_of,
    refuse_unmeasured,
)
from grokphase.mapping.request import Request
from grokphase.phases.axis import Axis
from grokphase.phases.classify import FAILED, By
from grokphase.phases.phase_map import PhaseMap
from grokphase.phases.refine import Refinement
from grokphase.phases.times import STEPS
from grokphase.store import Store
from grokphase.store.borrowing import borrowed
from grokphase.training.asked import spec_of
from grokphase.training.kept import checked_bytes
from grokphase.training.notes import notes_after
from grokphase.training.schedule import Keep
from grokphase.training.shown import OnProgress, shown
from grokphase.training.stopped import Outcome, Stopped
from grokphase.training.sweep import Sweep

if TYPE_CHECKING:
    from grokphase.models.specification import Model
    from grokphase.store.record import RunRecord
    from grokphase.tasks import Split, Task
    from grokphase.trainers import Trainer
    from grokphase.training.progress import Progress
    from grokphase.training.recipe import Recipe
    from grokphase.training.spec import AnySpec

FORECAST_STRIDES: Final = (4, 2, 1)
"""Rows and columns between the cells of each pass, where a forecast goes by the cells before."""

MOST_RECORDS: Final = 5_000  # runs in memory with their curves, where there is no store; 50 MB


def grid_of(
    base: AnySpec,
    x: Axis | str,
    y: Axis | str,
    seeds: int | Sequence[int],
    by: By = "first-passage",
    on_line: Callable[[str], None] = lambda line: None,
) -> Design:
    """The design of a map: rows by y and columns by x; see `design_of`."""
    x, y = (Axis.parse(axis) if isinstance(axis, str) else axis for axis in (x, y))
    if x.name == y.name:
        raise GrokphaseError(f"both axes are {x.name}; a map needs two different ones.")
    return design_of(base, (y, x), seeds, by, on_line)


def phase_map(
    task: Task | Trainer | str,
    model: Model | object | None = None,
    recipe: Recipe | None = None,
    *,
    steps: int | None = None,
    x: Axis | str,
    y: Axis | str,
    seeds: int | Sequence[int] = 1,
    split: Split | float | None = None,
    by: By = "first-passage",
    refine: bool = False,
    forecast: float | bool = False,
    keep_weights: Keep | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: OnProgress = "auto",
    retry: Literal["failed"] | None = None,
) -> PhaseMap:
    """Map the phases of learning over two hyperparameters.

    Every cell trains one network a seed until its phase is decided (Table 1 of the paper).
    Runs that the store holds are not trained again, so the same call after an interruption goes
    on where it was; the map does not depend on how it was interrupted, on the number of workers,
    or on where they are.

    Args:
        task: a task or its name; or a `Trainer`, a training function of your own, whose settings
            the axes name.
        model: what learns; the usual model of the task if None.
        recipe: how it learns; what it leaves open is the usual of the task and model.
        steps: the budget of a run, where the recipe does not say.
        x: the axis across: an `Axis`, or its text such as
            "recipe.decoder.learning_rate=1e-5..1e-2:16:log". Its values take the place of what
            the recipe, model, split or task say.
        y: the axis up, such as "recipe.decoder.weight_decay=0..10:11".
        seeds: runs in each cell, or their seeds; a map has at most 1,000,000 runs.
        split: which samples are for training.
        by: the times that decide a run's phase: "first-passage", as in the paper, or "sustained",
            which needs a recipe that follows runs until those are known (`stop="sustained"`).
        refine: train only near borders between phases; other cells are inferred, and marked so.
            Along an axis of words nothing is inferred from one word for another.
        forecast: stop a run as soon as a forecast is at least so sure of its phase at the end of
            its budget, 0.5 to 1; True for 0.9. Such cells are marked, and a note says how often
            forecasts were wrong on maps trained in full. A stopped run is not kept as a run: the
            same call without a forecast goes on from where it stopped. Of the toy only.
        keep_weights: weights that the store keeps of every run: "final", or "log" for those at ten
            recorded steps in every factor of ten too; at most 20 GB. `Store.get(run)` has them.
        store: where runs are found and kept: an open store, or its path; nothing is kept if None,
            but the map has the curves of up to 5,000 runs in memory, for its report.
        executor: any `concurrent.futures.Executor`, instead of processes of this machine.
        workers: worker processes; None for one a core.
        on_progress: called as runs advance and finish; "auto" shows a line in a notebook or on a
            terminal where that takes more than two seconds, None shows nothing.
        retry: "failed" trains again what a training function failed at before.

    Returns:
        The map; it displays itself, holds labelled arrays, and `.plot()` draws it.

    Raises:
        GrokphaseError: for anything given that cannot be used, before anything is trained.

    Example:
        >>> import grokphase as gp
        >>> recipe = gp.Recipe(steps=200)
        >>> found = gp.phase_map(
        ...     "addition",
        ...     gp.Toy(widths=(16,)),
        ...     recipe,
        ...     x="recipe.decoder.learning_rate=1e-4,1e-2",
        ...     y="recipe.decoder.weight_decay=0..1:2",
        ... )
        >>> found.shape
        (2, 2)

    Source: Liu et al. (2022), arXiv:2205.10343, section 4.1, Table 1 and Figure 6.
    """
    base = spec_of(task, model, recipe, steps=steps, split=split)
    design = grid_of(base, x, y, seeds, by)
    refuse_varied_budget(steps, design)
    if (sure := confidence_of(forecast)) is not None:
        refuse_unmeasured(design)
    with shown(on_progress) as listener:
        return train_map(
            Request(design, refine, keep_weights, sure),
            store=store,
            executor=executor,
            workers=workers,
            on_progress=listener,
            retry_failed=retries_failed(retry),
        )


def retries_failed(retry: str | None) -> bool:
    """Whether failed runs are trained again.

    Raises:
        GrokphaseError: for anything but "failed" or None.
    """
    if retry not in (None, "failed"):
        raise GrokphaseError(f'retry = "{retry}" is not known; write retry="failed", or nothing.')
    return retry == "failed"


def train_map(
    request: Request,
    *,
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    retry_failed: bool = False,
    command: str = "",
) -> PhaseMap:
    """What `phase_map` does once its design is made and checked; arguments as there.

    `command` is the line that asked for it, for the record of the sweep in the store.
    """
    design, keep_weights = request.design, request.keep_weights
    if keep_weights is not None:
        if store is None:
            raise GrokphaseError(
                f'keep_weights="{keep_weights}" needs a store to keep them in; write store="runs".'
            )
        checked_bytes(design.all_specs(), keep_weights)
    count = len(design.cells()) * len(design.seeds)
    with borrowed(store) as kept, request.recorded(kept, command) as runs:
        sweep = Sweep(
            kept,
            workers,
            executor,
            on_progress,
            keep_weights,
            # Where no store has the curves, a report needs those in memory.
            keep_curves=kept is None and count <= MOST_RECORDS,
            retry_failed=retry_failed,
        )
        make = _refined if request.refine else _exhaustive
        outcomes, labels = make(request, sweep)
        runs += [
            found.id
            for cell in design.cells()
            for found in outcomes.get(cell, ())
            if not isinstance(found, Stopped)
        ]
    path = None if kept is None else kept.path
    return _map_of(request, outcomes, labels, path)


Records = dict[Cell, list["RunRecord"]]
Outcomes = dict[Cell, list[Outcome]]
Labels = dict[Cell, tuple[str, ...]]
_Found = TypeVar("_Found")


def _exhaustive(request: Request, sweep: Sweep) -> tuple[Outcomes, Labels]:
    """Every cell; under a forecast from coarse to fine, so that it knows cells around."""
    design, outcomes = request.design, Outcomes()
    strides = [1] if request.forecast is None else FORECAST_STRIDES
    for stride in strides:
        on_lattice = [cell for cell in design.cells() if not any(at % stride for at in cell)]
        asked = [cell for cell in on_lattice if cell not in outcomes]
        outcomes |= outcomes_of(request, sweep, asked, outcomes)
    return outcomes, {cell: _phases(design, cell, found) for cell, found in outcomes.items()}


def train_cells(design: Design, sweep: Sweep, cells: Sequence[Cell]) -> Records:
    """The records of the runs of some cells, those that are kept and those to be trained."""
    return _by_cell(design, cells, sweep.run(_specs(design, cells)))


def outcomes_of(request: Request, sweep: Sweep, cells: Sequence[Cell], known: Outcomes) -> Outcomes:
    """What became of the runs of some cells, where a forecast may stop them.

    Args:
        request: the map.
        sweep: where runs are found or trained.
        cells: which.
        known: what became of others before, by which a forecast goes.
    """
    design, sure = request.design, request.forecast
    judges = {} if sure is None else judges_of(design, sure, cells, known)
    return _by_cell(design, cells, sweep.outcomes(_specs(design, cells), judges))


def _specs(design: Design, cells: Sequence[Cell]) -> list[AnySpec]:
    return [spec for cell in cells for spec in design.specs(cell)]


def _by_cell(
    design: Design, cells: Sequence[Cell], found: list[_Found]
) -> dict[Cell, list[_Found]]:
    seeds = len(design.seeds)
    return {cell: found[i * seeds : (i + 1) * seeds] for i, cell in enumerate(cells)}


def _phases(design: Design, cell: Cell, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """What became of a cell's runs, or is forecast of them."""
    return tuple(
        found.expected.phase if isinstance(found, Stopped) else design.phases(cell, [found])[0]
        for found in outcomes
    )


def _refined(request: Request, sweep: Sweep) -> tuple[Outcomes, Labels]:
    """Runs near borders only. Each word of an axis is refined alone: nothing is between two.

    That a run fails is inferred of none: it says nothing of its neighbours.
    """
    design = request.design
    rows, columns = (
        [range(axis.size)] if axis.ordered else [range(at, at + 1) for at in range(axis.size)]
        for axis in design.axes
    )
    parts = [
        ((y, x), Refinement((len(y), len(x)), infers=_may_be_inferred))
        for y, x in product(rows, columns)
    ]
    outcomes: Outcomes = {}
    while asked := [(y[iy], x[ix]) for (y, x), part in parts for iy, ix in part.ask()]:
        news = outcomes_of(request, sweep, asked, outcomes)
        outcomes |= news
        for (y, x), part in parts:
            own = {(iy - y[0], ix - x[0]): (iy, ix) for iy, ix in asked if iy in y and ix in x}
            part.tell(
                {place: _phases(design, cell, news[cell]) for place, cell in own.items()},
                {
                    place: sum(run.steps_trained for run in so_far(news[own[place]]))
                    for place in own
                },
            )
    labels: Labels = {}
    for (y, x), part in parts:
        found = part.labels()
        labels |= {(iy, ix): found[iy - y[0], ix - x[0]] for iy in y for ix in x}
    return outcomes, labels


def so_far(outcomes: Sequence[Outcome]) -> list[RunRecord]:
    """The records of runs, of those that a forecast stopped as far as they came."""
    return [found.record if isinstance(found, Stopped) else found for found in outcomes]


def _may_be_inferred(phases: Hashable) -> bool:
    return isinstance(phases, tuple) and FAILED not in phases


def _map_of(request: Request, outcomes: Outcomes, labels: Labels, store: Path | None) -> PhaseMap:
    """The map of runs that were trained, to their ends or until their phase was forecast, and of
    cells that were inferred from them."""
    design = request.design
    rows, columns = design.shape
    trained = {cell: so_far(found) for cell, found in outcomes.items()}
    # Cells all of whose runs went to their ends: what is not known to the end is not measured.
    records = {
        cell: trained[cell]
        for cell, found in outcomes.items()
        if not any(isinstance(each, Stopped) for each in found)
    }
    measured, confidence = (
        np.zeros(design.shape, bool),
        np.full((*design.shape, len(design.seeds)), np.nan),
    )
    for cell, found in outcomes.items():
        measured[cell] = cell in records
        confidence[cell] = [
            each.expected.probability if isinstance(each, Stopped) else np.nan for each in found
        ]

    def by_cell(value: Callable[[Cell], object]) -> list[list[object]]:
        return [[value((iy, ix)) for ix in range(columns)] for iy in range(rows)]

    def by_seed(name: str) -> np.ndarray:
        return design.by_seed(trained, attrgetter(name))

    every = [record for found in trained.values() for record in found]
    finished = [record for found in records.values() for record in found]
    forecast = forecast_note(request.forecast, outcomes.values())
    y, x = design.axes
    return PhaseMap.from_arrays(
        x,
        y,
        by_cell(lambda cell: labels[cell]),
        *(by_seed(name) for name in STEPS[design.by]),
        measured=measured,
        confidence=confidence,
        runs=by_cell(lambda cell: [record.id for record in records.get(cell, [])]),  # type: ignore[arg-type]
        seeds=design.seeds,
        steps_trained_by_seed=by_seed("steps_trained"),
        seconds_by_seed=by_seed("seconds"),
        steps_trained=sum(record.steps_trained for record in every),
        seconds=sum(record.seconds for record in every),
        measure_seconds=sum(record.measure_seconds for record in every),
        settings=design.settings,
        budget=design.settings["recipe"].get("steps"),
        notes=(*design.notes, *forecast, *notes_after(finished)),
        fixed=design.fixed,
        thresholds=design.settings["recipe"].get("thresholds", {}),
        by=design.by,
        measures=design.last_values(records),
        intervals=design.intervals(records),
        store=store,
        records=tuple(record for record in finished if record.curves),
    )
