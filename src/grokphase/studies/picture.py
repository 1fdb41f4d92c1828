"""The picture of a ledger: our values beside what is claimed, all on one scale."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from grokphase.counting import counted
from grokphase.estimators import CONFIDENCE
from grokphase.plotting import charts
from grokphase.studies.data import in_columns
from grokphase.studies.judging import Entry
from grokphase.studies.ledger import Ledger
from grokphase.studies.told import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_ONE_COLUMN = 30
"""Claims that fit into a column; more of them stand in two."""

_RATIO = 2.0
"""Ends of a range that are so many times apart allow a factor, not a difference."""

_NUMBERS = ("value", "low", "high", "accept_low", "accept_high", "published")


def draw_ledger(ledgers: Sequence[Ledger]) -> Picture:
    """Every claim in a row: value and interval, so scaled that it holds between -1 and 1.

    Args:
        ledgers: of whole studies, or parts of them.
    """
    entries = [entry for ledger in ledgers for entry in ledger.entries]
    told = ", ".join(
        f"{ledger.study} ({counted(len(ledger.entries), 'claim')})" for ledger in ledgers
    )
    return charts.page(
        [
            charts.Panel(
                "intervals",
                ledger_table(entries),
                {
                    "accept_low": "accept_low",
                    "accept_high": "accept_high",
                    "reference": "published",
                    "group": "group",
                    "verdict": "verdict",
                    "text": "text",
                    "columns": 1 if len(entries) <= _ONE_COLUMN else 2,
                    "label": "scaled so that the claim holds from \N{MINUS SIGN}1 to 1",
                },
            )
        ],
        title=f"The ledger of claims: {told}",
        caption=(
            f"Marks are our values, lines their {CONFIDENCE:.0%} intervals. At the right stands "
            "our value, and after it the published one where that is a number. What a claim "
            "allows is put between \N{MINUS SIGN}1 and 1, so that all claims share an axis: a "
            "claim holds if its whole interval lies within, fails if none of it does. A range "
            f"of ratios whose ends are a factor of {_RATIO:g} or more apart is on a logarithmic "
            "scale. An arrow is off the scale; a claim that is no matter of one range of "
            "numbers has its mark at the right."
        ),
        width=10.5 if len(entries) > _ONE_COLUMN else 7.2,
    )


def ledger_table(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    """A row a claim: value, interval, the range in which it holds, and the published value.

    Of ratios these are natural logarithms, so that twice too much is as far off as half of it.

    Args:
        entries: of the ledger.

    Example:
        >>> from grokphase.studies import ledger
        >>> ledger_table(ledger(studies="liu2022/nullity"))["verdict"]
        ['holds']
    """
    return in_columns(_row(entry) for entry in sorted(entries, key=_place(entries)))


def _place(entries: Sequence[Entry]) -> Callable[[Entry], tuple[Any, ...]]:
    """Studies as they come, what needs no figure first, then figures by their numbers."""
    studies = list(dict.fromkeys(entry.study for entry in entries))

    def place(entry: Entry) -> tuple[Any, ...]:
        parts = re.split(r"(\d+)", ", ".join(entry.needs))
        return studies.index(entry.study), [int(p) if p.isdigit() else p for p in parts]

    return place


def _row(entry: Entry) -> dict[str, Any]:
    """A claim as a row; without numbers where it has no place on the scale."""
    ends, ours = _two_ended(entry), entry.measured
    words, theirs = published_number(entry)
    row: dict[str, Any] = {
        "id": entry.name,
        "group": f"{entry.study}: {', '.join(entry.needs) or 'no figure'}",
        "verdict": entry.verdict,
        "text": " | ".join(filter(None, (number(ours), words))),
    }
    numbers: dict[str, float | None] = dict.fromkeys(_NUMBERS)
    if ends is not None and isinstance(ours, int | float):
        low, high = entry.interval or (None, None)
        numbers = dict(zip(_NUMBERS, (ours, low, high, *ends, theirs), strict=True))
        if _is_ratio(ends):
            numbers = {name: _log(value) for name, value in numbers.items()}
    return row | numbers


def published_number(entry: Entry) -> tuple[str, float | None]:
    """The published value where it is a number of our unit: as it is written, and its value.

    "0.5, observed" and "3 n_h" are numbers, ">= 2" is one that has no place, "1 / eta" is none.

    Args:
        entry: of the ledger.
    """
    unit = f"(?: {re.escape(entry.unit)})?" if entry.unit else ""
    found = re.match(rf"((?:[<>]=? ?)?)(-?\d+(?:\.\d+)?){unit}(?:,|$)", entry.published)
    if found is None:
        return "", None
    bound, value = found.groups()
    return bound + value, None if bound else float(value)


def _is_ratio(ends: tuple[float, float]) -> bool:
    """Whether what is allowed is a factor to each side; a share ends at 1."""
    return ends[0] > 0 and ends[1] > 1 and ends[1] / ends[0] >= _RATIO


def _log(value: float | None) -> float | None:
    if value is None:
        return None
    return math.log(value) if value > 0 else -math.inf


def _two_ended(entry: Entry) -> tuple[float, float] | None:
    """The range in which a claim holds, if it has two ends and a width."""
    allowed = entry.allowed
    return None if allowed is None or not 0 < allowed[1] - allowed[0] < math.inf else allowed
