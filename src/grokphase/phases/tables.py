"""A phase map as JSON and as the tables of pandas, polars and xarray."""

from __future__ import annotations

import importlib
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray

    from grokphase.phases.phase_map import PhaseMap


def json_dict(phase_map: PhaseMap) -> dict[str, Any]:
    """The object that ``grokphase map --json`` prints.

    Args:
        phase_map: the map.

    Returns:
        Plain data: ``axes`` (dotted name -> values, x first), ``by``, ``phase``, ``train_step``,
        ``validation_step``, ``measured`` and ``runs`` (rows by y, columns by x; a step not
        reached is None), ``steps_trained``, ``seconds``, ``seeds``, ``budget``, ``thresholds``,
        ``settings`` (of all runs, without what the axes vary), ``fixed`` (what the axes leave where
        it is although it is of their kind, by dotted name), ``notes`` (each with its ``sentence``
        and ``rows``), ``store``, ``figure``, ``report``; with several seeds also
        ``phase_fractions`` (phase -> rows).
    """
    paths = {name: getattr(phase_map, name) for name in ("store", "figure", "report")}
    data: dict[str, Any] = {
        "axes": {axis.name: list(axis.values) for axis in (phase_map.x, phase_map.y)},
        "by": phase_map.by,
        "phase": phase_map.phase.tolist(),
        "train_step": _steps(phase_map.train_step),
        "validation_step": _steps(phase_map.validation_step),
        "measured": phase_map.measured.tolist(),
        "runs": [[list(ids) for ids in row] for row in phase_map.runs],
        "steps_trained": int(phase_map.steps_trained),
        "seconds": float(phase_map.seconds),
        "seeds": list(phase_map.seeds),
        "budget": phase_map.budget,
        "thresholds": dict(phase_map.thresholds),
        "settings": dict(phase_map.settings),
        "fixed": dict(phase_map.fixed),
        "notes": [asdict(note) for note in phase_map.notes],
        **{name: None if path is None else str(path) for name, path in paths.items()},
    }
    if len(phase_map.seeds) > 1:
        shares = phase_map.phase_fractions
        data["phase_fractions"] = {phase: share.tolist() for phase, share in shares.items()}
    return data


def columns(phase_map: PhaseMap) -> dict[str, NDArray[Any]]:
    """The map as a long table, one row for each cell and seed.

    Args:
        phase_map: the map.

    Returns:
        Columns of equal length: one named by each axis, ``seed``, ``phase``, ``train_step`` and
        ``validation_step`` (NaN where not reached or not run), ``measured``, and ``run`` (id, or
        None where the cell was inferred).
    """
    shape = phase_map.phase_by_seed.shape
    y, x, seed = np.meshgrid(
        np.array(phase_map.y.values),
        np.array(phase_map.x.values),
        np.array(phase_map.seeds),
        indexing="ij",
    )
    measured = np.broadcast_to(phase_map.measured[..., np.newaxis], shape)
    nothing = (None,) * shape[2]
    runs = [ids or nothing for row in phase_map.runs for ids in row]
    return {
        phase_map.x.name: x.ravel(),
        phase_map.y.name: y.ravel(),
        "seed": seed.ravel(),
        "phase": phase_map.phase_by_seed.ravel(),
        "train_step": phase_map.train_step_by_seed.ravel(),
        "validation_step": phase_map.validation_step_by_seed.ravel(),
        "measured": measured.ravel(),
        "run": np.array(runs, dtype=object).ravel(),
    }


def to_pandas(phase_map: PhaseMap) -> pandas.DataFrame:
    """`columns` as a pandas table.

    Raises:
        GrokphaseError: if pandas is not installed.
    """
    table: pandas.DataFrame = library("pandas").DataFrame(columns(phase_map))
    return table


def to_polars(phase_map: PhaseMap) -> polars.DataFrame:
    """`columns` as a polars table.

    Raises:
        GrokphaseError: if polars is not installed.
    """
    # Lists let polars choose its own string type for phases and ids.
    plain = {name: column.tolist() for name, column in columns(phase_map).items()}
    table: polars.DataFrame = library("polars").DataFrame(plain).fill_nan(None)
    return table


def to_xarray(phase_map: PhaseMap) -> xarray.Dataset:
    """The map as a dataset with the dimensions y, x (by their dotted names) and ``seed``.

    Returns:
        Variables ``phase``, ``train_step``, ``validation_step``, ``measured`` over cells, and
        ``phase_by_seed``, ``train_step_by_seed``, ``validation_step_by_seed`` over runs.

    Raises:
        GrokphaseError: if xarray is not installed.
    """
    cells = (phase_map.y.name, phase_map.x.name)
    by_cell = ("phase", "train_step", "validation_step", "measured")
    by_seed = ("phase_by_seed", "train_step_by_seed", "validation_step_by_seed")
    table: xarray.Dataset = library("xarray").Dataset(
        {name: (cells, getattr(phase_map, name)) for name in by_cell}
        | {name: ((*cells, "seed"), getattr(phase_map, name)) for name in by_seed},
        coords={
            phase_map.y.name: list(phase_map.y.values),
            phase_map.x.name: list(phase_map.x.values),
            "seed": list(phase_map.seeds),
        },
        attrs={name: getattr(phase_map, name) for name in ("by", "steps_trained", "seconds")},
    )
    return table


def library(name: str) -> Any:
    """A library that grokphase itself does not need.

    Raises:
        GrokphaseError: it is not installed; the message has the line that installs it.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise GrokphaseError(
            f"{name} is not installed; write: python -m pip install {name}"
        ) from None


def _steps(steps: NDArray[np.float64]) -> list[list[float | None]]:
    return [[_step(value) for value in row] for row in steps.tolist()]


def _step(value: float) -> float | None:
    """An int where it is one (the median of two steps may end in .5), None where censored."""
    if math.isnan(value):
        return None
    return int(value) if value.is_integer() else value
