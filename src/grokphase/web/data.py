"""What the page shows, as plain data: the map, its runs and their curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.counting import counted
from grokphase.phases.axis import Axis
from grokphase.phases.classify import By
from grokphase.plotting.information import border_spreads
from grokphase.plotting.quantities import Colour, colours_of
from grokphase.store.record import leaves
from grokphase.telling.axes import axis_label, number_text
from grokphase.telling.captions import (
    by_text,
    leaf,
    task_title,
    thresholds_text,
)
from grokphase.telling.document import numbers
from grokphase.telling.looks import (
    in_display_order,
    ink_on,
    phase_style,
)
from grokphase.telling.words import setting_text
from grokphase.web.packing import pack_curves

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.phases.sweep_result import SweepResult
    from grokphase.store.record import RunRecord

Rows = list[tuple[str, str]]

A_STEP = "A step is one optimizer update; step 0 is the network before training."

_TIMES: Mapping[By, str] = {
    "first-passage": "the steps given for a run are the first at which an accuracy passed its "
    "threshold",
    "sustained": "the steps given for a run begin the first stretch of that length in which every "
    "evaluation passed the threshold",
}
_NOT_REACHED: Mapping[By, str] = {
    "first-passage": "never passed",
    "sustained": "never held for as long as is asked",
}

_OF_ONE_RUN = ("finished", "traceback")  # in a provenance, which else says where runs were made
_MOST_VALUES = 300_000  # for cells and what they are coloured by; two megabytes of the page

RUN_FIELDS = (
    "id",
    "rqi_step",
    "train_sustained_step",
    "validation_sustained_step",
    "validation_sustained_lost_step",
    "followed",
    "steps_trained",
    "message",
)
"""Fields of a record that the page shows besides what the map itself knows."""


def page_data(phase_map: PhaseMap, records: Iterable[RunRecord]) -> dict[str, Any]:
    """The data embedded in the page, ready for JSON: a number that is not one is None.

    Args:
        phase_map: the map.
        records: records of its runs; runs without a record have no curves, others are ignored.

    Returns:
        `axes` (x, y: name, label, values, labels, and whether they are words); `phases`, each with
        name, letter, colour, ink, hatch, meaning and number of cells; `phase`, `measured`,
        `forecast`, `train_step`, `validation_step` (rows by y, columns by x; phases as indices into
        `phases`); the same `by_seed` (a further axis of seeds); `spreads`, [row, low, high] of the
        borders that move (see `Spread`); `colours`, what cells can be coloured by besides phases,
        each with name, title, scale ("log" or "linear"), low and high, what a cell without value
        means (missing) and values, to four digits (see `colours_of`); `runs`, the number of the
        record of each run, -1 where there is none; `records`, a column for each of
        `RUN_FIELDS`; `after`, for "train" and "validation" the last evaluation before the step
        of each record, None where that is exact; `curves` (see `pack_curves`); `seeds`,
        `budget`, `thresholds`, `by` and `title`.
    """
    known = {record.id: record for record in records}
    ids = [run for row in phase_map.runs for cell in row for run in cell if run in known]
    number = {run: index for index, run in enumerate(ids)}
    recorded = [known[run] for run in ids]
    phases = in_display_order(set(phase_map.phase_fractions))
    phase = phase_map.phase
    return {
        "title": task_title(phase_map.settings),
        "axes": {"x": _axis(phase_map.x), "y": _axis(phase_map.y)},
        "seeds": list(phase_map.seeds),
        "budget": phase_map.budget,
        "thresholds": levels(phase_map.thresholds),
        "by": phase_map.by,
        "phases": [_phase(name, int((phase == name).sum())) for name in phases],
        "phase": _indices(phase, phases),
        "measured": phase_map.measured.tolist(),
        "forecast": phase_map.forecast.tolist(),
        "colours": _colours(phase_map),
        "spreads": [spread[:3] for spread in border_spreads(phase_map)],
        "train_step": numbers(phase_map.train_step),
        "validation_step": numbers(phase_map.validation_step),
        "by_seed": {
            "phase": _indices(phase_map.phase_by_seed, phases),
            "train_step": numbers(phase_map.train_step_by_seed),
            "validation_step": numbers(phase_map.validation_step_by_seed),
        },
        "runs": [[[number.get(run, -1) for run in cell] for cell in row] for row in phase_map.runs],
        "records": {name: [getattr(run, name) for run in recorded] for name in RUN_FIELDS},
        "after": _after(phase_map.by, recorded),
        "curves": pack_curves(recorded),
    }


def _after(by: By, records: Sequence[RunRecord]) -> dict[str, list[int | None]]:
    held = "sustained_" if by == "sustained" else ""
    return {
        part: [record.lower.get(f"{part}_{held}step") for record in records]
        for part in ("train", "validation")
    }


def _colours(phase_map: PhaseMap) -> list[dict[str, Any]]:
    known = list(colours_of(phase_map).values())
    if phase_map.measured.size * len(known) > _MOST_VALUES:
        known = [colour for colour in known if colour.name not in phase_map.measures]
    return [_colour(colour, len(phase_map.seeds)) for colour in known]


def _colour(colour: Colour, seeds: int) -> dict[str, Any]:
    low, high = colour.ends
    return {
        "name": colour.name,
        "title": f"{colour.title}, median over seeds" if seeds > 1 else colour.title,
        "scale": colour.scale,
        "low": low,
        "high": high,
        "missing": colour.missing,
        "values": [
            [float(f"{v:.4g}") if math.isfinite(v) else None for v in row]
            for row in colour.values.tolist()
        ],
    }


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "name": axis.name,
        "label": axis_label(axis.name),
        "values": list(axis.values),
        "labels": list(axis.labels()),
        "words": not axis.ordered,
    }


def _phase(name: str, cells: int) -> dict[str, Any]:
    style = phase_style(name)
    return {
        "name": name,
        "letter": style.letter,
        "colour": style.colour,
        "ink": ink_on(style.colour),
        "hatch": bool(style.hatch),
        "meaning": style.meaning,
        "cells": cells,
    }


def levels(thresholds: Mapping[str, Any]) -> dict[str, float]:
    """Levels drawn as lines in the curves; what is not given is left out."""
    names = ("train_accuracy", "validation_accuracy", "rqi")
    return {name: float(thresholds[name]) for name in names if thresholds.get(name) is not None}


def _indices(phase: NDArray[np.str_], phases: Sequence[str]) -> Any:
    return np.select([phase == name for name in phases], range(len(phases))).tolist()


def settings_rows(
    settings: Mapping[str, Any],
    varied: Mapping[str, str] = MappingProxyType({}),
    seeds: Sequence[int] = (),
) -> Rows:
    """Settings by dotted name.

    Args:
        settings: that all runs share, nested.
        varied: what is said of those that an axis varies.
        seeds: of the runs; none leaves the seed as the settings have it.

    Returns:
        (name, value as text), in the order of the spec.
    """
    found = {name: value_text(setting_text(name, value)) for name, value in leaves(dict(settings))}
    if seeds:
        found["seed"] = ", ".join(map(str, seeds))
    return list({**found, **varied}.items())


def cost_rows(phase_map: PhaseMap) -> Rows:
    """What the map cost: cells, runs, steps and seconds.

    Args:
        phase_map: the map.

    Returns:
        (what, how much).
    """
    cells, run = phase_map.measured.size, int((~phase_map.inferred).sum())
    runs = run * len(phase_map.seeds)
    rows = [
        ("cells run", f"{run:,} of {cells:,} ({run / cells:.0%})"),
        ("runs", f"{runs:,} ({counted(len(phase_map.seeds), 'seed')} a cell)"),
        ("steps trained", f"{phase_map.steps_trained:,}"),
        ("training time, summed over runs", f"{phase_map.seconds:,.1f} s"),
    ]
    if phase_map.seconds > 0:
        rate = phase_map.steps_trained / phase_map.seconds
        rows.append(("steps a second of one worker", f"{rate:,.0f}"))
    return rows


def environment_rows(environment: Mapping[str, Any] | None, records: Sequence[RunRecord]) -> Rows:
    """Where the runs were made: as given, else as the records say.

    Args:
        environment: names and values; None reads the provenance of the records.
        records: the runs.

    Returns:
        (name, value as text). Where records differ, every value that occurs is there.
    """
    if environment is not None:
        return [(name, value_text(value)) for name, value in leaves(dict(environment))]
    found: dict[str, dict[str, None]] = {}
    for record in records:
        for name, value in leaves(record.provenance):
            if name not in _OF_ONE_RUN:
                found.setdefault(name, {})[value_text(value)] = None
    return [(name, ", ".join(values)) for name, values in found.items()]


def value_text(value: object) -> str:
    """A leaf of a spec for a reader.

    Example:
        >>> value_text(None), value_text(0.001), value_text(100000)
        ('not set', '0.001', '100,000')
    """
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return number_text(value) if isinstance(value, float) else str(value)


def trained_for(found: PhaseMap | SweepResult) -> str:
    """For how long a run was trained that did not reach a threshold, in words.

    Args:
        found: what it is a run of.

    Returns:
        Its budget, and what can end a run before: a training function may fail, or return.
    """
    budget = "its budget" if found.budget is None else f"its budget of {found.budget:,} steps"
    if "trainer" in found.settings:
        return f"for {budget}, or until its loss diverged, it failed, or its function returned"
    return f"for {budget}, or until its loss diverged"


def decided_by(thresholds: Mapping[str, Any]) -> str:
    """The thresholds that decide phases, in a sentence."""
    if not thresholds:
        return "Phases follow Table 1 of Liu et al. 2022."
    return f"Thresholds: {thresholds_text(thresholds)}."


def conventions(phase_map: PhaseMap) -> list[str]:
    """What the words of the page mean, in sentences.

    Args:
        phase_map: the map.

    Returns:
        Sentences on steps, thresholds, censoring, and on seeds and inference where they matter.
    """
    said = [
        A_STEP,
        decided_by(phase_map.thresholds),
        f"Phases are by {by_text(phase_map)}: {_TIMES[phase_map.by]}.",
        f"“Not reached” is a result, not a number: the run was trained {trained_for(phase_map)}, "
        f"and {_NOT_REACHED[phase_map.by]}. A run ends early once its phase is decided.",
    ]
    stop = leaf(phase_map.settings, "recipe.stop")
    if stop is not None and stop != "decided":
        said[-1] = said[-1].replace(" A run ends early once its phase is decided.", "")
    if len(phase_map.seeds) > 1:
        said.append(
            "A cell has the phase of most of its seeds; a tie goes to the phase further down the "
            "legend. Its steps are medians over seeds, in which a run that never passed counts as "
            "later than all others. Colored by a measure, a cell has the median over the seeds for "
            "which it is a number, and is hatched unless those are most of them."
        )
    inferred, forecast = int(phase_map.inferred.sum()), int(phase_map.forecast.sum())
    if forecast:
        said.append(
            f"Of {counted(forecast, 'cell')} of {phase_map.measured.size:,} a run was stopped, "
            "since its phase was forecast; the notes say how surely, and how often such forecasts "
            "are wrong. They are pale and ringed here, and have no curves."
        )
    if inferred:
        said.append(
            f"{counted(inferred, 'cell')} of {phase_map.measured.size:,} were not run: refinement "
            "gave each the phase of the cells around it. They are pale and dotted here, and have "
            "no steps and no curves."
        )
    elif not forecast:
        said.append("Every cell was run; nothing is interpolated.")
    return said
