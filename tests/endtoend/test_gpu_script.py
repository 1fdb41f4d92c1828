"""The benchmark of accelerators goes through on a CPU, and says so where there is no GPU."""

from __future__ import annotations

import sys

import pytest
from benchmarks import gpu


def test_without_a_gpu_it_says_so_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "has", lambda platform: False)
    monkeypatch.setattr(sys, "argv", ["gpu"])
    assert gpu.main() == 0
    assert capsys.readouterr().out.startswith("There is no GPU here")


@pytest.mark.slow
def test_many_runs_at_once_have_the_numbers_of_single_ones() -> None:
    toy, *_ = gpu.cases(small=True)
    found = gpu.measured([toy], seconds=0.1)
    assert found["toy"]["within"]
    assert found["toy"]["runs"] == toy.copies
    assert found["toy"]["steps_a_second_of_all"] > 0
