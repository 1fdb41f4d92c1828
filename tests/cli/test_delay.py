"""``grokphase theory delay``: laws side by side, and what they cannot say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from grokphase.cli.delay import delay
from grokphase.cli.options import Output
from grokphase.errors import GrokphaseError

NORMS = {"memorized": 65.55, "generalized": 17.52}


def test_all_laws_as_json_with_their_limits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: dict[str, Any] = {**NORMS, "fitted": 1.45e-3, "scale": 4.0, "out": tmp_path}
    assert delay(rate=1e-3, decay=1.0, **asked, output=Output(json=True)) == 0
    found = json.loads(capsys.readouterr().out)
    assert [round(law["steps"]) for law in found["laws"]] == [1820, 2639, 1319, 1386]
    assert all(law["fails"] and law["holds"] for law in found["laws"])
    assert found["gamma_of_decay"] == pytest.approx(0.725)
    assert Path(found["figure"]).exists()


def test_what_the_numbers_mean_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert delay(rate=1e-3, decay=1.0, **NORMS, fitted=3e-3) == 0
    assert "1.50 of 2 eta lambda, that of decay alone: gradients help" in capsys.readouterr().out
    assert delay(rate=1e-3, decay=1.0, memorized=1.0, generalized=2.0) == 0
    said = capsys.readouterr().out
    assert said.count("says nothing") == 4
    assert "The norm does not fall" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "write --memorized 65.6 --generalized 17.5, or --scale 8"),
        ({"memorized": 3.0}, "norms of both ends"),
        ({"scale": 8.0, "fitted": 1e-3}, "from one norm to another"),
        ({**NORMS, "fitted": math.nan}, "--fitted is a finite number"),
        ({**NORMS, "rate": -1.0}, "--rate is a finite number above 0, not -1: write --rate 1e-3"),
        ({**NORMS, "rate": math.nan}, "--rate is a finite number above 0, not nan"),
        ({**NORMS, "decay": math.inf}, "--decay is a finite number above 0, not inf"),
        ({"scale": math.nan}, "--scale is a finite number above 0, not nan: write --scale 8"),
        ({"memorized": 0.0, "generalized": 1.0}, "--memorized is a finite number above 0"),
        ({"memorized": 1.0, "generalized": 2.0, "out": Path()}, "nothing to draw"),
    ],
)
def test_what_cannot_be_answered_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(GrokphaseError, match=said):
        delay(**{"rate": 1e-3, "decay": 1.0, **given})
