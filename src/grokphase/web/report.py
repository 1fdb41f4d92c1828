"""The report of a map: one HTML file that needs no network."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.counting import counted
from grokphase.errors import GrokphaseError
from grokphase.phases.classify import TABLE_1
from grokphase.phases.notes import Note
from grokphase.plotting.information import Spread, border_spreads
from grokphase.telling.captions import (
    caption,
    task_title,
)
from grokphase.telling.looks import in_display_order, phase_style
from grokphase.web.data import (
    conventions,
    cost_rows,
    page_data,
    settings_rows,
    value_text,
)
from grokphase.web.frame import framed, resource, rows_table, written
from grokphase.web.records import recorded
from grokphase.web.survival import card

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.store.record import RunRecord

_SCRIPTS = ("decode.js", "colours.js", "words.js", "map.js", "charts.js", "panel.js", "page.js")
_INFERRED = "Faint, with a dot. Not run: has the phase of the cells around it."
_FORECAST = "Faint, with a ring. A run was stopped, since its phase was forecast."
_SHARED = "The bar along the foot of a cell shows the shares of its seeds."


def write_report(
    phase_map: PhaseMap,
    records: Iterable[RunRecord],
    path: str | os.PathLike[str],
    *,
    command: str = "",
    environment: Mapping[str, Any] | None = None,
) -> Path:
    """Write a map as one self-contained HTML page.

    The page shows the map (hover a cell for hyperparameters, steps and seeds; open it for the
    curves of its runs), the legend, settings, thresholds and conventions, cost, environment and
    citations, and hands out its data as CSV. It loads nothing: styles, scripts and data are
    inside, and its content security policy refuses everything else. It works by keyboard, in
    light and dark, and on a phone.

    Args:
        phase_map: the map.
        records: records of its runs, with curves; runs without one are shown without curves.
        path: the file to write; directories on the way are made. It is replaced whole.
        command: the command that made the map, shown so that it can be repeated.
        environment: versions and machine; None takes them from the records.

    Returns:
        The path written.

    Example:
        >>> import tempfile
        >>> from grokphase.phases.axis import Axis
        >>> from grokphase.phases.phase_map import PhaseMap
        >>> x, y = Axis("recipe.decoder.weight_decay", (0, 1)), Axis("split.count", (40, 45))
        >>> found = [["memorization", "grokking"], ["confusion", "comprehension"]]
        >>> steps = [[90, 90], [None, 90]], [[None, 5000], [None, 300]]
        >>> map_ = PhaseMap.from_arrays(x, y, found, *steps)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_report(map_, [], f"{folder}/report.html").name
        'report.html'
    """
    return written(render(phase_map, list(records), command, environment), path)


def report_of(phase_map: PhaseMap, path: str | os.PathLike[str], command: str = "") -> Path:
    """Write the page of a map with the curves that its store, or its memory, has.

    Where there are none, the page is written without them, and both it and a warning say so.

    Raises:
        GrokphaseError: if the suffix is not ".html", or the file cannot be written.
    """
    with page_at(path) as target:
        records, wanting = recorded(phase_map)
        if wanting:
            warnings.warn(f"{wanting}.", stacklevel=3)
            phase_map = replace(phase_map, notes=(*phase_map.notes, Note(wanting)))
        return write_report(phase_map, records, target, command=command)


@contextmanager
def page_at(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Where a page is written, in a block that may do so.

    Raises:
        GrokphaseError: if the suffix is not ".html", or the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise GrokphaseError(f'A report is a page: write "{target.with_suffix(".html")}".')
    try:
        yield target
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GrokphaseError(f'"{path}" was not written: {reason}.') from None


def render(
    phase_map: PhaseMap,
    records: list[RunRecord],
    command: str,
    environment: Mapping[str, Any] | None,
) -> str:
    """The page as text; see `write_report`."""
    survival = card([phase_map.survival(of) for of in phase_map.intervals])
    axes = {"x": phase_map.x, "y": phase_map.y}
    varied = {leaf: f"varied along {at}" for at, axis in axes.items() for leaf in axis.leaves}
    many = len(phase_map.seeds) > 1 or "seed" in phase_map.settings
    seeds = phase_map.seeds if many else ()
    parts = {
        "style": resource("page.css") + _phase_rules(phase_map),
        "script": scripts(*_SCRIPTS),
        "data": embedded(page_data(phase_map, records)),
        "title": escape(f"Phases of learning: {task_title(phase_map.settings)}"),
        "summary": escape(caption(phase_map)),
        "legend": _legend(phase_map),
        "conventions": "".join(f"<li>{escape(line)}</li>" for line in conventions(phase_map)),
        "notes": notes_card(phase_map.notes) + survival,
        "settings": rows_table(settings_rows(phase_map.settings, varied, seeds)),
        "cost": rows_table(cost_rows(phase_map)),
    }
    return framed(
        "page.html",
        parts,
        records=records,
        environment=environment,
        command=command,
        skip=("map", "Skip to the map"),
        tip='<div id="tip" class="tip" hidden></div>\n',
        images=bool(survival),
    )


def embedded(data: object) -> str:
    """JSON that can stand inside a script element, whatever its strings contain.

    Raises:
        ValueError: if a number is not finite; a page must not show NaN as data.

    Example:
        >>> embedded({"name": "</script>"})
        '{"name":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(data, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def scripts(*names: str) -> str:
    """Parts of the script of a page as one."""
    parts = "\n".join(resource(name) for name in names)
    return f'(() => {{\n"use strict";\n{parts}\n}})();'


def _phase_rules(phase_map: PhaseMap) -> str:
    """A rule for each phase: an inline style would need a laxer policy."""
    return "".join(
        f".phase-{phase} {{ --phase: {phase_style(phase).colour}; }}\n"
        for phase in _outcomes(phase_map)
    )


def _outcomes(phase_map: PhaseMap) -> dict[str, int]:
    """Every outcome of a run, also those that most runs of no cell have, and its cells."""
    counts = phase_map.counts()
    found = in_display_order({*phase_map.phase_fractions, *TABLE_1})
    return {phase: counts.get(phase, 0) for phase in found}


def _legend(phase_map: PhaseMap) -> str:
    items = []
    for phase, cells in _outcomes(phase_map).items():
        style = phase_style(phase)
        hatch = " hatched" if style.hatch else ""
        items.append(
            f'<li class="phase-{phase}"><span class="swatch{hatch}" aria-hidden="true"></span>'
            f'<b>{phase}</b> <span class="letter">{style.letter}</span> '
            f'<span class="count">{counted(cells, "cell")}</span>'
            f'<span class="meaning">{escape(style.meaning)}</span></li>'
        )
    return "".join(items) + _legend_marks(phase_map)


def _legend_marks(phase_map: PhaseMap) -> str:
    """What the other marks of the map mean, where it has them."""
    inferred, forecast = int(phase_map.inferred.sum()), int(phase_map.forecast.sum())
    agreed = (phase_map.phase_by_seed == phase_map.phase[..., None]).all(axis=-1)
    spreads = border_spreads(phase_map)
    marks = (
        ("inferred", "inferred", inferred, "cell", _INFERRED),
        ("forecast", "forecast", forecast, "cell", _FORECAST),
        ("shared", "seeds disagree", int((~agreed).sum()), "cell", _SHARED),
        ("spread", "borders that move", len(spreads), "place", _spread_meaning(spreads)),
    )
    return "".join(
        f'<li class="{mark}"><span class="swatch" aria-hidden="true"></span><b>{name}</b> '
        f'<span class="count">{counted(number, noun)}</span>'
        f'<span class="meaning">{meaning}</span></li>'
        for mark, name, number, noun, meaning in marks
        if number
    )


def _spread_meaning(spreads: Sequence[Spread]) -> str:
    coverage = min((spread.coverage for spread in spreads), default=0.0)
    return (
        "The whisker across a border is the interval for its median over seeds along x "
        f"(order statistics, coverage {coverage:.0%} or more)."
    )


def notes_card(notes: Sequence[Note], title: str = "Notes") -> str:
    """A card with what must be known besides, and the numbers behind each sentence."""
    if not notes:
        return ""
    told = "".join(_note(note) for note in notes)
    return f'<section class="card"><h2>{title}</h2>{told}</section>'


def _note(note: Note) -> str:
    if not note.rows:
        return f"<p>{escape(note.sentence)}.</p>"
    names = "".join(f'<th scope="col">{escape(n.replace("_", " "))}</th>' for n in note.rows[0])
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(value_text(value))}</td>" for value in row.values())
        + "</tr>"
        for row in note.rows
    )
    return (
        f"<p>{escape(note.sentence)}.</p><details><summary>{counted(len(note.rows), 'case')}"
        f'</summary><div class="scroll"><table><tr>{names}</tr>{body}</table></div></details>'
    )
