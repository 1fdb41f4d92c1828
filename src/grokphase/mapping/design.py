"""Designs: the runs of a sweep, one for every point of some axes and every seed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.phases.axis import Axis
from grokphase.phases.axis_text import Value, setting
from grokphase.phases.classify import By
from grokphase.phases.names import BUDGETS, siblings
from grokphase.phases.notes import Note
from grokphase.phases.times import EVENTS, Watched, interval_of
from grokphase.store.record import shared
from grokphase.training.effect import refuse_without_effect, without_effect
from grokphase.training.leaves import leaves, put, resolved, values_of
from grokphase.training.listing import settings_of
from grokphase.training.notes import notes
from grokphase.training.outcome import phase_by, refuse_unfollowed
from grokphase.training.session import prepare
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.told import told

if TYPE_CHECKING:
    from grokphase.phases.survival import Intervals
    from grokphase.store.record import RunRecord

Cell = tuple[int, ...]
"""A place on each axis, in their order."""

MANY_CELLS = 2000  # take a second or two to specify
MOST_RUNS = 1_000_000  # of a sweep: their specifications take a gigabyte, measured


@dataclass(frozen=True)
class Design:
    """The specifications of a sweep: one for every cell and seed.

    Args:
        base: what all runs share.
        axes: what is varied. A map has two: rows by the first, columns by the second.
        seeds: seeds of every cell's runs.
        by: the times that decide their phases.
    """

    base: AnySpec
    axes: tuple[Axis, ...]
    seeds: tuple[int, ...]
    by: By

    @property
    def shape(self) -> Cell:
        """Cells along each axis."""
        return tuple(axis.size for axis in self.axes)

    def cells(self) -> list[Cell]:
        """All cells; the last axis runs fastest, so those of a map come row by row."""
        return [*np.ndindex(self.shape)]

    @property
    def varied(self) -> tuple[str, ...]:
        """The leaves that the axes vary."""
        return tuple(leaf for axis in self.axes for leaf in axis.leaves)

    @cached_property
    def fixed(self) -> dict[str, float]:
        """What the axes leave where it is although it is of their kind, with its value.

        An axis over the decoder's weight decay leaves the embedding's alone.
        """
        corner, known = self.corners()[0], leaves(self.base)
        # Of a map the axis across comes first.
        found = dict.fromkeys(leaf for axis in self.axes[::-1] for leaf in siblings(axis.name))
        return {
            leaf: known[leaf]
            for leaf in found
            if leaf in known and leaf not in self.varied and without_effect(corner, leaf) is None
        }

    def _ends(self, whole: str | None = None) -> list[Cell]:
        """Both ends of every axis; of words all, as each may be another network, and of an axis
        over a setting whose name begins with `whole`."""

        def places(axis: Axis) -> range:
            inner = whole is not None and any(leaf.startswith(whole) for leaf in axis.leaves)
            return range(0, axis.size, axis.size - 1 if axis.ordered and not inner else 1)

        return [*product(*map(places, self.axes))]

    def corners(self) -> list[AnySpec]:
        """A run at either end of every axis, and at each of its words."""
        return [self.specs(cell)[0] for cell in self._ends()]

    @cached_property
    def told(self) -> str:
        """What is trained, in a line; that of the first cell where the axes change it."""
        first, *others = dict.fromkeys(told(spec) for spec in self.corners())
        return f"{first}; so in the first cell, and the axes change it" if others else first

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What must be known of these runs before any is trained."""
        deciding = ("split", "task", "model", "recipe.thresholds", "recipe.accelerator")
        varied = any(leaf.startswith(deciding) for leaf in self.varied)
        cells = self.cells() if varied else self.cells()[:1]
        return notes([self.specs(cell) for cell in cells])

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The specification that all runs share: without what an axis, or the seed, varies."""
        # What follows the task may be the same at both ends of an axis and not between them.
        cells = self._ends(whole="task.")
        specs = [self.specs(cell)[at].spec() for cell in cells for at in (0, -1)]
        settings: dict[str, Any] = shared(specs)
        return settings

    def all_specs(self) -> list[AnySpec]:
        """Every run."""
        return [spec for cell in self.cells() for spec in self.specs(cell)]

    def specs(self, cell: Cell) -> list[AnySpec]:
        """The runs of a cell, in the order of the seeds."""
        return self._specs[cell]

    @cached_property
    def _specs(self) -> dict[Cell, list[AnySpec]]:
        """Those of every cell, made once: a leaf is replaced by way of all that a run holds."""
        made: dict[Cell, AnySpec] = {(): self.base}
        for axis in self.axes:
            made = {
                (*cell, at): put(spec, axis.leaves, setting(value))
                for cell, spec in made.items()
                for at, value in enumerate(axis.values)
            }
        return {
            cell: [dataclasses.replace(spec, seed=seed) for seed in self.seeds]
            for cell, spec in made.items()
        }

    def by_seed(
        self,
        records: Mapping[Cell, Sequence[RunRecord]],
        value: Callable[[RunRecord], float | None],
    ) -> NDArray[np.float64]:
        """A number of every run, (..., seeds); NaN where there is none, or no run was made."""
        found = np.full((*self.shape, len(self.seeds)), np.nan)
        for cell, runs in records.items():
            found[cell] = np.array([value(record) for record in runs], np.float64)
        return found

    def last_values(
        self, records: Mapping[Cell, Sequence[RunRecord]]
    ) -> dict[str, NDArray[np.float64]]:
        """The last value of what the runs measured, by name, (..., seeds) each; NaN for none."""
        made = [record for runs in records.values() for record in runs]
        return {
            name: self.by_seed(records, lambda record, name=name: record.final.get(name))  # type: ignore[misc]
            for name in dict.fromkeys(name for record in made for name in record.final)
        }

    def intervals(self, records: Mapping[Cell, Sequence[RunRecord]]) -> Intervals:
        """When each event of the runs happened, NaN where none was made; see `Survival`.

        Losses are there only if some run went on after it had generalized.
        """
        found = {of: np.full((*self.shape, len(self.seeds), 3), np.nan) for of in EVENTS}
        for cell, runs in records.items():
            recipe = self.specs(cell)[0].recipe
            watched = Watched(getattr(recipe, "evaluate_every", 1), recipe.steps, recipe.sustain)
            for of, times in found.items():
                for seed, record in enumerate(runs):
                    interval = interval_of(record, of, watched, self.by)
                    if interval is not None:
                        times[(*cell, seed)] = interval
        if np.isnan(found["loss"]).all():
            del found["loss"]
        return found  # type: ignore[return-value]

    def phases(self, cell: Cell, records: Sequence[RunRecord]) -> tuple[str, ...]:
        """What became of a cell's runs, by the chosen times."""
        recipe = self.specs(cell)[0].recipe
        delay, budget = recipe.thresholds.delay, recipe.steps
        return tuple(phase_by(record, self.by, delay=delay, budget=budget) for record in records)


def refuse_varied_budget(steps: int | None, design: Design) -> None:
    """Refuse a budget that is given beside an axis over it."""
    if steps is not None and not BUDGETS.isdisjoint(design.varied):
        raise GrokphaseError(f"steps = {steps} is what an axis varies; leave one of them out.")


def design_of(
    base: AnySpec,
    axes: Sequence[Axis | str],
    seeds: int | Sequence[int],
    by: By = "first-passage",
    on_line: Callable[[str], None] = lambda line: None,
) -> Design:
    """The design of a sweep, checked at its corners before anything is trained.

    `on_line` is told where that takes more than a moment.
    """
    refuse_unfollowed(by, followed=base.recipe.stop != "decided")
    chosen = tuple(Axis.parse(axis) if isinstance(axis, str) else axis for axis in axes)
    for axis in chosen:
        _check_axis(base, axis)
    _refuse_shared(chosen)
    count = math.prod(axis.size for axis in chosen)
    design = Design(base, chosen, _seeds_of(seeds, base.seed, count), by)
    if count >= MANY_CELLS:
        on_line(f"specifying {count:,} cells")
    # Every cell is specified now, so that a value that cannot be used is refused before training.
    specs = {cell: design.specs(cell)[0] for cell in design.cells()}
    if len({spec.id for spec in specs.values()}) < len(specs):
        raise GrokphaseError(
            f"{' and '.join(axis.name for axis in chosen)} set the same thing, so cells would "
            "repeat; choose two numbers that do not depend on each other."
        )
    corners = design.corners()
    budgets = [(corner.recipe.sustain, corner.recipe.steps) for corner in corners]
    if by == "sustained" and all(steps and sustain > steps for sustain, steps in budgets):
        recipe = corners[0].recipe
        raise GrokphaseError(
            f"No threshold can hold for recipe.sustain = {recipe.sustain} steps within the budget "
            f"of {recipe.steps}; give more steps, or a shorter recipe.sustain."
        )
    for corner in corners:
        refuse_without_effect(corner, [axis.name for axis in chosen])
        if isinstance(corner, RunSpec):
            prepare(corner)
    return design


def _refuse_shared(axes: Sequence[Axis]) -> None:
    """Refuse two axes that vary the same leaf."""
    for at, axis in enumerate(axes):
        for other in axes[:at]:
            if axis.name == other.name:
                raise GrokphaseError(f"{axis.name} is an axis twice; give each axis once.")
            for one, two in product(other.leaves, axis.leaves):
                # A list and an entry of it are shared too.
                if f"{one}.".startswith(f"{two}.") or f"{two}.".startswith(f"{one}."):
                    raise GrokphaseError(
                        f"{other.name} and {axis.name} both vary {max(one, two)}; each axis needs "
                        "leaves of its own."
                    )


def _check_axis(base: AnySpec, axis: Axis) -> None:
    """Refuse an axis that does not run over what can be set of this run."""
    if "seed" in axis.leaves:
        raise GrokphaseError(
            "seed cannot be an axis; for five runs a cell write --seeds 5, in Python seeds=5."
        )
    known = values_of(base)
    for leaf in resolved(base, axis.name):
        for value in axis.values if isinstance(base, RunSpec) else ():  # others check their own
            _check_kind(base, leaf, known[leaf], setting(value), axis)
    runs: dict[str, Value] = {}
    for value in axis.values:
        _check_value(base, axis, value)
        other = runs.setdefault(put(base, axis.leaves, setting(value)).id, value)
        if other != value:
            raise GrokphaseError(
                f"{axis.name} = {other} and {axis.name} = {value} mean the same run; give it once."
            )


def _check_kind(base: AnySpec, leaf: str, now: object, value: object, axis: Axis) -> None:
    """Refuse a word for a number, and the reverse."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(now, bool):
        if not isinstance(value, bool):
            raise GrokphaseError(f"{leaf} is true or false, not {value}; write {leaf}=false,true.")
    elif isinstance(now, str):
        if number or value is None:
            allowed = next(each.allowed for each in settings_of(base) if each.name == leaf)
            raise GrokphaseError(
                f'{leaf} is a word ("{now}" here), not {value}; write {leaf}='
                f"{allowed.replace(', ', ',') or 'one,other'}"
            )
    elif isinstance(now, tuple):
        if axis.ordered:
            raise GrokphaseError(
                f"{leaf} is a list; write lists with | between them, as {leaf}="
                f"{axis.labels()[0]}|{axis.labels()[0]},{axis.labels()[0]}, or vary an entry of "
                f"it: {leaf}.0=..."
            )
    elif now is not None and not number and value is not None:
        raise GrokphaseError(
            f'{leaf} is a number ({now:g} here), and "{value}" is none; write {leaf}=0..10:11 or '
            f"{leaf}=0,1,2.5"
        )


def _check_value(base: AnySpec, axis: Axis, value: Value) -> None:
    """Refuse a value that cannot be used, with what to write where it should have been whole."""
    try:
        put(base, axis.leaves, setting(value))
    except GrokphaseError as error:
        if (
            isinstance(value, str)
            or float(value).is_integer()
            or not _is_usable(base, axis, round(value))
        ):
            raise
        raise GrokphaseError(
            f'{error} End a range with ":int" for whole numbers, as in '
            f"{axis.name}={axis.numbers[0]:g}..{axis.numbers[-1]:g}:{axis.size}:int"
        ) from None


def _is_usable(base: AnySpec, axis: Axis, value: float) -> bool:
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
    chosen = tuple(int(s) if isinstance(s, np.integer) else s for s in seeds)
    if len(set(chosen)) < len(chosen):
        twice = next(seed for seed in chosen if chosen.count(seed) > 1)
        raise GrokphaseError(f"seeds have the seed {twice} twice; give each once.")
    return chosen
