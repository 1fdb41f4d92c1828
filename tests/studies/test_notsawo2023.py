"""Notsawo et al.: areas, components and settings of what is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grokphase.studies import Given, study
from grokphase.studies.notsawo2023 import study as ours


def test_an_area_is_the_chance_that_what_happens_scores_higher() -> None:
    assert ours.area([1, 2, 3, 4], [False, False, True, True]) == 1
    assert ours.area([1, 2, 3, 4], [True, False, True, False]) == 0.25
    assert ours.area([1, 1, 1], [True, False, True]) == 0.5


def test_parameters_of_sinusoids_are_their_closed_forms() -> None:
    found = ours.sinusoids(Given("quick", {"samples": 60, "cycles": [1, 7, 29]}))
    np.testing.assert_allclose(found["mobility"], found["frequency"])
    np.testing.assert_allclose(found["complexity"], 1)
    np.testing.assert_allclose(found["activity"], 0.5)


def test_a_circle_is_planar_and_steps_at_right_angles_are_not() -> None:
    angle = np.linspace(0, 5, 40)
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    assert ours.two_components(circle) == pytest.approx(1)
    # of a long walk with steps at right angles, 6 / pi^2 (1 + 1/4)
    walk = np.tril(np.ones((201, 200)), -1)
    assert ours.two_components(walk) == pytest.approx(7.5 / np.pi**2, abs=0.01)


def table(**columns: Any) -> dict[str, list[Any]]:
    of = {name: [1.0] * 5 for name in (*ours.OSCILLATIONS, *ours.BASELINES)}
    return {**of, "seed": [0] * 5, "cell": list("abcde"), "first": [400] * 5, **columns}


def test_what_has_generalized_or_diverged_in_the_first_steps_is_not_predicted() -> None:
    steps = [300, 900, 1200, None, None]
    found = ours.predictions(
        {
            "oscillations": table(
                validation_step=steps,
                generalizes=[step is not None for step in steps],
                activity=[0.0, 3.0, 2.0, 1.0, None],
                weight_decay=[0.0, 1.0, 2.0, 1.5, 9.0],
            )
        }
    )
    assert found["networks"] == [3]
    assert found["activity"] == [1.0]
    assert found["weight_decay"] == [0.5]
    assert found["activity_over_weight_decay"] == [0.5]


def test_a_network_is_trained_twice_with_the_same_first_steps() -> None:
    settings = study("notsawo2023").select("oscillations")[0].settings["quick"]
    small = {**settings, "rates": [1e-2], "decays": [1.0], "seeds": 1}
    (_, whole), (_, first) = ours.grid(small)
    assert (whole.recipe.steps, first.recipe.steps) == (settings["steps"], settings["first"])
    assert first.recipe.record_every == 1
    assert whole.recipe.decoder == first.recipe.decoder
    assert whole.recipe.batch == whole.split.training_samples(whole.task)
