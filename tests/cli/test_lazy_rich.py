"""``grokphase theory lazy-rich``: as JSON, with its picture, and what cannot be asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grokphase.cli.lazy_rich import lazy_rich
from grokphase.cli.options import Output
from grokphase.errors import GrokphaseError


def test_a_network_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asked = {"dimensions": 6, "samples": 24, "scale": 0.3, "horizon": 300.0}
    assert lazy_rich(**asked, out=tmp_path, output=Output(json=True)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["memorized"] < found["generalized"] < 300
    assert found["kernel_times"]["generalized"] is None
    parts = zip(found["trace_part"], found["direction_part"], found["linear_part"], strict=True)
    assert [sum(each) for each in parts] == pytest.approx(found["population_loss"])
    assert Path(found["figure"]).exists()
    assert lazy_rich(**asked) == 0
    said = capsys.readouterr().out
    assert "of its kernel alone" in said
    assert "infinitely many neurons" in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"dimensions": 100}, "dimensions must be a whole number from 1 to 64"),
        ({"scale": 0.0}, "scale must be a finite number above 0"),
        ({"horizon": 0.5}, "--horizon is above 1"),
        ({"level": 0.0}, "--level must be a finite number above 0"),
        ({"neurons": 0}, "neurons must be"),
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, float], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        lazy_rich(**asked)  # type: ignore[arg-type]
