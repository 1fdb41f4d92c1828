"""What studies of accelerators compute without training."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

import grokphase as gp
from grokphase.studies import Given, curves_of
from grokphase.studies.egd2025 import study as egd
from grokphase.studies.grokfast2024.study import arms, ema_gain, ma_gain, measured_gain
from grokphase.studies.groktransfer2025.study import wall, work
from grokphase.studies.muon2026 import study as muon
from grokphase.studies.park2024.study import new_step
from grokphase.studies.prieto2025.study import BITS, collapses, gap_of


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_sample_saturates_where_half_a_spacing_is_left(precision):
    bits = BITS[precision] * math.log(2)
    for classes in (2, 31, 113):
        assert gap_of(classes, precision, "largest first") == pytest.approx(bits, abs=0.01)
        last = gap_of(classes, precision, "largest last")
        assert last == pytest.approx(bits + math.log(classes - 1), abs=0.01)


def test_saturation_is_that_which_runs_record():
    gap = gap_of(2, "float32", "largest first")
    logits = np.array([[gap - 0.1, 0.0], [gap + 0.1, 0.0]], np.float32)
    assert gp.measures.saturated(logits, np.zeros(2, int)).tolist() == [False, True]


def test_a_collapse_is_the_first_row_over_a_half():
    """In the column of the precision that is trained in; the direction is that before any share."""
    share = np.array([[0, 0, 0], [0.4, 0, 0], [0.9, 0.2, 0], [1, 0.6, 0]])
    curves = {
        "step": np.array([0, 10, 20, 30]),
        "collapsed": share,
        "gradient_alignment": np.array([0.1, 0.2, 0.3, 0.4]),
        "train_accuracy": np.zeros(4),
        "validation_accuracy": np.zeros(4),
        "train_loss": np.zeros(4),
    }
    record = SimpleNamespace(
        curves=curves, final={}, seed=0, train_step=1, validation_step=None, phase="memorization",
        steps_trained=30,
    )  # fmt: skip
    runs = [SimpleNamespace(labels={"precision": name}, record=record) for name in BITS]
    found = collapses(Given("quick", {}, runs))
    assert found["collapse_step"] == [20, 30, None]
    assert found["aligned"] == [0.1, 0.2, 0.4]


@pytest.mark.parametrize("frequency", [0.01, 0.3, 2.0])
def test_filters_have_the_gains_of_their_closed_forms(frequency):
    ema = gp.accelerators.GrokfastEMA(0.9, 2.0)
    assert abs(measured_gain(ema, frequency, 300) - ema_gain(0.9, 2.0, frequency)) < 1e-4
    ma = gp.accelerators.GrokfastMA(10, 5.0)
    assert abs(measured_gain(ma, frequency, 300) - ma_gain(10, 5.0, frequency)) < 1e-3


def test_what_does_not_change_is_amplified_by_one_plus_lambda():
    assert abs(ema_gain(0.98, 2.0, 1e-9)) == pytest.approx(3)
    assert abs(ma_gain(100, 5.0, 1e-9)) == pytest.approx(6)


def test_published_times_of_grok_transfer_are_a_fifth():
    found = wall(Given("quick", {}))
    values = dict(zip(found["what"], found["value"], strict=True))
    assert values["time over that from scratch"] == pytest.approx(73_907 / 392_667)
    assert values["gap over that of Grokfast"] == pytest.approx(46 / 1119)


def test_work_is_the_products_of_a_forward_pass():
    assert work(100, 5, 3, (4, 6)) == 2 * 5 * 3 * 4 + 100 * (4 * 6 + 6 * 5)


def test_curves_of_runs_that_ended_earlier_have_no_numbers_beyond():
    both = [
        SimpleNamespace(record=SimpleNamespace(curves={"step": np.arange(n), "loss": np.ones(n)}))
        for n in (3, 2)
    ]
    found = curves_of(both, "loss")
    assert found["step"][0].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(found["step"][1], [0, 1, np.nan])
    np.testing.assert_array_equal(found["loss"][1], [1, 1, np.nan])


@pytest.mark.parametrize(("new", "expected"), [([0, 0.2, 1.0], 20), ([math.nan] * 3, 10)])
def test_a_mirror_that_is_trained_does_not_count(new, expected):
    curves = {
        "step": np.array([0, 10, 20]),
        "validation_accuracy": np.array([0, 0.97, 1.0]),
        "new_validation_accuracy": np.array(new),
    }
    assert new_step(SimpleNamespace(record=SimpleNamespace(curves=curves)), 0.95) == expected


def test_arms_have_one_model_and_one_split_for_a_seed():
    settings = {
        "ema": [0.98, 2.0], "ma": [100, 5.0], "p": 5, "fraction": 0.6, "steps": 10, "every": 5,
        "sustain": 5, "seeds": 1, "decay": 1.0, "iterations": [0, 5], "muon": {}, "rate": 0.7,
        "width": 8, "model": {"width": 8, "heads": 2, "mlp": 8},
    }  # fmt: skip
    assert set(arms(settings)) == {"Adam", "Adam, decay", "EMA", "MA", "MA, no decay", "AdamW"}
    steps = {"steps": {"SGD": 10, "EGD": 10, "EGD, no decay": 10, "AdamW": 10}}
    for specs in (
        [spec for _, spec in muon.race(settings)],
        [spec for _, spec in egd.race(settings | steps)],
    ):
        assert len({spec.id for spec in specs}) == len(specs)
        assert len({str(spec.model.spec()) + str(spec.split.spec()) for spec in specs}) == 1
