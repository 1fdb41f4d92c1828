"""Phase maps: a grid of cells, each with one run a seed, trained in full or refined."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jax
import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.phases.axis import Axis
from grokphase.phases.classify import By
from grokphase.phases.names import siblings
from grokphase.phases.notes import Note
from grokphase.phases.phase_map import PhaseMap
from grokphase.phases.refine import Refinement
from grokphase.store import Store
from grokphase.store.borrowing import borrowed
from grokphase.store.record import shared
from grokphase.training.compilation import likeness
from grokphase.training.effect import refuse_without_effect, without_effect
from grokphase.training.leaves import leaves, put, replace, resolved, values_of
from grokphase.training.notes import kinds_notes, notes
from grokphase.training.outcome import phase_by, refuse_unfollowed
from grokphase.training.presets import run_spec
from grokphase.training.session import Prepared, prepare
from grokphase.training.shown import OnProgress, shown
from grokphase.training.sweep import Sweep
from grokphase.workers.cores import cores
from grokphase.workers.pool import call

if TYPE_CHECKING:
    from grokphase.models.specification import Model
    from grokphase.store.record import RunRecord
    from grokphase.tasks import Split, Task
    from grokphase.training.progress import Progress
    from grokphase.training.recipe import Recipe
    from grokphase.training.spec import RunSpec

Cell = tuple[int, int]
STEPS: Final[Mapping[By, tuple[str, str]]] = {
    "first-passage": ("train_step", "validation_step"),
    "sustained": ("train_sustained_step", "validation_sustained_step"),
}
"""The fields of a record that hold the times."""

RUNTIME_BYTES = 250 * 2**20  # of this process: interpreter, JAX, drawing; measured
WORKER_BYTES = 230 * 2**20  # of a worker while it compiles, measured
PROBE_STEPS = 300
MANY_CELLS = 2000  # take a second or two to specify
MOST_RUNS = 1_000_000  # of a map: their specifications take a gigabyte, measured


@dataclass(frozen=True)
class Grid:
    """The specifications of a map: one for every cell and seed.

    Args:
        base: what all runs share.
        x: the axis across.
        y: the axis up.
        seeds: seeds of every cell's runs.
        by: the times that decide their phases.
    """

    base: RunSpec
    x: Axis
    y: Axis
    seeds: tuple[int, ...]
    by: By

    @property
    def shape(self) -> Cell:
        """Cells by y and by x."""
        return len(self.y.values), len(self.x.values)

    def cells(self) -> list[Cell]:
        """All cells, row by row."""
        return [(iy, ix) for iy in range(self.shape[0]) for ix in range(self.shape[1])]

    @property
    def varied(self) -> tuple[str, ...]:
        """The leaves that the axes vary."""
        return (*self.x.leaves, *self.y.leaves)

    @cached_property
    def fixed(self) -> dict[str, float]:
        """What the axes leave where it is although it is of their kind, with its value.

        An axis over the decoder's weight decay leaves the embedding's alone.
        """
        corner, known = self.corners()[0], leaves(self.base)
        found = dict.fromkeys(leaf for axis in (self.x, self.y) for leaf in siblings(axis.name))
        return {
            leaf: known[leaf]
            for leaf in found
            if leaf in known and leaf not in self.varied and without_effect(corner, leaf) is None
        }

    def corners(self) -> list[RunSpec]:
        """A run at either end of both axes."""
        ends = [(iy, ix) for iy in (0, self.shape[0] - 1) for ix in (0, self.shape[1] - 1)]
        return [self.specs(cell)[0] for cell in ends]

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What must be known of these runs before any is trained."""
        deciding = ("split", "task", "model", "recipe.thresholds")
        varied = any(leaf.startswith(deciding) for leaf in self.varied)
        cells = self.cells() if varied else self.cells()[:1]
        return notes([self.specs(cell) for cell in cells])

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The specification that all runs share: without what an axis, or the seed, varies."""
        ends = [(iy, ix) for iy in (0, self.shape[0] - 1) for ix in (0, self.shape[1] - 1)]
        specs = [self.specs(cell)[at].spec() for cell in ends for at in (0, -1)]
        settings: dict[str, Any] = shared(specs)
        return settings

    def specs(self, cell: Cell) -> list[RunSpec]:
        """The runs of a cell, in the order of the seeds."""
        return self._specs[cell]

    @cached_property
    def _specs(self) -> dict[Cell, list[RunSpec]]:
        """Those of every cell, made once: a leaf is replaced by way of all that a run holds."""
        found = {}
        for iy, y in enumerate(self.y.values):
            at_y = put(self.base, self.y.leaves, y)
            for ix, x in enumerate(self.x.values):
                at_cell = put(at_y, self.x.leaves, x)
                found[iy, ix] = [dataclasses.replace(at_cell, seed=seed) for seed in self.seeds]
        return found

    def phases(self, cell: Cell, records: Sequence[RunRecord]) -> tuple[str, ...]:
        """What became of a cell's runs, by the chosen times."""
        recipe = self.specs(cell)[0].recipe
        delay, budget = recipe.thresholds.delay, recipe.steps
        return tuple(phase_by(record, self.by, delay=delay, budget=budget) for record in records)


def grid_of(
    base: RunSpec,
    x: Axis | str,
    y: Axis | str,
    seeds: int | Sequence[int],
    by: By = "first-passage",
    on_line: Callable[[str], None] = lambda line: None,
) -> Grid:
    """The grid of a map, checked at its corners before anything is trained.

    `on_line` is told where that takes more than a moment.
    """
    refuse_unfollowed(by, followed=base.recipe.stop != "decided")
    x, y = (Axis.parse(axis) if isinstance(axis, str) else axis for axis in (x, y))
    if x.name == y.name:
        raise GrokphaseError(f"both axes are {x.name}; a map needs two different ones.")
    for axis in (x, y):
        _check_axis(base, axis)
    if twice := set(x.leaves) & set(y.leaves):
        raise GrokphaseError(
            f"{x.name} and {y.name} both vary {min(twice)}; each axis needs leaves of its own."
        )
    grid = Grid(base, x, y, _seeds_of(seeds, base.seed, x.size * y.size), by)
    if x.size * y.size >= MANY_CELLS:
        on_line(f"specifying {x.size * y.size:,} cells")
    # Every cell is specified now, so that a value that cannot be used is refused before training.
    specs = {cell: grid.specs(cell)[0] for cell in grid.cells()}
    if len({spec.id for spec in specs.values()}) < len(specs):
        raise GrokphaseError(
            f"{x.name} and {y.name} set the same thing, so cells would repeat; "
            "choose two numbers that do not depend on each other."
        )
    if by == "sustained" and all(c.recipe.sustain > c.recipe.steps for c in grid.corners()):
        recipe = grid.corners()[0].recipe
        raise GrokphaseError(
            f"No threshold can hold for recipe.sustain = {recipe.sustain} steps within the budget "
            f"of {recipe.steps}; give more steps, or a shorter recipe.sustain."
        )
    for corner in grid.corners():
        refuse_without_effect(corner, [x.name, y.name])
        prepare(corner)
    return grid


def _check_axis(base: RunSpec, axis: Axis) -> None:
    """Refuse an axis that does not run over numbers of this run."""
    if "seed" in axis.leaves:
        raise GrokphaseError(
            "seed cannot be an axis; for five runs a cell write --seeds 5, in Python seeds=5."
        )
    known = values_of(base)
    for leaf in resolved(base, axis.name):
        value = known.get(leaf)
        if isinstance(value, str):
            raise GrokphaseError(
                f'{leaf} is a word ("{value}" here), and an axis runs over numbers; for words make '
                f"a map of each, in a shell with --set {leaf}={value}."
            )
        if isinstance(value, tuple):
            raise GrokphaseError(
                f"{leaf} is a list, and an axis runs over numbers; write {leaf}.0 for its first."
            )
    for number in axis.values:
        _check_value(base, axis, number)


def _check_value(base: RunSpec, axis: Axis, value: float) -> None:
    """Refuse a value that cannot be used, with what to write where it should have been whole."""
    try:
        put(base, axis.leaves, value)
    except GrokphaseError as error:
        if float(value).is_integer() or not _is_usable(base, axis, round(value)):
            raise
        raise GrokphaseError(
            f'{error} End a range with ":int" for whole numbers, as in '
            f"{axis.name}={axis.values[0]:g}..{axis.values[-1]:g}:{axis.size}:int"
        ) from None


def _is_usable(base: RunSpec, axis: Axis, value: float) -> bool:
    try:
        put(base, axis.leaves, value)
    except GrokphaseError:
        return False
    return True


def _seeds_of(seeds: int | Sequence[int], first: int, cells: int) -> tuple[int, ...]:
    """The seeds of every cell, if there are some and all runs are no more than a map may have."""
    counted = isinstance(seeds, int | np.integer)
    if isinstance(seeds, str) or not (counted or isinstance(seeds, Sequence | np.ndarray)):
        raise GrokphaseError(f"seeds = {seeds!r} is no number of seeds; write seeds=5 or [0, 3].")
    count = int(seeds) if isinstance(seeds, int | np.integer) else len(seeds)
    if cells * count > MOST_RUNS:
        raise GrokphaseError(
            f"{cells:,} cells and {count:,} seeds make {cells * count:,} runs, and a map has at "
            f"most {MOST_RUNS:,}; give fewer values or fewer seeds."
        )
    if count < 1:
        raise GrokphaseError(f"seeds = {seeds} must be 1 or more, or a list such as [0, 1, 2].")
    if isinstance(seeds, int | np.integer):
        return tuple(range(first, first + count))
    # What is no whole number is refused with the run's specification.
    return tuple(dict.fromkeys(int(s) if isinstance(s, np.integer) else s for s in seeds))


def phase_map(
    task: Task | str,
    model: Model | object | None = None,
    recipe: Recipe | None = None,
    *,
    steps: int | None = None,
    x: Axis | str,
    y: Axis | str,
    seeds: int | Sequence[int] = 1,
    split: Split | float | None = None,
    by: By = "first-passage",
    refine: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: OnProgress = "auto",
) -> PhaseMap:
    """Map the phases of learning over two hyperparameters.

    Every cell trains one network a seed until its phase is decided (Table 1 of the paper).
    Runs that the store holds are not trained again, so the same call after an interruption goes
    on where it was; the map does not depend on how it was interrupted, on the number of workers,
    or on where they are.

    Args:
        task: a task or its name.
        model: what learns; the usual model of the task if None.
        recipe: how it learns; what it leaves open is the usual of the task and model.
        steps: the budget of a run, where the recipe does not say.
        x: the axis across: an `Axis`, or its text such as
            "recipe.decoder.learning_rate=1e-5..1e-2:16:log". Its values take the place of what
            the recipe, model, split or task say.
        y: the axis up, such as "recipe.decoder.weight_decay=0..10:11".
        seeds: runs in each cell, or their seeds; a map has at most 1,000,000 runs.
        split: which samples are for training.
        by: the times that decide a run's phase: "first-passage", as in the paper, or "sustained",
            which needs a recipe that follows runs until those are known (`stop="sustained"`).
        refine: train only near borders between phases; other cells are inferred, and marked so.
        store: where runs are found and kept: an open store, or its path; nothing is kept if None.
        executor: any `concurrent.futures.Executor`, instead of processes of this machine.
        workers: worker processes; None for one a core.
        on_progress: called as runs advance and finish; "auto" shows a line in a notebook or on a
            terminal where that takes more than two seconds, None shows nothing.

    Returns:
        The map; it displays itself, holds labelled arrays, and `.plot()` draws it.

    Raises:
        GrokphaseError: for anything given that cannot be used, before anything is trained.

    Example:
        >>> import grokphase as gp
        >>> recipe = gp.Recipe(steps=200)
        >>> found = gp.phase_map(
        ...     "addition",
        ...     gp.Toy(widths=(16,)),
        ...     recipe,
        ...     x="recipe.decoder.learning_rate=1e-4,1e-2",
        ...     y="recipe.decoder.weight_decay=0..1:2",
        ... )
        >>> found.shape
        (2, 2)

    Source: Liu et al. (2022), arXiv:2205.10343, section 4.1, Table 1 and Figure 6.
    """
    base = run_spec(task, model, recipe, steps=steps, split=split)
    grid = grid_of(base, x, y, seeds, by)
    if steps is not None and "recipe.steps" in grid.varied:
        raise GrokphaseError(f"steps = {steps} is what an axis varies; leave one of them out.")
    with shown(on_progress) as listener:
        return train_map(
            grid,
            refine=refine,
            store=store,
            executor=executor,
            workers=workers,
            on_progress=listener,
        )


def train_map(
    grid: Grid,
    *,
    refine: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> PhaseMap:
    """What `phase_map` does once its grid is made and checked; arguments as there."""
    with borrowed(store) as kept:
        sweep = Sweep(kept, workers, executor, on_progress, keep_curves=False)
        records, labels, measured = (_refined if refine else _exhaustive)(grid, sweep)
    path = None if kept is None else kept.path
    return _map_of(grid, records, labels, measured, path)


Records = dict[Cell, list["RunRecord"]]
Labels = dict[Cell, tuple[str, ...]]


def _exhaustive(grid: Grid, sweep: Sweep) -> tuple[Records, Labels, np.ndarray]:
    records = _train_cells(grid, sweep, grid.cells())
    labels = {cell: grid.phases(cell, found) for cell, found in records.items()}
    return records, labels, np.ones(grid.shape, bool)


def _train_cells(grid: Grid, sweep: Sweep, cells: Sequence[Cell]) -> Records:
    specs = [spec for cell in cells for spec in grid.specs(cell)]
    records = sweep.run(specs)
    per_cell = len(grid.seeds)
    return {cell: records[i * per_cell : (i + 1) * per_cell] for i, cell in enumerate(cells)}


def _refined(grid: Grid, sweep: Sweep) -> tuple[Records, Labels, np.ndarray]:
    refinement = Refinement(grid.shape)
    records: Records = {}
    while asked := refinement.ask():
        news = _train_cells(grid, sweep, asked)
        records |= news
        refinement.tell(
            {cell: grid.phases(cell, found) for cell, found in news.items()},
            {cell: sum(record.steps_trained for record in found) for cell, found in news.items()},
        )
    labels = refinement.labels()
    return records, {cell: labels[cell] for cell in grid.cells()}, refinement.measured


def _map_of(
    grid: Grid,
    records: Records,
    labels: Labels,
    measured: np.ndarray,
    store: Path | None,
) -> PhaseMap:
    rows, columns = grid.shape

    def by_cell(value: Callable[[Cell], object]) -> list[list[object]]:
        return [[value((iy, ix)) for ix in range(columns)] for iy in range(rows)]

    def steps(name: str) -> np.ndarray:
        censored = [None] * len(grid.seeds)
        times = by_cell(
            lambda cell: (
                [getattr(record, name) for record in records[cell]] if cell in records else censored
            )
        )
        return np.array(times, dtype=np.float64)

    trained = [record for found in records.values() for record in found]
    return PhaseMap.from_arrays(
        grid.x,
        grid.y,
        by_cell(lambda cell: labels[cell]),
        *(steps(name) for name in STEPS[grid.by]),
        measured=measured,
        runs=by_cell(lambda cell: [record.id for record in records.get(cell, [])]),  # type: ignore[arg-type]
        seeds=grid.seeds,
        steps_trained=sum(record.steps_trained for record in trained),
        seconds=sum(record.seconds for record in trained),
        settings=grid.settings,
        budget=grid.settings["recipe"].get("steps"),
        notes=(*grid.notes, *kinds_notes(trained)),
        fixed=grid.fixed,
        thresholds=grid.settings["recipe"].get("thresholds", {}),
        by=grid.by,
        store=store,
    )


@dataclass(frozen=True)
class Plan:
    """What a map would cost.

    Attributes:
        cells: cells of the map.
        runs: runs of the map, all seeds.
        existing: runs that the store already holds.
        memory_bytes: about what training takes, all workers together.
        estimate_seconds: time at most: every run to come uses its whole budget.
    """

    cells: int
    runs: int
    existing: int
    memory_bytes: int
    estimate_seconds: float


def plan_map(
    grid: Grid,
    *,
    store: Store | str | os.PathLike[str] | None = None,
    workers: int | None = None,
    on_line: Callable[[str], None] = lambda line: None,
) -> Plan:
    """What `train_map` of a grid would cost at most; a few hundred steps are timed.

    Args:
        grid: the map; refined, it has the same runs at most.
        store: where runs are looked for. It is only read; one that does not exist is not made.
        workers: worker processes; None for one a core.
        on_line: told what is being done, a line each.
    """
    specs = [spec for cell in grid.cells() for spec in grid.specs(cell)]
    on_line(f"looking for {len(specs):,} runs in the store")
    existing = _existing(store, specs)
    workers = min(workers or cores(), len(specs))
    missing = existing < len(specs)
    step_seconds, state_bytes = _probe(grid.corners(), on_line) if missing else (0.0, 0)
    steps = sum(spec.recipe.steps for spec in specs) * (len(specs) - existing) / len(specs)
    return Plan(
        cells=len(grid.cells()),
        runs=len(specs),
        existing=existing,
        memory_bytes=RUNTIME_BYTES + workers * (WORKER_BYTES + 3 * state_bytes),
        estimate_seconds=steps * step_seconds / workers,
    )


def _existing(store: Store | str | os.PathLike[str] | None, specs: Sequence[RunSpec]) -> int:
    if isinstance(store, str | os.PathLike) and _is_empty_folder(Path(store)):
        return 0  # where a store may begin
    with borrowed(store, read_only=True) as kept:
        return 0 if kept is None else len(kept.existing(spec.id for spec in specs))


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _probe(corners: Sequence[RunSpec], on_line: Callable[[str], None]) -> tuple[float, int]:
    """Seconds for a step, and bytes of the state, of the dearest of these runs.

    Those that share a compiled loop cost the same, and one of them is timed: of most maps, all.
    """
    alike: dict[Hashable, Prepared] = {}
    for spec in corners:
        longer = replace(replace(spec, "recipe.steps", 10 * PROBE_STEPS), "recipe.stop", "budget")
        run = prepare(longer)
        alike[likeness(run.program, run.static, run.params, run.problem)] = run
    costs = []
    for number, run in enumerate(alike.values(), 1):
        on_line(f"compiling and timing {2 * PROBE_STEPS} steps, {number} of {len(alike)}")
        costs.append(call(partial(_cost, run.spec)))
    seconds, sizes = zip(*costs, strict=True)
    return max(seconds), max(sizes)


def _cost(spec: RunSpec, _: object) -> tuple[float, int]:
    """Seconds for a step of this run, and bytes of its state, in a worker process."""
    run = prepare(spec)
    loop = run.compiled()
    state = loop.segment(loop.start(run.params, run.problem), run.problem, np.int32(PROBE_STEPS))
    jax.block_until_ready(state)
    began, before = time.perf_counter(), int(state.step)
    state = loop.segment(state, run.problem, np.int32(2 * PROBE_STEPS))
    steps = max(int(state.step) - before, 1)
    size = sum(leaf.nbytes for leaf in jax.tree.leaves((state, run.problem)))
    return (time.perf_counter() - began) / steps, size
