"""Sparse parity: labels against brute force, samples all different."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.tasks import sparse_parity


@settings(max_examples=40)
@given(st.integers(1, 30), st.data())
def test_labels_are_the_parity_of_the_relevant_bits(bits, data):
    relevant = data.draw(st.integers(1, bits))
    samples = data.draw(st.integers(2, min(2**bits, 60)))
    task = sparse_parity(bits, relevant, samples, seed=data.draw(st.integers(0, 5)))
    assert task.inputs.shape == (samples, bits)
    assert task.inputs.dtype == np.float32
    assert set(np.unique(task.inputs)) <= {-1.0, 1.0}
    for row, label in zip(task.inputs.tolist(), task.labels, strict=True):
        assert math.prod(row[:relevant]) == (1 - 2 * label)
    assert len(np.unique(task.inputs, axis=0)) == samples


def test_all_samples_are_the_whole_cube():
    task = sparse_parity(bits=5, relevant=2, samples=32)
    assert {tuple(row) for row in task.inputs.tolist()} == set(itertools.product((1, -1), repeat=5))
    assert task.labels.sum() == 16


@pytest.mark.parametrize("bits", [20, 21, 40])
def test_bits_are_fair_coins(bits):
    mean = sparse_parity(bits=bits, samples=4000).inputs.mean(axis=0)
    assert np.abs(mean).max() < 5 / np.sqrt(4000)


def test_collisions_in_a_small_cube_are_drawn_again():
    crowded = sparse_parity(bits=21, samples=20_000)
    assert len({row.tobytes() for row in crowded.inputs.astype(np.int8)}) == 20_000


def test_the_seed_draws_the_samples():
    assert sparse_parity(seed=1) == sparse_parity(seed=1) != sparse_parity(seed=2)


def test_it_is_no_operation():
    task = sparse_parity(bits=8, samples=10)
    assert (task.symbols, task.pairs, task.table, task.properties) == (None, None, None, None)
    assert task.spec() | {"data": None} == {
        "name": "sparse-parity",
        "bits": 8,
        "relevant": 3,
        "samples": 10,
        "seed": 0,
        "pairs": None,
        "target": {"kind": "classification"},
        "data": None,
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bits": 3, "samples": 9}, "only 8 different inputs"),
        ({"bits": 3, "relevant": 4}, "relevant must be a whole number from 1 to 3"),
        ({"relevant": 0}, "relevant must be"),
        ({"samples": 1}, "samples must be a whole number >= 2"),
        ({"samples": 10**12}, "more than 100,000,000: write samples=2500000 or fewer"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(GrokphaseError, match=message):
        sparse_parity(**options)
