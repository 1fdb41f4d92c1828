"""A figure of a map: cells where they belong, and what is not measured looks different."""

import json
import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from tests.plotting.fakes import made_up_map

from grokphase.errors import GrokphaseError
from grokphase.phases import Axis, PhaseMap
from grokphase.plotting import phase_map_figure, phase_map_info
from grokphase.plotting.layers import widest_run
from grokphase.plotting.style import CENSORED_COLOUR
from grokphase.telling.document import from_json
from grokphase.telling.looks import PHASE_STYLES, lighter


def artists(axes, gid):
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def colours(figure):
    """(ny, nx) fill of each cell, as drawn."""
    (mesh,) = artists(figure.axes[0], "cells")
    figure.canvas.draw()
    shape = mesh.get_array().shape
    return np.array([to_hex(c) for c in mesh.get_facecolors()]).reshape(shape)


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_every_cell_has_the_colour_of_its_phase():
    found = made_up_map()
    expected = np.vectorize(lambda phase: PHASE_STYLES[phase].colour)(found.phase)
    np.testing.assert_array_equal(colours(phase_map_figure(found)), expected)


def test_inferred_cells_are_paler_and_dotted_and_the_legend_counts_them():
    found = made_up_map(inferred=True)
    figure = phase_map_figure(found)
    fills = colours(figure)
    for row, column in np.argwhere(~found.measured):
        assert fills[row, column] == lighter(PHASE_STYLES[found.phase[row, column]].colour)
    (dots,) = artists(figure.axes[0], "inferred")
    inferred = int((~found.measured).sum())
    assert len(dots.get_offsets()) == inferred
    assert f"inferred, not run ({inferred})" in legend_texts(figure)


def test_a_map_that_was_run_in_full_has_no_dots():
    figure = phase_map_figure(made_up_map())
    assert not artists(figure.axes[0], "inferred")
    assert not any("inferred" in text for text in legend_texts(figure))


def test_the_legend_holds_the_phases_present_with_their_cells():
    found = made_up_map()
    counts = found.counts()
    assert legend_texts(phase_map_figure(found)) == [
        f"{phase} ({n} cells)" for phase, n in counts.items() if n
    ]


def test_axes_carry_words_units_scales_and_the_outer_edges():
    axes = phase_map_figure(made_up_map()).axes[0]
    info = phase_map_info(made_up_map())
    assert axes.get_xlabel() == "decoder learning rate (per step)"
    assert axes.get_ylabel() == "decoder weight decay"
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert axes.get_xlim() == pytest.approx((info.x.edges[0], info.x.edges[-1]))
    assert axes.get_ylim() == (-0.5, 10.5)


def test_a_list_axis_is_categorical_with_a_tick_for_each_value():
    x, y = Axis("split.count", (5, 45, 50)), Axis("recipe.batch", (1, 10, 45))
    found = PhaseMap.from_arrays(x, y, [["grokking"] * 3] * 3, [[1] * 3] * 3, [[9000] * 3] * 3)
    axes = phase_map_figure(found).axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["5", "45", "50"]
    np.testing.assert_array_equal(axes.get_xticks(), [0, 1, 2])


def test_seeds_that_disagree_get_a_bar_of_their_shares():
    found = made_up_map(seeds=5)
    info = phase_map_info(found)
    figure = phase_map_figure(found)
    bars = artists(figure.axes[0], "share")
    split = info.agreement < 1
    assert len(bars) == int((info.shares[:, split] > 0).sum())
    # On the log axis the bars of a cell share its width as the seeds share the phases.
    row, column = np.argwhere(split)[0]
    left, right = np.log(info.x.edges[column : column + 2])
    low = info.y.edges[row]
    widths = [
        (np.log(bar.get_x() + bar.get_width()) - np.log(bar.get_x())) / (right - left)
        for bar in bars
        if bar.get_y() == low and left - 1e-9 <= np.log(bar.get_x()) < right - 1e-9
    ]
    shares = info.shares[:, row, column]
    np.testing.assert_allclose(sorted(widths), sorted(shares[shares > 0]))
    assert any(
        text.startswith(f"seeds disagree ({int(split.sum())})") for text in legend_texts(figure)
    )


def test_borders_that_move_get_whiskers_of_their_interval():
    found = made_up_map(seeds=5)
    info = phase_map_info(found)
    figure = phase_map_figure(found)
    whiskers = artists(figure.axes[0], "spread")
    assert len(whiskers) == len(info.spreads)
    for line, spread in zip(whiskers, info.spreads, strict=True):
        # Log axis: positions in cells are even in the logarithm.
        ends = np.interp(
            [spread.low + 0.5, spread.high + 0.5],
            range(len(info.x.edges)),
            np.log(info.x.edges),
        )
        np.testing.assert_allclose(np.log(line.get_xdata()), ends)
    assert any("94% interval" in text for text in legend_texts(figure))


def test_border_lines_run_where_neighbours_differ():
    found = made_up_map()
    (lines,) = artists(phase_map_figure(found).axes[0], "borders")
    phase = found.phase
    assert len(lines.get_segments()) == int(
        (phase[1:] != phase[:-1]).sum() + (phase[:, 1:] != phase[:, :-1]).sum()
    )


def test_censored_cells_are_hatched_grey_and_never_a_colour_of_the_scale():
    found = made_up_map(inferred=True)
    axes = phase_map_figure(found, steps=True).axes[1]
    censored = artists(axes, "censored")
    expected = found.measured & np.isnan(found.validation_step)
    assert len(censored) == int(expected.sum()) > 0
    assert all(cell.get_hatch() for cell in censored)
    assert {to_hex(cell.get_facecolor()) for cell in censored} == {CENSORED_COLOUR}
    (mesh,) = artists(axes, "values")
    np.testing.assert_array_equal(
        np.ma.getmaskarray(mesh.get_array()), np.isnan(found.validation_step)
    )


def test_a_run_that_failed_has_no_value_to_colour_by() -> None:
    found = made_up_map(3, 2)
    phases = found.phase_by_seed.copy()
    phases[1, 2] = "failed"
    losses = np.arange(1.0, 7.0).reshape(2, 3, 1)
    found = replace(found, phase_by_seed=phases, measures={"train_loss": losses})
    figure = found.plot(colour="train_loss")
    (mesh,) = artists(figure.axes[0], "values")
    assert mesh.get_array().mask.tolist() == [[False] * 3, [False, False, True]]
    assert mesh.get_clim() == (1, 5)
    assert legend_texts(figure) == ["failed, or not a number (1)"]


def test_a_map_of_one_value_has_a_scale_of_that_value() -> None:
    found = replace(made_up_map(3, 2), measures={"width": np.full((2, 3, 1), 200.0)})
    figure = found.plot(colour="width")
    axes, bar = figure.axes
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["200"]
    (mesh,) = artists(axes, "values")
    assert mesh.get_cmap().N == 1


@pytest.mark.parametrize("colour", ["validation_step", "train_step", "delay", "loudness"])
def test_what_no_cell_has_is_hatched_without_a_scale(colour: str) -> None:
    found = made_up_map(3, 2)
    none = np.full(found.phase_by_seed.shape, np.nan)
    found = replace(
        found,
        phase_by_seed=np.full(none.shape, "confusion"),
        train_step_by_seed=none,
        validation_step_by_seed=none,
        measures={"loudness": none},
    )
    (axes,) = found.plot(colour=colour).axes
    assert len(artists(axes, "censored")) == 6


def test_the_panel_of_steps_names_sustained_ones():
    found = made_up_map()
    assert "sustained" not in phase_map_figure(found, steps=True).axes[1].get_title(loc="left")
    figure = phase_map_figure(replace(found, by="sustained"), steps=True)
    title = figure.axes[1].get_title(loc="left").replace("\n", " ")
    assert title == "Steps to sustained validation accuracy"
    assert "Phases by sustained times" in figure.get_supxlabel().replace("\n", " ")


def test_a_map_where_nothing_passed_still_draws_both_panels():
    found = made_up_map()
    nothing = replace(
        found,
        phase_by_seed=np.full(found.phase_by_seed.shape, "confusion"),
        train_step_by_seed=np.full(found.phase_by_seed.shape, np.nan),
        validation_step_by_seed=np.full(found.phase_by_seed.shape, np.nan),
    )
    figure = phase_map_figure(nothing, steps=True)
    assert len(artists(figure.axes[1], "censored")) == 176


def test_rare_outcomes_are_hatched():
    x, y = Axis("split.count", (40, 45)), Axis("recipe.batch", (1, 45))
    found = [["diverged", "validation-only"], ["grokking", "grokking"]]
    none = np.full((2, 2), np.nan)
    axes = phase_map_figure(PhaseMap.from_arrays(x, y, found, none, none)).axes[0]
    hatches = {patch.get_hatch() for patch in axes.patches} - {None}
    assert hatches == {PHASE_STYLES["diverged"].hatch, PHASE_STYLES["validation-only"].hatch}


def test_names_of_phases_stand_inside_their_regions():
    found = made_up_map()
    info = phase_map_info(found)
    names = {
        t.get_text(): t.get_position() for t in artists(phase_map_figure(found).axes[0], "name")
    }
    assert {"comprehension", "grokking"} <= set(names)
    for text, (x, y) in names.items():
        column, row = np.searchsorted(info.x.edges, x) - 1, np.searchsorted(info.y.edges, y) - 1
        phase = found.phase[row, column]
        assert text in (phase, PHASE_STYLES[phase].letter)


def test_a_map_is_drawn_into_axes_that_are_given():
    found = made_up_map()
    left, right = Figure().subplots(1, 2)
    assert found.plot(ax=left, title="mine") is left
    assert found.plot(left.figure.add_subplot(), legend=False).get_legend() is None
    assert left.get_title(loc="left") == "mine"
    assert len(left.get_legend().get_texts()) == sum(n > 0 for n in found.counts().values())
    (lines,) = artists(left, "borders")
    assert len(lines.get_segments()) > 0
    found.plot(ax=right, steps=True)
    assert artists(right, "values")
    assert not artists(right, "cells")


def test_what_is_no_axes_is_refused_in_a_sentence():
    with pytest.raises(GrokphaseError, match="ax is of type ndarray; give one matplotlib Axes"):
        made_up_map().plot(ax=Figure().subplots(1, 2))


def test_a_figure_takes_a_size_a_title_and_no_legend():
    figure = made_up_map().plot(figsize=(4, 3), title="mine", legend=False)
    assert tuple(figure.get_size_inches()) == (4, 3)
    assert figure.axes[0].get_title(loc="left") == "mine"
    assert figure.legends == []


def test_few_values_of_a_log_axis_are_named_themselves():
    axes = made_up_map(2, 2).plot().axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1e-5", "0.01"]


def test_the_widest_run_of_an_empty_region_or_a_low_map_has_no_columns():
    assert widest_run(np.zeros((2, 3), bool))[2] == 0
    assert widest_run(np.ones((2, 3), bool), rows=3) == (0, 0, 0)


def test_drawing_changes_no_global_setting():
    before = dict(mpl.rcParams)
    phase_map_figure(made_up_map())
    assert dict(mpl.rcParams) == before


def test_neither_pyplot_nor_jax_is_imported_for_a_figure_nor_matplotlib_for_the_package():
    code = """
import sys
import grokphase.plotting, grokphase.telling.terminal, grokphase.web
assert "matplotlib" not in sys.modules and "rich" not in sys.modules
from matplotlib.figure import Figure
grokphase.plotting.style.paper_style()
assert "jax" not in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_map_is_coloured_by_what_its_runs_measured() -> None:
    found = made_up_map(3, 2, seeds=3)
    values = np.arange(18.0).reshape(2, 3, 3)
    values[0, 0] = [np.nan, np.nan, 5.0]
    values[0, 1, 0] = np.nan  # two of three have a number
    found = replace(found, measures={"sharpness": values})
    figure = found.plot(colour="sharpness")
    axes, bar = figure.axes
    assert axes.get_title(loc="left") == "Median last sharpness"
    assert bar.get_ylabel() == "last sharpness"
    (mesh,) = artists(axes, "values")
    drawn = mesh.get_array()
    assert drawn.mask.tolist() == [[True, False, False], [False] * 3]
    assert drawn[0, 1] == 4.5
    assert drawn[1].tolist() == [10.0, 13.0, 16.0]
    assert len(artists(axes, "censored")) == 1
    assert artists(axes, "borders")
    (entry,) = figure.legends[0].get_texts()
    assert entry.get_text() == "not a number (1)"
    with pytest.raises(GrokphaseError, match=r'coloured by "sharpnes"; it can by .*Did you mean'):
        found.plot(colour="sharpnes")
    again = from_json(json.loads(json.dumps(found.to_json_dict(), allow_nan=False)))
    np.testing.assert_array_equal(again.measures["sharpness"], values)
    assert found.to_pandas()["final_sharpness"].isna().sum() == 3
