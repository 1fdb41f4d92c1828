"""``grokphase theory lazy-rich``: as JSON, with its picture, and what cannot be asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grokphase.cli.lazy_rich import lazy_rich
from grokphase.cli.options import Output
from grokphase.errors import GrokphaseError
from grokphase.theory.lazy_rich import lazy_rich as drawn


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


def test_the_clock_starts_at_0(capsys: pytest.CaptureFixture[str]) -> None:
    """Kernels are those of the start there, and what is reached early has a time."""
    asked = {"dimensions": 6, "samples": 24, "scale": 0.1, "horizon": 1.0}
    assert lazy_rich(**asked, output=Output(json=True)) == 0
    found = json.loads(capsys.readouterr().out)
    flow = drawn(6, 24, scale=0.1, curvature=0.3)
    assert found["time"][0] == 0
    assert found["alignment"][0] == pytest.approx(flow.alignment(flow.kernel(*flow.start)))
    early = {"dimensions": 3, "samples": 6, "scale": 0.1, "curvature": 1.0, "neurons": 4, "seed": 2}
    assert lazy_rich(**early, output=Output(json=True)) == 0
    assert json.loads(capsys.readouterr().out)["memorized"] == pytest.approx(0.0726, rel=5e-3)


def test_small_scales_are_followed(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the error that is allowed was larger than what moves, losses were no numbers."""
    assert lazy_rich(dimensions=4, samples=12, scale=1e-3, output=Output(json=True)) == 0
    found = json.loads(capsys.readouterr().out)
    assert None not in found["train_loss"]
    assert 0 < found["memorized"] < found["generalized"] < 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"dimensions": 100}, "dimensions must be a whole number from 1 to 64"),
        ({"scale": 0.0}, "scale must be a finite number above 0"),
        ({"horizon": 0.0}, "--horizon must be a finite number above 0"),
        ({"samples": 3000}, "samples must be a whole number from 1 to 2000"),
        ({"scale": 1e-9}, "scales from 1e-06 and curvatures up to 1e"),
        ({"curvature": 1e9}, "scales from 1e-06 and curvatures up to 1e"),
        ({"level": 0.0}, "--level must be a finite number above 0"),
        ({"neurons": 0}, "neurons must be"),
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, float], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        lazy_rich(**asked)  # type: ignore[arg-type]
