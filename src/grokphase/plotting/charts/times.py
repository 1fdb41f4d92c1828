"""A quantity against a setting or against another quantity: a mark a run, lines over seeds.

Made for times, which may be censored: a run that was still waiting when its budget ended has no
time, and counts as later than all others. A median that is not reached is not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.plotting.charts.columns import (
    Floats,
    Table,
    filled,
    labels,
    number,
    numbers,
    words_of,
)
from grokphase.plotting.charts.frame import guide
from grokphase.plotting.looks import (
    DASHES,
    Look,
    in_order,
    look,
    mark_censored,
    mark_runs,
)
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Summary = Literal["median", "min", "max", "mean", "share"]

_CONFIDENCE: Final = 0.90  # of intervals of shares, as of the verdicts
_ABOVE: Final = 1.25  # where censored runs stand, in budgets
_WORDS: Final[Mapping[str, str]] = {
    "median": "median",
    "min": "least",
    "max": "greatest",
    "mean": "mean",
    "share": f"share ({_CONFIDENCE:.0%} interval)",
}


@dataclass(frozen=True)
class Over:
    """What is said of the runs at each place, drawn as a line.

    Args:
        of: "median", "min", "max", "mean" or "share".
        x: (n,) places, ascending.
        y: (n,) NaN where there is nothing to draw.
        low: (n,) lower ends of intervals, empty for none.
        high: (n,) upper ends.
    """

    of: Summary
    x: Floats
    y: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Group:
    """The runs that are drawn alike.

    Args:
        label: in the legend.
        look: colour, marker and dash.
        x: (n,) NaN where it never happens.
        y: (n,) NaN where it was not reached.
        low: (n,) lower ends of intervals of single values, empty for none.
        high: (n,) upper ends.
        aside: (n,) by how much of the axis a mark stands beside its place.
        shade: (n,) what the colour of marks says, empty for nothing.
        marks: whether a mark is drawn for each run.
        over: lines over the runs.
    """

    label: str
    look: Look
    x: Floats
    y: Floats
    low: Floats
    high: Floats
    aside: Floats
    shade: Floats
    marks: bool
    over: tuple[Over, ...]

    @property
    def censored(self) -> int:
        """Runs that did not get there."""
        return int(np.isnan(self.y).sum())


@dataclass(frozen=True)
class Times:
    """What the chart shows; see `times`.

    Args:
        groups: runs that are drawn alike.
        budget: above which censored runs stand; None where nothing is censored.
        published: whether these are published points, which look like no group of ours.
        summary_labels: what summaries are called, in the order of their dashes.
        run: what a mark is called.
        shade_label: of the colour bar.
        x_label: of the axis.
        y_label: of the axis.
        ticks: the words of x, from the left; empty where x is a number.
    """

    groups: tuple[Group, ...]
    budget: float | None
    published: bool
    summary_labels: Mapping[Summary, str]
    run: str
    shade_label: str
    x_label: str
    y_label: str
    ticks: tuple[str, ...] = ()


def times(
    table: Table,
    *,
    x: str | Sequence[str],
    y: str | Sequence[str],
    by: str = "",
    names: Mapping[str, str] | None = None,
    summary: Sequence[Summary] = ("median",),
    summary_names: Mapping[str, str] | None = None,
    marks: bool | Sequence[str] = True,
    budget: float | str | None = None,
    low: str = "",
    high: str = "",
    seed: str = "seed",
    apart: float = 0.0,
    shade: str = "",
    shade_label: str = "",
    run: str = "",
    order: Sequence[str] = (),
    colours: Sequence[str] = (),
    dashes: Sequence[str] = (),
    published: bool = False,
) -> Times:
    """The data of the chart.

    Args:
        table: one row a run.
        x: column of the setting, or of another quantity; NaN is never. Several: a group each. Words
            stand side by side.
        y: column of the quantity; NaN is not reached. Several: a group each.
        by: column of the group that a run belongs to.
        names: groups in words for the legend; their order is that of colours.
        summary: lines over the runs at each x: "median", "min", "max", "mean", and "share" of the
            runs that got there, or in which y is true, with exact 90 % intervals. A run that was
            not reached is later than all others; what is not finite is not drawn.
        summary_names: what these are called, as {max = "best seed"}.
        marks: whether each run has a mark; or the groups of which it has one.
        budget: steps that runs had, above which those stand that did not get there.
        low: column of the lower end of an interval for y.
        high: column of its upper end.
        seed: column by which marks stand beside each other.
        apart: how far, as a share of the axis.
        shade: column that colours the marks, instead of the group.
        shade_label: of the colour bar; without one there is no bar.
        run: what a mark is called where there is one group; usually "a run", or "published".
        order: of the words of x, from the left; that of the rows if not given.
        colours: of the groups.
        dashes: of the groups, where there is one summary.
        published: whether the table is a published one: its points look like no group of ours, and
            nothing is said over them. Drawn over a panel of ours, they stand beside them.

    Raises:
        GrokphaseError: for a column or a summary that there is not.

    Example:
        >>> table = {"size": [5, 5, 5, 9, 9, 9], "step": [None, 90, None, 20, 40, None]}
        >>> (group,) = times(table, x="size", y="step").groups
        >>> group.censored, group.over[0].y.tolist()
        (3, [nan, 40.0])
    """
    for each in summary:
        if each not in _WORDS:
            raise GrokphaseError(
                f'There is no summary "{each}"; write some of {", ".join(_WORDS)}.'
                f"{nearest(str(each), _WORDS)}"
            )
    across, up = _listed(x), _listed(y)
    if (len(across) > 1) + (len(up) > 1) + bool(by) > 1:
        raise GrokphaseError(
            "The groups of this chart are several columns x, or several columns y, or those of "
            "one column by; give one of the three."
        )
    table, ticks = _placed(table, across, order)
    runs = [*_groups(table, across, up, by, (low, high, shade), apart, seed)]
    named = names or {}
    order = in_order(named, [name for name, _ in runs])
    drawn = order if marks is True else [] if marks is False else list(marks)
    groups = tuple(
        Group(
            label=filled(named.get(name, words_of(name)), table),
            look=look(at, colours, dashes),
            **values,
            marks=name in drawn,
            over=tuple(_over(each, values["x"], values["y"]) for each in summary if not published),
        )
        for at, (name, values) in enumerate(sorted(runs, key=lambda run: order.index(run[0])))
    )
    return Times(
        groups=groups,
        budget=None if budget is None else number(table, budget),
        published=published,
        summary_labels={
            each: filled((summary_names or {}).get(each, _WORDS[each]), table) for each in summary
        },
        run=filled(run, table) or ("published" if published else "a run"),
        shade_label=filled(shade_label, table),
        x_label=words_of(across[0]),
        y_label=words_of(up[0]),
        ticks=ticks,
    )


def _placed(
    table: Table, across: Sequence[str], order: Sequence[str]
) -> tuple[Table, tuple[str, ...]]:
    """The table with words of x as places from 0, and these words."""
    words = table.get(across[0])
    if not isinstance(words, Sequence | np.ndarray) or not all(isinstance(w, str) for w in words):
        return table, ()
    known = tuple(order) or tuple(dict.fromkeys(map(str, words)))
    for word in words:
        if word not in known:
            raise GrokphaseError(
                f'order has no "{word}", which "{across[0]}" holds; it has {", ".join(known)}.'
                f"{nearest(str(word), known)}"
            )
    return {**table, across[0]: [known.index(str(word)) for word in words]}, known


def _listed(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _groups(
    table: Table,
    across: Sequence[str],
    up: Sequence[str],
    by: str,
    extras: tuple[str, str, str],
    apart: float,
    seed: str,
) -> Iterator[tuple[str, dict[str, Floats]]]:
    """The name of each group, and the columns of its runs."""
    there = [name for name in extras if name]
    found = numbers(table, *across, *up, *there)
    xs, ys = found[: len(across)], found[len(across) : len(across) + len(up)]
    others = dict(zip(there, found[len(across) + len(up) :], strict=True))
    rows = len(found[0])
    columns = {
        key: others.get(name, np.empty(0))
        for key, name in zip(("low", "high", "shade"), extras, strict=True)
    }
    columns["aside"] = _aside(table, seed, rows, apart)
    if by:
        words = np.array(labels(table, by, rows))
        for name in dict.fromkeys(words.tolist()):
            at = np.flatnonzero(words == name)
            kept = {key: each[at] if each.size else each for key, each in columns.items()}
            yield name, {"x": xs[0][at], "y": ys[0][at], **kept}
        return
    for x_name, x in zip(across, xs, strict=True):
        for y_name, y in zip(up, ys, strict=True):
            yield x_name if len(across) > 1 else y_name, {"x": x, "y": y, **columns}


def _aside(table: Table, seed: str, rows: int, apart: float) -> Floats:
    """From -apart / 2 to apart / 2 in the order of the seeds."""
    if not apart or seed not in table:
        return np.zeros(rows)
    _, at = np.unique(labels(table, seed, rows), return_inverse=True)
    return np.asarray(apart * (at / max(at.max(), 1) - 0.5))


def _over(of: Summary, x: Floats, y: Floats) -> Over:
    """What is said of the runs at each x; a run that was not reached is later than all."""
    where = np.unique(x[~np.isnan(x)])
    none = np.empty(0)
    if of == "share":
        found = [_share(y[x == at]) for at in where]
        middle, low, high = np.array(found).reshape(-1, 3).T
        return Over(of, where, middle, low, high)
    say: Callable[[Floats], float] = getattr(np, of)
    late = np.where(np.isnan(y), np.inf, y)
    values = np.array([say(late[x == at]) for at in where])
    return Over(of, where, np.where(np.isfinite(values), values, np.nan), none, none)


def _share(y: Floats) -> tuple[float, float, float]:
    """The share of what is true (of 0 and 1) or was reached (of times), with its interval."""
    from scipy.stats import binomtest

    is_time = not np.isin(y[~np.isnan(y)], (0.0, 1.0)).all()
    true = int(np.isfinite(y).sum() if is_time else (y == 1).sum())
    interval = binomtest(true, y.size).proportion_ci(_CONFIDENCE)
    return true / y.size, interval.low, interval.high


def draw(axes: Axes, picture: Times) -> None:
    """Draw it onto axes whose scales are set.

    Args:
        axes: where; they get no labels and no legend, only entries for one.
        picture: what `times` gives.
    """
    if picture.published:
        for group in picture.groups:
            _draw_published(axes, picture, group)
        return
    many = len(picture.groups) > 1
    if picture.ticks:
        axes.set_xticks(range(len(picture.ticks)), picture.ticks)
        axes.set_xlim(-0.5, len(picture.ticks) - 0.5)
    never = _never(axes, picture)
    for at, group in enumerate(picture.groups):
        if group.marks:
            _draw_marks(axes, picture, group, never, 0.008 * (at - (len(picture.groups) - 1) / 2))
        _draw_over(axes, picture, group, named=not many)
        if many:
            _name_group(axes, group, hollow=_hollow(picture, group))
    if picture.budget is not None:
        if many and any(group.censored for group in picture.groups):
            mark_censored(axes, [], [], "#666666", label="not reached")
        guide(axes, picture.budget, "budget")
    if many and len(picture.summary_labels) > 1:
        for label, dash in zip(picture.summary_labels.values(), DASHES.values(), strict=False):
            axes.plot([], [], color="#666666", linestyle=dash, linewidth=1.2, label=label)


def _draw_published(axes: Axes, picture: Times, group: Group) -> None:
    """Open black diamonds, over everything of ours."""
    axes.plot(
        group.x,
        group.y,
        "D",
        color="black",
        markerfacecolor="white",
        markersize=4.5,
        markeredgewidth=0.9,
        label=picture.run if len(picture.groups) == 1 else group.label,
        gid="published",
        zorder=5,
    )


def _draw_marks(
    axes: Axes, picture: Times, group: Group, never: float | None, shift: float
) -> None:
    """The runs of a group: where they got there, and above the budget where they did not."""
    x = group.x if never is None else np.where(np.isnan(group.x), never, group.x)
    x = _moved(axes, x, group.aside)
    there = np.isfinite(group.y) & np.isfinite(x)
    label = picture.run if len(picture.groups) == 1 else None
    colours: Any = group.look.colour
    if group.shade.size:
        colours = _shaded(axes, picture, group, x, there)
    elif group.low.size:
        reach = np.abs(np.stack([group.low, group.high]) - group.y)[:, there]
        axes.errorbar(
            x[there],
            group.y[there],
            reach,
            color=colours,
            marker=group.look.marker,
            markersize=3.5,
            linestyle="none",
            linewidth=0.9,
            label=label,
            gid="run",
        )
    else:
        # Where no line tells runs from what is said over them, each is drawn more firmly.
        firm: dict[str, Any] = {
            "markerfacecolor": "none" if _hollow(picture, group) else lighter(colours, 0.4),
            "markeredgewidth": 0.5,
            "markersize": 3.8,
            "alpha": 0.8,
        }
        look = {} if group.over else firm
        mark_runs(axes, x[there], group.y[there], colours, group.look.marker, label=label, **look)
    waiting = np.isnan(group.y) & np.isfinite(x)
    if picture.budget is not None and waiting.any():
        top = np.full(int(waiting.sum()), _ABOVE * picture.budget)
        at = _moved(axes, x, np.full(x.shape, shift))[waiting]
        said = "not reached" if len(picture.groups) == 1 else None
        if group.shade.size:
            for where, height, colour in zip(at, top, colours[waiting], strict=True):
                mark_censored(axes, where, height, colour)
            mark_censored(axes, [], [], "#666666", label=said)
        else:
            mark_censored(axes, at, top, colours, label=said)


def _shaded(axes: Axes, picture: Times, group: Group, x: Floats, there: Any) -> Any:
    """Marks coloured by a third quantity, with its bar; the colours of all runs."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    norm = Normalize(*_ends(group.shade))
    dots = axes.scatter(
        x[there],
        group.y[there],
        c=group.shade[there],
        norm=norm,
        cmap="viridis",
        s=12,
        zorder=3,
        gid="run",
    )
    if picture.shade_label:
        assert axes.figure is not None
        axes.figure.colorbar(dots, ax=axes, pad=0.02, aspect=30).set_label(picture.shade_label)
    return colormaps["viridis"](norm(group.shade))


def _ends(shade: Floats) -> tuple[float, float]:
    """0 to 1 for a share, else from the least to the greatest."""
    low, high = float(np.nanmin(shade)), float(np.nanmax(shade))
    return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)


def _draw_over(axes: Axes, picture: Times, group: Group, *, named: bool) -> None:
    """The lines over the runs of a group."""
    several = len(group.over) > 1
    for over, dash in zip(group.over, [*DASHES.values()] * 2, strict=False):
        axes.plot(
            over.x,
            over.y,
            color=group.look.colour,
            linewidth=1.3,
            linestyle=dash if several else group.look.dash,
            label=picture.summary_labels[over.of] if named else None,
            marker=group.look.marker if over.low.size else "",
            markersize=3.5,
            gid=over.of,
        )
        if over.low.size:
            axes.vlines(
                over.x,
                over.low,
                over.high,
                color=lighter(group.look.colour),
                linewidth=0.9,
                zorder=1,
            )


def _hollow(picture: Times, group: Group) -> bool:
    """Whether marks are open: of clouds over one another, so that those below are seen."""
    return not group.over and group is not picture.groups[0]


def _name_group(axes: Axes, group: Group, *, hollow: bool) -> None:
    axes.plot(
        [],
        [],
        color=group.look.colour,
        marker=group.look.marker if group.marks else "",
        markerfacecolor="none" if hollow else group.look.colour,
        markersize=4,
        linewidth=1.3,
        linestyle=group.look.dash if group.over else "none",
        label=group.label,
    )


def _moved(axes: Axes, x: Floats, aside: Floats) -> Floats:
    """Places moved by a share of the range of the axis, as the eye sees it."""
    known = x[np.isfinite(x)]
    if not aside.any() or not known.size:
        return x
    if axes.get_xscale() == "log":
        return np.asarray(x * (known.max() / known.min()) ** aside)
    return np.asarray(x + aside * (known.max() - known.min()))


def _never(axes: Axes, picture: Times) -> float | None:
    """Where runs stand of which x never happens: beyond a line at the right."""
    x = np.concatenate([group.x for group in picture.groups])
    known = x[np.isfinite(x)]
    if known.size == x.size or not known.size:
        return None
    low, high = float(known.min()), float(known.max())
    if axes.get_xscale() == "log":
        line, place = high * 1.6, high * 2.9
    else:
        line, place = high + 0.06 * (high - low), high + 0.12 * (high - low)
    axes.axvline(line, color="#999999", linewidth=0.6)
    axes.annotate(
        "never",
        (place, 0.5),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="center",
        rotation=90,
        color="#777777",
        fontsize=7,
    )
    return place
