"""Bits of networks: the bound, and the loss that is kept."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from tests.haste import computed
from tests.plotting.fakes import made_up_record

import grokphase as gp
from grokphase.studies import Trained
from grokphase.studies.demoss2024.study import bound, loss_of, plain_bits, straightness
from grokphase.training.loop import Loop
from grokphase.training.results import curves_of, weights_of
from grokphase.training.session import prepare


def test_the_bound_is_hoeffdings_and_says_nothing_of_many_bits() -> None:
    assert bound(0, 200, delta=math.exp(-4)) == pytest.approx(0.1)
    assert bound(8, 100, wrong=0.2, delta=1.0) == pytest.approx(
        0.2 + math.sqrt(8 * math.log(2) / 200)
    )
    assert bound(5000, 370) > 1


def test_random_weights_do_not_compress() -> None:
    random = np.random.default_rng(0)
    assert plain_bits({"w": random.standard_normal(4000)}) > 0.85 * 32 * 4000
    assert plain_bits({"w": np.zeros(4000)}) < 1000


def test_a_straight_line_of_bits_is_found() -> None:
    tolerance = [2.0**k for k in range(-4, 3)] * 2
    bits = [1000 - 50 * math.log(each) for each in tolerance]
    seeds = [0] * 7 + [1] * 7
    found = straightness({"any": {"seed": seeds, "tolerance": tolerance, "bits": bits}})
    assert found["slope"] == pytest.approx([-50, -50])
    assert found["straight"] == pytest.approx([1, 1])


def test_the_loss_by_weights_is_that_of_the_run() -> None:
    recipe = gp.Recipe(steps=3, stop="budget", label_noise=1.0)
    task = gp.task("modular-addition", p=5)
    spec = gp.run_spec(task, gp.MLP(dimension=4, widths=(8,)), recipe, split=0.5, seed=1)
    run = prepare(spec)
    params = jax.tree.map(lambda leaf: 2 * leaf, run.params)  # not those that a run begins with
    state = computed(Loop(run.program, run.static).start, params, run.problem)
    found = loss_of(Trained({}, spec, made_up_record()))(weights_of(params, run.static))
    assert found == pytest.approx(curves_of(spec, state)["train_loss"][0], rel=1e-5)
