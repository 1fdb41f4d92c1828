"""A claim, judged on what is kept: a line of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grokphase.counting import counted
from grokphase.errors import GrokphaseError
from grokphase.estimators import (
    ESTIMATORS,
    VERDICTS,
    Interval,
    Measured,
    Verdict,
    allowed,
    among,
    decides,
)
from grokphase.plain import plain
from grokphase.studies import maps, notes
from grokphase.studies.data import Data
from grokphase.studies.figure import FigureResult, today
from grokphase.studies.functions import function, named_table
from grokphase.studies.kept import kept
from grokphase.studies.paper import OWN, Claim, Figure, Kind, Study
from grokphase.studies.scales import SCALES, Scale


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
        estimator: how it was judged.
        status: "current", or "obsolete" where runs were trained with an arithmetic that has
            changed since; "not run".
        unit: of the measured value.
        family: what it is one of several variants of; empty where it stands alone.
        looks: how many variants there are.
        survives: whether its verdict is left by a correction for them (Holm); None where there is
            nothing to correct.
        needs: the figures it rests on.
        allowed: the range of values in which it holds, where that is one of numbers.
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
    estimator: str = ""
    status: str = "current"
    unit: str = ""
    family: str = ""
    looks: int = 1
    survives: bool | None = None
    needs: tuple[str, ...] = ()
    allowed: Interval | None = None

    @property
    def name(self) -> str:
        """The claim within its study."""
        return self.id.partition("/")[2]

    @property
    def decided(self) -> bool:
        """Whether it holds or fails."""
        return self.verdict in ("holds", "fails")

    @property
    def one_seed(self) -> bool:
        """Whether it rests on a single seed, which says so beside its verdict."""
        return self.seeds == 1


def entry_of(study: Study, claim: Claim, scale: Scale, folder: Path | None) -> Entry:
    """A claim at one scale; "not run" where data of a figure it needs are missing.

    Args:
        study: the paper.
        claim: one of its claims.
        scale: "quick" or "paper".
        folder: where results are looked for before those that come with the study.
    """
    if (reason := too_few(study, claim, scale)) is not None:
        return _entry(study, claim, scale, Measured("", "not run", note=reason), [])
    try:
        results = [kept(study, scale, figure, folder) for figure in claim.needs]
        there = [result for result in results if result is not None]
        if len(there) < len(claim.needs):
            return _entry(study, claim, scale, Measured("", "not run"), [])
        found = measured(study, claim, there)
    except GrokphaseError as error:  # one claim that cannot be judged hides no other
        note = f"It cannot be judged. {error}"
        return _entry(study, claim, scale, Measured("", "not run", note=note), [])
    if found.verdict == "inconclusive" and can_decide(study, claim, scale) == (False, True):
        found = _with(found, "So few seeds could refute it, but not confirm it.")
    return _entry(study, claim, scale, found, there)


def can_decide(study: Study, claim: Claim, scale: Scale) -> tuple[bool, bool]:
    """Whether a scale has the seeds with which a claim could hold, and with which it could fail."""
    seeds = _fewest_seeds(study, claim, scale)
    if seeds is None:
        return True, True
    if claim.estimator.startswith(OWN):
        return (seeds >= claim.seeds,) * 2
    return decides(claim.estimator, claim.parameters, seeds)


def _fewest_seeds(study: Study, claim: Claim, scale: Scale) -> int | None:
    """Of the figures that a claim rests on; None where no chance enters."""
    counts = [figure.seeds(scale) for figure in study.needed(claim)]
    return min((many for many in counts if many is not None), default=None)


def too_few(study: Study, claim: Claim, scale: Scale) -> str | None:
    """Why a scale cannot decide a claim either way; None where it can.

    The paper's own scale is the largest there is: what it shows is measured, decided or not.
    """
    if scale == SCALES[-1] or any(can_decide(study, claim, scale)):
        return None
    seeds = counted(_fewest_seeds(study, claim, scale) or 0, "seed")
    return (
        f"The {scale} scale has {seeds}, too few for any outcome to decide this; "
        "it shows the picture."
    )


def measured(study: Study, claim: Claim, results: Sequence[FigureResult]) -> Measured:
    """What was found of a claim.

    Raises:
        GrokphaseError: if the results do not show what it is measured on.
    """
    data = {result.figure: result.data for result in results}
    try:
        return _judged(study, claim, data)
    except (KeyError, IndexError, TypeError, GrokphaseError) as error:
        made = ", ".join(f"{each.study}/{each.figure} ({each.scale})" for each in results)
        why = str(error) if isinstance(error, GrokphaseError) else f"{error!r}."
        raise study.facts.mistake(
            ("claims", claim.key, "with"),
            f'"{claim.id}" cannot be measured on the results of {made or "no figure"}: {why}',
        ) from error


def _judged(study: Study, claim: Claim, data: Mapping[str, Data]) -> Measured:
    if claim.estimator.startswith(OWN):
        found = function(study, claim.estimator)(data, **claim.parameters)
        if not isinstance(found, Measured) or found.verdict not in VERDICTS:
            raise GrokphaseError(
                f'"{claim.estimator}" gives {found!r}; an estimator gives a Measured whose verdict '
                f"is one of {', '.join(VERDICTS)}."
            )
        return _with(found, claim.note)
    table = table_of(study, claim.table, data, claim.needs)
    rows = among(table, claim.among) if claim.among else table
    measured = ESTIMATORS[claim.estimator](rows, **claim.parameters)
    # What only the study can say of its table goes with the verdict.
    return _with(measured, table.get("note", ""), notes.filled(claim.note, rows))


def _with(found: Measured, *said: str) -> Measured:
    return replace(found, note=" ".join(filter(None, (found.note, *said))))


def table_of(
    study: Study, name: str | None, data: Mapping[str, Data], needs: Sequence[str]
) -> Mapping[str, Any]:
    """The table that a claim is measured on.

    Args:
        study: the paper.
        name: a function of the study that makes it of the data by figure, or "published:" and a
            table of published numbers; None for the data of the one figure as they are.
        data: by figure.
        needs: the figures that the claim rests on.
    """
    if name is None:
        (figure,) = needs
        return rows_of(study.select(figure)[0], data[figure])
    return named_table(study, name, data)


def rows_of(figure: Figure, data: Data) -> Mapping[str, Any]:
    """The data of a figure as a table: as they are, but of a phase map a row a cell and seed."""
    return data if figure.maps is None else maps.cells(data)


def _entry(
    study: Study, claim: Claim, scale: Scale, found: Measured, rests_on: Sequence[FigureResult]
) -> Entry:
    ran = found.verdict != "not run"
    low_high = None if found.interval is None else plain(found.interval)
    old = any(result.obsolete for result in rests_on)
    return Entry(
        id=f"{study.name}/{claim.id}",
        study=study.name,
        where=claim.where,
        statement=claim.statement,
        published=claim.published,
        measured=plain(found.value) if ran else None,
        interval=None if low_high is None or None in low_high else tuple(low_high),
        seeds=found.seeds,
        convention=claim.convention,
        verdict=found.verdict,
        cost_seconds=round(sum(result.cost_seconds for result in rests_on), 1),
        scale=scale,
        version=", ".join(sorted({r.version for r in rests_on}) or [version("grokphase")]),
        date=min((result.date for result in rests_on), default=today() if ran else ""),
        tolerance=claim.tolerance,
        note=found.note,
        kind=claim.kind,
        estimator=claim.estimator,
        status=("obsolete" if old else "current") if ran else "not run",
        unit=claim.unit,
        family=claim.family,
        needs=claim.needs,
        allowed=allowed(_all_parameters(claim)),
    )


def _all_parameters(claim: Claim) -> Mapping[str, Any]:
    """Those of an estimator with its defaults."""
    if claim.estimator.startswith(OWN):
        return claim.parameters
    return ESTIMATORS[claim.estimator].filled(claim.parameters)
