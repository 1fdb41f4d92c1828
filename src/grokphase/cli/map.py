"""``grokphase map``: the phases of learning over two hyperparameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from grokphase.cli.command import command_line
from grokphase.cli.executors import check_compute
from grokphase.cli.experiment import experiment_spec, refuse_set_axes
from grokphase.cli.options import (
    COMMON,
    COMPUTE,
    EXPERIMENT,
    Common,
    Compute,
    Experiment,
    Flag,
    MaybeFolder,
    MaybeWhole,
)
from grokphase.cli.output import (
    print_json,
    say_measures,
    say_task,
    stderr_lines,
    stdout_console,
    warn,
)
from grokphase.cli.parsing import seeds as parse_seeds
from grokphase.cli.paths import require_places
from grokphase.cli.pictures import refuse_one_axis, told, with_picture
from grokphase.cli.requested import OUT, cost_of, exit_code, make, plan, print_files, said_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokphase.mapping.design import Design
    from grokphase.phases import PhaseMap
    from grokphase.store import Store


def map_phases(
    task: str | None = None,
    /,
    *,
    x: str | None = None,
    y: str | None = None,
    seeds: str = "1",
    seed: MaybeWhole = None,
    by: Literal["first-passage", "sustained"] = "first-passage",
    refine: Annotated[bool, Flag] = False,
    forecast: Annotated[
        tuple[float, ...] | None,
        Parameter(consume_multiple=(0, 1), negative=(), show_default=False),
    ] = None,
    keep_weights: Literal["final", "log"] | None = None,
    out: MaybeFolder = None,
    dry_run: Annotated[bool, Flag] = False,
    experiment: Experiment = EXPERIMENT,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Map the phases of learning over two hyperparameters.

    An axis is a dotted name with a range a..b:n, a log range a..b:n:log, or a list 0,1,5;
    recipe.weight_decay is that of all parameters, one,other=0,1,5 varies two settings together, and
    recipe.optimizer=adamw,sgd runs over words. Without axes the common picture of the task is drawn
    at a small scale, of modular-addition training fraction against weight decay in about
    two minutes on two cores.
    Every finished run is kept; Ctrl-C and the same command again goes on where it was.

    Args:
        task: What is learned; grokphase tasks lists the names. Or a training function of yours, as
            my_script.py:train, whose settings are the axes.
        x: The axis across, such as recipe.decoder.learning_rate=1e-5..1e-2:16:log.
        y: The axis up, such as recipe.decoder.weight_decay=0..10:11.
        seeds: Runs in each cell, or seeds such as 0,3,7; a map has at most 1,000,000 runs.
        seed: The first seed; 58 if not given, of a training function 0.
        by: Times that decide the phases; sustained needs --set recipe.stop=sustained.
        refine: Train only where neighbouring cells differ; the rest is inferred and marked.
        forecast: Stop a run once its phase is forecast with at least this probability, 0.9 if none
            is given; such cells are marked, and how often forecasts are wrong is said. The same
            command without it goes on from where runs stopped.
        keep_weights: Keep the weights of every run in the store: final, or log for those at ten
            recorded steps in every factor of ten too; at most 20 GB.
        out: Directory for the figure and the report.
        dry_run: Only say how many runs, how much memory and about how long.
    """
    from grokphase.mapping.maps import grid_of
    from grokphase.mapping.request import Request
    from grokphase.phases import Axis
    from grokphase.training.kept import kept_told
    from grokphase.training.published import provenance

    check_compute(compute)
    refuse_one_axis(x, y)
    if x is None or y is None:
        x, y, experiment = with_picture(task, experiment)
        if common.shows_progress:
            warn([told(x, y, experiment)])
    base = experiment_spec(task, experiment)
    origin = provenance(task, base)
    axes = Axis.parse(x), Axis.parse(y)
    refuse_set_axes(experiment, axes)
    # Everything is checked before a store or a folder is made, so that nothing half-written stays.
    lines = stderr_lines(common.shows_progress)
    design = grid_of(base, *axes, parse_seeds(seeds, seed, base.seed), by, lines)
    request = Request(design, refine, keep_weights, _confidence(design, forecast))
    if common.shows_progress:
        warn(origin)
    folder = out or OUT / request.name
    require_places(common.store, folder)
    if dry_run:
        plan(request, compute, common)
        return 0
    if keep_weights is not None:
        lines(kept_told(request.design.all_specs(), keep_weights))
    found = make(request, folder, compute, common, draw_map)
    print_map(found, design.told, common, origin)
    return exit_code(found)


def _confidence(design: Design, typed: tuple[float, ...] | None) -> float | None:
    """How sure a forecast must be to stop a run; None where none is to."""
    from grokphase.mapping.forecasts import confidence_of, refuse_unmeasured

    if typed is None:
        return None
    refuse_unmeasured(design)
    return confidence_of(typed[0] if typed else True)


def draw_map(found: PhaseMap, store: Store, stem: Path) -> None:
    """The figure and the report of a map."""
    from grokphase.plotting import save_figure
    from grokphase.web import write_report
    from grokphase.web.packing import MOST_RUNS

    runs = [run for row in found.runs for cell in row for run in cell]
    # A report of more runs shows no curves, and they would take gigabytes.
    records = store.records(runs, curves=len(runs) <= MOST_RUNS)
    save_figure(found.plot(), stem)
    write_report(found, records, stem.with_name("report.html"), command=command_line())


def print_map(
    found: PhaseMap,
    told: str,
    common: Common,
    origin: Sequence[str] = (),
    **more: Path,
) -> None:
    """The map as text and where its files are, `more` besides, or as JSON.

    Args:
        found: the map.
        told: what is trained, in a line.
        common: how the verb talks.
        origin: where that run comes from, if it is a work's.
        **more: other files.
    """
    if common.json:
        preset = {"preset": origin} if origin else {}
        print_json({**found.to_json_dict(), "task": told, **preset})
        return
    from grokphase.telling.terminal import terminal_map

    stdout_console().print(terminal_map(found), soft_wrap=True)
    print(cost_of(found))
    say_measures(found.measure_seconds, found.seconds)
    say_task(told)
    if len(found.seeds) > 1:
        split = (found.phase_by_seed != found.phase[..., None]).any(axis=-1).sum()
        print(f"{split} of {found.phase.size} cells split among phases over the seeds")
    for sentence in said_of(found):
        print(sentence)
    print_files(found, **more)
