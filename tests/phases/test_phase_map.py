from __future__ import annotations

import dataclasses
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grokphase.errors import GrokphaseError
from grokphase.phases import PHASES, Axis, Note, PhaseMap
from grokphase.phases.summary import fractions, majority, median
from grokphase.telling.captions import caption

X = Axis.parse("recipe.decoder.learning_rate=1e-5..1e-2:4:log")
Y = Axis.parse("recipe.decoder.weight_decay=0..10:3")
C, G, M, N = PHASES[:4]


def small(**rest: Any) -> PhaseMap:
    """3 x 4 cells, 3 seeds; the last column is not measured."""
    phase = np.full((3, 4, 3), C, dtype="<U15")
    phase[1, :, 1:] = G
    phase[2, 1] = [C, G, M]
    phase[:, 3] = N
    train = np.full((3, 4, 3), 100.0)
    validation = np.full((3, 4, 3), 400.0)
    validation[2, 1] = [300, 5000, np.nan]
    train[:, 3], validation[:, 3] = np.nan, np.nan
    measured = np.ones((3, 4), bool)
    measured[:, 3] = False
    runs = [[[f"{y}{x}{s}" for s in range(3) if x < 3] for x in range(4)] for y in range(3)]
    return PhaseMap.from_arrays(
        X, Y, phase, train, validation, measured=measured, runs=runs, seeds=(0, 1, 58), **rest
    )


def large(ny: int, nx: int, **rest: Any) -> PhaseMap:
    x = Axis.parse(f"recipe.decoder.learning_rate=1e-5..1e-2:{nx}:log")
    y = Axis.parse(f"recipe.decoder.weight_decay=0..10:{ny}")
    phase = np.where(np.add.outer(np.arange(ny), np.arange(nx)) % 7 < 3, G, M)
    none = np.full((ny, nx), np.nan)
    return PhaseMap.from_arrays(x, y, phase, none, none, **rest)


def test_a_cell_has_the_phase_of_most_of_its_runs() -> None:
    phase = small().phase
    assert phase[0].tolist() == [C, C, C, N]
    assert phase[1].tolist() == [G, G, G, N]
    assert small().counts() == {C: 5, G: 3, M: 1, N: 3}


@pytest.mark.parametrize(
    ("runs", "winner"),
    [
        ([C, G], G),
        ([G, C], G),
        ([C, C, M, M, G], M),
        ([C, G, M], M),
        ([C, "diverged"], "diverged"),
        ([C, C, M], C),
        ([N], N),
    ],
)
def test_a_tie_goes_to_the_later_phase(runs: list[str], winner: str) -> None:
    assert majority(np.array(runs)).item() == winner


@given(arrays("<U15", (3, 4, 5), elements=st.sampled_from(PHASES)))
def test_fractions_sum_to_one_and_the_majority_has_the_largest(phase: np.ndarray) -> None:
    shares = fractions(phase)
    assert list(shares) == [name for name in PHASES if name in phase]
    np.testing.assert_allclose(sum(shares.values()), 1)
    winner = majority(phase)
    for cell in np.ndindex(3, 4):
        voting = {name: share[cell] for name, share in shares.items() if name != "failed"}
        if any(voting.values()):  # a run that failed has no vote while another has
            assert shares[winner[cell]][cell] == max(voting.values())
        else:
            assert winner[cell] == "failed"
    shuffled = np.random.default_rng(0).permuted(phase, axis=-1)
    assert (majority(shuffled) == winner).all()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([5, 1, 9], 5),
        ([5, 1, None], 5),
        ([5, None, None], None),
        ([1, 2, 3, 4], 2.5),
        ([1, 2, 3, None], 2.5),
        ([1, 2, None, None], None),
        ([None], None),
        ([7], 7),
    ],
)
def test_a_censored_step_is_later_than_any(
    steps: list[float | None], expected: float | None
) -> None:
    found = median(np.array([steps], dtype=float)).item()
    assert found == expected or (expected is None and np.isnan(found))


def test_json_is_the_promised_object() -> None:
    data = small(steps_trained=123, seconds=4.5, store=Path("runs")).to_json_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert list(data["axes"]) == [X.name, Y.name]
    assert data["axes"][Y.name] == [0, 5, 10]
    assert data["phase"][1] == [G, G, G, N]
    assert data["train_step"][0] == [100, 100, 100, None]
    assert data["validation_step"][2] == [400, 5000, 400, None]
    assert data["measured"] == [[True, True, True, False]] * 3
    assert data["runs"][1][2] == ["120", "121", "122"]
    assert data["runs"][1][3] == []
    assert data["phase_fractions"][G][1] == pytest.approx([2 / 3] * 3 + [0])
    assert (data["steps_trained"], data["seconds"]) == (123, 4.5)
    assert (data["store"], data["figure"], data["report"]) == ("runs", None, None)


def test_the_times_that_decided_are_named_wherever_the_map_is_shown() -> None:
    settings = {"recipe": {"sustain": 1500}}
    for by, words in (("first-passage", "by first passage"), ("sustained", "by sustained times")):
        found = small(by=by, settings=settings)
        assert found.to_json_dict()["by"] == by
        assert found.to_xarray().attrs["by"] == by
        for shown in (repr(found), found._repr_html_(), caption(found)):
            assert f"hases {words}" in shown
    assert "sustained times (held for 1,500 steps)" in caption(found)
    varied = dataclasses.replace(found, x=Axis("recipe.sustain", X.values))
    assert "held for" not in caption(varied)
    with pytest.raises(GrokphaseError, match="by = "):
        small(by="chance")


NOTE = Note("2 of 3 seeds (1, 2) cannot exceed <0.9>", ({"seed": 1}, {"seed": 2}))


def test_notes_are_told_wherever_the_map_is_shown() -> None:
    found = small(notes=(NOTE,))
    told = {"sentence": NOTE.sentence, "rows": [{"seed": 1}, {"seed": 2}]}
    assert json.loads(json.dumps(found.to_json_dict()["notes"])) == [told]
    assert f"{NOTE.sentence}." in repr(found)
    assert f"{NOTE.sentence}." in caption(found)
    assert "cannot exceed &lt;0.9&gt;." in found._repr_html_()


def test_notes_make_room_in_the_text() -> None:
    found = dataclasses.replace(large(44, 64), notes=(NOTE,) * 6)
    lines = repr(found).splitlines()
    assert len(lines) <= 24
    assert lines.count(f"{NOTE.sentence}.") == 6


def test_json_of_one_seed_has_no_fractions() -> None:
    found = PhaseMap.from_arrays(X, Y, [[C] * 4] * 3, np.ones((3, 4)), np.ones((3, 4)))
    assert "phase_fractions" not in found.to_json_dict()
    assert found.seeds == (0,)
    assert found.measured.all()


def test_files_are_added_later() -> None:
    found = dataclasses.replace(small(), figure=Path("map.svg"))
    assert found.to_json_dict()["figure"] == "map.svg"
    assert (found.phase == small().phase).all()


def test_pandas_has_a_row_for_each_cell_and_seed() -> None:
    table = small().to_pandas()
    assert len(table) == 3 * 4 * 3
    cell = table[(table[Y.name] == 10) & (table[X.name] == X.values[1])]
    assert cell["seed"].tolist() == [0, 1, 58]
    assert cell["phase"].tolist() == [C, G, M]
    assert cell["run"].tolist() == ["210", "211", "212"]
    assert cell["validation_step"].isna().tolist() == [False, False, True]
    assert table.loc[~table["measured"], "run"].isna().all()
    steps = table[["train_step", "validation_step", "budget", "steps_trained", "seed"]].dtypes
    assert {*map(str, steps)} == {"Int64"}
    assert table["steps_trained"].isna().all()  # not known of these


def test_a_table_says_what_its_runs_cost_and_what_is_told_of_them() -> None:
    notes = (Note("Seed 1 cannot", ({"seed": 1, "reachable": 3},)), Note("Kinds differ"))
    cost = np.arange(36.0).reshape(3, 4, 3)
    found = small(steps_trained_by_seed=cost, seconds_by_seed=cost / 2, budget=500, notes=notes)
    table = found.to_pandas()
    assert table["steps_trained"].tolist() == list(range(36))
    assert table["seconds"].tolist() == [step / 2 for step in range(36)]
    assert {*table["budget"]} == {500}
    assert table["notes"][table["seed"] == 1].unique().tolist() == ["Seed 1 cannot"]
    assert table["notes"][table["seed"] != 1].isna().all()
    assert table.attrs["notes"] == ["Seed 1 cannot", "Kinds differ"]
    assert table.attrs["by"] == "first-passage"
    assert found.to_polars()["notes"].null_count() == 24


@pytest.mark.parametrize("name", ["recipe.steps", "steps"])
def test_the_budget_of_a_run_is_that_of_its_cell_where_an_axis_varies_it(name: str) -> None:
    x, y = Axis(name, (100, 200)), Axis("task.p", (5, 7))
    table = PhaseMap.from_arrays(x, y, [[C, C]] * 2, [[1, 1]] * 2, [[1, 1]] * 2).to_pandas()
    assert table["budget"].tolist() == table[name].tolist() == [100, 200, 100, 200]


def test_columns_in_which_all_is_missing_keep_their_types() -> None:
    none = np.full((2, 2), np.nan)
    x, y = Axis("split.fraction", (0.5, 0.8)), Axis("task.p", (5, 7))
    inferred = np.zeros((2, 2), bool)
    found = PhaseMap.from_arrays(x, y, [[C] * 2] * 2, none, none, measured=inferred)
    whole = ["train_step", "validation_step", "budget", "steps_trained"]
    for table, text in ((found.to_pandas(), "string"), (found.to_polars(), "String")):
        assert {str(table[name].dtype) for name in whole} == {"Int64"}
        assert {str(table[name].dtype) for name in ("run", "notes")} == {text}


def test_polars_has_the_same_rows() -> None:
    table = small().to_polars()
    assert table.columns == small().to_pandas().columns.tolist()
    assert table.height == 36
    assert table["validation_step"].null_count() == 10
    assert table["phase"].to_list() == small().to_pandas()["phase"].tolist()


def test_xarray_is_labelled_by_the_axes() -> None:
    data = small().to_xarray()
    cell = data.sel({Y.name: 10, X.name: X.values[1]})
    assert cell["phase"].item() == M
    assert cell["phase_by_seed"].values.tolist() == [C, G, M]
    assert cell["train_step_by_seed"].dims == ("seed",)
    assert data["measured"].dims == (Y.name, X.name)


@pytest.mark.parametrize("library", ["pandas", "polars", "xarray"])
def test_a_library_that_is_missing_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(GrokphaseError, match=f"python -m pip install {library}"):
        getattr(small(), f"to_{library}")()


@pytest.mark.parametrize(
    ("shape", "rest"), [((3, 4), {}), ((11, 16), {}), ((44, 64), {}), ((2, 300), {}), ((60, 2), {})]
)
def test_the_text_fits_a_terminal(shape: tuple[int, int], rest: dict) -> None:
    lines = repr(large(*shape, **rest)).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_the_text_shows_every_cell_with_the_largest_y_on_top() -> None:
    text = repr(small())
    rows = [line.split("|")[1].split() for line in text.splitlines() if "|" in line]
    assert rows == [["C", "M", "C", "x"], ["G", "G", "G", "x"], ["C", "C", "C", "x"]]
    assert "12 cells (3 inferred, in lower case), 3 seeds" in text
    assert X.name in text
    assert "1e-5" in text


class _Tags(HTMLParser):
    """Checks that every tag is closed, and collects what the cells cover."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.area = 0.0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "rect":
            size = dict(attrs)
            self.area += (float(size["width"] or 0) - 0.2) * (float(size["height"] or 0) - 0.2)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("found", [small(), large(11, 16), large(44, 64)])
def test_the_notebook_picture_is_whole_and_loads_nothing(found: PhaseMap) -> None:
    page = found._repr_html_()
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.area == pytest.approx(420 * 240, rel=0.02)
    assert "http" not in page
    assert "currentColor" in page  # text follows a light or a dark notebook
    assert "max-height: 60vh" in page
    assert len(page) < 300_000


def test_inferred_cells_differ_in_the_notebook_picture() -> None:
    fills = dict(re.findall(r'fill="(#\w+)"><title>([^<]+)', small()._repr_html_())[::-1])
    assert {"confusion (inferred)", "grokking"} <= set(fills.values())
    assert len(fills) == 4


def test_plot_draws_the_map() -> None:
    figure = small().plot()
    try:
        assert figure.axes
    finally:
        import matplotlib.pyplot as plt

        plt.close(figure)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"phase": [[C] * 3] * 3}, "phase_by_seed has the shape"),
        ({"phase": [["grokkin"] * 4] * 3}, 'Did you mean "grokking"'),
        ({"train_step": np.ones((4, 3))}, "train_step_by_seed has the shape"),
        ({"measured": np.ones((4, 3))}, "measured has the shape"),
        ({"runs": [[["a"]] * 4] * 2}, "runs has the shape"),
        ({"runs": [[["a"]] * 4, [["a"]] * 3, [["a"]] * 4]}, "runs has the shape"),
        ({"seeds": (0, 1)}, "has the shape"),
        ({"y": Axis(X.name, (1, 2, 3))}, "two different"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict, match: str) -> None:
    good = {
        "x": X,
        "y": Y,
        "phase": [[C] * 4] * 3,
        "train_step": np.ones((3, 4)),
        "validation_step": np.ones((3, 4)),
    }
    with pytest.raises(GrokphaseError, match=match):
        PhaseMap.from_arrays(**{**good, **change})


FIXED = {"recipe.embedding.weight_decay": 1.0}


def test_whoever_reads_a_map_is_told_what_its_axes_leave_alone() -> None:
    found = small(fixed=FIXED)
    said = "Not varied: embedding weight decay 1"
    texts = (repr(found), found._repr_html_(), caption(found))
    assert all(said in text for text in texts)
    assert found.to_json_dict()["fixed"] == FIXED
    assert len(repr(found).splitlines()) <= 24
    assert not any("Not varied" in text for text in (repr(small()), caption(small())))


TIED = "recipe.embedding.weight_decay,recipe.decoder.weight_decay"


@pytest.mark.parametrize("name", [TIED, "recipe.weight_decay"])
def test_a_map_of_leaves_that_are_tied_is_handed_on_like_any_other(name: str) -> None:
    found = dataclasses.replace(small(), y=Axis(name, (0.0, 0.34, 2.0)))
    assert found.to_json_dict()["axes"][name] == [0.0, 0.34, 2.0]
    assert sorted(set(found.to_pandas()[name])) == [0.0, 0.34, 2.0]
    assert found.to_xarray()[name].values.tolist() == [0.0, 0.34, 2.0]
    assert found.borders("x").axis == X
    label = found.plot().axes[0].get_ylabel()
    assert " ".join(label.split()).endswith("weight decay")
    assert "0.34" in repr(found)
