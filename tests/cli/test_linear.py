"""``grokphase theory linear``: three kinds of data, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from grokphase.cli.linear import linear
from grokphase.cli.matrix import read_matrix
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
        ({"samples": 3, "features": 0}, "from 1 on"),
        ({"matrix": Path("nowhere.npy")}, 'no file "nowhere.npy"'),
        ({"samples": 10, "features": 5, "start": -1}, "--start = -1 must be a number from 0"),
        ({"samples": 10, "features": 5, "target": -1}, "--target = -1 must be a number from 0"),
        ({"ratio": 0.9, "start": -1}, "start = -1 must be a number from 0"),
    ],
)
def test_data_are_given_one_way(given: dict[str, object], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        linear(**given)  # type: ignore[arg-type]


NUMBERS = [[1.5, 2.0, 3.0], [4.0, -5.0, 1e3]]


@pytest.mark.parametrize(
    "text",
    [
        "1.5,2,3\n4,-5,1e3\n",
        "x,y,z\n1.5, 2, 3\n4,-5,1e3\n",
        "\ufeff# mine\n\nx;y;z\n1.5;2;3\n\n4;-5;1e3",
        "1.5\t2\t3\r\n4\t-5\t1e3\r\n",
        "1.5 2 3\n 4 -5 1e3\n",
    ],
)
def test_one_matrix_however_it_is_written(tmp_path: Path, text: str) -> None:
    file = tmp_path / "inputs.csv"
    file.write_text(text, encoding="utf-8")
    assert read_matrix(file).tolist() == NUMBERS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no numbers"),
        ("a,b\nc,d\n", "'c' in line 2, column 1, which is no number"),
        ("a,b\n", "'a' in line 1"),
        ("1,2,3\n4,5\n", "2 cells in line 2, and 3"),
        ("x,y\n1,\n", "'' in line 2, column 2"),
        (",x\n0,1\n1,2\n", "in pandas by index=False"),
        ("1,2\nnan,3\n", "row and column 2, 1"),
        ("1,1e200\n2,3\n", "up to 1e\\+200"),
        (f"1,{'2' * 200_000}\n", "cannot be read as a matrix"),
    ],
)
def test_what_a_text_lacks_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "inputs.csv"
    file.write_text(text)
    with pytest.raises(GrokphaseError, match=said):
        read_matrix(file)


@pytest.mark.parametrize("made", [np.ones(3), np.ones((1, 2, 2)), np.float64(2), np.ones((0, 3))])
def test_an_array_that_is_no_matrix_is_said(tmp_path: Path, made: np.ndarray) -> None:
    np.save(tmp_path / "inputs.npy", made)
    with pytest.raises(GrokphaseError, match="a matrix is wanted"):
        linear(matrix=tmp_path / "inputs.npy")


def test_a_part_of_a_complex_number_is_not_dropped(tmp_path: Path) -> None:
    np.save(tmp_path / "inputs.npy", np.ones((2, 2)) * 1j)
    with pytest.raises(GrokphaseError, match="of real numbers"):
        linear(matrix=tmp_path / "inputs.npy")


def test_inputs_that_are_all_0_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "inputs.npy", np.zeros((3, 2)))
    with pytest.raises(GrokphaseError, match="all 0, of which nothing can be learned"):
        linear(matrix=tmp_path / "inputs.npy")


def test_a_draw_that_would_not_fit_is_refused() -> None:
    with pytest.raises(GrokphaseError, match=r"write --ratio 0\.5"):
        linear(samples=200_000, features=100_000)
