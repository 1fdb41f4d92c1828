"""What humayun2024, golechha2024 and fan2024 make of courses, on courses that are known."""

import types

import jax.numpy as jnp
import numpy as np
import pytest

from grokphase.models.network import Dense
from grokphase.studies.fan2024.study import fall
from grokphase.studies.given import Trained
from grokphase.studies.golechha2024.study import correlation
from grokphase.studies.humayun2024.normalisation import Normalised, folded
from grokphase.studies.humayun2024.study import arrangement, first_half, phases
from grokphase.studies.images import outputs, through


def test_phases_of_a_course_that_falls_rises_and_falls_again():
    found = phases([8, 4, 2, 5, 6, 3], [0, 1, 10, 100, 1000, 10_000])
    assert (found["fallen"], found["risen"], found["fallen_again"]) == (1 / 4, 3, 1 / 2)
    assert (found["low_step"], found["high_step"]) == (10, 1000)


def test_what_is_missing_of_three_phases_is_a_ratio_of_one():
    rising = phases([1, 2, 3], [0, 1, 2])
    assert (rising["fallen"], rising["risen"], rising["fallen_again"]) == (1, 3, 1)
    falling = phases([4, 2, 1], [0, 1, 2])
    assert (falling["fallen"], falling["risen"]) == (1, 1)
    # The early peak counts for less than the late one, from a lower start.
    assert phases([2, 3, 1, 2.5], [0, 1, 2, 3])["low_step"] == 2


def test_half_of_the_way_is_of_the_last_value_and_not_of_the_highest():
    assert first_half([0, 1, 10, 100], [0.1, 0.2, 0.6, 0.5]) == 10
    assert first_half([0, 1, 10, 100], [0.1, 0.35, 0.6, 0.5]) == 1


def test_lines_of_the_plane():
    assert [arrangement(n) for n in range(5)] == [1, 2, 4, 7, 11]


def test_a_rank_that_falls_while_accuracy_rises():
    steps = [0, 1, 10, 20, 40, 80, 160]
    rank, accuracy = [50, 90, 90, 80, 40, 20, 10], [0.1, 0.5, 0.5, 0.55, 0.8, 0.9, 0.9]
    found = fall(steps, rank, accuracy, begin=5)
    assert found["fallen"] == pytest.approx(1 / 9)
    assert (found["rank_step"], found["accuracy_step"], found["apart"]) == (40, 40, 1)
    assert found["correlation"] == pytest.approx(np.corrcoef(rank[2:], accuracy[2:])[0, 1])
    assert set(fall(steps, rank, accuracy, begin=None).values()) == {None}


def test_a_correlation_needs_five_steps_and_a_change():
    assert correlation(np.arange(5.0), -np.arange(5.0)) == pytest.approx(1)
    assert correlation(np.ones(6), np.arange(6.0)) is None
    assert correlation(np.arange(4.0), np.arange(4.0)) is None


def test_thinned_weights_have_the_first_step_and_the_last():
    kept = {step: {} for step in (0, 1, 2, 4, 8, 16)}
    record = types.SimpleNamespace(snapshots=kept, steps_trained=32, weights={})
    run = Trained({}, None, record)
    assert [step for step, _ in through(run, 2)] == [0, 2, 8, 32]
    assert [step for step, _ in through(run)] == [0, 1, 2, 4, 8, 16, 32]


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_normalisation_among_known_inputs_is_a_part_of_the_layers(scale):
    """And large weights before it are no large weights."""
    draw = np.random.default_rng(0).standard_normal
    shapes = ((5, 4), (5, 5), (3, 5))
    drawn = [(draw(shape), draw(shape[0])) for shape in shapes]
    gain, shift = ([jnp.asarray(draw(5), jnp.float32) for _ in range(2)] for _ in range(2))
    inputs = jnp.asarray(draw((20, 4)), jnp.float32)

    def network(times):
        hidden = [Dense.of(times * weight, times * bias) for weight, bias in drawn[:-1]]
        return Normalised((*hidden, Dense.of(*drawn[-1])), tuple(gain), tuple(shift))

    layers = [(layer.weight, layer.bias) for layer in network(scale).decoder]
    weights = {f"gain.{k}": gain[k] for k in range(2)} | {f"shift.{k}": shift[k] for k in range(2)}
    alone = outputs(folded(layers, weights, inputs), inputs)
    assert np.allclose(alone, network(scale)(inputs), atol=1e-5)
    assert np.allclose(alone, network(1.0)(inputs), atol=1e-3)
