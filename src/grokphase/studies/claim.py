"""A claim of a paper: a statement that can fail, how it is measured, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from grokphase.estimators.measured import Interval, Measured, Verdict
from grokphase.studies.figure import Data
from grokphase.studies.scales import Scale

Kind = Literal["paper", "variant", "misprint", "ours"]

KINDS: Final[Mapping[Kind, str]] = {
    "paper": "claims of the paper, by the convention of its text where it has one",
    "variant": "claims of the paper by another convention, that of its code for instance",
    "misprint": "formulas or numbers that are misprinted, and contradict the paper itself",
    "ours": "statements that the paper does not make, about what it shows",
}
"""What a claim is to its paper. To count a variant as one more claim would count a claim twice."""


@dataclass(frozen=True)
class Claim:
    """A statement of a paper, in a form that can fail.

    Args:
        id: short name within its study, e.g. "critical-fraction".
        where: place in the paper.
        statement: what is claimed.
        published: the published value or the words that stand for it.
        tolerance: when it holds, in words.
        needs: ids of the figures whose data it is measured on; empty for a theorem, whose
            measurement computes what it needs.
        measure: from the data of those figures, by id, to what was found.
        convention: choices that the outcome rests on, where paper and code differ or are silent.
        kind: what the statement is to the paper, see `KINDS`.
    """

    id: str
    where: str
    statement: str
    published: str
    tolerance: str
    needs: tuple[str, ...]
    measure: Callable[[Mapping[str, Data]], Measured]
    convention: str = ""
    kind: Kind = "paper"


@dataclass(frozen=True)
class Entry:
    """A line of the ledger of claims.

    Args:
        id: study and claim, e.g. "liu2022/critical-fraction".
        study: the paper.
        where: place in it.
        statement: what is claimed.
        published: the published value.
        measured: ours; None where not run.
        interval: of ours, 90 %; None where exact or not run.
        seeds: seeds, splits or trials.
        convention: choices that the outcome rests on.
        verdict: "holds", "fails", "inconclusive" or "not run".
        cost_seconds: training and computing time of everything it rests on.
        scale: "quick" or "paper".
        version: of grokphase, that made what it rests on.
        date: day of the oldest result it rests on.
        tolerance: when the claim holds.
        note: why the verdict is what it is, where that needs saying.
        kind: "paper", "variant", "misprint" or "ours", see `KINDS`.
    """

    id: str
    study: str
    where: str
    statement: str
    published: str
    measured: float | str | None
    interval: Interval | None
    seeds: int
    convention: str
    verdict: Verdict
    cost_seconds: float
    scale: Scale
    version: str
    date: str
    tolerance: str = ""
    note: str = ""
    kind: Kind = "paper"
