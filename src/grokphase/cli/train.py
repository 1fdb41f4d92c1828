"""``grokphase train``: one network, or a few seeds of it, with live curves."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from grokphase.cli.command import command_line
from grokphase.cli.executors import check_compute, executor
from grokphase.cli.experiment import experiment_spec
from grokphase.cli.options import (
    COMMON,
    COMPUTE,
    EXPERIMENT,
    Common,
    Compute,
    Experiment,
    MaybeFolder,
    MaybeWhole,
)
from grokphase.cli.output import (
    print_json,
    print_table,
    say_measures,
    say_task,
    stdout_console,
    warn,
)
from grokphase.cli.parsing import seeds as parse_seeds
from grokphase.cli.paths import require_places
from grokphase.cli.progress import showing
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened_or_made

if TYPE_CHECKING:
    from grokphase.phases import Note
    from grokphase.store import RunRecord
    from grokphase.training.spec import AnySpec

OUT = Path("grokphase-out")
CURVES_SHOWN = FILES_SHOWN = 3
_BULKY = ("curves", "weights", "snapshots")
_COLUMNS = (
    "run",
    "seed",
    "phase",
    "train",
    "validation",
    "train held",
    "validation held",
)
NOT_REACHED, NOT_FOLLOWED = "-", "?"


def train(
    task: str | None = None,
    /,
    *,
    seeds: str = "1",
    seed: MaybeWhole = None,
    keep_weights: Literal["final", "log"] = "final",
    out: MaybeFolder = None,
    experiment: Experiment = EXPERIMENT,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Train a network, or a few seeds of it, and say which phase it ended in.

    Shows the curves while it trains, then the steps to the accuracy thresholds: first passage,
    and sustained. Leaves a figure and the weights (safetensors) of every run. A run ends at the
    step that decides its phase, or with its budget; --set recipe.stop=sustained goes on until both
    accuracies have held, --set recipe.stop=budget to the end.

    Args:
        task: What is learned; grokphase tasks lists the names. Or a published run, such as
            nanda2023, or a training function of yours, as my_script.py:train.
        seeds: Number of runs, or a list of seeds such as 0,3,7.
        seed: The first seed; 58 if not given, of a training function 0.
        keep_weights: Weights to keep: those of the last step (final), or those at ten recorded
            steps in every factor of ten too (log), which makes a page to look through.
        out: Directory for figures and weights.
    """
    from grokphase.phases.classify import FAILED
    from grokphase.store.naming import short_name, slug
    from grokphase.training.kept import kept_told
    from grokphase.training.notes import notes, notes_after
    from grokphase.training.published import provenance
    from grokphase.training.told import told

    check_compute(compute)
    base = experiment_spec(task, experiment, watch=True)
    specs = [dataclasses.replace(base, seed=each) for each in parse_seeds(seeds, seed, base.seed)]
    name = f"train-{slug(base.name)}-{short_name([each.id for each in specs])}"
    folder = out or OUT / name
    require_places(common.store, folder)
    known = notes([specs])
    origin = provenance(task, base)
    said = [*origin, f"{told(base)}.", *(f"{note.sentence}." for note in known)]
    if keep_weights == "log":
        said.append(kept_told(specs, keep_weights))
    records = _train(specs, name, said, keep_weights, compute, common)
    files = _deliver(records, folder)
    if keep_weights == "log":
        files |= _views(specs, records, folder)
    known = (*known, *notes_after(records))
    if common.json:
        known_task = {"task": told(base), **({"preset": origin} if origin else {})}
        print_json(_report(specs, records, known) | known_task | files | {"store": common.store})
    else:
        _print(specs, records, told(base), files, known, common)
        if origin:
            print(f"{'preset':8}{origin[0]} What of it stands where: --json.")
    return int(all(record.phase == FAILED for record in records))


def _train(
    specs: Sequence[AnySpec],
    name: str,
    said: Sequence[str],
    keep_weights: Literal["final", "log"],
    compute: Compute,
    common: Common,
) -> list[RunRecord]:
    from grokphase.cli.views import CurvesView
    from grokphase.store.record import shared
    from grokphase.training import Sweep

    with (
        resumable(common.store),
        executor(compute) as elsewhere,
        opened_or_made(common) as store,
        showing(common, CurvesView()) as on_progress,
    ):
        if common.shows_progress:
            warn(said)
        seeds = [spec.seed for spec in specs]
        spec = {**shared([each.spec() for each in specs]), "seeds": seeds}
        store.begin_sweep(name, spec, command_line())
        sweep = Sweep(
            store,
            compute.workers,
            elsewhere,
            on_progress,
            keep_weights,
            name=name,
            retry_failed=compute.retry == "failed",
        )
        ids = [record.id for record in sweep.run(specs)]
        store.finish_sweep(name, ids)
        return store.records(ids, weights=True)


def _deliver(records: Sequence[RunRecord], folder: Path) -> dict[str, list[Path]]:
    """One figure of all runs, and the weights of each, as files."""
    from safetensors.numpy import save_file

    from grokphase.files import replacing
    from grokphase.plotting import curves_figure, save_figure

    shown = [record for record in records if record.curves]  # which one that failed may not have
    figures = save_figure(curves_figure(shown), folder / "curves") if shown else ()
    weights = []
    for record in records:
        if record.weights is None:  # a training function keeps its own
            continue
        weights.append(folder / f"weights-{record.id}.safetensors")
        with replacing(weights[-1]) as passing:
            save_file(record.weights, passing, metadata={"run": record.id})
        if record.snapshots:
            weights.append(folder / f"weights-{record.id}-log.safetensors")
            named = {
                f"{step}/{name}": array
                for step, kept in record.snapshots.items()
                for name, array in kept.items()
            }
            with replacing(weights[-1]) as passing:
                save_file(named, passing, metadata={"run": record.id})
    return {"figure": list(figures), "weights": weights}


def _views(
    specs: Sequence[AnySpec], records: Sequence[RunRecord], folder: Path
) -> dict[str, list[Path]]:
    """The first runs through their training: stills, a moving picture, and a page to go through."""
    from grokphase.plotting import save_figure
    from grokphase.training.run import Run

    views, pages = [], []
    for spec, record in list(zip(specs, records, strict=True))[:CURVES_SHOWN]:
        run = Run(spec, record)
        stem = folder / f"views-{record.id}"
        if run.views():
            views.append(save_figure(run.views().plot(), stem)[0])
            if len(run.views().steps) > 1:
                views.append(run.views().animate(stem.with_suffix(".gif")))
        pages.append(run.report(folder / f"report-{record.id}.html", command_line()))
    return {"views": views, "report": pages}


def _print(
    specs: Sequence[AnySpec],
    records: Sequence[RunRecord],
    task: str,
    files: dict[str, list[Path]],
    notes: Sequence[Note],
    common: Common,
) -> None:
    from grokphase.telling.circuit import circuit_text
    from grokphase.telling.terminal import terminal_curves
    from grokphase.telling.words import runs_text
    from grokphase.training.circuit import circuit_of

    print_table(_COLUMNS, [_row(record) for record in records])
    print("(steps to the thresholds, first and held; - not reached)")
    if not all(record.followed for record in records):
        print("(? not followed beyond the phase; --set recipe.stop=sustained follows)")
    say_task(task)
    for note in notes:
        print(f"{note.sentence}.")
    say_measures(
        sum(record.measure_seconds for record in records),
        sum(record.seconds for record in records),
    )
    if len(records) > 1:
        print("\n".join(runs_text(records)))
    if len(records) > CURVES_SHOWN:
        print(f"curves of {CURVES_SHOWN} of {len(records)} runs shown")
    for spec, record in zip(specs[:CURVES_SHOWN], records, strict=False):
        stdout_console().print(terminal_curves(record))
        circuit = circuit_of(spec, record)
        if circuit.defined:
            lines = circuit_text(record, circuit.key_frequencies, circuit.phases, circuit.reasons)
            print("\n".join(f"  {line}" for line in lines))
    for what, paths in (*files.items(), ("store", [common.store])):
        for path in paths[:FILES_SHOWN]:
            print(f"{what:8}{path}")
        if len(paths) > FILES_SHOWN:
            print(f"{'':8}... and {len(paths) - FILES_SHOWN} more")


def _row(record: RunRecord) -> list[object]:
    from grokphase.telling.words import phase_text

    first = [record.train_step, record.validation_step]
    held = [record.train_sustained_step, record.validation_sustained_step]
    missing = NOT_REACHED if record.followed else NOT_FOLLOWED
    return [
        record.id,
        record.seed,
        phase_text(record),
        *(NOT_REACHED if step is None else step for step in first),
        *(missing if step is None else step for step in held),
    ]


def _report(
    specs: Sequence[AnySpec], records: Sequence[RunRecord], notes: Sequence[Note]
) -> dict[str, object]:
    """The runs, and what they come to together."""
    from grokphase.telling.words import median_of

    return {
        "runs": [_document(*run) for run in zip(specs, records, strict=True)],
        "phases": dict(Counter(record.phase for record in records)),
        "median": {
            name: median_of(records, name)._asdict() for name in ("train_step", "validation_step")
        },
        "notes": [asdict(note) for note in notes],
    }


def _document(spec: AnySpec, record: RunRecord) -> dict[str, object]:
    """A run: its record without its curves and weights, and what is known of its circuit."""
    from grokphase.training.circuit import circuit_of

    circuit = circuit_of(spec, record)
    phases = [
        {
            "name": each.name,
            "from": int(each.start),
            "to": each.end and int(each.end),
            "interval": each.interval and [int(end) for end in each.interval],
        }
        for each in circuit.phases or ()
    ]
    return {name: value for name, value in vars(record).items() if name not in _BULKY} | {
        "memorized_at": record.train_step,
        "generalized_at": record.validation_step,
        "key_frequencies": circuit.key_frequencies,
        "phases": phases or None,
        "reasons": circuit.reasons,
        "measures": record.final,
        "steps": record.steps_trained,
        "lost": record.lost,
    }
