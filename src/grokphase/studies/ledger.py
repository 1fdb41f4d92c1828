"""The ledger: every claim of every study, with the verdict that was measured.

To measure a hundred claims takes seconds, of resampling mostly. What came of it is kept in a file
`ledger.json`, each claim with a digest of all it rests on: the study's files, the results it needs,
and the code of this package. A claim of which they are the same is not measured again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from grokphase.estimators import CONFIDENCE, Verdict, at_confidence, holm
from grokphase.files import replacing
from grokphase.numerics import NUMERICS
from grokphase.studies.discovery import names, parse_claims
from grokphase.studies.judging import Entry, entry_of
from grokphase.studies.kept import file_of
from grokphase.studies.paper import Claim, Study
from grokphase.studies.scales import SCALES, Scale, check_scale

FILE: Final = "ledger.json"
_TAIL: Final = (1 - CONFIDENCE) / 2
_ASIDE: Final = (
    *("accelerators", "mapping", "presets", "store", "trainers", "training", "workers"),
    *("cli", "plotting", "telling", "web"),
    *("corpora", "forecasting", "races", "watch"),
)
"""Parts of the package on which no verdict rests: results are made by them, and judged without;
or they show what was found; or no study has to do with them."""

_SHOWING: Final = ("drawing", "explained", "page", "picture", "planning", "reproduction", "told")
"""Modules of this room that plan and draw figures, and say what was judged."""

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
            f"are decided by it, each wrong by chance in about {_TAIL:.0%} of cases (in up to 15 % "
            "where only five seeds are resampled, as such intervals are too narrow). If all of "
            f"them are looked at as one family (Holm: {_TAIL:.0%} that any is wrong, and more "
            f"where means of few skewed values are resampled), {self.left} stay decided."
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
    parts = (ledger_of(target, scale=scale, folder=place) for target in asked)
    return [entry for part in parts for entry in part.entries]


def ledger_of(
    target: str,
    *,
    scale: Scale | None = None,
    folder: Path | None = None,
    on_progress: Tell | None = None,
) -> Ledger:
    """The ledger of what is asked of a study: of a part, the entries of that part.

    Args:
        target: a study, or a study and a figure or a claim, as "liu2022/fig6b".
        scale: as for `ledger`.
        folder: as for `ledger`.
        on_progress: as for `study_ledger`.
    """
    chosen, claims = parse_claims(target)
    wanted = {claim.id for claim in claims}
    whole = study_ledger(chosen, scale=scale, folder=folder, on_progress=on_progress)
    kept = tuple(entry for entry in whole.entries if entry.name in wanted)
    return replace(whole, entries=kept)


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
    digests = _digests(chosen, scale, folder)
    places = _places(chosen, scale, folder)
    found = [kept for path in places if (kept := _read(path)) is not None]
    for kept in found:
        if kept.digests == digests:
            return kept.ledger
    measured = _measured(chosen, scale, folder, digests, found, on_progress)
    if folder is not None and places[0].parent.is_dir():
        with suppress(OSError):  # what cannot be kept is measured again
            _write(measured, places[0])
    return measured.ledger


def measure(
    chosen: Study,
    *,
    scale: Scale | None = None,
    folder: Path | None = None,
    on_progress: Tell | None = None,
) -> Ledger:
    """All claims of a study, measured anew; see `study_ledger`, which asks what is kept first."""
    return _measured(chosen, scale, folder, {}, (), on_progress).ledger


def refresh(chosen: Study) -> Path:
    """Bring the ledger that comes with a study up to date.

    Returns:
        The file, which belongs to the study.
    """
    path = chosen.folder / "results" / FILE
    kept, digests = _read(path), _digests(chosen, None, None)
    _write(_measured(chosen, None, None, digests, [kept] if kept else (), None), path)
    return path


def current(chosen: Study) -> bool:
    """Whether the ledger that comes with a study is that of its facts, results and code."""
    kept = _read(chosen.folder / "results" / FILE)
    return kept is not None and kept.digests == _digests(chosen, None, None)


def _places(chosen: Study, scale: Scale | None, folder: Path | None) -> list[Path]:
    """Where the ledger is looked for: one's own results first, then those of the study."""
    own = [] if folder is None else [folder / chosen.name / f"{scale or 'best'}-{FILE}"]
    return [*own, chosen.folder / "results" / FILE]


# ------------------------------------------------------------------------------ what is kept

Again = dict[str, dict[str, Verdict]]
"""Of each claim its verdicts by intervals of other probabilities, on each side, as `repr`."""


@dataclass(frozen=True)
class _Kept:
    """A ledger, with what each of its claims rests on.

    Args:
        ledger: what was measured.
        digests: of what each claim rests on, by name.
        again: verdicts that the correction asked for.
    """

    ledger: Ledger
    digests: Mapping[str, str]
    again: Again


def _write(kept: _Kept, path: Path) -> None:
    """Keep a ledger, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as passing:
        passing.write_text(json.dumps(asdict(kept), indent=0) + "\n", encoding="utf-8")


def _read(path: Path) -> _Kept | None:
    """The ledger of a file, if it is one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        ledger = document["ledger"]
        entries = tuple(Entry(**_tuples(entry)) for entry in ledger["entries"])
        found = Ledger(ledger["study"], entries, Correction(**ledger["correction"]))
        return _Kept(found, document["digests"], document["again"])
    except (OSError, ValueError, KeyError, TypeError):  # nothing is lost: it is measured again
        return None


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists where an entry has tuples."""
    return {key: tuple(each) if isinstance(each, list) else each for key, each in entry.items()}


# ------------------------------------------------------------------------------ measured


def _measured(
    chosen: Study,
    scale: Scale | None,
    folder: Path | None,
    digests: Mapping[str, str],
    earlier: Sequence[_Kept],
    on_progress: Tell | None,
) -> _Kept:
    """The ledger; what earlier ones hold of claims with the same digests is taken from there."""
    known: dict[str, Entry] = {}
    again: Again = {}
    for kept in earlier[::-1]:
        for entry in kept.ledger.entries:
            if entry.name in digests and kept.digests.get(entry.name) == digests[entry.name]:
                known[entry.name] = entry
                again[entry.name] = dict(kept.again.get(entry.name, {}))
    entries = []
    for many, claim in enumerate(chosen.claims, start=1):
        entries.append(known.get(claim.id) or _best(chosen, claim, scale, folder))
        if on_progress is not None:
            on_progress(many, len(chosen.claims))
    return _Kept(_corrected(chosen, entries, folder, again), dict(digests), again)


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


def _corrected(
    chosen: Study, entries: Sequence[Entry], folder: Path | None, known: Again
) -> Ledger:
    """The entries with what is left of their verdicts, and the same for the study as a whole."""
    claims = {claim.id: claim for claim in chosen.claims}

    def verdict_at(entry: Entry) -> Callable[[float], Verdict]:
        told = known.setdefault(entry.name, {})

        def at(tail: float) -> Verdict:
            if (key := repr(tail)) not in told:
                with at_confidence(1 - 2 * tail):
                    told[key] = entry_of(chosen, claims[entry.name], entry.scale, folder).verdict
            return told[key]

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


def _digests(chosen: Study, scale: Scale | None, folder: Path | None) -> dict[str, str]:
    """Of all that each claim rests on: this package, the study's files, the results it needs."""
    whole = hashlib.sha256(f"{chosen.name} {scale} {NUMERICS} {_of_package()}".encode())
    for path in sorted(chosen.folder.rglob("*")):
        inside = path.relative_to(chosen.folder)
        if path.is_file() and inside.parts[0] != "results" and "__pycache__" not in inside.parts:
            whole.update(str(inside).encode() + path.read_bytes())
    results = {
        figure.id: "".join(_of_file(file_of(chosen, each, figure.id, folder)) for each in SCALES)
        for figure in chosen.figures
    }
    return {
        claim.id: hashlib.sha256(
            " ".join([whole.hexdigest(), *(results[name] for name in claim.needs)]).encode()
        ).hexdigest()[:16]
        for claim in chosen.claims
    }


def _of_file(path: Path | None) -> str:
    """Of a result; nothing where there is none. What is no file is refused where it is read."""
    if path is None or not path.is_file():
        return f"{path}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _of_package() -> str:
    """Of the version and the code of this package that verdicts rest on, but for its studies."""
    root = Path(__file__).parents[1]
    total = hashlib.sha256(version("grokphase").encode())
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if _judges(inside):
            total.update(str(inside).encode() + path.read_bytes())
    return total.hexdigest()


def _judges(inside: Path) -> bool:
    """Whether verdicts rest on a file of this package; those of a study count for it alone."""
    room, *within = inside.parts
    return room not in _ASIDE and (
        room != "studies" or (len(within) == 1 and inside.stem not in _SHOWING)
    )
