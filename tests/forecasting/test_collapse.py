"""What a forecast says of a run that lost what it had, and of names that one trainer writes."""

from __future__ import annotations

import pytest

from grokphase.forecasting import History, forecast
from grokphase.forecasting.advice import advise
from grokphase.forecasting.columns import meaning_of

STEPS = [0, 100, 400, 1000, 2200, 4000, 9000]
CURVES = {
    "train_accuracy": [0.05, 0.5, 1, 1, 1, 1, 0.05],
    "validation_accuracy": [0.05, 0.05, 0.1, 0.5, 0.95, 0.97, 0.02],
    "train_loss": [3, 1, 0.1, 0.01, 0.01, 0.01, 5],
}
SETTINGS = {"learning_rate": 3e-3, "weight_decay": 1.0}


def test_generalization_that_was_lost_is_said():
    told = forecast(History(STEPS, CURVES, SETTINGS))
    assert told.phase == "generalized"
    assert told.evidence[0].says == "under the threshold again at step 9,000"
    kept = {name: values[:-1] for name, values in CURVES.items()}
    until = forecast(History(STEPS[:-1], kept, SETTINGS))
    assert not any("again" in each.says for each in until.evidence)


def test_advice_says_first_that_a_run_has_generalized():
    found = advise(History(STEPS, CURVES, SETTINGS))
    assert str(found).startswith("this run generalized at step 2,200")
    for change in found.changes:
        assert ("over 1 is later" in str(change)) == (change.interval90[1] > 1)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("eval_train_accuracy", "train_accuracy"),
        ("eval_test_loss", "validation_loss"),
        ("eval_validation_accuracy", "validation_accuracy"),
        ("eval_loss", "validation_loss"),
    ],
)
def test_names_of_data_sets_follow_eval(name: str, what: str):
    meaning = meaning_of(name)
    assert meaning is not None
    assert meaning.what == what


def test_two_sides_in_one_name_are_none():
    assert meaning_of("train_val_loss") is None


def test_a_curve_that_is_watched_in_percent_is_no_certainty():
    from grokphase.watch import Monitor

    monitor = Monitor(show=None)
    for step in range(0, 40, 10):
        monitor.update(step, train_accuracy=0.95 + step / 4, validation_accuracy=0.93)
    told = monitor.forecast()
    assert told.refused
    assert "percent" in told.reason
    again = Monitor(show=None)
    again.load_state_dict(monitor.state_dict())
    assert again.forecast().refused
    assert not {"train_accuracy", "validation_accuracy"} & monitor.curves().keys()
