"""What must be known of runs before any is trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grokphase.phases.notes import Note
from grokphase.store.provenance import kinds_sentence
from grokphase.store.record import RunRecord
from grokphase.training import leaks, reach
from grokphase.training.spec import RunSpec

FINDERS = (reach.note, leaks.note)
"""Each looks for one kind of thing and gives a note of it, or None."""


def notes(cells: Sequence[Sequence[RunSpec]]) -> tuple[Note, ...]:
    """The notes of some runs: at most one of each kind, however many runs there are.

    Args:
        cells: the runs of each cell, one a seed; runs that belong to no map are one cell.

    Example:
        >>> import grokphase as gp
        >>> [note.sentence for note in notes([[gp.run_spec("addition", seed=58)]])]
        []
    """
    found = (finder(cells) for finder in FINDERS)
    return tuple(note for note in found if note is not None)


def kinds_notes(records: Iterable[RunRecord]) -> tuple[Note, ...]:
    """What must be known of runs once they are there: that they were not all made on one kind of
    machine by the same versions, if they were not."""
    sentence = kinds_sentence(record.provenance for record in records)
    return () if sentence is None else (Note(sentence),)
