"""A sweep that was asked for in a shell: what it would cost, its training, and its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from grokphase.cli.command import command_line
from grokphase.cli.executors import executor
from grokphase.cli.options import Common, Compute
from grokphase.cli.output import (
    duration,
    print_json,
    print_table,
    say_task,
    stderr_lines,
    warn,
)
from grokphase.cli.progress import showing
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened_or_made

if TYPE_CHECKING:
    from grokphase.mapping.design import Design
    from grokphase.mapping.planning import Plan
    from grokphase.mapping.request import Request
    from grokphase.phases import PhaseMap, SweepResult
    from grokphase.store import Store

    Result = TypeVar("Result", PhaseMap, SweepResult)

OUT = Path("grokphase-out")


def plan(request: Request, compute: Compute, common: Common) -> None:
    """Say what a sweep would cost; nothing is trained and nothing written."""
    from grokphase.mapping.planning import plan_of
    from grokphase.telling.words import size

    design, lines = request.design, stderr_lines(common.shows_progress)
    _warn_of(design, common)
    found = plan_of(
        design,
        store=common.store,
        workers=compute.workers,
        keep_weights=request.keep_weights,
        retry_failed=compute.retry == "failed",
        on_line=lines,
    )
    if common.json:
        notes = [asdict(note) for note in design.notes]
        print_json(vars(found) | {"task": design.told, "notes": notes})
        return
    rows: list[tuple[str, object]] = [
        ("cells" if request.is_map else "settings", found.cells),
        ("runs", found.runs),
        ("of these in the store", found.existing),
        ("memory", "not known" if found.memory_bytes is None else size(found.memory_bytes)),
        ("training time, at most about", _time(found)),
    ]
    if found.weights_bytes:
        rows.insert(4, ("weights kept, at most", size(found.weights_bytes)))
    print_table(["plan", ""], rows)
    say_task(design.told)
    if compute.cluster is not None:
        print("Memory and time are for the cores of this machine, not for those of the cluster.")


def _time(found: Plan) -> str:
    if found.estimate_seconds is None:
        return "not known before a run has finished"
    return duration(found.estimate_seconds)


def make(
    request: Request,
    folder: Path,
    compute: Compute,
    common: Common,
    draw: Callable[[Result, Store, Path], None],
) -> Result:
    """Train, draw and report; the result that knows where its files are.

    Args:
        request: what is to be made.
        folder: where the files go.
        compute: where the training happens.
        common: how the verb talks, and the store.
        draw: writes the figure, at a path without suffix, and what else belongs to it beside it.
    """
    from grokphase.cli.views import view_of
    from grokphase.mapping.sweeps import train_sweep

    design = request.design
    with (
        resumable(common.store),
        executor(compute) as elsewhere,
        opened_or_made(common) as store,
    ):
        if common.shows_progress:
            warn([f"{design.told}."])  # before time is spent on it
        _warn_of(design, common)
        with showing(common, view_of(request)) as on_progress:
            found = train_sweep(
                request,
                store=store,
                executor=elsewhere,
                workers=compute.workers,
                on_progress=on_progress,
                retry_failed=compute.retry == "failed",
                command=command_line(),
            )
        made = cast("Result", found)  # a map of two axes, a sweep of others
        return _deliver(made, store, folder / ("phase-map" if request.is_map else "sweep"), draw)


def _warn_of(design: Design, common: Common) -> None:
    """Say what cannot come out, before time is spent on it; JSON has the notes of the result."""
    if common.shows_progress:
        warn(said_of(design))


def said_of(found: Design | PhaseMap | SweepResult) -> list[str]:
    """What a reader must know besides the result: what the axes leave alone, and the notes."""
    from grokphase.telling.axes import fixed_text

    said = [fixed_text(found.fixed)] if found.fixed else []
    return [f"{sentence}." for sentence in (*said, *(note.sentence for note in found.notes))]


def _deliver(
    found: Result, store: Store, stem: Path, draw: Callable[[Result, Store, Path], None]
) -> Result:
    """Figure, report and data as files; all are left as they are if nothing is new."""
    from grokphase.files import replacing

    png, report = stem.with_suffix(".png"), stem.with_name("report.html")
    complete = replace(found, figure=png, report_path=report)
    data = stem.with_suffix(".json")
    made_by = {"grokphase": version("grokphase"), "command": command_line()}
    document = json.dumps(made_by | complete.to_json_dict(), indent=1)
    drawn = all(path.exists() for path in (png, png.with_suffix(".svg"), report, data))
    if drawn and data.read_text(encoding="utf-8") == document:
        return complete
    draw(complete, store, stem)
    with replacing(data) as passing:  # last, so that it vouches for the others
        passing.write_text(document, encoding="utf-8")
    return complete


def exit_code(found: PhaseMap | SweepResult) -> int:
    """1 where every run failed, so that there is no result; else 0."""
    from grokphase.phases.classify import FAILED

    return int(bool((found.phase_by_seed == FAILED).all()))


def cost_of(found: PhaseMap | SweepResult) -> str:
    """What all runs of a result cost, and by which times they were told apart."""
    from grokphase.phases import BY

    cost = f"{found.steps_trained:,} steps, {duration(found.seconds)} of training"
    return f"{cost}; phases by {BY[found.by]}"


def print_files(found: PhaseMap | SweepResult, **more: Path) -> None:
    """Say where everything is."""
    figure = found.figure or Path()
    files = [
        ("figure", figure),
        ("figure", figure.with_suffix(".svg")),
        *more.items(),
        ("data", figure.with_suffix(".json")),
        ("report", found.report_path),
        ("store", found.store),
    ]
    for what, path in files:
        print(f"{what:8}{path}")
