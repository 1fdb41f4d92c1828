"""Phase maps as data of a figure: a refined map of each seed, a letter a cell.

Maps that an earlier result holds, of the same runs on the same axes, are taken from there; those
of other seeds stay beside what the settings ask for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from grokphase.phases.axis import Axis
from grokphase.studies.paper import Settings
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.training.spec import RunSpec


def compute(bases: Sequence[RunSpec], settings: Settings, work: Work) -> dict[str, Any]:
    """The refined map of each seed.

    Args:
        bases: what the runs of each seed's map share.
        settings: the axes `x` and `y`, as "recipe.decoder.learning_rate=1e-5..1e-2:16:log".
        work: scale, store and what is there already.

    Returns:
        Both axes, and `maps`: `seed`, `base` (the id of what its runs share), by cell `phase`,
        `train_step`, `validation_step` and `measured`; `steps_trained` and `seconds`.
    """
    from grokphase.studies.figure import plain

    x, y = axes(settings)
    described = {name: plain(dataclasses.asdict(axis)) for name, axis in (("x", x), ("y", y))}
    kept = {entry["seed"]: entry for entry in _kept(bases, work, described)}
    found = []
    for base in bases:
        if (entry := kept.pop(base.seed, None)) is None:
            entry = entry_of(base, work.map(base, x, y))
        else:
            count(work, entry)
        found.append(entry)
    for entry in kept.values():
        count(work, entry)
    return {**described, "maps": [*found, *kept.values()]}


def axes(settings: Settings) -> tuple[Axis, Axis]:
    """The axes across and up."""
    return Axis.parse(settings["x"]), Axis.parse(settings["y"])


def entry_of(base: RunSpec, phase_map: PhaseMap) -> dict[str, Any]:
    """One seed's map as it stands in the data: a letter a cell, steps None where censored.

    Args:
        base: what the map's runs share.
        phase_map: their map, of one seed.
    """
    from grokphase.telling.looks import phase_style

    return {
        "seed": base.seed,
        "base": base.id,
        "phase": ["".join(phase_style(str(p)).letter for p in row) for row in phase_map.phase],
        "train_step": _steps(phase_map.train_step_by_seed[..., 0].tolist()),
        "validation_step": _steps(phase_map.validation_step_by_seed[..., 0].tolist()),
        "measured": ["".join("01"[bool(run)] for run in row) for row in phase_map.measured],
        "steps_trained": phase_map.steps_trained,
        "seconds": round(phase_map.seconds, 1),
    }


def _steps(rows: Sequence[Sequence[float]]) -> list[list[int | None]]:
    """Steps as whole numbers, NaN as None."""
    return [[None if step != step else int(step) for step in row] for row in rows]


def count(work: Work, entry: Mapping[str, Any]) -> None:
    """Add what a map cost, when it was made, to what the figure cost."""
    runs = sum(row.count("1") for row in entry["measured"])
    work.count(runs, entry["steps_trained"], entry["seconds"])


def _kept(
    bases: Sequence[RunSpec], work: Work, described: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Maps of an earlier result that are of the same runs: same specification, same axes."""
    earlier = work.previous or {}
    if not bases or {axis: earlier.get(axis) for axis in described} != described:
        return
    for entry in earlier["maps"]:
        # Seeds beyond those asked for are of the same runs if they differ in nothing else.
        if dataclasses.replace(bases[0], seed=entry["seed"]).id == entry["base"]:
            yield entry
