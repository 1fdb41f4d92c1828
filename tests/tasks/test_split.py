"""Splits: disjoint, covering, seeded, and refused where they cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.tasks import Split, addition, label_vectors, stream

TOY = addition(10)


def check(split, seed=0, task=TOY):
    """Indices of a split, after checking that they are disjoint and cover the task."""
    train, validation = split.indices(task, seed)
    assert train.dtype == validation.dtype == np.int32
    assert len(train) > 0
    assert len(validation) > 0
    assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(len(task)))
    assert (np.diff(validation) > 0).all()
    return train, validation


@given(st.integers(1, 54), st.integers(0, 2**64))
def test_a_split_by_count_is_disjoint_and_covers(count, seed):
    train, _ = check(Split(count=count), seed)
    assert len(train) == count
    assert np.array_equal(train, Split(count=count).indices(TOY, seed)[0])


@given(st.fractions(min_value="0.01", max_value="0.99", max_denominator=1000))
def test_a_split_by_fraction_has_the_nearest_count(fraction):
    train, _ = check(Split(fraction=float(fraction)))
    assert abs(len(train) - float(fraction) * 55) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("p", "fraction", "count"), [(10, 0.8, 44), (10, 45 / 55, 45), (10, 0.5, 28), (3, 0.75, 5)]
)
def test_a_half_is_rounded_upwards(p, fraction, count):
    assert Split(fraction=fraction).training_samples(addition(p)) == count


def test_the_fraction_is_taken_as_it_is_written():
    """0.145 of 100 is 14.5 as written, though 14.499999999999998 in binary."""
    hundred = addition(10, pairs="ordered")
    assert 0.145 * 100 < 14.5
    assert Split(fraction=0.145).training_samples(hundred) == 15


@given(st.permutations(range(55)), st.integers(1, 54))
def test_given_indices_are_kept_in_their_order(order, count):
    train, _ = check(Split(train=order[:count]))
    assert train.tolist() == order[:count]


def test_a_larger_split_holds_the_smaller_one():
    small, large = (Split(count=count).indices(TOY, 58)[0] for count in (20, 45))
    assert np.array_equal(small, large[:20])


def test_its_own_seed_wins_over_that_of_the_run():
    fixed = Split(count=45, seed=58)
    assert np.array_equal(fixed.indices(TOY, 0)[0], fixed.indices(TOY, 1)[0])
    assert np.array_equal(fixed.indices(TOY, 0)[0], Split(count=45).indices(TOY, 58)[0])


def test_the_split_does_not_depend_on_the_labels_of_the_run():
    before = Split(count=45).indices(TOY, 58)[0]
    label_vectors(TOY, 58)
    wide = addition(10, target="classification")
    assert np.array_equal(before, Split(count=45).indices(wide, 58)[0])
    assert stream(58, "split").integers(2**62) != stream(58, "labels").integers(2**62)


def test_specs_hold_what_was_given():
    assert Split(fraction=0.8, seed=3).spec() == {"fraction": 0.8, "seed": 3}
    assert Split(count=45).spec() == {"count": 45}
    given = Split(train=np.array([3, 1])).spec()["train"]
    assert given["shape"] == [2]
    assert given == Split(train=[3, 1]).spec()["train"] != Split(train=[1, 3]).spec()["train"]
    assert Split(train=[3, 1]) == Split(train=np.array([3, 1]))
    assert hash(Split(train=[3, 1])) == hash(Split(train=(3, 1)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "exactly one of fraction, count and train"),
        ({"fraction": 0.5, "count": 3}, "exactly one"),
        ({"fraction": float("nan")}, "strictly between 0 and 1, not nan"),
        ({"fraction": 0.0}, "strictly between 0 and 1"),
        ({"fraction": 1.0}, "strictly between 0 and 1"),
        ({"fraction": -0.1}, "strictly between 0 and 1"),
        ({"fraction": "most"}, "strictly between 0 and 1"),
        ({"fraction": 2.0}, r"--set split\.fraction=0\.8 \(grokphase theory: --fraction 0\.8\)"),
        ({"count": 0}, "count must be a whole number >= 1"),
        ({"count": 4.5}, "count must be a whole number"),
        ({"count": 5, "seed": -1}, "seed must be a whole number >= 0"),
        ({"train": []}, "at least one"),
        ({"train": [[0, 1], [2, 3]]}, "a list of sample indices"),
        ({"train": [[0, 1], [2]]}, "a list of sample indices"),
        ({"train": [0.5]}, "a list of sample indices"),
        ({"train": [True, False]}, "a list of sample indices"),
        ({"train": [1, 4, 1]}, "index 1 2 times"),
        ({"train": [0, -1]}, "index -1: indices start at 0"),
    ],
)
def test_what_is_no_split_is_refused(options, message):
    with pytest.raises(GrokphaseError, match=message):
        Split(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fraction": 0.001}, r"Split\(fraction=0\.001\) of the 55 samples .* none to train"),
        ({"fraction": 0.999}, "none for validation"),
        ({"count": 55}, "none for validation: train from 1 to 54"),
        ({"count": 1000}, "none for validation"),
        ({"train": range(55)}, r"Split\(train=\.\.\.\).*none for validation"),
        ({"train": [0, 55]}, "index 55, but addition has 55 samples: indices run from 0 to 54"),
        ({"train": [2**40]}, "indices run from 0 to 54"),
    ],
)
def test_a_split_that_the_task_cannot_have_is_refused(options, message):
    with pytest.raises(GrokphaseError, match=message):
        Split(**options).indices(TOY, 0)
