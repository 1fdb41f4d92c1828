"""``grokphase theory first-order``: both teachers, in words and as JSON, and what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grokphase.cli.first_order import first_order
from grokphase.cli.options import Output
from grokphase.errors import GrokphaseError

JSON = Output(json=True)


def test_the_polynomial_teacher_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert first_order(out=tmp_path, output=JSON) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["control"], found["coexists"]) == pytest.approx((30.23, 30.36), abs=0.01)
    assert found["ridges"] == pytest.approx({"appears": 0.1907, "coexists": 0.1787}, abs=1e-4)
    assert Path(found["figure"]).exists()


def test_both_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert first_order("modular", ridge=0.2) == 0
    assert "286.7" in capsys.readouterr().out
    assert first_order(cubic=0.0, linear=0.3) == 0  # nothing jumps, and nothing settles
    assert "once all neurons" not in capsys.readouterr().out
    assert first_order(ridge=1e-9) == 0  # nor do they where hardly any noise is
    assert "outside of what is derived" in capsys.readouterr().out


def test_options_of_the_other_teacher_are_refused() -> None:
    with pytest.raises(GrokphaseError, match="--samples is not of the modular teacher"):
        first_order("modular", samples=3000)
