"""``grokphase train``: phases, times, a figure and the weights."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tests.cli.conftest import LR, TINY, TRAIN, Command, Outcome

import grokphase as gp
from grokphase.cli import main

FOLLOWED = (*TRAIN, "--set", "recipe.stop=sustained")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which two runs were trained."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([*FOLLOWED, "--quiet"]) == 0
    return folder


@pytest.fixture
def again(
    trained: Path, grokphase: Command, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """The same command in that folder, where it finds its runs: any training would fail."""
    monkeypatch.chdir(trained)
    monkeypatch.setattr("grokphase.training.sweep.Crew", None)
    return functools.partial(grokphase, *FOLLOWED)


def test_json_tells_every_run(again, trained: Path):
    found = json.loads(again("--json").out)
    assert [run["seed"] for run in found["runs"]] == [58, 59]
    for run in found["runs"]:
        assert run["spec"]["recipe"]["steps"] == 1500
        assert run["followed"]
        for when in ("train_step", "validation_step", "train_sustained_step"):
            assert run[when] is None or 0 <= run[when] <= 1500
    assert all((trained / path).is_file() for path in found["figure"])


def test_weights_are_those_of_the_network(again, trained: Path):
    found = json.loads(again("--json").out)
    weights = load_file(trained / found["weights"][0])
    assert weights["embedding"].shape == (5, 1)
    shapes = [array.shape for name, array in sorted(weights.items()) if name.endswith("weight")]
    assert shapes == [(8, 1), (8, 8), (30, 8)]
    total = np.sqrt(sum(float((array.astype(float) ** 2).sum()) for array in weights.values()))
    assert total == pytest.approx(found["runs"][0]["final"]["weight_norm"], rel=1e-5)


def test_text_says_phase_steps_and_files(again, trained: Path):
    shown = again("--quiet", "--out", "here")
    assert (shown.code, shown.err) == (0, "")
    header, *lines = shown.out.splitlines()
    assert header.split("\t")[:3] == ["run", "seed", "phase"]
    assert [line.split("\t")[1] for line in lines[:2]] == ["58", "59"]
    assert "here/curves.png" in shown.out
    assert (trained / "here" / "curves.svg").is_file()


@pytest.mark.slow
def test_kept_weights_make_views_and_a_page(grokphase):
    told = grokphase("train", "addition", *TINY, "--steps", "1", "--keep-weights", "log")
    assert "Weights of 1 run are kept, at log-spaced steps, at most " in told.err
    lines = [line.split(maxsplit=1) for line in told.out.splitlines()]
    files = [Path(line[1]) for line in lines if line[0] in ("views", "report")]
    assert [each.suffix for each in files] == [".png", ".gif", ".html"]
    assert all(each.is_file() for each in files)
    assert "grokphase train addition" in files[-1].read_text()


def test_several_seeds_are_summed_up(grokphase):
    words = ("train", "addition", *TINY, "--steps", "60", "--seeds", "5")
    out = grokphase(*words, "--quiet").out
    assert "5 runs: 5 confusion" in out
    assert "validation accuracy > 0.9: median not reached; reached by 0 of 5" in out
    assert "curves of 3 of 5 runs shown" in out
    assert "... and 2 more" in out
    found = json.loads(grokphase(*words, "--json").out)
    assert found["phases"] == {"confusion": 5}
    median = found["median"]["validation_step"]
    assert (median["median"], median["reached"], median["runs"]) == (None, 0, 5)
    (note,) = found["notes"]
    assert note["sentence"].startswith("4 of 5 seeds (58, ")
    assert len(note["rows"]) == 4


@pytest.mark.slow
def test_measures_and_their_schedule_are_settings(grokphase, tmp_path: Path):
    words = ("recipe.measures=effective_dimension,null_dimension", "recipe.record_every=10")
    asked = [part for word in words for part in ("--set", word)]
    found = json.loads(grokphase("train", "addition", *TINY, "--steps", "60", *asked, "--json").out)
    (run,) = found["runs"]
    assert run["spec"]["recipe"]["measures"] == ["effective_dimension", "null_dimension"]
    assert run["final"]["effective_dimension"] == pytest.approx(1.0)
    assert 2 <= run["final"]["null_dimension"] <= 5
    with gp.Store.open(tmp_path / found["store"]) as store:
        assert store.get(run["id"]).curves["step"].tolist() == [*range(0, 61, 10)]


def test_runs_that_exist_are_not_trained_again(again):
    first = again("--json")
    assert first.code == 0
    assert again("--json").out == first.out


def test_a_run_that_stops_when_decided_was_not_followed(grokphase):
    words = ("train", "addition", *TINY, "--steps", "40", "--set", "recipe.stop=decided")
    shown = grokphase(*words, "--quiet").out.splitlines()[1]
    assert shown.split("\t")[3:] == ["-", "-", "?", "?"]


def test_weights_that_a_map_did_not_keep_are_made_by_training_again(grokphase, tmp_path: Path):
    axes = ("--x", f"{LR}=1e-3,1e-2", "--y", "recipe.decoder.weight_decay=0,1")
    assert grokphase("map", "addition", *TINY, "--steps", "30", *axes, "--quiet").code == 0
    known = json.loads(grokphase("runs", "ls", "--json").out)
    rate = next(r for r in known if r["id"])
    shown = json.loads(grokphase("runs", "show", rate["id"], "--json").out)
    settings = shown["spec"]["recipe"]["decoder"]
    values = [f"recipe.decoder.{n}={settings[n]!r}" for n in ("learning_rate", "weight_decay")]
    chosen = [word for value in values for word in ("--set", value)]
    words = ("train", "addition", *TINY, "--steps", "30", "--set", "recipe.stop=decided", *chosen)
    trained = grokphase(*words, "--quiet")
    assert trained.code == 0
    (file,) = tmp_path.glob("grokphase-out/train-*/*.safetensors")
    assert load_file(file)["embedding"].shape == (5, 1)


@pytest.mark.slow
def test_a_table_of_ones_own(grokphase, tmp_path: Path):
    (tmp_path / "my_op.csv").write_text("0,1,2\n1,2,0\n2,0,1\n")
    small = ("--set", "model.dimension=4", "--set", "model.widths.0=8", "--steps", "50")
    found = json.loads(grokphase("train", "--table", "my_op.csv", *small, "--json").out)
    assert found["runs"][0]["spec"]["model"]["name"] == "mlp"
    assert found["runs"][0]["final"]["rqi"] is None


def test_options_reach_the_run(grokphase, monkeypatch):
    asked = []

    def begun(_: object, specs: object) -> None:
        asked.extend(specs)
        raise gp.GrokphaseError("training has begun")

    monkeypatch.setattr("grokphase.training.Sweep.run", begun)
    words = ("train", "modular-addition", "--p", "5", "--model", "mlp", "--steps", "20")
    more = ("--set", "model.dimension=4", "--set", "model.widths.0=8", "--set", "split.count=9")
    other = ("--set", "task.pairs=unordered", "--set", "recipe.stop=budget", "--seeds", "3,")
    assert "training has begun" in grokphase(*words, *more, *other, "--json").err
    (run,) = asked
    spec = run.spec()
    assert spec["task"]["pairs"] == "unordered"
    assert spec["split"] == {"count": 9}
    assert (spec["model"]["name"], spec["model"]["dimension"]) == ("mlp", 4)
    assert (spec["recipe"]["steps"], spec["recipe"]["stop"], run.seed) == (20, "budget", 3)


@pytest.mark.slow
def test_a_leak_is_told_and_the_new_samples_counted_apart(grokphase):
    leaky = (
        *TRAIN[:-4],
        "--steps",
        "30",
        "--set",
        "task.pairs=ordered",
        "--set",
        "split.fraction=0.5",
    )
    found = json.loads(grokphase(*leaky, "--json").out)
    sentences = [note["sentence"] for note in found["notes"]]
    (note,) = (sentence for sentence in sentences if sentence.startswith("Leak"))
    assert "symbols swapped" in note
    (run,) = found["runs"]
    assert 0 <= run["final"]["new_validation_accuracy"] <= 1
    assert run["counts"]["new_validation_samples"] < run["counts"]["validation_samples"]
    shown = grokphase(*leaky)
    assert f"{note}." in shown.out
    assert f"{note}." in shown.err
    shown = grokphase("runs", "show", run["id"]).out
    assert "note\tLeak:" in shown
    assert "last new validation accuracy\t" in shown
    assert f"new validation samples\t{run['counts']['new_validation_samples']}" in shown


def test_what_a_run_leaves_open_is_said_in_words(grokphase):
    (run,) = json.loads(grokphase("train", "addition", *TINY, "--steps", "20", "--json").out)[
        "runs"
    ]
    assert run["spec"]["recipe"]["loss"] == "mse"
    rows = dict(
        line.split("\t")[:2]
        for line in grokphase("runs", "show", run["id"]).out.splitlines()
        if "\t" in line
    )
    assert rows["recipe.loss"] == "mse"
    assert rows["recipe.batch"] == "full batch"
    assert rows["train accuracy passed"] == "not reached in 20 steps"
    assert "-" not in rows.values()
    sql = 'SELECT "recipe.loss" AS loss, train_samples FROM runs'
    found = json.loads(grokphase("runs", "query", sql, "--json").out)
    assert found["rows"] == [["mse", run["counts"]["train_samples"]]]
