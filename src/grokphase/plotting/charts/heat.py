"""A heat map: a quantity over two settings, its median over runs, written in the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.plotting.charts.columns import Floats, Table, entry, labels, numbers, words_of
from grokphase.plotting.layers import CENSORED_HATCH, HATCH_COLOUR
from grokphase.plotting.style import CENSORED_COLOUR
from grokphase.telling.looks import ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST: Final = 12  # cells of a row in which there is room for numbers


@dataclass(frozen=True)
class Heat:
    """What the chart shows; see `heat`.

    Args:
        x: settings from left to right, in words.
        y: settings from below.
        values: (y, x) the median over runs; NaN where it is not there or not reached.
        runs: (y, x) how many runs there are.
        texts: (y, x) what is written in each cell; empty where nothing is.
        label: of the colour bar.
        scale: of the colours.
        centre: that colours lie symmetrically about, or None.
        downwards: y from above.
        upright: whether the names along x stand upright, for long ones.
        x_label: of the axis.
        y_label: of the axis.
    """

    x: tuple[str, ...]
    y: tuple[str, ...]
    values: Floats
    runs: Any
    texts: tuple[tuple[str, ...], ...]
    label: str
    scale: Literal["linear", "log"]
    centre: float | None
    downwards: bool
    upright: bool
    x_label: str
    y_label: str


def heat(
    table: Table,
    *,
    x: str,
    y: str,
    value: str,
    label: str = "",
    scale: Literal["linear", "log"] = "linear",
    centre: float | None = None,
    write: str | None = None,
    text: str = "",
    downwards: bool = False,
    upright: bool = False,
) -> Heat:
    """The data of the chart.

    Args:
        table: one row a run, or a cell.
        x: column of the setting across: numbers in their order, or words in the order of rows.
        y: column of the setting upwards.
        value: column of the quantity; NaN is not there, or not reached and then later than others.
        label: of the colour bar, with the unit.
        scale: of the colours, "linear" or "log".
        centre: of colours that lie symmetrically about a value, such as 0 or 1.
        write: format of the numbers in the cells, as ".2f"; "" for none; None for none where cells
            are many.
        text: column of what is written in the cells instead.
        downwards: y from above.
        upright: whether the names along x stand upright, for long ones.

    Raises:
        GrokphaseError: for a column that there is not, or a scale that cannot hold the values.

    Example:
        >>> table = {"rate": [1, 1, 2], "decay": [0, 0, 0], "step": [10, 30, None]}
        >>> heat(table, x="rate", y="decay", value="step").values.tolist()
        [[20.0, nan]]
    """
    (found,) = numbers(table, value)
    columns = [_places(table, name, len(found)) for name in (x, y)]
    (x_words, x_at), (y_words, y_at) = columns
    values, runs = (
        np.full((len(y_words), len(x_words)), np.nan),
        np.zeros((len(y_words), len(x_words)), int),
    )
    for row, column in {*zip(y_at.tolist(), x_at.tolist(), strict=True)}:
        there = found[(y_at == row) & (x_at == column)]
        middle = np.median(np.where(np.isnan(there), np.inf, there))
        values[row, column] = middle if np.isfinite(middle) else np.nan
        runs[row, column] = there.size
    if scale == "log" and (values[np.isfinite(values)] <= 0).any():
        raise GrokphaseError(
            f'The column "{value}" has values that are not positive, and no logarithm; write '
            'scale = "linear".'
        )
    few = max(values.shape) <= _MOST
    form = ("auto" if few else "") if write is None else write
    written = np.array([[_text(each, form) for each in row] for row in values], object)
    if text:
        written[y_at, x_at] = labels(table, text, len(found))
    texts = tuple(map(tuple, written.tolist()))
    label = label or words_of(value)
    return Heat(
        x_words,
        y_words,
        values,
        runs,
        texts,
        label,
        scale,
        centre,
        downwards,
        upright,
        words_of(x),
        words_of(y),
    )


def _text(value: float, form: str) -> str:
    """A number in a cell, usually in three digits."""
    if not form or not np.isfinite(value):
        return ""
    usual = ",.0f" if abs(value) >= 100 else ".3g"
    return format(value, usual if form == "auto" else form)


def _places(table: Table, name: str, rows: int) -> tuple[tuple[str, ...], Any]:
    """The settings of an axis in words, and which of them each row has."""
    given: Sequence[Any] = entry(table, name)
    words = labels(table, name, rows)
    if all(isinstance(one, str) for one in given):
        order = list(dict.fromkeys(words))
        return tuple(order), np.array([order.index(word) for word in words])
    (column,) = numbers(table, name)
    values, at = np.unique(column, return_inverse=True)
    return tuple(f"{one:g}" for one in values), at


def draw(axes: Axes, picture: Heat) -> None:
    """Draw it onto axes.

    Args:
        axes: where.
        picture: what `heat` gives.
    """
    from matplotlib.colors import to_hex
    from matplotlib.patches import Rectangle

    diverging = picture.centre is not None
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(picture.values),
        cmap="PuOr_r" if diverging else "viridis",
        norm=_norm(picture),
        edgecolors="white",
        linewidth=0.3,
        gid="values",
    )
    for row, column in np.argwhere(np.isnan(picture.values)):
        there = picture.runs[row, column] > 0
        axes.add_patch(
            Rectangle(
                (column, row),
                1,
                1,
                facecolor=CENSORED_COLOUR if there else "white",
                edgecolor=HATCH_COLOUR if there else "none",
                hatch=CENSORED_HATCH if there else None,
                linewidth=0,
                gid="censored" if there else "missing",
            )
        )
    for row, texts in enumerate(picture.texts):
        for column, text in enumerate(texts):
            if text:
                value = picture.values[row, column]
                shown: Any = mesh.to_rgba(value)
                fill = CENSORED_COLOUR if np.isnan(value) else to_hex(shown)
                axes.text(
                    column + 0.5,
                    row + 0.5,
                    text,
                    ha="center",
                    va="center_baseline",
                    fontsize=6.5,
                    color=ink_on(fill),
                    gid="symbol",
                )
    turn = 90 if picture.upright else 0
    axes.set_xticks(np.arange(len(picture.x)) + 0.5, picture.x, rotation=turn)
    axes.set_yticks(np.arange(len(picture.y)) + 0.5, picture.y)
    axes.tick_params(length=0)
    if picture.downwards:
        axes.invert_yaxis()
    if np.isfinite(picture.values).any():
        assert axes.figure is not None
        bar = axes.figure.colorbar(mesh, ax=axes, pad=0.02, aspect=28)
        bar.set_label(picture.label)
        bar.outline.set_linewidth(0.5)
    if (np.isnan(picture.values) & (picture.runs > 0)).any():
        axes.add_patch(
            Rectangle(
                (0, 0),
                0,
                0,
                facecolor=CENSORED_COLOUR,
                edgecolor=HATCH_COLOUR,
                hatch=CENSORED_HATCH,
                linewidth=0,
                label="not reached",
            )
        )


def _norm(picture: Heat) -> Any:
    from matplotlib.colors import CenteredNorm, LogNorm, Normalize

    known = picture.values[np.isfinite(picture.values)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    if picture.centre is not None:
        return CenteredNorm(picture.centre, max(abs(known - picture.centre).max(initial=0), 1e-12))
    if low == high:
        return Normalize(low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2)
    return LogNorm(low, high) if picture.scale == "log" else Normalize(low, high)
