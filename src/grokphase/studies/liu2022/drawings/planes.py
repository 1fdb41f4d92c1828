"""Figure 2: embeddings in the plane over the regions of the decoder, and how they move."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.plotting.style import paper_style
from grokphase.studies.liu2022.drawings.sheet import INK, WIDTH, sheet
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    from grokphase.studies.figure import Data, FigureResult

Floats = NDArray[np.float64]

_PALE = 0.25  # share of white in the colours of regions, so that labels read on all of them
_FRAMES = 60
_HELD = 12  # frames for which the last one stands


def draw_planes(result: FigureResult) -> Figure:
    """A row for the start and one for each setting, a column for each seed: Figure 2."""
    data = result.data
    rows = [("start", data["starts"])]
    for name, text in data["settings"].items():
        runs = [found for found in data["runs"] if found["setting"] == name and "classes" in found]
        rows.append((text, runs))
    columns = max(len(found) for _, found in rows)
    classes, colours = _classes(data), _colours(data)
    with paper_style():
        height = len(rows) * (0.75 * WIDTH / columns + 0.42)  # labels and key take a quarter
        figure = sheet(_title(data), _caption(result), height)
        panels = figure.subplots(len(rows), columns, squeeze=False)
        for line, (text, found) in zip(panels, rows, strict=True):
            for axes in line[len(found) :]:
                axes.axis("off")
            for axes, one in zip(line, found, strict=False):
                _plane(axes, one, classes, colours)
                axes.set_title(_words(one, data), loc="left", fontsize=6)
            line[0].set_ylabel(textwrap.fill(text, 18), fontsize=7)
        _key(figure, panels, classes, colours, data)
    return figure


def _plane(axes: Axes, found: Mapping[str, Any], classes: int, colours: ListedColormap) -> None:
    """Regions of the decoder's answers, and the embeddings as numbered points."""
    regions = np.array([[int(digit, 36) for digit in row] for row in found["classes"]])
    axes.imshow(
        regions,
        origin="lower",
        extent=tuple(found["extent"]),
        cmap=colours,
        vmin=-0.5,
        vmax=classes - 0.5,
        interpolation="nearest",
        aspect="auto",
    )
    _symbols(axes, np.asarray(found["embedding"], np.float64))
    axes.set(xlim=found["extent"][:2], ylim=found["extent"][2:], box_aspect=1)
    axes.tick_params(labelsize=5.5, length=2, pad=1.5)
    axes.locator_params(nbins=4)


def _symbols(axes: Axes, points: Floats) -> list[Any]:
    return [
        axes.text(
            x,
            y,
            str(symbol),
            ha="center",
            va="center",
            fontsize=5.5,
            gid="symbol",
            bbox={"boxstyle": "circle,pad=0.18", "fc": "white", "ec": "#222222", "lw": 0.5},
        )
        for symbol, (x, y) in enumerate(points)
    ]


def _key(figure: Figure, panels: Any, classes: int, colours: ListedColormap, data: Data) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    bar = figure.colorbar(
        ScalarMappable(Normalize(-0.5, classes - 0.5), colours),
        ax=panels,
        location="right",
        shrink=0.5,
        aspect=30,
        pad=0.01,
    )
    every = range(0, classes, 1 if classes < 12 else 2)
    bar.set_ticks(list(every), labels=[str(one) for one in every])
    bar.ax.tick_params(labelsize=6, length=0)
    what = f"(i + j) mod {data['symbols']}" if data["cyclic"] else "i + j"
    bar.set_label(f"most probable class, {what}", fontsize=6.5)


def _classes(data: Data) -> int:
    return int(data["symbols"] if data["cyclic"] else 2 * data["symbols"] - 1)


def _colours(data: Data) -> ListedColormap:
    """A cyclic map for classes that come round, an ordered one for those that do not."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap, to_hex

    many = _classes(data)
    # Both maps rise or fall evenly in lightness and stay in order for the colour-blind.
    name, where = (
        ("twilight", np.arange(many) / many)
        if data["cyclic"]
        else ("viridis", np.linspace(0, 1, many))
    )
    given = mpl.colormaps[name](where)
    return ListedColormap([lighter(to_hex(colour), _PALE) for colour in given])


def _words(found: Mapping[str, Any], data: Data) -> str:
    if "train" not in found:
        return f"seed {found['seed']}"
    shape = (
        f"circle: {found['circle']:.2f} left (m = {found['frequency']})"
        if data["cyclic"]
        else f"RQI {found['rqi']:.2f}, line: {found['line']:.2f} left"
    )
    return f"train {found['train']:.0%}, new {found['new']:.0%}\n{shape}"


def _title(data: Data) -> str:
    if data["cyclic"]:
        return f"Figure 2 (c, d): the plane and the decoder's answers, modulo {data['symbols']}"
    return "Figure 2 (a, b): the plane and the decoder's answers, addition"


def _caption(result: FigureResult) -> str:
    shape = (
        "circle: share of variance that the best circle of frequency m leaves"
        if result.data["cyclic"]
        else "line: share of variance that the best E_k = a + k b leaves"
    )
    return (
        f"{result.settings} Axes: the two dimensions of the embedding. The answer for a pair is "
        f"the colour at the middle between its points. New: accuracy on validation pairs whose "
        f"mirror image is not trained, and whose result is; {shape}. {result.runs:,} runs, "
        f"{result.steps:,} steps."
    )


def animate_planes(result: FigureResult) -> bytes:
    """The embeddings of one network on their way, each frame scaled to its own extent."""
    from matplotlib.figure import Figure

    from grokphase.plotting.animation import animated

    movie = result.data["movie"]
    points = np.asarray(movie["embedding"], np.float64)
    shown = _frames(movie["step"])
    with paper_style():
        figure = Figure(figsize=(3.2, 3.5), layout="constrained")
        axes = figure.subplots()
        axes.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), aspect=1, xticks=[], yticks=[])
        axes.set_xlabel("embedding, scaled to unit variance", fontsize=7)
        ring = axes.plot([], [], color="#bbbbbb", lw=0.8, zorder=0)[0]
        labels = _symbols(axes, scaled(points[0]))
        title = axes.set_title("", fontsize=8, loc="left", color=INK)

        def update(frame: int) -> Iterable[Artist]:
            at = shown[frame]
            placed = scaled(points[at])
            for label, where in zip(labels, placed, strict=True):
                label.set_position(tuple(where))
            order = _joined(len(placed), result.data)
            ring.set_data(*placed[order].T)
            title.set_text(
                f"step {movie['step'][at]:,}: training {movie['train'][at]:.0%}, "
                f"validation {movie['validation'][at]:.0%}"
            )
            return [*labels, ring, title]

        return animated(figure, update, len(shown), per_second=12)


def _frames(steps: Sequence[int]) -> list[int]:
    """Which rows are shown: evenly over the logarithmic recording, and the last for a while."""
    rows = np.unique(np.linspace(0, len(steps) - 1, min(_FRAMES, len(steps))).round().astype(int))
    return [*rows.tolist(), *[len(steps) - 1] * _HELD]


def scaled(points: Floats) -> Floats:
    """Points centred, and scaled to unit mean square distance: networks grow as they learn.

    Example:
        >>> float((scaled(np.array([[0.0, 2.0], [4.0, 2.0]])) ** 2).sum(axis=1).mean())
        1.0
    """
    centred = points - points.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=1).mean())
    return np.asarray(centred / size if size else centred)


def _joined(symbols: int, data: Data) -> list[int]:
    """The order in which symbols are joined: 0, 1, 2, ... and, where they come round, on.

    A circle of frequency m is joined in steps of the inverse of m, that is from neighbour to
    neighbour.
    """
    movie = data["movie"]
    if not data["cyclic"]:
        return list(range(symbols))
    frequency = next(
        found["frequency"]
        for found in data["runs"]
        if found["seed"] == movie["seed"] and found["setting"] == movie["setting"]
    )
    stride = pow(int(frequency), -1, symbols)
    return [stride * k % symbols for k in range(symbols + 1)]
