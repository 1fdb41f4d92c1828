"""Varma et al. (2023): what its study makes of networks, without training any."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grokphase import studies
from grokphase.studies import Given, Trained
from grokphase.studies.functions import function

STUDY = studies.study("varma2023")
SMALL = {"p": 5, "dimension": 4, "width": 6, "rate": 1e-3, "steps": 10, "every": 10}


def call(name: str, *given: Any) -> Any:
    return function(STUDY, name)(*given)


def test_the_closed_form_is_the_end_of_the_flow() -> None:
    found = call("simulation", Given("quick", {"until": 3_000.0}))
    for ratio, closed in zip(found["ratio"], found["closed"], strict=True):
        assert ratio == pytest.approx(closed, rel=2e-2) or closed < 1
    assert found["closed"][0] == pytest.approx(8)


def test_random_labels_are_those_of_the_seed_and_nothing_else_changes() -> None:
    settings = {**SMALL, "seeds": 2, "memorized": [12], "generalized": [20]}
    runs = call("circuits", settings)
    assert [labels["kind"] for labels, _ in runs] == ["random labels", "addition"] * 2
    (_, first), (_, sums), (_, other), _ = runs
    assert first.task.symbols == sums.task.symbols == 5
    assert not np.array_equal(first.task.labels, other.task.labels)
    assert len(first.split.indices(first.task, 0)[0]) == 12
    assert "cosine_share" not in first.recipe.measures


def test_a_network_goes_on_with_its_own_weights_on_some_of_its_own_pairs() -> None:
    ((_, spec),) = (
        run for run in call("grokked", {**SMALL, "seeds": 1, "all": 20, "sizes": [], "scratch": 5})
    )
    network = spec.initial_network()
    weights = {"embedding": np.asarray(network.embedding)}
    for k, layer in enumerate(network.decoder):
        weights |= {f"decoder.{k}.weight": np.asarray(layer.weight)}
        weights |= {f"decoder.{k}.bias": np.asarray(layer.bias)}
    record = SimpleNamespace(weights=weights)
    on = call("continued", Trained({}, spec, record), 8, 2.0, {"forgetting": 100})
    ours, theirs = (one.split.indices(one.task, one.seed)[0] for one in (on, spec))
    assert set(ours.tolist()) < set(theirs.tolist())
    assert len(ours) == 8
    assert on.recipe.steps == 50
    assert on.recipe.decoder.weight_decay == 2.0
    pairs = spec.task.inputs[:7]
    np.testing.assert_allclose(on.initial_network()(pairs), network(pairs), rtol=1e-6)


def test_slopes_and_the_size_at_which_both_cost_the_same() -> None:
    sizes = [100, 200, 400]
    table = {
        "seed": [3] * 6,
        "kind": ["random labels"] * 3 + ["addition"] * 3,
        "size": sizes * 2,
        "cost": [1.0, 2.0, 4.0, 3.0, 3.0, 3.0],
        "accepted": [True] * 6,
    }
    (row,) = zip(*call("slopes", {"efficiency": table}).values(), strict=True)
    assert row == pytest.approx((3, 1.0, 0.0, 0.0, 300.0), abs=1e-9)


def test_the_critical_size_is_where_half_are_right() -> None:
    table = {
        "seed": [0] * 4 + [1] * 2 + [2] * 2,
        "way": ["from scratch"] * 8,
        "decay": [None] * 8,
        "size": [300, 100, 200, 400, 100, 200, 100, 200],
        "unseen": [0.7, 0.0, 0.3, 1.0, 0.1, 0.2, 0.6, 0.9],
    }
    found = call("critical_sizes", {"ungrokking": table})
    assert found["critical"] == [pytest.approx(250.0), None, 100.0]


def test_spreads_are_between_decays_alone() -> None:
    table = {
        "seed": [0] * 5 + [1] * 2,
        "size": [80, 80, 80, 40, 40, 80, 80],
        "decay": [1.0, 3.0, None, 1.0, 3.0, 1.0, 3.0],
        "unseen": [0.5, 0.25, 1.0, 0.1, 0.0, 1.0, 0.5],
    }
    # Of seed 0 at 80 pairs, where it is most; a mean over sizes would hide the fall.
    assert call("spreads", {"ungrokking": table}) == {"seed": [0, 1], "spread": [0.25, 0.5]}
