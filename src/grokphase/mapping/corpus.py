"""The corpus as runs: the specifications of its cells, trained, and written as one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from grokphase.checks import integer
from grokphase.corpora import Corpus
from grokphase.corpora.families import (
    Cell,
    cell_of,
    cells,
    cells_of,
    families,
    measures,
    seeds,
)
from grokphase.errors import GrokphaseError
from grokphase.files import replacing
from grokphase.models import KINDS
from grokphase.store import RunRecord, Store
from grokphase.store.columns import CURVE, to_columns
from grokphase.store.record import LOSS_COLUMNS, STEP_COLUMNS
from grokphase.store.shards import connect, copy_out, quoted
from grokphase.tasks import Task
from grokphase.tasks import task as task_of
from grokphase.tasks.tables import from_function, from_table
from grokphase.training import Recipe, RunSpec
from grokphase.training.asked import run_spec
from grokphase.training.leaves import replace
from grokphase.training.sweep import Sweep
from grokphase.training.usual import model_for

if TYPE_CHECKING:
    from grokphase.training.progress import Progress
    from grokphase.training.recipe import Measure

POINTS_PER_DECADE = 12

_OF_SYMBOLS = ("effective_dimension",)
_OF_CLASSES = ("train_margin", "mean_train_margin")


def corpus_specs(runs: int) -> dict[str, tuple[Cell, RunSpec]]:
    """The runs of a corpus of about so many, by id: the cell of each, and its specification.

    Raises:
        GrokphaseError: two cells came to the same run, which would count twice.
    """
    counts = cells_of(runs)
    found: dict[str, tuple[Cell, RunSpec]] = {}
    for each in families():
        for cell in cells(each, counts[each.name]):
            for spec in cell_specs(cell):
                if spec.id in found:
                    raise GrokphaseError(
                        f"The cell {cell.name} is {found[spec.id][0].name} once more, and would "
                        "count twice; give its family a setting that tells them apart."
                    )
                found[spec.id] = cell, spec
    return found


def cell_specs(cell: Cell) -> Iterator[RunSpec]:
    """The runs of a cell, which differ in their seed alone."""
    task = _task(cell)
    usual = model_for(task)
    kind = KINDS[cell.family.kind]
    model = usual if isinstance(usual, kind) else kind()
    recipe = Recipe(stop="budget", points_per_decade=POINTS_PER_DECADE, measures=_seen(task))
    spec = run_spec(task, model, recipe)
    for name, value in cell.settings.items():
        if name == "model.dimension" and task.symbols is None:
            continue
        spec = replace(spec, name, value)
    for seed in range(seeds()):
        yield replace(spec, "seed", 1000 * cell.number + seed)


def _seen(task: Task) -> tuple[Measure, ...]:
    """The measures that there are of a task: some are of embeddings, some of classes."""
    lacking: list[str] = []
    if task.symbols is None:
        lacking += _OF_SYMBOLS
    if task.is_function:
        lacking += _OF_CLASSES
    return tuple(cast("Measure", name) for name in measures() if name not in lacking)


def _task(cell: Cell) -> Task:
    options = dict(cell.task)
    if "table" in options:
        return _TABLES[options["table"]](options["p"])
    return task_of(options.pop("name"), **options)


def _latin(p: int) -> Task:
    """A random quasigroup: the rows, columns and symbols of a cyclic table in random orders."""
    random = np.random.default_rng(0)
    rows, columns, symbols = (random.permutation(p) for _ in range(3))
    return from_table(symbols[(rows[:, None] + columns[None, :]) % p])


def frobenius(x: int, y: int) -> int:
    """The product of the group of order 21, the smallest of odd order that does not commute.

    Z7 by Z3: `(a, b) (c, d) = (a + 2^b c, b + d)`, modulo 7 and 3, of `x = 3 a + b`.
    """
    (a, b), (c, d) = divmod(x, 3), divmod(y, 3)
    return (a + (1, 2, 4)[b] * c) % 7 * 3 + (b + d) % 3


_TABLES: dict[str, Callable[[int], Task]] = {
    "maximum": lambda p: from_function(max, p),
    "distance": lambda p: from_function(lambda x, y: abs(x - y), p),
    "gcd": lambda p: from_function(lambda x, y: int(np.gcd(x, y)), p),
    "latin": _latin,
    "frobenius": lambda p: from_function(frobenius, p),
}


# ------------------------------------------------------------------------------------ the file

_LEFT_OUT = ("final_", "record_", "measure_seconds", "message", "finished", "seconds", "followed")
LOWER = "_lower"
_OPTIONS = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12, ROW_GROUP_SIZE 8192"


def write_corpus(store: Store, cells: Mapping[str, Cell], path: Path) -> int:
    """Write runs of a store as one Parquet file, whole or not at all.

    Args:
        store: where they are.
        cells: by the id of each run the cell that it is of; runs that the store lacks are left out.
        path: the file.

    Returns:
        How many runs are in it.
    """
    existing = store.existing(cells)
    records = list(store.records([run for run in cells if run in existing]))
    rows = [_row(record, cells[record.id]) for record in records]
    columns = to_columns(records, rows, 0, None, None)
    with replacing(path) as passing, connect() as database:
        database.register("data", columns)
        copy_out(database, f"SELECT {_selected(columns)} FROM data", passing, _OPTIONS)
    return len(records)


def _row(record: RunRecord, cell: Cell) -> dict[str, Any]:
    """A run as a row: what it belongs to, then its outcome and every setting."""
    flat = record.flatten()
    events = {name: getattr(record, name) for name in (*STEP_COLUMNS, *LOSS_COLUMNS)}
    # Where every step is evaluated, an event lies between the step before and its own.
    lower = {
        f"{name}{LOWER}": None if step is None else record.lower.get(name, step - 1)
        for name, step in events.items()
    }
    return {
        "id": flat.pop("id"),
        "family": cell.family.name,
        "split": cell.family.split,
        "cell": cell.name,
        "budget": record.spec["recipe"]["steps"],
        "evaluate_every": record.spec["recipe"].get("evaluate_every", 1),
        **flat,
        **lower,
    }


def _selected(columns: Iterable[str]) -> str:
    """The columns of the file, in SQL: curves by their names, and in single precision."""
    kept = []
    for name in columns:
        if name.startswith(CURVE):
            short = name.removeprefix(CURVE)
            kind = "INTEGER" if short == "step" else "FLOAT"
            kept.append(f"{quoted(name)}::{kind}[] AS {quoted(short)}")
        elif name.startswith(_LEFT_OUT):
            continue
        elif name.endswith(LOWER):  # of no type where no run has the event
            kept.append(f"{quoted(name)}::BIGINT AS {quoted(name)}")
        else:
            kept.append(quoted(name))
    return ", ".join(kept)


# ------------------------------------------------------------------------------------ building


@dataclass(frozen=True)
class FamilyPlan:
    """What a family still needs: its runs, those that are there, and the steps of the others.

    Attributes:
        family: its name.
        split: what it is for.
        cells: how many settings.
        runs: of all its cells.
        there: of those, how many the store holds.
        steps: budget of the others.
    """

    family: str
    split: str
    cells: int
    runs: int
    there: int
    steps: int


def corpus_plan(store: Store | None, runs: int) -> list[FamilyPlan]:
    """What is there of a corpus of about so many runs, and what it would still take."""
    wanted = corpus_specs(runs)
    existing = store.existing(wanted) if store is not None else set()
    found = []
    for each in families():
        mine = {id: spec for id, (cell, spec) in wanted.items() if cell.family is each}
        left = [spec.recipe.steps for id, spec in mine.items() if id not in existing]
        found.append(
            FamilyPlan(
                each.name,
                each.split,
                len(mine) // seeds(),
                len(mine),
                len(mine) - len(left),
                sum(left),
            )
        )
    return found


def build_corpus(
    store: Store,
    runs: int,
    path: Path,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> int:
    """Train what the store lacks of a corpus, and write it as one file.

    Interrupted, the same call goes on; with more runs it adds to what is there.

    Args:
        store: where its runs are found and kept.
        runs: about how many: every family has its share of them, in whole cells.
        path: the Parquet file; written when all runs are there.
        workers: processes; None for one a core.
        executor: any `concurrent.futures.Executor`, instead.
        on_progress: called as runs advance.

    Returns:
        How many runs are in the file.

    Raises:
        GrokphaseError: for a number of runs that cannot be.
    """
    wanted = corpus_specs(runs)
    sweep = Sweep(store, workers, executor, on_progress, keep_curves=False)
    sweep.run([spec for _, spec in wanted.values()])
    return write_corpus(store, {run: cell for run, (cell, _) in wanted.items()}, path)


def trained_again(made: Corpus, again: int, workers: int | None = None) -> list[str]:
    """Train some runs of a corpus once more, and compare their times and curves with its own.

    Args:
        made: the corpus.
        again: how many of its runs, evenly over the file.
        workers: processes; None for one a core.

    Returns:
        A sentence for every run that differs; none on the kind of processor that made the file.

    Raises:
        GrokphaseError: for a number that is not between 1 and that of its runs.
    """
    integer("again", again, 1, len(made))
    rows = [*made.rows()]
    chosen = {rows[n]["id"]: rows[n] for n in np.linspace(0, len(rows) - 1, again).astype(int)}
    specs: dict[str, RunSpec] = {}
    for row in chosen.values():
        cell = cell_specs(cell_of(row["cell"]))
        specs |= {spec.id: spec for spec in cell if spec.id == row["id"]}
    lost = [f"Run {id} is no run of its cell any more." for id in chosen if id not in specs]
    records = Sweep(None, workers).run([*specs.values()])
    return lost + [
        f"Run {record.id} of {chosen[record.id]['cell']} differs in {', '.join(names)}."
        for record in records
        if (names := _differences(record, chosen[record.id]))
    ]


def _differences(record: RunRecord, row: Mapping[str, Any]) -> list[str]:
    steps = [name for name in STEP_COLUMNS if getattr(record, name) != row[name]]
    curves = [
        name
        for name, curve in record.curves.items()
        if not np.array_equal(
            curve.astype(np.float32), np.asarray(row[name], np.float32), equal_nan=True
        )
    ]
    return steps + curves
