"""The drawing of runs against steps: loss, accuracy, norms, and what else was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.phases.circuit import phases_of
from grokphase.plotting.captions import caption_below, title_above
from grokphase.plotting.looks import INK
from grokphase.plotting.panels import (
    ACCURACIES,
    ACCURACY,
    LOSS,
    Line,
    Panel,
    finite,
    panel_of,
    panels_with_values,
)
from grokphase.plotting.style import paper_style
from grokphase.plotting.ticks import (
    broken,
    check_axes,
    length,
    log_ticks,
    plain_ticks,
    points,
    room,
    set_ticks,
)
from grokphase.telling.captions import task_heading
from grokphase.telling.circuit import CONVENTION
from grokphase.telling.words import (
    events_text,
    has_rqi,
    phases_text,
    threshold,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.phases.circuit import CircuitPhase
    from grokphase.store.record import RunRecord

_WIDTH, _HEIGHT = 7.2, 2.75  # inches, of a row of panels
_ALONE = 3.4  # inches, of a panel by itself
_ACROSS = 3
_HANDLE = 1.7  # ems, of a line in a legend
_BESIDE = 36.0  # points, of the labels at the left of axes of ours
_LETTER = 0.56  # ems
_FAINTEST = 0.25
_ABOVE = 0.17  # of the axis of losses, room for the names of phases


def curves_figure(
    records: RunRecord | Sequence[RunRecord],
    *,
    quantity: str | None = None,
    title: str | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Loss, accuracy with RQI where it is defined, and weight norms of one or several runs.

    What recipes asked for besides (`recipe.measures`) has panels in rows below, measures of a
    user's own among them; of an array at most 256 entries are drawn, evenly spaced. What no run
    recorded a number of, such as a loss that a training function does not report, has no panel.

    Steps are on a logarithmic axis with a linear piece from 0 to 1, so that the initial network
    (step 0) is on it. Thresholds are dotted lines; a ring marks where a curve first passed its
    own. The title names the phase, and for one run the steps of first passage; what was not
    reached is said in words. Several runs are drawn over each other, more faintly.

    Args:
        records: a run, or runs with recorded curves.
        quantity: draw this one alone: "loss", "accuracy", "norm", or what was asked for:
            "dimension", "residual", "distance", "margin", "gradient", "alignment", "embedding", a
            measure of your own.
        title: above all; None names task and phase.
        figsize: width and height in inches.

    Returns:
        A figure of its own canvas (Agg), which shows itself in a notebook; nothing global is
        touched.

    Raises:
        GrokphaseError: if no run is given, none has curves, or none recorded that quantity.
    """
    from grokphase.plotting.notebook import new_figure

    runs = _with_curves(records)
    panels = panels_with_values(runs) if quantity is None else [panel_of(runs, quantity)]
    phases = _phases(runs) if panels[0].quantity == LOSS else ()
    wide = bool(phases) and len(panels) > 1  # a row for the losses, in which phases are named
    across = min(len(panels) - wide, _ACROSS)
    down = -(-(len(panels) - wide) // _ACROSS) + wide
    with paper_style():
        alone = _ALONE if not phases else _WIDTH
        figure = new_figure(figsize or (_WIDTH if across > 1 else alone, _HEIGHT * down))
        grid = figure.add_gridspec(down, across)
        spots = [grid[0, :]] * wide + [
            grid[at // across + wide, at % across] for at in range(len(panels) - wide)
        ]
        axes = [figure.add_subplot(spot) for spot in spots]
        for place, panel in zip(axes, panels, strict=True):
            _draw_panel(place, runs, panel, _BESIDE if across > 1 else 0.0)
            _draw_phases(place, phases, named=panel.quantity == LOSS)
        title_above(figure, _title(runs) if title is None else title)
        if len(runs) == 1:
            told = [*events_text(runs[0]), *([f"phases: {CONVENTION}"] if phases else [])]
            caption_below(figure, f"{'; '.join(told)}.")
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def draw_curves(
    axes: Axes,
    records: RunRecord | Sequence[RunRecord],
    *,
    quantity: str = ACCURACY,
    title: str | None = None,
) -> Axes:
    """One quantity of one or several runs against steps, in axes of yours.

    Args:
        axes: where to draw, in the sizes of letters that you have set.
        records: a run, or runs with recorded curves.
        quantity: as for `curves_figure`.
        title: above the axes; None names task and phase, "" leaves it out.

    Returns:
        The axes.

    Raises:
        GrokphaseError: as for `curves_figure`.
    """
    check_axes(axes)
    runs = _with_curves(records)
    height = _draw_panel(axes, runs, panel_of(runs, quantity))
    said = _title(runs) if title is None else title
    if said:
        lines = broken(said, room(axes, "x"), points("axes.titlesize"))
        axes.set_title(lines, loc="left", pad=6 + height)
    return axes


def _phases(runs: Sequence[RunRecord]) -> tuple[CircuitPhase, ...]:
    """The phases in which the circuit of a lone run formed, if they are seen."""
    if len(runs) > 1:
        return ()
    try:
        return phases_of(runs[0])
    except GrokphaseError:
        return ()


def _draw_phases(axes: Axes, phases: Sequence[CircuitPhase], *, named: bool) -> None:
    """The change points between phases as lines, in bands of their intervals."""
    for phase in phases:
        if phase.end is not None and phase.interval is not None:
            axes.axvspan(*phase.interval, color="#bbbbbb", alpha=0.45, linewidth=0, gid="interval")
            axes.axvline(phase.end, color="#555555", linewidth=0.8, gid="change point")
    if not (named and phases):
        return
    left, right = axes.get_xlim()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** _ABOVE)  # losses are on a logarithmic axis
    for phase in phases:
        ends = [max(phase.start, left), right if phase.end is None else phase.end]
        first, last = axes.transData.transform([(end, 1.0) for end in ends])[:, 0]
        middle = axes.transData.inverted().transform(((first + last) / 2, 0.0))[0]
        axes.annotate(
            phase.name.replace(" ", "\n"),
            (middle, 0.985),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            fontsize=6.5,
            color=INK,
            gid="phase",
        )


def _with_curves(records: RunRecord | Sequence[RunRecord]) -> list[RunRecord]:
    given = list(records) if isinstance(records, Sequence) else [records]
    runs = [run for run in given if run.curves and run.curves["step"].size]
    if not runs:
        raise GrokphaseError(
            f"There are {len(given)} runs and none has curves; a figure needs a run that recorded "
            "some: give a record from Store.get(id) or gp.train(...)."
        )
    return runs


def _title(runs: Sequence[RunRecord]) -> str:
    tasks = {task_heading(run.spec) for run in runs}
    task = tasks.pop() if len(tasks) == 1 else f"{len(tasks)} tasks"
    which = f"seed {runs[0].seed}" if len(runs) == 1 else f"{len(runs)} runs"
    return f"{task}: {phases_text(runs)} ({which})"


def _draw_panel(axes: Axes, runs: Sequence[RunRecord], panel: Panel, beside: float = 0.0) -> float:
    """Draw one quantity.

    Args:
        axes: where.
        runs: of which.
        panel: the quantity.
        beside: points by which the legend may reach over the left end of the axes.

    Returns:
        The height of the legend, which stands on the axes, in points.
    """
    opacity = max(_FAINTEST, 1 / len(runs) ** 0.5)
    drawn = {
        line.measure
        for line in panel.lines
        for run in runs
        if (line.measure != "rqi" or has_rqi(run))
        and _draw_line(axes, run, line, opacity, log=panel.log)
    }
    log_steps(axes, max(int(run.curves["step"][-1]) for run in runs))
    if panel.quantity == ACCURACY:
        axes.set_ylim(-0.04, 1.04)
        for run in runs:
            _draw_events(axes, run)
    if panel.log and drawn:
        axes.set_yscale("log")
        log_ticks(axes, "y")
    else:
        plain_ticks(axes, "y")
    with_rqi = ", RQI" if "rqi" in drawn else ""
    label = broken(panel.label + with_rqi, room(axes, "y"), points("axes.labelsize"))
    axes.set_ylabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    return _legend(axes, beside)


def _draw_line(axes: Axes, run: RunRecord, line: Line, opacity: float, *, log: bool) -> bool:
    """Draw a measure of a run; whether there was anything to draw."""
    step, value = finite(run, line.measure, positive=log)
    if not step.size:
        return False
    axes.plot(
        step,
        value,
        color=line.colour,
        linestyle=line.dashes,
        alpha=opacity,
        label=line.label,
        gid=line.measure,
    )
    return True


def log_steps(axes: Axes, last: int) -> None:
    """Decades of steps, with step 0 (the initial network) on the same axis."""
    axes.set_xscale("symlog", linthresh=1, linscale=0.4)
    axes.set_xlim(-0.15, last * 1.15 + 1)
    decades = [10.0**power for power in range(len(str(last)))]
    set_ticks(axes, "x", [0.0, *decades], ["0", *map(_decade, decades)])
    size = points("axes.labelsize")
    axes.set_xlabel(broken("step (optimizer updates)", length(axes, "x"), size))


def _decade(step: float) -> str:
    return f"{step:g}" if step < 1000 else f"$10^{{{round(np.log10(step))}}}$"


def _legend(axes: Axes, beside: float) -> float:
    """One entry for a measure, however many runs; above the panel, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    if not once:
        return 0.0
    size = points("legend.fontsize")
    columns = _columns(list(once), size, length(axes, "x") + beside)
    legend = axes.legend(
        once.values(),
        once.keys(),
        loc="lower right",
        bbox_to_anchor=(1.02, 0.99),
        ncols=columns,
        handlelength=_HANDLE,
        handletextpad=0.5,
        columnspacing=0.9,
        borderpad=0,
        frameon=False,
    )
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1)
    return 1.6 * size * -(-len(once) // columns)


def _columns(labels: Sequence[str], size: float, width: float) -> int:
    """In how many columns a legend fits into a width, all in points."""
    for count in range(len(labels), 1, -1):
        columns = np.array_split([len(label) for label in labels], count)
        if size * sum(_HANDLE + 1.4 + _LETTER * column.max() for column in columns) <= width:
            return count
    return 1


def _draw_events(axes: Axes, run: RunRecord) -> None:
    """Thresholds as dotted lines, first passages as rings on them."""
    for line in ACCURACIES:
        level, step = threshold(run, line.measure), getattr(run, line.event)
        if level is None or (line.measure == "rqi" and not has_rqi(run)):
            continue
        axes.axhline(level, color="#888888", linewidth=0.6, linestyle=":", gid="threshold")
        for at in _marks(step):
            axes.plot(
                at,
                level,
                marker="o",
                markersize=5,
                markerfacecolor="white",
                markeredgecolor=line.colour,
                markeredgewidth=1.2,
                linestyle="none",
                clip_on=False,
                gid=f"{line.measure} passed",
                zorder=4,
            )


def _marks(step: int | None) -> Iterator[int]:
    if step is not None:
        yield step
