"""Charts: the data of each picture, what a page refuses, and that every kind draws what it says."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from tests.plotting.legible import faults

from grokphase.errors import GrokphaseError
from grokphase.plotting import charts
from grokphase.plotting.charts import CHARTS, LAYOUT, Panel, chart_named, check, moving, page
from grokphase.plotting.charts.curves import curves
from grokphase.plotting.charts.distributions import distributions
from grokphase.plotting.charts.embeddings import embeddings
from grokphase.plotting.charts.frame import frame
from grokphase.plotting.charts.heat import heat
from grokphase.plotting.charts.intervals import VERDICTS, intervals
from grokphase.plotting.charts.maps import maps
from grokphase.plotting.charts.tables import table
from grokphase.plotting.charts.times import times
from grokphase.telling.looks import PHASE_STYLES

RUNS: dict[str, Any] = {
    "size": [5, 5, 5, 9, 9, 9, 20, 20],
    "seed": [0, 1, 2, 0, 1, 2, 0, 1],
    "step": [None, None, 90, 20, None, 40, 30, 10],
    "setting": ["fast", "slow"] * 4,
    "right": [True, False, True, True, False, False, True, True],
    "budget": 100,
}
CURVES: dict[str, Any] = {
    "step": [0, 10, 20],
    "seed": [0, 1, 2],
    "rqi": [[0.0, 0.5, 1.0], [0.1, 0.2, 0.9], [0.2, 0.8, 0.8]],
    "passed": [10, None, 20],
}
SQUARE: dict[str, Any] = {
    "seed": [1, 2],
    "embedding": [[[0, 0], [1, 0], [0, 1], [1, 1]], [[0, 0], [2, 0], [1, 0], [3, 0]]],
    "all": [[[0, 3, 1, 2]], [[1, 1, 3, 2], [0, 1, 2, 2]]],
    "shown": [[[0, 3]], []],
}
CLAIMS: dict[str, Any] = {
    "id": [f"claim-{k}" for k in range(6)],
    "figure": ["fig1", "fig2", "fig1", "fig2", "fig3", "fig3"],
    "value": [0.42, 9.0, None, 1.0, 0.0, -7.0],
    "low": [0.41, 8.0, None, 0.9, None, -8.0],
    "high": [0.44, 9.5, None, 1.2, None, -6.0],
    "least": [0.35, 0.0, None, 0.5, -1.0, -1.0],
    "most": [0.45, 1.0, None, 1.5, 1.0, 1.0],
    "verdict": ["holds", "fails", "not run", "inconclusive", "holds", "fails"],
    "words": ["", "", "decreasing", "", "", ""],
}
AXES = {
    "x": {"name": "recipe.decoder.learning_rate", "values": [1e-3, 1e-2, 1e-1], "scale": "log"},
    "y": {"name": "recipe.decoder.weight_decay", "values": [0, 5], "scale": "linear"},
}


def one_map(seed: int, *phases: str) -> dict[str, Any]:
    steps = [[10, 10, None], [10, None, None]]
    measured = ["111", "101"]
    return {
        "seed": seed,
        "phase": list(phases),
        "train_step": steps,
        "validation_step": steps,
        "measured": measured,
    }


MAPS = {**AXES, "maps": [one_map(1, "CGM", "CMX"), one_map(2, "CMM", "CMX")]}

#: Of every chart one panel, whose picture the test of drawing makes.
PANELS = {
    "curves": Panel("curves", CURVES, {"y": "rqi", "events": "passed"}),
    "times": Panel(
        "times", RUNS, {"x": "size", "y": "step", "by": "setting", "budget": "budget"}, "times"
    ),
    "maps": Panel("maps", MAPS, {"downwards": True}),
    "heat": Panel(
        "heat", RUNS, {"x": "size", "y": "setting", "value": "step", "legend": "above"}, "heat"
    ),
    "embeddings": Panel(
        "embeddings",
        SQUARE,
        {"parallelograms": "all", "given": "shown", "bare": True, "title": "seed {seed}"},
    ),
    "distributions": Panel("distributions", RUNS, {"x": "setting", "by": "size", "write": True}),
    "intervals": Panel(
        "intervals",
        CLAIMS,
        {"accept_low": "least", "accept_high": "most", "group": "figure", "verdict": "verdict"},
    ),
    "table": Panel("table", RUNS, {"columns": ["size", "step"], "missing": "not reached"}),
}


# ------------------------------------------------------------------------------ times


def test_a_median_counts_what_was_not_reached_as_later_than_all():
    (group,) = times(RUNS, x="size", y="step", budget="budget").groups
    (over,) = group.over
    assert over.x.tolist() == [5, 9, 20]
    np.testing.assert_array_equal(over.y, [np.nan, 40.0, 20.0])
    assert group.censored == 3


@given(
    st.lists(st.one_of(st.none(), st.floats(1, 1e6)), min_size=1, max_size=15), st.floats(3e6, 1e9)
)
def test_what_was_censored_moves_no_median_down(steps: list[float | None], late: float):
    """The line lies where it would if every run had been followed to its end, or is not drawn."""
    run = {"at": [0] * len(steps), "step": steps}
    ended = {"at": run["at"], "step": [late if step is None else step for step in steps]}
    cut, whole = (times(each, x="at", y="step").groups[0].over[0].y[0] for each in (run, ended))
    assert np.isnan(cut) or cut == whole
    assert np.isnan(cut) == (whole > 1e6)


def test_a_share_counts_runs_that_got_there_or_in_which_it_is_true():
    for y, shares in (("step", [1 / 3, 2 / 3, 1.0]), ("right", [2 / 3, 1 / 3, 1.0])):
        (group,) = times(RUNS, x="size", y=y, summary=["share"]).groups
        over = group.over[0]
        np.testing.assert_allclose(over.y, shares)
        assert (over.low < over.y).all()
        assert (over.y <= over.high).all()


def test_the_interval_of_a_share_is_exact_at_90_percent():
    five = {"x": [1] * 5, "got": [True] * 5}
    (group,) = times(five, x="x", y="got", summary=["share"]).groups
    assert group.over[0].low[0] == pytest.approx(0.05 ** (1 / 5))
    assert group.over[0].high[0] == 1.0


def test_groups_are_those_of_a_column_or_several_columns():
    by = times(RUNS, x="size", y="step", by="setting", names={"slow": "slow decoder"}).groups
    assert [group.label for group in by] == ["slow decoder", "fast"]
    columns = times(RUNS, x="size", y=["step", "right"], marks=["right"]).groups
    assert [group.marks for group in columns] == [False, True]
    with pytest.raises(GrokphaseError, match="one of the three"):
        times(RUNS, x="size", y=["step", "right"], by="setting")


def test_what_is_moved_aside_for_the_eye_keeps_its_place_in_the_data():
    (group,) = times(RUNS, x="size", y="step", apart=0.1).groups
    assert group.x.tolist() == RUNS["size"]
    assert sorted(set(np.round(group.aside, 9))) == [-0.05, 0.0, 0.05]


def test_published_points_and_what_never_happens_are_drawn_apart():
    figure = Figure()
    axes = figure.subplots()
    runs = {"predicted": [10, None, 30], "step": [20, 30, None], "budget": 100}
    given = {"x": "predicted", "y": "step", "budget": "budget", "summary": []}
    charts.draw_chart(axes, Panel("times", runs, given))
    published = {"predicted": [15], "step": [25]}
    paper = {"x": "predicted", "y": "step", "published": True}
    charts.draw_chart(axes, Panel("times", published, paper))
    drawn = {line.get_gid(): line for line in axes.lines if line.get_gid()}
    assert drawn["published"].get_xydata().tolist() == [[15, 25]]
    assert drawn["run"].get_xdata().max() > 30  # never: beyond all that happens
    assert drawn["censored"].get_ydata().tolist() == [125.0]
    assert any(text.get_text() == "never" for text in axes.texts)


def drawn_lines(*panels: Panel) -> tuple[dict[str, Any], list[str]]:
    """What is drawn on one pair of axes by its name, and the words of the legend."""
    axes = Figure().subplots()
    for panel in panels:
        charts.draw_chart(axes, panel)
    words = axes.get_legend_handles_labels()[1]
    return {str(line.get_gid()): line for line in axes.lines if len(line.get_xdata())}, words


@pytest.mark.parametrize("published", [False, True])
def test_without_a_budget_what_was_not_reached_stands_at_the_top_edge(published: bool):
    given = {"x": "size", "y": "step", "published": published}
    drawn, words = drawn_lines(Panel("times", RUNS, given))
    triangles = drawn["censored"]
    assert triangles.get_marker() == "^"
    assert triangles.get_xdata().tolist() == [5, 5, 9]
    assert triangles.get_ydata().tolist() == [1, 1, 1]
    assert triangles.get_transform() == triangles.axes.get_xaxis_transform()
    assert [word for word in words if "not reached (3)" in word]
    assert np.isfinite(triangles.axes.get_ylim()).all()


def test_an_axis_of_times_that_none_reached_has_no_logarithm():
    """matplotlib warns where there is nothing to scale, and a warning fails here."""
    never = {"size": [5, 9], "step": [None, None]}
    drawn, words = drawn_lines(
        Panel("times", never, {"x": "size", "y": "step", "x_scale": "log", "y_scale": "log"})
    )
    axes = drawn["censored"].axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert any("not reached (2)" in word for word in words)


def test_what_is_missing_has_its_own_words_and_one_entry_for_all_groups():
    several = {"x": "size", "y": "step", "by": "setting", "missing": "not stored"}
    assert drawn_lines(Panel("times", RUNS, several))[1].count("not stored (3)") == 1
    everything = {"size": [5, 9], "step": [1, 2]}
    drawn, words = drawn_lines(Panel("times", everything, {"x": "size", "y": "step"}))
    assert "censored" not in drawn
    assert words == ["a run", "median"]
    lines_only = {"x": "size", "y": "step", "marks": False}
    assert drawn_lines(Panel("times", RUNS, lines_only))[1] == ["median"]


@given(st.lists(st.booleans(), min_size=1, max_size=9))
def test_a_place_is_alone_if_no_line_leads_there(known: list[bool]):
    table = {"x": [*range(len(known))], "y": [1.0 if each else None for each in known]}
    (group,) = times(table, x="x", y="y").groups
    joined = {end for a in range(len(known) - 1) if all(known[a : a + 2]) for end in (a, a + 1)}
    assert {*np.flatnonzero(group.over[0].alone)} == {*np.flatnonzero(known)} - joined


def test_a_median_that_is_alone_has_a_mark():
    gaps = {"x": [1, 2, 3, 4, 5], "y": [None, 7, None, 8, 9]}
    drawn, _ = drawn_lines(Panel("times", gaps, {"x": "x", "y": "y"}))
    mark = drawn["median alone"]
    assert (mark.get_xdata().tolist(), mark.get_ydata().tolist()) == ([2], [7])
    assert mark.get_marker() not in ("", "None")


def test_where_nobody_got_there_only_what_is_drawn_is_named():
    waiting = {"x": [1, 2], "y": [None, None]}
    axes = page([Panel("times", waiting, {"x": "x", "y": "y"})], title="t").axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["not reached (2)"]
    assert not axes.get_yticks().size


# ------------------------------------------------------------------------------ curves


def test_a_band_lies_between_quantiles_over_runs():
    (curve,) = curves(CURVES, y="rqi", band=[0.0, 1.0]).curves
    assert curve.y.tolist() == [0.1, 0.5, 0.9]
    assert (curve.low.tolist(), curve.high.tolist()) == ([0.0, 0.2, 0.8], [0.2, 0.8, 1.0])


def test_runs_of_one_band_are_as_long_as_they_are():
    """As `curves_of` gives them, of a figure some of whose runs have another budget or diverge."""
    steps = [[0, 1, None], [0, 1, None], [0, 1, 2], [0, 1, 2], [0, 2, None], [0, 1, 2]]
    heights = [[0, 2, None], [0, 4, None], [1, 1, 5], [1, 1, 7], [3, 3, None], [4, 4, 4]]
    passed = [1, None, None, 2, None, 1]
    table = {"step": steps, "y": heights, "of": [*"aabbcc"], "passed": passed}
    short, long, *others = curves(table, y="y", by="of", events="passed").curves
    assert (short.x.tolist(), short.y.tolist()) == ([0, 1], [0, 3])
    assert (long.x.tolist(), long.y.tolist()) == ([0, 1, 2], [1, 1, 6])
    assert (short.events.tolist(), short.heights.tolist()) == ([1], [2])
    assert [(each.x.tolist(), each.faint) for each in others] == [([0, 2], True), ([0, 1, 2], True)]


def test_an_event_is_marked_on_the_curve_of_its_run_or_at_a_level():
    made = curves(CURVES, y="rqi", each=True, events="passed").curves
    assert [curve.events.tolist() for curve in made] == [[10.0], [], [20.0]]
    assert [curve.heights.tolist() for curve in made] == [[0.5], [], [0.8]]
    (curve,) = curves(CURVES, y="rqi", events="passed", level=0.95).curves
    assert curve.heights.tolist() == [0.95, 0.95]


def test_a_curve_is_a_column_or_a_run_or_one_of_several_numbers_at_each_step():
    columns = curves({"step": [2, 1], "loss": [5.0, 7.0]}, y="loss").curves
    assert columns[0].y.tolist() == [7.0, 5.0]  # in the order of steps
    path = {"step": [0, 1], "at": [[[0.0, 1.0], [2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]]]}
    assert [curve.y.tolist() for curve in curves(path, y="at", row=1).curves] == [[4, 6], [5, 7]]


def test_curves_of_another_length_than_their_steps_are_refused():
    with pytest.raises(GrokphaseError, match='"rqi" have 3 values and "step" has 2 steps'):
        curves({**CURVES, "step": [0, 10]}, y="rqi")


# ------------------------------------------------------------------------------ maps and heat


def test_maps_have_the_majority_and_each_seed():
    made = maps(MAPS)
    assert len(made.each) == 2
    assert made.each[0].phase[0].tolist() == ["comprehension", "grokking", "memorization"]
    assert made.most.measured.tolist() == [[True, True, True], [True, False, True]]
    with pytest.raises(GrokphaseError, match='"Z" stands for no phase'):
        maps({**AXES, "maps": [one_map(1, "CGZ", "CMX")]})


def test_a_published_map_is_a_row_a_run():
    runs = {"rate": [1, 2, 1, 2], "decay": [0, 0, 5, 5], "train_step": [9, 9, 9, None]}
    runs["validation_step"] = [20, 5000, None, None]
    made = maps(runs, x="rate", y="decay", label="published")
    assert made.most.phase.tolist() == [
        ["comprehension", "grokking"],
        ["memorization", "confusion"],
    ]
    with pytest.raises(GrokphaseError, match="of 4 cells of seed 0, 1 have none"):
        maps({name: values[:3] for name, values in runs.items()}, x="rate", y="decay")


def test_heat_tells_cells_that_were_not_reached_from_those_that_are_not_there():
    runs = {"x": [1, 1, 1, 2], "y": ["a", "a", "b", "a"], "step": [10, 30, None, 5]}
    made = heat(runs, x="x", y="y", value="step")
    np.testing.assert_array_equal(made.values, [[20.0, 5.0], [np.nan, np.nan]])
    assert made.runs.tolist() == [[2, 1], [1, 0]]
    assert made.texts == (("20", "5"), ("", ""))
    with pytest.raises(GrokphaseError, match="no logarithm"):
        heat({"x": [1], "y": [1], "v": [0.0]}, x="x", y="y", value="v", scale="log")


# ------------------------------------------------------------------------------ embeddings


def test_parallelograms_are_known_or_implied_and_on_a_line_share_midpoints():
    plane, line = embeddings(SQUARE, parallelograms="all", given="shown").lines[0]
    assert [shape.given for shape in plane.shapes] == [False]
    # 1 + 1 = 3 + 2 and 0 + 1 = 2 + 2: two midpoints on the line.
    assert [shape.pairs for shape in line.shapes] == [((0, 1), (2, 2)), ((1, 1), (2, 3))]


def test_panels_stand_in_lines_of_their_own_by_a_column():
    made = embeddings(
        {"of": ["b", "a", "b", "b"], "embedding": [[0.0, 1.0]] * 4},
        by="of",
        names={"a": "first"},
        across=2,
    )
    assert [len(line) for line in made.lines] == [1, 2, 1]
    assert made.line_labels == ("first", "b", "")
    assert made.lines[0][0].flat
    with pytest.raises(GrokphaseError, match="have 3 numbers each"):
        embeddings({"embedding": [[[0.0, 1.0, 2.0]]]})


def test_frames_of_a_moving_picture_end_with_the_last_step():
    steps = list(range(400))
    path = np.linspace(0, 1, 800).reshape(400, 2)
    made = moving({"step": steps, "embedding": [path]}, spread="early", frames=20)
    assert made.frames[0] == 0
    assert made.frames[-1] == 399
    assert np.diff(sorted(set(made.frames)))[0] < np.diff(sorted(set(made.frames)))[-1]
    assert made.paths[0].words[399] == "step 399"


# ------------------------------------------------------------------------------ distributions


def test_bars_count_rows_and_shares_of_a_place_sum_to_one():
    made = distributions(RUNS, x="setting", by="size", order=["slow", "fast", "none"])
    assert [group.values.tolist() for group in made.groups] == [[1, 2, 0], [2, 1, 0], [1, 1, 0]]
    shares = distributions(RUNS, x="setting", by="size", kind="shares")
    np.testing.assert_allclose(sum(group.values for group in shares.groups), 1.0)


def test_bars_of_a_quantity_stand_at_words():
    table = {"setting": ["slow", "fast", "slow"], "size": [1, 2, 2], "steps": [90, 20, 70]}
    made = distributions(table, x="setting", y="steps", by="size")
    assert made.places == ("slow", "fast")
    assert [group.values.tolist() for group in made.groups] == [[90, 0], [70, 20]]


def test_a_histogram_counts_every_number_once():
    made = distributions({"step": [1, 2, 2, None, 9]}, x="step", kind="histogram", bins=4)
    assert made.groups[0].values.sum() == 4
    assert len(made.at) == 5


def test_a_fan_is_of_quantiles_given_or_of_runs():
    runs = {"x": [1, 1, 1], "step": [1.0, 2.0, None]}
    made = distributions(runs, x="x", y="step", kind="fan", levels=[0.0, 0.5, 1.0])
    np.testing.assert_array_equal(made.quantiles, [[1.0, 2.0, np.nan]])
    kept = {"x": [1, 2], "found": [[0, 1, 2], [1, 2, 3]], "levels": [0.1, 0.5, 0.9]}
    ready = distributions(kept, x="x", y="found", kind="fan", levels="levels")
    assert ready.quantiles.tolist() == kept["found"]
    with pytest.raises(GrokphaseError, match="3 quantiles a row, and there are 5 levels"):
        distributions(kept, x="x", y="found", kind="fan")


# ------------------------------------------------------------------------------ intervals


def test_a_ledger_is_scaled_by_what_agrees_and_says_what_is_off():
    made = intervals(
        CLAIMS,
        accept_low="least",
        accept_high="most",
        group="figure",
        verdict="verdict",
        text="words",
    )
    rows = {row.item: row for row in made.rows}
    assert [row.group for row in made.rows] == ["fig1", "fig1", "fig2", "fig2", "fig3", "fig3"]
    assert rows["claim-0"].at == pytest.approx((0.42 - 0.4) / 0.05)
    assert [rows[f"claim-{k}"].off for k in (0, 1, 5)] == [0, 1, -1]
    assert (rows["claim-1"].at, rows["claim-1"].beyond) == (3.0, "+17")
    assert rows["claim-3"].high == pytest.approx(0.4)
    assert rows["claim-5"].low == made.ends[0] * 1.12  # beyond the scale: to the frame
    assert np.isnan(rows["claim-2"].at)
    assert rows["claim-2"].text == "decreasing"


def test_a_claim_with_one_end_is_scaled_from_what_was_published():
    one = {"id": ["a", "b"], "value": [0.8, 0.8], "least": [0.9, 0.9], "paper": [1.0, None]}
    made = intervals(one, accept_low="least", reference="paper")
    assert made.rows[0].at == pytest.approx(-2.0)
    assert np.isnan(made.rows[1].at)


def test_published_values_stand_on_the_scale_of_what_agrees():
    three = {"id": ["a", "b", "c"], "value": [0.42, -np.inf, None], "words": ["0.42", "", "2"]}
    three |= {"paper": [0.375, 9.0, None], "least": [0.35] * 3, "most": [0.45] * 3}
    given = {"accept_low": "least", "accept_high": "most", "reference": "paper", "text": "words"}
    made = intervals(three, **given)
    assert made.rows[0].published == pytest.approx(-0.5)
    assert all(np.isnan(row.published) for row in made.rows[1:])  # off the scale, or none
    assert (made.rows[1].at, made.rows[1].off) == (-3.0, -1)
    figure = page([Panel("intervals", three, given)], title="a ledger")
    axes = figure.axes[0]
    (diamond,) = [line for line in axes.lines if line.get_gid() == "published"]
    assert diamond.get_xydata().tolist() == [[made.rows[0].published, 0]]
    assert {"0.42", "2"} <= {text.get_text() for text in axes.texts}
    (legend,) = figure.findobj(Legend)
    assert "published" in [text.get_text() for text in legend.get_texts()]


def test_what_is_infinite_is_an_arrow_and_an_open_interval_runs_on_to_the_frame():
    four = {"id": ["never", "known", "always", "neither"], "value": [0.0, 2.0, np.inf, np.nan]}
    four |= {"low": [np.nan, 1.5, 4.0, np.nan], "high": [np.nan, np.inf, np.inf, np.nan]}
    made = intervals(four, reference=1.0, log=True)
    never, known, always, neither = made.rows
    assert [row.off for row in made.rows] == [-1, 0, 1, 0]
    assert {row.beyond for row in made.rows} == {""}
    low, high = made.frame
    assert low < never.at < 1.0 < 4.0 < always.at < high
    assert (known.low, known.high, always.low) == (1.5, high, 4.0)
    assert np.isnan(neither.at)
    given = {"reference": 1.0, "log": True}
    axes = page([Panel("intervals", four, given)], title="a race").axes[0]
    assert axes.get_xlim() == pytest.approx(made.frame)
    marks = [line.get_marker() for line in axes.lines if line.get_gid() == "row"]
    assert marks == ["<", "o", ">", "o"]
    finite = {key: values[1:2] for key, values in four.items()} | {"high": [3.0]}
    assert np.isnan(intervals(finite, log=True).frame).all()  # as far as the rows reach


def test_columns_of_a_ledger_hold_every_row_once():
    many = {"id": [str(k) for k in range(50)], "value": [0.0] * 50, "of": ["a"] * 20 + ["b"] * 30}
    made = intervals(many, columns=3, group="of")
    assert [row.item for rows in made.split for row in rows] == many["id"]
    assert max(map(len, made.split)) <= 18
    with pytest.raises(GrokphaseError, match='"perhaps" is no verdict'):
        intervals({"id": ["a"], "value": [1.0], "v": ["perhaps"]}, verdict="v")


def test_every_verdict_has_a_mark_of_its_own():
    looks = [(look.marker, look.filled) for look in VERDICTS.values()]
    assert len(set(looks)) == len(looks) == 4


# ------------------------------------------------------------------------------ table


def test_a_table_says_what_is_missing():
    made = table(RUNS, columns=["size", "step", "budget"], missing="not reached")
    assert made.rows[0] == ("5", "not reached", "100")
    assert made.numeric == (True, True, True)


# ------------------------------------------------------------------------------ around charts


def test_a_number_or_a_text_may_name_a_scalar_column():
    made = frame(
        {"critical": 0.4, "budget": 9},
        lines=[{"x": "critical", "label": "{critical:.1f}"}, {"slope": 2, "shade": "above"}],
        y_range=[0, "budget"],
        words=r"$\bar{x}$ = {critical}",
    )
    assert made.lines[0].x == (0.4,)
    assert made.lines[0].label == "0.4"
    assert made.y_range == (0.0, 9.0)
    assert made.words == r"$\bar{x}$ = 0.4"


@pytest.mark.parametrize(
    ("chart", "parameters", "words"),
    [
        ("tims", {}, 'Did you mean "times"?'),
        ("times", {"x": "size"}, "needs y"),
        ("times", {"x": "size", "y": "step", "budjet": 1}, 'Did you mean "budget"?'),
        ("times", {"x": "a", "y": "b", "lines": [{"z": 1}]}, 'takes no "z"'),
        ("maps", {"x_label": "rate"}, 'takes no "x_label"'),
    ],
)
def test_what_a_chart_does_not_take_is_refused_before_there_are_data(
    chart: str, parameters: dict[str, Any], words: str
):
    with pytest.raises(GrokphaseError, match=words.replace("?", r"\?")):
        check(chart, parameters)


def test_a_column_that_is_missing_names_the_nearest():
    with pytest.raises(GrokphaseError, match='Did you mean "step"'):
        times(RUNS, x="size", y="steps")
    with pytest.raises(GrokphaseError, match="size 8, step 2 rows"):
        times({**RUNS, "step": [1, 2]}, x="size", y="step")


def test_parameters_are_what_toml_can_hold():
    for chart in CHARTS.values():
        for each in list(inspect.signature(chart.data).parameters.values())[1:]:
            assert each.kind is inspect.Parameter.KEYWORD_ONLY
            assert not isinstance(each.default, set | np.ndarray)


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_draws_words_that_can_be_read(name: str):
    figure = page([PANELS[name]], title="A title of a figure", caption="Settings. " * 30)
    assert faults(figure) == []
    assert figure.get_suptitle() == "A title of a figure"


def test_a_page_letters_its_panels_and_draws_some_over_others():
    law = {"size": [5, 20], "step": [80, 20]}
    figure = page(
        [
            PANELS["times"],
            Panel("curves", law, {"x": "size", "y": "step", "names": {"step": "law"}}, over=True),
            PANELS["heat"],
        ],
        title="two",
    )
    titled = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in titled] == ["(a)  times", "(b)  heat"]
    legend = titled[0].get_legend()
    assert legend is not None
    assert "law" in [text.get_text() for text in legend.get_texts()]


def test_a_function_of_a_study_gets_axes_its_parameters_and_the_frame():
    def own(axes: Any, table: Any, *, colour: str) -> None:
        axes.plot(table["x"], table["y"], color=colour, label="own")

    panel = Panel(own, {"x": [1, 2], "y": [3, 4]}, {"colour": "red", "x_label": "steps"})
    axes = page([panel], title="own").axes[0]
    assert axes.get_xlabel() == "steps"
    assert axes.lines[0].get_color() == "red"

    def on_figure(figure: Any, table: Any) -> None:
        figure.subplots(1, 3)

    assert len(page([Panel(on_figure, {})], title="own").axes) == 3


def test_a_page_refuses_rows_that_do_not_hold_its_panels():
    with pytest.raises(GrokphaseError, match="has 1 places, and there are 2 panels"):
        page([PANELS["times"]] * 2, title="two", rows=[1])
    with pytest.raises(GrokphaseError, match="none before it"):
        page([Panel("times", RUNS, {"x": "size", "y": "step"}, over=True)], title="over")
    assert {"rows", "heights", "legend"} <= set(LAYOUT)


def test_words_that_stand_at_places_of_other_words_are_refused():
    ours, theirs = {"x": ["a", "b"], "y": [1, 2]}, {"x": ["b"], "y": [2]}
    with pytest.raises(GrokphaseError, match="has b on x, and that below it a, b; give both"):
        page(
            [
                Panel("times", table, {"x": "x", "y": "y"}, over=over)
                for table, over in ((ours, False), (theirs, True))
            ],
            title="over",
        )
    order = {"x": "x", "y": "y", "order": ["a", "b"]}
    (axes,) = page(
        [Panel("times", ours, order), Panel("times", theirs, order, over=True)], title=""
    ).axes
    assert [each.get_text() for each in axes.get_xticklabels()] == ["a", "b"]


def test_every_chart_says_on_what_it_is_drawn():
    assert {name for name in CHARTS if chart_named(name).on == "figure"} == {
        *("maps", "embeddings", "intervals")
    }
    assert set(PANELS) == set(CHARTS)


def test_shares_of_phases_stand_in_order_and_look_as_on_a_map():
    table = {"fraction": [0.8, 0.5, 0.65], "phase": ["comprehension", "memorization", "grokking"]}
    found = distributions(table, x="fraction", by="phase", kind="shares")
    assert found.places == ("0.5", "0.65", "0.8")
    assert {group.look.colour for group in found.groups} == {
        PHASE_STYLES[name].colour for name in table["phase"]
    }


@pytest.mark.parametrize(("scale", "place"), [("linear", 3.0), ("linear", -2.0), ("log", 1e3)])
def test_a_line_to_compare_with_is_inside_of_the_axes(scale: str, place: float) -> None:
    table = {"step": [1, 2, 3], "loss": [0.5, 0.4, 0.3]}
    given = {"y": "loss", "y_scale": scale, "lines": [{"y": place, "label": "formula"}]}
    axes = page([Panel("curves", table, given)], title="").axes[0]
    low, high = axes.get_ylim()
    assert low < place < high
    kept = page([Panel("curves", table, {**given, "y_range": [0.1, 1]})], title="").axes[0]
    assert kept.get_ylim() == (0.1, 1)  # an end that is given stays


def test_whole_numbers_have_whole_ticks() -> None:
    table = {"order": [2, 3, 4], "loss": [0.5, 0.4, 0.3]}
    axes = page([Panel("curves", table, {"x": "order", "y": "loss"})], title="").axes[0]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())
