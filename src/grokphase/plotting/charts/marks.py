"""The drawing of times: a mark a run, what is said over them, and what was not reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.plotting.charts.columns import Floats
from grokphase.plotting.charts.dressing import guide
from grokphase.plotting.charts.times import Group, Times
from grokphase.plotting.looks import DASHES, FAINT, mark_censored, mark_runs
from grokphase.plotting.ticks import broken, name_ticks, points, room
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ABOVE: Final = 1.25  # where censored runs stand, in budgets
_FIRST, _LATER = 1.3, 0.8  # points: what is said first of runs, and what besides


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
        each = room(axes, "x") / len(picture.ticks)
        words = [broken(tick, each, points("xtick.labelsize")) for tick in picture.ticks]
        axes.set_xlim(-0.5, len(words) - 0.5)
        name_ticks(axes, "x", np.arange(float(len(words))), words)
    never = _never(axes, picture)
    for at, group in enumerate(picture.groups):
        if group.marks:
            _draw_marks(axes, picture, group, never, 0.008 * (at - (len(picture.groups) - 1) / 2))
        _draw_over(axes, picture, group, named=not many)
        if many:
            _name_group(axes, group, hollow=_hollow(picture, group))
    if many and any(group.censored and group.marks for group in picture.groups):
        mark_censored(axes, [], [], "#666666", label=_missing(picture))
    if picture.budget is not None:
        guide(axes, picture.budget, "budget")
    elif not any(np.isfinite(group.y).any() for group in picture.groups):
        axes.set_yticks([])  # nobody has got there, and nothing says how far there is
    if many and len(picture.summary_labels) > 1:
        dashes = zip(picture.summary_labels.values(), DASHES.values(), strict=False)
        for at, (label, dash) in enumerate(dashes):
            width = _LATER if at else _FIRST
            axes.plot([], [], color="#666666", linestyle=dash, linewidth=width, label=label)


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
    waiting = np.isnan(group.y) & np.isfinite(group.x)
    if waiting.any():
        said = f"{picture.run}, {_missing(picture)}"
        place = axes.get_xaxis_transform()
        x = group.x[waiting]
        mark_censored(axes, x, np.ones(x.shape), "black", label=said, transform=place, zorder=5)


def _missing(picture: Times) -> str:
    """What is said of runs without a y; with their number where no budget tells their height."""
    if picture.budget is not None:
        return picture.missing
    many = sum(group.censored for group in picture.groups if group.marks)
    return f"{picture.missing} ({many:,})"


def _draw_marks(
    axes: Axes, picture: Times, group: Group, never: float | None, shift: float
) -> None:
    """The runs of a group: where they got there, and above the budget where they did not."""
    x = group.x if never is None else np.where(np.isnan(group.x), never, group.x)
    x = _moved(axes, x, group.aside)
    there = np.isfinite(group.y) & np.isfinite(x)
    label = picture.run if len(picture.groups) == 1 and there.any() else None
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
    if waiting.any():
        edge = {"transform": axes.get_xaxis_transform()}
        height, how = (1.0, edge) if picture.budget is None else (_ABOVE * picture.budget, {})
        top = np.full(int(waiting.sum()), height)
        at = _moved(axes, x, np.full(x.shape, shift))[waiting]
        said = _missing(picture) if len(picture.groups) == 1 else None
        if group.shade.size:
            for where, y, colour in zip(at, top, colours[waiting], strict=True):
                mark_censored(axes, where, y, colour, **how)
            mark_censored(axes, [], [], "#666666", label=said)
        else:
            mark_censored(axes, at, top, colours, label=said, **how)


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
    for at, (over, dash) in enumerate(zip(group.over, [*DASHES.values()] * 2, strict=False)):
        axes.plot(
            over.x,
            over.y,
            color=lighter(group.look.colour, 0.25) if at else group.look.colour,
            linewidth=_LATER if at else _FIRST,
            linestyle=dash if several else group.look.dash,
            label=picture.summary_labels[over.of] if named and np.isfinite(over.y).any() else None,
            marker=group.look.marker if over.low.size else "",
            markersize=3.5,
            gid=over.of,
        )
        if over.alone.any() and not over.low.size:
            axes.plot(
                over.x[over.alone],
                over.y[over.alone],
                group.look.marker,
                color=group.look.colour,
                markerfacecolor="white" if dash != "-" else group.look.colour,
                markersize=5,
                gid=f"{over.of} alone",
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
    axes.axvline(line, color=FAINT, linewidth=0.6)
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
