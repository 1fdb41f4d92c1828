"""``grokphase race``: what it prints and writes; nothing is trained."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.cli.conftest import Command

from grokphase.races import Race
from grokphase.races.document import read
from grokphase.races.measuring import Price
from grokphase.races.result import example


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Race:
    """A race with numbers made up, in place of one that is run."""
    found = example()
    monkeypatch.setattr("grokphase.races.running.run_race", lambda *_, **__: found)
    return found


def test_without_a_task_it_lists_races_and_arms(grokphase: Command):
    found = grokphase("race")
    assert "modular-addition" in found.out
    assert "arms: adamw, " in found.out


def test_it_prints_and_writes_what_came_out(grokphase: Command, made_up: Race, tmp_path):
    found = grokphase("race", "modular-addition", "--arms", "dropout", "--out", "out", "-q")
    assert found.code == 0, found.err
    assert "Faster than tuned AdamW in steps (p < 0.01): twice" in found.out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("race.json", "race.png", "race.svg"),
    }
    assert read(tmp_path / "out" / "race.json").rows() == made_up.rows()
    printed = grokphase("race", "modular-addition", "--arms", "dropout", "--json")
    document: dict[str, Any] = json.loads(printed.out)
    assert [row["arm"] for row in document["rows"]] == ["twice", "adamw", "same", "never"]
    assert document["answer"][0].startswith("Faster than tuned AdamW")


def test_a_plan_counts_runs_and_trains_nothing(grokphase: Command, monkeypatch):
    cheap = [Price(1e-3, (1e-3, 1e-3), 1.0, 1)] * 2
    monkeypatch.setattr(
        "grokphase.races.planning.prices", lambda specs, on_line: cheap[: len(specs)]
    )
    words = ("race", "modular-addition", "--arms", "dropout", "--draws", "3", "--seeds", "4")
    found = json.loads(grokphase(*words, "--dry-run", "--json", "--workers", "2").out)
    runs = [each["runs"] for each in found["arms"]]
    assert runs == [3 * 2 + 4] * 2
    assert found["seconds"] == pytest.approx(2 * 10 * found["arms"][0]["steps"] / 10 * 1e-3 / 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["modular-adition"], 'There is no race "modular-adition"'),
        (["modular-addition", "--arms", "moun"], 'Did you mean "muon"?'),
        (["modular-addition", "--p", "60"], "has p = 59 or 97, not 60"),
        (["modular-addition", "--seeds", "1"], "give seeds = 2 or more"),
        (["modular-addition", "--add", "none.py"], 'There is no file "none.py"'),
        (["modular-adition", "--records"], "There is no record of the race"),
        (["--arms", "muon"], "No race is named; write grokphase race modular-addition"),
        (["--dry-run"], "No race is named"),
        (["modular-addition", "--records", "--p", "59"], "--records shows races that have been"),
    ],
)
def test_what_cannot_be_raced_is_one_sentence(grokphase: Command, words: list[str], said: str):
    found = grokphase("race", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert len(found.err.splitlines()) == 1
