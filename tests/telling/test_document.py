"""A map that is written and read back is the same map; what is no map is told in a sentence."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.phases.test_phase_map import small

import grokphase as gp
from grokphase.errors import GrokphaseError
from grokphase.phases import PHASES, Axis, Note, PhaseMap
from grokphase.phases.sweep_result import SweepResult, example
from grokphase.telling.document import from_json
from grokphase.telling.saved import load

FULL = {
    "steps_trained": 123,
    "seconds": 4.5,
    "measure_seconds": 1.25,
    "settings": {
        "task": {"name": "addition", "widths": [8, 2]},
        "recipe": gp.Recipe(
            steps=500, measures=["null_dimension", gp.measure("first")(lambda run: 0.0)]
        ).spec(),
    },
    "budget": 500,
    "fixed": {"recipe.embedding.weight_decay": 0.0},
    "notes": (Note("Seed 58 cannot", ({"seed": 58, "reachable": 8},)), Note("Mixed kinds")),
    "thresholds": {"train_accuracy": 0.9, "rule": ">"},
    "by": "sustained",
    "store": Path("runs"),
    "figure": Path("a/map.png"),
    "report_path": Path("a/report.html"),
}


@st.composite
def maps(draw: st.DrawFn) -> PhaseMap:
    ny, nx, seeds = (draw(st.integers(low, 3)) for low in (2, 2, 1))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    log = draw(st.booleans())
    x = Axis.parse(f"split.fraction=0.1..0.7:{nx}{':log' * log}")
    y = Axis("task.p", tuple(draw(st.sampled_from([range(3, 3 + ny), np.arange(ny) / 3]))))

    def steps() -> np.ndarray:
        drawn = rng.integers(0, 10**6, (ny, nx, seeds)).astype(float)
        return np.where(rng.random(drawn.shape) < 0.4, np.nan, drawn)

    return PhaseMap.from_arrays(
        x,
        y,
        rng.choice(PHASES, (ny, nx, seeds)),
        steps(),
        steps(),
        steps_trained_by_seed=steps(),
        seconds_by_seed=rng.random((ny, nx, seeds)),
        measured=rng.random((ny, nx)) < 0.5,
        runs=[[[f"{i}{j}"] for j in range(nx)] for i in range(ny)],
        seeds=[int(seed) for seed in rng.choice(99, seeds, replace=False)],
        measures={"null_dimension": steps(), "first": np.where(steps() > 0, np.nan, np.inf)},
        **FULL,
    )


@settings(max_examples=30, deadline=None)
@given(maps())
def test_every_field_comes_back(found: PhaseMap) -> None:
    read = from_json(json.loads(json.dumps(found.to_json_dict())))
    assert read == found
    assert read.measures.keys() == found.measures.keys()
    for name, values in found.measures.items():
        number = np.where(np.isfinite(values), values, np.nan)  # JSON has no other
        np.testing.assert_array_equal(read.measures[name], number)
    for field in dataclasses.fields(PhaseMap):
        one, two = getattr(found, field.name), getattr(read, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype.kind == two.dtype.kind
            np.testing.assert_array_equal(one, two)
        elif field.name != "measures":
            assert one == two, field.name
            assert type(one) is type(two), field.name
    for one, two in ((found.x, read.x), (found.y, read.y)):
        assert [*map(type, one.values)] == [*map(type, two.values)]


def test_maps_that_differ_are_not_equal() -> None:
    assert small() == small()
    assert small(budget=5) != small(budget=6)
    later = dataclasses.replace(small(), phase_by_seed=np.full((3, 4, 3), PHASES[0]))
    assert small() != later
    assert small() != "a map"


def test_tuples_in_settings_are_the_lists_that_json_makes_of_them(tmp_path: Path) -> None:
    found = small(settings={"layers": (8, {"inner": (2, 3)})})
    assert gp.load(found.save(tmp_path / "map.json")) == found


def test_a_file_is_saved_whole_and_loaded(tmp_path: Path) -> None:
    path = small(**FULL).save(tmp_path / "new" / "map.json")
    assert gp.load(path) == small(**FULL)
    assert [file.name for file in path.parent.iterdir()] == ["map.json"]


def changed(**changes: Any) -> str:
    return json.dumps({**small().to_json_dict(), "command": "grokphase map ...", **changes})


def without(name: str) -> str:
    return json.dumps({k: v for k, v in small().to_json_dict().items() if k != name})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no JSON"),
        ("[1]", "holds no map"),
        ('{"columns": []}', "holds no map"),
        (without("format"), "of an older grokphase"),
        (changed(format=99), "takes a newer one"),
        (without("by_seed"), "is damaged: it lacks 'by_seed'"),
        (without("notes"), "is damaged: it lacks 'notes'"),
        (changed(seeds=[1]), r"is damaged: .*shape.*: grokphase map \.\.\."),
        (changed(axes={}), "is damaged"),
        (changed(axes=7), "is damaged"),
        (changed(notes=[3]), "is damaged"),
        (changed(by="luck"), "is damaged"),
    ],
)
def test_what_is_no_map_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(text)
    with pytest.raises(GrokphaseError, match=told) as caught:
        gp.load(path)
    assert "\n" not in str(caught.value)


def test_a_path_that_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(GrokphaseError, match="no such file"):
        gp.load(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    with pytest.raises(GrokphaseError, match="no JSON"):
        gp.load(tmp_path / "bytes.json")
    small().save(tmp_path / "phase-map.json")
    with pytest.raises(GrokphaseError, match=r'give ".*phase-map.json"'):
        gp.load(tmp_path)
    with pytest.raises(GrokphaseError, match=r'write "map.json"'):
        small().save("map.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(GrokphaseError, match="was not written"):
        small().save(tmp_path / "file" / "map.json")


def test_a_map_that_was_read_knows_what_was_censored(tmp_path: Path) -> None:
    """Steps that were not reached, a delay that is none, and a cell that was not run."""
    x, y = Axis("split.fraction", (0.5, 0.8)), Axis("task.p", (5, 7))
    nan, inf = np.nan, np.inf
    train = np.array([[[[9, 8, 9]], [[90, 90, inf]]], [[[9, 8, 9]], [[nan] * 3]]])
    delay = np.array([[[[5, 4, 5]], [[nan] * 3]], [[[81, 81, inf]], [[nan] * 3]]])
    found = [["memorization", "confusion"], ["memorization", "confusion"]]
    none = np.full((2, 2), nan)
    map_ = PhaseMap.from_arrays(
        x,
        y,
        found,
        none,
        none,
        intervals={"train": train, "delay": delay},
        runs=[[["a"], ["b"]], [["c"], []]],
    )
    again = load(map_.save(tmp_path / "phase-map.json"))
    for of in ("train", "delay"):
        np.testing.assert_array_equal(again.intervals[of], map_.intervals[of])
        assert again.survival(of).medians() == map_.survival(of).medians()
    assert "Infinity" not in (tmp_path / "phase-map.json").read_text()


def test_a_sweep_is_saved_whole_and_loaded(tmp_path: Path) -> None:
    """Field by field, with what was censored and what was never known."""
    last = {"train_loss": np.array([[0.5, math.nan, 2.0], [1.0, 0.25, 0.125]])}
    found = dataclasses.replace(
        example(), notes=FULL["notes"], measures=last, store=Path("runs"), by="sustained"
    )
    read = gp.load(found.save(tmp_path / "sweep.json"))
    assert isinstance(read, SweepResult)
    assert read == found
    assert read != dataclasses.replace(found, budget=999)
    assert read != "a sweep"
    np.testing.assert_array_equal(read.measures["train_loss"], last["train_loss"])
    for field in dataclasses.fields(SweepResult):
        one, two = getattr(found, field.name), getattr(read, field.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, two)
        elif field.name not in ("intervals", "measures"):
            assert one == two, field.name
    assert found.intervals.keys() == read.intervals.keys()
    for of, times in found.intervals.items():
        np.testing.assert_array_equal(times, read.intervals[of])
    assert read.to_json_dict() == found.to_json_dict()
    with pytest.raises(GrokphaseError, match=r'give ".*sweep.json"'):
        gp.load(tmp_path)


def test_a_damaged_sweep_is_told_in_a_sentence(tmp_path: Path) -> None:
    whole = example().to_json_dict()
    path = tmp_path / "sweep.json"
    for changed, told in (
        ({name: whole[name] for name in whole if name != "seeds"}, "it lacks 'seeds'"),
        (whole | {"runs": whole["runs"][:-1]}, "is damaged: cannot reshape"),
        (whole | {"format": 9}, "takes a newer one"),
    ):
        path.write_text(json.dumps(changed))
        with pytest.raises(GrokphaseError, match=told):
            gp.load(path)
