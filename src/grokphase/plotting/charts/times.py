"""A quantity against a setting or against another quantity: a mark a run, lines over seeds.

Made for times, which may be censored: a run that was still waiting when its budget ended has no
time, and counts as later than all others. A median that is not reached is not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

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
from grokphase.plotting.looks import Look, in_order, look

Summary = Literal["median", "min", "max", "mean", "share"]

_CONFIDENCE: Final = 0.90  # of intervals of shares, as of the verdicts
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

    @property
    def alone(self) -> NDArray[np.bool_]:
        """(n,) places of which no neighbour is known, so that no line leads there."""
        known = np.pad(np.isfinite(self.y), 1)
        return np.asarray(known[1:-1] & ~known[:-2] & ~known[2:])


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
        budget: above which censored runs stand; None for the top edge of the axes.
        missing: what is said of them.
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
    missing: str
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
    missing: str = "not reached",
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
        budget: steps that runs had, above which those stand that did not get there; without one
            they stand at the top edge of the axes, and the legend has their number.
        missing: what these are called, as "not stored" where NaN is no time that was not reached.
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
        missing=filled(missing, table),
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
