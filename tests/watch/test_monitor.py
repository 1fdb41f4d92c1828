"""A monitor of a made-up run: what it records, says, refuses, keeps; it needs no framework."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import grokphase as gp
import grokphase.forecasting
from grokphase.forecasting import Evidence, Forecast, History
from grokphase.forecasting.forecast import stage
from grokphase.watch import Monitor
from grokphase.watch.ranks import place
from grokphase.watch.schedule import Allowance, LogSpaced

STEPS = range(0, 2001, 50)


@pytest.fixture(autouse=True)
def foretold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that wait are foretold the same, so that no test here rests on fitted constants."""

    def forecast(history: History, budget: int | None = None) -> Forecast:
        if history.memorized is None or stage(history) in ("generalized", "diverged"):
            return grokphase.forecasting.forecast(history, budget)
        if not history.curve("validation_accuracy")[0].size:
            return grokphase.forecasting.forecast(history, budget)
        shrinks = Evidence(
            "contraction_rate", 1.9e-3, "the squared norm contracts at 0.0019 a step"
        )
        return Forecast(
            stage(history),
            0.8,
            history.budget,
            5140.0,
            (4300.0, 6800.0),
            (3600.0, 9800.0),
            history.memorized.upper,
            (shrinks,),
            history=history,
        )

    monkeypatch.setattr("grokphase.watch.monitor.forecast", forecast)
    told = "weight decay 1 -> 2 would about halve the wait (0.35-0.8 of it)"
    monkeypatch.setattr("grokphase.watch.monitor.advice_line", lambda history: told)


def model_at(step: int) -> dict[str, np.ndarray]:
    return {"embed": np.full((4, 3), 1 + np.exp(-1e-3 * step)), "head": np.eye(3)}


def watch(monitor: Monitor, steps: Any = STEPS, **more: Any) -> Monitor:
    """A run that memorizes between 50 and 100 and generalizes between 1,200 and 1,250."""
    for step in steps:
        monitor.update(
            step,
            model=model_at(step),
            gradients=model_at(step),
            train_loss=np.exp(-step / 100),
            train_accuracy=1.0 if step >= 100 else 0.5,
            validation_accuracy=0.95 if step >= 1250 else 0.1,
            **more,
        )
    return monitor


def quiet(**options: Any) -> Monitor:
    return Monitor(**{"show": None, "share": None, **options})


def test_events_are_known_to_the_interval_of_the_evaluations() -> None:
    lines: list[str] = []
    monitor = watch(quiet(show=lines.append, budget=10_000))
    assert monitor.notes == []
    assert lines == [
        "memorized at step 100 (after 50); the squared norm contracts at 0.0019 a step; "
        "generalization expected at 5,140, 90 %: 3,600-9,800; 80 % within 10,000 steps; "
        "weight decay 1 -> 2 would about halve the wait (0.35-0.8 of it)",
        "generalized at step 1,250 (after 1,200), 1,150 steps after it memorized",
    ]
    assert lines == monitor.lines
    history = monitor.history()
    assert history.memorized is not None
    assert history.generalized is not None
    assert (history.memorized.lower, history.memorized.upper) == (50, 100)
    assert (history.generalized.lower, history.generalized.upper) == (1200, 1250)
    assert monitor.forecast().phase == monitor.phase == "generalized"


def test_the_norm_is_measured_where_it_memorized() -> None:
    curves = watch(quiet()).curves()
    norms = dict(zip(curves["step"].tolist(), curves["weight_norm"].tolist(), strict=True))
    assert norms[100] == pytest.approx(np.sqrt(12 * (1 + np.exp(-0.1)) ** 2 + 3), rel=1e-6)
    assert np.isfinite(norms[1250])


def test_rows_are_log_spaced_but_for_evaluations() -> None:
    monitor = quiet(per_decade=10)
    for step in range(1001):
        monitor.update(step, model=model_at(step), train_loss=1.0)
    steps = monitor.curves()["step"].tolist()
    assert steps == [step for step, taken in _taken(10, 1001) if taken]
    assert len(steps) < 40  # ten in a factor of ten, and the first ones
    monitor.update(1001, validation_accuracy=0.1)
    assert monitor.curves()["step"][-1] == 1001


def _taken(per_decade: int, steps: int) -> list[tuple[int, bool]]:
    schedule = LogSpaced(per_decade)
    return [(step, schedule.take(step)) for step in range(steps)]


def test_due_is_a_row_of_the_schedule() -> None:
    monitor = quiet(per_decade=4)
    seen = []
    for step in range(101):
        if monitor.due(step):
            seen.append(step)
            monitor.update(step, train_loss=1.0)
    assert seen == [0, 1, 2, 4, 8, 15, 27, 49, 88]


def test_several_updates_of_one_step_are_one_row() -> None:
    monitor = quiet()
    monitor.update(7, train_accuracy=0.5)
    monitor.update(7, validation_accuracy=0.25, train_accuracy=0.75)  # the first one counts
    curves = monitor.curves()
    assert {name: values.tolist() for name, values in curves.items()} == {
        "step": [7],
        "train_accuracy": [0.5],
        "validation_accuracy": [0.25],
    }


@pytest.mark.parametrize(
    ("before", "update", "sentence"),
    [
        ({"step": 9}, {"step": 5, "train_loss": 1}, "step 5 came after step 9, so it is left out"),
        ({}, {"step": 1.5}, "a step is a whole number"),
        ({}, {"step": "one"}, "a step is a whole number"),
        ({}, {"step": 1, "train_accuracy": 45.0}, "for percentages write Monitor(percent=True)"),
        ({}, {"step": 1, "train_accuracy": -1}, "train_accuracy = -1 is left out: it lies between"),
        ({}, {"step": 1, "validation_accuracy": float("nan")}, "validation_accuracy = nan is left"),
        ({}, {"step": 1, "train_loss": [1, 2]}, "it must be a single number"),
        ({}, {"step": 1, "model": 3}, "has no parameters that can be read"),
        ({}, {"step": 1, "logits": np.ones((2, 3))}, "write logits=..., labels=...."),
        ({}, {"step": 1, "logits": np.ones((2, 3)), "labels": np.ones(3)}, "have the shape (2, 3)"),
    ],
)
def test_what_cannot_be_used_is_said_once_and_raises_nothing(
    before: dict[str, Any], update: dict[str, Any], sentence: str
) -> None:
    said: list[str] = []
    monitor = quiet(show=said.append)
    if before:
        monitor.update(**before, train_loss=0.5)
    monitor.update(**update)
    monitor.update(**update)
    assert len(said) == len(monitor.notes) == 1
    assert sentence in said[0]
    assert said[0].startswith("grokphase: ")


def test_percentages_where_they_are_announced() -> None:
    monitor = quiet(percent=True)
    monitor.update(0, train_accuracy=99.0, validation_accuracy=0.9)
    found = {"train_accuracy": 0.99, "validation_accuracy": 0.009}
    assert monitor.values == pytest.approx(found)


@pytest.mark.parametrize("begins", [5.0, 0.9, 0.95])
def test_percentages_that_begin_below_one_are_taken_for_no_shares(begins: float) -> None:
    monitor = quiet(budget=3000)
    for step in range(0, 300, 10):
        accuracies = {"validation_accuracy": 0.95, "train_accuracy": min(100, begins + step)}
        monitor.update(step, **accuracies, train_loss=3.0)
    assert monitor.phase == "unknown"
    assert monitor.values == {"train_loss": 3.0}
    assert set(monitor.curves()) == {"step", "train_loss"}
    assert len(monitor.notes) == 1
    assert "for percentages write Monitor(percent=True)" in monitor.notes[0]
    assert monitor.record().validation_step is None
    told = monitor.forecast()
    assert told.refused
    assert told.reason.startswith("an accuracy was over 1")
    assert "now          whether it has memorized is not known by step 290" in str(told)
    if begins > 1:  # else nothing was known against it yet
        assert monitor.lines == []


def test_percentages_are_known_for_such_after_a_checkpoint() -> None:
    first = quiet()
    first.update(0, validation_accuracy=0.95)
    first.update(1, validation_accuracy=1.5)
    second = quiet()
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    second.update(2, validation_accuracy=0.95, train_loss=float("nan"))
    assert second.lines[:-1] == first.lines == ["generalized at step 0"]
    assert second.phase == second.forecast().phase == "diverged"
    assert not second.forecast().refused


def test_without_validation_it_says_what_cannot_be_known() -> None:
    monitor = quiet()
    for step in (0, 10):
        monitor.update(step, train_accuracy=step / 10)
    assert monitor.lines[0].startswith("memorized at step 10 (after 0); no forecast: validation")
    assert monitor.forecast().refused


def test_a_loss_that_is_no_number_ends_the_watching() -> None:
    monitor = watch(quiet(), range(0, 301, 50))
    monitor.update(350, train_loss=float("nan"), train_accuracy=1.0)
    assert monitor.lines[-1].startswith("the training loss was nan at step 350: the run has")
    monitor.update(400, train_loss=0.5)
    assert monitor.phase == monitor.forecast().phase == monitor.record().phase == "diverged"
    assert monitor.record().steps_trained == 350
    assert math.isnan(monitor.record().final["train_loss"])  # as of a run that was trained


def test_generalization_that_held_and_was_lost() -> None:
    monitor = watch(quiet(sustain=100), range(0, 1501, 50))
    monitor.update(1550, validation_accuracy=0.2)
    assert monitor.lines[-1] == (
        "generalization was lost: validation accuracy is 0.2 at step 1,550, after it had held for "
        "100 steps"
    )
    assert monitor.record().validation_sustained_lost_step == 1550


class Broken:
    """An array that cannot be measured."""

    shape, ndim, dtype = (2, 2), 2, "float32"

    def __array__(self, *args: object, **kwargs: object) -> np.ndarray:
        raise RuntimeError("deleted")


def test_a_measure_that_fails_is_marked_and_stops_no_other() -> None:
    monitor = quiet()
    monitor.update(0, model={"a": Broken()}, train_loss=0.5, logits=np.eye(2), labels=np.arange(2))
    assert monitor.notes[0] == "norms not measured at step 0: RuntimeError: deleted"
    assert monitor.values["train_loss"] == 0.5
    assert monitor.values["train_margin"] == 1.0
    monitor.update(1, model={"a": np.ones((2, 2))})
    assert monitor.values["weight_norm"] == 2.0


def fails(*given: Any) -> None:
    raise RuntimeError("closed")


def test_a_function_that_cannot_show_a_line_ends_nothing() -> None:
    monitor = watch(quiet(show=fails))
    assert monitor.lines == watch(quiet()).lines
    assert [note.split(": ")[:2] for note in monitor.notes] == [
        ["a line could not be shown", "RuntimeError"]
    ]
    monitor.update(5, train_loss=1.0)  # a step that goes back
    assert "step 5 came after step 2000" in monitor.notes[-1]


@pytest.mark.parametrize("given", [{"log_to": fails}, {"optimizer": object()}])
def test_what_fails_beside_the_run_costs_no_line(given: dict[str, Any]) -> None:
    optimizer = given.pop("optimizer", None)
    monitor = watch(quiet(**given), optimizer=optimizer)
    assert monitor.lines == watch(quiet()).lines
    assert len(monitor.notes) == 1
    assert "Error: " in monitor.notes[0]


def test_a_picture_that_cannot_be_shown_costs_neither_line_nor_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monitor = quiet()
    for drawing in ("refresh", "close"):
        monkeypatch.setattr(monitor._show, drawing, fails)
    watch(monitor).finish(tmp_path / "store")
    assert monitor.lines == watch(quiet()).lines
    assert [note.split(":")[0] for note in monitor.notes] == [
        "no picture is shown",
        "no last picture is shown",
    ]
    with gp.open(tmp_path / "store") as store:
        assert len(store.runs()) == 1


_junk = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.binary()
)


@settings(max_examples=15)
@given(st.lists(st.tuples(_junk, st.dictionaries(st.sampled_from(
    ["train_loss", "train_accuracy", "validation_accuracy", "model", "logits", "optimizer", "own"]
), _junk)), max_size=4))  # fmt: skip
def test_whatever_it_is_given_it_never_raises(calls: list[tuple[Any, dict[str, Any]]]) -> None:
    monitor = quiet()
    for step, numbers in calls:
        monitor.update(step, **numbers)
    assert all(isinstance(line, str) for line in (*monitor.notes, *monitor.lines, str(monitor)))


def test_a_resumed_monitor_goes_on_where_it_was() -> None:
    straight = watch(quiet(budget=5000))
    first = watch(quiet(budget=5000), range(0, 701, 50))
    kept = json.loads(json.dumps(first.state_dict()))
    second = quiet(budget=5000)
    second.load_state_dict(kept)
    watch(second, range(750, 2001, 50))
    assert second.lines == straight.lines
    assert second.record().id == first.record().id != straight.record().id
    assert second.seconds > kept["allowance"]["elapsed"]
    for name, values in straight.curves().items():
        np.testing.assert_array_equal(second.curves()[name], values, name)
    assert second.record().validation_step == 1250


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(gp.GrokphaseError, match=r"give what monitor\.state_dict\(\) returned"):
        quiet().load_state_dict({"step": 3})


@pytest.mark.parametrize(
    "options",
    [
        {"budget": 0},
        {"share": 2},
        {"settings": {"seed": 1}},
        {"settings": {"wd": "high"}},
        {"settings": {"weight_dec": 1}},
        {"settings": {1: 1}},
        {"settings": {"wd": 1, "weight_decay": 1}},
        {"show": "window"},
        {"log_to": 3},
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(gp.GrokphaseError):
        quiet(**options)


def test_settings_are_understood_as_those_of_a_file() -> None:
    monitor = quiet(settings={"lr": 1e-3, "weight-decay": 1, "train_samples": 400})
    known = {"learning_rate": 1e-3, "weight_decay": 1.0, "train_samples": 400.0}
    assert monitor.settings == monitor.history().settings == known
    with pytest.raises(gp.GrokphaseError, match='Did you mean "weight_decay"'):
        quiet(settings={"weight_dec": 1})


LAUNCHERS = {
    "RANK": "WORLD_SIZE",
    "OMPI_COMM_WORLD_RANK": "OMPI_COMM_WORLD_SIZE",
    "PMI_RANK": "PMI_SIZE",
    "SLURM_PROCID": "SLURM_NTASKS",
}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No launcher says anything."""
    for name in (*LAUNCHERS, *LAUNCHERS.values()):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("variable", LAUNCHERS)
def test_other_processes_of_a_run_watch_nothing(
    variable: str, alone: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alone.setenv(variable, "1")
    alone.setenv(LAUNCHERS[variable], "2")
    monitor = watch(quiet())
    assert monitor.step is None
    assert monitor.notes == [
        f"by {variable} this is process 1 of one run, and process 0 watches it; where each trains "
        "a model of its own write Monitor(rank=0)."
    ]
    monitor.load_state_dict(watch(quiet(rank=0)).state_dict())  # that of process 0
    reason = "process 0 watches this run, and this is process 1."
    assert monitor.save(tmp_path / "store") == ""
    monitor.finish(tmp_path / "store")
    assert not (tmp_path / "store").exists()
    for told in (monitor.forecast(), monitor.advice()):
        assert (told.refused, told.reason) == (True, reason)
    assert str(monitor) == reason
    with pytest.raises(gp.GrokphaseError, match="this is process 1"):
        monitor.record()
    assert watch(quiet(rank=0), range(3)).step == 2


@pytest.mark.parametrize("number", ["0", "3"])
@pytest.mark.parametrize("variable", LAUNCHERS)
def test_a_process_on_its_own_watches_whatever_its_number(
    variable: str, number: str, alone: pytest.MonkeyPatch
) -> None:
    alone.setenv(variable, number)
    assert watch(quiet(), range(3)).step == 2
    alone.setenv(LAUNCHERS[variable], "1")
    assert watch(quiet(), range(3)).step == 2


def test_the_launcher_that_was_started_last_numbers_the_processes(
    alone: pytest.MonkeyPatch,
) -> None:
    for name, value in {"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "RANK": "0"}.items():
        alone.setenv(name, value)
    alone.setenv("WORLD_SIZE", "16")
    assert place() == (0, "RANK")
    alone.setenv("WORLD_SIZE", "1")  # a torchrun of its own in each task
    assert place() == (0, "")


def test_jax_says_which_process_this_is_before_there_is_a_model(
    alone: pytest.MonkeyPatch,
) -> None:
    begun = SimpleNamespace(is_initialized=lambda: True)
    alone.setitem(sys.modules, "jax", SimpleNamespace(distributed=begun, process_index=lambda: 1))
    assert quiet().forecast().reason.endswith("this is process 1.")


def test_a_process_that_never_watched_saves_nothing(
    alone: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(gp.GrokphaseError, match="nothing was watched yet"):
        quiet().save(tmp_path)
    assert quiet(rank=3).save(tmp_path) == ""


def test_random_numbers_and_weights_stay_as_they_are() -> None:
    state = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    model = model_at(3)
    quiet().update(3, model=model, gradients=model, train_accuracy=1.0, validation_accuracy=0.1)
    assert (np.random.get_state()[1] == state[0]).all()  # noqa: NPY002
    assert random.getstate() == state[1]
    assert all((model[name] == values).all() for name, values in model_at(3).items())


def test_values_go_to_the_loggers_people_have() -> None:
    scalars: list[tuple[str, float, int]] = []
    logged: list[dict[str, float]] = []

    class Writer:
        def add_scalar(self, *scalar: Any) -> None:
            scalars.append(scalar)

    class Board:
        def log(self, values: dict[str, float], commit: bool) -> None:
            assert not commit  # the step is the user's
            logged.append(values)

    watch(quiet(log_to=Writer()), range(100, 101))
    watch(quiet(log_to=Board()), range(100, 101))
    assert logged[0].pop("grokphase/step") == 100
    assert {(name, value, 100) for name, value in logged[0].items()} == set(scalars)
    assert "grokphase/weight_norm" in logged[0]


def test_a_saved_run_is_a_run_of_the_store(tmp_path: Path) -> None:
    monitor = watch(quiet(name="mine", settings={"weight_decay": 1.0}), range(0, 501, 50))
    id = monitor.save(tmp_path / "store")
    watch(monitor, range(550, 2001, 50))
    assert monitor.save(tmp_path / "store") == id  # in place of what it was
    with gp.open(tmp_path / "store") as store:
        [listed] = store.runs()
        assert (listed["id"], listed["task"], listed["phase"]) == (id, "mine", "grokking")
        record = store.get(id[:8])
        [row] = store.query("SELECT weight_decay, train_step_lower, parameters FROM runs").rows
    assert list(row) == [1.0, 50, 21.0]
    assert record.validation_step == 1250
    assert record.lower["validation_step"] == 1200
    assert record.final["weight_norm"] == pytest.approx(monitor.values["weight_norm"])


def test_a_store_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monitor = watch(quiet(), range(3))
    monitor.finish(tmp_path / "file")
    assert monitor.notes[-1].startswith("the run was not stored: ")


def test_the_panel_shows_what_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monitor = watch(Monitor(show="panel", name="mine", budget=5000, share=None))
    monitor.finish()
    drawn = capsys.readouterr().out
    for text in ("mine", "generalized at step 1,250", "effective rank", "norm.head", "▁"):
        assert text in drawn
        assert text in monitor._repr_html_()
    assert "mine, step 2,000" in drawn


def test_a_panel_without_standard_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as closed:  # as what it is read from ends
        pass
    for stream in (closed, None):
        monkeypatch.setattr(sys, "stdout", stream)
        assert watch(Monitor(show="panel", budget=5000, share=None)).lines


def test_a_panel_in_a_pipe_is_lines(capsys: pytest.CaptureFixture[str]) -> None:
    watch(Monitor(show="panel", budget=5000, share=None)).finish()
    assert "generalized at step 1,250" in capsys.readouterr().out


@pytest.mark.parametrize("rank", ["0", -1, 1.5])
def test_a_rank_is_a_whole_number(rank: Any) -> None:
    with pytest.raises(gp.GrokphaseError, match="rank"):
        Monitor(rank=rank)


@pytest.mark.parametrize("installed", [True, False])
def test_outside_of_a_kernel_a_notebook_is_lines(
    installed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = SimpleNamespace(get_ipython=lambda: None) if installed else None
    monkeypatch.setitem(sys.modules, "IPython", found)
    monitor = watch(Monitor(show="notebook", share=None))
    monitor.finish()
    assert capsys.readouterr().out.splitlines() == monitor.lines != []
    assert monitor.notes == []


def test_in_a_kernel_it_is_one_output_below_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, html: str) -> None:
            shown[-1] = html

    def display(html: str, display_id: bool) -> Handle:
        assert display_id
        shown.append(html)
        return Handle()

    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    screen = SimpleNamespace(HTML=str, display=display)
    monkeypatch.setitem(sys.modules, "IPython.display", screen)
    monitor = watch(Monitor(show="notebook", share=None, name="mine"))
    monitor.finish()
    assert len(shown) == 1
    assert "<b>mine</b>" in shown[0]
    assert "generalized at step 1,250" in shown[0]


def test_measures_wait_when_their_share_would_be_exceeded() -> None:
    now = 0.0
    allowance = Allowance(0.01, clock=lambda: now)
    allowance.begin()
    assert allowance.allows("norms")  # what it takes is not known yet
    with allowance.spending("norms"):
        now += 0.5  # seconds of measuring
    assert not allowance.allows("norms")
    assert not allowance.allows("gradient")
    now = 50.5
    assert allowance.allows("gradient")
    assert not allowance.allows("norms")  # as they take as long again
    now = 99.5
    assert not allowance.allows("norms")
    now = 100.5
    assert allowance.allows("norms")
    resumed = Allowance(0.01, clock=lambda: now)
    resumed.restore(allowance.state())
    assert resumed.allows("norms")


def test_neither_jax_nor_torch_is_imported() -> None:
    code = """
import sys, numpy, grokphase as gp
monitor = gp.watch.Monitor(show=None)
for step in range(3):
    monitor.update(step, model={"a": numpy.ones((3, 3))}, gradients={"a": numpy.ones((3, 3))},
                   logits=numpy.eye(3), labels=numpy.arange(3), train_accuracy=1.0)
assert monitor.forecast().refused and monitor.values["train_margin"] == 1
print([name for name in ("jax", "torch", "matplotlib") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr
