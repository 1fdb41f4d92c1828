"""The examples run as they stand, with smaller budgets."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from tests.examples.notebook import FOLDER, SHOWN, executed, notebook
from tests.examples.stand_ins import Board, module, use_optuna

import grokphase as gp

STEPS = 60


def source(name: str, **constants: object) -> str:
    """The text of an example with other values of its constants."""
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    for constant, value in constants.items():
        text, count = re.subn(rf"^{constant} = .*$", f"{constant} = {value!r}", text, flags=re.M)
        assert count == 1, constant
    return text


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs an example in an empty folder and returns its names."""
    monkeypatch.chdir(tmp_path)

    def call(name: str, **constants: object) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(source(name, **constants), f"{name}.py", "exec"), names)
        return names

    return call


def test_a_first_session(run: Any, tmp_path: Path) -> None:
    names = run("first_session", STEPS=STEPS)
    assert len(names["runs"]) == 20
    last = [record.curves["l1"][-1] for record in names["store"].records(names["runs"]["run"])]
    assert names["runs"]["final_l1"].to_numpy() == pytest.approx(last)
    assert str(names["runs"]["validation_step"].dtype) == "Int64"
    assert (tmp_path / "session.html").stat().st_size > 10_000
    assert names["store"].count() == 20


def test_the_notebook_is_the_file_with_what_it_showed() -> None:
    shown = nbformat.read(SHOWN, as_version=4)
    made = notebook(source("first_session"))
    assert [(c.cell_type, c.source) for c in shown.cells] == [
        (c.cell_type, c.source) for c in made.cells
    ]
    assert outputs(shown)[0].startswith("\n<style>")


@pytest.mark.slow
def test_a_first_session_is_a_notebook(tmp_path: Path) -> None:
    shown = outputs(executed(notebook(source("first_session", STEPS=STEPS)), tmp_path))
    assert "<svg" in shown[0]
    assert "validation_step" in shown[2]
    assert any("newest runs" in html for html in shown)
    assert shown[-2].startswith("RunRecord(")
    assert shown[1].startswith("<Figure")
    assert shown[-1].startswith("<Figure")


def outputs(made: NotebookNode) -> list[str]:
    """What the cells of a notebook show at their ends."""
    return [
        output.data.get("text/html", output.data["text/plain"])
        for cell in made.cells
        for output in cell.get("outputs", ())
        if output.output_type == "execute_result"
    ]


def test_a_search_that_is_repeated_trains_nothing(
    run: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_optuna(monkeypatch)
    names = run("optuna_search", STEPS=STEPS, TRIALS=3)
    assert {str(trial.state.name) for trial in names["study"].trials} == {"PRUNED"}
    assert "0 of 3 runs generalized within 60 steps" in capsys.readouterr().out
    with gp.open("search-store") as store:
        assert store.count() == 3


def test_what_arrived_is_told_by_its_step_and_what_did_not_is_pruned(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_optuna(monkeypatch)
    names = run("optuna_search", STEPS=STEPS, TRIALS=1)
    study, made = names["study"], gp.train("addition", steps=STEPS, on_progress=None)
    for step in (None, 40):
        record = dataclasses.replace(made.record, validation_step=step)
        names["tell"](study, study.ask(), dataclasses.replace(made, record=record))
    assert [trial.state.name for trial in study.trials[-2:]] == ["PRUNED", "COMPLETE"]
    assert study.best_value == 40


@pytest.mark.parametrize("library", ["tensorboard", "weights_and_biases"])
def test_every_point_of_every_curve_is_logged_once(
    run: Any, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    board = Board()
    for name in ("torch", "torch.utils"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name, module(name)))
    fake = module("torch.utils.tensorboard", SummaryWriter=lambda folder: board)
    monkeypatch.setitem(sys.modules, fake.__name__, fake)
    monkeypatch.setitem(sys.modules, "wandb", module("wandb", init=lambda project: board))
    names = run("logging_curves", STEPS=STEPS)
    trained = names[f"with_{library}"]("mine")
    assert board.closed
    curves = trained.curves
    for measure in names["MEASURES"]:
        points = [(v, s) for name, v, s in board.points if name.endswith(f"/{measure}")]
        assert points == [*zip(curves[measure].tolist(), curves["step"].tolist(), strict=True)]


def test_censored_times_are_no_numbers(run: Any) -> None:
    names = run("censored_times", STEPS=STEPS, SEEDS=(58, 59))
    assert names["summary"]["runs"].tolist() == [4, 4, 4]
    assert names["summary"]["generalized"].tolist() == [0, 0, 0]
    assert names["summary"]["median"].isna().all()
    assert names["runs"]["time"].tolist() == [STEPS] * 12
    assert not names["runs"]["event"].any()


def test_survival_curves_with_lifelines(run: Any) -> None:
    pytest.importorskip("lifelines")
    names = run("censored_times", STEPS=STEPS, SEEDS=(58, 59))
    runs = names["runs"].assign(event=[True, False] * 6, time=[*range(10, 22)])
    curves = names["survival"](runs)
    assert (curves.iloc[0] == 1).all()
    assert curves.iloc[-1].between(0, 1).all()
