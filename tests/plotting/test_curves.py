"""Curves of runs: what was measured, where thresholds were passed, what was not reached."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from tests.plotting.fakes import made_up_record

from grokphase.errors import GrokphaseError
from grokphase.plotting import curves_figure, draw_curves
from grokphase.telling.words import events_text, passage


def lines(axes, gid):
    return [line for line in axes.lines if line.get_gid() == gid]


def test_one_run_shows_its_measures_and_its_phase():
    record = made_up_record()
    figure = curves_figure(record)
    loss, accuracy, norm = figure.axes
    assert figure.get_suptitle() == "Addition, p = 10: grokking (seed 58)"
    for axes, measure in (
        (loss, "train_loss"),
        (loss, "validation_loss"),
        (accuracy, "train_accuracy"),
        (accuracy, "rqi"),
        (norm, "weight_norm"),
    ):
        (line,) = lines(axes, measure)
        np.testing.assert_array_equal(line.get_xdata(), record.curves["step"])
        np.testing.assert_array_equal(line.get_ydata(), record.curves[measure])


def test_what_no_run_has_a_number_of_has_no_panel():
    curves = made_up_record().curves
    known = {name: curves[name] for name in ("step", "train_accuracy", "validation_accuracy")}
    record = made_up_record(curves={**known, "train_loss": np.full(len(curves["step"]), np.nan)})
    labels = [axes.get_ylabel() for axes in curves_figure(record).axes]
    assert labels == ["accuracy"]
    both = curves_figure([record, made_up_record()])
    assert [axes.get_ylabel()[:4] for axes in both.axes] == ["loss", "accu", "norm"]


def test_a_name_that_a_user_gave_stays_as_it_is():
    for name, more in (("np_script.train", {}), ("my-model v1", {"trainer": {}})):
        record = made_up_record(spec={"task": {"name": name}, "seed": 58, **more})
        assert curves_figure(record).get_suptitle().startswith(f"{name}: grokking")


def test_step_0_is_on_the_axis():
    axes = curves_figure(made_up_record()).axes[0]
    at = axes.transData.transform([[0, 1], [1, 1], [10, 1], [100, 1]])[:, 0]
    assert np.isfinite(at).all()
    assert (np.diff(at) > 0).all()
    assert axes.get_xlim()[0] < 0


def test_first_passages_are_ringed_at_their_threshold():
    accuracy = curves_figure(made_up_record(train_step=120, validation_step=9000)).axes[1]
    (train,), (validation,) = (
        lines(accuracy, f"{name}_accuracy passed") for name in ("train", "validation")
    )
    assert (train.get_xdata()[0], train.get_ydata()[0]) == (120, 0.9)
    assert (validation.get_xdata()[0], validation.get_ydata()[0]) == (9000, 0.9)
    assert {line.get_ydata()[0] for line in lines(accuracy, "threshold")} == {0.9, 0.95}


def test_what_was_not_reached_is_said_and_not_ringed():
    record = made_up_record(validation_step=None, phase="memorization", steps=100_000)
    figure = curves_figure(record)
    assert not lines(figure.axes[1], "validation_accuracy passed")
    assert "validation accuracy > 0.9: not reached in 100,000 steps" in figure.get_supxlabel()


def test_rqi_is_left_out_where_it_is_not_defined():
    record = made_up_record()
    without = {k: v for k, v in record.curves.items() if k != "rqi"}
    undefined = {**without, "rqi": np.full(len(without["step"]), np.nan)}
    for curves in (without, undefined):
        axes = curves_figure(made_up_record(curves=curves)).axes[1]
        assert not lines(axes, "rqi")
        assert "RQI" not in [text.get_text() for text in axes.get_legend().get_texts()]
        assert axes.get_ylabel() == "accuracy"
    assert curves_figure(record).axes[1].get_ylabel() == "accuracy, RQI"


def test_one_quantity_is_drawn_into_axes_that_are_given():
    record = made_up_record()
    figure = Figure()
    axes = figure.subplots()
    assert draw_curves(axes, record, quantity="loss", title="mine") is axes
    assert figure.axes == [axes]
    assert (axes.get_ylabel(), axes.get_title(loc="left")) == ("loss", "mine")
    (line,) = lines(axes, "train_loss")
    np.testing.assert_array_equal(line.get_ydata(), record.curves["train_loss"])


def test_one_quantity_can_be_a_figure_of_its_own_size():
    figure = curves_figure(made_up_record(), quantity="norm", figsize=(5, 4), title="")
    (axes,) = figure.axes
    assert lines(axes, "weight_norm")
    assert tuple(figure.get_size_inches()) == (5, 4)
    assert figure.get_suptitle() == ""


@pytest.mark.parametrize(
    ("axes", "quantity", "said"),
    [
        (Figure().subplots(), "los", 'There are no curves of "los".*Did you mean "loss"'),
        (Figure().subplots(), "margin", "there are loss, accuracy, norm"),
        (Figure().subplots(1, 3), "loss", "ax is of type ndarray; give one matplotlib Axes"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(axes, quantity, said):
    with pytest.raises(GrokphaseError, match=said):
        draw_curves(axes, made_up_record(), quantity=quantity)


def test_several_runs_are_counted_by_phase_with_one_legend_entry_a_measure():
    runs = [made_up_record(seed=s) for s in range(3)]
    runs.append(made_up_record(validation_step=None, phase="memorization", seed=3))
    figure = curves_figure(runs)
    assert figure.get_suptitle() == "Addition, p = 10: 3 grokking, 1 memorization (4 runs)"
    assert len(lines(figure.axes[0], "train_loss")) == 4
    assert len(figure.axes[0].get_legend().get_texts()) == 2


def test_a_loss_that_diverged_is_cut_and_not_drawn_as_a_number():
    record = made_up_record(None, None, phase="diverged")
    loss = record.curves["train_loss"].copy()
    loss[-3:] = np.inf, np.nan, np.nan
    figure = curves_figure(
        made_up_record(None, None, phase="diverged", curves={**record.curves, "train_loss": loss})
    )
    (line,) = lines(figure.axes[0], "train_loss")
    assert len(line.get_xdata()) == len(loss) - 3
    assert "not reached before the loss diverged" in figure.get_supxlabel()


def test_measures_that_were_asked_for_have_panels_of_their_own():
    record = made_up_record()
    count = len(record.curves["step"])
    asked = {
        name: np.linspace(1, 2, count).astype(np.float32)
        for name in (
            "null_dimension",
            "predicted_accuracy",
            "train_margin",
            "gradient_norm",
            "sharpness",
        )
    }
    asked["embedding"] = np.stack([asked["sharpness"]] * 3, axis=1)[:, :, None]
    figure = curves_figure(made_up_record(curves={**record.curves, **asked}))
    _, accuracy, _, dimension, margin, gradient, own, embedding = figure.axes
    for axes, measure in (
        (accuracy, "predicted_accuracy"),
        (dimension, "null_dimension"),
        (margin, "train_margin"),
        (gradient, "gradient_norm"),
        (own, "sharpness"),
    ):
        (line,) = lines(axes, measure)
        np.testing.assert_array_equal(line.get_ydata(), asked[measure])
    # One of the lines that a panel may have is named all the same.
    assert [text.get_text() for text in margin.get_legend().get_texts()] == ["smallest"]
    assert own.get_ylabel() == "sharpness"
    assert embedding.get_legend() is None
    assert len(embedding.get_lines()) == 3


def test_runs_without_curves_are_refused_with_what_to_give():
    with pytest.raises(GrokphaseError, match="none has curves"):
        curves_figure([made_up_record(curves={})])


def test_a_sustained_time_that_was_not_followed_is_told_from_one_not_reached():
    stopped, followed = made_up_record(), made_up_record(followed=True)
    assert "not followed" in passage(stopped, "train_sustained_step")
    assert passage(followed, "train_sustained_step") == "not reached in 10,000 steps"
    reached = made_up_record(train_step=700, train_sustained_step=700)
    for name in ("train_step", "train_sustained_step"):
        assert passage(reached, name) == "step 700"
        assert passage(replace(reached, lower={name: 600}), name) == "step 700 (after 600)"


def test_events_name_their_rule():
    assert events_text(made_up_record())[0] == "train accuracy > 0.9: step 120"


def test_named_symbols_name_the_entries_of_their_embedding() -> None:
    record = made_up_record()
    rows = np.linspace(range(6), range(0, -6, -1), len(record.curves["step"]))
    entries = {"embedding": rows.reshape(-1, 3, 2)}
    named = {**record.spec, "task": {**record.spec["task"], "symbols": "e\na\nb"}}
    figure = curves_figure(replace(record, spec=named, curves={**record.curves, **entries}))
    shown = [
        text.get_text() for axes in figure.axes if (legend := axes.get_legend())
        for text in legend.get_texts()
    ]  # fmt: skip
    assert [name for name in shown if name in ("e", "a", "b")] == ["e", "a", "b"]
