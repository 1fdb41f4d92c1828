"""Sweeps that are really trained, over one axis, two and three: each run once, whoever asks."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase.phases.summary import wilson
from grokphase.phases.sweep_result import SweepResult, example
from grokphase.telling.captions import sweep_caption
from grokphase.telling.sweep_tables import columns, from_json
from grokphase.training import sweep as training_sweep

RATE = "recipe.decoder.learning_rate=1e-3,1e-2,3e-2"
DECAY = "recipe.weight_decay=0,8"
WORDS = "model.activation=tanh,relu"
RECIPE = gp.Recipe(embedding=gp.Group(1e-2), steps=300)


def the_sweep(over: Any, seeds: Any = 2, **options: Any) -> Any:
    return gp.sweep("addition", gp.Toy(widths=(24, 24)), RECIPE, over=over, seeds=seeds, **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sweeps") / "store"


@pytest.fixture(scope="module")
def one(folder: Path) -> SweepResult:
    return the_sweep(RATE, store=folder)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of all runs that are trained from here on."""
    ids: list[str] = []
    crew = training_sweep.Crew

    def watched(specs: Any, *rest: Any, **more: Any) -> Any:
        ids.extend(spec.id for spec in specs)
        return crew(specs, *rest, **more)

    monkeypatch.setattr(training_sweep, "Crew", watched)
    return ids


def test_longer_axes_and_more_seeds_train_what_is_missing_alone(
    one: SweepResult, folder: Path, trained: list[str]
) -> None:
    the_sweep(RATE, store=folder)
    assert trained == []
    more = the_sweep(f"{RATE},0.1", seeds=3, store=folder)
    assert more.runs.shape == (4, 3)
    assert sorted(trained) == sorted({*more.runs.ravel()} - {*one.runs.ravel()})
    assert len(trained) == 12 - 6
    np.testing.assert_array_equal(more.runs[:3, :2], one.runs)
    np.testing.assert_array_equal(more.train_step_by_seed[:3, :2], one.train_step_by_seed)


def test_a_sweep_of_one_axis_holds_what_its_records_say(one: SweepResult, folder: Path) -> None:
    with gp.Store.open(folder, read_only=True) as store:
        for setting, cell in one.cells():
            for at, record in enumerate(store.records(one.runs[cell].tolist())):
                assert record.seed == one.seeds[at]
                rate = record.spec["recipe"]["decoder"]["learning_rate"]
                assert [rate] == [*setting.values()]
                for steps, seen in (
                    (one.train_step_by_seed, record.train_step),
                    (one.validation_step_by_seed, record.validation_step),
                ):
                    np.testing.assert_equal(steps[(*cell, at)], math.nan if seen is None else seen)
                time, lower, upper = one.intervals["validation"][(*cell, at)]
                if record.validation_step is None:
                    assert (time, lower, upper) == (record.steps_trained, time, math.inf)
                else:
                    assert (time, upper) == (record.validation_step,) * 2
                    assert lower == upper - 1  # every step is evaluated
    assert len({*one.runs.ravel()}) == 6
    table = columns(one)
    assert {len(column) for column in table.values()} == {6}
    share = sum(row["share"] * row["runs"] for row in one.summary())
    assert share == np.isin(one.phase_by_seed, ("comprehension", "grokking")).sum()


def test_a_sweep_of_two_axes_is_the_map(folder: Path, trained: list[str]) -> None:
    found = the_sweep([RATE, DECAY], store=folder)
    first = len(trained)
    rate, decay = RATE, DECAY
    drawn = gp.phase_map(
        "addition", gp.Toy(widths=(24, 24)), RECIPE, x=rate, y=decay, seeds=2, store=folder
    )
    assert len(trained) == first
    assert isinstance(found, gp.PhaseMap)
    assert found.to_json_dict() == drawn.to_json_dict()
    assert found.survival("train").runs.shape == (2, 3, 2)


@pytest.mark.slow
def test_three_axes_are_a_map_for_each_value_of_the_third(folder: Path) -> None:
    found = the_sweep([RATE, DECAY, WORDS], store=folder)
    assert found.shape == (3, 2, 2)
    facets = [*found.facets()]
    assert [setting for setting, _ in facets] == [
        {"model.activation": "tanh"},
        {"model.activation": "relu"},
    ]
    both = the_sweep([RATE, DECAY], store=folder)
    np.testing.assert_array_equal(facets[0][1].phase_by_seed, both.phase_by_seed)
    assert facets[0][1].runs == both.runs
    assert len({*found.runs.ravel()}) == 24
    assert len(found.summary()) == 12
    assert {*columns(found)} >= {"model.activation", "recipe.weight_decay", "seed", "delay"}


def test_a_call_with_a_store_leaves_one_record_of_its_sweep(folder: Path) -> None:
    the_sweep(WORDS, store=folder)
    found = the_sweep(WORDS, store=folder)
    with gp.Store.open(folder, read_only=True) as store:
        mine = [each for each in store.sweeps() if "model.activation" in str(each["spec"])]
        mine = [each for each in mine if len(each["spec"]["axes"]) == 1]
        (record,) = mine
        assert record["id"].startswith("sweep-addition-")
        assert record["finished"] is not None
        assert WORDS in record["command"]
        kept = [run["id"] for run in store.runs(1000, sweep=record["id"])]
        assert sorted(kept) == sorted(found.runs.ravel())
        assert record["spec"]["axes"] == {"model.activation": ["tanh", "relu"]}
        assert sum(each["id"].startswith("map-") for each in store.sweeps()) <= 1


def test_nothing_is_inferred_between_two_words(folder: Path) -> None:
    found = gp.phase_map(
        "addition",
        gp.Toy(widths=(24, 24)),
        RECIPE,
        x=WORDS,
        y="recipe.weight_decay=0..8:9",
        refine=True,
        store=folder,
    )
    assert found.measured[[0, -1]].all()  # the ends of each word's own line
    assert not found.measured.all()
    with pytest.raises(gp.GrokphaseError, match="have no order"):
        found.borders("x")
    assert found.borders("y").across.name == "model.activation"
    assert "columns: tanh, relu" in repr(found)
    assert "relu</text>" in found._repr_html_()


def test_a_sweep_is_reported_and_saved_as_a_map_is(one: SweepResult, tmp_path: Path) -> None:
    assert "Not recorded" not in one.report(tmp_path / "new" / "page.html").read_text()
    path = one.save(tmp_path / "sweep.json")
    assert json.loads(path.read_text()) == one.to_json_dict()
    measured = dataclasses.replace(one, measure_seconds=1.25).to_json_dict()
    assert from_json(measured).measure_seconds == measured["measure_seconds"] == 1.25
    with pytest.raises(gp.GrokphaseError, match=r'page: write ".*page\.html"'):
        one.report(tmp_path / "page.pdf")
    with pytest.raises(gp.GrokphaseError, match=r"A sweep is saved as \.json"):
        one.save(tmp_path / "sweep.txt")
    table = columns(one)
    assert table["steps_trained"].sum() == one.steps_trained
    assert table["seconds"].sum() == pytest.approx(one.seconds)
    assert {*table["budget"]} == {300}
    budgets = dataclasses.replace(example(), axes=(gp.Axis("recipe.steps", (100, 200)),))
    assert columns(budgets)["budget"].tolist() == [100] * 3 + [200] * 3


def test_failed_runs_are_counted_and_said_but_are_no_evidence() -> None:
    base = example()
    phases = base.phase_by_seed.astype("<U16")
    phases[0, 1:], phases[1] = "failed", "failed"
    found = dataclasses.replace(base, phase_by_seed=phases)
    first, second = found.summary()
    assert (first["runs"], first["failed"], first["share"]) == (3, 2, 1)
    assert (first["share_low"], first["share_high"]) == wilson(1, 1)
    assert (first["validation_median"], first["validation_reached"]) == (900, 1)
    assert (second["failed"], second["share"], second["train_median"]) == (3, None, None)
    assert found.phase.tolist() == ["comprehension", "failed"]
    text = repr(found)
    assert "2 of 3 failed" in text
    assert "3 of 3 failed" in text
    assert "coverage 0%," in text
    assert found.to_json_dict()["summary"][1]["share"] is None
    assert "coverage 75%" in repr(base)
    assert "leave out runs that failed" in sweep_caption(found)
    assert "leave out runs that failed" not in sweep_caption(base)


def test_the_interval_of_a_share_is_wilsons() -> None:
    z, k, n = 1.959963984540054, 3, 5
    middle, half = (
        (k + z * z / 2) / (n + z * z),
        z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4),
    )
    np.testing.assert_allclose(wilson(k, n), (middle - half, middle + half), rtol=1e-12)
    assert wilson(0, 5)[0] == 0
    assert wilson(5, 5)[1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("over", "options", "said"),
    [
        ([], {}, "needs something to vary"),
        ("recipe.steps=10,20", {"steps": 5}, "what an axis varies"),
        ([RATE, RATE], {}, "two different ones"),
        ([RATE, DECAY, RATE], {}, "an axis twice"),
        (DECAY, {"seeds": [1, 1]}, "twice"),
        (DECAY, {"seeds": 0}, "1 or more"),
        ("model.activation=1,2", {}, "is a word"),
        ("recipe.momentum=0,1", {}, "nothing that can be set"),
    ],
)
def test_what_is_no_sweep_is_refused_before_anything_is_stored(
    over: Any, options: Any, said: str, tmp_path: Path
) -> None:
    recipe = gp.Recipe() if "steps" in options else RECIPE
    with pytest.raises(gp.GrokphaseError, match=said):
        gp.sweep("addition", None, recipe, over=over, store=tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()


def test_what_runs_measured_last_is_a_column_as_in_a_map(one: SweepResult, folder: Path) -> None:
    with gp.Store.open(folder, read_only=True) as store:
        last = [store.get(run).final["weight_norm"] for run in one.runs.ravel()]
    assert columns(one)["final_weight_norm"].tolist() == last
    assert one.to_json_dict()["runs"][0]["final_weight_norm"] == last[0]
