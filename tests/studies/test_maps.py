"""Phase maps: what a figure holds, how it goes on, and what claims see in the map of each seed."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.plotting.fakes import made_up_map
from tests.studies.results import measured

from grokphase import studies
from grokphase.phases import Axis, PhaseMap
from grokphase.phases.classify import COMPREHENSION, CONFUSION, GROKKING, MEMORIZATION
from grokphase.phases.letters import from_letters
from grokphase.plain import plain
from grokphase.studies import map_statistics, maps
from grokphase.studies.drawing import caption
from grokphase.studies.kept import kept
from grokphase.studies.liu2022.maps import bases, published_map
from grokphase.studies.work import Work
from grokphase.training.leaves import replace

FIGURES = {figure.id: figure for figure in studies.study("liu2022").figures if figure.maps}
RATES = tuple(10.0**k for k in range(-8, 0))
MEMORIZES = "capable-decoder-memorizes-b"

LATE, SOON = 9000, 500


def data_of(*rows_by_seed: list[str], y: tuple[float, ...] = (), late: str = "G") -> dict[str, Any]:
    """Data of a figure from letters, rows from the least y on; phases in `late` come late."""
    shape = len(rows_by_seed[0]), len(rows_by_seed[0][0])
    x = Axis("recipe.decoder.learning_rate", RATES[: shape[1]], "log")
    up = Axis("recipe.decoder.weight_decay", y or tuple(range(shape[0])), "linear")
    none = [[None] * shape[1]] * shape[0]
    return {
        **{name: plain(dataclasses.asdict(axis)) for name, axis in (("x", x), ("y", up))},
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
    return measured(claim, data_of(*seeds, y=y)).verdict


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
    (chosen,) = studies.study("liu2022").select_claims(claim)
    # In Figure 6 (a) y is a rate as well, here from the same value on as x.
    rates = RATES if chosen.needs == ("fig6a",) else ()
    assert verdict_of(claim, holding, y=rates[: len(holding)]) == "holds"
    assert verdict_of(claim, failing, y=rates[: len(failing)]) == "fails"


def test_one_seed_decides_nothing():
    found = measured(MEMORIZES, data_of(ORDERED))
    assert (found.verdict, found.value, found.seeds) == ("inconclusive", 1.0, 1)
    assert "Share of the corner, by seed: 0: 1." in found.note


def test_what_was_run_at_the_papers_own_scale_is_judged():
    study = studies.study("liu2022")
    (claim,) = study.select_claims("small-batch-groks-regression")
    quick, paper = (studies.entry_of(study, claim, scale, None) for scale in studies.SCALES)
    assert (paper.verdict, paper.measured, paper.seeds) == ("inconclusive", 0.0, 1)
    assert quick.verdict == "not run"
    assert "1 seed, too few" in quick.note


def test_maps_without_what_a_claim_is_about_say_nothing():
    assert verdict_of("grokking-between-d", ["CCCC"] * 4) == "inconclusive"
    rows = [ORDERED] * 5 + [["CCCC"] * 4] * 5
    found = measured("grokking-between-d", data_of(*rows))
    assert (found.verdict, found.seeds) == ("holds", 10)
    assert found.note.startswith("5 of 5 runs")
    assert "9: none" in found.note


def test_a_corner_of_an_irregular_grid_is_read_in_two_ways():
    """Half of the corner's rows are confused: of decays up to 200 only the outermost row is."""
    rows = ["CGMM"] * 6 + ["CGMM", "XXXX"]  # X is confusion
    found = measured("simple-decoder-confuses-d", data_of(*[rows] * 5))
    assert (found.value, found.verdict) == (0.0, "inconclusive")
    assert "The second reading: holds" in found.note
    assert verdict_of("simple-decoder-confuses-c", rows) == "fails"


def test_a_late_corner_may_comprehend():
    """Generalization is late by its step, whatever the delay since the training accuracy."""
    data = data_of(*[["GGMM", "GGMM", "GGMM", "CGMM"]] * 5, y=RATES[:4], late="C")
    assert measured("slow-decoder-generalizes-late", data).verdict == "holds"


def map_of(rows: list[str]) -> PhaseMap:
    data = data_of(rows)
    return from_letters(data["x"], data["y"], data["maps"])


def test_statistics_count_cells():
    found = map_of(ORDERED)
    assert map_statistics.phases_present(found) == 4
    assert map_statistics.unlike_their_column(found) == 3 / 16
    assert map_statistics.comprehension_at_low_y(found) == 1 / 4
    for phase, share in ((CONFUSION, 1), (MEMORIZATION, 0)):
        assert map_statistics.corner_share(found, phase, high=True, right=True) == share


def test_grokking_is_between_or_beside():
    found = map_of(["CGMM", "CCMM"])
    # Each row has a passage; of the two borders with memorization one is with grokking.
    assert map_statistics.passages_through_grokking(found) == 1 / 2
    assert map_statistics.borders_with_grokking(found) == 1 / 2


def test_what_is_between_is_the_same_seen_from_the_other_side():
    turned = [SPOTTED, SPOTTED[::-1], [row[::-1] for row in SPOTTED]]
    turned.append(["".join(column) for column in zip(*SPOTTED, strict=True)])
    found = {map_statistics.passages_through_grokking(map_of(rows)) for rows in turned}
    assert len(found) == 1


def test_every_corner_has_its_columns():
    letters = {COMPREHENSION: "C", GROKKING: "G", MEMORIZATION: "M", CONFUSION: "X"}
    for up, across in (("low", "left"), ("low", "right"), ("high", "left"), ("high", "right")):
        for phase, letter in letters.items():
            rows = np.full((8, 8), "C" if letter != "C" else "M")
            edge = rows[-1:] if up == "high" else rows[:1]
            half = edge[:, 4:] if across == "right" else edge[:, :4]
            half[...] = letter  # the outermost row, and half of the corner
            data = data_of(["".join(row) for row in rows])
            table = map_statistics.of_each_seed({"one": data})
            assert table[f"{phase}_{up}_{across}"] == [0.5]
            assert table[f"{phase}_{up}_{across}_edge"] == [1.0]


def test_paper_scale_is_the_run_of_the_command_line():
    """Cells have the ids of `grokphase map` with the same axes, so that stores are shared."""
    import grokphase as gp

    for id, task in (
        ("fig6b", gp.task("addition", p=10)),
        ("fig6d", gp.task("S3", target="regression")),
    ):
        first = bases(FIGURES[id].settings["paper"])[0]
        assert first.id == gp.run_spec(task, seed=first.seed).id


@pytest.mark.parametrize("id", ["fig6a", "fig6c", "fig6d", "fig13b"])
def test_seeds_can_generalize(id: str):
    from grokphase.training.reach import reach

    settings = FIGURES[id].settings["paper"]
    found = bases(settings)
    assert len(found) == settings["seeds"]
    assert all(reach(base).enough for base in found)


@dataclasses.dataclass
class Drawn(Work):
    """Work whose maps are made up, and counted."""

    mapped: list[int] = dataclasses.field(default_factory=list)

    def map(self, design: Any) -> PhaseMap:
        base, (y, x) = design.base, design.axes
        self.mapped.append(base.seed)
        made_up = made_up_map(x.size, y.size, inferred=True)
        found = dataclasses.replace(made_up, x=x, y=y, seeds=(base.seed,), seconds=2.0)
        self.count(int(found.measured.sum()), found.steps_trained, found.seconds)
        return found


def computed(id: str, work: Work) -> Any:
    """Data of a figure at quick scale, as a file would hold them."""
    settings = FIGURES[id].settings["quick"]
    return json.loads(json.dumps(plain(maps.compute(bases(settings), settings, work))))


def test_a_result_goes_on_where_it_was():
    whole = Drawn("quick")
    data = computed("fig6b", whole)
    assert whole.mapped == [entry["seed"] for entry in data["maps"]] == [58, 59, 61]
    again = Drawn("quick", previous={**data, "maps": data["maps"][1:2]})
    assert computed("fig6b", again) == data
    assert again.mapped == [58, 61]
    assert (again.runs, again.steps, again.training_seconds) == (
        whole.runs,
        whole.steps,
        whole.training_seconds,
    )


def test_seeds_beyond_those_planned_are_kept():
    data = computed("fig13a", Drawn("quick"))
    (base,) = bases(FIGURES["fig13a"].settings["quick"])
    more = {**data["maps"][0], "seed": 59, "base": dataclasses.replace(base, seed=59).id}
    work = Drawn("quick", previous={**data, "maps": [more]})
    assert [entry["seed"] for entry in computed("fig13a", work)["maps"]] == [58, 59]


@pytest.mark.parametrize("other", ["axes", "runs"])
def test_maps_of_other_runs_are_not_taken(other: str):
    data = computed("fig13a", Drawn("quick"))
    if other == "axes":
        data["y"]["values"][0] += 1
    else:
        (base,) = bases(FIGURES["fig13a"].settings["quick"])
        data["maps"][0]["base"] = replace(base, "recipe.steps", 5).id
    work = Drawn("quick", previous=data)
    computed("fig13a", work)
    assert work.mapped == [58]


def test_a_caption_says_how_many_cells_were_run():
    result = kept(studies.study("liu2022"), "paper", "fig6b", None)
    assert result is not None
    cells = sum(len(row) for one in result.data["maps"] for row in one["measured"])
    said = f"{result.runs:,} of {cells:,} cells run, others inferred."
    assert said in caption(FIGURES["fig6b"], result)


@pytest.mark.parametrize("room", ["judging", "ledger", "map_statistics", "maps"])
def test_judging_asks_nothing_of_drawing(room: str):
    source = importlib.util.find_spec(f"grokphase.studies.{room}")
    assert source is not None
    assert source.origin is not None
    assert "grokphase.plotting" not in Path(source.origin).read_text(encoding="utf-8")


def test_the_authors_stored_map_is_on_our_axes():
    theirs = published_map(data_of(ORDERED))
    assert [theirs[axis]["name"] for axis in "xy"] == [
        "recipe.decoder.learning_rate",
        "recipe.decoder.weight_decay",
    ]
    found = from_letters(theirs["x"], theirs["y"], theirs["maps"])
    assert found.phase.shape == (11, 11)
    # 1e-4 without decay: 1,651 steps to the training accuracy, 2,077 to the other.
    assert (found.validation_step[0, 0], found.phase[0, 0]) == (2077, COMPREHENSION)
    assert (found.phase[0, -1], found.phase[-1, -1]) == (MEMORIZATION, CONFUSION)


@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_settings_say_how_far_runs_are_trained(scale: Any):
    for name, figure in FIGURES.items():
        if name in ("fig7c", "fig8b"):  # transformer and images have budgets of their own
            continue
        sentence = figure.text[scale]
        assert ("budget 10,000 steps" in sentence) == (scale == "quick")
        assert ("censored" in sentence) == (scale == "quick")
