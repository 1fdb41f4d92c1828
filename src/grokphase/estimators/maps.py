"""Two maps of the same cells: in how many they agree, beside what chance gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.estimators.estimator import (
    INTERVAL,
    Estimator,
    Parameters,
    Reach,
    by_counting,
    by_resampling,
    joined,
    judged,
    refused,
    unit_count,
)
from grokphase.estimators.intervals import DRAWS, resampled, share_interval
from grokphase.estimators.kinds import Column, Count, Flag, Share
from grokphase.estimators.measured import Measured
from grokphase.estimators.table import ROW, Floats, Table, raw, units

Cells = NDArray[np.str_]


def map_agreement(
    table: Table,
    *,
    first: Column,
    second: Column,
    at_least: Share,
    beyond_chance: Flag = False,
    neighbours: Flag = False,
    unit: Column = "seed",
    draws: Count = DRAWS,
) -> Measured:
    """The share of cells to which two maps give the same phase.

    A row of the table is a map, a list of rows of cells, each cell a letter (["CCG", "CGM"]); or a
    single cell, "C". Cells of one map are related, so each seed gives the share of its cells, and
    what is judged is the mean of these, with the interval of `share`. With `unit = "row"` each map
    (or cell, where rows are cells) is a case of its own; of neighbouring cells that is not so, and
    the interval is too narrow then, as the note says.

    What two maps share by chance, with as many cells of each phase, counts for nothing in Cohen's
    kappa, (share - chance) / (1 - chance): 1 where they agree, 0 where they might as well be
    shuffled. It is in the note, or judged itself (`beyond_chance`) with a percentile bootstrap over
    seeds. A cell that one map does not have (".", "?", " " or None) is left out.

    Args:
        table: of maps or of cells.
        first: the column of one map,
        second: and of the other, of the same shape.
        at_least: the least share of cells, or the least kappa.
        beyond_chance: kappa is judged, and not the share.
        neighbours: a cell agrees too if one of the eight around it in the second map has its phase;
            of maps only.
        unit: the column of what is independent; "row" for each row.
        draws: resamples, for kappa.

    Example:
        >>> maps = {"seed": range(6), "ours": [["CCG", "CGM"]] * 6, "theirs": [["CCG", "CGX"]] * 6}
        >>> found = map_agreement(maps, first="ours", second="theirs", at_least=0.5)
        >>> round(found.value, 3), found.verdict, found.note
        (0.833, 'holds', "30 of 36 cells agree, by chance 13; Cohen's kappa 0.74.")

    Source: Cohen 1960, Educational and Psychological Measurement 20, 37.
    """
    given = zip(raw(table, first), raw(table, second), strict=True)
    pairs = [(_cells(one, other), _cells(other, one)) for one, other in given]
    for one, other in pairs:
        if one.shape != other.shape:
            raise GrokphaseError(
                f'Maps that are compared have one shape; "{first}" has {_shape(one)} cells and '
                f'"{second}" has {_shape(other)}.'
            )
    maps = [[pair[side] for pair in pairs] for side in (0, 1)]
    of = units(table, unit)
    seeds = unit_count(of)
    ours, theirs = (
        np.concatenate([np.array([], str), *(one.ravel() for one in each)]) for each in maps
    )
    there = ~np.isin(ours, _NONE) & ~np.isin(theirs, _NONE)
    if not there.any():
        return refused("There is no cell that both maps have.", seeds)
    same = (
        np.concatenate([_near(one, other).ravel() for one, other in zip(*maps, strict=True)])
        if neighbours
        else ours == theirs
    )[there]
    owner = np.repeat(of, [one.size for one in maps[0]])[there]
    counts = _counts(ours[there], theirs[there], owner, seeds)
    kappa, expected = _kappa(np.ones((1, seeds)), counts)[0], _chance(counts.sum(axis=0))
    sure = "" if np.isnan(kappa) else f"; Cohen's kappa {kappa:.2f}"
    single = all(one.size == 1 for one in maps[0])
    note = joined(
        f"{same.sum()} of {len(same)} cells agree{', or a neighbour does' if neighbours else ''}, "
        f"by chance {expected * len(same):.0f}{' by themselves' if neighbours else ''}{sure}.",
        "Cells count as independent, which neighbours are not: the interval is too narrow."
        if unit == ROW and single
        else "",
    )
    if beyond_chance:
        if np.isnan(kappa):
            return refused(joined("Both maps have one phase only.", note), seeds)
        [interval] = resampled(
            np.arange(seeds), lambda weights: _kappa(weights, counts), draws=draws
        )
        return judged(float(kappa), interval, (at_least, 1.0), seeds, note)
    value = float((np.bincount(owner, same) / np.bincount(owner))[np.unique(owner)].mean())
    return judged(value, share_interval(owner, same), (at_least, 1.0), seeds, note)


_NONE = (".", "?", " ", "None", "")


def _cells(given: Any, beside: Any) -> Cells:
    """The cells of a map given by rows of letters, or a single cell; none where only the map beside
    it is there."""
    if given is None and beside is not None:
        return np.full_like(_cells(beside, None), _NONE[0])
    if given is None or isinstance(given, str):
        return np.array([_letter(given)])
    rows = [[_letter(cell) for cell in row] for row in given]
    if len({len(row) for row in rows}) > 1:
        raise GrokphaseError("All rows of a map have the same number of cells; these do not.")
    return np.array(rows, str)


def _letter(given: str | None) -> str:
    """A cell; of more letters it would be a row of cells that is not in a list."""
    cell = str(given)
    if len(cell) > 1 and cell not in _NONE:
        raise GrokphaseError(
            f'A cell of a map is one letter, and "{cell}" is {len(cell)} letters; a map is a list '
            f'of rows of cells, as ["{cell}"].'
        )
    return cell


def _shape(cells: Cells) -> str:
    return " x ".join(map(str, cells.shape))


def _near(one: Cells, other: Cells) -> NDArray[np.bool_]:
    """Whether a cell's phase is that of the same cell in another map, or of one around it."""
    if one.ndim < 2:
        raise GrokphaseError("Only a map has neighbours; these are single cells.")
    around = np.pad(other.astype(object), 1, constant_values="")
    rows, columns = one.shape
    shifts = [
        around[down : down + rows, right : right + columns]
        for down in range(3)
        for right in range(3)
    ]
    return np.asarray(np.any([one == shifted for shifted in shifts], axis=0))


def _counts(ours: Cells, theirs: Cells, of: NDArray[np.int64], many: int) -> Floats:
    """(units, phases, phases) how many cells have one phase here and the other there."""
    phases, at = np.unique(np.concatenate([ours, theirs]), return_inverse=True)
    found = np.zeros((many, len(phases), len(phases)))
    np.add.at(found, (of, at.ravel()[: len(ours)], at.ravel()[len(ours) :]), 1)
    return found


def _chance(counts: Floats) -> float:
    """The share of cells that agree if the cells of both maps are shuffled."""
    return float(counts.sum(axis=0) @ counts.sum(axis=1) / counts.sum() ** 2)


def _kappa(weights: Floats, counts: Floats) -> Floats:
    """(m,) Cohen's kappa of units that are counted so often; NaN where chance alone agrees."""
    table = np.einsum("mu,uij->mij", weights, counts)
    total = table.sum(axis=(1, 2))
    total = np.where(total > 0, total, np.nan)
    share = np.einsum("mii->m", table) / total
    chance = np.einsum("mi,mi->m", table.sum(axis=1), table.sum(axis=2)) / total**2
    return np.where(chance < 1, (share - chance) / np.where(chance < 1, 1 - chance, 1), np.nan)


def _reach(p: Parameters, seeds: int) -> Reach:
    if p["beyond_chance"]:
        return by_resampling(-1.0, 1.0)(p, seeds)
    return (True, True) if p["unit"] == ROW else by_counting(p["at_least"], 1.0, seeds)


def _rule(p: Parameters) -> str:
    if p["beyond_chance"]:
        what = "Cohen's kappa of"
    else:
        what = "cells of one phase" + (", or beside one," if p["neighbours"] else "") + " in"
    return f"{what} {p['first']} and {p['second']} at least {p['at_least']:.4g} ({INTERVAL})"


ESTIMATORS = (
    Estimator(
        "map-agreement",
        map_agreement,
        _rule,
        _reach,
        lambda p: (
            "takes neighbours for the share of cells, and not for Cohen's kappa (beyond_chance)."
            if p["beyond_chance"] and p["neighbours"]
            else ""
        ),
    ),
)
