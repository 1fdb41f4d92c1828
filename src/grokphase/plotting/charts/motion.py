"""Embeddings on their way: a panel a row of the table, on a line or in the plane, as a GIF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.plotting.charts.columns import Floats, Table, array, entry, filled, row_of
from grokphase.plotting.looks import INK, shades
from grokphase.plotting.style import CENSORED_COLOUR, paper_style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_HELD: Final = 12  # frames for which the last one stands


@dataclass(frozen=True)
class Path:
    """One panel.

    Args:
        points: (frames, n, 2); on a line the second is 0.
        order: in which a line joins points; empty for none.
        title: above.
        words: (frames,) at the right of the title.
    """

    points: Floats
    order: tuple[int, ...]
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Moving:
    """What is shown; see `moving`.

    Args:
        paths: from above.
        frames: which of the recorded rows are shown, in order.
        flat: whether points lie on lines.
        reach: from the middle to the ends of the axes.
        label: below.
    """

    paths: tuple[Path, ...]
    frames: tuple[int, ...]
    flat: bool
    reach: float
    label: str


def moving(
    table: Table,
    *,
    points: str = "embedding",
    step: str = "step",
    title: str = "",
    words: str = "step {step:,}",
    order: str = "",
    scaled: bool = False,
    spread: Literal["even", "early"] = "even",
    frames: int = 60,
    label: str = "",
) -> Moving:
    """The data of a moving picture.

    Args:
        table: one row a panel.
        points: column of the points at each recorded step, (steps, n, 2) or (steps, n).
        step: column of these steps, for all panels alike.
        title: above a panel, in which {name} stands for a column of its row.
        words: beside it, in which {name} stands for the entry of a column at the frame.
        order: column of the order in which points are joined.
        scaled: each frame centred, and scaled to unit mean square distance: networks grow as they
            learn.
        spread: frames "even" over what was recorded, or denser "early", where most happens.
        frames: at most.
        label: below all.

    Raises:
        GrokphaseError: if panels have other numbers of steps than there are.

    Example:
        >>> made = moving({"step": [0, 9], "embedding": [[[0.0, 1.0], [1.0, 3.0]]]}, words="{step}")
        >>> made.flat, made.paths[0].words, made.frames[:3]
        (True, ('0', '9'), (0, 1, 1))
    """
    steps = array(table, step)
    many = len(entry(table, points))
    paths = []
    for at in range(many):
        row = row_of({name: each for name, each in table.items() if name != step}, at, many)
        found = np.asarray(row[points], np.float64)
        if len(found) != len(steps):
            raise GrokphaseError(
                f'The points in "{points}" are given at {len(found)} steps, and "{step}" has '
                f"{len(steps)}; they must be as many."
            )
        flat = found.ndim == 2
        found = np.stack([found, np.zeros(found.shape)], axis=-1) if flat else found
        shown = np.stack([unit(each) for each in found]) if scaled else found
        row[step] = [int(one) for one in steps]
        said = tuple(filled(words, row_of(row, k, len(steps))) for k in range(len(steps)))
        joined = tuple(int(k) for k in row.get(order) or ())
        paths.append(Path(shown, joined, filled(title, row), said))
    reach = max(float(np.abs(path.points).max()) for path in paths)
    return Moving(
        tuple(paths),
        tuple(_frames(len(steps), frames, spread)),
        flat,
        2.4 if scaled else 1.08 * reach,
        filled(label, table),
    )


def unit(points: Floats) -> Floats:
    """Points centred, and scaled to unit mean square distance.

    Example:
        >>> float((unit(np.array([[0.0, 2.0], [4.0, 2.0]])) ** 2).sum(axis=1).mean())
        1.0
    """
    centred = points - points.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=1).mean())
    return np.asarray(centred / size if size else centred)


def _frames(rows: int, most: int, spread: Literal["even", "early"]) -> list[int]:
    """Rows that are shown, and the last for a while."""
    if spread == "early":
        at = np.linspace(0, np.sqrt(rows - 1), most) ** 2
    else:
        at = np.linspace(0, rows - 1, min(most, rows))
    shown = np.unique(np.rint(at).astype(int)).tolist()
    return [*shown, *[rows - 1] * _HELD]


def animate(picture: Moving) -> bytes:
    """The bytes of a GIF.

    Args:
        picture: what `moving` gives.
    """
    from matplotlib.figure import Figure

    from grokphase.plotting.animation import animated

    size = (5.4, 0.55 + 0.875 * len(picture.paths)) if picture.flat else (3.2, 3.5)
    with paper_style():
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(picture.paths), 1, squeeze=False, sharex=True)[:, 0]
        marks = [
            _line(axes, path, picture.reach) if picture.flat else _plane(axes, path, picture.reach)
            for axes, path in zip(panels, picture.paths, strict=True)
        ]
        for axes, path in zip(panels, picture.paths, strict=True):
            axes.set_title(path.title, loc="left", fontsize=8, color=INK)
        counters = [axes.set_title("", loc="right", fontsize=8, color=INK) for axes in panels]
        panels[-1].set_xlabel(picture.label, fontsize=7)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # nothing moves but the dots: no layout for each frame

        def update(frame: int) -> Iterable[Artist]:
            at = picture.frames[frame]
            for path, (texts, dots, ring), counter in zip(
                picture.paths, marks, counters, strict=True
            ):
                placed = path.points[at]
                for text, (x, y) in zip(texts, placed, strict=True):
                    text.set_x(x)
                    if not picture.flat:
                        text.set_y(y)
                if dots is not None:
                    dots.set_offsets(placed)
                if ring is not None:
                    ring.set_data(*placed[list(path.order)].T)
                counter.set_text(path.words[at])
            return counters

        return animated(figure, update, len(picture.frames))


def _line(axes: Axes, path: Path, reach: float) -> tuple[list[Any], Any, Any]:
    """Dots on a line, their symbols above and below in turn, so that none covers another."""
    points = path.points[0]
    dots = axes.scatter(points[:, 0], points[:, 1], c=shades(len(points)), s=46, zorder=3)
    texts = [
        axes.text(x, 0.42 if k % 2 else -0.42, str(k), ha="center", va="center", gid="symbol")
        for k, (x, _) in enumerate(points)
    ]
    axes.axhline(0, color=CENSORED_COLOUR, linewidth=0.8, zorder=1)
    axes.set(xlim=(-reach, reach), ylim=(-0.75, 0.75), yticks=[])
    axes.spines[["top", "right", "left"]].set_visible(False)
    return texts, dots, None


def _plane(axes: Axes, path: Path, reach: float) -> tuple[list[Any], Any, Any]:
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect=1, xticks=[], yticks=[])
    ring = axes.plot([], [], color="#bbbbbb", lw=0.8, zorder=0)[0] if path.order else None
    texts = [
        axes.text(
            x,
            y,
            str(k),
            ha="center",
            va="center",
            fontsize=5.5,
            gid="symbol",
            bbox={"boxstyle": "circle,pad=0.18", "fc": "white", "ec": "#222222", "lw": 0.5},
        )
        for k, (x, y) in enumerate(path.points[0])
    ]
    return texts, None, ring
