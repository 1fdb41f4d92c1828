"""``grokphase forecast`` and ``watch``: of a run of the store, of any program's curves."""

from __future__ import annotations

import functools
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from grokphase.store import Store, in_flight

ROOT = Path(__file__).parents[2]
HEAD = "step,train_loss,val_loss,train_acc,val_acc,weight_norm\n"
KEYS = [
    *("phase", "probability_of_generalizing", "budget", "median_step", "interval50"),
    *("interval90", "memorized_at", "evidence", "forecaster", "understood", "refused", "reason"),
]


def rows(last: int, first: int = 0, generalizes: int = 10**9) -> str:
    """Lines of a run that memorizes at step 400, every 100 steps."""
    lines = []
    for step in range(first, last + 1, 100):
        train, validation = (step >= at for at in (400, generalizes))
        norm = 40 * np.exp(-1e-4 * step)
        lines.append(
            f"{step},{0.01 if train else 4},{0.02 if validation else 6},"
            f"{99.5 if train else 2},{97 if validation else 1.5},{norm:.4f}\n"
        )
    return "".join(lines)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run.csv"
    path.write_text(HEAD + rows(3000))
    return path


def test_forecast_of_a_file(grokphase, log: Path):
    known = ("--set", "learning_rate=1e-3", "--set", "weight_decay=0.1", "--budget", "50000")
    told = grokphase("forecast", "--csv", log, *known)
    assert (told.code, told.err) == (0, "")
    assert "val_acc      validation accuracy, in percent" in told.out
    assert "memorized at step 400, not generalized by step 3,000" in told.out
    assert "within 50,000 steps" in told.out
    assert "whether it would last" in told.out
    assert max(map(len, told.out.splitlines())) <= 80
    found = json.loads(grokphase("forecast", "--csv", log, *known, "--json").out)
    assert [*found] == KEYS
    assert (found["phase"], found["memorized_at"], found["budget"]) == ("memorized", 400, 50000)
    assert 0 < found["probability_of_generalizing"] < 1
    low, high = found["interval90"]
    assert 3000 <= low <= found["interval50"][0] <= found["median_step"] <= high <= 50000
    assert found["understood"]["weight_norm"] == "norm of all weights"
    assert any(each["measure"] == "contraction_rate" for each in found["evidence"])


def test_forecast_of_a_run_that_has_generalized_says_when(grokphase, tmp_path: Path):
    (tmp_path / "run.csv").write_text(HEAD + rows(3000, generalizes=2000))
    assert "generalized at step 2,000" in grokphase("forecast", "--csv", "run.csv").out
    before = grokphase("forecast", "--csv", "run.csv", "--until", "1900", "--json")
    assert json.loads(before.out)["phase"] == "memorized"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("step,train_acc,val_acc\n0,1,1\n100,5,2\n", "not memorized"),
        ("step,train_acc,train_loss\n0,1,4\n100,99,.1\n", "validation accuracy was not measured"),
    ],
    ids=["not memorized", "no validation"],
)
def test_what_cannot_be_known_is_refused_without_a_number(
    grokphase, tmp_path: Path, lines: str, reason: str
):
    (tmp_path / "run.csv").write_text(lines)
    told = grokphase("forecast", "--csv", "run.csv", "--json")
    found = json.loads(told.out)
    assert (told.code, found["refused"]) == (0, True)
    assert reason in found["reason"]
    numbers = ("probability_of_generalizing", "median_step", "interval50", "interval90")
    assert [found[name] for name in numbers] == [None] * 4
    assert "refused" in grokphase("forecast", "--csv", "run.csv").out


def test_forecast_of_a_run_of_the_store(grokphase, tmp_path: Path, store: Path):
    run = json.loads(grokphase("runs", "ls", "--store", store, "--json").out)[0]
    told = grokphase("forecast", run["id"][:8], "--store", store, "--json", "--out", "pictures")
    found = json.loads(told.out)
    assert [*found] == [*KEYS, "figure"]
    assert found["memorized_at"] == run["train_step"]
    assert (tmp_path / found["figure"]).stat().st_size > 10_000
    assert "now   " in grokphase("forecast", run["id"][:8], "--store", store).out
    # The curves that the store hands out are as good as the run, but for what lies between rows.
    grokphase("runs", "export", "all.csv", "--curves", "--store", store)
    exported = grokphase("forecast", "--csv", "all.csv", "--run", run["id"], "--json")
    assert json.loads(exported.out)["phase"] == found["phase"]


def test_forecast_of_a_run_that_is_still_training(grokphase):
    step = np.arange(0, 3001, 100)
    curves = {
        "step": step,
        "train_accuracy": np.where(step < 400, 0.1, 1.0),
        "validation_accuracy": np.full(step.shape, 0.1),
        "spectrum": np.zeros((step.size, 3)),
    }
    limits = {"train_accuracy": 0.9, "validation_accuracy": 0.9}
    said = in_flight.described({"recipe": {"steps": 90_000, "thresholds": limits}}, {})
    with Store.open("grokphase-store") as store:
        store.save_checkpoint("00ff00ff", save(in_flight.tensors(curves), {in_flight.KEY: said}))
        store.save_checkpoint("11ff11ff", b"of another version")
    found = json.loads(grokphase("forecast", "00ff", "--json").out)
    assert (found["phase"], found["memorized_at"], found["budget"]) == ("memorized", 400, 90_000)
    advised = grokphase("advise", "00ff", "--json")
    assert (advised.code, json.loads(advised.out)["refused"]) == (0, True)
    assert "is for files" in grokphase("advise", "00ff", "--set", "learning_rate=1").err
    for run in ("11ff", "22ff"):
        refused = grokphase("forecast", run)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("forecast",), "neither is given"),
        (("forecast", "1a2b", "--csv", "run.csv"), "both are given"),
        (("forecast", "--csv", "absent.csv"), 'no file "absent.csv"'),
        (("forecast", "--csv", "run.csv", "--set", "rate=1"), '"rate" is not a setting'),
        (("forecast", "--csv", "run.csv", "--set", "beta1=big"), "is no number"),
        (("forecast", "--csv", "run.csv", "--column", "val_acc"), "is not name=meaning"),
        (("forecast", "--csv", "run.csv", "--budget", "0"), "budget = 0"),
        (("forecast", "1a2b", "--accuracies", "share"), "--accuracies is for files"),
        (("forecast", "1a2b"), "store"),
        (("forecast", "--benchmark", "--csv", "run.csv"), "--benchmark is of the corpus"),
        (("advise", "--benchmark", "--set", "learning_rate=1"), "--benchmark is of the corpus"),
        (("advise", "--benchmark", "--budget", "9"), "--benchmark is of the corpus"),
        (("advise", "--csv", "run.csv", "--workers", "2"), "--workers is for --benchmark"),
        (("advise", "--csv", "run.csv", "--budget", "0"), "budget = 0"),
        (("corpus", "check", "--workers", "2"), "--workers is for runs that are trained again"),
        (("corpus", "check", "--again=-1"), "again = -1 cannot be used"),
        (("watch",), "Name the file"),
        (("watch", "absent.csv", "--once"), 'no file "absent.csv"'),
        (("watch", "run.csv", "--every", "0"), "--every"),
    ],
)
def test_one_sentence_for_what_cannot_be(grokphase, log: Path, words: tuple[str, ...], says: str):
    refused = grokphase(*words)
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.err
    assert len(refused.err.splitlines()) == 1


PAGE = (ROOT / "docs" / "forecasting.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "curves.csv"
KNOWN = ("--set", "learning_rate=1.28e-3", "--set", "weight_decay=0.462", "--budget", "20000")


def test_the_page_shows_what_a_forecast_says(grokphase):
    told = grokphase("forecast", "--csv", EXAMPLE, "--until", "1000", *KNOWN)
    assert f"--set weight_decay=0.462\n{told.out}```" in PAGE


# ---- watching


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch):
    """Does what another program does between the looks, one thing after each; then Ctrl-C."""

    def between(*acts):
        waiting = iter(acts)

        def sleep(seconds: float):
            act = next(waiting, None)
            if act is None:
                raise KeyboardInterrupt
            act()

        monkeypatch.setattr("grokphase.cli.watch.time.sleep", sleep)

    return between


def append(path: Path, text: str):
    with path.open("a") as file:
        file.write(text)


def test_watch_tells_what_happens_and_what_is_expected(grokphase, tmp_path: Path, writing):
    log = tmp_path / "run.csv"
    writing(
        lambda: log.write_text(HEAD + rows(300)),
        lambda: append(log, rows(3000, 400)),
        lambda: None,
        lambda: append(log, rows(5000, 3100, generalizes=4500)),
    )
    told = grokphase("watch", log, "--budget", "90000")
    assert told.code == 130
    assert told.err.splitlines()[0].startswith("grokphase: There is no file")
    assert told.err.splitlines()[-1] == "grokphase: Stopped watching run.csv."
    lines = [line for line in told.out.splitlines() if line[:1].isdigit()]
    assert [line.split(":")[0] for line in lines] == ["300", "3,000", "5,000"]
    assert "memorized at step 400 (after 300); the squared norm contracts" in lines[1]
    assert "generalization expected at" in lines[1]
    assert lines[2] == "5,000: generalized at step 4,500 (after 4,400)"


def test_the_page_shows_what_watching_says(grokphase, tmp_path: Path, writing):
    lines = EXAMPLE.read_text().splitlines(keepends=True)
    log = tmp_path / "log.csv"
    log.write_text("".join(lines[:20]))
    writing(*(functools.partial(append, log, line) for line in lines[20:]))
    told = grokphase("watch", log, *KNOWN)
    said = [line for line in told.out.splitlines() if line[:1].isdigit()]
    assert "\n".join(["...", *said, "^Cgrokphase: Stopped watching log.csv."]) in PAGE


def test_watch_ends_at_the_budget_and_writes_json_lines(grokphase, log: Path, writing):
    writing(lambda: append(log, rows(6000, 3100)), lambda: pytest.fail("the budget is reached"))
    told = grokphase("watch", log, "--budget", "6000", "--json")
    assert told.code == 0
    first, second = map(json.loads, told.out.splitlines())
    assert [*first] == ["step", "events", *KEYS]
    assert (first["step"], second["step"]) == (3000, 6000)
    assert first["events"] == [{"step": 400, "says": "memorized at step 400 (after 300)"}]
    assert second["events"] == []


def test_watch_takes_a_file_as_it_is_found(grokphase, log: Path, writing):
    """A half-written line, one cut off to nothing, one in its place, and rows that are wrong."""
    other = log.with_suffix(".new")
    other.write_text(HEAD + rows(200))
    writing(
        lambda: append(log, "3100,0.01,6,99"),
        lambda: append(log, ".5,1.5,29.34\n"),
        lambda: log.write_text(""),
        lambda: os.replace(other, log),
        lambda: append(log, "100,4,6,2,1.5,39\n"),
    )
    told = grokphase("watch", log, "--json")
    assert told.code == 130
    # The line in halves is read when it ends, and a file that begins anew is another run.
    assert [json.loads(line)["step"] for line in told.out.splitlines()] == [3000, 3000, 3100, 200]
    said = told.err.splitlines()
    assert any("is empty" in line for line in said)
    assert any("begins anew: it was at 3,100 and is at 200" in line for line in said)
    assert any("go back from 200 to 100" in line for line in said)


def test_a_last_line_that_never_ends_is_read_at_the_next_look(grokphase, log: Path, writing):
    writing(lambda: append(log, "3100,0.01,6,99.5,1.5,29.3"), lambda: None, lambda: None)
    told = grokphase("watch", log, "--json")
    assert [json.loads(line)["step"] for line in told.out.splitlines()] == [3000, 3000, 3100]


@pytest.mark.parametrize("indent", [None, 1])
def test_watch_reads_a_document_of_json_that_is_written_anew(grokphase, tmp_path, writing, indent):
    """Which is whole without an end of its last line, and half of it while it is written."""
    log = tmp_path / "log.json"

    def written(last: int, part: float = 1.0) -> None:
        steps = range(0, last + 1, 100)
        rows = [{"step": n, "train_acc": float(n > 400), "val_acc": 0.1} for n in steps]
        text = json.dumps(rows, indent=indent)
        log.write_text(text[: round(part * len(text))])

    written(1000)
    writing(lambda: None, lambda: written(2000, 0.7), lambda: written(2000), lambda: None)
    told = grokphase("watch", log, "--json")
    assert [json.loads(line)["step"] for line in told.out.splitlines()] == [1000, 2000]
    assert [line for line in told.err.splitlines() if "Stopped" not in line] == [
        "grokphase: log.json ends within its first object: it is half written."
    ]


def test_watch_begins_with_half_a_file(grokphase, tmp_path: Path, writing):
    (tmp_path / "a.json").write_text('[{"step": 0, "train_acc": 0.1, "val_a')
    (tmp_path / "a.csv").write_text("step,train_acc,val_acc\n0,0.1,0.1")
    writing(lambda: None)
    assert grokphase("watch", "a.json").code == 130
    writing(lambda: None)
    assert json.loads(grokphase("watch", "a.csv", "--json").out)["step"] == 0


def test_a_file_that_cannot_be_told_apart_is_refused_at_once(grokphase, tmp_path: Path, writing):
    writing()
    (tmp_path / "two.csv").write_text("run,step,acc,val_acc\na,0,.1,.1\nb,0,.1,.1\na,9,.2,.1\n")
    assert grokphase("watch", "two.csv").code == 2


def test_the_panel_of_a_terminal_fits_it(log: Path):
    from rich.console import Console

    from grokphase.forecasting import forecast
    from grokphase.forecasting.following import events
    from grokphase.forecasting.panel import panel
    from grokphase.forecasting.reading import read_curves

    history = read_curves(log, budget=90_000).history
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(panel("run.csv", forecast(history), events(history), "a note"))
    shown = console.export_text()
    assert max(map(len, shown.splitlines())) <= 80
    for part in ("run.csv, step 3,000", "memorized at step 400 (after 300)", "a note", "90 %"):
        assert part in shown
