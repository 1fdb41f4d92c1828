"""A phase map as the tables of pandas, polars and xarray."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.frames import Column, Kind, kind_of, library, pandas_table, polars_table
from grokphase.telling import document
from grokphase.telling.sweep_tables import budgets

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray

    from grokphase.phases.phase_map import PhaseMap

_COSTS: Final[tuple[tuple[str, Kind], ...]] = (("steps_trained", "whole"), ("seconds", "number"))


def columns(phase_map: PhaseMap) -> list[Column]:
    """The map as a long table, one row for each cell and seed.

    Args:
        phase_map: the map.

    Returns:
        Columns of equal length: one named by each axis; ``seed``, ``phase``; ``train_step`` and
        ``validation_step``, whole numbers, missing where not reached within the budget or not run;
        ``budget`` and ``steps_trained`` (in steps) and ``seconds`` of the run; ``measured``, false
        where the cell was inferred or a run of it stopped by a forecast; ``confidence``, how sure
        that was, missing of runs that it did not stop; ``run``, the run's id, and ``notes``, the
        sentences of the notes that name the run's seed, both missing where there is none; and the
        last value of each measure, ``final_<name>``.
    """
    axes, shape = (phase_map.y, phase_map.x), phase_map.phase_by_seed.shape
    at_y, at_x, at_seed = (place.ravel() for place in np.indices(shape))
    given = [
        *(
            _of(axis.name, np.array(axis.values)[at])
            for axis, at in ((phase_map.x, at_x), (phase_map.y, at_y))
        ),
        _of("seed", np.array(phase_map.seeds)[at_seed]),
        _of("phase", phase_map.phase_by_seed.ravel()),
        *(
            Column(name, "whole", getattr(phase_map, f"{name}_by_seed").ravel())
            for name in ("train_step", "validation_step")
        ),
        Column("budget", "whole", budgets(axes, shape, phase_map.budget).ravel()),
        *(
            Column(name, kind, getattr(phase_map, f"{name}_by_seed").ravel())
            for name, kind in _COSTS
        ),
        _of("measured", phase_map.measured[at_y, at_x]),
        Column("confidence", "number", phase_map.confidence.ravel()),
        Column("run", "word", [*_runs(phase_map)]),
        Column("notes", "word", [_notes(phase_map)[seed] for seed in at_seed]),
        *(
            Column(f"final_{name}", "number", values.ravel())
            for name, values in phase_map.measures.items()
        ),
    ]
    return given


def attributes(phase_map: PhaseMap) -> dict[str, Any]:
    """What is the same for all rows, as plain data: ``by``, ``budget``, ``thresholds``,
    ``settings``, ``fixed`` and ``notes`` (their sentences)."""
    named = ("by", "budget", "thresholds", "settings", "fixed")
    data = document.json_dict(phase_map)
    return {name: data[name] for name in named} | {
        "notes": [note.sentence for note in phase_map.notes]
    }


def to_pandas(phase_map: PhaseMap) -> pandas.DataFrame:
    """`columns` as a pandas table, with `attributes` as its ``attrs``.

    Raises:
        GrokphaseError: if pandas is not installed.
    """
    table = pandas_table(columns(phase_map))
    table.attrs = attributes(phase_map)
    return table


def to_polars(phase_map: PhaseMap) -> polars.DataFrame:
    """`columns` as a polars table.

    Raises:
        GrokphaseError: if polars is not installed.
    """
    return polars_table(columns(phase_map))


def to_xarray(phase_map: PhaseMap) -> xarray.Dataset:
    """The map as a dataset with the dimensions y, x (by their dotted names) and ``seed``.

    Returns:
        Variables ``phase``, ``train_step``, ``validation_step``, ``measured``, ``forecast`` over
        cells, and ``phase_by_seed``, ``train_step_by_seed``, ``validation_step_by_seed``,
        ``steps_trained_by_seed``, ``seconds_by_seed`` and ``final_<name>`` of each measure over
        runs. Steps are floats, NaN where not reached.

    Raises:
        GrokphaseError: if xarray is not installed.
    """
    cells = (phase_map.y.name, phase_map.x.name)
    by_cell = ("phase", "train_step", "validation_step", "measured", "forecast")
    names = ("phase", "train_step", "validation_step", "steps_trained", "seconds")
    by_seed = [f"{name}_by_seed" for name in names]
    table: xarray.Dataset = library("xarray").Dataset(
        {name: (cells, getattr(phase_map, name)) for name in by_cell}
        | {name: ((*cells, "seed"), getattr(phase_map, name)) for name in by_seed}
        | {
            f"final_{name}": ((*cells, "seed"), values)
            for name, values in phase_map.measures.items()
        },
        coords={
            phase_map.y.name: list(phase_map.y.values),
            phase_map.x.name: list(phase_map.x.values),
            "seed": list(phase_map.seeds),
        },
        attrs={name: getattr(phase_map, name) for name in ("by", "steps_trained", "seconds")},
    )
    return table


def _of(name: str, values: NDArray[Any]) -> Column:
    return Column(name, kind_of(values), values)


def _runs(phase_map: PhaseMap) -> Iterator[str | None]:
    for row in phase_map.runs:
        for ids in row:
            yield from ids or (None,) * len(phase_map.seeds)


def _notes(phase_map: PhaseMap) -> list[str | None]:
    """What the notes say of each seed: those that have rows for it."""
    said = (
        "; ".join(
            note.sentence
            for note in phase_map.notes
            if any(row.get("seed") == seed for row in note.rows)
        )
        for seed in phase_map.seeds
    )
    return [sentences or None for sentences in said]
