"""Explanations of grokking side by side, and what surveys say of it, beside what was measured.

What is predicted, and which claims test it, are facts (`explanations.toml`, `surveys.toml`); how
these claims came out is read from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grokphase.errors import GrokphaseError
from grokphase.studies.facts import Facts
from grokphase.studies.judging import Entry
from grokphase.studies.ledger import Ledger
from grokphase.studies.page import anchor, measured
from grokphase.studies.told import OLDER

HERE = Path(__file__).parent
ASPECTS = ("decay", "data", "width", "scale", "precision")
Entries = Mapping[str, Entry]
Raced = tuple[str, str, float | None]
_SAYS = {True: "agrees", False: "contradicts", None: "open"}
_NOT_COUNTED = {"fails": ("fails", "fail"), "inconclusive": ("is inconclusive", "are inconclusive")}
_RACED = {"faster": "agrees", "slower": "contradicts", "open": "open"}


def explanations_page(ledgers: Sequence[Ledger]) -> str:
    """A Markdown page: what each explanation predicts, and what was measured of it.

    Args:
        ledgers: of all studies.

    Returns:
        Markdown, ending in a newline.

    Raises:
        GrokphaseError: if `explanations.toml` names a claim that no study makes.
    """
    facts, entries = Facts.read(HERE / "explanations.toml"), _entries(ledgers)
    data = dict(facts.data)
    conflicts = data.pop("conflicts")
    lines = [
        "# Explanations side by side",
        "",
        "Made by `make ledger` from `studies/explanations.toml` and the ledger; not to be edited.",
        "What an explanation predicts of the delay, and what would refute it, is in our words.",
        "What was measured is read from [the ledger](claims.md): a claim that it predicts *agrees*",
        "with it where it holds and *contradicts* it where it fails; one that it excludes, the",
        "other way round. Claims that are inconclusive or not run are *open*. A count is no",
        "verdict on it: claims differ in weight, and most are of small networks. Of an exact",
        "theory a claim of its own study says what follows from it in its own model; that it holds",
        "is no measurement of networks. What else the studies of an explanation claim is not",
        "counted, since it is of other things, or was chosen out; what of it fails or is open is",
        "named below each, so that nobody has to take the choice on trust.",
        "",
        "| explanation | " + " | ".join(ASPECTS) + " | refuted by |",
        "|---" * (2 + len(ASPECTS)) + "|",
    ]
    for each in data.values():
        told = " | ".join(each[aspect] for aspect in ASPECTS)
        lines.append(f"| {_linked(each)} | {told} | {each['refuted']} |")
    lines += ["", "## What was measured", ""]
    lines.append("| explanation | agree | contradict | open | of these of earlier numerics |")
    lines.append("|---|---|---|---|---|")
    for each in data.values():
        weighed = _weighed(facts, entries, each)
        found = [says for _, says in weighed]
        counts = [found.count(says) for says in _SAYS.values()]
        counts.append(sum(entry.status == "obsolete" for entry, _ in weighed))
        lines.append(f"| {_linked(each)} | {' | '.join(map(str, counts))} |")
    lines += ["", "## Where two cannot both be right", ""]
    for each in conflicts:
        lines += [f"**{each['about']}**", ""]
        for name in (key for key in each if key != "about"):
            lines.append(f"- For {_linked(data[name])} it would speak if these hold:")
            lines += [f"  - {_told(_found(facts, entries, claim))}" for claim in each[name]]
        lines.append("")
    for each in data.values():
        lines += [f"## {each['name']}", "", f"{each['idea']} ({', '.join(each['studies'])})", ""]
        lines += [f"- *{says}*: {_told(entry)}" for entry, says in _weighed(facts, entries, each)]
        lines += ["", _not_counted(entries, each), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def surveys_page(
    ledgers: Sequence[Ledger], raced: Mapping[str, Sequence[Raced]] = MappingProxyType({})
) -> str:
    """A Markdown page: sentences of surveys, those that a measurement contradicts first.

    Args:
        ledgers: of all studies.
        raced: by arm of a race what came of it there: "faster", "slower" or "open", in words, and
            the most times as fast that it may be.

    Returns:
        Markdown, ending in a newline.

    Raises:
        GrokphaseError: if `surveys.toml` names a claim that no study makes.
    """
    facts, entries = Facts.read(HERE / "surveys.toml"), _entries(ledgers)
    lines = [
        "# What the surveys say, and what we measured",
        "",
        "Made by `make ledger` from `studies/surveys.toml`, the ledger and the records of races;",
        "do not edit. Sentences are in our words. One is contradicted where a claim that it",
        "predicts fails, or one it excludes holds, in the system that this claim is of: elsewhere",
        "it may be so. If a survey only says that an arm is faster, a race contradicts it where",
        "the arm is slower than tuned AdamW. If it names a factor (such as 50), a race contradicts",
        "it where the whole interval lies below that factor, even if the arm is faster than AdamW.",
    ]
    titles = {
        "contradicts": "Contradicted by a measurement",
        "open": "Open, at least in part",
        "agrees": "As we measured it",
    }
    groups: dict[str, list[str]] = {says: [] for says in titles}
    for each in facts.data["sentences"]:
        of = {"agrees": each["tests"], "refuted_by": each["against"]}
        found = [(says, _told(entry)) for entry, says in _weighed(facts, entries, of)]
        found += [
            (_in_race(verdict, most, each.get("times")), told)
            for arm in each.get("arms", ())
            for verdict, told, most in raced.get(arm, ())
        ]
        said = {says for says, _ in found}
        groups[next(says for says in titles if says in said)] += [
            f"**{each['says']}**",
            "",
            *(f"- *{says}*: {told}" for says, told in found),
            "",
        ]
    for says, title in titles.items():
        if groups[says]:
            lines += ["", f"## {title}", "", *groups[says]]
    lines += ["", "## What the cited works say otherwise", "", "| a survey | the work | it says |"]
    lines.append("|---|---|---|")
    lines += [f"| {each['says']} | {each['work']} | {each['is']} |" for each in facts.data["facts"]]
    return "\n".join(_once_empty(lines)) + "\n"


def _in_race(verdict: str, most: float | None, times: float | None) -> str:
    """What a race says of what is said to accelerate, so many times if that is said."""
    if times is None:
        return _RACED[verdict]
    too_slow = verdict == "slower" or (most is not None and most < times)
    return "contradicts" if too_slow else "open"


def _linked(explanation: Mapping[str, Any]) -> str:
    """Its name, and where it stands on the page."""
    name = str(explanation["name"])
    return f"[{name}](#{anchor(name)})"


def _entries(ledgers: Iterable[Ledger]) -> dict[str, Entry]:
    return {entry.id: entry for ledger in ledgers for entry in ledger.entries}


def _found(facts: Facts, entries: Entries, claim: str) -> Entry:
    if claim not in entries:
        raise GrokphaseError(f'"{facts.path}": there is no claim {claim}.')
    return entries[claim]


def _weighed(facts: Facts, entries: Entries, of: Mapping[str, Any]) -> list[tuple[Entry, str]]:
    """The claims that test something, each with whether it agrees, contradicts or is open."""
    pairs = [(claim, "holds") for claim in of["agrees"]]
    pairs += [(claim, "fails") for claim in of["refuted_by"]]
    found = []
    for claim, agreeing in pairs:
        entry = _found(facts, entries, claim)
        found.append((entry, _SAYS[entry.verdict == agreeing if entry.decided else None]))
    return found


def _not_counted(entries: Entries, explanation: Mapping[str, Any]) -> str:
    """What else the studies of an explanation claim, and what of it does not hold, by name."""
    counted = {*explanation["agrees"], *explanation["refuted_by"]}
    of = [each for each in entries.values() if each.study in explanation["studies"]]
    others = [each for each in of if each.id not in counted]
    parts = [f"Not counted are {len(others)} other claims of {', '.join(explanation['studies'])}"]
    for verdict, words in _NOT_COUNTED.items():
        named = [_name(each) for each in others if each.verdict == verdict]
        if named:
            parts.append(f"{len(named)} of them {words[len(named) > 1]}: {', '.join(named)}")
    return ". ".join(parts) + "."


def _name(entry: Entry) -> str:
    return f"[{entry.id}](claims.md#{anchor(entry.id)})"


def _told(entry: Entry) -> str:
    """A claim in a line: its name, what it says, what was measured."""
    older = f" {OLDER}" if entry.status == "obsolete" else ""
    return f"{_name(entry)}: {entry.statement} {measured(entry)}.{older}"


def _once_empty(lines: Sequence[str]) -> Iterator[str]:
    """Lines without two empty ones in a row."""
    for before, line in zip(["", *lines], lines, strict=False):
        if before or line:
            yield line
