"""A store on one screen of a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import Final

from grokphase.store.differences import differing, leaf_columns, short_names, telling
from grokphase.store.result import html_table
from grokphase.store.store import Store

_WIDTH: Final = 80
_RUNS: Final = 8
_SWEEPS: Final = 5
_SETTINGS: Final = 3
_BEFORE: Final = ("id", "task", "phase", "seed")
_AFTER: Final = ("train_step", "validation_step", "steps_trained")
_OF_SWEEPS: Final = ("id", "runs", "created", "command")


def html(store: Store) -> str:
    """How many runs there are of each phase, the newest of them, and the newest sweeps.

    Args:
        store: an open store.
    """
    count, phases = store.count(), sorted(store.phases().items(), key=lambda item: -item[1])
    said = ", ".join(f"{phase} {runs:,}" for phase, runs in phases)
    mode = "read-only" if store.read_only else "writable"
    sweeps = store.sweeps()
    return "".join(
        (
            f"<p><b>Store</b> <code>{escape(str(store.path))}</code> ({mode}): {count:,} runs",
            f" ({escape(said)})</p>" if said else "</p>",
            _table("newest runs", *_newest(store), count),
            _table("newest sweeps", _OF_SWEEPS, sweeps[:_SWEEPS], len(sweeps)),
            *(f"<p>{escape(note)}</p>" for note in store.notes),
        )
    )


def _newest(store: Store) -> tuple[list[str], list[dict[str, object]]]:
    """The newest runs, with the settings that tell most of them apart."""
    rows = store.runs(_RUNS)
    leaves = leaf_columns(store.specs(row["id"] for row in rows))
    found = differing(leaves)
    told = telling(found, [row["task"] for row in rows])[:_SETTINGS]
    short = short_names(told, leaves)
    settings = [{short[name]: found[name][n] for name in told} for n in range(len(rows))]
    columns = [*_BEFORE, *short.values(), *_AFTER]
    return columns, [given | row for row, given in zip(rows, settings, strict=True)]


def _table(what: str, columns: Sequence[str], rows: Sequence[dict[str, object]], count: int) -> str:
    if not rows:
        return ""
    words = [[_word(row[name]) for name in columns] for row in rows]
    return f"<p>{what} ({len(rows)} of {count:,})</p>{html_table(columns, words)}"


def _word(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
    return textwrap.shorten(text, _WIDTH, placeholder=" ...")
