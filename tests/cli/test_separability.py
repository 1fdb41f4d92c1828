"""``grokphase theory separability``: three things to ask, and what cannot be asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grokphase.cli.linear import linear
from grokphase.cli.matrix import read_matrix
from grokphase.cli.options import Output
from grokphase.cli.separability import separability
from grokphase.errors import GrokphaseError

JSON = Output(json=True)


def test_random_samples_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert separability(samples=400, dimensions=190, out=tmp_path, output=JSON) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["probability_separable"] == pytest.approx(0.1584, abs=5e-5)
    assert 10 ** found["log10_probability"] == pytest.approx(0.1584, abs=5e-5)
    assert Path(found["figure"]).exists()


def test_two_points_on_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    assert separability(ratio=0.495, scale=30.0, output=JSON) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["log_delay"] ** 0.5 == pytest.approx(3.32, abs=2e-3)
    assert found["weights_at_end"] == pytest.approx(found["limit"], rel=1e-6)
    assert separability(ratio=0.6) == 0
    said = capsys.readouterr().out
    assert "memorizes" in said
    assert "never" in said
    assert "without bound" in said


def test_a_matrix_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "inputs.csv"
    np.savetxt(file, np.random.default_rng(0).standard_normal((40, 8)), delimiter=",")
    assert separability(matrix=file, out=tmp_path, output=Output()) == 0
    said = capsys.readouterr().out
    assert "generalizes" in said
    assert "inputs.csv" in said
    assert (tmp_path / "separability.png").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "write --samples 400"),
        ({"ratio": 0.4, "samples": 3}, "one of them"),
        ({"samples": 3}, "need both"),
        ({"samples": 4, "dimensions": 2, "level": 0.1}, "--level 0.1 is of no use"),
        ({"samples": 4, "dimensions": 2, "scale": 3.0}, "--scale 3 is of no use"),
        ({"matrix": Path("nowhere.npy")}, 'no file "nowhere.npy"'),
    ],
)
def test_one_thing_is_asked(given: dict[str, object], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        separability(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", [separability, linear])
def test_numbers_whose_squares_vanish_are_refused(verb: Callable[..., int], tmp_path: Path) -> None:
    file = tmp_path / "small.npy"
    np.save(file, np.random.default_rng(0).standard_normal((40, 30)) * 1e-200)
    with pytest.raises(GrokphaseError, match="multiply them, to 1e-100 at least"):
        verb(matrix=file)


def test_a_scale_that_cannot_be_followed_is_refused() -> None:
    with pytest.raises(GrokphaseError, match="between 1e-100 and 1e"):
        separability(ratio=0.4, scale=1e300)


def test_no_seed_below_0_is_taken_where_nothing_is_drawn() -> None:
    with pytest.raises(GrokphaseError, match="--seed must be a whole number"):
        linear(ratio=0.9, seed=-1)


def test_quoted_numbers_are_numbers(tmp_path: Path) -> None:
    file = tmp_path / "quoted.csv"
    file.write_text('"first, one","second"\n"1","2"\n"3", "-4e1"\n')
    assert read_matrix(file).tolist() == [[1, 2], [3, -40]]
    file.write_text('"1","2"\n"3","4"\n')
    assert read_matrix(file).tolist() == [[1, 2], [3, 4]]
