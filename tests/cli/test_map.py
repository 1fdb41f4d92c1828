"""``grokphase map`` and ``demo``: the same map whatever the way, and files where they are said."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import LR, MAP, WD, files_in

from grokphase.cli.demo import DEMO
from grokphase.cli.options import Experiment
from grokphase.errors import GrokphaseError
from grokphase.phases import PHASES, Axis
from grokphase.store import Store
from grokphase.store.record import leaves


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """One map, and what it printed."""
    from grokphase.cli import main

    folder = tmp_path_factory.mktemp("mapped")
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        assert main([*MAP, "--json"]) == 0
        err.flush()
    assert err.buffer.getvalue() == b""
    return folder, json.loads(out.buffer.getvalue())


@pytest.mark.slow
def test_the_program_says_nothing_beside_its_json_in_a_process_of_its_own(mapped):
    """No warning either, which would be an error there."""
    folder, found = mapped
    code = "import sys; from grokphase.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        code,
        *MAP,
        "--json",
        "--store",
        "s",
        "--out",
        "o",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["runs"] == found["runs"]


def test_json_has_the_promised_form(mapped):
    _, found = mapped
    assert list(found["axes"]) == [LR, WD]
    assert found["axes"][LR] == [1e-3, 1e-2]
    assert found["axes"][WD] == [0, 10]
    for name in ("phase", "train_step", "validation_step", "measured", "runs"):
        assert [len(row) for row in found[name]] == [2, 2], name
    assert {phase for row in found["phase"] for phase in row} <= set(PHASES)
    assert all(cell for row in found["measured"] for cell in row)
    assert found["steps_trained"] > 0
    assert found["seconds"] > 0


def test_what_the_axes_vary_is_not_among_the_settings(mapped):
    folder, found = mapped
    kept = json.loads((folder / found["figure"]).with_suffix(".json").read_text())
    with Store.open(folder / found["store"], read_only=True) as store:
        (sweep,) = store.sweeps()
    for settings in (found["settings"], kept["settings"], sweep["spec"]):
        names = dict(leaves(settings))
        assert not {LR, WD} & set(names)
        assert names["recipe.embedding.learning_rate"] == 1e-3
        assert names["recipe.loss"] == "mse"
    assert (sweep["spec"]["axes"], sweep["spec"]["seeds"]) == (found["axes"], [58])


@pytest.mark.usefixtures("untimed")
def test_a_leak_is_told_before_training(grokphase, tmp_path: Path):
    """Ordered pairs under a toy that adds them; --dry-run trains nothing, with either output."""
    leaky = (*MAP, "--set", "task.pairs=ordered", "--dry-run")
    said = "are trained with their symbols swapped, which this model cannot tell apart"
    planned = grokphase(*leaky)
    assert said in planned.err
    notes = json.loads(grokphase(*leaky, "--json").out)["notes"]
    assert [said in note["sentence"] for note in notes].count(True) == 1
    sound = grokphase(*leaky, "--set", "split.keep=together", "--json")
    assert "Leak" not in str(json.loads(sound.out)["notes"])


def test_says_where_the_files_are(mapped):
    folder, found = mapped
    figure, report = folder / found["figure"], folder / found["report"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert "<svg" in figure.with_suffix(".svg").read_text()
    assert "<html" in report.read_text().lower()
    assert (folder / found["store"] / "store.json").is_file()
    assert not [name for name in files_in(folder) if ".tmp-" in name]


def test_again_trains_nothing_and_gives_the_same(mapped, monkeypatch, capsys):
    from grokphase.cli import main

    folder, found = mapped
    monkeypatch.chdir(folder)
    monkeypatch.setattr("grokphase.training.sweep.Crew", None)  # any training would fail
    assert main([*MAP, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found


@pytest.fixture
def curves_read(monkeypatch) -> list[bool]:
    """Whether curves were asked for, at each reading of runs from a store."""
    asked = []
    read = Store.records

    def reading(store, ids, *, weights=False, curves=True):
        asked.append(curves)
        return read(store, ids, weights=weights, curves=curves)

    monkeypatch.setattr(Store, "records", reading)
    return asked


def test_curves_are_read_only_for_a_report_that_shows_them(
    mapped, tmp_path: Path, monkeypatch, curves_read
):
    from grokphase.cli import main

    folder, _ = mapped
    monkeypatch.chdir(folder)
    elsewhere = [*MAP, "--json", "--out", str(tmp_path)]
    assert main(elsewhere) == 0
    assert curves_read == [False, True]
    assert main(elsewhere) == 0
    assert curves_read[2:] == [False]
    shown = (tmp_path / "report.html").stat().st_size
    (tmp_path / "report.html").unlink()
    monkeypatch.setattr("grokphase.web.packing.MOST_RUNS", 3)
    assert main(elsewhere) == 0
    assert curves_read[3:] == [False, False]
    assert (tmp_path / "report.html").stat().st_size < shown


def test_dry_run_counts_what_is_there(mapped, monkeypatch, capsys):
    from grokphase.cli import main

    folder, _ = mapped
    monkeypatch.chdir(folder)
    before = files_in(folder)
    assert main([*MAP, "--seeds", "3", "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["cells"], plan["runs"], plan["existing"]) == (4, 12, 4)
    assert plan["memory_bytes"] > 0
    assert plan["estimate_seconds"] > 0
    assert files_in(folder) == before


def test_dry_run_writes_nothing(grokphase, tmp_path: Path):
    planned = grokphase(*MAP, "--dry-run")
    assert planned.code == 0
    assert "runs\t4" in planned.out
    assert "compiling and timing" in planned.err  # which takes a while
    assert grokphase(*MAP, "--dry-run", "--quiet").err == ""
    assert files_in(tmp_path) == []


def test_dry_run_for_a_cluster_is_of_this_machine(grokphase, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    planned = grokphase(*MAP, "--dry-run", "--store", "empty", "--cluster", "tcp://127.0.0.1:1")
    assert planned.code == 0
    assert "cores of this machine" in planned.out
    assert files_in(tmp_path) == ["empty"]


def test_text_shows_the_map_and_its_files(mapped, monkeypatch, capsys):
    from grokphase.cli import main

    folder, found = mapped
    monkeypatch.chdir(folder)
    assert main([*MAP, "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    for path in (found["figure"], found["report"], found["store"]):
        assert path in captured.out
    assert found["phase"][0][0] in captured.out


def test_the_sweep_is_listed_with_its_command(mapped):
    folder, found = mapped
    with Store.open(folder / found["store"], read_only=True) as store:
        (sweep,) = store.sweeps()
        assert sweep["command"].startswith("grokphase map addition --p 5")
        kept = [run["id"] for run in store.runs(1000, sweep=sweep["id"])]
        assert sorted(kept) == sorted(run for row in found["runs"] for cell in row for run in cell)


def test_seeds_and_refinement(grokphase, tmp_path: Path):
    words = (*MAP, "--seeds", "4,7", "--refine", "--out", "here", "--json")
    found = json.loads(grokphase(*words).out)
    cell = found["runs"][0][0]
    kept = [json.loads(grokphase("runs", "show", run, "--json").out) for run in cell]
    assert [run["seed"] for run in kept] == [4, 7]
    decoder = kept[0]["spec"]["recipe"]["decoder"]
    assert (decoder["learning_rate"], decoder["weight_decay"]) == (1e-3, 0)
    shares = found["phase_fractions"].values()
    mixed = sum(
        max(share[row][column] for share in shares) < 1 for row in range(2) for column in range(2)
    )
    assert f"{mixed} of 4 cells split among phases" in grokphase(*words[:-1]).out
    assert {"here/phase-map.png", "here/phase-map.svg", "here/report.html"} <= set(
        files_in(tmp_path)
    )


SUSTAINED = ("--set", "recipe.stop=sustained", "--set", "recipe.sustain=500")


def test_a_map_by_sustained_times(grokphase, tmp_path: Path):
    words = (*MAP, *SUSTAINED, "--json")
    held = json.loads(grokphase(*words, "--by", "sustained").out)
    first = json.loads(grokphase(*words).out)
    assert (held["by"], first["by"]) == ("sustained", "first-passage")
    assert held["runs"] == first["runs"]
    assert held["figure"] != first["figure"]
    assert held["train_step"] != first["train_step"]
    assert "phases by sustained times" in grokphase(*words[:-1], "--by", "sustained").out


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_sustained_times_need_runs_that_go_on_for_them(grokphase, tmp_path: Path, more):
    refused = grokphase(*MAP, "--by", "sustained", *more)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "recipe.stop=sustained" in refused.err
    assert files_in(tmp_path) == []


def test_demo_axes_are_ones_the_toy_has():
    x, y = Axis.parse(DEMO.x), Axis.parse(DEMO.y)
    assert (x.name, y.name) == (LR, WD)
    assert x.size * y.size >= 16


def test_demo_leaves_figure_and_report(grokphase, tmp_path: Path, monkeypatch):
    """The demo's own command, with smaller networks."""
    small = Experiment(p=5, steps=30, settings=("model.widths.0=8", "model.widths.1=8"))
    monkeypatch.setattr("grokphase.cli.demo.DEMO", replace(DEMO, experiment=small))
    shown = grokphase("demo")
    assert shown.code == 0
    for name in ("phase-map.png", "phase-map.svg", "report.html"):
        assert (tmp_path / "grokphase-demo" / name).is_file()
        assert f"grokphase-demo/{name}" in shown.out


def test_seeds_that_cannot_generalize_are_named_before_training(grokphase, monkeypatch):
    def train(*_: object, **__: object) -> None:
        raise GrokphaseError("training has begun")

    monkeypatch.setattr("grokphase.mapping.sweeps.train_map", train)
    words = ["map", "addition", "--seed", "0", "--x", f"{LR}=1e-3,1e-2", "--y", f"{WD}=0,10"]
    _, fixed, first, second = grokphase(*words).err.splitlines()
    assert "Not varied: embedding learning rate 0.001, embedding weight decay 0." in fixed
    assert "Seed 0 cannot exceed a validation accuracy of 0.9" in first
    assert "training has begun" in second
    monkeypatch.setattr("grokphase.training.Sweep.run", train)
    _, first, second = grokphase("train", "addition", "--seed", "0").err.splitlines()
    assert "Seed 0 cannot exceed a validation accuracy of 0.9" in first
    assert "training has begun" in second
