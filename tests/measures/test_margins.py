"""Margins: what they are for classes and for label vectors, and that they agree with accuracy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.measures import margins
from grokphase.training.losses import is_right, scores_of


@given(st.sampled_from([1, 20]), st.sampled_from([2, 8]), st.integers(0, 999))
def test_a_margin_is_the_lead_over_the_best_other_class(n: int, classes: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(n, classes)).astype(np.float32)
    labels = generator.integers(classes, size=n)
    expected = [row[y] - np.delete(row, y).max() for row, y in zip(scores, labels, strict=True)]
    found = np.asarray(margins(scores, labels))
    np.testing.assert_array_equal(found, expected)
    assert (found > 0).tolist() == is_right(scores, labels).tolist()


@given(st.sampled_from([1, 20]), st.integers(0, 999))
def test_for_label_vectors_it_is_half_the_difference_of_squared_distances(
    n: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(7, 5)).astype(np.float32)
    outputs = generator.normal(size=(n, 5)).astype(np.float32)
    labels = generator.integers(7, size=n)
    squares = ((outputs[:, None] - vectors) ** 2).sum(axis=2)
    expected = [(np.delete(s, y).min() - s[y]) / 2 for s, y in zip(squares, labels, strict=True)]
    found = margins(scores_of(outputs, vectors), labels)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_diverged_network_has_no_margin() -> None:
    assert np.isnan(margins(np.full((1, 3), np.nan), np.array([1])))[0]


def test_a_tie_is_no_lead() -> None:
    assert margins(np.array([[2.0, 2.0]]), np.array([0]))[0] == pytest.approx(0.0)
