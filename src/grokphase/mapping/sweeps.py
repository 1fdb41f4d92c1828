"""Sweeps over any axes: one gives times and delays, two a map, more a map for each facet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.mapping.design import Design, design_of, refuse_varied_budget
from grokphase.mapping.maps import Records, grid_of, retries_failed, train_cells, train_map
from grokphase.mapping.request import Request
from grokphase.phases.axis import Axis
from grokphase.phases.classify import By
from grokphase.phases.phase_map import PhaseMap
from grokphase.phases.sweep_result import SweepResult
from grokphase.phases.times import STEPS
from grokphase.store import Store
from grokphase.store.borrowing import borrowed
from grokphase.training.asked import spec_of
from grokphase.training.notes import notes_after
from grokphase.training.shown import OnProgress, shown
from grokphase.training.sweep import Sweep

if TYPE_CHECKING:
    from grokphase.models.specification import Model
    from grokphase.tasks import Split, Task
    from grokphase.trainers import Trainer
    from grokphase.training.progress import Progress
    from grokphase.training.recipe import Recipe
    from grokphase.training.spec import AnySpec


def sweep(
    task: Task | Trainer | str,
    model: Model | object | None = None,
    recipe: Recipe | None = None,
    *,
    over: str | Axis | Sequence[str | Axis],
    steps: int | None = None,
    seeds: int | Sequence[int] = 1,
    split: Split | float | None = None,
    by: By = "first-passage",
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: OnProgress = "auto",
    retry: Literal["failed"] | None = None,
) -> SweepResult | PhaseMap:
    """Train networks over any number of axes, several seeds for every setting.

    One axis gives the steps to training and validation accuracy, the delay between them and the
    share of runs that generalize, against it; two give a `PhaseMap`, as `phase_map` does; more
    give a map for each value of the others. All have `.survival()`, which knows what was censored.
    Runs that the store holds are not trained again, so the same call with longer axes or more
    seeds trains what is missing.

    Args:
        task: a task or its name; or a `Trainer`, a training function of your own, whose settings
            the axes name.
        model: what learns; the usual model of the task if None.
        recipe: how it learns; what it leaves open is the usual of the task and model.
        over: an axis, or several: each an `Axis` or its text, such as "split.fraction=0.3..0.8:6"
            or "recipe.optimizer=adamw,sgd". Of two the first is across.
        steps: the budget of a run, where the recipe does not say.
        seeds: runs of each setting, or their seeds; a sweep has at most 1,000,000 runs.
        split: which samples are for training.
        by: the times that decide a run's phase: "first-passage", as in the paper, or "sustained",
            which needs a recipe that follows runs until those are known (`stop="sustained"`).
        store: where runs are found and kept: an open store, or its path; nothing is kept if None.
        executor: any `concurrent.futures.Executor`, instead of processes of this machine.
        workers: worker processes; None for one a core.
        on_progress: called as runs advance and finish; "auto" shows a line in a notebook or on a
            terminal where that takes more than two seconds, None shows nothing.
        retry: "failed" trains again what a training function failed at before.

    Returns:
        A `PhaseMap` of two axes, a `SweepResult` of any other number; both display themselves,
        hold arrays over settings and seeds, and `.plot()` draws them.

    Raises:
        GrokphaseError: for anything given that cannot be used, before anything is trained.

    Example:
        >>> import grokphase as gp
        >>> recipe = gp.Recipe(steps=200)
        >>> found = gp.sweep(
        ...     "addition",
        ...     gp.Toy(widths=(16,)),
        ...     recipe,
        ...     over="recipe.decoder.learning_rate=1e-4,1e-2",
        ...     seeds=2,
        ... )
        >>> [row["runs"] for row in found.summary()]
        [2, 2]
    """
    base = spec_of(task, model, recipe, steps=steps, split=split)
    request = request_of(base, [over] if isinstance(over, str | Axis) else over, seeds, by)
    refuse_varied_budget(steps, request.design)
    with shown(on_progress) as listener:
        return train_sweep(
            request,
            store=store,
            executor=executor,
            workers=workers,
            on_progress=listener,
            retry_failed=retries_failed(retry),
        )


def request_of(
    base: AnySpec,
    over: Sequence[str | Axis],
    seeds: int | Sequence[int],
    by: By = "first-passage",
    on_line: Callable[[str], None] = lambda line: None,
) -> Request:
    """The sweep of a run over some axes, checked before anything is trained.

    Raises:
        GrokphaseError: for no axis at all, and as `design_of` does.
    """
    if not over:
        raise GrokphaseError(
            "a sweep needs something to vary; write --over split.fraction=0.3..0.8:6, in Python "
            'over="split.fraction=0.3..0.8:6".'
        )
    if len(over) == 2:
        return Request(grid_of(base, over[0], over[1], seeds, by, on_line))
    return Request(design_of(base, over, seeds, by, on_line))


def train_sweep(
    request: Request,
    *,
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    retry_failed: bool = False,
    command: str = "",
) -> SweepResult | PhaseMap:
    """What `sweep` does once it is checked; `command` is the line that asked for it."""
    if request.is_map:
        return train_map(
            request,
            store=store,
            executor=executor,
            workers=workers,
            on_progress=on_progress,
            retry_failed=retry_failed,
            command=command,
        )
    design = request.design
    with borrowed(store) as kept, request.recorded(kept, command) as runs:
        trained = Sweep(
            kept, workers, executor, on_progress, keep_curves=False, retry_failed=retry_failed
        )
        records = train_cells(design, trained, design.cells())
        runs += [record.id for found in records.values() for record in found]
    return _result_of(design, records, None if kept is None else kept.path)


def _result_of(design: Design, records: Records, store: Path | None) -> SweepResult:
    shape = (*design.shape, len(design.seeds))
    phases, ids = np.empty(shape, dtype=object), np.empty(shape, dtype=object)
    for cell, found in records.items():
        phases[cell] = design.phases(cell, found)
        ids[cell] = [record.id for record in found]
    train, validation, steps_trained, seconds = (
        design.by_seed(records, attrgetter(name))
        for name in (*STEPS[design.by], "steps_trained", "seconds")
    )
    trained = [record for found in records.values() for record in found]
    return SweepResult(
        axes=design.axes,
        phase_by_seed=phases.astype(np.str_),
        train_step_by_seed=train,
        validation_step_by_seed=validation,
        intervals=design.intervals(records),
        runs=ids,
        seeds=design.seeds,
        steps_trained=sum(record.steps_trained for record in trained),
        seconds=sum(record.seconds for record in trained),
        measure_seconds=sum(record.measure_seconds for record in trained),
        steps_trained_by_seed=steps_trained,
        seconds_by_seed=seconds,
        settings=design.settings,
        budget=design.settings["recipe"].get("steps"),
        fixed=design.fixed,
        notes=(*design.notes, *notes_after(trained)),
        measures=design.last_values(records),
        thresholds=design.settings["recipe"].get("thresholds", {}),
        by=design.by,
        store=store,
    )
