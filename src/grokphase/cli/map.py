"""``grokphase map``: the phases of learning over two hyperparameters."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from grokphase.cli.command import command_line
from grokphase.cli.executors import check_compute, executor
from grokphase.cli.experiment import experiment_spec, refuse_set_axes
from grokphase.cli.options import (
    COMMON,
    COMPUTE,
    EXPERIMENT,
    Common,
    Compute,
    Experiment,
    Flag,
    MaybeWhole,
)
from grokphase.cli.output import (
    duration,
    print_json,
    print_table,
    say_task,
    size,
    stderr_lines,
    stdout_console,
    warn,
)
from grokphase.cli.parsing import seeds as parse_seeds
from grokphase.cli.paths import require_writable, short_name, slug
from grokphase.cli.progress import showing
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened_or_made

if TYPE_CHECKING:
    from grokphase.phases import Axis, PhaseMap
    from grokphase.phases.design import Design
    from grokphase.phases.planning import Plan
    from grokphase.store import Store
    from grokphase.training.spec import AnySpec

OUT = Path("grokphase-out")


def map_phases(
    task: str | None = None,
    /,
    *,
    x: str,
    y: str,
    seeds: str = "1",
    seed: MaybeWhole = None,
    by: Literal["first-passage", "sustained"] = "first-passage",
    refine: Annotated[bool, Flag] = False,
    keep_weights: Literal["final", "log"] | None = None,
    out: Path | None = None,
    dry_run: Annotated[bool, Flag] = False,
    experiment: Experiment = EXPERIMENT,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Map the phases of learning over two hyperparameters.

    An axis is a dotted name with a range a..b:n, a log range a..b:n:log, or a list 0,1,5;
    recipe.weight_decay is that of all parameters, and one,other=0,1,5 varies two settings together.
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
        keep_weights: Keep the weights of every run in the store: final, or log for those at four
            recorded steps in every factor of ten too; at most 20 GB.
        out: Directory for the figure and the report.
        dry_run: Only say how many runs, how much memory and about how long.
    """
    from grokphase.phases import Axis
    from grokphase.phases.classify import FAILED
    from grokphase.phases.mapping import grid_of
    from grokphase.phases.planning import plan_of
    from grokphase.training.kept import checked_bytes

    check_compute(compute)
    base = experiment_spec(task, experiment)
    axes = Axis.parse(x), Axis.parse(y)
    refuse_set_axes(experiment, axes)
    # Everything is checked before a store or a folder is made, so that nothing half-written stays.
    lines = stderr_lines(common.shows_progress)
    design = grid_of(base, *axes, parse_seeds(seeds, seed, base.seed), by, lines)
    if dry_run:
        _warn_of(design, common)
        plan = plan_of(
            design,
            store=common.store,
            workers=compute.workers,
            keep_weights=keep_weights,
            on_line=lines,
        )
        _print_plan(plan, design, compute, common)
        return 0
    request = Request(design, refine, keep_weights)
    if keep_weights is not None:
        specs = design.all_specs()
        kept = size(checked_bytes(specs, keep_weights))
        lines(f"weights of {len(specs):,} runs to keep, at most {kept}")
    folder = out or OUT / request.name
    require_writable(common.store, "--store")
    require_writable(folder, "--out")
    found = _make(request, folder, compute, common)
    _print_map(found, base, common)
    return int(bool((found.phase_by_seed == FAILED).all()))


@dataclass(frozen=True)
class Request:
    """A map as it was asked for.

    Args:
        design: its runs.
        refine: whether cells far from borders are inferred.
        keep_weights: which weights the store keeps; the map is the same.
    """

    design: Design
    refine: bool
    keep_weights: Literal["final", "log"] | None = None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axis across, and the axis up."""
        return self.design.axes[::-1]

    @property
    def name(self) -> str:
        """A name that differs between maps, for the store and the default folder."""
        design = self.design
        axes = [str(axis) for axis in self.axes]
        described = [design.base.spec(), axes, design.seeds, design.by, self.refine]
        return f"map-{slug(design.base.name)}-{short_name(described)}"

    def spec(self) -> dict[str, Any]:
        """What all runs share, and what varies, for the store."""
        axes = {axis.name: list(axis.values) for axis in self.axes}
        return {**self.design.settings, "axes": axes, "seeds": list(self.design.seeds)}


def _make(request: Request, folder: Path, compute: Compute, common: Common) -> PhaseMap:
    """Train, draw and report; the map that knows where its files are."""
    from grokphase.cli.views import MapView
    from grokphase.phases.mapping import train_map
    from grokphase.training.told import told

    design, (x, y) = request.design, request.axes
    with (
        resumable(common.store),
        executor(compute) as elsewhere,
        opened_or_made(common) as store,
    ):
        if common.shows_progress:
            warn([f"{told(design.base)}."])  # before time is spent on it
        _warn_of(design, common)
        store.begin_sweep(request.name, request.spec(), command_line())
        with showing(common, MapView(x, y, design.by)) as on_progress:
            found = train_map(
                design,
                refine=request.refine,
                keep_weights=request.keep_weights,
                store=store,
                executor=elsewhere,
                workers=compute.workers,
                on_progress=on_progress,
                retry_failed=compute.retry == "failed",
            )
        store.finish_sweep(request.name, _runs(found))
        return _deliver(found, store, folder)


def _warn_of(design: Design, common: Common) -> None:
    """Say what cannot come out, before time is spent on it; JSON has the notes of the map."""
    if common.shows_progress:
        warn(_said(design))


def _said(found: Design | PhaseMap) -> list[str]:
    """What a reader must know besides the map: what the axes leave alone, and the notes."""
    from grokphase.plotting.axes import fixed_text

    said = [fixed_text(found.fixed)] if found.fixed else []
    return [f"{sentence}." for sentence in (*said, *(note.sentence for note in found.notes))]


def _runs(found: PhaseMap) -> list[str]:
    return [run for row in found.runs for cell in row for run in cell]


def _deliver(found: PhaseMap, store: Store, folder: Path) -> PhaseMap:
    """Figure, report and the map's data as files; all are left as they are if nothing is new."""
    from grokphase.phases import document

    png, report = folder / "phase-map.png", folder / "report.html"
    complete = replace(found, figure=png, report_path=report)
    data = folder / "phase-map.json"
    made_by = {"grokphase": version("grokphase"), "command": command_line()}
    drawn = all(path.exists() for path in (png, png.with_suffix(".svg"), report, data))
    if drawn and data.read_text(encoding="utf-8") == document.text(complete, **made_by):
        return complete
    _draw(complete, store, folder)
    document.save(complete, data, **made_by)  # last, so that it vouches for the others
    return complete


def _draw(found: PhaseMap, store: Store, folder: Path) -> None:
    from grokphase.plotting import save_figure
    from grokphase.web import write_report
    from grokphase.web.packing import MOST_RUNS

    runs = _runs(found)
    # A report of more runs shows no curves, and they would take gigabytes.
    records = store.records(runs, curves=len(runs) <= MOST_RUNS)
    save_figure(found.plot(), folder / "phase-map")
    write_report(found, records, folder / "report.html", command=command_line())


def _print_plan(plan: Plan, design: Design, compute: Compute, common: Common) -> None:
    from grokphase.training.told import told

    base = design.base
    if common.json:
        notes = [asdict(note) for note in design.notes]
        print_json(vars(plan) | {"task": told(base), "notes": notes})
        return
    rows: list[tuple[str, object]] = [
        ("cells", plan.cells),
        ("runs", plan.runs),
        ("of these in the store", plan.existing),
        ("memory", "not known" if plan.memory_bytes is None else size(plan.memory_bytes)),
        ("time, at most about", _time(plan)),
    ]
    if plan.weights_bytes:
        rows.insert(4, ("weights kept, at most", size(plan.weights_bytes)))
    print_table(["plan", ""], rows)
    say_task(told(base))
    if compute.cluster is not None:
        print("Memory and time are for the cores of this machine, not for those of the cluster.")


def _time(plan: Plan) -> str:
    if plan.estimate_seconds is None:
        return "not known before a run has finished"
    return duration(plan.estimate_seconds)


def _print_map(found: PhaseMap, base: AnySpec, common: Common) -> None:
    from grokphase.training.told import told

    if common.json:
        print_json({**found.to_json_dict(), "task": told(base)})
        return
    from grokphase.phases import BY
    from grokphase.plotting.terminal import terminal_map

    stdout_console().print(terminal_map(found), soft_wrap=True)
    cost = f"{found.steps_trained:,} steps, {duration(found.seconds)} of training"
    print(f"{cost}; phases by {BY[found.by]}")
    say_task(told(base))
    if len(found.seeds) > 1:
        split = (found.phase_by_seed != found.phase[..., None]).any(axis=-1).sum()
        print(f"{split} of {found.phase.size} cells split among phases over the seeds")
    for sentence in _said(found):
        print(sentence)
    figure = found.figure or Path()
    for what, path in (
        ("figure", figure),
        ("figure", figure.with_suffix(".svg")),
        ("data", figure.with_suffix(".json")),
        ("report", found.report_path),
        ("store", found.store),
    ):
        print(f"{what:8}{path}")
