"""What is left of the verdicts when so many claims are looked at.

A verdict that rests on an interval of 5 % on each side is wrong in at most 5 % of the cases. Of
many such verdicts some are, by chance. Benjamini and Hochberg's step-up rule asks more of each, the
fewer they are: of n claims k keep their verdict if that many are decided by intervals of 5 % k / n
on each side. Of the verdicts that are left, at most 5 % are expected to be wrong, if the tests are
independent or positively dependent. Many claims share runs, and nothing shows that they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grokphase.estimators.intervals import CONFIDENCE, at_confidence
from grokphase.estimators.measured import Verdict
from grokphase.studies.claim import Entry
from grokphase.studies.entries import entry_of
from grokphase.studies.papers import study

_TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True)
class Multiplicity:
    """The verdicts of a ledger, corrected for their number.

    Args:
        asked: claims that rest on an interval.
        decided: how many of them hold or fail, each by its own interval.
        undecided: ids of those that the correction leaves inconclusive.
        tail: the probability on each side of the intervals that the others are decided by.
    """

    asked: int
    decided: int
    undecided: tuple[str, ...]
    tail: float

    def __str__(self) -> str:
        """In a few sentences."""
        kept = self.decided - len(self.undecided)
        text = (
            f"{self.asked} claims rest on a {CONFIDENCE:.0%} interval, and {self.decided} of them "
            f"are decided by it. Each verdict is wrong with a chance of {_TAIL:.0%} at most: up to "
            f"{_TAIL * self.asked:.1f} of them. Corrected for their number (Benjamini and "
            f"Hochberg, intervals of {1 - 2 * self.tail:.1%}), {kept} stay decided"
        )
        lost = ", ".join(name.partition("/")[2] for name in self.undecided)
        text = f"{text}; inconclusive then: {lost}." if lost else f"{text}."
        return (
            f"{text} The rule needs independent or positively dependent tests; many claims here "
            "share runs, and that they depend on each other in this sense is not shown."
        )


def multiplicity(entries: Sequence[Entry], folder: Path | None = None) -> Multiplicity:
    """Correct the verdicts of a ledger for their number.

    Args:
        entries: a ledger, of whole studies: the correction is for all that was looked at.
        folder: where their results are, as for `ledger`.

    Example:
        >>> from grokphase.studies import ledger
        >>> found = multiplicity(ledger(studies="liu2022/fig4d"))  # whole studies, but for speed
        >>> found.asked, found.decided, found.undecided
        (6, 4, ())

    Source: Benjamini and Hochberg 1995, J. R. Statist. Soc. B 57, 289.
    """
    asked = [entry for entry in entries if entry.interval is not None]
    decided = {entry.id: entry for entry in asked if entry.verdict in ("holds", "fails")}
    left, tail = decided, _TAIL
    while left and (stricter := _TAIL * len(left) / len(asked)) < tail:
        tail = stricter
        found = _again(left, tail, folder)
        left = {name: entry for name, entry in left.items() if found[name] == entry.verdict}
    undecided = tuple(name for name in decided if name not in left)
    return Multiplicity(len(asked), len(decided), undecided, tail)


def _again(entries: Mapping[str, Entry], tail: float, folder: Path | None) -> dict[str, Verdict]:
    """The verdicts by intervals with this probability on each side."""
    with at_confidence(1 - 2 * tail):
        return {
            name: entry_of(chosen, claim, entry.scale, folder).verdict
            for name, entry in entries.items()
            for chosen in [study(entry.study)]
            for claim in chosen.select_claims(name.partition("/")[2])
        }
