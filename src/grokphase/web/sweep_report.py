"""The report of a sweep of one axis, or of three and more: one HTML file without a script."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.errors import GrokphaseError
from grokphase.phases.times import DELAYS_BIASED
from grokphase.store import Store
from grokphase.telling.captions import (
    sweep_caption,
    task_title,
)
from grokphase.telling.sweep_text import coverage, told
from grokphase.web.data import A_STEP, Rows, decided_by, settings_rows, trained_for
from grokphase.web.frame import framed, resource, rows_table, written
from grokphase.web.report import notes_card, page_at
from grokphase.web.survival import card, picture, table

if TYPE_CHECKING:
    from grokphase.phases.sweep_result import SweepResult
    from grokphase.store.record import RunRecord


def write_sweep_report(
    found: SweepResult,
    records: Iterable[RunRecord],
    path: str | os.PathLike[str],
    *,
    command: str = "",
) -> Path:
    """Write a sweep as one self-contained HTML page: figure, table of settings, survival.

    Args:
        found: the sweep.
        records: records of its runs, for where they were made.
        path: the file to write; directories on the way are made. It is replaced whole.
        command: the command that made it, shown so that it can be repeated.

    Returns:
        The path written.

    Example:
        >>> import tempfile
        >>> from grokphase.phases.sweep_result import example
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_sweep_report(example(), [], f"{folder}/report.html").name
        'report.html'
    """
    varied = {leaf: "varied" for axis in found.axes for leaf in axis.leaves}
    parts = {
        "style": resource("page.css"),
        "title": escape(f"Sweep: {task_title(found.settings)}"),
        "summary": escape(sweep_caption(found)),
        "figure": picture(found.plot(), "The sweep"),
        "table": table(told(found)),
        "survival": card([found.survival(of) for of in found.intervals]),
        "conventions": "".join(f"<li>{escape(line)}</li>" for line in _conventions(found)),
        "notes": notes_card(found.notes),
        "settings": rows_table(settings_rows(found.settings, varied, found.seeds)),
        "cost": rows_table(_cost(found)),
    }
    page = framed("sweep.html", parts, records=records, command=command, images=True)
    return written(page, path)


def report_of(found: SweepResult, path: str | os.PathLike[str], command: str = "") -> Path:
    """Write the page of a sweep; where its runs were made is what its store says, if it is there.

    Raises:
        GrokphaseError: if the suffix is not ".html", or the file cannot be written.
    """
    records: list[RunRecord] = []
    if found.store is not None:
        with suppress(GrokphaseError), Store.open(found.store, read_only=True) as store:
            there = store.existing(found.runs.ravel().tolist())
            records = store.records(sorted(there), curves=False)
    with page_at(path) as target:
        return write_sweep_report(found, records, target, command=command)


def _conventions(found: SweepResult) -> list[str]:
    return [
        A_STEP,
        decided_by(found.thresholds),
        f"“Not reached” is a result, not a number: a run was trained {trained_for(found)}. "
        "A median counts such a run as later than all others, and an end of an interval that is a "
        "dash is open. A run that failed says nothing of learning: it is left "
        "out of medians and shares, and said beside them.",
        f"Medians of steps have intervals between order statistics (coverage {coverage(found)}), "
        "delays those of the product limit (95%), and the share of runs that generalize "
        "(comprehension or grokking) Wilson's (95%).",
        "Survival takes a run that diverged or failed as censored at its last step. Its medians "
        "are those of the table where there is no such run and all have one budget, else they can "
        "be earlier.",
        "A run that did not reach the training threshold has no delay, and is left out there; a "
        "delay is censored at the budget less the step of training accuracy. So delays, and tests "
        f"of them, are {DELAYS_BIASED}.",
        "Every run was trained; nothing is interpolated.",
    ]


def _cost(found: SweepResult) -> Rows:
    return [
        ("runs", f"{found.runs.size:,}"),
        ("steps trained", f"{found.steps_trained:,}"),
        ("training time, summed over runs", f"{found.seconds:,.1f} s"),
    ]
