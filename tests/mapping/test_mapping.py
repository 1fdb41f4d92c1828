"""Maps that are really trained: the same runs however they are asked for."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase.mapping import planning
from grokphase.mapping.design import Design
from grokphase.mapping.maps import grid_of
from grokphase.mapping.planning import Plan, plan_of
from grokphase.phases import classify
from grokphase.store.record import leaves
from grokphase.training.problem import schedule_of
from grokphase.training.spec import RunSpec

X = "recipe.decoder.learning_rate=3e-4..3e-2:5:log"
Y = "recipe.decoder.weight_decay=0..8:5"
# Of the cells that comprehend, the slower one has no time left to hold its validation accuracy.
LEARNING: dict[str, Any] = {"embedding": gp.Group(1e-2), "steps": 1200, "sustain": 500}


def the_map(*, stop: Any = "decided", **options: Any) -> gp.PhaseMap:
    recipe = gp.Recipe(**LEARNING, stop=stop)
    chosen = {"x": X, "y": Y, **options}
    return gp.phase_map("addition", gp.Toy(widths=(24, 24)), recipe, **chosen)


def the_grid(x: str = X, y: str = Y, *, seeds: Any = 1, by: Any = "first-passage") -> Design:
    recipe = gp.Recipe(**LEARNING)
    spec = gp.run_spec("addition", gp.Toy(widths=(24, 24)), recipe)
    return grid_of(spec, x, y, seeds, by)


def the_plan(*, seeds: int = 1, **options: Any) -> Plan:
    return plan_of(the_grid(seeds=seeds), **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("maps") / "store"


@pytest.fixture(scope="module")
def exhaustive(folder: Path) -> gp.PhaseMap:
    return the_map(store=folder)


def test_every_cell_is_the_run_that_training_alone_gives(exhaustive: gp.PhaseMap) -> None:
    iy, ix = 1, 3
    recipe = gp.Recipe(
        **LEARNING,
        decoder=gp.Group(exhaustive.x.values[ix], exhaustive.y.values[iy]),
    )
    run = gp.train("addition", gp.Toy(widths=(24, 24)), recipe)
    assert exhaustive.runs[iy][ix] == (run.record.id,)
    assert exhaustive.phase[iy, ix] == run.phase
    expected = np.nan if run.record.train_step is None else run.record.train_step
    np.testing.assert_equal(exhaustive.train_step[iy, ix], expected)


def test_a_map_shows_more_than_one_phase(exhaustive: gp.PhaseMap) -> None:
    assert len(np.unique(exhaustive.phase)) >= 2
    assert exhaustive.measured.all()
    assert exhaustive.steps_trained <= 25 * 1200


def test_the_same_map_again_trains_nothing(exhaustive: gp.PhaseMap, folder: Path) -> None:
    seen: list[int] = []
    again = the_map(store=folder, on_progress=lambda progress: seen.append(progress.steps_done))
    assert max(seen) == 0
    assert again == exhaustive


def test_a_map_is_read_back_and_its_page_has_every_curve(
    exhaustive: gp.PhaseMap, tmp_path: Path
) -> None:
    read = gp.load(exhaustive.save(tmp_path / "phase-map.json"))
    assert read == exhaustive
    assert (read.x, read.y) == (exhaustive.x, exhaustive.y)
    assert exhaustive.steps_trained_by_seed.sum() == exhaustive.steps_trained
    pages = [found.report(tmp_path / "page.html").read_text() for found in (read, exhaustive)]
    assert pages[0] == pages[1]
    assert '"curves":{"measures"' in pages[0]


def test_a_map_without_a_store_keeps_its_curves_for_its_page(tmp_path: Path) -> None:
    tiny = gp.phase_map(
        "addition", gp.Toy(widths=(24, 24)), steps=20, x=f"{X[:-5]}2", y=f"{Y[:-1]}2"
    )
    assert [run.id for run in tiny.records] == [run for row in tiny.runs for (run,) in row]
    assert '"curves":{"measures"' in tiny.report(tmp_path / "page.html").read_text()
    assert dataclasses.replace(tiny, records=()) == tiny  # files do not hold them


def test_a_refined_map_runs_some_of_the_same_runs(exhaustive: gp.PhaseMap, folder: Path) -> None:
    refined = the_map(store=folder, refine=True)
    measured = refined.measured
    assert (~measured).any()  # else the rest says nothing
    assert (refined.phase == exhaustive.phase)[measured].all()
    assert np.isnan(refined.train_step[~measured]).all()
    for iy, ix in np.argwhere(measured):
        assert refined.runs[iy][ix] == exhaustive.runs[iy][ix]
    assert all(refined.runs[iy][ix] == () for iy, ix in np.argwhere(~measured))


@pytest.fixture(scope="module")
def sustained(folder: Path) -> gp.PhaseMap:
    return the_map(store=folder, stop="sustained", by="sustained")


def test_a_map_by_sustained_times_classifies_the_same_runs_by_them(
    sustained: gp.PhaseMap, folder: Path
) -> None:
    assert sustained.by == "sustained"
    first = the_map(store=folder, stop="sustained")
    assert (first.by, first.runs) == ("first-passage", sustained.runs)
    ids = [run for row in sustained.runs for cell in row for run in cell]
    with gp.Store.open(folder, read_only=True) as store:
        records = np.array(store.records(ids), dtype=object).reshape(sustained.shape)
    for cell, record in np.ndenumerate(records):
        times = record.train_sustained_step, record.validation_sustained_step
        assert first.phase[cell] == record.phase
        assert sustained.phase[cell] == classify(*times)
        for steps, time in zip(
            (sustained.train_step, sustained.validation_step), times, strict=True
        ):
            np.testing.assert_equal(steps[cell], np.nan if time is None else time)
    assert "comprehension" in sustained.phase
    assert (sustained.phase != first.phase).any()


def test_refinement_follows_the_borders_of_the_chosen_times(
    sustained: gp.PhaseMap, folder: Path
) -> None:
    refined = the_map(store=folder, stop="sustained", by="sustained", refine=True)
    assert refined.by == "sustained"
    assert (refined.phase == sustained.phase)[refined.measured].all()


def test_sustained_times_of_runs_that_are_not_followed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(gp.GrokphaseError, match=r"recipe\.stop=sustained"):
        the_map(by="sustained", store=tmp_path / "none")
    with pytest.raises(gp.GrokphaseError, match=r"recipe\.stop=sustained"):
        the_grid(by="sustained")
    with pytest.raises(gp.GrokphaseError, match=r"by = .*Did you mean"):
        the_map(by="first-pasage", store=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_seeds_are_runs_of_a_cell(exhaustive: gp.PhaseMap, folder: Path) -> None:
    both = the_map(store=folder, seeds=[58, 7], y="recipe.decoder.weight_decay=0,8")
    assert both.seeds == (58, 7)
    assert both.runs[0][0][0] == exhaustive.runs[0][0][0]
    assert both.phase_by_seed.shape == (2, 5, 2)
    shares = sum(both.phase_fractions.values())
    np.testing.assert_allclose(shares, 1.0)


@pytest.mark.slow
def test_axes_can_be_any_two_numbers(tmp_path: Path) -> None:
    found = gp.phase_map(
        "addition",
        gp.Toy(widths=(8,)),
        gp.Recipe(steps=50),
        x="task.p=4,5",
        y="split.fraction=0.7,0.72",  # as many samples, so that nothing is compiled twice
        store=tmp_path,
    )
    assert found.shape == (2, 2)
    specs = gp.Store.open(tmp_path, read_only=True).records([found.runs[1][1][0]])[0].spec
    assert (specs["task"]["p"], specs["split"]["fraction"]) == (5, 0.72)


def test_a_plan_counts_what_a_map_would_train(exhaustive: gp.PhaseMap, folder: Path) -> None:
    with gp.Store.open(folder) as store:
        plan = the_plan(seeds=2, store=store)
        assert the_plan(seeds=2, store=folder).existing == plan.existing  # beside the writer
    assert (plan.cells, plan.runs, plan.existing) == (25, 50, 25)
    assert plan.estimate_seconds > 0


def test_a_threshold_that_is_an_axis_is_no_threshold_of_the_map() -> None:
    found = the_map(x="recipe.thresholds.delay=10,1000", y="recipe.decoder.weight_decay=0,8")
    assert "delay" not in found.thresholds
    assert found.thresholds["train_accuracy"] == 0.9
    assert "delay" not in found.plot().axes[0].figure.texts[-1].get_text()


def test_seeds_that_cannot_pass_one_threshold_of_an_axis_are_named() -> None:
    spec = gp.run_spec("addition", gp.Toy(widths=(24, 24)), gp.Recipe(**LEARNING), seed=0)
    accuracy = "recipe.thresholds.validation_accuracy=0.5,0.9"
    (found,) = grid_of(spec, accuracy, Y, 1).notes
    assert "cannot exceed a validation accuracy of 0.9" in found.sentence


def test_a_plan_makes_no_store(tmp_path: Path) -> None:
    assert the_plan(store=tmp_path / "none").existing == 0
    assert not (tmp_path / "none").exists()


def test_a_plan_of_an_empty_folder_is_one_where_nothing_exists(tmp_path: Path) -> None:
    assert the_plan(store=tmp_path).existing == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("x", "y", "timed"),
    [
        (X, Y, [(24, 24)]),
        ("model.widths.0=8,16", Y, [(8, 24), (16, 24)]),
        ("model.widths.1=7,8", "model.widths.0=8,16", [(8, 7), (8, 8), (16, 7), (16, 8)]),
    ],
)
def test_a_plan_is_of_the_dearest_corner(
    x: str, y: str, timed: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of network at the corners is timed once; the largest counts."""
    seen = []

    def cost(run: RunSpec, _: object) -> planning._Cost:
        seen.append(run.model.widths)
        return planning._Cost(float(np.prod(seen[-1])), 0.0, sum(seen[-1]))

    monkeypatch.setattr(planning, "_cost", cost)
    monkeypatch.setattr(planning, "call", lambda job: job(None))
    plan = plan_of(the_grid(x, y), workers=1)
    assert seen == timed
    worker = planning.WORKER_BYTES + 3 * sum(timed[-1])
    assert plan.memory_bytes == planning.RUNTIME_BYTES + worker
    assert plan.estimate_seconds == plan.runs * LEARNING["steps"] * np.prod(timed[-1])


def test_a_plan_counts_measures_between_segments_at_the_rows_that_are_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long the run was that was timed: a short one has more rows a step."""
    monkeypatch.setattr(planning, "call", lambda job: planning._Cost(0.0, 2.0, 1))
    design = the_grid()
    rows = [len(schedule_of(spec.recipe)) for spec in design.all_specs()]
    assert plan_of(design, workers=1).estimate_seconds == 2 * sum(rows)


@pytest.mark.parametrize(
    ("x", "y", "seeds"),
    [
        (X, Y, 10**20),
        ("recipe.decoder.learning_rate=1..2:1001", "recipe.decoder.weight_decay=1..2:1000", 1),
        (X, Y, range(40_001)),
    ],
)
def test_a_map_of_too_many_runs_is_refused_before_any_is_specified(
    x: str, y: str, seeds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Design, "specs", None)
    with pytest.raises(gp.GrokphaseError, match="at most 1,000,000"):
        the_grid(x, y, seeds=seeds)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"x": "recipe.decoder.learnig_rate=1,2"}, "Did you mean"),
        ({"y": "seed=0..3:4"}, "seed cannot be an axis"),
        ({"y": X}, "two different"),
        ({"seeds": 0}, "1 or more"),
        ({"seeds": []}, "must be 1 or more"),
        ({"seeds": "12"}, "is no number of seeds"),
        ({"seeds": 2.0}, "is no number of seeds"),
        ({"seeds": [0.5, 1.5]}, "whole number"),
        ({"y": "split.count=40,60"}, "60"),
    ],
)
def test_what_cannot_be_mapped_is_refused_before_anything_is_stored(
    options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        the_map(store=tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()


def test_axes_that_set_the_same_thing_are_refused() -> None:
    with pytest.raises(gp.GrokphaseError, match="set the same thing"):
        the_map(x="split.fraction=0.5,0.6", y="split.count=30,40")


def test_values_that_only_inner_cells_have_are_checked_before_training() -> None:
    with pytest.raises(gp.GrokphaseError, match="whole number"):
        the_map(x="recipe.steps=2..5:3")
    with pytest.raises(gp.GrokphaseError, match="whole number"):
        the_map(x="model.widths.0=8..17:3")


# ---- what is shared, and what meets


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, Y),
        ("split.fraction=0.5,0.8", Y),  # in the place of a count
        ("split.count=30,45", "model.widths.1=8,16"),
        ("task.p=10,12", "recipe.steps=10,20"),  # with the digest of its table
        ("recipe.thresholds.delay=10,20", Y),
    ],
)
def test_settings_are_what_every_run_has(x: str, y: str) -> None:
    grid = the_grid(x, y)
    specs = [spec.spec() for cell in grid.cells() for spec in grid.specs(cell)]
    expected = set.intersection(*(set(leaves(spec)) for spec in specs))
    assert set(leaves(grid.settings)) == expected
    assert not {axis.name for axis in grid.axes} & set(dict(expected))
    assert grid.settings["seed"] == 58
    assert "seed" not in the_grid(x, y, seeds=2).settings


def test_thresholds_and_budget_of_a_map_are_those_of_every_run(exhaustive: gp.PhaseMap) -> None:
    assert exhaustive.budget == LEARNING["steps"]
    assert exhaustive.thresholds == exhaustive.settings["recipe"]["thresholds"]
    assert "decoder" in exhaustive.settings["recipe"]
    assert "learning_rate" not in exhaustive.settings["recipe"]["decoder"]


def test_runs_of_two_kinds_that_meet_are_told(
    exhaustive: gp.PhaseMap, folder: Path, tmp_path: Path
) -> None:
    """As in a store that was copied from another machine and goes on here."""
    assert not [note for note in exhaustive.notes if "kinds" in note.sentence]
    store = tmp_path / "store"
    shutil.copytree(folder, store)
    (run,) = exhaustive.runs[1][3]
    with gp.Store.open(store) as kept:
        record = kept.get(run)
        provenance = record.provenance | {"processor": "Another 9000", "python": "3.99"}
        kept.remove([run])
        kept.write([dataclasses.replace(record, provenance=provenance)])
    again = the_map(store=store)
    (said,) = (note.sentence for note in again.notes if "kinds" in note.sentence)
    assert said.startswith("Runs of 2 kinds meet, whose last bits may differ: 24 on ")
    assert "; 1 on Another 9000, jax " in said
    assert "python" not in said
    assert said in [note["sentence"] for note in again.to_json_dict()["notes"]]
