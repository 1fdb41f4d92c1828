"""The examples of watched loops run as they stand, with smaller budgets, where they can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"


@pytest.mark.filterwarnings("default")  # what the libraries of others warn of is theirs
@pytest.mark.parametrize(
    ("name", "needs", "steps"),
    [
        ("watch_pytorch", "torch", 30),
        ("watch_lightning", "lightning", 20),
        ("watch_transformers", "transformers", 20),
        ("watch_equinox", "equinox", 30),
    ],
)
def test_at_most_five_lines_more_lead_to_a_forecast(
    name: str,
    needs: str,
    steps: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip(needs)
    monkeypatch.chdir(tmp_path)
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert 0 < len(re.findall(r"  #$", text, re.MULTILINE)) <= 5
    text, count = re.subn(r"^(STEPS|EPOCHS) = .*$", rf"\1 = {steps}", text, flags=re.MULTILINE)
    assert count == 1
    text = re.sub(r"^EVERY = .*$", "EVERY = 10", text, flags=re.MULTILINE)
    exec(compile(text, f"{name}.py", "exec"), {"__name__": "__main__"})
    out = capsys.readouterr().out
    assert "not memorized by step" in out
    assert "something was not watched" not in out
