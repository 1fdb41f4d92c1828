"""``grokphase runs``: list, show, query, export and remove the runs of a store; list sweeps."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from grokphase.cli.options import COMMON, Common, Flag, Whole
from grokphase.cli.output import cell, duration, print_json, print_table, stdout_console
from grokphase.cli.stores import opened
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.store import RunRecord
    from grokphase.store.differences import Columns

# What a listing shows of every run; whatever else the catalog knows follows with --json.
_LISTED = ("id", "task", "phase", "seed", "train_step", "validation_step", "steps_trained")
_FOREMOST = 2  # settings that matter more on a narrow terminal than the steps do
_MOST_SETTINGS = 6
_GAP = 2  # between columns of a table
_SWEEPS = ("id", "runs", "created", "finished", "command")
_MOST = 2**63 - 1  # what SQLite counts to
_TIMES = (
    ("train accuracy passed", "train_step"),
    ("validation accuracy passed", "validation_step"),
    ("train accuracy held from", "train_sustained_step"),
    ("validation accuracy held from", "validation_sustained_step"),
)
_LOSSES = (
    ("validation accuracy first lost", "validation_lost_step"),
    ("validation accuracy lost after it held", "validation_sustained_lost_step"),
)


def listing(
    *,
    limit: Whole = 20,
    phase: str | None = None,
    sweep: str | None = None,
    common: Common = COMMON,
) -> int:
    """List the newest runs, with the settings in which they differ.

    On a terminal as many settings as fit, those that tell the most runs apart first, under the
    ends of their names, and six in a pipe; with --json, under "settings", all in which they differ.

    Args:
        limit: How many.
        phase: Only runs of this phase, such as grokking.
        sweep: Only runs of this sweep, by its id; grokphase runs sweeps lists them.
    """
    from grokphase.phases.classify import FAILED
    from grokphase.store.differences import differing, leaf_columns, short_names, telling
    from grokphase.telling.words import phase_text

    _check_listing(limit, phase)
    with opened(common) as store:
        rows = store.runs(limit=limit, phase=phase, sweep=sweep)
        leaves = leaf_columns(store.specs(row["id"] for row in rows))
        more = [row["id"] for row in rows if row["followed"] or row["phase"] == FAILED]
        told = store.records(more, curves=False) if more else []
    known = {record.id: record for record in told}
    messages = {run: record.message for run, record in known.items() if record.phase == FAILED}
    found = differing(leaves)
    if common.json:
        each = [{name: values[n] for name, values in found.items()} for n in range(len(rows))]
        print_json(
            [
                row
                | {"lost": known[row["id"]].lost if row["id"] in known else None}
                | {"settings": settings, "message": messages.get(row["id"])}
                for row, settings in zip(rows, each, strict=True)
            ]
        )
    else:
        shown = telling(found, [row["task"] for row in rows])[:_MOST_SETTINGS]
        short = short_names(shown, leaves)
        columns = {name: [row[name] for row in rows] for name in _LISTED}
        columns["phase"] = [
            phase_text(known[row["id"]]) if row["id"] in known else row["phase"] for row in rows
        ]
        settings = {short[name]: found[name] for name in shown if short[name] not in columns}
        _print_columns(columns, settings)
        if messages:
            print()
            print_table(("failed", "message"), messages.items())
    return 0


def _print_columns(columns: Columns, settings: Columns) -> None:
    """Outcomes and settings side by side; on a terminal no more than fit, the foremost first."""
    every = {
        **{name: columns[name] for name in ("id", "task", "phase", "seed")},
        **settings,
        **{name: columns[name] for name in ("train_step", "validation_step", "steps_trained")},
    }
    shown = list(every)
    if sys.stdout.isatty():
        shown = _fitting(every, list(settings), stdout_console().width)
    print_table(shown, [*zip(*(every[name] for name in shown), strict=True)])


def _fitting(columns: Columns, settings: Sequence[str], width: int) -> list[str]:
    """The columns that fit into a width, in their order; those to be given up first stand last."""
    first = ["id", "phase", *settings[:_FOREMOST], "validation_step", "seed", "train_step", "task"]
    chosen, left = set(), width
    for name in [*first, *settings[_FOREMOST:], "steps_trained"]:
        needed = max(len(text) for text in (name, *map(cell, columns[name]))) + _GAP
        if needed <= left + _GAP:  # none after the last
            chosen.add(name)
            left -= needed
    return [name for name in columns if name in chosen]


def list_sweeps(*, common: Common = COMMON) -> int:
    """List the sweeps, newest first: their ids, runs that exist, times and commands."""
    with opened(common) as store:
        sweeps = store.sweeps()
    if common.json:
        print_json(sweeps)
    else:
        print_table(_SWEEPS, [[sweep[name] for name in _SWEEPS] for sweep in sweeps])
    return 0


def show(run: str, /, *, common: Common = COMMON) -> int:
    """Show one run: what it was, what became of it, and its curves.

    Args:
        run: The id of the run, or enough of its beginning.
    """
    with opened(common) as store:
        record = store.get(run)
    if common.json:
        print_json(_document(record))
    else:
        _print(record)
    return 0


def query(sql: str, /, *, sweep: str | None = None, common: Common = COMMON) -> int:
    """Ask the store in SQL (DuckDB): the views are runs, curves and arrays.

    Args:
        sql: A SELECT; columns of a spec are quoted, as in "recipe.decoder.learning_rate".
        sweep: Only runs of this sweep, by its id.
    """
    with opened(common) as store:
        found = store.query(sql, sweep=sweep)
    if common.json:
        print_json({"columns": found.columns, "rows": found.rows})
    else:
        print_table(found.columns, found.rows)
    return 0


def export(
    file: Path,
    /,
    *,
    sql: str | None = None,
    curves: Annotated[bool, Flag] = False,
    sweep: str | None = None,
    common: Common = COMMON,
) -> int:
    """Write the runs to a file, .parquet or .csv.

    Args:
        file: The file; its ending says the format.
        sql: What to export, in SQL; all runs if not given.
        curves: Export the curves: a row for each run and recorded step, with every measure that is
            a number; those that are arrays are a view of their own, --sql "SELECT * FROM arrays".
        sweep: Only runs of this sweep, by its id.
    """
    if sql is not None and curves:
        raise GrokphaseError(
            "--sql says itself what is exported: leave out --curves, and ask for curves in SQL, as "
            'in --sql "SELECT * FROM curves".'
        )
    with opened(common) as store:
        store.export(file, sql, curves=curves, sweep=sweep)
    if common.json:
        print_json({"file": file, "bytes": file.stat().st_size})
    elif not common.quiet:
        print(f"Wrote {file}")
    return 0


def remove(
    *runs: Annotated[str, Parameter(name="runs", negative=())],
    sweep: str | None = None,
    shared: Annotated[bool, Flag] = False,
    common: Common = COMMON,
) -> int:
    """Remove runs from the store: all that are named, or those of a sweep. Nothing is asked.

    Args:
        runs: Ids of runs, or enough of their beginnings.
        sweep: Remove the runs of this sweep, by its id, but those that other sweeps have too; its
            command makes them again.
        shared: With --sweep, also those that other sweeps have too.
    """
    if not runs and sweep is None:
        raise GrokphaseError(
            "Name the runs to remove, as in grokphase runs rm 1a2b3c4d, or a sweep: --sweep ID."
        )
    if runs and sweep is not None:
        raise GrokphaseError("Name either runs or a --sweep to remove, and the other afterwards.")
    if shared and sweep is None:
        raise GrokphaseError("--shared is for --sweep: runs that are named are removed anyway.")
    with opened(common, read_only=False) as store:
        if sweep is None:
            removed, kept = [store.find(run) for run in runs], list[str]()
            store.remove(removed)
        else:
            removed, kept = store.remove_sweep(sweep, shared=shared)
    if common.json:
        print_json({"removed": removed} if sweep is None else {"removed": removed, "kept": kept})
    elif not common.quiet:
        print(f"Removed {', '.join(removed)}" if sweep is None else _removal(removed, kept, sweep))
    return 0


def _removal(removed: Sequence[str], kept: Sequence[str], sweep: str) -> str:
    """How many runs of a sweep are gone, and how many other sweeps keep."""
    said = f"Removed {len(removed):,} {'run' if len(removed) == 1 else 'runs'} of {sweep}"
    if kept:
        said += f"; {len(kept):,} that other sweeps have too {'is' if len(kept) == 1 else 'are'} "
        said += "kept (--shared removes those as well)"
    return f"{said}."


def _check_listing(limit: int, phase: str | None) -> None:
    from grokphase.errors import nearest
    from grokphase.phases.classify import PHASES

    if not 1 <= limit <= _MOST:
        raise GrokphaseError(f"--limit {limit} cannot be used; give a number from 1 to {_MOST}.")
    if phase is not None and phase not in PHASES:
        raise GrokphaseError(
            f'There is no phase "{phase}"; there are {", ".join(PHASES)}.{nearest(phase, PHASES)}'
        )


def _document(record: RunRecord) -> dict[str, object]:
    fields = vars(record) | {"weights": None}
    fields["weights"] = {name: list(a.shape) for name, a in (record.weights or {}).items()}
    fields["snapshots"] = list(record.snapshots)  # their steps
    return fields | {"lost": record.lost}


def _print(record: RunRecord) -> None:
    from grokphase.store.record import leaves
    from grokphase.telling.terminal import terminal_curves
    from grokphase.telling.words import setting_text

    print_table(["run", record.id], _outcome(record))
    print()
    settings = [(name, setting_text(name, value)) for name, value in leaves(record.spec)]
    print_table(["setting", "value"], settings)
    print()
    if record.curves:
        stdout_console().print(terminal_curves(record))
    if told := record.provenance.get("traceback"):  # of a training function that failed
        print(told.rstrip())


def _outcome(record: RunRecord) -> list[tuple[str, object]]:
    from grokphase.tasks.leaks import leak_sentence
    from grokphase.telling.words import has_rqi, loss, passage, phase_text

    first = [(name, passage(record, field)) for name, field in _TIMES[:2]]
    if has_rqi(record):
        first.append(("RQI", passage(record, "rqi_step")))
    held = [(name, passage(record, field)) for name, field in _TIMES[2:]]
    held += [(name, said) for name, field in _LOSSES if (said := loss(record, field)) is not None]
    trained = [("trained", f"{record.steps_trained:,} steps in {duration(record.seconds)}")]
    if record.measure_seconds > 0:
        trained.append(("measures between segments", duration(record.measure_seconds)))
    if record.snapshots:
        trained.append(("weights kept at steps", ", ".join(f"{n:,}" for n in record.snapshots)))
    # RQI and saturation are no numbers where they are not defined, losses where a run diverged.
    final = [
        (f"last {name.replace('_', ' ')}", value)
        for name, value in record.final.items()
        if name.endswith("loss") or not math.isnan(value)
    ]
    counts = [(name.replace("_", " "), count) for name, count in record.counts.items()]
    leak = leak_sentence([record.counts])
    notes = [] if leak is None else [("note", leak)]
    if record.message:
        notes.append(("message", record.message))
    return [("phase", phase_text(record)), *first, *held, *trained, *final, *counts, *notes]
