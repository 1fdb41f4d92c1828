"""The report of a run: one HTML file in which a slider over steps moves all views together."""

from __future__ import annotations

import base64
import os
import zlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.counting import counted
from grokphase.phases.notes import Note
from grokphase.telling.captions import leaf, task_heading
from grokphase.telling.document import numbers
from grokphase.telling.words import events_text
from grokphase.web.data import A_STEP, Rows, decided_by, levels, settings_rows, value_text
from grokphase.web.frame import framed, resource, rows_table, written
from grokphase.web.packing import MEASURES, pack_curves
from grokphase.web.report import embedded, notes_card, page_at, scripts

if TYPE_CHECKING:
    from grokphase.training.run import Run
    from grokphase.training.views import Neuron, Plane, Views

_SCRIPTS: Final = ("decode.js", "colours.js", "words.js", "charts.js", "run.js")
_MOST_BYTES: Final = 3_000_000
"""Of maps over (a, b) in a page, before they are deflated: neurons have three fifths of them."""

_HIGHEST: Final = 32767  # of the whole numbers in which points are kept


def report_of(run: Run, path: str | os.PathLike[str], command: str = "") -> Path:
    """Write the page of a run.

    Curves, and at every step whose weights were kept the embedding, spectra, neurons over (a, b)
    and attention to each operand; what there is not is said in a sentence. It loads nothing.

    Args:
        run: the run.
        path: the file to write, ".html"; directories on the way are made. It is replaced whole.
        command: the command that made it, shown so that it can be repeated.

    Returns:
        The path written.

    Raises:
        GrokphaseError: if the suffix is not ".html", or the file cannot be written.
    """
    with page_at(path) as target:
        return written(render(run.views(), run.rows(), command), target)


def render(views: Views, outcome: Rows, command: str = "") -> str:
    """The page as text; see `report_of`."""
    record = views.record
    title = f"{task_heading(record.spec)}: {record.phase} (seed {record.seed})"
    missing = [Note(sentence.rstrip(".")) for sentence in views.missing.values()]
    parts = {
        "style": resource("page.css"),
        "script": scripts(*_SCRIPTS),
        "data": embedded(run_data(views)),
        "title": escape(title),
        "summary": escape(_summary(views)),
        "missing": notes_card(missing, "Views that are not here"),
        "outcome": rows_table(outcome),
        "conventions": "".join(f"<li>{escape(line)}</li>" for line in _conventions(views)),
        "settings": rows_table(settings_rows(record.spec)),
    }
    skip = ("step", "Skip to the slider")
    return framed("run.html", parts, records=[record], command=command, skip=skip)


def run_data(views: Views) -> dict[str, Any]:
    """The data embedded in the page, ready for JSON: a number that is not one is None.

    Args:
        views: of a run.

    Returns:
        `steps` that the slider stands at; `read`, each curve at these steps; `curves` (see
        `pack_curves`); `losses`, those with the key frequencies of the last step, at these steps;
        `keys`; `planes`, `spectra`, `neurons`, `attention`, `heads`; and `packed`: base64 of a zlib
        stream of the points of all planes (int16, little-endian, in parts of their reach), then of
        all maps (a byte an entry, from `low` to `high`). Each plane and map has the place of its
        `first` number or byte there.
    """
    record, symbols = views.record, views.planes or views.neurons
    blocks: list[bytes] = []
    planes = [_plane(plane, blocks) for plane in views.planes]
    steps = len(views.steps)
    p = 0
    if symbols:
        p = views.planes[0].points.shape[1] if views.planes else views.neurons[0].maps.shape[1]
    most = _MOST_BYTES // max(steps * p * p, 1)
    neurons = [_neuron(each, blocks) for each in views.neurons[: max(1, most * 3 // 5)]]
    heads = [_neuron(each, blocks) for each in views.heads[: min(4, most * 2 // 5)]]
    return {
        "title": task_heading(record.spec),
        "by": "first-passage",
        "thresholds": levels(leaf(record.spec, "recipe.thresholds", {})),
        "passed": {
            "train_accuracy": record.train_step,
            "validation_accuracy": record.validation_step,
            "rqi": record.rqi_step,
        },
        "steps": views.steps.tolist(),
        "read": _read(views),
        "curves": pack_curves([record]),
        "losses": {name: _short(values, 6) for name, values in views.losses.items()},
        "losses_words": _losses_words(views),
        "keys": list(views.keys),
        "symbols": p,
        "planes": planes,
        "spectra": {name: _short(values, 4) for name, values in views.spectra.items()},
        "spectra_words": _spectra_words(views),
        "neurons": neurons,
        "neurons_words": _neurons_words(views),
        "tuned": None if views.tuned is None else views.tuned.tolist(),
        "attention": _attention(views),
        "heads": heads,
        "packed": base64.b64encode(zlib.compress(b"".join(blocks), 9)).decode("ascii"),
    }


def _plane(plane: Plane, blocks: list[bytes]) -> dict[str, Any]:
    reach = float(np.abs(plane.points).max()) or 1.0
    first = sum(map(len, blocks)) // 2
    blocks.append(np.round(plane.points / reach * _HIGHEST).astype("<i2").tobytes())
    flat = not plane.points[..., 1].any()
    if flat:
        words = f"From left to right; the axis reaches to ±{value_text(float(f'{reach:.3g}'))}."
    elif plane.frequency is None:
        words = f"Axes reach to ±{value_text(float(f'{reach:.3g}'))}."
    else:
        words = (
            f"A line joins the symbols in the order of their angles {plane.frequency} x; axes "
            f"reach to ±{value_text(float(f'{reach:.3g}'))}."
        )
    return {
        "name": plane.name,
        "frequency": plane.frequency,
        "order": list(plane.order),
        "shares": [None] * len(plane.shares) if flat else _short(plane.shares, 3),
        "words": words,
        "first": first,
    }


def _neuron(neuron: Neuron, blocks: list[bytes]) -> dict[str, Any]:
    return {
        "number": neuron.number,
        "frequency": neuron.frequency,
        "order": list(neuron.order),
        "shares": _short(neuron.shares, 3),
        **_map(neuron.maps, blocks),
    }


def _map(maps: NDArray[Any], blocks: list[bytes]) -> dict[str, Any]:
    low, high = float(maps.min()), float(maps.max())
    first = sum(map(len, blocks))
    codes = np.round((maps - low) / ((high - low) or 1.0) * 255)
    blocks.append(codes.astype(np.uint8).tobytes())
    return {"low": low, "high": high, "first": first}


def _attention(views: Views) -> dict[str, Any] | None:
    if views.attention is None:
        return None
    steps, layers, heads, positions = views.attention.shape
    names = [
        f"layer {layer + 1}, head {head + 1}" if layers > 1 else str(head + 1)
        for layer in range(layers)
        for head in range(heads)
    ]
    rows = views.attention.reshape(steps, layers * heads, positions)
    last = views.positions[-1]
    words = (
        f'What each head attends to from "{last}", mean over all pairs (a, b). Squares: what it '
        "attends to a in each pair, a upwards and b to the right, from dark to bright on one scale "
        f"through training{', for the last layer' if layers > 1 else ''}."
    )
    return {
        "rows": np.round(rows, 3).tolist(),
        "positions": list(views.positions),
        "names": names,
        "words": words,
    }


def _read(views: Views) -> dict[str, list[float | None]]:
    """The curves at the steps of the views, and the losses that are known there alone."""
    curves = views.record.curves
    found: dict[str, list[float | None]] = {}
    if not len(views.steps) or "step" not in curves:
        return found
    row = {int(step): at for at, step in enumerate(curves["step"])}
    at = [row.get(int(step), -1) for step in views.steps]
    for name in MEASURES:
        if name in curves and name not in views.losses and curves[name].ndim == 1:
            values = np.array([curves[name][k] if k >= 0 else np.nan for k in at], np.float64)
            if np.isfinite(values).any():
                found[name] = _short(values, 6)
    return found | {name: _short(values, 6) for name, values in views.losses.items()}


def _short(values: NDArray[Any], digits: int) -> Any:
    """Numbers to some digits, None for what is no number."""
    text = np.array([float(f"{value:.{digits}g}") for value in np.ravel(values)], np.float64)
    return numbers(text.reshape(np.shape(values)))


def _summary(views: Views) -> str:
    record = views.record
    said = [each[0].upper() + each[1:] for each in events_text(record)]
    if views.keys:
        said.append(f"Key frequencies of the last step: {', '.join(map(str, views.keys))}")
    said.append(f"{record.steps_trained:,} steps trained; run {record.id}")
    return " ".join(f"{sentence}." for sentence in said)


def _losses_words(views: Views) -> str:
    if views.losses:
        return (
            "Restricted loss: cross-entropy over all pairs of logits of which only waves of the "
            "result at key frequencies are kept. Excluded loss: over the training pairs, of logits "
            "without those waves. Key frequencies are those of the last step, at every step; both "
            "are known at the steps whose weights were kept."
        )
    recorded = {"restricted_loss", "excluded_loss"} & set(views.record.curves)
    return (
        "Restricted and excluded loss: with the key frequencies of each step." if recorded else ""
    )


def _spectra_words(views: Views) -> str:
    if not views.spectra:
        return ""
    count = next(iter(views.spectra.values())).shape[1] - 1
    keys = " Dark: key frequencies of the last step." if views.keys else ""
    return f"Frequency k from 1 to {count}, on one scale through training.{keys}"


def _neurons_words(views: Views) -> str:
    if not views.neurons:
        return ""
    of_each = "" if views.neuron_shares is None else "of each frequency "
    said = (
        f"{counted(len(views.neurons), 'neuron')} of {views.width:,}, {of_each}those that "
        f"vary most at the last step ({views.neuron_layer}), a upwards and b to the right, each on "
        "one scale through training from dark to bright."
    )
    if views.tuned is not None:
        said += (
            " With the share of its variance at its frequency k; {tuned} of "
            f"{views.width:,} neurons have more than 85 % at one frequency."
        )
    return said


def _conventions(views: Views) -> list[str]:
    limits = leaf(views.record.spec, "recipe.thresholds", {})
    told = [
        A_STEP,
        decided_by(limits) if limits else "",
        "The slider stands at the steps whose weights were kept; nothing is interpolated.",
        "Planes of the embedding, key frequencies and neurons are those of the last step, at every "
        "step, so that what moves has moved. The mean over symbols is taken off at each step."
        if views.planes
        else "",
        "A key frequency has an amplitude of cos w(a + b − c) in the logits above five times the "
        "lower quartile of all, and above a tenth of the largest."
        if views.keys
        else "",
    ]
    return [line for line in told if line]
