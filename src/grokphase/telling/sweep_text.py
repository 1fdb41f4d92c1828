"""A sweep as text: a line for each setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from grokphase.counting import counted
from grokphase.phases.classify import BY, FAILED
from grokphase.phases.summary import order_interval
from grokphase.phases.times import DELAYS_BIASED

if TYPE_CHECKING:
    from grokphase.phases.sweep_result import SweepResult

_MOST = 20  # lines of settings
_TOLD = ("train", "validation", "delay")  # a line has no room for more


def draw(found: SweepResult) -> str:
    """The sweep as text: what became of the runs of each setting.

    Args:
        found: the sweep.

    Returns:
        The text, without a newline at its end.
    """
    runs = found.runs.size
    heading = (
        f"Sweep of {runs:,} runs, {counted(len(found.seeds), 'seed')} a "
        f"setting; phases by {BY[found.by]}; medians in steps"
    )
    notes = [f"{note.sentence}." for note in found.notes]
    return "\n".join([heading, table(told(found), _MOST), f"{convention(found)}.", *notes])


def convention(found: SweepResult) -> str:
    """What the numbers beside medians mean, in a sentence without its full stop.

    Example:
        >>> from grokphase.phases.sweep_result import example
        >>> convention(example()).split(";")[0]
        'medians of steps [interval], a dash where it is open'
    """
    return (
        f"medians of steps [interval], a dash where it is open; coverage {coverage(found)}, of "
        f"delays and shares 95%; delays {DELAYS_BIASED}"
    )


def coverage(found: SweepResult) -> str:
    """That of the intervals of medians; from the least where runs failed, which are left out.

    Example:
        >>> from grokphase.phases.sweep_result import example
        >>> coverage(example())
        '75%'
    """
    counts = (found.phase_by_seed != FAILED).sum(axis=-1)
    ends = [order_interval([0.0] * int(runs))[2] for runs in (counts.min(), counts.max())]
    return " to ".join(dict.fromkeys(f"{end:.0%}" for end in ends))


def told(found: SweepResult) -> list[dict[str, Any]]:
    """What is said of each setting, in words: medians with their intervals, and the share."""
    names = [axis.name for axis in found.axes]
    return [
        {
            **{name: row[name] for name in names},
            **(dict.fromkeys(_TOLD, "-") if row["share"] is None else _times(row)),
            "generalizes": _generalizes(row),
        }
        for row in found.summary()
    ]


def _times(row: Mapping[str, Any]) -> dict[str, str]:
    said: dict[str, str] = {event: passed(row, event) for event in _TOLD}
    # Where no run reached the training threshold there is no delay to wait for.
    return said if row["train_reached"] else {**said, "delay": "none"}


def _generalizes(row: Mapping[str, Any]) -> str:
    """The share of runs that generalize, of those that did not fail."""
    failed = [f"{row['failed']} of {row['runs']} failed"] if row["failed"] else []
    if row["share"] is None:
        return failed[0]
    share = f"{row['share']:.0%} [{row['share_low']:.0%}, {row['share_high']:.0%}]"
    return "; ".join([share, *failed])


def passed(row: Mapping[str, Any], event: str) -> str:
    """A median with its interval, open where it is censored.

    Example:
        >>> passed({"train_median": 120.0, "train_low": 100.0, "train_high": None}, "train")
        '120 [100, -]'
        >>> passed({"train_median": None, "train_low": None, "train_high": None}, "train")
        'not reached'
    """
    median, low, high = (row[f"{event}_{name}"] for name in ("median", "low", "high"))
    ends = "" if low is None and high is None else f" [{_step(low)}, {_step(high)}]"
    return ("not reached" if median is None else _step(median)) + ends


def _step(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def table(rows: Sequence[Mapping[str, Any]], most: int | None = None) -> str:
    """Rows in aligned columns; of many the first.

    Example:
        >>> print(table([{"p": 5, "median": 120.0}, {"p": 31, "median": None}]))
        p   median
        5   120
        31  -
    """
    if not rows:
        return ""
    lines = [[*rows[0]], *([_cell(value) for value in row.values()] for row in rows[:most])]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    left_out = len(rows) - len(lines) + 1
    return "\n".join(text + ([f"and {left_out:,} more"] if left_out else []))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1 else _step(value) if value > 100 else f"{value:g}"
    return "-" if value is None else str(value)
