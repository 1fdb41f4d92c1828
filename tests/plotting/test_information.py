"""What a picture shows is what the map holds."""

import dataclasses

import numpy as np
import pytest
from tests.plotting.fakes import BUDGET, made_up_map

from grokphase.plotting.information import phase_map_info


@pytest.mark.parametrize("seeds", [1, 4, 5])
def test_shares_counts_and_agreement_are_those_of_the_map(seeds):
    found = made_up_map(seeds=seeds)
    info = phase_map_info(found)
    np.testing.assert_allclose(info.shares.sum(axis=0), 1)
    assert sum(info.counts.values()) == found.phase.size
    assert {phase: n for phase, n in info.counts.items() if n} == {
        phase: n for phase, n in found.counts().items() if n
    }
    majority = info.shares.max(axis=0)
    np.testing.assert_allclose(info.agreement, majority)
    assert (info.agreement < 1).any() == (seeds > 1)


def test_a_caption_does_not_capitalise_a_name_that_a_user_gave():
    for name, more in (("np_script.train", {}), ("my-model", {"trainer": {}})):
        found = dataclasses.replace(made_up_map(), settings={"task": {"name": name}, **more})
        assert phase_map_info(found).caption.startswith(f"{name}; 1 seed")


def test_the_caption_says_task_budget_seeds_thresholds_runs_steps_and_what_was_inferred():
    found = made_up_map(seeds=5, inferred=True)
    run = int(found.measured.sum())
    caption = phase_map_info(found).caption
    for said in (
        "Addition, p = 10",
        "5 seeds a cell",
        f"budget {BUDGET:,} steps",
        "accuracy > 0.9",
        "delay of 1,000 steps",
        f"{5 * run:,} runs",
        f"{found.steps_trained:,} steps trained",
        f"{run:,} of 176 cells run, others inferred",
    ):
        assert said in caption


def test_nothing_is_called_inferred_where_all_was_run():
    assert "inferred" not in phase_map_info(made_up_map()).caption


def test_spreads_are_the_intervals_of_the_maps_borders():
    found = made_up_map(seeds=5)
    spreads = phase_map_info(found).spreads
    assert spreads
    intervals = {
        (found.y.values.index(border.at), border.low, border.high)
        for border in found.borders("x").borders
    }
    inside = [s for s in spreads if s.low > -0.5 and s.high < found.x.size - 0.5]
    assert inside
    assert all((s.row, s.low, s.high) in intervals for s in inside)
    assert len({(s.row, s.low, s.high) for s in spreads}) == len(spreads)


def test_one_seed_has_no_spread():
    assert phase_map_info(made_up_map(seeds=1)).spreads == ()
