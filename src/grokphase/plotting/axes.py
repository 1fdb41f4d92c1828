"""Axes of a map in drawing coordinates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.axis import Axis
from grokphase.phases.axis_text import Scale, Value


def cell_edges(values: Sequence[Value], scale: Scale) -> NDArray[np.float64]:
    """Where the cells of a map begin and end, so that each value lies in the middle of its cell.

    Between two neighbours the edge is their arithmetic mean, on a log axis their geometric mean.
    The outermost edges mirror the first inner ones. A list has cells of equal width around
    0, 1, 2, ..., and so do categories: their values are names, their distance means nothing.

    Args:
        values: n >= 2 ascending values.
        scale: of the axis.

    Returns:
        n + 1 ascending edges, in the unit of the values; for a list, in cells.

    Example:
        >>> cell_edges((0, 1, 2), "linear").tolist()
        [-0.5, 0.5, 1.5, 2.5]
        >>> cell_edges((0.01, 1, 100), "log").round(6).tolist()
        [0.001, 0.1, 10.0, 1000.0]
        >>> cell_edges((0, 1, 50), "list").tolist()
        [-0.5, 0.5, 1.5, 2.5]
    """
    at = np.asarray(values if scale != "categories" else range(len(values)), dtype=np.float64)
    if scale in ("list", "categories"):
        return np.arange(at.size + 1, dtype=np.float64) - 0.5
    if scale == "log":
        at = np.log(at)
    inner = (at[:-1] + at[1:]) / 2
    edges = np.concatenate(([2 * at[0] - inner[0]], inner, [2 * at[-1] - inner[-1]]))
    return np.exp(edges) if scale == "log" else edges


def cell_centres(axis: Axis) -> NDArray[np.float64]:
    """Where the values of an axis are drawn: at themselves, or at 0, 1, 2, ... for names.

    Example:
        >>> cell_centres(Axis("split.count", (5, 45, 50), "list")).tolist()
        [0.0, 1.0, 2.0]
    """
    if axis.scale in ("list", "categories"):
        return np.arange(axis.size, dtype=np.float64)
    return np.asarray(axis.numbers, dtype=np.float64)
