"""Pictures of survival: the share of runs in which an event has not happened yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.phases.times import DELAYS_BIASED, EVENTS
from grokphase.plotting.captions import caption_below
from grokphase.plotting.looks import COLOURS, DASHES, shades
from grokphase.plotting.style import paper_style
from grokphase.plotting.ticks import check_axes, say_missing
from grokphase.telling.axes import axis_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.phases.axis import Axis
    from grokphase.phases.survival import Curve, Survival

MOST: Final = 24
"""Settings whose curves can be told apart."""

_BANDS: Final = 3  # settings whose intervals do not cover each other
_AFTER: Final = {
    "delay": "steps after training accuracy",
    "loss": "steps after validation accuracy",
}
_MISSING: Final = {
    "train": "no run was made",
    "validation": "no run was made",
    "delay": "no delays: no run passed\nthe training threshold",
    "loss": "nothing was reached\nthat could be lost",
}
_SHORT: Final = {"delay": "delay", "loss": "lost again"}
_STYLES: Final = tuple(DASHES.values())[:3]


def survival_figure(
    events: Sequence[Survival], *, figsize: tuple[float, float] | None = None
) -> Figure:
    """The curves of one event or several side by side, a colour for each setting.

    A curve falls where runs see the event; a small cross on it is a run that was censored there.
    Bands are 95 % intervals, drawn for up to three settings.

    Args:
        events: what is waited for, all of one sweep.
        figsize: width and height in inches.

    Raises:
        GrokphaseError: for more settings than can be told apart.
    """
    from grokphase.plotting.notebook import new_figure

    width = 2.6 * len(events) + 1.4
    with paper_style():
        figure = new_figure(figsize or (width, 3.0))
        panels = figure.subplots(1, len(events), sharey=True, squeeze=False)[0]
        for panel, event in zip(panels, events, strict=True):
            _draw(panel, event)
        panels[0].set_ylabel("share of runs not there yet")
        named: dict[str, Any] = {}
        for panel in panels:
            handles, labels = panel.get_legend_handles_labels()
            named |= dict(zip(labels, handles, strict=True))
        axes = [axis for axis in events[0].axes]
        title = "\n".join(axis_label(axis.name) for axis in axes)
        if named:
            place: Final = "outside right upper"
            figure.legend([*named.values()], [*named], loc=place, title=title, fontsize=7)
        caption_below(figure, _caption(events))
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _caption(events: Sequence[Survival]) -> str:
    sentences = [
        f"Product-limit estimate, {len(events[0].seeds)} seeds a setting; crosses are runs "
        "censored there."
    ]
    for event in events:
        curves = event.curves() if event.of == "delay" else []
        if left_out := sum(curve.excluded for curve in curves):
            runs = left_out + sum(curve.runs for curve in curves)
            none = sum(not curve.runs for curve in curves)
            whole = f"; {none} of {len(curves)} settings {'has' if none == 1 else 'have'} none"
            sentences.append(
                f"{left_out:,} of {runs:,} runs did not pass the training threshold and are left "
                f"out of delays{whole if none else ''}."
            )
        if curves:
            sentences.append(f"Delays are {DELAYS_BIASED}.")
    return " ".join(sentences)


def draw_survival(axes: Axes, event: Survival) -> Axes:
    """The curves of one event in axes of yours, with a legend.

    Raises:
        GrokphaseError: for more settings than can be told apart.
    """
    check_axes(axes)
    _draw(axes, event)
    axes.set_ylabel("share of runs not there yet")
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    return axes


def _draw(axes: Axes, event: Survival) -> None:
    curves = event.curves()
    if len(curves) > MOST:
        raise GrokphaseError(
            f"{len(curves)} curves cannot be told apart, and at most {MOST} are drawn; choose some "
            "of them by .at(name=value)."
        )
    colours = _colours(event.axes, len(curves))
    before: Counter[bytes] = Counter()
    for number, curve in enumerate(curves):
        label = ", ".join(_label(axis, curve) for axis in event.axes) or "all runs"
        style: Any = _STYLES[number // len(COLOURS) % len(_STYLES)] if len(event.axes) > 1 else "-"
        path = curve.steps.tobytes() + curve.share.tobytes()
        if before[path]:  # over a curve just like it, which is seen between the dashes
            style = (0, (3, 3 * before[path]))
        before[path] += 1
        _draw_curve(axes, curve, colours[number], style, label, band=len(curves) <= _BANDS)
    if not any(curve.runs for curve in curves):
        say_missing(axes, _MISSING[event.of], "x")
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel(_AFTER.get(event.of, "steps"))
    axes.set_title(_SHORT.get(event.of, EVENTS[event.of]), loc="left")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _draw_curve(
    axes: Axes, curve: Curve, colour: Any, style: Any, label: str, *, band: bool
) -> None:
    if not curve.steps.size:  # no run of this setting has such a time
        return
    steps = np.concatenate([[min(0.0, curve.steps[0])], curve.steps])  # a delay may be negative
    share = np.concatenate([[1.0], curve.share])
    axes.plot(
        steps,
        share,
        linestyle=style,
        drawstyle="steps-post",
        color=colour,
        label=label,
        gid="curve",
    )
    if band:
        low, high = (np.concatenate([[1.0], ends]) for ends in (curve.low, curve.high))
        axes.fill_between(steps, low, high, step="post", color=colour, alpha=0.15, lw=0)
    at = np.array(curve.censored)
    if at.size:
        there = share[np.searchsorted(steps, at, side="right") - 1]
        axes.plot(at, there, "+", color=colour, markersize=5, gid="censored")


def _label(axis: Axis, curve: Curve) -> str:
    return axis.labels()[axis.values.index(curve.setting[axis.name])]


def _colours(axes: Sequence[Axis], count: int) -> list[str]:
    """Of one axis of numbers shades in their order, else colours that stay apart."""
    if len(axes) == 1 and axes[0].ordered:
        return shades(count)
    return [COLOURS[at % len(COLOURS)] for at in range(count)]
