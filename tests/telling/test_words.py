"""What several runs came to, in words."""

from __future__ import annotations

from tests.plotting.fakes import made_up_record

from grokphase.telling.words import events_text, loss, phase_text, runs_text


def test_several_runs_are_counted_and_their_median_is_given() -> None:
    passed = [made_up_record(100, 1000 * i, seed=i) for i in range(1, 15)]
    never = [made_up_record(100, None, phase="memorization", seed=20 + i) for i in range(6)]
    counts, train, validation = runs_text(passed + never)
    assert counts == "20 runs: 14 grokking, 6 memorization"
    assert train == (
        "train accuracy > 0.9: median step 100, 96% interval 100 to 100; reached by 20 of 20"
    )
    assert validation == (
        "validation accuracy > 0.9: median step 10,500, 96% interval from 6,000; reached by 14 "
        "of 20"
    )


def test_a_run_that_failed_is_no_evidence_of_a_time() -> None:
    """As in maps and sweeps: what it would have reached is not known."""
    runs = [made_up_record(100, 500)] * 2 + [made_up_record(None, None, phase="failed")] * 3
    assert runs_text(runs)[2] == (
        "validation accuracy > 0.9: median step 500, 50% interval 500 to 500; reached by 2 of 2"
    )


def test_a_median_that_is_not_reached_is_no_number() -> None:
    runs = [made_up_record(100, 500)] + [made_up_record(100, None)] * 9
    assert runs_text(runs)[2] == (
        "validation accuracy > 0.9: median not reached; reached by 1 of 10"
    )


def test_a_loss_is_told_where_the_phase_is() -> None:
    held = {"followed": True, "loss_followed": True, "validation_sustained_step": 1200}
    lost = made_up_record(
        **held,
        validation_lost_step=9100,
        validation_sustained_lost_step=9400,
        lower={"validation_sustained_lost_step": 9300},
    )
    kept, older = made_up_record(**held), made_up_record(followed=True)
    assert [phase_text(each) for each in (lost, kept, older)] == [
        "grokking, lost",
        "grokking",
        "grokking",
    ]
    said = [loss(each, "validation_sustained_lost_step") for each in (lost, kept, older)]
    assert said == ["step 9,400 (after 9,300)", "not lost in 10,000 steps", None]
    assert (
        loss(
            made_up_record(followed=True, loss_followed=True, validation_step=None),
            "validation_lost_step",
        )
        is None
    )
    assert events_text(lost)[-1] == (
        "validation accuracy held from step 1,200, lost again: step 9,400 (after 9,300)"
    )
