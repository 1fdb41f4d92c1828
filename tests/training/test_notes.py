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


def test_what_had_held_and_was_lost_is_said() -> None:
    held = {"followed": True, "loss_followed": True, "validation_sustained_step": 90}
    kept, lost = (
        dataclasses.replace(make_record(at), **held, validation_sustained_lost_step=step, lower={})
        for at, step in ((0, None), (1, 5400))
    )
    assert (kept.lost, lost.lost, make_record(2).lost) == (False, True, None)
    said = [note for note in notes_after([kept, lost]) if "lost" in note.sentence]
    assert [note.sentence for note in said] == [
        "1 of 2 runs lost again the validation accuracy that had held"
    ]
    assert said[0].rows[0] == {"seed": 1, "run": lost.id, "held_from": 90, "lost_at": 5400}
    (alone,) = (note for note in notes_after([lost]) if "lost" in note.sentence)
    assert alone.sentence.endswith("at step 5,400")
    assert not any("lost" in note.sentence for note in notes_after([kept]))


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


def test_a_run_that_failed_is_of_no_other_kind() -> None:
    """Where its process ended, nobody knows its versions; and it has no bits that might differ."""
    here = {"processor": "Xeon", "torch": "2.13.0"}
    made = dataclasses.replace(make_record(0), provenance=here)
    ended = dataclasses.replace(
        make_record(1), phase="failed", message="killed", provenance={"processor": "Xeon"}
    )
    other = dataclasses.replace(make_record(2), provenance={**here, "torch": "2.12.0"})
    assert not any("kinds" in note.sentence for note in notes_after([made, ended]))
    assert any("Runs of 2 kinds meet" in note.sentence for note in notes_after([made, other]))
