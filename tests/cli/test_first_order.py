"""``grokphase theory first-order``: both teachers, in words and as JSON, and what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grokphase import plotting
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


@pytest.mark.parametrize(
    ("teacher", "given", "events"),
    [
        ("polynomial", {}, ["here", "appears", "coexists", "vanishes"]),
        ("polynomial", {"ridge": 10.0}, ["here", "vanishes"]),  # where nothing jumps
        ("modular", {"ridge": 0.3}, ["here", "appears", "coexists"]),  # where there is only one
    ],
)
def test_every_event_has_its_curve_and_minima_that_are_stationary(
    capsys: pytest.CaptureFixture[str], teacher: Any, given: dict[str, Any], events: list[str]
) -> None:
    assert first_order(teacher, **given, output=JSON) == 0
    found = json.loads(capsys.readouterr().out)
    assert [curve["event"] for curve in found["curves"]] == events
    overlap = np.array(found["overlap"])
    for curve in found["curves"]:
        action = np.array(curve["action"])
        steepest = np.abs(np.gradient(action, overlap)).max()
        assert curve["minima"][0]["overlap"] == 0
        for place in curve["minima"]:
            value = np.interp(place["overlap"], overlap, action)
            assert value == pytest.approx(place["action"], abs=1e-3 * np.abs(action).max())
            if place["overlap"] > 0:
                slope = np.interp(place["overlap"], overlap, np.gradient(action, overlap))
                assert abs(slope) < 0.02 * steepest


def test_the_picture_marks_every_minimum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[Any] = []
    monkeypatch.setattr(plotting, "save_figure", lambda found, path: pages.append(found) or [path])
    first_order(out=tmp_path)
    (figure,) = pages
    assert len(figure.axes) == 2  # the barrier is enlarged
    for axes in figure.axes:
        marks = [line.get_gid() for line in axes.get_lines() if line.get_gid()]
        assert (marks.count("minimum"), marks.count("barrier")) == (8, 1)
        low, high = axes.get_ylim()
        assert low < 0 < high
    words = " ".join(text.get_text() for text in figure.legends[0].get_texts())
    assert all(said in words for said in ("appears", "coexistence", "0 stops", "barrier"))


def test_shares_add_up_where_all_neurons_are_specialised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert first_order(ridge=0.05) == 0
    assert "at 0\t0\t0\t0\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cubic": -1e9}, "up to 1.41"),
        ({"ridge": 1e-12}, "up to 1.41"),
        ({"neurons": 1}, "neurons = 1, fewer than 100"),
        ({"dimensions": 3}, "dimensions = 3, fewer than 20"),
    ],
)
def test_what_is_outside_of_the_range_is_said(
    capsys: pytest.CaptureFixture[str], given: dict[str, Any], said: str
) -> None:
    assert first_order(**given, output=JSON) == 0
    out, err = capsys.readouterr()
    assert said in err
    found = json.loads(out)
    assert any(said in sentence for sentence in found["outside"])
    assert "harmonics above the third" in found["valid"]


def test_usual_sizes_are_inside(capsys: pytest.CaptureFixture[str]) -> None:
    teachers: tuple[Any, ...] = ("polynomial", "modular")
    for teacher in teachers:
        assert first_order(teacher) == 0
    assert capsys.readouterr().err == ""


def test_options_of_the_other_teacher_are_refused() -> None:
    with pytest.raises(GrokphaseError, match="--samples is not of the modular teacher"):
        first_order("modular", samples=3000)
