"""``grokphase runs``: list, show, query, export and remove the runs of a store; list sweeps."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from grokphase.cli.options import COMMON, Common, Whole
from grokphase.cli.output import duration, print_json, print_table, stdout_console
from grokphase.cli.stores import opened
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.store import RunRecord

# What a listing shows first; whatever else the catalog knows follows with --json.
_LISTED = ("id", "task", "phase", "seed", "train_step", "validation_step", "steps_trained")
_SWEEPS = ("id", "runs", "created", "finished", "command")
_MOST = 2**63 - 1  # what SQLite counts to
_TIMES = (
    ("train accuracy passed", "train_step"),
    ("validation accuracy passed", "validation_step"),
    ("train accuracy held from", "train_sustained_step"),
    ("validation accuracy held from", "validation_sustained_step"),
)


def listing(
    *,
    limit: Whole = 20,
    phase: str | None = None,
    sweep: str | None = None,
    common: Common = COMMON,
) -> int:
    """List the newest runs.

    Args:
        limit: How many.
        phase: Only runs of this phase, such as grokking.
        sweep: Only runs of this sweep, by its id; grokphase runs sweeps lists them.
    """
    _check_listing(limit, phase)
    with opened(common) as store:
        rows = store.runs(limit=limit, phase=phase, sweep=sweep)
    if common.json:
        print_json(rows)
    else:
        columns = [name for name in _LISTED if rows and name in rows[0]] or list(_LISTED)
        print_table(columns, [[row.get(name) for name in columns] for row in rows])
    return 0


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


def query(sql: str, /, *, common: Common = COMMON) -> int:
    """Ask the store in SQL (DuckDB): the views are runs and curves.

    Args:
        sql: A SELECT; columns of a spec are quoted, as in "recipe.decoder.learning_rate".
    """
    with opened(common) as store:
        found = store.query(sql)
    if common.json:
        print_json({"columns": found.columns, "rows": found.rows})
    else:
        print_table(found.columns, found.rows)
    return 0


def export(file: Path, /, *, sql: str | None = None, common: Common = COMMON) -> int:
    """Write the runs to a file, .parquet or .csv.

    Args:
        file: The file; its ending says the format.
        sql: What to export, in SQL; all runs if not given.
    """
    with opened(common) as store:
        store.export(file, sql)
    if common.json:
        print_json({"file": file, "bytes": file.stat().st_size})
    elif not common.quiet:
        print(f"Wrote {file}")
    return 0


def remove(
    *runs: Annotated[str, Parameter(name="runs", negative=())], common: Common = COMMON
) -> int:
    """Remove runs from the store: all that are named, or none.

    Args:
        runs: Ids of runs, or enough of their beginnings.
    """
    if not runs:
        raise GrokphaseError("Name the runs to remove, as in grokphase runs rm 1a2b3c4d.")
    with opened(common, read_only=False) as store:
        ids = [store.find(run) for run in runs]
        store.remove(ids)
    if common.json:
        print_json({"removed": ids})
    elif not common.quiet:
        print(f"Removed {', '.join(ids)}")
    return 0


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
    return fields


def _print(record: RunRecord) -> None:
    from grokphase.plotting.terminal import terminal_curves
    from grokphase.plotting.words import setting_text
    from grokphase.store.record import leaves

    print_table(["run", record.id], _outcome(record))
    print()
    settings = [(name, setting_text(name, value)) for name, value in leaves(record.spec)]
    print_table(["setting", "value"], settings)
    print()
    if record.curves:
        stdout_console().print(terminal_curves(record))


def _outcome(record: RunRecord) -> list[tuple[str, object]]:
    from grokphase.plotting.words import has_rqi, passage
    from grokphase.tasks.leaks import leak_sentence

    first = [(name, passage(record, field)) for name, field in _TIMES[:2]]
    if has_rqi(record):
        first.append(("RQI", passage(record, "rqi_step")))
    held = [(name, passage(record, field)) for name, field in _TIMES[2:]]
    trained = ("trained", f"{record.steps_trained:,} steps in {duration(record.seconds)}")
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
    return [("phase", record.phase), *first, *held, trained, *final, *counts, *notes]
