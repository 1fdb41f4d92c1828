"""Phase maps of the paper: what a figure holds, how it goes on, and what its claims see in it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from tests.plotting.fakes import made_up_map

from grokphase.phases import Axis, PhaseMap
from grokphase.studies.figure import FigureResult, plain
from grokphase.studies.liu2022 import maps
from grokphase.studies.liu2022.map_claims import CLAIMS, Diagram, grokking_between
from grokphase.studies.work import Work
from grokphase.training.leaves import replace

PANELS = {panel.id: panel for panel in maps.PANELS}
CLAIM = {claim.id: claim for claim in CLAIMS}
RATES = (1e-4, 1e-3, 1e-2, 1e-1)
MEMORIZES = "capable-decoder-memorizes-b"


LATE, SOON = 9000, 500


def data_of(*rows_by_seed: list[str], y: tuple[float, ...] = (), late: str = "G") -> dict[str, Any]:
    """Data of a figure from letters, rows from the least y on; phases in `late` come late."""
    shape = len(rows_by_seed[0]), len(rows_by_seed[0][0])
    x = Axis("recipe.decoder.learning_rate", RATES[: shape[1]], "log")
    up = Axis("recipe.decoder.weight_decay", y or tuple(range(shape[0])), "linear")
    none = [[None] * shape[1]] * shape[0]
    return {
        **maps.described(x, up),
        "maps": [
            {
                "seed": seed,
                "base": "",
                "phase": rows,
                "train_step": none,
                "validation_step": [
                    [
                        {"C": SOON, "G": SOON}.get(one) and (LATE if one in late else SOON)
                        for one in row
                    ]
                    for row in rows
                ],
                "measured": ["1" * shape[1]] * shape[0],
                "steps_trained": 7,
                "seconds": 0.5,
            }
            for seed, rows in enumerate(rows_by_seed)
        ],
    }


def verdict_of(claim: str, *rows_by_seed: list[str], y: tuple[float, ...] = ()) -> str:
    """The verdict of a claim on these maps, each taken as five seeds' if there is one."""
    seeds = rows_by_seed * 5 if len(rows_by_seed) == 1 else rows_by_seed
    return CLAIM[claim].measure({CLAIM[claim].needs[0]: data_of(*seeds, y=y)}).verdict


# Rows from the least y up.
ORDERED = ["CGMM", "CGMM", "CGMX", "CGXX"]
TOUCHING = ["GCMM", "GCMM", "GCMX", "GCXX"]
SPOTTED = ["CMCM", "GGMM", "CMGX", "MCGC"]
LARGE_BATCH = ["GMMM", "GMMM", "GCMM", "CCMM"]
SMALL_SCALE = ["CCCM", "CCMM", "CMMM"]

# A claim of each kind, a map in which it holds, and one in which it does not.
HOLDS_AND_FAILS = [
    ("fast-decoder-memorizes", ["GCMM"] * 4, ["GCMG"] * 4),
    ("slow-decoder-generalizes-late", ["GCMM"] * 4, ["CGMM"] * 4),
    ("slow-decoder-generalizes-late", ["GCMM"] * 4, ["CCMM", "CCMM", "CCMM", "MGMM"]),
    ("comprehension-needs-fast-representation", ["MMMM", "CMMM", "GCMM"], ["CMMM", "GCMM"]),
    ("comprehension-needs-not-too-fast-representation", ["MMMM", "CMMM", "GCMM"], ["GMMM", "CMMM"]),
    ("four-phases-b", ORDERED, ["GCMM"] * 4),
    (MEMORIZES, ORDERED, ["CGMX"] * 4),
    ("simple-decoder-confuses-c", ORDERED, ["CGMM"] * 4),
    ("grokking-between-d", ORDERED, TOUCHING),
    ("memorization-borders-grokking-b", ORDERED, TOUCHING),
    ("large-batch-comprehends-regression", LARGE_BATCH, ["GCMM"] * 4),
    ("small-batch-groks-regression", LARGE_BATCH, ORDERED),
    ("small-batch-harms-classification", LARGE_BATCH, LARGE_BATCH[::-1]),
    ("small-initialization-comprehends-regression", SMALL_SCALE, ["CMMM"] * 3),
    ("small-initialization-helps-classification", SMALL_SCALE, SMALL_SCALE[::-1]),
    ("embedding-decay-matters-little-regression", ["GCMM"] * 4, SPOTTED),
]


@pytest.mark.parametrize(("claim", "holding", "failing"), HOLDS_AND_FAILS)
def test_claims_hold_and_fail(claim: str, holding: list[str], failing: list[str]):
    # In Figure 6 (a) y is a rate as well, here from the same value on as x.
    rates = RATES if CLAIM[claim].needs == ("fig6a",) else ()
    assert verdict_of(claim, holding, y=rates[: len(holding)]) == "holds"
    assert verdict_of(claim, failing, y=rates[: len(failing)]) == "fails"


def test_one_seed_decides_nothing_and_says_so():
    found = CLAIM[MEMORIZES].measure({"fig6b": data_of(ORDERED)})
    assert (found.verdict, found.value, found.seeds) == ("inconclusive", 1.0, 1)
    assert "One seed decides nothing" in found.note


def test_seeds_that_disagree_are_inconclusive():
    assert verdict_of(MEMORIZES, *[ORDERED] * 3, *[["CGMX"] * 4] * 2) == "inconclusive"


def test_maps_without_what_a_claim_is_about_say_nothing():
    assert verdict_of("grokking-between-d", ["CCCC"] * 4) == "inconclusive"
    rows = [ORDERED] * 5 + [["CCCC"] * 4] * 5
    assert verdict_of("grokking-between-d", *rows) == "holds"


def test_a_corner_of_an_irregular_grid_is_read_in_two_ways():
    """Half of the corner's rows are confused: of decays up to 200 only the outermost row is."""
    rows = ["CGMM"] * 6 + ["CGMM", "XXXX"]  # X is confusion
    found = CLAIM["simple-decoder-confuses-d"].measure({"fig6d": data_of(*[rows] * 5)})
    assert (found.value, found.verdict) == (0.0, "inconclusive")
    assert "The second reading: holds" in found.note
    assert verdict_of("simple-decoder-confuses-c", rows) == "fails"


def test_a_late_corner_may_comprehend():
    """Generalization is late by its step, whatever the delay since the training accuracy."""
    claim = CLAIM["slow-decoder-generalizes-late"]
    data = data_of(*[["GGMM", "GGMM", "GGMM", "CGMM"]] * 5, y=RATES, late="C")
    assert claim.measure({"fig6a": data}).verdict == "holds"


def test_grokking_between_is_the_same_seen_from_the_other_side():
    phase = np.array([list(row) for row in SPOTTED])
    axis = np.arange(4.0)
    values = {
        grokking_between(Diagram(axis, axis, turned, np.ones((4, 4))))
        for turned in (phase, phase.T, phase[::-1], phase[:, ::-1])
    }
    assert len(values) == 1


def test_paper_scale_is_the_run_of_the_command_line():
    """Cells have the ids of `grokphase map` with the same axes, so that stores are shared."""
    import grokphase as gp

    for id, task in (
        ("fig6b", gp.task("addition", p=10)),
        ("fig6d", gp.task("S3", target="regression")),
    ):
        assert PANELS[id].base("paper", 3).id == gp.run_spec(task, seed=3).id


@pytest.mark.parametrize("id", ["fig6a", "fig6c", "fig6d", "fig13b"])
def test_seeds_can_generalize(id: str):
    from grokphase.training.reach import reach

    bases = PANELS[id].bases("paper")
    assert len(bases) == PANELS[id].seeds["paper"]
    assert all(reach(base).enough for base in bases)


@dataclasses.dataclass
class Drawn(Work):
    """Work whose maps are made up, and counted."""

    mapped: list[int] = dataclasses.field(default_factory=list)

    def map(self, base: Any, x: Any, y: Any, seed: int) -> PhaseMap:
        self.mapped.append(seed)
        made_up = made_up_map(x.size, y.size, inferred=True)
        found = dataclasses.replace(made_up, x=x, y=y, seeds=(seed,), seconds=2.0)
        self.count(int(found.measured.sum()), found.steps_trained, found.seconds)
        return found


def kept_as_json(data: Any) -> Any:
    return json.loads(json.dumps(plain(data)))


def test_a_result_goes_on_where_it_was():
    panel = PANELS["fig6b"]
    whole = Drawn("quick")
    data = kept_as_json(maps.compute(panel, whole))
    assert whole.mapped == [entry["seed"] for entry in data["maps"]] == [58, 59, 61]
    again = Drawn("quick", previous={**data, "maps": data["maps"][1:2]})
    assert kept_as_json(maps.compute(panel, again)) == data
    assert again.mapped == [58, 61]
    assert (again.runs, again.steps, again.training_seconds) == (
        whole.runs,
        whole.steps,
        whole.training_seconds,
    )


def test_seeds_beyond_those_planned_are_kept():
    panel = PANELS["fig13a"]
    data = kept_as_json(maps.compute(panel, Drawn("quick")))
    more = {**data["maps"][0], "seed": 59, "base": panel.base("quick", 59).id}
    work = Drawn("quick", previous={**data, "maps": [more]})
    assert [entry["seed"] for entry in maps.compute(panel, work)["maps"]] == [58, 59]


@pytest.mark.parametrize("other", ["axes", "runs"])
def test_maps_of_other_runs_are_not_taken(other: str):
    panel = PANELS["fig13a"]
    data = kept_as_json(maps.compute(panel, Drawn("quick")))
    if other == "axes":
        data["y"]["values"][0] += 1
    else:
        data["maps"][0]["base"] = replace(panel.base("quick", 58), "recipe.steps", 5).id
    work = Drawn("quick", previous=data)
    maps.compute(panel, work)
    assert work.mapped == [58]


@pytest.mark.parametrize(("id", "seeds"), [("fig6b", 3), ("fig15b", 1), ("fig6a", 7)])
def test_drawing_says_what_is_there(id: str, seeds: int):
    panel, figure = PANELS[id], next(figure for figure in maps.FIGURES if figure.id == id)
    work = Drawn("paper")
    x, y = panel.axes("quick")
    entries = [
        {**maps.entry_of(panel.base("paper", seed), work.map(None, x, y, seed)), "seed": seed}
        for seed in range(seeds)
    ]
    data = kept_as_json({**maps.described(x, y), "maps": entries})
    result = FigureResult(
        "liu2022",
        id,
        "paper",
        panel.settings("paper"),
        data,
        work.runs,
        work.steps,
        1.0,
        "",
        "",
        "",
    )
    picture = figure.draw(result)
    picture.canvas.draw()
    assert picture._suptitle.get_window_extent().x1 < picture.bbox.x1
    caption = " ".join(picture.get_supxlabel().split())
    many = panel.seeds["paper"]
    assert (f"{seeds} of {many} seeds" in caption) == (seeds < many)
    assert f"{work.runs:,} of {seeds * x.size * y.size:,} cells run" in caption
    shown = [axes for axes in picture.axes if axes.axison and axes.get_label() != "<colorbar>"]
    assert len(shown) == (2 if seeds == 1 else 1 + seeds)
    assert all(axes.yaxis_inverted() == panel.downwards for axes in shown)


@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_settings_name_seeds_and_budget(scale: Any):
    for figure in maps.FIGURES:
        sentence = figure.settings[scale]
        assert ("10,000" in sentence) == (scale == "quick") or "100,000" in sentence
        assert "censored" in sentence or scale == "paper"
