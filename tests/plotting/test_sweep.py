"""Pictures of sweeps and of survival: what is drawn is what was found, and censored looks so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.phases import Axis, PhaseMap
from grokphase.phases.notes import Note
from grokphase.phases.sweep_result import SweepResult, example
from grokphase.plotting.survival import survival_figure
from grokphase.telling.terminal import terminal_map


def drawn(axes, gid: str) -> np.ndarray:
    """Points of all lines with this name, (n, 2)."""
    lines = [line.get_xydata() for line in axes.lines if line.get_gid() == gid]
    return np.concatenate(lines) if lines else np.empty((0, 2))


def test_runs_are_dots_censored_ones_open_and_medians_no_budget():
    found = example()
    times, delay, share = found.plot().axes
    assert len(drawn(times, "run")) == 6 + 4  # all trained, four generalized
    censored = drawn(times, "censored")
    np.testing.assert_array_equal(censored[:, 1], [1000, 1000])
    (hollow,) = (
        line for line in times.lines if line.get_gid() == "censored" and len(line.get_xdata())
    )
    assert hollow.get_markerfacecolor() == "white"
    assert hollow.get_marker() == "^"
    validation = drawn(times, "median")[2:]
    assert np.isnan(validation[0, 1])  # two of three did not get there
    assert validation[1, 1] == 200
    np.testing.assert_allclose(drawn(share, "share")[:, 1], [1 / 3, 1])
    assert share.get_xlabel() == "training fraction of the data"
    assert "Wilson" in times.figure._supxlabel.get_text()
    assert delay.get_ylabel() == "delay (steps)"


def test_failed_runs_are_crosses_and_not_censored():
    found = example()
    failed = found.phase_by_seed.astype("U16")
    failed[0, 1:] = "failed"  # the two of the first setting that did not get there
    times, delay, _ = replace(found, phase_by_seed=failed).plot().axes
    assert not len(drawn(times, "censored"))
    np.testing.assert_array_equal(drawn(times, "failed")[:, 1], [1000, 1000])
    assert len(drawn(times, "run")) == 6 + 4  # what was seen before is a dot still
    assert "failed" in times.get_legend_handles_labels()[1]
    assert len(drawn(delay, "failed")) == 2


def test_curves_that_coincide_are_seen_one_through_the_other():
    (axes,) = survival_figure([timed(20, 50).survival("train")]).axes
    first, second = (line for line in axes.lines if line.get_gid() == "curve")
    np.testing.assert_array_equal(first.get_xydata(), second.get_xydata())
    assert (first.get_linestyle(), second.get_linestyle()) == ("-", "--")


def worded() -> SweepResult:
    return replace(example(), axes=(Axis("recipe.optimizer", ("sgd", "adamw")),))


def test_words_are_not_joined_and_all_named():
    times, _, share = worded().plot().axes
    assert [label.get_text() for label in share.get_xticklabels()] == ["sgd", "adamw"]
    assert all(line.get_linestyle() == "None" for line in times.lines if line.get_gid() == "median")


def test_survival_falls_where_events_are_and_marks_what_was_censored():
    found = example()
    figure = survival_figure([found.survival(of) for of in found.intervals])
    train, validation, delay = figure.axes
    curves = [line for line in validation.lines if line.get_gid() == "curve"]
    np.testing.assert_allclose(curves[0].get_ydata(), [1, 2 / 3, 2 / 3])
    np.testing.assert_allclose(curves[1].get_ydata(), [1, 2 / 3, 1 / 3, 0], atol=1e-12)
    np.testing.assert_allclose(drawn(validation, "censored"), [[1000, 2 / 3]] * 2)
    assert not len(drawn(train, "censored"))
    assert delay.get_xlabel() == "steps after training accuracy"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["0.4", "0.8"]


def test_more_curves_than_can_be_told_apart_are_refused():
    base = example()
    many = replace(
        base,
        axes=(Axis("task.p", tuple(range(5, 31))),),
        phase_by_seed=np.repeat(base.phase_by_seed, 13, axis=0),
        intervals={of: np.repeat(times, 13, axis=0) for of, times in base.intervals.items()},
        runs=np.repeat(base.runs, 13, axis=0),
    )
    with pytest.raises(GrokphaseError, match=r"26 curves .* by \.at\(name=value\)"):
        survival_figure([many.survival()])


def facets() -> SweepResult:
    base = example()
    shape = (2, 3, 2, 3)

    def spread(array: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array[:, None, None], (*shape, *array.shape[2:])).copy()

    ids = np.array([f"r{i}" for i in range(36)], dtype=object).reshape(shape)
    words = Axis("recipe.optimizer", ("adamw", "sgd"))
    return SweepResult(
        axes=(*base.axes, Axis("recipe.weight_decay", (0, 1, 3)), words),
        phase_by_seed=spread(base.phase_by_seed),
        train_step_by_seed=spread(base.train_step_by_seed),
        validation_step_by_seed=spread(base.validation_step_by_seed),
        intervals={of: spread(times) for of, times in base.intervals.items()},
        runs=ids,
        seeds=base.seeds,
    )


def test_three_axes_are_a_map_for_each_word():
    figure = facets().plot()
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == [
        "optimizer adamw",
        "optimizer sgd",
    ]
    assert figure.axes[0].get_ylabel() == "weight decay"
    assert "shares of its seeds" in figure._supxlabel.get_text()


@pytest.mark.parametrize("words", [("sum", "mean"), ("a" * 30, "b" * 30, "c" * 30)])
def test_a_terminal_names_every_word(words):
    x, y = Axis("model.combine", words), Axis("recipe.weight_decay", (0, 1))
    found = [["grokking"] * len(words)] * 2
    none = np.full((2, len(words)), np.nan)
    text = terminal_map(PhaseMap.from_arrays(x, y, found, none, none)).plain
    assert all(word in text for word in words)
    assert max(map(len, text.splitlines())) <= 80


def test_no_border_is_drawn_between_two_words():
    words, numbers = Axis("model.combine", ("sum", "mean")), Axis("recipe.weight_decay", (0, 1))
    found = [["grokking", "memorization"], ["memorization", "grokking"]]
    none = np.full((2, 2), np.nan)
    for x, y in ((words, numbers), (numbers, words)):
        axes = PhaseMap.from_arrays(x, y, found, none, none).plot().axes[0]
        (lines,) = (each for each in axes.collections if each.get_gid() == "borders")
        level = [path for path in lines.get_segments() if path[0][1] == path[1][1]]
        assert len(lines.get_segments()) == 2
        assert len(level) == (2 if x is words else 0)
        named = axes.get_xticklabels() if x is words else axes.get_yticklabels()
        assert [label.get_text() for label in named] == ["sum", "mean"]


def timed(train: float, validation: float, phase: str = "comprehension") -> SweepResult:
    """The example with the same times in all runs; infinite ones are censored at 60."""
    ends = {"train": train, "validation": validation, "delay": validation - train}
    times = {
        of: np.full((2, 3, 3), np.array([min(end, 60), end - 1, end], float))
        for of, end in ends.items()
    }
    return replace(
        example(),
        intervals=times,
        phase_by_seed=np.full((2, 3), phase),
        train_step_by_seed=np.full((2, 3), float(train)),
        validation_step_by_seed=np.full((2, 3), float(validation)),
        budget=None,
    )


def named(axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_equal_values_within_a_decade_have_limits_and_ticks_that_can_be_read():
    times, delay, _ = timed(40, 40).plot().axes
    assert times.get_ylim() == pytest.approx((28, 56))
    assert "40" in named(times)
    assert len(named(times)) > 2
    assert delay.get_ylim() == (-1, 1)
    assert all("10^" not in label for label in named(timed(20, 62).plot().axes[0]))


def test_where_no_run_trained_there_are_words_instead_of_a_scale():
    found = timed(60, 60, "confusion")
    for of, ends in found.intervals.items():
        ends[:] = np.nan if of == "delay" else [60, 60, np.inf]
    _, delay, _ = found.plot().axes
    (text,) = (each for each in delay.texts if each.get_gid() == "missing")
    assert "no delays" in text.get_text()
    assert named(delay) == []
    figure = survival_figure([found.survival("delay")])
    assert figure.legends == []
    assert "2 of 2 settings have none" in " ".join(figure._supxlabel.get_text().split())
    assert [each.get_gid() for each in figure.axes[0].texts] == ["missing"]


def test_a_legend_names_settings_that_have_curves_in_their_order():
    found = timed(20, 50)
    found.intervals["delay"][0] = np.nan
    events = [found.survival(of) for of in ("train", "delay")]
    for chosen, names in ((events, ["0.4", "0.8"]), (events[1:], ["0.8"])):
        (legend,) = survival_figure(chosen).legends
        assert [text.get_text() for text in legend.get_texts()] == names


@pytest.mark.parametrize("width", [3, 4.6])
def test_a_caption_ends_within_its_figure(width):
    found = replace(example(), notes=(Note("WIDE " * 40),))
    for figure in (
        found.plot(figsize=(width, 6)),
        survival_figure([found.survival("delay")], figsize=(width, 4)),
    ):
        box = figure._supxlabel.get_window_extent()
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= 0
