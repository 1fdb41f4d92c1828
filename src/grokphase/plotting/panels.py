"""What of runs is drawn against steps: panels of lines, and the values of each line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.plotting.looks import PALETTE, shades
from grokphase.plotting.style import NORM_COLOUR, RQI_COLOUR, TRAIN_COLOUR, VALIDATION_COLOUR
from grokphase.telling.captions import leaf

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord

_NAMED, _LONG = 6, 8  # symbols, and letters of a name, that the legend has room for
_MOST_LINES = 256  # of an array: more are a grey surface, and take minutes to draw
_EMBEDDING: Final = "embedding"

ACCURACY: Final = "accuracy"
LOSS: Final = "loss"


class Line(NamedTuple):
    """How one measure is drawn.

    Attributes:
        measure: column of `RunRecord.curves`.
        label: words for the legend.
        colour: of the line.
        dashes: matplotlib line style, so that lines differ without colour.
        event: field of `RunRecord` with its first-passage step; empty where there is none.
    """

    measure: str
    label: str
    colour: str
    dashes: str | tuple[int, tuple[int, ...]]
    event: str = ""


LOSSES: Final = (
    Line("train_loss", "train", TRAIN_COLOUR, "-"),
    Line("validation_loss", "validation", VALIDATION_COLOUR, "--"),
)
ACCURACIES: Final = (
    Line("train_accuracy", "train", TRAIN_COLOUR, "-", "train_step"),
    Line("validation_accuracy", "validation", VALIDATION_COLOUR, "--", "validation_step"),
    Line("rqi", "RQI", RQI_COLOUR, "-.", "rqi_step"),
)
NORMS: Final = (
    Line("weight_norm", "all", NORM_COLOUR, "-"),
    Line("decoder_norm", "decoder", "#8a7cb8", "--"),
    Line("embedding_norm", "embedding", PALETTE["brown"], "-."),
)


class Panel(NamedTuple):
    """Lines that are drawn together.

    Attributes:
        quantity: what `Run.plot(quantity=...)` calls it.
        label: words for the axis of values.
        lines: what is drawn.
        log: whether that axis is logarithmic.
    """

    quantity: str
    label: str
    lines: tuple[Line, ...]
    log: bool


USUAL: Final = (
    Panel(
        LOSS,
        "loss",
        (
            *LOSSES,
            Line("restricted_loss", "restricted", PALETTE["green"], "-."),
            Line("excluded_loss", "excluded", PALETTE["purple"], ":"),
        ),
        True,
    ),
    Panel(
        ACCURACY,
        "accuracy",
        (
            *ACCURACIES,
            Line("new_validation_accuracy", "new samples", "#7a4d0b", (0, (3, 1, 1, 1))),
            Line("predicted_accuracy", "predicted", PALETTE["purple"], ":"),
        ),
        False,
    ),
    Panel("norm", "norm of the weights (L2)", NORMS, True),
)
ASKED: Final = (
    Panel(
        "dimension",
        "dimension of the embedding",
        (
            Line("effective_dimension", "effective", TRAIN_COLOUR, "-"),
            Line("null_dimension", "null space", VALIDATION_COLOUR, "--"),
        ),
        False,
    ),
    Panel(
        "residual",
        "residual of the linear fit",
        (Line("linear_residual", "", RQI_COLOUR, "-"),),
        True,
    ),
    Panel(
        "distance",
        "distance of two symbols (std)",
        (
            Line("mean_distance", "mean", NORM_COLOUR, "-"),
            Line("nearest_distance", "smallest", PALETTE["brown"], "--"),
        ),
        False,
    ),
    Panel(
        "margin",
        "margin of training samples",
        (
            Line("mean_train_margin", "mean", TRAIN_COLOUR, "-"),
            Line("train_margin", "smallest", VALIDATION_COLOUR, "--"),
        ),
        False,
    ),
    Panel("gradient", "norm of the gradient", (Line("gradient_norm", "", NORM_COLOUR, "-"),), True),
    Panel(
        "alignment",
        "cosine of −gradient and weights",
        (Line("gradient_alignment", "", RQI_COLOUR, "-"),),
        False,
    ),
)


def panels_of(runs: Sequence[RunRecord]) -> list[Panel]:
    """The usual panels, and those of what some run recorded besides."""
    return [*USUAL, *_asked(runs)]


def panels_with_values(runs: Sequence[RunRecord]) -> list[Panel]:
    """The panels in which there is something to draw; all where there is nothing at all."""
    panels = panels_of(runs)
    return [panel for panel in panels if any(_has_value(run, panel) for run in runs)] or panels


def _has_value(run: RunRecord, panel: Panel) -> bool:
    return any(finite(run, line.measure, positive=panel.log)[0].size for line in panel.lines)


def panel_of(runs: Sequence[RunRecord], quantity: str) -> Panel:
    """The panel of that name, if some run recorded it."""
    known = {panel.quantity: panel for panel in panels_of(runs)}
    if quantity not in known:
        raise GrokphaseError(
            f'There are no curves of "{quantity}"; there are {", ".join(known)}.'
            f"{nearest(quantity, known)}"
        )
    return known[quantity]


def finite(
    run: RunRecord, measure: str, *, positive: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Steps and values of a measure where it is a number.

    Args:
        run: the run.
        measure: column of its curves, or entry of one that is an array, as "embedding.3"; one it
            does not have gives nothing.
        positive: leave out values <= 0 too, for a logarithmic axis.

    Returns:
        Steps (m,) and values (m,).
    """
    steps = run.curves.get("step", np.empty(0, np.int64))
    values = _values(run, measure)
    if values is None:
        values = np.full(steps.shape, np.nan, np.float32)
    kept = np.isfinite(values) & ((values > 0) | (not positive))
    return steps[kept], values[kept]


def _values(run: RunRecord, measure: str) -> NDArray[np.float32] | None:
    """A column, or an entry of an array, of each recorded step."""
    name, _, entry = measure.rpartition(".")
    column = measure if measure in run.curves else name
    if column not in run.curves:
        return None
    rows = run.curves[column].reshape(len(run.curves[column]), -1)
    at = int(entry) if column != measure else 0
    return rows[:, at] if at < rows.shape[1] else None


def _asked(runs: Sequence[RunRecord]) -> list[Panel]:
    """The panels of what some run recorded besides the usual, the embedding's last."""
    recorded = dict.fromkeys(name for run in runs for name in run.curves)
    panels = [panel for panel in ASKED if any(line.measure in recorded for line in panel.lines)]
    drawn = {line.measure for panel in (*USUAL, *ASKED) for line in panel.lines}
    own = [name for name in recorded if name not in drawn | {"step", "saturation", _EMBEDDING}]
    panels += [_own_panel(runs, name) for name in own]
    if _EMBEDDING in recorded:
        entries = _entries(runs, _EMBEDDING)
        lines = _entry_lines(_EMBEDDING, _entry_labels(runs, entries))
        panels.append(_array_panel(_EMBEDDING, "entries of the embedding", lines))
    return panels


def _own_panel(runs: Sequence[RunRecord], name: str) -> Panel:
    """A panel for a measure of a user's own: one line, or one for each entry of an array."""
    label, entries = name.replace("_", " "), _entries(runs, name)
    if entries == 1:
        return Panel(name, label, (Line(name, "", RQI_COLOUR, "-"),), False)
    labels = [str(k) if entries <= _NAMED else "" for k in range(entries)]
    return _array_panel(name, label, _entry_lines(name, labels))


def _entries(runs: Sequence[RunRecord], name: str) -> int:
    """How many numbers of an array a row holds."""
    curve = next(run.curves[name] for run in runs if name in run.curves)
    return int(np.prod(curve.shape[1:]))


def _array_panel(name: str, label: str, lines: tuple[Line, ...]) -> Panel:
    """The panel of an array: at most `_MOST_LINES` of its entries, evenly spaced, which it says."""
    at = np.unique(np.linspace(0, len(lines) - 1, _MOST_LINES).round().astype(int))
    if len(at) < len(lines):
        label = f"{label} ({len(at)} of {len(lines):,})"
    return Panel(name, label, tuple(lines[k] for k in at), False)


def _entry_labels(runs: Sequence[RunRecord], entries: int) -> list[str]:
    """What each entry is called in the legend: its symbol, once, where symbols have names."""
    named = {str(leaf(run.spec, "task.symbols", "")) for run in runs}
    symbols = named.pop().splitlines() if len(named) == 1 else []
    if (
        not symbols
        or len(symbols) > _NAMED
        or max(map(len, symbols)) > _LONG
        or entries % len(symbols)
    ):
        return [""] * entries
    width = entries // len(symbols)
    return ["" if k % width else symbols[k // width] for k in range(entries)]


def _entry_lines(name: str, labels: Sequence[str]) -> tuple[Line, ...]:
    """A line for each entry of an array, coloured in their order."""
    return tuple(
        Line(f"{name}.{entry}", label, shade, "-")
        for entry, (label, shade) in enumerate(zip(labels, shades(len(labels)), strict=True))
    )
