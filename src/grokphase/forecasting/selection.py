"""Which columns and rows of a file are of one run.

The download of a chart of Weights & Biases has a column for each run and metric, "name - val_acc",
with "name - val_acc__MIN" and "__MAX" besides; logs of sweeps have a column that names the run of
each row. One run is chosen; several are never mixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from grokphase.errors import GrokphaseError, nearest
from grokphase.forecasting.columns import Meaning, meaning_of
from grokphase.forecasting.tables import Table, names_told

_BETWEEN: Final = " - "
_BANDS: Final = ("__MIN", "__MAX")


class Column(NamedTuple):
    """A column that means something.

    Attributes:
        name: as it stands in the file.
        meaning: what it is.
    """

    name: str
    meaning: Meaning


class Selected(NamedTuple):
    """One run of a file.

    Attributes:
        table: its rows.
        columns: its columns that mean something.
        run: its name, where the file names it.
    """

    table: Table
    columns: tuple[Column, ...]
    run: str | None


def select(table: Table, wanted: str | None, said: Mapping[str, Meaning | None]) -> Selected:
    """The run that is wanted, or the only one.

    Args:
        table: the file.
        wanted: the name of a run, or enough of its beginning; None for the only one.
        said: what columns are, by their names, whatever these suggest; None for nothing.

    Raises:
        GrokphaseError: several runs and none wanted, or no such run.
    """
    by_run = _by_run(table, said)
    plain = [
        Column(name, meaning)
        for name in table.columns
        if not name.endswith(_BANDS) and (meaning := _meaning(name, said)) is not None
    ]
    if by_run:
        run = _chosen(table, list(by_run), wanted)
        return Selected(table, (*plain, *by_run[run]), run)
    named = sorted((c for c in plain if c.meaning.what == "run"), key=lambda c: c.meaning.rank)
    for column in named:
        cells = ["" if cell is None else str(cell) for cell in table.columns[column.name]]
        runs = [*dict.fromkeys(cells)]
        if len(runs) == len(cells) > 1:  # rows are numbered, not runs named
            continue
        run = _chosen(table, runs, wanted)
        rows = table.kept(lambda row, cells=cells, run=run: cells[row] == run)  # type: ignore[misc]
        return Selected(rows, tuple(plain), run)
    if wanted is not None:
        raise GrokphaseError(f'{table.name} names no runs; leave out the run "{wanted}".')
    return Selected(table, tuple(plain), None)


def _by_run(table: Table, said: Mapping[str, Meaning | None]) -> dict[str, list[Column]]:
    """Columns named "run - metric", by run; of those whose whole name says nothing."""
    found: dict[str, list[Column]] = {}
    for name in table.columns:
        run, between, metric = name.rpartition(_BETWEEN)
        if not between or name.endswith(_BANDS) or name in said or meaning_of(name) is not None:
            continue
        meaning = said[metric] if metric in said else meaning_of(metric)
        if meaning is not None and meaning.what not in ("step", "epoch", "run"):
            found.setdefault(run, []).append(Column(name, meaning))
    return found


def _meaning(name: str, said: Mapping[str, Meaning | None]) -> Meaning | None:
    return said[name] if name in said else meaning_of(name)


def _chosen(table: Table, runs: list[str], wanted: str | None) -> str:
    if wanted is None:
        if len(runs) == 1:
            return runs[0]
        raise GrokphaseError(
            f"{table.name} holds {len(runs)} runs ({names_told(runs)}); say which, as in "
            f'--run "{runs[0]}".'
        )
    found = [run for run in runs if run == wanted] or [r for r in runs if r.startswith(wanted)]
    if len(found) != 1:
        fault = "several runs" if found else "no run"
        raise GrokphaseError(
            f'{table.name} has {fault} "{wanted}"; it has {names_told(runs)}.'
            f"{nearest(wanted, runs)}"
        )
    return found[0]
