"""The verbs of ``grokphase theory``, called as functions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grokphase.cli import theory
from grokphase.cli.options import Output
from grokphase.cli.theory import Question, Share
from grokphase.errors import GrokphaseError

JSON = Output(json=True)
TOY = Question(p=10)


def document(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def test_critical_fraction(capsys):
    assert theory.critical_fraction(trials=200, question=TOY, output=JSON) == 0
    found = document(capsys)
    assert (found["p"], found["operation"], found["trials"]) == (10, "addition", 200)
    assert found["critical_fraction"] == pytest.approx(0.41, abs=0.03)
    sizes = {len(found[name]) for name in ("train_counts", "probability_unique", "interval")}
    assert len(sizes) == 1
    assert found["seconds"] > 0


def test_critical_fraction_in_words(capsys):
    theory.critical_fraction(trials=50, question=TOY)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("addition, p = 10: critical fraction 0.4")
    assert lines[2].split("\t") == ["trained", "fraction", "probability", "95 % from", "95 % to"]
    assert len(lines) <= 18


def test_critical_fraction_of_circles_and_matrices(capsys):
    theory.critical_fraction(
        "modular-addition", trials=5, modulus=5, question=Question(p=5), output=JSON
    )
    assert document(capsys)["criterion"] == "mod 5"
    theory.critical_fraction("S3", trials=3, matrices=True, output=JSON)
    assert document(capsys)["criterion"] == "deduction"
    with pytest.raises(GrokphaseError, match="--modulus"):
        theory.critical_fraction("S3", matrices=True, modulus=3)


def test_grokking_rate(capsys):
    theory.grokking_rate(trials=100, question=TOY, share=Share(count=45), output=JSON)
    found = document(capsys)
    assert found["train_count"] == 45
    assert found["normalisation"] == "paper"
    assert found["lambda3"]["median"] == pytest.approx(0.064, rel=0.1)
    assert found["n_h"] == pytest.approx(1000 / found["lambda3"]["median"])
    levels = list(found["lambda3"]["quantiles"].values())
    assert levels == sorted(levels)
    assert found["seconds"] > 0


def test_grokking_rate_in_words(capsys):
    theory.grokking_rate(trials=20, question=TOY)
    shown = capsys.readouterr().out
    assert "44 (80.0%)" in shown
    assert "normalisation paper" in shown


def test_flow(capsys):
    theory.flow(steps=1000, question=TOY, output=JSON)
    found = document(capsys)
    assert found["step"][0] == 0
    assert found["step"][-1] == 1000
    assert found["loss"] == sorted(found["loss"], reverse=True)
    assert found["z0"] == pytest.approx([9.0] * len(found["step"]))
    assert len(found["embedding"]) == len(found["step"])
    theory.flow(steps=3, question=TOY)
    assert "lambda_3" in capsys.readouterr().out
    with pytest.raises(GrokphaseError, match="above 0"):
        theory.flow(steps=0)
    with pytest.raises(GrokphaseError, match="finite"):
        theory.flow(eta=float("inf"))


def test_flow_says_under_which_conventions(capsys):
    theory.flow(steps=3, question=TOY)
    shown = capsys.readouterr().out
    for words in ("44 of 55 samples", "seed 0", "normalisation sum", "eta = 0.001"):
        assert words in shown
    theory.flow(steps=3, question=TOY, output=Output(quiet=True))
    assert "n_h" in capsys.readouterr().out
    theory.flow("modular-addition", steps=3, question=Question(p=5))
    assert "RQI > 0.95 not reached" in capsys.readouterr().out


def test_a_collapse_is_said_to_be_one(capsys):
    theory.critical_fraction("modular-addition", trials=5, question=Question(p=5))
    assert "--modulus" in capsys.readouterr().out
    theory.critical_fraction(trials=5, question=Question(p=5))
    assert "--modulus" not in capsys.readouterr().out


@pytest.mark.parametrize("verb", [theory.critical_fraction, theory.grokking_rate])
def test_no_trials_are_no_answer(verb):
    with pytest.raises(GrokphaseError, match="trials"):
        verb(trials=0, question=TOY)


def test_parallelograms(capsys):
    theory.parallelograms(question=TOY, share=Share(count=15), output=JSON)
    found = document(capsys)
    assert found["permissible"] == 70
    assert found["shown"] <= found["implied"] <= 70
    assert found["null_dimension"] >= found["trivial_dimension"] == 2
    theory.parallelograms(question=TOY)
    assert "permissible\t70" in capsys.readouterr().out


def test_a_table_of_ones_own(tmp_path: Path, capsys):
    file = tmp_path / "max.csv"
    file.write_text("0,1,2\n1,1,2\n2,2,2\n")
    theory.parallelograms(question=Question(table=file), share=Share(count=4), output=JSON)
    assert document(capsys)["samples"] == 9
    with pytest.raises(GrokphaseError, match="leave one out"):
        theory.parallelograms("addition", question=Question(table=file))
    with pytest.raises(GrokphaseError, match="leave one out"):
        theory.parallelograms(question=Question(p=3, table=file))
