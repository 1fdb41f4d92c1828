"""A sweep as rows, as the tables of pandas and polars, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.frames import Column, kind_of, pandas_table, polars_table
from grokphase.phases.classify import COMPREHENSION, FAILED, GROKKING
from grokphase.phases.names import BUDGETS
from grokphase.phases.summary import median_step

if TYPE_CHECKING:
    from grokphase.phases.axis import Axis
    from grokphase.phases.sweep_result import SweepResult

LEVEL: Final = 0.95
"""Of the interval for a share."""

STEPS: Final = ("train_step", "validation_step", "delay", "budget", "steps_trained")
"""Columns of steps, which are whole numbers."""

GENERALIZES: Final = (COMPREHENSION, GROKKING)
"""The phases of a run that generalizes."""


def wilson(count: int, runs: int) -> tuple[float, float]:
    """The 95 % interval of a share from counted runs, by Wilson's score.

    Example:
        >>> low, high = wilson(3, 5)
        >>> round(low, 3), round(high, 3)
        (0.231, 0.882)

    Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209.
    """
    from scipy.stats import binomtest

    found = binomtest(count, runs).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def summary(found: SweepResult) -> list[dict[str, Any]]:
    """A row for each setting: medians over seeds, and the share of runs that generalize.

    Args:
        found: the sweep.

    Returns:
        The settings by name; ``runs``, and how many of them ``failed``, which are left out of
        all but the delay; for ``train`` and ``validation`` how many runs
        ``_reached`` it, their ``_median`` (one that did not reach it counts as later than all)
        and its interval ``_low`` to ``_high`` between order statistics (`median_step`), which
        holds the median of all seeds with the probability ``coverage``; for
        ``delay`` the same by the product limit (`Survival`), since a delay is censored at a
        step of its own in every run; ``share`` that generalizes with its 95 % interval
        ``share_low`` to ``share_high`` (Wilson). None where censored, and where all runs failed.
    """
    delays = {tuple(row[axis.name] for axis in found.axes): row for row in _delays(found)}
    rows = []
    for setting, cell in found.cells():
        failed = found.phase_by_seed[cell] == FAILED
        runs = int((~failed).sum())
        row: dict[str, Any] = {**setting, "runs": len(found.seeds), "failed": len(failed) - runs}
        for name, steps in (
            ("train", found.train_step_by_seed[cell]),
            ("validation", found.validation_step_by_seed[cell]),
        ):
            known = steps[~failed].tolist()
            median = median_step([None if math.isnan(each) else each for each in known])
            row |= {
                f"{name}_reached": median.reached,
                f"{name}_median": median.median,
                f"{name}_low": median.low,
                f"{name}_high": median.high,
                "coverage": median.coverage,
            }
        delay = delays[tuple(setting.values())]
        row |= {
            "delay_reached": delay["events"],
            **{f"delay_{name}": delay[name] for name in ("median", "low", "high")},
        }
        generalized = int(np.isin(found.phase_by_seed[cell], GENERALIZES).sum())
        low, high = wilson(generalized, runs) if runs else (None, None)
        share = generalized / runs if runs else None
        row |= {"share": share, "share_low": low, "share_high": high}
        rows.append(row)
    return rows


def _delays(found: SweepResult) -> list[dict[str, Any]]:
    return found.survival("delay").medians()


def columns(found: SweepResult) -> dict[str, NDArray[Any]]:
    """A long table, one row a run.

    Returns:
        Columns of equal length: one named by each axis, ``seed``, ``phase``, ``train_step``,
        ``validation_step`` and ``delay`` (floats, NaN where not reached), ``budget`` and
        ``steps_trained`` (in steps) and ``seconds`` of the run (NaN where not known), and
        ``run`` (its id).
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


def frame(name: str, columns: Mapping[str, NDArray[Any]]) -> Any:
    """Columns as a table of pandas or polars; steps are whole numbers, missing or not.

    Raises:
        GrokphaseError: if the library is not installed.

    Example:
        >>> frame("pandas", {"seed": np.array([1]), "train_step": np.array([np.nan])}).dtypes
        seed          Int64
        train_step    Int64
        dtype: object
    """
    given = [
        Column(column, "whole" if column in STEPS else kind_of(values), values)
        for column, values in columns.items()
    ]
    return pandas_table(given) if name == "pandas" else polars_table(given)


def json_dict(found: SweepResult) -> dict[str, Any]:
    """The object that ``grokphase sweep --json`` prints: plain data, None where censored.

    Returns:
        ``axes`` (dotted name -> values), ``by``, ``summary`` (see `summary`), ``runs`` (a
        row a run, see `columns`), ``survival`` (of each event the medians with their intervals),
        and what ``grokphase map --json`` says besides.
    """
    paths = {"store": found.store, "figure": found.figure, "report": found.report_path}
    table = {name: column.tolist() for name, column in columns(found).items()}
    runs = [
        dict(zip(table, map(plain, row), strict=True)) for row in zip(*table.values(), strict=True)
    ]
    return {
        "axes": {axis.name: list(axis.values) for axis in found.axes},
        "by": found.by,
        "summary": [{name: plain(value) for name, value in row.items()} for row in summary(found)],
        "runs": runs,
        "survival": {of: found.survival(of).medians() for of in found.intervals},
        "steps_trained": int(found.steps_trained),
        "seconds": float(found.seconds),
        "seeds": list(found.seeds),
        "budget": found.budget,
        "thresholds": dict(found.thresholds),
        "settings": dict(found.settings),
        "fixed": dict(found.fixed),
        "notes": [asdict(note) for note in found.notes],
        **{name: None if path is None else str(path) for name, path in paths.items()},
    }


def plain(value: Any) -> Any:
    """A whole number where it is one, None where it is not reached."""
    if not isinstance(value, float):
        return value
    if math.isnan(value):
        return None
    return int(value) if value.is_integer() else value
