"""The picture of a ledger: our values beside what is claimed, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grokphase.estimators import CONFIDENCE
from grokphase.plotting import charts
from grokphase.studies.judging import Entry
from grokphase.studies.ledger import Ledger
from grokphase.studies.told import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_ONE_COLUMN = 30
"""Claims that fit into a column; more of them stand in two."""


def draw_ledger(ledgers: Sequence[Ledger]) -> Picture:
    """Every claim in a row: value and interval, so scaled that it holds between -1 and 1.

    Args:
        ledgers: of whole studies, or parts of them.
    """
    entries = [entry for ledger in ledgers for entry in ledger.entries]
    told = ", ".join(f"{ledger.study} ({len(ledger.entries)} claims)" for ledger in ledgers)
    return charts.page(
        [
            charts.Panel(
                "intervals",
                ledger_table(entries),
                {
                    "accept_low": "accept_low",
                    "accept_high": "accept_high",
                    "group": "group",
                    "verdict": "verdict",
                    "text": "text",
                    "columns": 1 if len(entries) <= _ONE_COLUMN else 2,
                    "label": "ours, scaled so that the claim holds from \N{MINUS SIGN}1 to 1",
                },
            )
        ],
        title=f"The ledger of claims: {told}",
        caption=(
            f"Marks are our values, lines their {CONFIDENCE:.0%} intervals. What a claim allows is "
            "put between \N{MINUS SIGN}1 and 1, so that all claims share an axis: a claim holds if "
            "its whole interval lies within, fails if none of it does. An arrow is off the scale; "
            "a claim that is no matter of one range of numbers has its mark and value at the right."
        ),
        width=10.5 if len(entries) > _ONE_COLUMN else 7.2,
    )


def ledger_table(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    """A row a claim: value, interval, and the range in which it holds.

    Args:
        entries: of the ledger.

    Example:
        >>> from grokphase.studies import ledger
        >>> ledger_table(ledger(studies="liu2022/nullity"))["verdict"]
        ['holds']
    """
    columns: dict[str, list[Any]] = {}
    for entry in entries:
        ends = _two_ended(entry)
        shown = ends is not None and isinstance(entry.measured, int | float)
        low, high = entry.interval or (None, None)
        row = {
            "id": entry.name,
            "group": f"{entry.study}: {', '.join(entry.needs) or 'no figure'}",
            "value": entry.measured if shown else None,
            "low": low if shown else None,
            "high": high if shown else None,
            "accept_low": ends[0] if shown and ends else None,
            "accept_high": ends[1] if shown and ends else None,
            "verdict": entry.verdict,
            "text": "" if shown else number(entry.measured),
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return columns


def _two_ended(entry: Entry) -> tuple[float, float] | None:
    """The range in which a claim holds, if it has two ends and a width."""
    allowed = entry.allowed
    return None if allowed is None or not 0 < allowed[1] - allowed[0] < float("inf") else allowed
