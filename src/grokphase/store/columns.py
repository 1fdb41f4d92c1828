"""Runs as typed columns: the step between Python objects and a Parquet file.

DuckDB takes a dict of NumPy arrays as a table. It would guess the type of an object column from
a sample of it, read strings of fixed width as an enumeration, and a NaN as NULL; so every column
is given its type here, with a mask where there is no value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grokphase.store.record import LOSS_COLUMNS, STEP_COLUMNS, RunRecord, Scalar, is_missing

Column = np.ndarray
"""One value a run, shape (n,); masked where there is none."""

CURVE = "curve_"
ARRAY = "array_"
FINAL = "final_"

_INT64 = 2**63
_FIXED: dict[str, type] = {
    "id": str,
    "task": str,
    "phase": str,
    "seed": int,
    **dict.fromkeys(STEP_COLUMNS, int),
    "followed": bool,
    "steps_trained": int,
    "seconds": float,
    "finished": str,
    "message": str,
    "measure_seconds": float,
    **dict.fromkeys(LOSS_COLUMNS, int),
    "loss_followed": bool,
}


_SQL: dict[type, str] = {str: "VARCHAR", int: "BIGINT", bool: "BOOLEAN", float: "DOUBLE"}


def fixed_types() -> dict[str, str]:
    """The columns that can always be asked for, with their SQL types.

    The lower ends of the steps, NULL where a step is exact, are in a shard only if it has some.
    """
    lower = dict.fromkeys((f"{name}_lower" for name in (*STEP_COLUMNS, *LOSS_COLUMNS)), int)
    return {name: _SQL[kind] for name, kind in (_FIXED | lower).items()}


def to_columns(
    records: Sequence[RunRecord],
    rows: Sequence[dict[str, Scalar]],
    first_key: int,
    weights: str | None,
    sweep: str | None,
) -> dict[str, Column]:
    """The columns of a shard.

    Args:
        records: the runs, n of them.
        rows: the same, flattened.
        first_key: place of the first in the store's order of writing; the others follow.
        weights: name of the file that holds the weights of those that have any.
        sweep: the sweep they were run for.

    Returns:
        Column name -> array of shape (n,): the flattened row; the curves as lists, `curve_<name>`
        (empty where a run has no such curve), those of arrays `array_<name>`, row after row; and
        what only grokphase reads, `record_<name>`.
    """
    columns = {name: _typed(name, [row.get(name) for row in rows]) for name in _union(rows)}
    # Where no run has curves there is an empty "step" still, so that they can be asked for.
    curves = [_of_dimension(record, arrays=False) for record in records]
    for name in _union([{"step": None}, *curves]):
        columns[CURVE + name] = _lists(name, curves)
    arrays = [_of_dimension(record, arrays=True) for record in records]
    for name in _union(arrays):
        columns[ARRAY + name] = _lists(name, arrays)
    columns["record_key"] = np.arange(first_key, first_key + len(records), dtype=np.int64)
    columns["record_weights"] = _text([weights if r.weights is not None else None for r in records])
    columns["record_sweep"] = _text([sweep for _ in records])
    columns["record_spec"] = _text([json.dumps(record.spec) for record in records])
    columns["record_provenance"] = _text([json.dumps(record.provenance) for record in records])
    columns["record_counts"] = _text([json.dumps(record.counts) for record in records])
    columns["record_lower"] = _text([json.dumps(record.lower) for record in records])
    columns["record_message"] = _text([record.message for record in records])
    columns["record_names"] = _text([json.dumps([[*r.final], _shapes(r)]) for r in records])
    return columns


def _of_dimension(record: RunRecord, *, arrays: bool) -> dict[str, np.ndarray]:
    return {name: curve for name, curve in record.curves.items() if (curve.ndim > 1) == arrays}


def _shapes(record: RunRecord) -> dict[str, list[int]]:
    """Names of the curves, each with the shape of one row."""
    return {name: list(curve.shape[1:]) for name, curve in record.curves.items()}


def to_records(columns: dict[str, Column], count: int) -> list[RunRecord]:
    """The runs of columns read back from shards, without their weights.

    Args:
        columns: as `to_columns` gave them; shards may have been put together, so a column may be
            NULL for runs that lack it. Without those of the curves, the runs have none.
        count: how many runs they hold.

    Returns:
        The runs in the order of the rows.
    """
    plain = {name: _values(column) for name, column in columns.items() if name in _FIXED}
    return [_record(columns, plain, row) for row in range(count)]


def _record(columns: dict[str, Column], plain: dict[str, list[Any]], row: int) -> RunRecord:
    final, shapes = json.loads(columns["record_names"][row])
    if isinstance(shapes, list):  # of an older version, with a column for each entry
        shapes = dict.fromkeys(shapes, ())
    if CURVE + "step" not in columns:
        shapes = {}
    listed = {name: values[row] for name, values in plain.items()}
    del listed["task"], listed["finished"]
    listed["loss_followed"] = bool(listed.get("loss_followed"))  # older versions did not look
    listed["measure_seconds"] = listed.get("measure_seconds") or 0.0
    return RunRecord(
        **listed,
        spec=json.loads(columns["record_spec"][row]),
        provenance=json.loads(columns["record_provenance"][row]),
        final={name: _number(columns[FINAL + name][row]) for name in final},
        curves=_together(
            {name: _curve(columns, name, tuple(shapes[name]), row) for name in shapes}
        ),
        weights=None,
        counts=json.loads(_newer(columns, "record_counts", row) or "{}"),
        lower=json.loads(_newer(columns, "record_lower", row) or "{}"),
        message=_newer(columns, "record_message", row) or "",
    )


def _newer(columns: dict[str, Column], name: str, row: int) -> str | None:
    """A text that shards of older versions do not have."""
    text = columns[name][row] if name in columns else None
    return None if text is None or text is np.ma.masked else str(text)


def _curve(columns: dict[str, Column], name: str, shape: tuple[int, ...], row: int) -> np.ndarray:
    values = _filled(columns[(ARRAY if shape else CURVE) + name][row])
    return values.reshape(-1, *shape) if shape else values


def _together(curves: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Curves in which the entries of an embedding, a curve each in older stores, are one array."""
    entries = [name for name in curves if name.startswith("embedding.")]
    if entries:
        curves["embedding"] = np.stack([curves.pop(name) for name in entries], axis=1)
    return curves


def _union(rows: Sequence[dict[str, Any]]) -> list[str]:
    # SQL does not tell cases apart: of "task.P" and "task.p" in two runs, the first is a column.
    names: dict[str, str] = {}
    for keys in dict.fromkeys(tuple(row) for row in rows):
        for name in keys:
            names.setdefault(name.casefold(), name)
    return list(names.values())


def _typed(name: str, values: Sequence[Scalar]) -> Column:
    kind = float if name.startswith(FINAL) else _FIXED.get(name) or _kind(values)
    return _MAKERS[kind](values)


def _kind(values: Sequence[Scalar]) -> type:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return bool
    if kinds == {int} and all(-_INT64 <= v < _INT64 for v in values if isinstance(v, int)):
        return int
    if kinds and kinds <= {int, float}:
        return float
    return str


def _masked(values: Sequence[Scalar], dtype: type, empty: Scalar) -> Column:
    mask = [is_missing(value) for value in values]
    filled = [empty if gone else value for gone, value in zip(mask, values, strict=True)]
    return np.ma.MaskedArray(np.array(filled, dtype=dtype), mask=mask)


def _text(values: Sequence[Scalar]) -> Column:
    # Half of a surrogate pair, which JSON can hold, is no text that Parquet can hold.
    texts = [
        None if is_missing(value) else str(value).encode("utf-8", "replace").decode()
        for value in values
    ]
    return _masked(texts, object, "")


_MAKERS: dict[type, Callable[[Sequence[Scalar]], Column]] = {
    bool: lambda values: _masked(values, bool, False),
    int: lambda values: _masked(values, np.int64, 0),
    float: lambda values: _masked(values, np.float64, 0.0),
    str: _text,
}


def _lists(name: str, curves: Sequence[dict[str, np.ndarray]]) -> Column:
    found = [of_run.get(name) for of_run in curves]
    # One type for all: float64 where one run has it, as the shares of newer runs have.
    kinds = [np.dtype(np.int64 if name == "step" else np.float32)]
    dtype = np.result_type(*kinds, *(curve.dtype for curve in found if curve is not None))
    missing = np.zeros(0, dtype)
    column = np.empty(len(curves), dtype=object)
    for row, curve in enumerate(found):
        column[row] = missing if curve is None else curve.ravel().astype(dtype, copy=False)
    return column


def _values(column: Column) -> list[Any]:
    # A masked array gives None where it is masked.
    values: list[Any] = column.tolist()
    return values


def _number(value: Any) -> float:
    return float("nan") if value is np.ma.masked or value is None else float(value)


def _filled(values: Any) -> np.ndarray:
    # A list of no values at all comes back as NULL once shards are put together.
    if values is np.ma.masked or values is None:
        return np.zeros(0, dtype=np.float32)
    return np.ma.filled(values, np.nan) if isinstance(values, np.ma.MaskedArray) else values
