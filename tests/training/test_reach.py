"""Splits from which no network can generalize are known before training."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.polynomial import Polynomial

import grokphase as gp
from grokphase.cli.parsing import FIRST_SEED
from grokphase.training.presets import SEED
from grokphase.training.reach import note, unreachable


def test_a_result_that_was_never_shown_is_out_of_reach() -> None:
    task = gp.task("addition", p=10)
    only = {0: (0, 0), 1: (0, 1), 17: (8, 9), 18: (9, 9)}  # sums with a single sample
    index = [i for i, pair in enumerate(task.inputs.tolist()) if tuple(pair) in only.values()]
    train_on = np.setdiff1d(np.arange(55), index)
    spec = gp.run_spec(task, split=gp.Split(train=train_on))
    assert unreachable(spec) == 4
    assert "stays at 0 of 4" in (note(spec) or "")


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
    hopeless = np.mean([note(spec) is not None for spec in specs])
    assert abs(expected - 0.633) < 0.005
    assert abs(hopeless - expected) < 4 * np.sqrt(expected * (1 - expected) / 2000)


def test_the_authors_rule_forgives_one_of_ten() -> None:
    lenient = gp.Recipe(thresholds=gp.Thresholds(rule=">="))
    assert note(gp.run_spec("addition", seed=0)) is not None
    assert note(gp.run_spec("addition", recipe=lenient, seed=0)) is None


def test_the_default_seed_can_generalize_and_is_one_everywhere() -> None:
    assert note(gp.run_spec("addition")) is None
    assert FIRST_SEED == SEED
