"""Walks against entropies that are known, and perceptrons against counting by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from grokphase.studies.zhang2025.study import accuracy, levels_of, perceptron
from grokphase.studies.zhang2025.walks import counted, harmonic


@pytest.mark.parametrize("kind", ["bits", "ring"])
def test_levels_have_as_many_words_as_their_closed_form(kind: str) -> None:
    for bits in (3, 8):
        levels, numbers = levels_of(kind, bits)
        assert np.bincount(levels).tolist() == numbers
        assert sum(numbers) == 2**bits


def test_walks_count_words() -> None:
    levels, numbers = levels_of("bits", 10)
    found = counted(levels, 10, steps=4000, turn=200)
    assert found == pytest.approx(np.log(numbers), abs=0.25)
    assert np.exp(found).sum() == pytest.approx(2**10)


def test_dynamics_find_the_entropy_of_a_square() -> None:
    settings = {"span": (-1.0, 3.0), "bins": 20, "most": 0.5, "turn": 300}
    found = harmonic(4, steps=4000, friction=0.05, length=0.05, **settings)
    slope = np.polyfit(found.at[2:-2], found.value[2:-2], 1)[0]
    assert slope == pytest.approx(2.0, rel=0.1)
    straight = np.polyval(np.polyfit(found.at, 2.0 * found.at, 1), found.at)
    assert np.ptp(found.value - straight) < 1.5  # of 8 nats


def test_accuracy_of_a_perceptron_is_that_of_all_inputs() -> None:
    inputs = np.array(list(product((-1, 1), repeat=5)))
    for unlike in range(6):
        weights = np.where(np.arange(5) < unlike, -1, 1)
        agree = (inputs @ weights > 0) == (inputs.sum(axis=1) > 0)
        assert accuracy(5, unlike) == pytest.approx(agree.mean())


def test_the_teacher_has_no_training_error_and_its_opposite_has_all() -> None:
    errors, unlike = perceptron(7, 20, seed=0)
    assert errors[0] == 0 == unlike[0]  # the word 0 is the teacher
    assert errors[-1] == 20
    assert unlike[-1] == 7
    # Over many patterns errors are those of all inputs.
    errors, unlike = perceptron(7, 4000, seed=1)
    for k in range(8):
        share = errors[unlike == k].mean() / 4000
        assert share == pytest.approx(1 - accuracy(7, k), abs=0.02)
