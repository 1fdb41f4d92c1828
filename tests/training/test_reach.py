"""Splits from which no network can generalize are known before training."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from numpy.polynomial import Polynomial

import grokphase as gp
from grokphase.cli.parsing import FIRST_SEED
from grokphase.training.notes import notes
from grokphase.training.reach import note, reach
from grokphase.training.usual import SEED


def test_a_result_that_was_never_shown_is_out_of_reach() -> None:
    task = gp.task("addition", p=10)
    only = {0: (0, 0), 1: (0, 1), 17: (8, 9), 18: (9, 9)}  # sums with a single sample
    index = [i for i, pair in enumerate(task.inputs.tolist()) if tuple(pair) in only.values()]
    train_on = np.setdiff1d(np.arange(55), index)
    spec = gp.run_spec(task, split=gp.Split(train=train_on))
    assert reach(spec) == (58, 0, 4, 4)
    (found,) = notes([[spec]])
    assert found.sentence.startswith("Seed 58 cannot exceed a validation accuracy of 0.9")
    assert found.sentence.endswith("0 of 4 can be right")


def test_the_share_of_hopeless_splits_is_the_hypergeometric_one() -> None:
    """No result may have all of its k samples among the ten for validation.

    The splits without one are the coefficient of x^10 in the product of (1 + x)^k - x^k.
    """
    counts = np.bincount(gp.task("addition", p=10).labels)
    splits = Polynomial([1])
    for k in counts:
        splits *= Polynomial([comb(k, i) for i in range(k)])
    expected = 1 - splits.coef[10] / comb(55, 10)
    specs = [gp.run_spec("addition", seed=seed) for seed in range(2000)]
    hopeless = np.mean([not reach(spec).enough for spec in specs])
    assert abs(expected - 0.633) < 0.005
    assert abs(hopeless - expected) < 4 * np.sqrt(expected * (1 - expected) / 2000)


def test_the_authors_rule_forgives_one_of_ten() -> None:
    lenient = gp.Recipe(thresholds=gp.Thresholds(rule=">="))
    assert not reach(gp.run_spec("addition", seed=0)).enough
    assert reach(gp.run_spec("addition", recipe=lenient, seed=0)).enough
    (found,) = notes([[gp.run_spec("addition", recipe=lenient, seed=60)]])
    assert "cannot reach a validation accuracy of 0.9" in found.sentence


@pytest.mark.parametrize("seeds", [1, 3, 20, 200])
def test_any_number_of_seeds_makes_one_short_sentence_and_keeps_the_numbers(seeds: int) -> None:
    specs = [gp.run_spec("addition", seed=seed) for seed in range(60, 60 + seeds)]
    short = [found for found in map(reach, specs) if not found.enough]
    found = note([specs])
    assert found is not None
    assert [row["seed"] for row in found.rows] == [each.seed for each in short]
    assert all(row["reachable"] < row["needed"] <= row["samples"] for row in found.rows)
    assert len(found.sentence) < 150
    if seeds > 1:
        assert found.sentence.startswith(f"{len(short)} of {seeds} seeds (60")


def test_cells_that_differ_are_counted() -> None:
    cells = [
        [gp.run_spec("addition", split=gp.Split(count=count), seed=seed) for seed in (58, 59)]
        for count in (15, 20, 45, 50)
    ]
    short = [[not reach(spec).enough for spec in cell] for cell in cells]
    found = note(cells)
    assert found is not None
    assert 0 < np.any(short, axis=1).sum() < 4
    assert f" in {np.any(short, axis=1).sum()} of 4 cells" in found.sentence
    assert len(found.rows) == np.sum(short)


def test_a_seed_that_is_short_in_some_cells_alone_is_not_said_to_be_in_all() -> None:
    task = gp.task("addition", p=5)
    cells = [
        [gp.run_spec(task, split=gp.Split(fraction=share), seed=seed) for seed in (58, 59)]
        for share in (0.4, 0.8)
    ]
    assert [[reach(spec).enough for spec in cell] for cell in cells] == [[False] * 2, [False, True]]
    found = note(cells)
    assert found is not None
    assert found.sentence.startswith("3 of 4 runs cannot exceed a validation accuracy of 0.9, as")
    assert "2 of 2 seeds (58, 59)" in getattr(note(cells[:1]), "sentence", "")


def test_the_default_seed_can_generalize_and_is_one_everywhere() -> None:
    assert notes([[gp.run_spec("addition")]]) == ()
    assert FIRST_SEED == SEED
