"""A sweep as the tables of pandas and polars, and as JSON."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.frames import Column, kind_of, pandas_table, polars_table
from grokphase.phases.axis import Axis
from grokphase.phases.names import BUDGETS
from grokphase.phases.notes import Note
from grokphase.phases.sweep_result import SweepResult
from grokphase.telling import document

if TYPE_CHECKING:
    import pandas
    import polars

STEPS: Final = ("train_step", "validation_step", "delay", "budget", "steps_trained")
"""Columns of steps, which are whole numbers."""
_FINAL: Final = "final_"


def columns(found: SweepResult) -> dict[str, NDArray[Any]]:
    """A long table, one row a run.

    Returns:
        Columns of equal length: one named by each axis, ``seed``, ``phase``, ``train_step``,
        ``validation_step`` and ``delay`` (floats, NaN where not reached), ``budget`` and
        ``steps_trained`` (in steps) and ``seconds`` of the run (NaN where not known), ``run`` (its
        id), and the last value of each measure, ``final_<name>``, as in a map.
    """
    shape = found.phase_by_seed.shape
    values = [np.array(axis.values) for axis in found.axes]
    *settings, seed = np.meshgrid(*values, np.array(found.seeds), indexing="ij")
    names = [axis.name for axis in found.axes]
    return {
        **{name: grid.ravel() for name, grid in zip(names, settings, strict=True)},
        "seed": seed.ravel(),
        "phase": found.phase_by_seed.ravel(),
        "train_step": found.train_step_by_seed.ravel(),
        "validation_step": found.validation_step_by_seed.ravel(),
        "delay": (found.validation_step_by_seed - found.train_step_by_seed).ravel(),
        "budget": budgets(found.axes, shape, found.budget).ravel(),
        "steps_trained": _known(found.steps_trained_by_seed, shape).ravel(),
        "seconds": _known(found.seconds_by_seed, shape).ravel(),
        "run": np.array(found.runs.ravel().tolist(), dtype=np.str_).ravel(),
        **{f"{_FINAL}{name}": values.ravel() for name, values in found.measures.items()},
    }


def _known(values: NDArray[np.float64] | None, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.full(shape, np.nan) if values is None else values


def budgets(
    axes: Sequence[Axis], shape: tuple[int, ...], budget: int | None
) -> NDArray[np.float64]:
    """The budget of every run, of this shape; that of its setting where an axis varies it.

    Example:
        >>> from grokphase.phases.axis import Axis
        >>> budgets([Axis("recipe.steps", (50, 100))], (2, 3), None)[:, 0].tolist()
        [50.0, 100.0]
    """
    found = np.full(shape, budget, dtype=np.float64)
    for at, axis in enumerate(axes):
        if not BUDGETS.isdisjoint(axis.leaves):
            values = np.array(axis.values, dtype=np.float64)
            found[:] = np.expand_dims(values, [*range(at), *range(at + 1, found.ndim)])
    return found


def typed(columns: Mapping[str, NDArray[Any]]) -> list[Column]:
    """Columns with what they hold; steps are whole numbers, missing or not.

    Example:
        >>> [column.kind for column in typed({"train_step": np.array([np.nan])})]
        ['whole']
    """
    return [
        Column(column, "whole" if column in STEPS else kind_of(values), values)
        for column, values in columns.items()
    ]


def to_pandas(found: SweepResult) -> pandas.DataFrame:
    """`columns` as a pandas table. Needs pandas."""
    return pandas_table(typed(columns(found)))


def to_polars(found: SweepResult) -> polars.DataFrame:
    """`columns` as a polars table. Needs polars."""
    return polars_table(typed(columns(found)))


def json_dict(found: SweepResult) -> dict[str, Any]:
    """The object that ``grokphase sweep --json`` prints: plain data, None where censored.

    Returns:
        ``format``; ``axes`` (dotted name -> values) and their ``scales``; ``by``, ``summary`` (see
        `SweepResult.summary`), ``runs`` (a row a run, see `columns`), ``survival`` (of each event
        the medians with their intervals), ``intervals`` (of each event time, lower and upper of
        every run, as in a map), and what ``grokphase map --json`` says besides.
    """
    paths = {name: getattr(found, field) for name, field in document.PATHS.items()}
    table = {name: column.tolist() for name, column in columns(found).items()}
    runs = [
        dict(zip(table, map(_finite, row), strict=True))
        for row in zip(*table.values(), strict=True)
    ]
    return {
        "format": document.FORMAT,
        "axes": {axis.name: list(axis.values) for axis in found.axes},
        "scales": {axis.name: axis.scale for axis in found.axes},
        "by": found.by,
        "summary": [
            {name: _finite(value) for name, value in row.items()} for row in found.summary()
        ],
        "runs": runs,
        "survival": {of: found.survival(of).medians() for of in found.intervals},
        "intervals": {of: document.ends(times) for of, times in found.intervals.items()},
        "steps_trained": int(found.steps_trained),
        "seconds": float(found.seconds),
        "measure_seconds": float(found.measure_seconds),
        "seeds": list(found.seeds),
        "budget": found.budget,
        "thresholds": dict(found.thresholds),
        "settings": document.lists(found.settings),
        "fixed": dict(found.fixed),
        "notes": [document.lists(asdict(note)) for note in found.notes],
        **{name: None if path is None else str(path) for name, path in paths.items()},
    }


def from_json(data: Mapping[str, Any]) -> SweepResult:
    """The sweep of an object that `json_dict` made; what else the object holds is left aside.

    Raises:
        GrokphaseError: if the axes are none.
        KeyError, TypeError, ValueError, AttributeError: if parts of it are missing or of another
            kind.
    """
    axes = tuple(
        Axis(name, tuple(values), data["scales"][name]) for name, values in data["axes"].items()
    )
    shape = (*(len(axis.values) for axis in axes), len(data["seeds"]))

    def column(name: str) -> NDArray[np.float64]:
        return np.array([row[name] for row in data["runs"]], np.float64).reshape(shape)

    def words(name: str, kind: type) -> NDArray[Any]:
        return np.array([row[name] for row in data["runs"]], kind).reshape(shape)

    steps, seconds = column("steps_trained"), column("seconds")
    paths: dict[str, Any] = {
        field: None if data[name] is None else Path(data[name])
        for name, field in document.PATHS.items()
    }
    return SweepResult(
        axes,
        words("phase", np.str_),
        column("train_step"),
        column("validation_step"),
        {of: document.times(written) for of, written in data["intervals"].items()},
        words("run", np.object_),
        tuple(data["seeds"]),
        steps_trained_by_seed=None if np.isnan(steps).all() else steps,
        seconds_by_seed=None if np.isnan(seconds).all() else seconds,
        notes=tuple(Note(note["sentence"], tuple(note["rows"])) for note in data["notes"]),
        measures={
            name.removeprefix(_FINAL): column(name)
            for name in data["runs"][0]
            if name.startswith(_FINAL) and name not in data["axes"]
        },
        measure_seconds=data.get("measure_seconds", 0.0),
        **{name: data[name] for name in document.PLAIN},
        **paths,
    )


def save(found: SweepResult, path: str | os.PathLike[str]) -> Path:
    """Write `json_dict` as a JSON file, as `document.save` does a map."""
    return document.write(path, json.dumps(json_dict(found), indent=1), "sweep")


def plain(value: Any) -> Any:
    """A whole number where it is one, None where it is not reached."""
    if not isinstance(value, float):
        return value
    if math.isnan(value):
        return None
    return int(value) if value.is_integer() else value


def _finite(value: Any) -> Any:
    """The same, for JSON, which has no infinity."""
    return None if isinstance(value, float) and math.isinf(value) else plain(value)
