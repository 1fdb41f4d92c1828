"""What is derived from a task, by a preset or as is usual, and follows where the task is varied."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from grokphase.phases.notes import Note
from grokphase.presets import facts
from grokphase.tasks import Split, Task
from grokphase.training.described import recipe_of
from grokphase.training.origin import BATCH, SPLIT
from grokphase.training.recipe import Recipe
from grokphase.training.spec import RunSpec
from grokphase.training.usual import split_for, usual_preset

_GROUPS: Final = 3  # values in a sentence


def derived_split(name: str | None, task: Task) -> Split:
    """A preset's split; of fewer symbols than a work has, some need a larger share, or of an
    operation. Without a preset what is usual for the task.

    Example:
        >>> from grokphase.tasks import task
        >>> derived_split("nanda2023", task("modular-addition", p=59)).fraction
        0.5
    """
    if name is None or usual_preset(task) == name:
        return split_for(task)
    found = facts(name)
    if (fraction := found.get("fractions", {}).get(task.kind)) is not None:
        return Split(fraction=fraction)
    small = found.get("small")
    if small is not None and (task.symbols or 0) < small["below"]:
        return Split(fraction=small["fraction"])
    return Split(**found["split"])


def derived_recipe(name: str, task: Task) -> Recipe:
    """A preset's recipe; of few samples a batch may be no more than a share of them.

    Example:
        >>> from grokphase.tasks import task
        >>> [derived_recipe("power2022", task("modular-division", p=p)).batch for p in (23, 97)]
        [127, 512]
    """
    recipe = recipe_of(name)
    share = facts(name).get("largest_batch")
    if share is None or recipe.batch is None:
        return recipe
    samples = derived_split(name, task).training_samples(task)
    return replace(recipe, batch=min(recipe.batch, math.ceil(share * samples)))


def with_task(spec: RunSpec, task: Task) -> RunSpec:
    """The run of another task, with what is derived from that, unless a person chose it.

    So an axis over `task.p` trains at each p what the preset with that p does, or the task.

    Example:
        >>> import grokphase as gp
        >>> small = with_task(gp.preset("nanda2023"), gp.task("modular-addition", p=59))
        >>> small.id == gp.preset("nanda2023", p=59).id
        True
    """
    origin, split, recipe = spec.origin, spec.split, spec.recipe
    if origin is None:
        return replace(spec, task=task)
    # What differs from what is derived was chosen too, by whatever way it came here.
    before, after = (derived_split(origin.preset, each) for each in (spec.task, task))
    own = not origin.chosen.isdisjoint(SPLIT)
    if not own and (split.fraction, split.count) == (before.fraction, before.count):
        split = replace(split, fraction=after.fraction, count=after.count)
    if origin.preset is not None:
        old, new = (derived_recipe(origin.preset, each).batch for each in (spec.task, task))
        if BATCH not in origin.chosen and recipe.batch == old:
            recipe = replace(recipe, batch=new)
    return replace(spec, task=task, split=split, recipe=recipe)


def note(cells: Sequence[Sequence[RunSpec]]) -> Note | None:
    """What is derived from the tasks of some runs, where that is not the same for all.

    Args:
        cells: the runs of each cell.

    Example:
        >>> import grokphase as gp
        >>> print(note([[gp.preset("nanda2023", p=p)] for p in (53, 59, 113)]).sentence)
        As nanda2023 has it where it is not set, split.fraction = 0.5 at p = 53 to p = 59, \
split.fraction = 0.3 at p = 113
    """
    specs = [cell[0] for cell in cells if cell[0].origin is not None]
    tasks = _varied([spec.task.parameters for spec in specs])
    derived = [_derived(spec) for spec in specs]
    rows = [{**task, **had} for task, had in zip(tasks, derived, strict=True)]
    parts = [text for of in ("split.", "recipe.") if (text := _told(tasks, derived, of))]
    if not parts or specs[0].origin is None:
        return None
    unique = {tuple(sorted((k, str(v)) for k, v in row.items())): row for row in rows}
    preset = specs[0].origin.preset
    whose = "is usual" if preset is None else f"{preset} has it"
    return Note(
        f"As {whose} where it is not set, {'; '.join(parts)}",
        tuple(unique.values()) if len({*map(tuple, rows)}) == 1 else (),
    )


def _derived(spec: RunSpec) -> dict[str, Any]:
    """What a run has of what is derived from its task, but for what a person chose."""
    assert spec.origin is not None
    had = {
        "split.fraction": spec.split.fraction,
        "split.count": spec.split.count,
        BATCH: spec.recipe.batch,
    }
    chosen = spec.origin.chosen
    idle = {*SPLIT} if not chosen.isdisjoint(SPLIT) else set()
    return {k: v for k, v in had.items() if v is not None and k not in chosen | idle}


def _varied(parameters: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Of the numbers of each task those in which the tasks differ."""
    names = {name for each in parameters for name in each}
    varied = {name for name in names if len({each.get(name) for each in parameters}) > 1}
    return [{name: each[name] for name in each if name in varied} for each in parameters]


def _told(
    tasks: Sequence[Mapping[str, float]], derived: Sequence[Mapping[str, Any]], of: str
) -> str:
    """Which of the settings of a part some runs have, and of which tasks, in the order of these;
    nothing where all have one."""
    found: dict[str, str] = {}
    for numbers, settings in zip(tasks, derived, strict=True):
        task = ", ".join(f"{name} = {value:g}" for name, value in numbers.items())
        had = [f"{name} = {v}" for name, v in settings.items() if name.startswith(of)]
        if not task or not had:
            return ""
        found[task] = had[0]
    if len({*found.values()}) < 2:
        return ""
    # Of several options no range is one from the first to the last.
    several = len(tasks[0]) > 1
    ranges = [
        (had, [*alike])
        for (had, _), alike in groupby(found, key=lambda task: (found[task], several and task))
    ]
    said = [
        f"{had} at {' to '.join(dict.fromkeys([alike[0], alike[-1]]))}" for had, alike in ranges
    ]
    return ", ".join(said if len(said) <= _GROUPS else [said[0], "...", said[-1]])
