"""``grokphase theory linear``: three kinds of data, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from grokphase.cli.linear import linear
from grokphase.cli.options import Output
from grokphase.errors import GrokphaseError

JSON = Output(json=True)


def test_the_mean_over_data_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert linear(ratio=0.5, level=2.5e-4, out=tmp_path, output=JSON) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["memorized"] / 2, found["generalized"] / 2) == pytest.approx(
        (7.251, 11.564), rel=1e-4
    )
    assert (found["unit"], found["seed"]) == ("time", None)
    assert Path(found["figure"]).exists()


def test_a_matrix_of_ones_own_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "inputs.csv"
    np.savetxt(file, np.random.default_rng(0).standard_normal((30, 10)), delimiter=",")
    assert linear(matrix=file, rate=0.1, decay=1e-3) == 0
    said = capsys.readouterr().out
    assert "inputs.csv" in said
    assert "below for good, in steps" in said
    assert linear(samples=10, features=20) == 0  # what no sample shows never decays
    assert "not by 1e+15" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "write --ratio 0.9"),
        ({"ratio": 0.9, "samples": 3}, "one of them is needed"),
        ({"samples": 3}, "needs both sizes"),
        ({"matrix": Path("nowhere.npy")}, 'no file "nowhere.npy"'),
    ],
)
def test_data_are_given_one_way(given: dict[str, object], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        linear(**given)  # type: ignore[arg-type]


def test_a_file_of_words_is_no_matrix(tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(GrokphaseError, match="cannot be read as a matrix"):
        linear(matrix=file)
