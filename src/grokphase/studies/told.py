"""The ledger as text: counts and what fails first, each claim with its value and a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import shorten, wrap
from typing import Final

from grokphase.counting import counted
from grokphase.estimators import VERDICTS
from grokphase.studies.discovery import study
from grokphase.studies.judging import Entry
from grokphase.studies.ledger import Ledger
from grokphase.studies.paper import KINDS, Kind

SIGNS: Final = {"holds": "✓", "fails": "✗", "inconclusive": "~", "not run": "·"}
_LEAST: Final = 20
"""Characters that are room for the beginning of a statement."""

ROUNDING: Final = 1e-9
"""What is smaller is called zero to rounding, so the text is the same on every machine."""

OLDER: Final = "Its runs are of an earlier version of the numerics."

_PLURALS: Final[dict[Kind, str]] = {
    "paper": "of the paper",
    "variant": "by another convention",
    "misprint": "misprints",
    "ours": "of ours",
}


def summary_rows(ledgers: Sequence[Ledger]) -> list[tuple[str, ...]]:
    """A line a paper: study, counts by verdict, cost, scale."""
    return [
        (
            ledger.study,
            *(str(count_of(ledger.entries)[verdict]) for verdict in VERDICTS),
            _cost(ledger.entries),
            ", ".join(
                sorted({e.scale for e in ledger.entries if e.needs and e.measured is not None})
            ),
        )
        for ledger in ledgers
    ]


def _cost(entries: Sequence[Entry]) -> str:
    """What the results behind these claims cost of one core, each counted once."""
    # Claims of one set of figures rest on the same results.
    by_figures = {entry.needs: entry.cost_seconds for entry in entries}
    minutes = sum(cost for needs, cost in by_figures.items() if len(needs) == 1) / 60
    if minutes < 1:
        return "< 1 min"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def settings(entry: Entry) -> str:
    """What the figures that a claim needs were computed with, in a sentence each; "" without any.

    Example:
        >>> from grokphase.studies import study_ledger
        >>> entries = study_ledger(study("davies2023")).entries
        >>> settings(entries[0]).startswith("400 of all sums mod 23")
        True
    """
    figures = [figure for figure in study(entry.study).figures if figure.id in entry.needs]
    return " ".join(dict.fromkeys(figure.text.get(entry.scale, "") for figure in figures)).strip()


def count_of(entries: Sequence[Entry]) -> Counter[str]:
    """How many claims came out how."""
    return Counter(entry.verdict for entry in entries)


def tally(entries: Sequence[Entry]) -> str:
    """How many claims came out how, and how many of each kind.

    Example:
        >>> tally([])
        'No claims.'
    """
    if not entries:
        return "No claims."
    kinds = [kind for kind in KINDS if any(entry.kind == kind for entry in entries)]
    lines = [f"{counted(len(entries), 'claim')}: {_counts(entries)}"]
    if len(kinds) > 1:
        lines += [
            f"  {sum(e.kind == kind for e in entries)} {_PLURALS[kind]}: "
            f"{_counts([e for e in entries if e.kind == kind])}"
            for kind in kinds
        ]
    return "\n".join(lines)


def _counts(entries: Sequence[Entry]) -> str:
    found = count_of(entries)
    return ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS if found[verdict])


def sentence(entry: Entry) -> str:
    """What was measured of a claim, beside what was published, and why the verdict is what it is.

    Args:
        entry: a line of the ledger.
    """
    if entry.verdict == "not run":
        return entry.note or "not run: its figures were not computed at this scale."
    words = [f"{measured_words(entry)}; published: {entry.published or 'no number'}."]
    words.append(f"Holds if {entry.tolerance.rstrip('.')}.")
    words += caveats(entry)
    return " ".join(words)


def measured_words(entry: Entry) -> str:
    """Value, unit and interval: "0.4086 of all samples (0.4076 to 0.4096)"."""
    words = number(entry.measured)
    if entry.unit and not isinstance(entry.measured, str):
        words += f" ({entry.unit})"
    if entry.interval is not None:
        words += f", {number(entry.interval[0])} to {number(entry.interval[1])}"
    if entry.seeds:
        words += f", {counted(entry.seeds, 'seed')} or trials"
    return words


def caveats(entry: Entry) -> list[str]:
    """What a reader must know beside a verdict."""
    found = []
    if entry.one_seed:
        found.append("It rests on one seed.")
    if entry.looks > 1:
        left = {True: "its verdict survives", False: "its verdict does not survive"}
        corrected = left.get(entry.survives) if entry.survives is not None else None
        words = f"One of {entry.looks} looks at one statement"
        found.append(
            f"{words}; corrected for them (Holm) {corrected}." if corrected else f"{words}."
        )
    if entry.status == "obsolete":
        found.append(OLDER)
    return found


def number(value: float | str | None) -> str:
    """A value as a reader takes it in.

    Example:
        >>> number(0.48712), number(12_000), number(3e-16), number("A1"), number(None)
        ('0.487', '12,000', 'below 1e-09', 'A1', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, float) and 0 < abs(value) < ROUNDING:  # differs between machines
        return f"below {ROUNDING:g}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value


def in_full(entry: Entry, width: int) -> Iterator[str]:
    """A claim in lines: its id whole, what it says, and what came of it."""
    marks = f"{SIGNS[entry.verdict]} {entry.id}"
    yield f"{marks}  [{entry.kind}; {entry.where}]"
    yield from _wrapped(entry.statement, width)
    yield from _wrapped(sentence(entry), width)
    if entry.note and entry.verdict != "not run":
        yield from _wrapped(entry.note, width)


def in_a_line(entry: Entry, width: int) -> Iterator[str]:
    """A claim in a line: its id whole, the value, and what it says as far as there is room.

    Args:
        entry: a line of the ledger.
        width: of the page, in characters.
    """
    interval = "" if entry.interval is None else f" ({' to '.join(map(number, entry.interval))})"
    marks = [
        words
        for words, so in (
            ("one seed", entry.one_seed),
            ("older numerics", entry.status == "obsolete"),
            ("not after Holm", entry.survives is False),
        )
        if so
    ]
    told = f" [{', '.join(marks)}]" if marks else ""
    line = f"{SIGNS[entry.verdict]} {entry.id}  {number(entry.measured)}{interval}{told}  "
    left = width - len(line)
    yield (
        line + shorten(entry.statement, left, placeholder=" …") if left > _LEAST else line.rstrip()
    )


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, max(width, 40), initial_indent="    ", subsequent_indent="    ")


def whole(ledgers: Sequence[Ledger], width: int) -> Iterator[str]:
    """What fails and why, then what is open, then what holds."""
    entries = [entry for ledger in ledgers for entry in ledger.entries]
    yield from by_verdict(entries, width)
    for ledger in ledgers:
        yield ""
        yield from wrap(f"{ledger.study}: {ledger.correction}", width)


def by_verdict(entries: Sequence[Entry], width: int, *, full: bool = False) -> Iterator[str]:
    """Claims with one verdict together: those that fail first and in full, the rest in a line.

    Args:
        entries: of the ledger.
        width: of the page, in characters.
        full: all of them in full.
    """
    for verdict in ("fails", "inconclusive", "holds", "not run"):
        some = [entry for entry in entries if entry.verdict == verdict]
        if not some:
            continue
        yield ""
        yield f"{verdict} ({len(some)})"
        for entry in some:
            if full or verdict == "fails":
                yield from in_full(entry, width)
            elif verdict == "not run" and entry.note:
                yield f"{SIGNS[entry.verdict]} {entry.id}"
                yield from _wrapped(entry.note, width)
            else:
                yield from in_a_line(entry, width)
