"""The ledger: every claim of every study, with the verdict that was measured.

To measure a hundred claims takes seconds, of resampling mostly. What came of it is kept in a file
`ledger.json`, with a digest of all it rests on: facts, results, and the code that judges. While
they are the same, it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from grokphase.estimators import CONFIDENCE, Verdict, at_confidence, holm
from grokphase.files import replacing
from grokphase.studies.discovery import names, parse_claims
from grokphase.studies.judging import Entry, entry_of
from grokphase.studies.kept import file_of
from grokphase.studies.paper import Claim, Study
from grokphase.studies.scales import SCALES, Scale, check_scale

FILE: Final = "ledger.json"
_TAIL: Final = (1 - CONFIDENCE) / 2
_ROOMS: Final = ("estimators", "measures", "studies", "tasks", "theory")
"""Parts of the package whose code decides what is measured of a claim."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Correction:
    """The verdicts of a study that rest on intervals, corrected for their number.

    Args:
        asked: claims that rest on an interval.
        decided: how many of them hold or fail, each by its own interval.
        left: how many stay decided if all of them are looked at as one family.
    """

    asked: int
    decided: int
    left: int

    def __str__(self) -> str:
        """In a sentence or two."""
        return (
            f"{self.asked} claims rest on a {CONFIDENCE:.0%} interval, and {self.decided} of them "
            f"are decided by it, each wrong by chance in about {_TAIL:.0%} of cases (in up to 10 % "
            "where only five seeds are resampled, as such intervals are too narrow). If all of "
            f"them are looked at as one family (Holm, {_TAIL:.0%} that any is wrong), {self.left} "
            "stay decided."
        )


@dataclass(frozen=True)
class Ledger:
    """The claims of a study, measured.

    Args:
        study: the paper.
        entries: in its order.
        correction: for their number.
    """

    study: str
    entries: tuple[Entry, ...]
    correction: Correction


def ledger(
    *,
    scale: Scale | None = None,
    folder: Path | str | None = None,
    studies: Sequence[str] | str | None = None,
) -> list[Entry]:
    """All claims, measured on the results that are kept.

    Args:
        scale: "quick" or "paper"; None takes the paper's own scale where it was run, claim by
            claim, and the quick one elsewhere.
        folder: where results of one's own are; they go before those that come with a study.
        studies: names of studies, or what is asked of one, as "liu2022/fig6b"; all of them if
            not given.

    Returns:
        Entries in the order of the papers.

    Raises:
        GrokphaseError: for a scale, a study, a figure or a claim that there is not.

    Example:
        >>> [entry.verdict for entry in ledger(studies="liu2022/fig9")]  # all without `studies`
        ['holds', 'holds', 'fails']
    """
    asked = names() if studies is None else (studies,) if isinstance(studies, str) else studies
    place = None if folder is None else Path(folder)
    entries = []
    for chosen, claims in map(parse_claims, asked):
        wanted = {claim.id for claim in claims}
        whole = study_ledger(chosen, scale=scale, folder=place)
        entries += [entry for entry in whole.entries if entry.name in wanted]
    return entries


def study_ledger(
    chosen: Study,
    *,
    scale: Scale | None = None,
    folder: Path | None = None,
    on_progress: Tell | None = None,
) -> Ledger:
    """All claims of a study, from what is kept of them, or measured and kept.

    Args:
        chosen: the paper.
        scale: as for `ledger`.
        folder: as for `ledger`.
        on_progress: told how many claims of how many are measured.
    """
    if scale is not None:
        check_scale(scale)
    digest = _digest(chosen, scale, folder)
    places = _places(chosen, scale, folder)
    for path in places:
        if (found := _read(path, digest)) is not None:
            return found
    measured = measure(chosen, scale=scale, folder=folder, on_progress=on_progress)
    if folder is not None and places[0].parent.is_dir():
        write(measured, places[0], digest)
    return measured


def refresh(chosen: Study) -> Path:
    """Measure a study's claims on the results that come with it, and keep that beside them.

    Returns:
        The file, which belongs to the study.
    """
    path = chosen.folder / "results" / FILE
    write(measure(chosen), path, _digest(chosen, None, None))
    return path


def measure(
    chosen: Study,
    *,
    scale: Scale | None = None,
    folder: Path | None = None,
    on_progress: Tell | None = None,
) -> Ledger:
    """All claims of a study, measured anew; see `study_ledger`, which asks what is kept first."""
    entries = []
    for many, claim in enumerate(chosen.claims):
        if on_progress is not None:
            on_progress(many, len(chosen.claims))
        entries.append(_best(chosen, claim, scale, folder))
    return _corrected(chosen, entries, folder)


def current(chosen: Study) -> bool:
    """Whether the ledger that comes with a study is that of its facts, results and code."""
    return _read(chosen.folder / "results" / FILE, _digest(chosen, None, None)) is not None


def _places(chosen: Study, scale: Scale | None, folder: Path | None) -> list[Path]:
    """Where the ledger is looked for: one's own results first, then those of the study."""
    own = [] if folder is None else [folder / chosen.name / f"{scale or 'best'}-{FILE}"]
    return [*own, chosen.folder / "results" / FILE]


def write(measured: Ledger, path: Path, digest: str) -> None:
    """Keep a ledger, whole or not at all."""
    document = {"digest": digest, **asdict(measured)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as passing:
        passing.write_text(json.dumps(document, indent=0) + "\n", encoding="utf-8")


def _read(path: Path, digest: str) -> Ledger | None:
    """The ledger of a file, if it is of this digest."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["digest"] != digest:
            return None
        entries = tuple(Entry(**_tuples(entry)) for entry in document["entries"])
        return Ledger(document["study"], entries, Correction(**document["correction"]))
    except (OSError, ValueError, KeyError, TypeError):  # nothing is lost: it is measured again
        return None


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists where an entry has tuples."""
    return {key: tuple(each) if isinstance(each, list) else each for key, each in entry.items()}


# ------------------------------------------------------------------------------ measured


def _best(chosen: Study, claim: Claim, scale: Scale | None, folder: Path | None) -> Entry:
    """The claim at the scale asked for, or at the largest at which it was run."""
    scales = SCALES[::-1] if scale is None else (scale,)
    first: Entry | None = None
    for each in scales:
        entry = entry_of(chosen, claim, each, folder)
        if entry.verdict != "not run":
            return entry
        first = first or entry
    assert first is not None
    return first


def _corrected(chosen: Study, entries: Sequence[Entry], folder: Path | None) -> Ledger:
    """The entries with what is left of their verdicts, and the same for the study as a whole."""
    claims = {claim.id: claim for claim in chosen.claims}

    def verdict_at(entry: Entry) -> Callable[[float], Verdict]:
        @cache
        def at(tail: float) -> Verdict:
            with at_confidence(1 - 2 * tail):
                return entry_of(chosen, claims[entry.name], entry.scale, folder).verdict

        return at

    asked = [entry for entry in entries if entry.interval is not None]
    again = {entry.id: verdict_at(entry) for entry in asked}
    looks: dict[str, int] = {}
    survives: dict[str, bool] = {}
    for family in _families(entries):
        looks |= {entry.id: len(family) for entry in family}
        survives |= _surviving([entry for entry in family if entry.id in again], again)
    told = [
        replace(entry, looks=looks.get(entry.id, 1), survives=survives.get(entry.id))
        for entry in entries
    ]
    left = sum(_surviving(asked, again, alone=True).values())
    decided = sum(entry.decided for entry in asked)
    return Ledger(chosen.name, tuple(told), Correction(len(asked), decided, left))


def _surviving(
    family: Sequence[Entry],
    again: Mapping[str, Callable[[float], Verdict]],
    *,
    alone: bool = False,
) -> dict[str, bool]:
    """Of each claim of a family that is decided, whether its verdict is left by Holm's rule.

    Args:
        family: claims that rest on intervals.
        again: of each, its verdict by an interval with a probability on each side.
        alone: whether one claim is a family.
    """
    if len(family) < 2 and not alone:
        return {}
    left = holm({entry.id: again[entry.id] for entry in family}, tail=_TAIL)
    return {entry.id: left[entry.id] == entry.verdict for entry in family if entry.decided}


def _families(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Claims that are variants of one statement and were measured."""
    for name in dict.fromkeys(entry.family for entry in entries if entry.family):
        family = [e for e in entries if e.family == name and e.verdict != "not run"]
        if len(family) > 1:
            yield family


# ------------------------------------------------------------------------------ digests


def _digest(chosen: Study, scale: Scale | None, folder: Path | None) -> str:
    """Of all that the ledger rests on: facts, results, and the code that judges."""
    files = [chosen.facts.path, *sorted(chosen.folder.rglob("*.py"))]
    files += sorted((chosen.folder / "published").glob("*.csv"))
    for figure in chosen.figures:
        for each in SCALES:
            path = file_of(chosen, each, figure.id, folder)
            if path is not None and path.is_file():  # what is none is refused where it is read
                files.append(path)
    total = hashlib.sha256(f"{scale} {_of_package()}".encode())
    for path in files:
        total.update(path.name.encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@cache
def _of_package() -> str:
    """Of the code of this package that decides what is measured, but for the studies in it."""
    root = Path(__file__).parents[1]
    total = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            if room != "studies" or path.parent == root / "studies":
                total.update(path.read_bytes())
    return total.hexdigest()
