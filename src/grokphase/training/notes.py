"""What must be known of runs before any is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

from grokphase.counting import counted
from grokphase.phases.classify import DIVERGED, FAILED
from grokphase.phases.notes import Note
from grokphase.store.provenance import UNREAD, kinds_sentence
from grokphase.store.record import RunRecord
from grokphase.training import following, leaks, reach
from grokphase.training.spec import AnySpec, RunSpec

_LONGEST: Final = 300  # characters of a reason: a figure has room for a few lines

FINDERS = (following.note, reach.note, leaks.note)
"""Each looks for one kind of thing and gives a note of it, or None."""


def notes(cells: Sequence[Sequence[AnySpec]]) -> tuple[Note, ...]:
    """The notes of some runs: at most one of each kind, however many runs there are.

    Args:
        cells: the runs of each cell, one a seed; runs that belong to no map are one cell.

    Example:
        >>> import grokphase as gp
        >>> [note.sentence for note in notes([[gp.run_spec("addition", seed=58)]])]
        []
    """
    ours = [[spec for spec in cell if isinstance(spec, RunSpec)] for cell in cells]
    if not all(ours):  # of what a user's function trains on, nothing is known
        return ()
    found = (finder(ours) for finder in FINDERS)
    return tuple(note for note in found if note is not None)


def notes_after(records: Iterable[RunRecord]) -> tuple[Note, ...]:
    """What must be known of runs once they are there.

    Some have failed, diverged or ended by themselves, or lost what they had learned; a setting had
    no effect; times are known to an interval; not all were made on one kind of machine by the same
    versions.
    """
    known = list(records)
    # A run that failed has no bits, and where its process ended none of its versions are known.
    kinds = kinds_sentence(record.provenance for record in known if record.phase != FAILED)
    finders = (_failed, _diverged, _remarks, _lost, _unread, _intervals)
    found = (finder(known) for finder in finders)
    return tuple(note for note in (*found, kinds and Note(kinds)) if note)


def _failed(records: Sequence[RunRecord]) -> Note | None:
    messages = Counter(record.message for record in records if record.phase == FAILED)
    return _told("failed", messages, len(records))


def _diverged(records: Sequence[RunRecord]) -> Note | None:
    count = sum(record.phase == DIVERGED for record in records)
    return Note(f"{count:,} of {len(records):,} runs diverged") if count else None


def _lost(records: Sequence[RunRecord]) -> Note | None:
    """Which runs lost generalization that had held."""
    rows: tuple[dict[str, int | float | str], ...] = tuple(
        {
            "seed": record.seed,
            "run": record.id,
            "held_from": record.validation_sustained_step or 0,
            "lost_at": record.validation_sustained_lost_step or 0,
        }
        for record in records
        if record.lost
    )
    if not rows:
        return None
    many = f"{len(rows):,} of {len(records):,} runs" if len(records) > 1 else "The run"
    at = "" if len(records) > 1 else f" at step {rows[0]['lost_at']:,}"
    return Note(f"{many} lost again the validation accuracy that had held{at}", rows)


def _remarks(records: Sequence[RunRecord]) -> Note | None:
    remarked = (each for each in records if each.message and each.phase != FAILED)
    return _told("ended early", Counter(each.message for each in remarked), len(records))


def _told(what: str, messages: Counter[str], runs: int) -> Note | None:
    """How many runs something befell, with the most frequent reason; all in the rows."""
    if not messages:
        return None
    (most, _), others = messages.most_common(1)[0], len(messages) - 1
    more = f", and {counted(others, 'other reason')}" if others else ""
    rows: tuple[dict[str, int | float | str], ...] = tuple(
        {"reason": reason, "runs": count} for reason, count in messages.most_common()
    )
    said = most.rstrip(".") if len(most) <= _LONGEST else f"{most[:_LONGEST]} ..."
    return Note(f"{messages.total():,} of {runs:,} runs {what}: {said}{more}", rows)


def _unread(records: Sequence[RunRecord]) -> Note | None:
    """Settings that the function of no run has looked at."""
    each = [
        set(record.provenance.get(UNREAD, "").split(", "))
        for record in records
        if record.phase != FAILED
    ]
    names = [f'"{name}"' for name in sorted(set.intersection(*each)) if name] if each else []
    if not names:
        return None
    said = " or ".join(names)
    return Note(f"The function never read {said}, so that nothing here depends on it")


def _intervals(records: Sequence[RunRecord]) -> Note | None:
    """How far apart evaluations were, where a time is known to an interval only."""
    widths = [
        step - max(lower, 0)  # -1 where the first evaluation had passed already
        for record in records
        for name, lower in record.lower.items()
        if (step := getattr(record, name)) is not None
    ]
    if not widths:
        return None
    return Note(
        "Times are known to the steps at which accuracies were evaluated: each lies up to "
        f"{max(widths):,} steps (median {median(widths):,.0f}) before the step given"
    )
