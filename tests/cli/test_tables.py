"""A table from a file: what was read is said, and the task has the file's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import grokphase as gp
from grokphase.tasks import told

KLEIN = ",e,a,b,c\ne,e,a,b,c\na,a,e,c,b\nb,b,c,e,a\nc,c,b,a,e\n"
TOLD = (
    "klein four: 4 symbols (e, a, b, c), 16 ordered pairs, 4 classes; closed, commutative, "
    "associative, identity e, Latin square: an abelian group"
)
SMALL = ("--set", "model.widths.0=8", "--set", "model.dimension=4", "--steps", "20")


@pytest.fixture
def klein(tmp_path: Path) -> Path:
    path = tmp_path / "klein four.csv"
    path.write_text(KLEIN)
    return path


def test_what_is_read_is_said_by_every_verb(grokphase, klein: Path):
    axes = ("--x", "recipe.learning_rate=1e-3,1e-2", "--y", "recipe.weight_decay=0,1")
    of_map = ("map", "--table", klein, *SMALL, *axes)
    assert f"task    {TOLD}\n" in grokphase("tasks", "--table", klein).out
    assert json.loads(grokphase("tasks", "--table", klein, "--json").out)["task"] == TOLD
    assert json.loads(grokphase(*of_map, "--dry-run", "--json").out)["task"] == TOLD
    for words in ((*of_map, "--dry-run"), ("train", "--table", klein, *SMALL)):
        shown = grokphase(*words)
        assert f"task    {TOLD}\n" in shown.out
        assert "--dry-run" in words or f"grokphase: {TOLD}.\n" in shown.err


def test_a_table_is_called_by_its_file_and_trained_once(grokphase, klein: Path):
    first = json.loads(grokphase("train", "--table", klein, *SMALL, "--json").out)
    assert first["task"] == TOLD
    (run,) = first["runs"]
    assert run["spec"]["task"]["name"] == "klein four"
    assert run["spec"]["task"]["symbols"].splitlines() == ["e", "a", "b", "c"]
    assert "grokphase-out/train-klein-four-" in first["figure"][0]
    numbered = klein.with_name("addition.txt")
    numbered.write_text("0 1 2 3\n1 0 3 2\n2 3 0 1\n3 2 1 0\n")
    again = json.loads(grokphase("train", "--table", numbered, *SMALL, "--json").out)
    assert again["runs"][0]["id"] == run["id"]
    assert len(json.loads(grokphase("runs", "ls", "--json").out)) == 1
    assert "klein four" in grokphase("runs", "ls").out


@pytest.mark.slow
def test_a_modulus_that_is_not_prime_is_said(grokphase):
    small = ("--steps", "2", "--set", "model.widths=8", "--set", "model.dimension=4")
    shown = grokphase("train", "modular-division", "--p", "6", *small).err
    assert "12 ordered pairs, 24 of 36 undefined (2 of 6 numbers have an inverse modulo 6" in shown
    prime = told(gp.task("modular-division", p=7))
    assert "42 ordered pairs, 7 of 49 undefined, 7 classes" in prime
