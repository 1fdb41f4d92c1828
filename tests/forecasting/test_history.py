"""What is known of a run, and that nothing of its future is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.forecasting.made import rows

from grokphase.errors import GrokphaseError
from grokphase.forecasting import History, forecast
from grokphase.forecasting.advice import advise
from grokphase.forecasting.cases import Case, cases_of, digest
from grokphase.forecasting.features import FEATURES, features
from grokphase.forecasting.hidden import moments, signs
from grokphase.forecasting.history import settings_of
from grokphase.forecasting.landmarks import landmarks
from grokphase.forecasting.told import unknown
from grokphase.forecasting.trials import AT, trials, typical_delays
from grokphase.phases.intervals import Interval


def cases(cells: int = 2, seeds: int = 1) -> list[Case]:
    return cases_of(rows(cells=cells, seeds=seeds))


def equal(one: dict[str, float], other: dict[str, float]) -> bool:
    return all(np.isclose(one[name], other[name], equal_nan=True) for name in one)


def test_an_evaluation_grid_is_an_interval():
    row = rows(cells=1, seeds=1)[0]
    known = History.of_corpus(row).memorized
    assert known is not None
    assert (known.lower, known.upper) == (row["train_step"] - 5, row["train_step"])


def test_what_came_after_the_cut_changes_nothing():
    case = next(case for case in cases() if case.generalizes)
    assert case.memorized_at is not None
    assert case.delay is not None
    now = case.memorized_at + 0.5 * case.delay.time
    whole = case.history
    after = whole.step > now
    other = replace(
        whole,
        curves={name: np.where(after, 0.5, values) for name, values in whole.curves.items()},
        validation_passage=None,
    )
    assert after.any()
    assert equal(features(whole.until(now)), features(other.until(now)))
    at = moments(case.memorized_at, now)
    np.testing.assert_array_equal(signs(whole, at), signs(whole.until(now), at))
    np.testing.assert_array_equal(signs(whole, at), signs(other, at))


def test_features_have_no_unit_of_time():
    case = cases()[0]
    assert case.memorized_at is not None
    whole = case.history
    slower = replace(
        whole,
        step=whole.step * 10,
        settings=whole.settings | {"learning_rate": whole.settings["learning_rate"] / 10},
        train_passage=None,
        validation_passage=None,
        now=whole.now * 10,
    )
    here = replace(whole, train_passage=None, validation_passage=None).until(600)
    one, other = features(here), features(slower.until(6000))
    for name in FEATURES:  # to the rounding of logarithms of 1 + step
        np.testing.assert_allclose(one[name], other[name], atol=0.03, err_msg=name)


def test_every_feature_is_known_of_a_run_that_has_all_curves():
    row = rows(cells=1, seeds=1)[0]
    more = ("saturation", "embedding_norm", "decoder_norm", "mean_train_margin", "embedding_gini")
    for name in (*more, "effective_dimension", "gradient_alignment", "gradient_norm"):
        row[name] = [1.0] * len(row["step"])
    row |= {"model.decoder_scale": 1.0}
    known = features(Case.of(row).at(500))
    assert not [name for name, value in known.items() if np.isnan(value)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"step": [0, 5, 5]}, "ascend"),
        ({"curves": {"train_accuracy": [0.1, 0.2]}}, "2 values for 3 steps"),
        ({"curves": {"validation_accuracy": [0.1, 0.2, 40.0]}}, "between 0 and 1; got 40"),
    ],
)
def test_what_is_no_history_is_refused(change: dict[str, object], says: str):
    given = {"step": [0, 5, 10], "curves": {"train_accuracy": [0.1, 0.2, 1.0]}} | change
    with pytest.raises(GrokphaseError, match=says):
        History(**given)  # type: ignore[arg-type]


def test_a_diverged_loss_is_known_from_a_gap():
    row = rows(cells=1, seeds=1)[0]
    row["train_loss"][-1] = float("nan")
    gap = History.of_corpus(row).curves["train_loss"][-1]
    gone = History.of_corpus(row | {"phase": "diverged"}).curves["train_loss"][-1]
    assert np.isnan(gap)
    assert np.isinf(gone)


def test_a_run_is_there_once_and_its_family_in_one_split():
    made = rows(cells=1, seeds=1)
    with pytest.raises(GrokphaseError, match="in the corpus twice"):
        cases_of([*made, made[0]])
    with pytest.raises(GrokphaseError, match="a family is in one"):
        cases_of([*made, made[0] | {"id": "other", "split": "test"}])


def test_a_digest_tells_runs_apart_and_not_their_order():
    some = cases()
    changed = rows(cells=2, seeds=1)
    changed[3]["train_loss"][7] += 1e-9
    assert digest(some) == digest(some[::-1])
    assert digest(some) != digest(cases_of(changed))


def test_looks_for_fitting_do_not_depend_on_the_outcome():
    made = rows(cells=2, seeds=1)
    later = [row | {"validation_step": 9_000} for row in made]
    for runs in zip(cases_of(made), cases_of(later), strict=True):
        one, other = (landmarks([run]) for run in runs)
        assert all(equal(*looks) for looks in zip(one.rows, other.rows, strict=False))
        if one.rows:
            np.testing.assert_allclose(one.left.weight.sum(), 1.0)


def test_looks_for_scoring_are_before_the_end():
    some = cases(cells=6)
    typical = typical_delays(some)
    for look in trials(some, typical):
        assert look.case.delay is not None
        assert look.elapsed < look.case.delay.time
        assert look.case.at(look.elapsed).generalized is None
    at = {(look.case.id, look.at): 0.0 for look in trials(some, typical)}
    for look in trials(some, typical):
        at[look.case.id, look.at] += look.weight
    assert set(at.values()) == {1.0} or np.allclose(list(at.values()), 1.0)
    assert {when for _, when in at} == set(AT)


def test_losses_and_accuracies_alone_are_enough_for_a_forecast():
    history = History.of_corpus(rows(cells=1, seeds=1)[0])
    names = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
    rates = {"learning_rate": 1e-3, "weight_decay": 1.0}
    bare = replace(history, curves={n: history.curves[n] for n in names}, settings=rates)
    told = forecast(bare.until(2 * bare.memorized.upper))
    assert (told.forecaster, told.refused) == ("early-warning", False)
    assert {each.measure for each in told.evidence} == {"validation_accuracy"}  # what it heeds
    less = replace(bare, curves={name: bare.curves[name] for name in names[2:]})
    told = forecast(less.until(2 * bare.memorized.upper))
    assert (told.forecaster, told.refused) == ("survival", True)


@pytest.mark.parametrize("first", [0, 100])
def test_a_run_that_had_memorized_when_it_was_first_measured_is_forecast_tentatively(first: int):
    steps = first + 100 * np.arange(8)
    curves = {
        "train_accuracy": np.ones(8),
        "validation_accuracy": np.linspace(0.1, 0.3, 8),
        "train_loss": np.full(8, 0.01),
        "validation_loss": np.full(8, 4.0),
    }
    run = History(step=steps, curves=curves, budget=100_000)
    asked = [run, run.until(600)]
    if first == 0:  # a record knows of step 0 that nothing was before it, not even -1
        asked.append(replace(run, train_passage=Interval(0.0, 0.0, 0.0)))
    for history in asked:
        told = forecast(history)
        assert told.refused
        assert told.median_step is not None
        assert told.reason.startswith(
            f"it had memorized before it was first measured, at {first}, so"
        )
        assert f"when it memorized, but that it was at {first} or before" in unknown(history)
    seen = replace(run, train_passage=Interval(first + 10.0, first + 1.0, first + 10.0))
    assert not any("or before" in clause for clause in unknown(seen))


def test_a_run_with_an_accelerator_is_forecast_tentatively():
    """Nothing was fitted or scored on such runs; one without is forecast as it was."""
    rate = 1e-3
    spec = {"recipe.optimizer": "adamw", "recipe.decoder.learning_rate": rate}
    spec |= {"recipe.decoder.weight_decay": 1.0}
    step = np.array([0, 50, 100, 200, 400, 800, 1600])
    curves = {
        "train_accuracy": [0.1, 0.6, 1, 1, 1, 1, 1],
        "validation_accuracy": [0.1, 0.1, 0.1, 0.11, 0.12, 0.13, 0.2],
        "train_loss": [2.4, 1, 0.1, 0.05, 0.02, 0.01, 0.008],
        "validation_loss": [2.4, 3, 4, 4.2, 4.6, 4.5, 4.2],
        "weight_norm": [20, 22, 24, 25, 24, 22, 17],
    }
    kinds = {}, {"recipe.accelerator.kind": "grokfast-ema"}
    plain, fast = (
        forecast(History(step, curves, settings_of(spec | kind)), 20_000) for kind in kinds
    )
    assert not plain.refused
    assert fast.refused
    assert "it has an accelerator" in fast.reason
    assert fast.median_step == plain.median_step


@pytest.mark.parametrize("asked", [forecast, advise])
def test_what_is_no_history_is_refused_with_the_way_to_one(asked: Any) -> None:
    with pytest.raises(GrokphaseError, match=r"A dict is no History; .*write run.forecast\(\)"):
        asked({"train_accuracy": [0.1, 1.0]})
