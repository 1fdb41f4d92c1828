"""The ledger as a page of a website."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from grokphase.estimators.intervals import CONFIDENCE
from grokphase.estimators.measured import VERDICTS
from grokphase.studies.claim import KINDS, Entry
from grokphase.studies.multiplicity import Multiplicity
from grokphase.studies.papers import Study, study

ROUNDING = 1e-9
"""What is smaller is called zero to rounding, so the page is the same on every machine."""
_SIGNS = {"holds": "✓ holds", "fails": "✗ fails", "inconclusive": "~ inconclusive"}


def page(entries: Sequence[Entry], corrected: Multiplicity | None = None) -> str:
    """A Markdown page with every claim: what it says, what was measured, and on what.

    Args:
        entries: the ledger.
        corrected: its verdicts corrected for their number, where it is a whole one.

    Returns:
        Markdown, ending in a newline.
    """
    lines = [
        "# The ledger of claims",
        "",
        "Made by `grokphase claims --markdown`; do not edit. Each verdict was computed. Where "
        f"chance enters, a claim holds if the whole {CONFIDENCE:.0%} interval of what was measured "
        "(5 % each side) lies where the claim says, fails if none of it does, and is inconclusive "
        "between. Exact results have no interval, nor have the few claims that something occurs or "
        "coincides, whose note says how they are judged. A claim is of one of four kinds, counted "
        "apart:",
        "",
        *(f"- *{kind}*: {words};" for kind, words in KINDS.items()),
    ]
    lines[-1] = lines[-1][:-1] + "."
    lines += ["", "| study | " + " | ".join(VERDICTS) + " |", "|---" * (1 + len(VERDICTS)) + "|"]
    names = list(dict.fromkeys(entry.study for entry in entries))
    for name in names:
        lines += _counts(name, [entry for entry in entries if entry.study == name])
    if corrected is not None:
        lines += ["", str(corrected)]
    for name in names:
        lines += ["", f"## {study(name).citation}", ""]
        lines += _table([entry for entry in entries if entry.study == name])
        lines += ["", *_details([entry for entry in entries if entry.study == name])]
        lines += ["", *_results(study(name), entries)]
    return "\n".join(lines) + "\n"


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
    interval = "" if entry.interval is None else " – ".join(map(_number, entry.interval))
    cells = [
        f"[{_name(entry)}](#{_name(entry)})",  # a heading's own name, in any renderer
        entry.kind,
        _SIGNS.get(entry.verdict, entry.verdict),
        _number(entry.measured),
        interval,
        entry.published,
        entry.where,
        str(entry.seeds or ""),
        entry.scale if entry.seeds else "",
    ]
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def _details(entries: Sequence[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        lines += [f"### {_name(entry)}", ""]
        lines.append(f"{entry.statement} *({entry.where})*")
        rows = [
            ("Kind", entry.kind),
            ("Published", entry.published),
            ("Measured", _measured(entry)),
            ("Holds if", entry.tolerance),
            ("Convention", entry.convention),
            ("Why", entry.note),
            ("Cost", f"{entry.cost_seconds:,.0f} s of computing" if entry.cost_seconds else ""),
        ]
        lines += ["", *(f"- **{name}:** {text}" for name, text in rows if text), ""]
    return lines


def _results(of: Study, entries: Sequence[Entry]) -> list[str]:
    """When and with what the entries were measured; a theorem is, whenever the page is made."""
    kept = [e for e in entries if e.study == of.name and e.cost_seconds]
    dates = sorted({e.date for e in kept})
    versions = sorted({e.version for e in kept})
    if not kept:
        return []
    return [f"Measured with grokphase {', '.join(versions)}; results from {', '.join(dates)}."]


def _measured(entry: Entry) -> str:
    if entry.verdict == "not run":
        return "not run"
    found = _number(entry.measured)
    if entry.interval is not None:
        found += f" ({_number(entry.interval[0])} to {_number(entry.interval[1])})"
    if entry.seeds:
        found += f", {entry.seeds:,} seeds or trials, {entry.scale} scale"
    return f"{found}: **{entry.verdict}**"


def _name(entry: Entry) -> str:
    return entry.id.partition("/")[2]


def _number(value: float | str | None) -> str:
    if isinstance(value, float) and 0 < abs(value) < ROUNDING:  # differs between machines
        return f"below {ROUNDING:g}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else value
