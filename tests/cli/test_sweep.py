"""``grokphase sweep``, and the common picture of ``grokphase map``."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import LR, TINY, WD, files_in
from tests.cli.test_progress import HALF
from tests.store.samples import make_record

from grokphase.cli.options import Experiment
from grokphase.cli.pictures import PICTURES, told, with_picture
from grokphase.cli.views import MapView, SweepView, view_of
from grokphase.errors import GrokphaseError
from grokphase.mapping.sweeps import request_of
from grokphase.phases import Axis
from grokphase.store import Store
from grokphase.training import run_spec

SWEEP = ("sweep", "addition", *TINY, "--over", f"{LR}=1e-3,1e-2", "--steps", "600", "--seeds", "2")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One sweep, and what it printed as JSON."""
    from grokphase.cli import main

    folder = tmp_path_factory.mktemp("swept")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([*SWEEP, "--out", "out", "--quiet"]) == 0
    return folder, json.loads((folder / "out" / "sweep.json").read_text())


def test_a_sweep_of_one_axis_leaves_figures_tables_and_a_report(swept, capsys, monkeypatch):
    from grokphase.cli import main

    folder, found = swept
    assert {each for each in files_in(folder / "out")} == {
        *("sweep.png", "sweep.svg", "sweep.json", "survival.png", "survival.svg"),
        *("runs.csv", "survival.csv", "report.html"),
    }
    monkeypatch.chdir(folder)
    monkeypatch.setattr("grokphase.training.sweep.Crew", None)  # any training would fail
    assert main([*SWEEP, "--out", "out", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {name: printed[name] for name in found if name in printed} | {
        "grokphase": found["grokphase"],
        "command": found["command"],
    } == found
    assert printed["axes"] == {LR: [1e-3, 1e-2]}
    assert len(printed["runs"]) == 4
    assert [*printed["survival"]] == ["train", "validation", "delay"]
    assert main([*SWEEP, "--out", "out", "--quiet"]) == 0
    text = capsys.readouterr().out
    assert "out/survival.csv" in text
    assert "generalizes" in text.splitlines()[0]


def test_the_tables_have_a_row_a_run_with_both_ends(swept):
    folder, found = swept
    with (folder / "out" / "survival.csv").open() as file:
        rows = [*csv.DictReader(file)]
    trained = [row for row in rows if row["of"] == "train"]
    assert {row["run"] for row in trained} == {run["run"] for run in found["runs"]}
    for row, run in zip(trained, found["runs"], strict=True):
        assert row["seed"] == str(run["seed"])
        assert row["event"] == str(run["train_step"] is not None)
        assert float(row["lower"]) <= float(row["time"]) <= float(row["upper"])
        assert (float(row["upper"]) == float("inf")) == (run["train_step"] is None)
        assert row["time"].isdigit()
    delays = [row for row in rows if row["of"] == "delay"]
    assert len(delays) == sum(run["train_step"] is not None for run in found["runs"])
    with (folder / "out" / "runs.csv").open() as file:
        rows = [*csv.DictReader(file)]
    for row, run in zip(rows, found["runs"], strict=True):
        assert row.keys() == run.keys()
        for name in ("train_step", "validation_step", "steps_trained"):
            assert row[name] == ("" if run[name] is None else str(run[name]))
        assert (row["budget"], float(row["seconds"]) > 0) == ("600", True)


def test_the_sweep_is_recorded_once_with_its_command(swept):
    folder, found = swept
    with Store.open(folder / "grokphase-store", read_only=True) as store:
        (record,) = store.sweeps()
        assert record["id"].startswith("sweep-addition-")
        assert record["command"].startswith("grokphase sweep addition")
        kept = [run["id"] for run in store.runs(1000, sweep=record["id"])]
        assert sorted(kept) == sorted(r["run"] for r in found["runs"])


def test_the_report_has_the_figures_and_loads_nothing(swept):
    folder, _ = swept
    page = (folder / "out" / "report.html").read_text()
    assert page.count('<img alt="') == 2
    assert "img-src data:" in page
    assert "<script" not in page
    assert "Survival" in page
    assert "grokphase sweep addition" in page


def test_two_axes_are_the_map(grokphase, tmp_path: Path):
    over = ("--over", f"{LR}=1e-3,1e-2", "--over", f"{WD}=0,10")
    words = (*TINY, "--steps", "50")
    swept = json.loads(grokphase("sweep", "addition", *words, *over, "--seeds", 1, "--json").out)
    axes = ("--x", f"{LR}=1e-3,1e-2", "--y", f"{WD}=0,10")
    mapped = json.loads(grokphase("map", "addition", *words, *axes, "--json").out)
    assert swept == mapped
    with Store.open(tmp_path / "grokphase-store", read_only=True) as store:
        assert len(store.sweeps()) == 1
    for name, rows in (("runs.csv", 4), ("survival.csv", 8)):
        (path,) = tmp_path.rglob(name)
        with path.open() as file:
            written = [*csv.DictReader(file)]
        assert len(written) >= rows
        assert {row["run"] for row in written} == {
            run for line in swept["runs"] for cell in line for run in cell
        }


@pytest.mark.usefixtures("untimed")
def test_a_plan_of_a_sweep_counts_settings_and_writes_nothing(grokphase, tmp_path: Path):
    words = (*SWEEP, "--over", "model.activation=tanh,relu", "--over", f"{WD}=0,1,2", "--dry-run")
    plan = json.loads(grokphase(*words, "--json").out)
    assert (plan["cells"], plan["runs"], plan["existing"]) == (12, 24, 0)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a sweep needs something to vary"),
        (("--over", ""), "is no axis"),
        (("--over", "recipe.steps"), "write a name and values"),
        (("--over", "recipe.stepz=1,2"), "Did you mean"),
        (("--over", f"{LR}=1,2", "--over", f"{LR}=3,4"), "two different ones"),
        (("--over", f"{WD}=0,1", "--seeds", "3,3"), "names a seed twice"),
        (("--over", "recipe.steps=few,many"), "is a number"),
        (("--over", "recipe.optimizer=1..3:3"), "is a word"),
        (("--over", "recipe.steps=10,20", "--steps", "30"), "leave one of them out"),
        (("--over", "model.widths=8|16", "--set", "model.widths=4"), "leave one of them out"),
    ],
)
def test_what_is_no_sweep_gets_one_sentence(grokphase, tmp_path: Path, words, said):
    refused = grokphase("sweep", "addition", *words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert len([line for line in refused.err.splitlines() if "No axes" not in line]) == 1
    assert files_in(tmp_path) == []


# ---- what is drawn while it trains


def test_a_sweep_shows_a_letter_for_each_run_that_is_decided():
    base = run_spec("addition")
    request = request_of(base, ["recipe.optimizer=adamw,sgd"], 2)
    view = view_of(request)
    assert isinstance(view, SweepView)
    assert isinstance(
        view_of(request_of(base, ["recipe.optimizer=adamw,sgd", f"{WD}=0,1"], 1)), MapView
    )
    spec = request.design.specs((1,))[1]
    record = make_record(0, spec=spec.spec(), id=spec.id, phase="grokking")
    view.tell(replace(HALF, latest=record))
    adamw, sgd = (line.split("|")[1].split() for line in str(view.render()).splitlines())
    assert (adamw, sgd) == (["·", "·"], ["·", "G"])


def test_a_live_map_puts_runs_beside_their_word_or_list():
    base = run_spec("addition", seed=58)
    design = request_of(base, ["model.widths=8|8,8|16", "recipe.batch=none,16"], 1).design
    view = MapView(*design.axes[::-1])
    record = make_record(0, spec=design.specs((1, 1))[0].spec(), phase="grokking")
    view.tell(replace(HALF, latest=record))
    text = view.render()
    assert "8,8" in str(text)
    rows = {
        line.split("|")[0].strip(): line.split("|")[1].split()
        for line in str(text).splitlines()[1:3]
    }
    assert rows == {"16": ["·", "G", "·"], "none": ["·", "·", "·"]}


# ---- the common picture


@pytest.mark.usefixtures("untimed")
@pytest.mark.parametrize(
    "task",
    ["addition", "S3", "modular-addition", "C5", "sparse-parity", "concealed-modular-addition"],
)
def test_every_task_has_a_common_picture_that_can_be_mapped(grokphase, task: str):
    """As a plan; what a run costs is not measured."""
    x, y, typed = with_picture(task, Experiment(steps=50))
    assert Axis.parse(x).size * Axis.parse(y).size >= 16
    assert typed.steps == 50
    assert "recipe.steps" not in str(typed.settings)
    if task == "addition":
        planned = grokphase("map", task, "--p", "5", "--steps", "50", "--dry-run")
        assert planned.code == 0
        assert "No axes are given" in planned.err
        assert "cells\t50" in planned.out


def test_what_is_given_comes_before_the_picture():
    own = Experiment(p=7, settings=("model.widths.0=8", "recipe.steps=9"))
    _, _, typed = with_picture("modular-addition", own)
    assert typed.p == 7
    assert typed.settings == (*own.settings, "model.dimension=64")
    assert with_picture("modular-addition", Experiment(model="toy"))[2].settings == (
        "recipe.steps=8000",
    )
    assert with_picture(None, Experiment())[0] == PICTURES[""].x
    assert "--p 31" in told(*with_picture("modular-addition", Experiment()))


@pytest.mark.parametrize(
    ("task", "own", "name"),
    [
        ("sentences", "split.fraction=0.5", "split."),
        (None, "recipe.weight_decay=3", "weight_decay"),
    ],
)
def test_what_is_set_twice_by_another_name_is_not_of_the_picture(task, own: str, name: str):
    """Or it was refused for a setting that nobody typed."""
    settings = with_picture(task, Experiment(settings=(own,)))[2].settings
    assert [each for each in settings if name in each] == [own]


def test_one_axis_alone_is_no_map(grokphase):
    refused = grokphase("map", "addition", "--x", f"{LR}=1,2")
    assert refused.code == 2
    assert "--x is given without --y" in refused.err
    with pytest.raises(GrokphaseError, match="There is no task"):
        with_picture("modular-adition", Experiment())
