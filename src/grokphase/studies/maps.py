"""Phase maps as data of a figure: a refined map of each seed, a letter a cell.

Maps that an earlier result holds, of the same runs on the same axes, are taken from there; those
of other seeds stay beside what the settings ask for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from grokphase.phases.axis import Axis
from grokphase.phases.letters import LETTERS, NAMES
from grokphase.plain import plain
from grokphase.studies.data import in_columns
from grokphase.studies.functions import function
from grokphase.studies.paper import Figure, Settings, Study
from grokphase.studies.scales import Scale
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.mapping.design import Design
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
    x, y = axes(settings)
    described = _described(x, y)
    kept = {entry["seed"]: entry for entry in _kept(bases, work.previous, described)}
    found = []
    for base, design in zip(bases, designs(bases, settings), strict=True):
        if (entry := kept.pop(base.seed, None)) is None:
            entry = entry_of(base, work.map(design))
        else:
            count(work, entry)
        found.append(entry)
    for entry in kept.values():
        count(work, entry)
    return {**described, "maps": [*found, *kept.values()]}


def cells(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """A phase map as a table, a row a cell and seed.

    Args:
        data: of a figure.

    Returns:
        Columns `seed`, `x` and `y`, the values of both axes; `phase` in words; `train_step`,
        `validation_step` and `delay` (None where not reached); `measured`, whether the cell was
        run and not inferred.
    """
    rows = [
        {
            "seed": one["seed"],
            "x": x,
            "y": y,
            "phase": NAMES.get(one["phase"][up][across], "unknown"),
            "train_step": (train := one["train_step"][up][across]),
            "validation_step": (validation := one["validation_step"][up][across]),
            "delay": None if train is None or validation is None else validation - train,
            "measured": one["measured"][up][across] == "1",
        }
        for one in data["maps"]
        for up, y in enumerate(data["y"]["values"])
        for across, x in enumerate(data["x"]["values"])
    ]
    return in_columns(rows)


def kept_seeds(
    bases: Sequence[RunSpec], settings: Settings, earlier: Mapping[str, Any] | None
) -> set[int]:
    """Seeds whose maps an earlier result holds, of the same runs on the same axes."""
    return {entry["seed"] for entry in _kept(bases, earlier, _described(*axes(settings)))}


def _described(x: Axis, y: Axis) -> dict[str, Any]:
    """Both axes as they stand in the data."""
    return {name: plain(dataclasses.asdict(axis)) for name, axis in (("x", x), ("y", y))}


def bases_of(study: Study, figure: Figure, scale: Scale) -> list[RunSpec]:
    """What the runs of each seed's map share.

    Raises:
        GrokphaseError: if the function that `maps` names gives something else.
    """
    assert figure.maps is not None
    found = function(study, figure.maps)(figure.settings[scale])
    if not isinstance(found, list | tuple) or not all(hasattr(one, "seed") for one in found):
        raise study.facts.mistake(
            ("figures", figure.id, "maps"),
            f'"{figure.maps}" gives what all runs of a map share, a specification for each seed: '
            "[gp.run_spec(..., seed=seed) for seed in ...].",
        )
    return list(found)


def designs(bases: Sequence[RunSpec], settings: Settings) -> list[Design]:
    """The whole grid of each seed; a refined map trains a part of it."""
    from grokphase.mapping.maps import grid_of

    x, y = axes(settings)
    return [grid_of(base, x, y, [base.seed]) for base in bases]


def axes(settings: Settings) -> tuple[Axis, Axis]:
    """The axes across and up."""
    return Axis.parse(settings["x"]), Axis.parse(settings["y"])


def entry_of(base: RunSpec, phase_map: PhaseMap) -> dict[str, Any]:
    """One seed's map as it stands in the data: a letter a cell, steps None where censored.

    Args:
        base: what the map's runs share.
        phase_map: their map, of one seed.
    """
    return {
        "seed": base.seed,
        "base": base.id,
        "phase": ["".join(LETTERS[str(p)] for p in row) for row in phase_map.phase],
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
    bases: Sequence[RunSpec], previous: Mapping[str, Any] | None, described: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Maps of an earlier result that are of the same runs: same specification, same axes."""
    earlier = previous or {}
    if not bases or {axis: earlier.get(axis) for axis in described} != described:
        return
    for entry in earlier["maps"]:
        # Seeds beyond those asked for are of the same runs if they differ in nothing else.
        if dataclasses.replace(bases[0], seed=entry["seed"]).id == entry["base"]:
            yield entry
