"""What must be known of runs once they are there."""

from __future__ import annotations

import dataclasses

from tests.store.samples import make_record

from grokphase.training.notes import notes_after


def test_diverged_runs_are_counted_where_there_are_some() -> None:
    records = [
        dataclasses.replace(make_record(at), phase="diverged" if at < 2 else "grokking", lower={})
        for at in range(5)
    ]
    sentences = [note.sentence for note in notes_after(records)]
    assert "2 of 5 runs diverged" in sentences
    assert not any("diverged" in note.sentence for note in notes_after(records[2:]))


def test_evaluations_are_as_far_apart_as_events_say_that_were_seen() -> None:
    """A lower end without an event is the last evaluation; -1 is before the first."""
    record = dataclasses.replace(
        make_record(0),
        train_step=30,
        validation_step=None,
        lower={"train_step": -1, "validation_step": 900},
    )
    (note,) = (note for note in notes_after([record]) if "evaluated" in note.sentence)
    assert "up to 30 steps" in note.sentence
    censored = dataclasses.replace(record, lower={"validation_step": 900})
    assert not any("evaluated" in note.sentence for note in notes_after([censored]))
