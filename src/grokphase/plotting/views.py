"""A run through its training: stills at some of its steps, and all of them as a moving picture.

Every panel is drawn once and then set to a step, so that a still and a frame are the same drawing.
Axes and colours have the same range at all steps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.files import replacing
from grokphase.plotting.captions import caption_below, title_above
from grokphase.plotting.curves import log_steps
from grokphase.plotting.looks import FAINT, INK, PALETTE
from grokphase.plotting.panels import LOSSES, USUAL, finite
from grokphase.plotting.style import paper_style
from grokphase.plotting.ticks import broken, log_ticks
from grokphase.telling.captions import task_heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.training.views import Neuron, Plane, Views

_WIDTH: Final = 7.2  # inches
_STILLS: Final = 4  # besides the first step
_SPAN: Final = 64.0  # of the steps that the stills after the first one show
_HELD: Final = 4  # frames for which the last one stands
_MOVING: Final = (9.6, 6.0)  # inches of a moving picture

Update = Callable[[int], Any]
"""Sets what is drawn to a step, by its place among the steps."""

SPECTRA: Final = {
    "embedding": "embedding:\nnorm",
    "neurons": "neurons:\nshare of variance",
    "logits": "logits:\namplitude",
}
"""What spectra are of, in words for their axes."""


class _Row(NamedTuple):
    """Panels of one kind: their height in inches, and what draws one."""

    height: float
    draw: Callable[[Axes], Update]


def views_figure(
    views: Views,
    steps: Sequence[int] | None = None,
    *,
    title: str | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Losses of a run, and under them a column of views for each of some steps.

    The embedding in the plane of its strongest key frequency (or of principal components where no
    frequency is key), spectra of embedding, neurons and logits, the strongest neuron over (a, b),
    and what heads attend to. Planes, frequencies and the neuron are those of the last step.

    Args:
        views: of a run; `Run.views()`.
        steps: some of `views.steps`; None takes five, of which the last four are evenly spaced in
            their logarithm.
        title: above all; None names task, phase, seed and key frequencies.
        figsize: width and height in inches.

    Returns:
        A figure of its own canvas (Agg).

    Raises:
        GrokphaseError: for a step whose weights were not kept, or if there is nothing to draw.
    """
    from grokphase.plotting.notebook import new_figure

    rows = _rows(views)
    chosen = _chosen(views, steps)
    heights = [1.5, *(row.height for row in rows)]
    with paper_style():
        figure = new_figure(figsize or (_WIDTH, sum(heights) + 0.9))
        grid = figure.add_gridspec(len(heights), len(chosen), height_ratios=heights)
        losses = figure.add_subplot(grid[0, :])
        _losses(losses, views)
        for at in chosen:
            losses.axvline(views.steps[at], color=FAINT, linewidth=0.7, zorder=0)
        for row, part in enumerate(rows):
            shared: Axes | None = None
            for column, at in enumerate(chosen):
                axes = figure.add_subplot(grid[row + 1, column], sharey=shared)
                part.draw(axes)(at)
                if row == 0:
                    axes.set_title(f"step {views.steps[at]:,}", fontsize=8)
                if column:
                    axes.set_ylabel("")
                    axes.tick_params(labelleft=False)
                shared = axes
        _heading(figure, views, title)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def animate(views: Views, path: str | os.PathLike[str], *, per_second: int = 4) -> Path:
    """All views of a run as a GIF, a frame for each step; the last one stands for a while.

    Args:
        views: of a run.
        path: the file to write, ".gif"; it is replaced whole.
        per_second: frames a second.

    Returns:
        The path written.

    Raises:
        GrokphaseError: if the suffix is not ".gif", the file cannot be written, or there are fewer
            than two steps.
    """
    from matplotlib.figure import Figure

    from grokphase.plotting.animation import animated

    target = Path(path)
    if target.suffix.lower() != ".gif":
        raise GrokphaseError(f'A moving picture is a GIF: write "{target.with_suffix(".gif")}".')
    _rows(views)
    if len(views.steps) < 2:
        raise GrokphaseError(
            f'The weights of one step do not move; train with keep_weights="log", in a shell '
            f"--keep-weights log, for those of more than step {views.steps[0]:,}."
        )
    with paper_style():
        figure = Figure(figsize=_MOVING, layout="constrained")
        update = _moving(figure, views)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # nothing moves but what is drawn
        frames = [*range(len(views.steps)), *[len(views.steps) - 1] * _HELD]
        found = animated(
            figure, lambda frame: update(frames[frame]), len(frames), per_second=per_second
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as passing:
            passing.write_bytes(found)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GrokphaseError(f'"{path}" was not written: {reason}.') from None
    return target


def _moving(figure: Figure, views: Views) -> Update:
    """All panels side by side."""
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(1, 1.25))[0]
    parts: list[Update] = []
    upper, lower = left.subfigures(2, 1, squeeze=False, height_ratios=(1, 1.9))[:, 0]
    parts.append(_losses(upper.subplots(), views))
    if views.planes:
        parts.append(_plane(lower.subplots(), views.planes[0], numbered=True))
    several = [name for name in SPECTRA if name in views.spectra]
    maps = views.neurons[:3]
    blocks = [bool(several), bool(maps), views.attention is not None]
    heights = [h for h, there in zip((2.1, 1.25, 1.0), blocks, strict=True) if there]
    parted = right.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)
    places = iter(parted[:, 0])
    if several:
        stacked = next(places).subplots(len(several), 1, squeeze=False)[:, 0]
        parts += [
            _spectrum(axes, views, name, labelled=axes is stacked[-1])
            for axes, name in zip(stacked, several, strict=True)
        ]
    if maps:
        beside = next(places).subplots(1, len(maps), squeeze=False)[0]
        parts += [_neuron(axes, each) for axes, each in zip(beside, maps, strict=True)]
    if views.attention is not None:
        parts.append(_attention(next(places).subplots(), views))
    heading = figure.suptitle("", x=0.01, ha="left", fontsize=9, fontweight="bold")

    def update(at: int) -> list[Any]:
        heading.set_text(f"{_title(views)}: step {views.steps[at]:,}")
        return [heading, *(part(at) for part in parts)]

    update(len(views.steps) - 1)
    return update


def _rows(views: Views) -> list[_Row]:
    """The rows of panels that there are.

    Raises:
        GrokphaseError: there is none, and why.
    """
    if not views:
        said = " ".join(views.missing.values())
        raise GrokphaseError(f"There is nothing to see inside run {views.record.id}. {said}")
    rows = []
    if views.planes:
        rows.append(_Row(1.35, lambda axes: _plane(axes, views.planes[0])))
    for name in views.spectra:
        rows.append(_Row(0.8, partial(_spectrum, views=views, name=name)))
    if views.neurons:
        rows.append(_Row(1.35, lambda axes: _neuron(axes, views.neurons[0])))
    if views.attention is not None:
        rows.append(_Row(0.9, lambda axes: _attention(axes, views)))
    return rows


def _chosen(views: Views, steps: Sequence[int] | None) -> list[int]:
    """The places of the steps that are shown."""
    known = views.steps.tolist()
    if steps is None:
        last = max(known[-1], 1)
        wanted = np.geomspace(max(1, last / _SPAN), last, _STILLS)
        apart = np.abs(np.log(np.maximum(views.steps, 0.5)) - np.log(wanted)[:, None])
        return sorted({0, *apart.argmin(axis=1).tolist()})
    if not len(steps):
        raise GrokphaseError("No step is given to draw; give some, or none at all for five.")
    for step in steps:
        if step not in known:
            there = ", ".join(f"{each:,}" for each in known)
            raise GrokphaseError(
                f"The weights at step {step:,} were not kept; those at {there} were."
            )
    return [known.index(step) for step in steps]


def _title(views: Views) -> str:
    record = views.record
    return f"{task_heading(record.spec)}: {record.phase} (seed {record.seed})"


def _heading(figure: Figure, views: Views, title: str | None) -> None:
    keys = ", ".join(map(str, views.keys))
    said = f"{_title(views)}{f'; key frequencies {keys}' if keys else ''}"
    title_above(figure, said if title is None else title)
    caption_below(figure, caption(views))


def caption(views: Views) -> str:
    """What must be known to read the views, in a few sentences."""
    said = ["Planes, key frequencies and neurons are those of the last step, at every step"]
    if views.planes:
        said.append(f"Embedding: {views.planes[0].name}, its mean over symbols taken off")
    if views.neurons:
        ordered = ", each in the order of the angles k a and k b" if views.neurons[0].order else ""
        said.append(f"Neurons: {views.neuron_layer}, over a (up) and b (to the right){ordered}")
    if views.attention is not None:
        said.append("Attention: from the last position, mean over all pairs")
    if views.losses:
        said.append("Restricted loss over all pairs, excluded loss over those trained")
    return " ".join(f"{sentence}." for sentence in said)


def _losses(axes: Axes, views: Views) -> Update:
    """All losses against steps; a line stands at the step."""
    for line in LOSSES:
        step, value = finite(views.record, line.measure, positive=True)
        axes.plot(step, value, color=line.colour, linestyle=line.dashes, label=line.label)
    for line in USUAL[0].lines:
        values = views.losses.get(line.measure)
        if values is not None:
            shown = np.where(values > 0, values, np.nan)
            axes.plot(
                views.steps,
                shown,
                color=line.colour,
                linestyle=line.dashes,
                label=line.label,
                marker=".",
                markersize=3,
                gid=line.measure,
            )
    log_steps(axes, int(views.steps[-1]))
    axes.set_yscale("log")
    log_ticks(axes, "y")
    axes.set_ylabel("loss")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.99), ncols=4, frameon=False, borderpad=0)
    cursor = axes.axvline(0, color=INK, linewidth=0.8, visible=False)

    def update(at: int) -> Any:
        cursor.set(xdata=[views.steps[at]] * 2, visible=True)
        return cursor

    return update


def _plane(axes: Axes, plane: Plane, numbered: bool = False) -> Update:
    """Symbols in a plane, coloured in the order of their angles."""
    from matplotlib import colormaps

    points, order = plane.points, np.array(plane.order or range(plane.points.shape[1]))
    colours = colormaps["twilight" if plane.order else "viridis"](
        np.argsort(order) / max(len(order), 1)
    )
    reach = 1.12 * float(np.abs(points).max()) or 1.0
    flat = not points[..., 1].any()
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect=1, xticks=[], yticks=[])
    axes.set_ylabel(broken(plane.name, 100, 8))
    (ring,) = axes.plot([], [], color="#bbbbbb", linewidth=0.6, zorder=1)
    x, y = points[-1].T
    dots = axes.scatter(x, y, c=colours, s=26 if numbered else 7, zorder=2, linewidths=0)
    words = [
        axes.text(
            0,
            0,
            str(k),
            fontsize=6,
            ha="center",
            va="bottom" if flat else "center",
            zorder=3,
            color=INK,
        )
        for k in (range(points.shape[1]) if numbered else ())
    ]
    closed = [*order, order[0]] if plane.order else []

    def update(at: int) -> Any:
        dots.set_offsets(points[at])
        ring.set_data(*points[at][closed].T)
        for word, (x, y) in zip(words, points[at], strict=False):
            word.set_position((x + (0 if flat else 0.03 * reach), y + 0.02 * reach))
        return dots

    return update


def _spectrum(axes: Axes, views: Views, name: str, labelled: bool = True) -> Update:
    """A bar for each frequency, dark where it is key."""
    values = views.spectra[name][:, 1:]
    frequency = np.arange(1, values.shape[1] + 1)
    key = np.isin(frequency, views.keys)
    colours = np.where(key, PALETTE["blue"], FAINT)
    bars = axes.bar(frequency, values[-1], width=0.85, color=colours)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    axes.set_ylim(min(1.05 * low, 0.0), 1.05 * high or 1.0)
    axes.set_ylabel(SPECTRA[name], fontsize=7)
    axes.tick_params(labelsize=6)
    axes.set_xticks(_apart(views.keys, len(frequency)))
    if labelled and name == [*views.spectra][-1]:
        axes.set_xlabel("frequency k", fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)

    def update(at: int) -> Any:
        for bar, height in zip(bars, values[at], strict=True):
            bar.set_height(float(np.nan_to_num(height)))
        return bars[0]

    return update


def _apart(keys: Sequence[int], count: int) -> list[int]:
    """Key frequencies that can be named beside each other; the first and last where none is key."""
    if not keys:
        return [1, count]
    found: list[int] = []
    for key in keys:
        if not found or key - found[-1] >= count / 12:
            found.append(key)
    return found


def _neuron(axes: Axes, neuron: Neuron) -> Update:
    """A neuron over (a, b)."""
    maps, order = neuron.maps, np.array(neuron.order or range(neuron.maps.shape[-1]))
    maps = maps[:, order][:, :, order]
    image = axes.imshow(
        maps[-1], origin="lower", vmin=float(maps.min()), vmax=float(maps.max()), cmap="viridis"
    )
    axes.set(xticks=[], yticks=[])
    axes.set_ylabel(f"neuron {neuron.number}", fontsize=7)
    under = axes.set_xlabel("", fontsize=6.5)

    def update(at: int) -> Any:
        image.set_data(maps[at])
        if neuron.frequency is not None and np.isfinite(neuron.shares[at]):
            under.set_text(f"k = {neuron.frequency}: {neuron.shares[at]:.0%}")
        return image

    return update


def _attention(axes: Axes, views: Views) -> Update:
    """Heads against positions, with the numbers."""
    assert views.attention is not None
    steps, layers, heads, positions = views.attention.shape
    table: NDArray[np.float64] = views.attention.reshape(steps, layers * heads, positions)
    image = axes.imshow(table[-1], vmin=0, vmax=1, cmap="Blues", aspect="auto")
    names = [f"{k // heads + 1}.{k % heads + 1}" if layers > 1 else str(k + 1) for k in _up(table)]
    axes.set_xticks(range(positions), views.positions, fontsize=7)
    axes.set_yticks(range(layers * heads), names, fontsize=6)
    axes.set_ylabel("attention\nof head", fontsize=7)
    words = [
        [axes.text(j, i, "", ha="center", va="center", fontsize=6) for j in range(positions)]
        for i in _up(table)
    ]

    def update(at: int) -> Any:
        image.set_data(table[at])
        for line, values in zip(words, table[at], strict=True):
            for word, value in zip(line, values, strict=True):
                word.set(text=f"{value:.2f}", color="white" if value > 0.6 else INK)
        return image

    return update


def _up(table: NDArray[np.float64]) -> Iterator[int]:
    return iter(range(table.shape[1]))
