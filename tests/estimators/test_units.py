"""What the values of estimators are measured in, and which of them a claim allows."""

from __future__ import annotations

import pytest
from tests.estimators.worlds import WORLDS, World

from grokphase.estimators import ESTIMATORS, UNITS, allowed, estimator


def test_units_are_of_estimators():
    assert set(UNITS) <= set(ESTIMATORS)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.id)
def test_a_value_that_holds_is_one_that_is_allowed(world: World, rng):
    """And one that fails is not, whichever parameter says so."""
    asked = allowed(estimator(world.estimator).filled(world.claims))
    if asked is None:
        assert world.estimator in ("each", "coincidence")
        return
    for place, inside in zip(world.places, (True, False), strict=True):
        found = estimator(world.estimator)(world.simulate(rng, 30, place), **world.claims)
        assert isinstance(found.value, float)
        assert (asked[0] <= found.value <= asked[1]) == inside


def test_the_error_of_a_closed_form_is_at_most_its_tolerance():
    ask = {"column": "ours", "expected": "theirs"}
    assert allowed(estimator("closed-form").filled(ask)) == (0, 0)
    assert allowed(estimator("closed-form").filled({**ask, "tolerance": 1e-9})) == (0, 1e-9)
