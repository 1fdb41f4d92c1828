"""Shares are counts over totals: what is stored is the quotient to the last bit, all right is 1."""

from __future__ import annotations

from fractions import Fraction

import jax
import numpy as np
import pytest
from tests.haste import computed

import grokphase as gp
from grokphase.measures import parallelograms, predicted_accuracy, rqi
from grokphase.store import Store
from grokphase.training.loop import Loop
from grokphase.training.measured import COLUMNS, NEW, SHARES, recorded
from grokphase.training.session import prepare


def nearest(count: int, total: int) -> float:
    """The double nearest to a quotient of whole numbers, as exact fractions have it."""
    return float(Fraction(count, total))


def test_every_count_of_every_total_is_the_nearest_double() -> None:
    for total in (*range(1, 300), 1129, 3831, 4_999, 2**24):
        counts = np.unique(np.linspace(0, total, min(total + 1, 400)).astype(np.int64))
        rows = np.full((len(counts), len(SHARES)), counts[:, None], np.float32)
        curves = recorded(SHARES, rows, np.full(len(SHARES), total, np.float32))
        expected = [nearest(int(count), total) for count in counts]
        for name in SHARES:
            assert curves[name].dtype == np.float64
            assert curves[name].tolist() == expected, (name, total)


def test_all_of_any_total_is_one() -> None:
    totals = np.arange(1, 6000)
    for total in totals:
        (whole,) = recorded(["train_accuracy"], np.float32([[total]]), np.float32([total])).values()
        assert whole.tolist() == [1.0]


def test_what_is_no_share_stays_as_it_is_and_a_share_of_nothing_is_left_out() -> None:
    curves = recorded(("train_loss", NEW), np.float32([[0.1, 3.0]]), np.float32([1.0, 0.0]))
    assert list(curves) == ["train_loss"]
    assert curves["train_loss"].dtype == np.float32


@pytest.mark.parametrize("count", [5, 41, pytest.param(45, marks=pytest.mark.slow)])
def test_the_compiled_loop_counts(count: int) -> None:
    """The rows of the loop hold whole numbers, and beside them of how many."""
    run = prepare(gp.run_spec("addition", gp.Toy(widths=(4,)), gp.Recipe(steps=1), split=count))
    state = computed(Loop(run.program, run.static).start, run.params, run.problem)
    row = dict(zip([*COLUMNS, NEW], np.asarray(state.rows)[0].tolist(), strict=True))
    totals = dict(zip([*COLUMNS, NEW], np.asarray(state.totals).tolist(), strict=True))
    assert (totals["train_accuracy"], totals["validation_accuracy"]) == (count, 55 - count)
    assert (totals["rqi"], totals[NEW], totals["train_loss"]) == (70, 0, 1)
    for name in ("train_accuracy", "validation_accuracy", "rqi"):
        assert row[name] == int(row[name]) <= totals[name]


@pytest.mark.parametrize(
    "samples", [41, 97, *(pytest.param(many, marks=pytest.mark.slow) for many in (47, 55, 61))]
)
def test_measures_asked_by_hand_are_exact_too(samples: int) -> None:
    """Also where a user compiles them, and the total is a constant of the program."""
    inputs = np.stack([np.arange(samples), np.zeros(samples, int)], axis=1)
    line = np.arange(1.0, samples + 1)[:, None]
    pairs, all_of_them = np.zeros((1, 2), int), np.ones(samples, bool)
    for predicted in (predicted_accuracy, jax.jit(predicted_accuracy)):
        assert float(predicted(line, inputs, pairs, all_of_them, 0.1)) == 1.0
    task = gp.task("addition", p=6)
    bent = np.arange(6.0)
    bent[5] += 1
    found = rqi(bent[:, None], task, delta=1e-3)
    whole = len(parallelograms(task))
    assert found == nearest(round(found * whole), whole)


def test_a_query_finds_the_runs_that_are_all_right(tmp_path) -> None:
    """41 of 41 were 0.99999994 in float32 by a rounded reciprocal."""
    rates = gp.Group(0.02)
    recipe = gp.Recipe(embedding=rates, decoder=rates, steps=200, stop="budget")
    model = gp.Toy(dimension=4, widths=(64,))
    run = gp.train("addition", model, recipe, split=41, store=tmp_path / "store")
    with Store.open(tmp_path / "store", read_only=True) as store:
        found = store.query("SELECT id FROM runs WHERE final_train_accuracy = 1").rows
        assert found == [(run.record.id,)]
        counted = "final_train_accuracy * train_samples, final_rqi * parallelograms"
        ((right, realised),) = store.query(f"SELECT {counted} FROM runs").rows
        assert right == 41
        assert realised == round(realised)
        last = "SELECT max_by(train_accuracy, step) FROM curves"
        assert store.query(last).rows == [(1.0,)]
        record = store.get(run.record.id)
    assert record.counts == {"train_samples": 41, "validation_samples": 14, "parallelograms": 70}
    for name in ("train_accuracy", "validation_accuracy", "rqi"):
        assert record.final[name] == record.curves[name][-1]
