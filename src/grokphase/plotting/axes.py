"""Axes of a map in words and in drawing coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.axis import Axis, Scale

_UNITS: Final = MappingProxyType(
    {
        "learning_rate": "per step",
        "momentum": "per step",
        "steps": "steps",
        "sustain": "steps",
        "delay": "steps",
        "batch": "samples",
        "batch_size": "samples",
        "widths": "units",
        "p": "symbols",
    }
)

_WORDS: Final = MappingProxyType(
    {
        "recipe.steps": "budget",
        "recipe.sustain": "steps a threshold must hold",
        "recipe.thresholds.delay": "delay that counts as grokking",
        "recipe.thresholds.train_accuracy": "training accuracy threshold",
        "recipe.thresholds.validation_accuracy": "validation accuracy threshold",
        "recipe.thresholds.rqi": "RQI threshold",
        "recipe.batch": "batch size",
        "split.fraction": "training fraction of the data",
        "split.count": "training samples",
        "task.p": "p",
        "model.dimension": "embedding dimension",
        "model.embedding_scale": "initial scale of the embeddings",
        "model.decoder_scale": "initial scale of the decoder",
        "seed": "seed",
    }
)


def axis_label(name: str) -> str:
    """A dotted spec name in the words of an axis label, with its unit.

    A rate is per step (one optimiser update). Weight decay is decoupled and multiplies the
    learning rate, so it has no unit of its own.

    Args:
        name: dotted name of a numeric leaf of a spec.

    Returns:
        The label; a name not known here becomes its own words, which is never wrong.

    Example:
        >>> axis_label("recipe.decoder.learning_rate")
        'decoder learning rate (per step)'
        >>> axis_label("recipe.decoder.weight_decay")
        'decoder weight decay'
        >>> axis_label("model.widths.0")
        'width of layer 1 (units)'
    """
    parts = name.split(".")
    leaf = parts[-1]
    if len(parts) > 1 and leaf.isdigit():
        words, leaf = f"{_singular(parts[-2])} of layer {int(leaf) + 1}", parts[-2]
    elif name in _WORDS:
        words = _WORDS[name]
    else:
        kept = parts[1:] if parts[0] in ("recipe", "model", "task", "split") else parts
        words = " ".join(kept).replace("_", " ")
    unit = _UNITS.get(leaf)
    return f"{words} ({unit})" if unit else words


def _singular(word: str) -> str:
    return word.removesuffix("s").replace("_", " ")


def cell_edges(values: Sequence[float], scale: Scale) -> NDArray[np.float64]:
    """Where the cells of a map begin and end, so that each value lies in the middle of its cell.

    Between two neighbours the edge is their arithmetic mean, on a log axis their geometric mean.
    The outermost edges mirror the first inner ones. A list has cells of equal width around
    0, 1, 2, ...: its values are names, their distance means nothing.

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
    at = np.asarray(values, dtype=np.float64)
    if scale == "list":
        return np.arange(at.size + 1, dtype=np.float64) - 0.5
    if scale == "log":
        at = np.log(at)
    inner = (at[:-1] + at[1:]) / 2
    edges = np.concatenate(([2 * at[0] - inner[0]], inner, [2 * at[-1] - inner[-1]]))
    return np.exp(edges) if scale == "log" else edges


def cell_centres(axis: Axis) -> NDArray[np.float64]:
    """Where the values of an axis are drawn: at themselves, or at 0, 1, 2, ... for a list.

    Example:
        >>> cell_centres(Axis("split.count", (5, 45, 50), "list")).tolist()
        [0.0, 1.0, 2.0]
    """
    if axis.scale == "list":
        return np.arange(axis.size, dtype=np.float64)
    return np.asarray(axis.values, dtype=np.float64)
