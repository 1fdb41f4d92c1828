"""Huang et al. (2024) and Davies et al. (2023): what becomes of networks, without training any."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase import studies
from grokphase.studies.davies2023 import study as davies
from grokphase.studies.functions import function
from grokphase.studies.huang2024 import study as huang

SMALL = {"p": 5, "rate": 1e-3, "decay": 1.0, "steps": 10, "seeds": 1, "widths": [2, 3]}


@pytest.mark.parametrize(
    ("train_step", "unseen", "delay", "regime"),
    [
        (None, 0.5, None, "not memorized"),
        (100, 0.1, None, "memorization"),
        (100, 0.5, None, "semi-grokking"),
        (100, 0.99, 500, "grokking"),
        (100, 0.99, 499, "progression"),
        (100, 0.95, -20, "progression"),
    ],
)
def test_regimes(train_step: int | None, unseen: float, delay: int | None, regime: str) -> None:
    assert huang._regime(train_step, unseen, delay, partly=0.1, delayed=500) == regime


def test_random_labels_commute_and_widths_are_those_of_the_network() -> None:
    learned = huang.random_labels(7, seed=3)
    assert np.array_equal(learned.table, learned.table.T)
    assert learned != huang.random_labels(7, seed=4)
    runs = list(huang.memorizing({**SMALL, "fitted": [10, 20]}))
    assert [labels["width"] for labels, _ in runs] == [2, 2, 3, 3]
    assert runs[-1][1].model.widths == (6,)


def test_what_is_added_is_trained_whole_and_sums_are_held_out() -> None:
    learned, split = huang.with_more(5, more=3, size=20, seed=0)
    train, held_out = split.indices(learned, 0)
    assert len(learned) == 25 + 9
    assert len(train) == 20 + 9
    assert (learned.inputs[held_out] < 5).all()
    sums = learned.inputs[held_out].sum(axis=1) % 5
    np.testing.assert_array_equal(learned.results[learned.labels[held_out]], sums)
    alone, same = huang.with_more(5, more=0, size=20, seed=0)
    assert len(alone) == 25
    assert {tuple(row) for row in alone.inputs[same.indices(alone, 0)[1]].tolist()} == {
        tuple(row) for row in learned.inputs[held_out].tolist()
    }


def test_capacities_critical_sizes_and_emergence() -> None:
    study = studies.study("huang2024")
    table = {
        "seed": [0] * 4,
        "width": [8, 8, 16, 16],
        "size": [100, 200, 100, 200],
        "train_step": [50, None, 50, 60],
        "validation_step": [None, None, 90, 80],
        "regime": ["memorization", "not memorized", "grokking", "progression"],
        "learned": ["addition alone"] * 4,
    }
    call = function(study, "capacities")
    assert call({"capacity": table})["capacity"] == [100, 200]
    assert function(study, "critical_sizes")({"map": table})["critical"] == [None, 100]
    assert function(study, "counts")({"map": table})["regimes"] == [3]
    assert function(study, "emergence")({"added": table})["least"] == [16]


def test_least_widths() -> None:
    table = {
        "seed": [0, 0, 0, 1],
        "width": [16, 4, 8, 4],
        "train_accuracy": [1.0, 0.5, 1.0, 0.2],
        "validation_accuracy": [1.0, 0.0, 0.9, 0.0],
    }
    found = davies.least_widths({"widths": table})
    assert found == {"seed": [0, 1], "training": [8, None], "unseen": [16, None]}
