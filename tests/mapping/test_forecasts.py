"""Maps whose runs stop where their phase is forecast."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from benchmarks import map_forecasts

import grokphase as gp
from grokphase.forecasting import outcome
from grokphase.forecasting.outcome import Around, Decided
from grokphase.mapping.forecasts import PhaseJudge
from grokphase.training.schedule import log_spaced

RATE = "recipe.decoder.learning_rate=1e-6,2e-6"
DECAY = "recipe.decoder.weight_decay=0,1"


def small_map(**options):
    toy = gp.Toy(widths=(8,))
    return gp.phase_map("addition", toy, gp.Recipe(steps=300), x=RATE, y=DECAY, **options)


def test_a_stopped_run_is_no_run_and_goes_on_without_a_forecast(tmp_path):
    kept = {"store": tmp_path / "runs", "workers": 1, "on_progress": None}
    stopped = small_map(forecast=0.5, **kept)
    assert stopped.forecast.any()
    assert not (stopped.measured & stopped.forecast).any()
    assert set(stopped.phase[stopped.forecast]) == {"confusion"}
    assert (stopped.confidence[stopped.forecast] >= 0.5).all()
    assert stopped.steps_trained < 4 * 300
    assert "were stopped where their phase was forecast" in stopped.notes[0].sentence
    assert "stopped at 0.5, " in stopped.notes[0].sentence  # of as little confidence, as measured
    with gp.open(tmp_path / "runs") as store:  # nothing unfinished is taken for a run
        assert store.count() == int(stopped.measured.sum())

    again = small_map(forecast=0.5, **kept)
    assert again == stopped  # from checkpoints: as many steps as before

    whole = small_map(**kept)
    assert whole.measured.all()
    assert not whole.forecast.any()
    assert whole.steps_trained == 4 * 300
    fresh = small_map(workers=1, on_progress=None)
    for name, values in fresh.measures.items():
        np.testing.assert_array_equal(whole.measures[name], values, err_msg=name)

    finished = small_map(forecast=0.5, **kept)  # what is known need not be forecast
    assert finished.measured.all()


@pytest.mark.parametrize(
    ("task", "options", "says"),
    [
        ("modular-addition", {}, "not of modular-addition/mlp"),
        ("addition", {"recipe": gp.Recipe(optimizer="sgd")}, "AdamW without an accelerator"),
        ("addition", {"recipe": gp.Recipe(accelerator="grokfast-ema")}, "without an accelerator"),
        ("addition", {"by": "sustained", "recipe": gp.Recipe(stop="sustained")}, "first passage"),
        ("addition", {"x": "recipe.optimizer=adam,adamw"}, "axis of words"),
        ("addition", {"forecast": 0.2}, "forecast = 0.2"),
    ],
)
def test_forecasts_that_nobody_measured_are_refused(task, options, says):
    given = {"x": RATE, "y": DECAY, "forecast": True, "on_progress": None} | options
    with pytest.raises(gp.GrokphaseError, match=says):
        gp.phase_map(task, **given)


def test_marks_survive_a_file(tmp_path):
    x, y = gp.Axis("split.fraction", (0.5, 0.8)), gp.Axis("task.p", (5, 7))
    phases, steps = [["memorization"] * 2] * 2, [[90.0, 90.0]] * 2
    found = gp.PhaseMap.from_arrays(
        *(x, y, phases, steps, [[None, None]] * 2),
        measured=[[True, False], [False, True]],
        confidence=[[None, 0.93], [None, None]],
    )
    assert found.forecast.tolist() == [[False, True], [False, False]]
    assert found.inferred.tolist() == [[False, False], [True, False]]
    assert "(1 inferred, 1 forecast, in lower case)" in repr(found)
    loaded = gp.load(found.save(tmp_path / "map.json"))
    assert loaded == found
    assert loaded.confidence[0, 1, 0] == 0.93


def test_looks_are_recorded_steps_before_the_last():
    schedule = log_spaced(100_000, 20)
    found = PhaseJudge(Around(), 0.9, 1000).looks(schedule)
    assert set(found) <= set(schedule.tolist())
    assert 1000 <= found[0] < 1200
    assert found[-1] < 100_000


def test_a_wait_that_is_longer_than_that_of_the_cells_around_is_in_vain():
    near = Around.of([Decided(1.0, "grokking", 300, 3000)] * 4)
    chances = [
        outcome._passing(step, 100_000, 300, near) for step in (2000, 10_000, 30_000, 90_000)
    ]
    assert chances == sorted(chances, reverse=True)
    assert outcome.expected(90_000, 100_000, 300, None, near).phase == "memorization"
    assert outcome.expected(2000, 100_000, 300, 1500, near) is None  # it is decided


def test_error_rates_are_counts_of_their_maps():
    told = json.loads((files("grokphase.forecasting") / "fitted/outcome.json").read_text())
    assert [rate["confidence"] for rate in told["errors"]] == sorted(
        rate["confidence"] for rate in told["errors"]
    )
    for rate in told["errors"]:
        held_out = [row for row in rate["maps"] if row["fitted on"] != "the other two alone"]
        assert rate["stopped"] == sum(row["stopped"] for row in held_out)
        assert rate["wrong"] == sum(row["otherwise"] for row in held_out)


def test_error_rates_are_told_as_they_were_measured():
    page = (Path(__file__).parents[2] / "docs" / "phase-maps.md").read_text(encoding="utf-8")
    for rate in json.loads((files("grokphase.forecasting") / "fitted/outcome.json").read_text())[
        "errors"
    ]:
        near = [row for row in rate["maps"] if row["fitted on"].startswith("all but one seed")]
        far = next(row for row in rate["maps"] if row["fitted on"] == "none of it")
        wrong, stopped = (sum(row[name] for row in near) for name in ("otherwise", "stopped"))
        cells = [
            f"{rate['confidence']:g}",
            f"{wrong} of {stopped}",
            f"{far['otherwise']} of {far['stopped']}",
            f"{rate['wrong'] / rate['stopped']:.0%}".replace("%", " %"),
            f"{rate['share_of_steps_6b']:.1%}".replace("%", " %"),
            f"{rate['cells_same_6b']:.1%}".replace("%", " %"),
        ]
        assert f"| {' | '.join(cells)} |" in page


def test_the_constants_are_found_again():
    """From the maps that come along, by the replay that measures how often forecasts are wrong."""
    seen: list[map_forecasts.Look] = []
    for figure in map_forecasts.FITTED:
        for found in map_forecasts.maps_of(figure):
            map_forecasts.replay(found, seen=seen)
    assert map_forecasts.fit(seen) == outcome.fitted()["weights"]
