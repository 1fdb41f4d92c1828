"""``grokphase sweep``: times, delay and generalization over any settings, with their censoring."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from grokphase.cli.command import command_line
from grokphase.cli.executors import check_compute
from grokphase.cli.experiment import experiment_spec, refuse_set_axes
from grokphase.cli.map import draw_map, print_map
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
    print_table,
    say_measures,
    say_task,
    stderr_lines,
    warn,
)
from grokphase.cli.parsing import seeds as parse_seeds
from grokphase.cli.paths import require_places
from grokphase.cli.requested import OUT, cost_of, exit_code, make, plan, print_files, said_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokphase.phases import PhaseMap, SweepResult
    from grokphase.store import Store

_LINES = 40  # of settings on a screen


def sweep(
    task: str | None = None,
    /,
    *,
    over: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    seeds: str = "5",
    seed: MaybeWhole = None,
    by: Literal["first-passage", "sustained"] = "first-passage",
    out: MaybeFolder = None,
    dry_run: Annotated[bool, Flag] = False,
    experiment: Experiment = EXPERIMENT,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Train over any settings, and say when runs generalize; what was not reached is censored.

    One --over gives the steps to training and validation accuracy, the delay between them and the
    share of runs that generalize, against it; two give the map of grokphase map; more give a map
    for each value of the others. Words can be varied as well: recipe.optimizer=adamw,sgd, and
    depth with model.widths="128|128,128". Every finished run is kept: the same command with
    longer axes or more seeds trains what is missing.

    Args:
        task: What is learned; grokphase tasks lists the names. Or a training function of yours, as
            my_script.py:train, whose settings are varied.
        over: What is varied, such as split.fraction=0.3..0.8:6; may be given several times.
        seeds: Runs of each setting, or seeds such as 0,3,7.
        seed: The first seed; 58 if not given, of a training function 0.
        by: Times that decide the phases; sustained needs --set recipe.stop=sustained.
        out: Directory for the figures, the tables and the report.
        dry_run: Only say how many runs, how much memory and about how long.
    """
    from grokphase.mapping.sweeps import request_of
    from grokphase.phases import Axis
    from grokphase.telling.tables import columns as map_columns
    from grokphase.training.published import provenance

    check_compute(compute)
    base = experiment_spec(task, experiment)
    origin = provenance(task, base)
    axes = [Axis.parse(axis) for axis in over]
    refuse_set_axes(experiment, axes)
    lines = stderr_lines(common.shows_progress)
    request = request_of(base, axes, parse_seeds(seeds, seed, base.seed), by, lines)
    if common.shows_progress:
        warn(origin)
    folder = out or OUT / request.name
    require_places(common.store, folder)
    if dry_run:
        plan(request, compute, common)
        return 0
    if request.is_map:
        mapped = make(request, folder, compute, common, draw_map)
        files = _write_tables(mapped, {each.name: each.values for each in map_columns(mapped)})
        print_map(mapped, request.design.told, common, origin, **files)
        return exit_code(mapped)
    swept = make(request, folder, compute, common, draw_sweep)
    print_sweep(swept, request.design.told, common, origin)
    return exit_code(swept)


def draw_sweep(found: SweepResult, store: Store, stem: Path) -> None:
    """Figures, tables and report of a sweep."""
    from grokphase.plotting import save_figure
    from grokphase.plotting.survival import MOST, survival_figure
    from grokphase.telling.sweep_tables import columns
    from grokphase.web.sweep_report import write_sweep_report

    save_figure(found.plot(), stem)
    if math.prod(found.shape) <= MOST:  # more curves could not be told apart
        survival = [found.survival(of) for of in found.intervals]
        save_figure(survival_figure(survival), stem.with_name("survival"))
    _write_tables(found, columns(found))
    runs = found.runs.ravel().tolist()
    records = store.records(runs, curves=False)
    write_sweep_report(found, records, stem.with_name("report.html"), command=command_line())


def _write_tables(found: PhaseMap | SweepResult, runs: dict[str, Any]) -> dict[str, Path]:
    """The runs, and when they saw each event, as tables beside the figure; by their names."""
    files = _tables_of(found)
    survival = [found.survival(of) for of in found.intervals]
    _write_csv(files["runs"], [runs])
    _write_csv(files["times"], [{"of": each.of} | each.columns() for each in survival])
    return files


def _tables_of(found: PhaseMap | SweepResult) -> dict[str, Path]:
    folder = (found.figure or Path()).parent
    return {"runs": folder / "runs.csv", "times": folder / "survival.csv"}


def _write_csv(path: Path, tables: list[dict[str, Any]]) -> None:
    """Tables of the same columns, one below the other; what is one word stands in every row.

    Whole numbers are written whole, and a value that is not there as nothing.
    """
    from grokphase.files import replacing
    from grokphase.telling.sweep_tables import plain

    with replacing(path) as passing, passing.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(tables[0])
        for table in tables:
            rows = len(table["seed"])
            columns = [
                [value] * rows if isinstance(value, str) else getattr(value, "tolist", value.copy)()
                for value in table.values()
            ]
            writer.writerows(map(plain, row) for row in zip(*columns, strict=True))


def print_sweep(found: SweepResult, told: str, common: Common, origin: Sequence[str]) -> None:
    """A line for each setting and where the files are, or all of it as JSON."""
    from grokphase.counting import counted
    from grokphase.telling.sweep_text import convention
    from grokphase.telling.sweep_text import told as lines

    if common.json:
        preset = {"preset": origin} if origin else {}
        print_json({**found.to_json_dict(), "task": told, **preset})
        return

    rows = lines(found)
    print_table([*rows[0]], [[*row.values()] for row in rows[:_LINES]])
    if len(rows) > _LINES:
        print(f"and {len(rows) - _LINES:,} settings more, in the data")
    print(cost_of(found))
    say_measures(found.measure_seconds, found.seconds)
    print(f"{counted(len(found.seeds), 'seed')} a setting; {convention(found)}")
    say_task(told)
    for sentence in said_of(found):
        print(sentence)
    folder = (found.figure or Path()).parent
    curves = {"curves": folder / "survival.png"}
    print_files(found, **(curves if curves["curves"].exists() else {}), **_tables_of(found))
