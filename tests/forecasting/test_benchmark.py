"""The benchmark from end to end on runs that were never trained."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from tests.forecasting.made import PARTS, rows

from grokphase.errors import GrokphaseError
from grokphase.forecasting import fitting
from grokphase.forecasting.benchmark import ALL, INDEPENDENT, benchmark
from grokphase.forecasting.cases import Case, cases_of
from grokphase.forecasting.fitting import constants, rounded
from grokphase.forecasting.forecast import Prediction
from grokphase.forecasting.goals import goals
from grokphase.forecasting.proof import proof
from grokphase.forecasting.scoring import (
    auroc,
    crps,
    false_alarms,
    quiet_threshold,
    seed_floor,
    threshold,
)
from grokphase.forecasting.trials import AT, log_score


@pytest.fixture(scope="module")
def made() -> list[Case]:
    return cases_of(rows(cells=6, seeds=2))


@pytest.fixture(scope="module")
def fitted(made: list[Case]) -> dict[str, Any]:
    return constants(made)


def test_constants_are_of_no_test_run(made: list[Case], fitted: dict[str, Any]):
    assert all(each.holds for each in proof(made, fitted))


def test_a_test_run_that_was_used_is_found_out(
    made: list[Case], fitted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("grokphase.forecasting.proof.constants", lambda _: fitted)
    used = json.loads(json.dumps(fitted))
    used["forecasters"]["decay"]["constants"]["mu"] *= 1 + 1e-4
    used["train"]["families"].append("task-g/mlp")
    failed = [each.says for each in proof(made, used) if not each.holds]
    assert len(failed) == 2
    assert "test families" in failed[0]
    assert "found again" in failed[1]


def test_what_is_kept_is_what_is_used(fitted: dict[str, Any]):
    assert json.loads(json.dumps(fitted)) == fitted == rounded(fitted)


def test_a_law_that_holds_is_found_and_the_table_says_so(made: list[Case], fitted: dict[str, Any]):
    found = benchmark(made, fitted)
    everyone = found.families[-1]
    error = {(each.name, each.at): each.median_error for each in everyone.scores}
    # The runs follow a law in eta lambda, scattered by 15 % and by a factor of each family.
    for name in ("decay", "settings", "survival", "combination"):
        assert error[name, "memorization"] < 0.6 * error["training-median", "memorization"]
    assert everyone.generalizing == 20
    assert sum(each.runs for each in found.families[:-1]) == everyone.runs == 24
    told = found.as_json()
    assert told["corpus"] == {"runs": 24, "families": 2, "split": "test"}
    assert {each["name"] for each in told["families"]} == {
        *(name for name, part in PARTS.items() if part == "test"),
        ALL,
    }
    wanted = {"name", "at", "median_error", "coverage50", "coverage90", "auroc", "false_alarms"}
    assert all(wanted <= set(each) for family in told["families"] for each in family["forecasters"])
    json.dumps(told, allow_nan=False)
    text = str(found)
    assert "survival, family seen" in text
    assert max(map(len, text.splitlines())) <= 100
    aims = [line for line in goals(found).splitlines() if not line.startswith(" ")]
    assert [line.rsplit(": ", 1)[1] in ("reached", "not reached") for line in aims] == [True] * 4
    assert max(map(len, goals(found).splitlines())) <= 100
    figure = found.plot()
    [times] = [each for each in figure.axes if each.get_title("left") == "all families"]
    low, high = times.get_ylim()
    assert sum(low <= tick <= high for tick in times.get_yticks()) >= 3  # of less than a decade too
    drawn = [each.get_gid() for each in figure.findobj()]
    assert drawn.count("error") == drawn.count("coverage") == 3 * len(found.calibration)
    assert drawn.count("calibration") == len(found.calibration)
    with pytest.raises(GrokphaseError, match="no run"):
        benchmark([case for case in made if case.split != "test"], fitted)


def test_a_delay_that_the_grid_does_not_resolve_is_counted_and_not_scored(
    fitted: dict[str, Any],
):
    some = [row for row in rows(cells=1, seeds=3) if row["split"] == "test"]
    for row, evaluations in zip(some, (9, 10, 11, 9, 10, 400), strict=True):
        row["validation_step"] = row["train_step"] + 5 * evaluations
    everyone = benchmark(cases_of(some), fitted).families[-1]
    assert (everyone.runs, everyone.generalizing, everyone.soon) == (6, 4, 2)
    assert {each.runs for each in everyone.scores} == {4}


def test_a_task_by_another_name_is_scored_apart(fitted: dict[str, Any]):
    some = [row for row in rows(cells=1, seeds=3) if row["split"] == "test"]
    for row in some[:3]:
        row["family"] = "modular-division/mlp"
    found = benchmark(cases_of(some), fitted)
    *single, independent, everyone = found.families
    assert [each.name for each in (independent, everyone)] == [INDEPENDENT, ALL]
    assert [each.name for each in single] == ["modular-division/mlp", "task-h/mlp"]
    assert (independent.runs, everyone.runs) == (3, 6)
    assert independent.scores == single[1].scores
    assert found.as_json()["corpus"]["families"] == 2
    assert str(found).index("all: 6 runs") < str(found).index(f"{INDEPENDENT}: 3 runs")


def test_weights_are_found_on_families_that_were_left_out(made: list[Case]):
    train = [case for case in made if case.split == "train"]
    whole, without = fitting._single(train)
    assert set(without) == {name for name, part in PARTS.items() if part == "train"}
    other = [case for case in train if case.family != "task-a/mlp"]
    assert without["task-a/mlp"]["decay"] == fitting.fit_law("decay", other)
    assert without["task-a/mlp"]["decay"] != whole["decay"]
    seen = {name: parts["settings"].standard for name, parts in without.items()}
    whole_range = whole["settings"].standard
    place = whole_range.names.index("decay_time")
    assert min(each.low[place] for each in seen.values()) == whole_range.low[place]
    assert max(each.low[place] for each in seen.values()) > whole_range.low[place]


def test_a_fit_needs_runs_that_generalize(made: list[Case]):
    with pytest.raises(GrokphaseError, match="validation"):
        constants([case for case in made if case.split == "train"])


def test_the_floor_is_what_other_seeds_say():
    three = [row for row in rows(cells=1, seeds=3) if row["family"] == "task-a/mlp"]
    for row, delay in zip(three, (100, 200, 400), strict=True):
        row["validation_step"] = row["train_step"] + delay
    floor, runs = seed_floor(cases_of(three))
    # Others' medians are 300, 250 and 150.
    assert runs == 3
    assert math.isclose(floor, np.median([2.0, 0.25, 0.625]))


def test_scores_of_sure_forecasts():
    sure = Prediction.log_normal(0, 1.0, median=100, spread=0.01)
    assert math.isclose(crps(sure, 200, math.inf), math.log(2), abs_tol=0.02)
    assert log_score(sure, 99, 100) < log_score(sure, 199, 200)
    never = Prediction.log_normal(0, 0.0, median=100, spread=0.5)
    assert math.isclose(log_score(never, 500, math.inf), 0.0, abs_tol=1e-9)
    assert log_score(sure, 500, math.inf) > 5


def test_the_log_score_is_proper():
    random = np.random.default_rng(0)
    seen = np.exp(math.log(1000) + 0.5 * random.standard_normal(400))
    told = {
        spread: np.mean(
            [log_score(Prediction.log_normal(0, 1.0, 1000, spread), t - 1, t) for t in seen]
        )
        for spread in (0.25, 0.5, 1.0)
    }
    assert min(told, key=lambda spread: told[spread]) == 0.5


def test_alarms():
    positive, negative = np.array([0.2, 0.9, 0.8, 0.7, 0.6]), np.array([0.1, 0.65])
    least = threshold(positive)
    assert 0.2 < least <= 0.6
    assert false_alarms(negative, np.array([3.0, 1.0]), least) == 0.25
    assert auroc(positive, negative, np.array([3.0, 1.0])) == (3 + 4 + 4 + 4 + 3) / 20
    assert math.isnan(auroc(positive, np.empty(0)))


def test_a_quiet_alarm_is_given_of_one_in_ten_that_do_not_generalize():
    told, weight = np.array([0.9, 0.8, 0.8, 0.3]), np.array([0.05, 0.05, 0.1, 0.8])
    least = quiet_threshold(told, weight)
    assert 0.8 < least < 0.81  # both of a tie, or none
    assert false_alarms(told, weight, least) == pytest.approx(0.05)
    assert quiet_threshold(told[3:], weight[3:]) > 0.3
    assert math.isnan(quiet_threshold(np.empty(0), np.empty(0)))


def test_the_threshold_of_quiet_alarms_is_of_families_left_out(
    made: list[Case], fitted: dict[str, Any]
):
    assert fitted["quiet"].keys() == fitted["forecasters"].keys()
    found = benchmark(made, fitted, split="validation").families[-1]
    share = {(each.name, each.at): each.false_alarms_quiet for each in found.scores}
    assert all(math.isnan(each) or 0 <= each <= 1 for each in share.values())
    caught = [each.caught_quiet for each in found.scores]
    assert all(0 <= each <= 1 for each in caught)


def test_times_of_the_table_are_those_of_the_issue():
    assert list(AT.values()) == [0.0, 0.1, 0.25, 0.5]
