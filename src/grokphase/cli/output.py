"""Printing: one JSON document, or text for a person (aligned on a terminal, tabbed in a pipe)."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from grokphase.plain import plain

if TYPE_CHECKING:
    from rich.console import Console


def print_json(document: object) -> None:
    """Print one JSON document on stdout.

    Args:
        document: anything of mappings, sequences, NumPy arrays, paths and plain values; NaN and
            infinity, which JSON does not have, become null.

    Example:
        >>> print_json({"steps": range(2), "loss": float("nan")})
        {"steps": [0, 1], "loss": null}
    """
    print(json.dumps(plain(document, digits=17, text=True), allow_nan=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows: as a table on a terminal, as tab-separated lines with a header in a pipe.

    Args:
        columns: the names of the columns.
        rows: the rows, each as long as `columns`; None is shown as a dash.

    Example:
        >>> print_table(["seed", "phase"], [(0, "grokking"), (1, None)])
        seed	phase
        0	grokking
        1	-
    """
    lines = [[cell(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        print("\n".join("\t".join(line) for line in [list(columns), *lines]))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for line in lines:
        table.add_row(*map(Text, line))
    stdout_console().print(table)


def say_task(told: str) -> None:
    """Print in one line what was read as the task."""
    print(f"{'task':8}{told}")


def say_measures(measuring: float, training: float) -> None:
    """Print the seconds that measures between segments took, where there are any."""
    if measuring:
        beside = f"beside {duration(training)} of training"
        print(f"measures between segments took {duration(measuring)}, {beside}")


def warn(sentences: Iterable[str]) -> None:
    """Say on stderr what a person should know, a line each; stdout stays for results.

    Args:
        sentences: each whole, with its full stop.
    """
    for sentence in sentences:
        print(f"grokphase: {sentence}", file=sys.stderr)


def stderr_lines(wanted: bool) -> Callable[[str], None]:
    """A function that says on stderr what is being done, a line each; nothing if not wanted.

    Args:
        wanted: whether progress is shown at all.
    """

    def say(line: str) -> None:
        if wanted:
            print(line, file=sys.stderr, flush=True)

    return say


def stdout_console() -> Console:
    """A rich console on the present stdout."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise  # what is being handled: the one who calls decides

    return Plain(highlight=False)


def cell(value: object) -> str:
    """One value as a person reads it.

    Args:
        value: any value of a table.

    Returns:
        Numbers short, nothing (None, NaN) as a dash, everything on one line.

    Example:
        >>> cell(0.00012345678), cell(None), cell(12345)
        ('0.0001235', '-', '12345')
    """
    # Arrays and numbers of NumPy, without importing it: help pages must come at once.
    value = value.tolist() if hasattr(value, "tolist") else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return " ".join(str(value).split())


def duration(seconds: float | None) -> str:
    """A time span in the largest units that matter.

    Args:
        seconds: the span; None when it is not known.

    Returns:
        The span in words.

    Example:
        >>> duration(7.21), duration(200), duration(8000), duration(None)
        ('7.2 s', '3 min 20 s', '2 h 13 min', 'unknown')
    """
    if seconds is None or not math.isfinite(seconds):
        return "unknown"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
