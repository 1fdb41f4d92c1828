"""Progress: lines in a pipe, a picture on a terminal, nothing with --json or --quiet."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from tests.cli.conftest import LR, MAP, WD

from grokphase.cli.options import Output
from grokphase.cli.progress import Lines, showing
from grokphase.cli.views import CurvesView, MapView
from grokphase.models import Toy
from grokphase.phases import Axis
from grokphase.store import RunRecord, Store
from grokphase.training import Recipe, Sweep, run_spec
from grokphase.training import replace as replace_leaf
from grokphase.training.progress import Progress, Running

NOTHING_YET = Progress(0, 12, 0, 12_000, 0.0, None, None, {})
HALF = Progress(6, 12, 6_000, 12_000, 3.0, 3.0, None, {})
X, Y = Axis.parse(f"{LR}=1e-4,1e-3,1e-2"), Axis.parse(f"{WD}=0,5")


def finished(rate: float, decay: float, phase: str, seed: int = 0) -> RunRecord:
    spec = replace_leaf(replace_leaf(run_spec("addition", seed=seed), LR, rate), WD, decay)
    steps = {"train_step": 10, "validation_step": None, "rqi_step": None}
    sustained = {"train_sustained_step": None, "validation_sustained_step": None}
    return RunRecord(
        id=spec.id,
        spec=spec.spec(),
        seed=seed,
        phase=phase,
        **steps,
        **sustained,
        followed=False,
        steps_trained=100,
        seconds=1.0,
        final={},
        curves={},
        weights=None,
        provenance={},
    )


def drawn(picture: object) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(picture)
    return console.file.getvalue()


def test_summary_says_rate_and_time_left():
    line = str(HALF)
    for part in ("6/12 runs", "6,000 steps", "2,000 steps/s", "about 0:00:03 left"):
        assert part in line
    assert "left" not in str(NOTHING_YET)


def test_lines_come_at_intervals_not_at_every_call():
    now = [0.0]
    stream = io.StringIO()
    lines = Lines(stream, every=5.0, clock=lambda: now[0])
    for now[0] in (0.0, 1.0, 4.9, 5.0, 5.1, 9.9, 10.0, 31.0, 31.5):
        lines(HALF)
    assert len(stream.getvalue().splitlines()) == 3  # at 5.0, 10.0 and 31.0


@pytest.mark.parametrize("output", [Output(json=True), Output(quiet=True)])
def test_nothing_is_shown_when_asked(output: Output, capsys):
    with showing(output, CurvesView()) as tell:
        assert tell is None
    assert capsys.readouterr() == ("", "")


def test_a_pipe_gets_lines_on_stderr(capsys):
    with showing(Output(), CurvesView()) as tell:
        assert isinstance(tell, Lines)
        replace(tell, every=0.0)(HALF)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", str(HALF) + "\n")


def test_a_terminal_gets_a_picture_that_is_taken_away(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with showing(Output(), MapView(X, Y)) as tell:
        assert tell is not None
        tell(replace(HALF, latest=finished(1e-3, 5, "grokking")))
    text = stream.getvalue()
    assert "6/12 runs" in text
    assert "grokking 1" in text
    assert text.endswith("\x1b[2K")  # the last thing done is to erase a line


def test_cells_appear_where_they_belong():
    view = MapView(X, Y)
    for rate, decay, phase in [
        (1e-4, 0, "confusion"),
        (1e-2, 0, "memorization"),
        (1e-3, 5, "grokking"),
    ]:
        view.tell(replace(HALF, latest=finished(rate, decay, phase)))
    upper, lower = drawn(view.render()).splitlines()[1:3]
    assert upper.split("|")[1].split() == ["·", "G", "·"]
    assert lower.split("|")[1].split() == ["X", "·", "M"]


def test_cells_of_an_axis_that_ties_leaves_appear_where_they_belong():
    view = MapView(X, Axis.parse("recipe.embedding.weight_decay,recipe.decoder.weight_decay=0,5"))
    spec = replace_leaf(replace_leaf(run_spec("addition"), LR, 1e-2), "recipe.weight_decay", 5)
    view.tell(replace(HALF, latest=replace(finished(1e-2, 5, "grokking"), spec=spec.spec())))
    label, upper = drawn(view.render()).splitlines()[:2]
    assert label.strip() == "embedding and decoder weight decay"
    assert upper.split("|")[1].split() == ["·", "·", "G"]


def test_a_cell_of_several_seeds_shows_what_most_did():
    view = MapView(X, Y)
    for seed, phase in enumerate(["grokking", "comprehension", "comprehension"]):
        view.tell(replace(HALF, latest=finished(1e-3, 5, phase, seed)))
    assert "comprehension 1" in drawn(view.render())


def test_a_live_map_goes_by_the_times_of_the_map():
    held = {"followed": True, "train_sustained_step": 10, "validation_sustained_step": 20}
    record = replace(finished(1e-3, 5, "grokking"), **held)
    for by, shown in (("first-passage", "grokking 1"), ("sustained", "comprehension 1")):
        view = MapView(X, Y, by)
        view.tell(replace(HALF, latest=record))
        assert shown in drawn(view.render())


def test_a_live_map_shows_runs_that_were_found(tmp_path):
    """As `grokphase map` does when it is called again: their records come without curves."""
    spec = run_spec("addition", Toy(widths=(24, 24)), Recipe(steps=20))
    for _ in range(2):
        view = MapView(X, Y)
        with Store.open(tmp_path) as store:
            Sweep(store, on_progress=view.tell, keep_curves=False).run([spec])
        assert "confusion 1" in drawn(view.render())


def test_a_map_without_runs_is_all_to_come():
    view = MapView(X, Y)
    view.tell(NOTHING_YET)
    assert "to come 6" in drawn(view.render())


def test_curves_show_measures_that_are_defined():
    spec = run_spec("addition", seed=7)
    steps = np.arange(4)
    curves = {
        "step": steps,
        "train_loss": np.array([1, 0.1, 0.01, 0.001], np.float32),
        "rqi": np.full(4, np.nan, np.float32),
        "weight_norm": np.array([3, 4, 5, 6], np.float32),
    }
    view = CurvesView()
    view.tell(replace(HALF, running={spec.id: Running(spec, 3, curves)}))
    view.tell(HALF)  # nothing in flight: the last curves stay
    text = drawn(view.render())
    assert "seed 7, step 3" in text
    assert "train loss" in text
    assert "weight norm" in text
    assert "rqi" not in text
    assert "0.001" in text


def test_a_map_reports_progress_while_it_trains(grokphase, monkeypatch):
    monkeypatch.setattr("grokphase.cli.progress.SECONDS_BETWEEN_LINES", 0.0)
    monkeypatch.setattr(Lines, "__init__", _eager)
    shown = grokphase(*MAP)
    assert shown.code == 0
    assert shown.err.splitlines()[-1].startswith("4/4 runs")


def _eager(self: Lines, stream: io.StringIO) -> None:
    self.stream, self.every, self.clock, self._last = stream, 0.0, lambda: 0.0, 0.0
