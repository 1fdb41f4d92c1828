"""The ledger as a page of a website."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from grokphase.estimators import CONFIDENCE, VERDICTS
from grokphase.studies.discovery import study
from grokphase.studies.judging import Entry
from grokphase.studies.ledger import Ledger
from grokphase.studies.paper import KINDS, Study
from grokphase.studies.told import caveats, number, settings

_SIGNS = {"holds": "✓ holds", "fails": "✗ fails", "inconclusive": "~ inconclusive"}


def page(ledgers: Sequence[Ledger]) -> str:
    """A Markdown page with every claim: what it says, what was measured, and on what.

    Args:
        ledgers: of whole studies, or parts of them.

    Returns:
        Markdown, ending in a newline.
    """
    lines = [
        "# The ledger of claims",
        "",
        "Made by `grokphase claims --markdown`; do not edit. Each verdict was computed. Where "
        f"chance enters, a claim holds if the whole {CONFIDENCE:.0%} interval of what was measured "
        "(5 % each side) lies where the claim says, fails if none of it does, and is inconclusive "
        "between. Exact results show no interval, nor do the few claims that something occurs or "
        "coincides, whose note says how they are judged, and those whose interval is open at an "
        "end, as where some of the runs never come. A claim is of one of four kinds, counted "
        "apart:",
        "",
        *(f"- *{kind}*: {words};" for kind, words in KINDS.items()),
    ]
    lines[-1] = lines[-1][:-1] + "."
    lines += ["", "| study | " + " | ".join(VERDICTS) + " |", "|---" * (1 + len(VERDICTS)) + "|"]
    for ledger in ledgers:
        lines += _counts(ledger.study, ledger.entries)
    for ledger in ledgers:
        of = study(ledger.study)
        lines += ["", f"## {of.name}", "", f"{of.citation}.", ""]
        if of.status:
            lines += [f"Status: {of.status}.", ""]
        lines += [str(ledger.correction), "", *_table(ledger.entries)]
        lines += ["", *_details(ledger.entries)]
        lines += ["", *_disagreements(of), *_results(ledger.entries)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _counts(name: str, entries: Sequence[Entry]) -> list[str]:
    """How many claims of a study came out how: of each kind, and in all."""
    kinds = [kind for kind in KINDS if any(entry.kind == kind for entry in entries)]
    parts = [(f"{name}, *{kind}*", [e for e in entries if e.kind == kind]) for kind in kinds]
    rows = []
    for words, some in [*(parts if len(kinds) > 1 else []), (name, entries)]:
        found = Counter(entry.verdict for entry in some)
        rows.append(f"| {words} | {' | '.join(str(found[verdict]) for verdict in VERDICTS)} |")
    return rows


def _table(entries: Sequence[Entry]) -> list[str]:
    head = "| claim | kind | verdict | measured | interval | published | where | seeds | scale |"
    return [head, "|---" * 9 + "|", *(_line(entry) for entry in entries)]


def _line(entry: Entry) -> str:
    interval = "" if entry.interval is None else " – ".join(map(number, entry.interval))
    cells = [
        f"[{entry.name}](#{anchor(entry.id)})",
        entry.kind,
        _SIGNS.get(entry.verdict, entry.verdict) + " (one seed)" * entry.one_seed,
        "" if entry.measured is None else number(entry.measured),
        interval,
        entry.published,
        entry.where,
        str(entry.seeds or ""),
        entry.scale if entry.seeds else "",
    ]
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def anchor(heading: str) -> str:
    """Where a heading stands on its page: in small letters, without points, brackets and strokes.

    Example:
        >>> anchor("From lazy to rich"), anchor("khanh2026/rate-is-1.41-eta-lambda")
        ('from-lazy-to-rich', 'khanh2026rate-is-141-eta-lambda')
    """
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def _details(entries: Sequence[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        lines += [f"### {entry.id}", ""]
        lines.append(f"{entry.statement} *({entry.where})*")
        rows = [
            ("Kind", entry.kind),
            ("Published", entry.published),
            ("Measured", measured(entry)),
            ("Judged by", _estimator(entry)),
            ("Holds if", entry.tolerance),
            ("Convention", entry.convention),
            ("Settings", settings(entry)),
            ("Why", entry.note),
            ("Mind", " ".join(caveats(entry))),
            ("Cost", f"{entry.cost_seconds:,.0f} s of computing" if entry.cost_seconds else ""),
        ]
        lines += ["", *(f"- **{name}:** {text}" for name, text in rows if text), ""]
    return lines


def _estimator(entry: Entry) -> str:
    own = entry.estimator.startswith("study:")
    return "a function of the study" if own else f"`{entry.estimator}`"


def measured(entry: Entry) -> str:
    """What a claim came to: value, interval, unit, seeds and scale, and the verdict."""
    if entry.verdict == "not run":
        return "not run"
    found = number(entry.measured)
    if entry.interval is not None:
        found += f" ({number(entry.interval[0])} to {number(entry.interval[1])})"
    if entry.unit and not isinstance(entry.measured, str):
        found += f" [{entry.unit}]"
    if entry.seeds:
        found += f", {entry.seeds:,} seeds or trials, {entry.scale} scale"
    return f"{found}: **{entry.verdict}**"


def _disagreements(of: Study) -> list[str]:
    """Where text and code of the paper differ, and what is done here."""
    if not of.disagreements:
        return []
    lines = [
        f"### {of.name}: where text and code differ",
        "",
        "| | text | code | here |",
        "|---|---|---|---|",
    ]
    for each in of.disagreements:
        cells = (each.get(key, "") for key in ("about", "text", "code", "here"))
        lines.append("| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |")
    return [*lines, ""]


def _results(entries: Sequence[Entry]) -> list[str]:
    """When and with what the entries were measured; a theorem is, whenever the page is made."""
    kept = [e for e in entries if e.cost_seconds]
    dates = sorted({e.date for e in kept})
    versions = sorted({e.version for e in kept})
    if not kept:
        return []
    return [f"Measured with grokphase {', '.join(versions)}; results from {', '.join(dates)}."]
