"""Curves of many runs in little room: quantized to 16 bits, deflated, in base64.

A report holds the curves of every run of a map in one file. A curve on a screen needs neither 24
bits of mantissa nor hundreds of points, so each measure is cut to a few points and stored as 16-bit
integers between its smallest and largest value in the whole report: on a logarithmic scale for what
is positive by nature (losses, norms), on a linear one for accuracies and RQI. Steps stay exact.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord

MEASURES: Final = (
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "rqi",
    "weight_norm",
    "embedding_norm",
    "decoder_norm",
    "new_validation_accuracy",
    "restricted_loss",
    "excluded_loss",
)
"""Measures that a report shows, in the order in which they are packed."""

MISSING: Final = 65535
"""Stands for a value that is not a number, or was not measured."""

_POINTS: Final = (240, 120, 60, 30, 15)
MOST_RUNS: Final = 20_000
_MOST_CHARACTERS: Final = 3_800_000
_SAMPLE: Final = 100


def pack_curves(records: Sequence[RunRecord]) -> dict[str, Any] | None:
    """The curves of runs as data for the page.

    Args:
        records: runs, in the order in which the page numbers them.

    Returns:
        `measures`, their `scales` ("log" or "linear") and `ranges` [low, high], the number of
        `points` of each run, and `data`: base64 of a zlib stream of, for all runs in a row, the
        steps as differences (uint32), then each measure as differences (uint16, modulo 2^16), all
        little-endian. Steps and measures start from 0 at each block, not at each run. None if
        there are no curves, or so many runs that the page would be slow to open.
    """
    if len(records) > MOST_RUNS or not any(record.curves for record in records):
        return None
    # How far curves deflate is told by some of them; then all are packed, once in most cases.
    sample = records[:: max(1, len(records) // _SAMPLE)]
    for most in _POINTS:
        if len(_pack(sample, most)["data"]) * len(records) > _MOST_CHARACTERS * len(sample):
            continue
        packed = _pack(records, most)
        if len(packed["data"]) <= _MOST_CHARACTERS:
            return packed
    return None


def _pack(records: Sequence[RunRecord], most: int) -> dict[str, Any]:
    chosen = [_chosen(record, most) for record in records]
    steps = [
        record.curves["step"][at] if at.size else np.empty(0, np.int64)
        for record, at in zip(records, chosen, strict=True)
    ]
    blocks = [_differences(np.concatenate(steps), np.uint32)]
    scales, ranges = [], []
    for measure in MEASURES:
        column = np.concatenate(
            [_column(record, measure, at) for record, at in zip(records, chosen, strict=True)]
        )
        scale = "linear" if measure.endswith("accuracy") or measure == "rqi" else "log"
        codes, ends = quantize(column, scale)
        blocks.append(_differences(codes, np.uint16))
        scales.append(scale)
        ranges.append(ends)
    return {
        "measures": MEASURES,
        "scales": scales,
        "ranges": ranges,
        "points": [at.size for at in chosen],
        "data": base64.b64encode(zlib.compress(b"".join(blocks), 6)).decode("ascii"),
    }


def _chosen(record: RunRecord, most: int) -> NDArray[np.int64]:
    """Rows of a run's curves to keep: evenly spaced, with both ends."""
    count = len(record.curves["step"]) if record.curves else 0
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


def _column(record: RunRecord, measure: str, at: NDArray[np.int64]) -> NDArray[np.float64]:
    values = record.curves.get(measure)
    return np.full(at.size, np.nan) if values is None else values[at].astype(np.float64)


def quantize(
    values: NDArray[np.float64], scale: str
) -> tuple[NDArray[np.uint16], tuple[float, float]]:
    """Values as integers from 0 to 65534 between the smallest and the largest of them.

    Args:
        values: (n,) numbers; what is not finite, or on a log scale not positive, is missing.
        scale: "log" spaces the integers evenly in the logarithm, else they are linear.

    Returns:
        Integers (n,), `MISSING` where there is no value, and the (smallest, largest) value.

    Example:
        >>> codes, ends = quantize(np.array([0.0, 0.5, 1.0, np.nan]), "linear")
        >>> codes.tolist(), ends
        ([0, 32767, 65534, 65535], (0.0, 1.0))
    """
    known = np.isfinite(values) & ((values > 0) | (scale != "log"))
    if not known.any():
        return np.full(values.shape, MISSING, np.uint16), (1.0, 1.0)
    seen = values[known]
    ends = float(seen.min()), float(seen.max())
    if scale == "log":
        seen = np.log(seen)
    low, high = float(seen.min()), float(seen.max())
    codes = np.full(values.shape, MISSING, np.uint16)
    codes[known] = np.round((seen - low) / ((high - low) or 1.0) * (MISSING - 1))
    return codes, ends


def _differences(values: NDArray[Any], kind: type[np.unsignedinteger[Any]]) -> bytes:
    """Differences of neighbours, which deflate well, in wrapping little-endian integers."""
    plain = values.astype(np.int64)
    modulus = 1 << (8 * np.dtype(kind).itemsize)
    return (
        (np.diff(plain, prepend=0) % modulus)
        .astype(kind)
        .astype(np.dtype(kind).newbyteorder("<"))
        .tobytes()
    )
