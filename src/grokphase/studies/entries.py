"""The ledger: every claim of every study, with the verdict that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grokphase.errors import GrokphaseError
from grokphase.estimators.intervals import tail
from grokphase.estimators.measured import Measured
from grokphase.studies.claim import Claim, Entry
from grokphase.studies.figure import FigureResult, plain, today
from grokphase.studies.kept import kept
from grokphase.studies.papers import NAMES, Study, parse_claims
from grokphase.studies.scales import SCALES, Scale, check_scale


def ledger(
    *,
    scale: Scale | None = None,
    folder: Path | str | None = None,
    studies: Sequence[str] = NAMES,
) -> list[Entry]:
    """All claims, measured on the results that are kept.

    Args:
        scale: "quick" or "paper"; None takes the paper's own scale where it was run, claim by
            claim, and the quick one elsewhere.
        folder: where results of one's own are; they go before those that come with grokphase.
        studies: names of studies, or what is asked of one, as "liu2022/fig6b"; only that is
            measured.

    Returns:
        Entries in the order of the papers.

    Raises:
        GrokphaseError: for a scale, a study, a figure or a claim that there is not.

    Example:
        >>> [entry.verdict for entry in ledger(studies="liu2022/fig9")]  # all without `studies`
        ['holds', 'holds', 'fails']
    """
    if scale is not None:
        check_scale(scale)
    names = (studies,) if isinstance(studies, str) else studies
    place = None if folder is None else Path(folder)
    return [
        _best(chosen, claim, scale, place)
        for chosen, claims in map(parse_claims, names)
        for claim in claims
    ]


def _best(chosen: Study, claim: Claim, scale: Scale | None, folder: Path | None) -> Entry:
    """The claim at the scale asked for, or at the largest at which it was run."""
    scales = SCALES[::-1] if scale is None else (scale,)
    entries = (entry_of(chosen, claim, each, folder) for each in scales)
    ran = (entry for entry in entries if entry.verdict != "not run")
    return next(ran, None) or entry_of(chosen, claim, scales[0], folder)


def entry_of(chosen: Study, claim: Claim, scale: Scale, folder: Path | None) -> Entry:
    """A claim at one scale; "not run" where data of a figure it needs are missing."""
    results = [kept(chosen.name, scale, figure, folder) for figure in claim.needs]
    there = [result for result in results if result is not None]
    if len(there) < len(claim.needs):
        return _entry(chosen, claim, scale, Measured("", "not run"), [])
    found = _measured(claim, there) if claim.needs else _theorem(claim, tail())
    return _entry(chosen, claim, scale, found, there)


def _measured(claim: Claim, results: Sequence[FigureResult]) -> Measured:
    try:
        return claim.measure({result.figure: result.data for result in results})
    except (KeyError, IndexError, TypeError) as error:
        made = ", ".join(f"{each.study}/{each.figure} ({each.scale})" for each in results)
        raise GrokphaseError(
            f'The results of {made} were made by another version and do not show what "{claim.id}" '
            f"is measured on ({error!r}); remove them, and compute them again."
        ) from error


@cache
def _theorem(claim: Claim, _tail: float) -> Measured:
    """The outcome of a claim that rests on no figure, at any scale; its interval has this tail."""
    return claim.measure({})


def _entry(
    chosen: Study, claim: Claim, scale: Scale, found: Measured, rests_on: Sequence[FigureResult]
) -> Entry:
    ran = found.verdict != "not run"
    low_high = None if found.interval is None else plain(found.interval)
    return Entry(
        id=f"{chosen.name}/{claim.id}",
        study=chosen.name,
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
    )
