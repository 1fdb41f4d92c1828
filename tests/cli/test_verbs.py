"""The small verbs: doctor, bench, cite and tasks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import files_in

from grokphase.cli import doctor as doctor_module
from grokphase.tasks import names

SOUND = [("sums", True, "relative error 0"), ("gradient", True, "relative error 1e-7")]


@pytest.fixture
def numerics(monkeypatch: pytest.MonkeyPatch):
    """Sets what the check of the numerics finds; the check itself has tests of its own."""

    def found(checks: list[tuple[str, bool, str]]) -> None:
        monkeypatch.setattr(
            "grokphase.training.numerics.check_where_runs_are_trained", lambda: checks
        )

    return found


def test_a_sound_machine(grokphase, numerics, store: Path):
    numerics(SOUND)
    told = grokphase("doctor", "--store", store, "--json")
    document = json.loads(told.out)
    assert (told.code, document["ok"]) == (0, True)
    assert document["environment"]["packages"]["jax"]
    assert document["store"]["problems"] == []
    assert "gradient\tok" in grokphase("doctor", "--store", store).out


def test_wrong_numbers_are_exit_code_1(grokphase, numerics):
    numerics([*SOUND, ("products", False, "relative error 0.3")])
    told = grokphase("doctor")
    assert told.code == doctor_module.PROBLEM_FOUND == 1
    assert "products\tFAILS\trelative error 0.3" in told.out


def test_no_store_is_no_problem_and_makes_none(grokphase, numerics, tmp_path: Path):
    numerics(SOUND)
    told = grokphase("doctor", "--json")
    assert (told.code, json.loads(told.out)["store"]["exists"]) == (0, False)
    assert files_in(tmp_path) == []


def test_a_damaged_store_is_found_and_rebuilt(grokphase, numerics, tmp_path: Path, store: Path):
    numerics(SOUND)
    damaged = tmp_path / "damaged"
    shutil.copytree(store, damaged)
    (damaged / "catalog.sqlite").write_bytes(b"not a catalog")
    told = grokphase("doctor", "--store", damaged, "--json")
    assert told.code == 1
    assert json.loads(told.out)["store"]["problems"]
    assert grokphase("doctor", "--store", damaged, "--rebuild").code == 0
    assert json.loads(grokphase("runs", "ls", "--store", damaged, "--json").out) == json.loads(
        grokphase("runs", "ls", "--store", store, "--json").out
    )


def test_doctor_reports_a_newer_store_beside_the_rest(grokphase, numerics, tmp_path: Path):
    numerics(SOUND)
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "store.json").write_text('{"format": 999, "version": 999}')
    told = grokphase("doctor", "--store", "newer", "--json")
    assert told.code == 1
    assert len(json.loads(told.out)["store"]["problems"]) == 1


def test_bench_hands_on_what_was_measured(grokphase, monkeypatch):
    measured = {"toy_step_us": 150.0, "plain_pytorch_us": None, "machine": {"cpu": "a"}}

    def run(progress):
        progress("one core")
        return measured

    monkeypatch.setattr("grokphase.training.bench.run", run)
    told = grokphase("bench", "--json")
    assert (json.loads(told.out), told.err) == (measured, "")
    text = grokphase("bench")
    assert text.err == "one core\n"
    assert "machine.cpu\ta" in text.out
    assert "plain_pytorch_us\t-" in text.out


def test_cite(grokphase):
    text = grokphase("cite").out
    assert text.count("\n@") + text.startswith("@") == 3
    for known in ("2205.10343", "2201.02177", "grokphase"):
        assert known in text
    assert set(json.loads(grokphase("cite", "--json").out)) == {"software", "phases", "grokking"}


def test_tasks(grokphase):
    found = json.loads(grokphase("tasks", "--json").out)["tasks"]
    assert [one["name"] for one in found] == list(names())
    toy = found[0]
    assert "p=10" in toy["options"]
    assert toy["meaning"] in grokphase("tasks").out
