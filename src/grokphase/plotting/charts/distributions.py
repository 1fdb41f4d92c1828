"""Spectra and distributions: bars, stems, histograms, stacked shares, fans of quantiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.plotting.charts.columns import Floats, Table, array, labels, numbers, words_of
from grokphase.plotting.looks import Look, in_order, look
from grokphase.telling.looks import PHASE_STYLES, lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["bars", "stems", "histogram", "shares", "fan"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_HATCHES: Final = ("", "", "/////", ".....", "xxxxx")
_PALE: Final = (0.0, 0.62, 0.85, 0.85, 0.85)  # shares of white of groups in one colour


@dataclass(frozen=True)
class Group:
    """One group of bars, stems or of a histogram.

    Args:
        label: in the legend.
        look: its colour.
        values: (n,) one a place.
    """

    label: str
    look: Look
    values: Floats


@dataclass(frozen=True)
class Distributions:
    """What the chart shows; see `distributions`.

    Args:
        kind: "bars", "stems", "histogram", "shares" or "fan".
        places: words under bars; empty where `at` says.
        at: (n,) places of stems and of a fan, (n + 1,) edges of a histogram.
        groups: of "bars", "stems", "histogram" and "shares".
        levels: (k,) of a fan, ascending.
        quantiles: (n, k) of a fan.
        across: bars lie, from above.
        write: numbers stand at bars.
        shaded: groups have one colour, in shades and hatches.
        x_label: of the axis across.
        y_label: of the axis upwards.
    """

    kind: Kind
    places: tuple[str, ...]
    at: Floats
    groups: tuple[Group, ...]
    levels: Floats
    quantiles: Floats
    across: bool
    write: bool
    shaded: bool
    x_label: str
    y_label: str


def distributions(
    table: Table,
    *,
    x: str,
    kind: Kind = "bars",
    y: str = "",
    by: str = "",
    names: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
    bins: int | Sequence[float] = 20,
    levels: Sequence[float] | str = _LEVELS,
    across: bool = False,
    write: bool = False,
    shaded: bool = False,
    colours: Sequence[str] = (),
) -> Distributions:
    """The data of the chart.

    Args:
        table: one row a run, or a place.
        x: column of the places of bars, stems and fans; of a histogram the values.
        kind: "bars" (y at each x; without y, how many rows there are), "stems" (y at each x, as of
            a spectrum), "histogram" (of x), "shares" (of rows in each group at each x, stacked to
            1), "fan" (quantiles of y at each x: a median in bands).
        y: column of values; of a fan also of quantiles themselves, several a row.
        by: column of the group.
        names: groups in words for the legend; their order is that of colours.
        order: places of bars, also those of which there are no rows.
        bins: of a histogram, how many or their edges.
        levels: of the quantiles of a fan, ascending, or the column that has them.
        across: bars lie, the first above.
        write: the numbers at the bars.
        shaded: groups in shades of one colour.
        colours: of the groups.

    Raises:
        GrokphaseError: for a kind or a column that there is not.

    Example:
        >>> table = {"found": ["A1", "none", "A1"], "dimension": [1, 1, 2]}
        >>> made = distributions(table, x="found", by="dimension", order=["A1", "A2", "none"])
        >>> made.places, [group.values.tolist() for group in made.groups]
        (('A1', 'A2', 'none'), [[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    """
    if kind not in KINDS:
        raise GrokphaseError(
            f'There is no kind of distribution "{kind}"; write one of {", ".join(KINDS)}.'
            f"{nearest(str(kind), KINDS)}"
        )
    if kind in ("stems", "fan") and not y:
        raise GrokphaseError(f'kind = "{kind}" shows a column y at each x; write y = "...".')
    places: tuple[str, ...] = ()
    at = ends = quantiles = np.empty(0)
    found: dict[str, Floats] = {}
    if kind == "fan":
        at, ends, quantiles = _fan(table, x, y, levels)
    elif kind == "histogram":
        at, found = _histogram(table, x, by, bins)
    elif kind == "stems":
        (at, values) = numbers(table, x, y)
        words = np.array(labels(table, by, len(values)))
        at, found = _spread(at, values, words)
    else:
        places, found = _bars(table, x, y, by, order, shares=kind == "shares")
    named = names or {}
    groups = tuple(
        Group(named.get(name, name), _look(name, k, colours), found[name])
        for k, name in enumerate(in_order(named, list(found)))
    )
    amount = {"histogram": "runs", "shares": "share of runs"}.get(kind, words_of(y) or "runs")
    axes = (amount, words_of(x)) if across else (words_of(x), amount)
    return Distributions(kind, places, at, groups, ends, quantiles, across, write, shaded, *axes)


def _fan(
    table: Table, x: str, y: str, levels: Sequence[float] | str
) -> tuple[Floats, Floats, Floats]:
    ends = array(table, levels) if isinstance(levels, str) else np.asarray(levels, np.float64)
    where, values = numbers(table, x, y)
    if values.ndim == 2:
        if values.shape[1] != len(ends):
            raise GrokphaseError(
                f'The column "{y}" has {values.shape[1]} quantiles a row, and there are '
                f"{len(ends)} levels; they must be as many."
            )
        return where, ends, values
    at = np.unique(where)
    late = np.where(np.isnan(values), np.inf, values)
    found = np.array([_quantiles(late[where == one], ends) for one in at])
    return at, ends, np.where(np.isfinite(found), found, np.nan)


def _quantiles(values: Floats, levels: Floats) -> Floats:
    """Quantiles, linear between the two nearest values; infinite where one of them is."""
    at, values = levels * (len(values) - 1), np.sort(values)
    low = np.floor(at).astype(int)
    high, part = np.ceil(at).astype(int), at - low
    with np.errstate(invalid="ignore"):  # nothing of infinity is no number
        between = values[low] + part * (values[high] - values[low])
    return np.where(part == 0, values[low], np.where(np.isfinite(between), between, np.inf))


def _histogram(
    table: Table, x: str, by: str, bins: int | Sequence[float]
) -> tuple[Floats, dict[str, Floats]]:
    (values,) = numbers(table, x)
    words = np.array(labels(table, by, len(values)))
    kept = np.isfinite(values)
    edges = np.histogram_bin_edges(values[kept], bins)
    return edges, {
        name: np.histogram(values[kept & (words == name)], edges)[0].astype(np.float64)
        for name in dict.fromkeys(words.tolist())
    }


def _spread(at: Floats, values: Floats, words: Any) -> tuple[Floats, dict[str, Floats]]:
    """Values of each group at all places; NaN where it has none."""
    places = np.unique(at)
    found = {}
    for name in dict.fromkeys(words.tolist()):
        row = np.full(places.shape, np.nan)
        row[np.searchsorted(places, at[words == name])] = values[words == name]
        found[name] = row
    return places, found


def _bars(
    table: Table, x: str, y: str, by: str, order: Sequence[str], *, shares: bool
) -> tuple[tuple[str, ...], dict[str, Floats]]:
    values = numbers(table, y)[0] if y and not shares else np.ones(1)
    rows = len(table[x]) if x in table and hasattr(table[x], "__len__") else 1
    rows = max(rows, len(values))
    at, words = labels(table, x, rows), labels(table, by, rows)
    places = tuple(order) or _in_turn(tuple(dict.fromkeys(at)))
    found = {name: np.zeros(len(places)) for name in dict.fromkeys(words)}
    for place, name, value in zip(at, words, np.broadcast_to(values, rows), strict=True):
        if place in places:
            found[name][places.index(place)] += value
    if shares:
        total = np.maximum(sum(found.values(), np.zeros(len(places))), 1)
        found = {name: each / total for name, each in found.items()}
    return places, found


def _in_turn(places: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers from the smallest on, words as they come."""
    try:
        return tuple(sorted(places, key=float))
    except ValueError:
        return places


def _look(name: str, k: int, colours: Sequence[str]) -> Look:
    """A phase looks as it does on every map; other groups take their turn."""
    if not colours and name in PHASE_STYLES:
        return look(k)._replace(colour=PHASE_STYLES[name].colour)
    return look(k, colours)


def draw(axes: Axes, picture: Distributions) -> None:
    """Draw it onto axes.

    Args:
        axes: where; they get no labels and no legend, only entries for one.
        picture: what `distributions` gives.
    """
    if picture.kind == "fan":
        _draw_fan(axes, picture)
    elif picture.kind == "stems":
        _draw_stems(axes, picture)
    elif picture.kind == "histogram":
        for group in picture.groups:
            axes.stairs(
                group.values,
                picture.at,
                color=group.look.colour,
                fill=len(picture.groups) == 1,
                label=group.label or None,
                linewidth=1.2,
            )
    else:
        _draw_bars(axes, picture)


def _draw_fan(axes: Axes, picture: Distributions) -> None:
    """Bands between quantiles that lie symmetrically, the outer ones paler, and the middle."""
    colour = look(0).colour if not picture.groups else picture.groups[0].look.colour
    count = len(picture.levels)
    for k in range(count // 2):
        low, high = picture.quantiles[:, k], picture.quantiles[:, count - 1 - k]
        ends = (picture.levels[k], picture.levels[count - 1 - k])
        axes.fill_between(
            picture.at,
            low,
            high,
            linewidth=0,
            color=lighter(colour, 0.8 - 0.25 * k),
            label=f"{100 * ends[0]:g}\N{EN DASH}{100 * ends[1]:g} %",
        )
    if count % 2:
        middle = picture.levels[count // 2]
        said = "median" if middle == 0.5 else f"{100 * middle:g} %"
        axes.plot(picture.at, picture.quantiles[:, count // 2], color=colour, label=said)


def _draw_stems(axes: Axes, picture: Distributions) -> None:
    apart = np.min(np.diff(picture.at), initial=np.inf)
    width = 0.0 if not np.isfinite(apart) else 0.5 * apart / len(picture.groups)
    for k, group in enumerate(picture.groups):
        at = picture.at + width * (k - (len(picture.groups) - 1) / 2)
        axes.vlines(at, 0, group.values, color=group.look.colour, linewidth=1)
        axes.plot(
            at,
            group.values,
            group.look.marker,
            color=group.look.colour,
            markersize=3.5,
            label=group.label or None,
            gid="stem",
        )


def _draw_bars(axes: Axes, picture: Distributions) -> None:
    """Bars beside each other, or upon each other where they are shares."""
    where = np.arange(len(picture.places), dtype=np.float64)
    stacked = picture.kind == "shares"
    width = 0.8 if stacked else 0.76 / len(picture.groups)
    base = np.zeros(len(where))
    for k, group in enumerate(picture.groups):
        shift = 0.0 if stacked else (k - (len(picture.groups) - 1) / 2) * (width + 0.02)
        one = picture.groups[0].look.colour
        look: dict[str, Any] = {
            "color": lighter(one, _PALE[k % 5]) if picture.shaded else group.look.colour,
            "edgecolor": one if picture.shaded else "white",
            "hatch": _HATCHES[k % 5] if picture.shaded else None,
            "linewidth": 0.5,
            "label": group.label or None,
        }
        if picture.across:
            axes.barh(where + shift, group.values, width, left=base if stacked else None, **look)
        else:
            axes.bar(where + shift, group.values, width, bottom=base if stacked else None, **look)
        if picture.write and not stacked:
            _write(axes, picture, where + shift, group.values)
        base += group.values if stacked else 0
    if picture.across:
        axes.set_yticks(where, picture.places)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(where) - 0.45, -0.6)
    else:
        axes.set_xticks(where, picture.places)
        axes.tick_params(axis="x", length=0)
    if stacked:
        (axes.set_xlim if picture.across else axes.set_ylim)(0, 1)


def _write(axes: Axes, picture: Distributions, where: Floats, values: Floats) -> None:
    for place, value in zip(where, values, strict=True):
        point, offset = ((value, place), (2, 0)) if picture.across else ((place, value), (0, 2))
        axes.annotate(
            f"{value:g}",
            point,
            offset,
            textcoords="offset points",
            fontsize=6,
            gid="symbol",
            ha="left" if picture.across else "center",
            va="center_baseline" if picture.across else "bottom",
        )
