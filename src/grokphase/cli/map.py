"""``grokphase map``: the phases of learning over two hyperparameters."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from grokphase.cli.executors import check_compute, executor
from grokphase.cli.experiment import experiment_spec
from grokphase.cli.options import (
    COMMON,
    COMPUTE,
    EXPERIMENT,
    Common,
    Compute,
    Experiment,
    Flag,
)
from grokphase.cli.output import duration, print_json, print_table, size, stdout_console
from grokphase.cli.parsing import seeds as parse_seeds
from grokphase.cli.paths import require_writable, short_name
from grokphase.cli.progress import showing
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened

if TYPE_CHECKING:
    from grokphase.phases import PhaseMap
    from grokphase.phases.mapping import Plan
    from grokphase.store import Store

OUT = Path("grokphase-out")


def map_phases(
    task: str | None = None,
    /,
    *,
    x: str,
    y: str,
    seeds: str = "1",
    seed: int = 0,
    refine: Annotated[bool, Flag] = False,
    out: Path | None = None,
    dry_run: Annotated[bool, Flag] = False,
    experiment: Experiment = EXPERIMENT,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Map the phases of learning over two hyperparameters.

    An axis is a dotted name with a range a..b:n, a log range a..b:n:log, or a list 0,1,5. Every
    finished run is kept; Ctrl-C and the same command again goes on where it was.

    Args:
        task: What is learned; grokphase tasks lists the names.
        x: The axis across, such as recipe.decoder.learning_rate=1e-5..1e-2:16:log.
        y: The axis up, such as recipe.decoder.weight_decay=0..10:11.
        seeds: Runs in each cell, or a list of seeds such as 0,3,7.
        seed: The first seed.
        refine: Train only where neighbouring cells differ; the rest is inferred and marked.
        out: Directory for the figure and the report.
        dry_run: Only say how many runs, how much memory and about how long.
    """
    from grokphase.phases import Axis
    from grokphase.phases.mapping import grid_of

    check_compute(compute)
    base = experiment_spec(task, experiment)
    request: dict[str, Any] = {
        "task": base.task,
        "model": base.model,
        "recipe": base.recipe,
        "split": base.split,
        "x": Axis.parse(x),
        "y": Axis.parse(y),
        "seeds": parse_seeds(seeds, seed),
        "refine": refine,
    }
    # Everything is checked before a store or a folder is made, so that nothing half-written stays.
    grid_of(base, request["x"], request["y"], request["seeds"])
    if dry_run:
        _print_plan(_plan(request, compute, common), common)
        return 0
    folder = out or OUT / f"map-{base.task.name}-{short_name(_described(request))}"
    require_writable(common.store, "--store")
    require_writable(folder, "--out")
    _print_map(_make(request, folder, compute, common), common)
    return 0


def _plan(request: dict[str, Any], compute: Compute, common: Common) -> Plan:
    from grokphase.phases.mapping import plan_map

    with ExitStack() as stack:
        store = stack.enter_context(opened(common.store)) if common.store.exists() else None
        return plan_map(**request, store=store, workers=compute.workers)


def _make(request: dict[str, Any], folder: Path, compute: Compute, common: Common) -> PhaseMap:
    """Train, draw and report; the map that knows where its files are."""
    from grokphase.cli.views import MapView
    from grokphase.phases.mapping import phase_map
    from grokphase.store import Store

    view = MapView(request["x"], request["y"])
    with (
        resumable(common.store),
        executor(compute) as elsewhere,
        Store.open(common.store) as store,
    ):
        with showing(common, view) as on_progress:
            found = phase_map(
                **request,
                store=store,
                executor=elsewhere,
                workers=compute.workers,
                on_progress=on_progress,
            )
        return _deliver(found, store, folder)


def _deliver(found: PhaseMap, store: Store, folder: Path) -> PhaseMap:
    from grokphase.plotting import save_figure
    from grokphase.web.report import write_report

    png, _ = save_figure(found.plot(), folder / "phase-map")
    complete = replace(found, figure=png, report=folder / "report.html")
    ids = [run for row in complete.runs for cell in row for run in cell]
    write_report(complete, store.records(ids), folder / "report.html")
    return complete


def _described(request: dict[str, Any]) -> dict[str, Any]:
    parts = {part: request[part].spec() for part in ("task", "model", "recipe", "split")}
    axes = {"x": str(request["x"]), "y": str(request["y"])}
    return parts | axes | {name: request[name] for name in ("seeds", "refine")}


def _print_plan(plan: Plan, common: Common) -> None:
    document = {
        "runs": plan.runs,
        "cells": plan.cells,
        "existing": plan.existing,
        "memory_bytes": plan.memory_bytes,
        "estimate_seconds": plan.estimate_seconds,
    }
    if common.json:
        print_json(document)
        return
    rows = [
        ("cells", plan.cells),
        ("runs", plan.runs),
        ("of these in the store", plan.existing),
        ("memory", size(plan.memory_bytes)),
        ("time, at most about", duration(plan.estimate_seconds)),
    ]
    print_table(["plan", ""], rows)


def _print_map(found: PhaseMap, common: Common) -> None:
    if common.json:
        print_json(found.to_json_dict())
        return
    from grokphase.plotting.terminal import terminal_map

    stdout_console().print(terminal_map(found), soft_wrap=True)
    print(f"{found.steps_trained:,} steps in {duration(found.seconds)}")
    figure = found.figure or Path()
    for what, path in (
        ("figure", figure),
        ("figure", figure.with_suffix(".svg")),
        ("report", found.report),
        ("store", found.store),
    ):
        print(f"{what:8}{path}")
