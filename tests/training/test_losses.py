"""Losses against double precision, and predictions against the definition."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grokphase.training.losses import (
    cross_entropy,
    is_right,
    mean_squared_error,
    saturated,
    scores_of,
)

LOGITS = arrays(np.float32, (5, 4), elements=st.floats(-30, 30, width=32))
LABELS = arrays(np.int32, (5,), elements=st.integers(0, 3))


@given(LOGITS, LABELS)
def test_cross_entropy_is_minus_log_softmax(logits: np.ndarray, labels: np.ndarray) -> None:
    exact = logits.astype(np.float64)
    others = exact - exact[np.arange(5), labels][:, None]
    others[np.arange(5), labels] = -np.inf
    right = np.log1p(np.exp(others).sum(axis=1))
    np.testing.assert_allclose(cross_entropy(logits, labels), right, rtol=2e-5)


def test_cross_entropy_and_its_gradient_survive_where_float32_softmax_collapses() -> None:
    logits, labels = jnp.array([[60.0, 0.0, 0.0]]), jnp.array([0])
    plain = -jax.nn.log_softmax(logits)[0, 0]
    assert float(plain) == 0.0
    np.testing.assert_allclose(cross_entropy(logits, labels)[0], 2 * np.exp(-60.0), rtol=1e-4)
    gradient = jax.grad(lambda z: cross_entropy(z, labels).sum())(logits)
    np.testing.assert_allclose(gradient[0], np.exp(-60.0) * np.array([-2.0, 1.0, 1.0]), rtol=1e-4)


def test_saturation_counts_samples_whose_textbook_loss_is_zero() -> None:
    logits = jnp.array([[20.0, 0.0], [16.0, 0.0], [-20.0, 0.0], [100.0, 0.0]])
    labels = jnp.zeros(4, jnp.int32)
    textbook = -jax.nn.log_softmax(logits)[:, 0]
    assert (
        saturated(logits, labels).tolist() == (textbook == 0).tolist() == [True, False, False, True]
    )


@pytest.mark.parametrize("precision", ["float16", "float32", "float64"])
def test_saturation_in_a_precision_is_where_that_precision_rounds(precision: Any) -> None:
    """The textbook's sum, `1 + exp(-margin)`, in the arithmetic that is asked about."""
    edge = (np.finfo(precision).nmant + 1) * np.log(2)
    margin = np.array([edge - 0.1, edge + 0.1])
    one = np.ones(2, precision)
    textbook = one + np.exp(-margin).astype(precision) == one
    logits = np.stack([margin, np.zeros(2)], axis=1).astype(np.float32)
    assert saturated(logits, np.zeros(2, int), precision).tolist() == textbook.tolist()
    assert textbook.tolist() == [False, True]


def test_mean_squared_error_is_the_mean_over_outputs() -> None:
    vectors = jnp.array([[0.0, 0.0], [1.0, 3.0]])
    losses = mean_squared_error(jnp.zeros((2, 2)), vectors, jnp.array([0, 1]))
    np.testing.assert_allclose(losses, [0.0, 5.0])


@given(
    arrays(np.float32, (6, 3), elements=st.floats(-2, 2, width=32)),
    arrays(np.float32, (4, 3), elements=st.floats(-2, 2, width=32), unique=True),
    arrays(np.int32, (6,), elements=st.integers(0, 3)),
)
def test_prediction_is_the_nearest_label_vector(
    outputs: np.ndarray, vectors: np.ndarray, labels: np.ndarray
) -> None:
    distance = ((outputs[:, None].astype(np.float64) - vectors) ** 2).sum(axis=2)
    ordered = np.sort(distance, axis=1)
    clear = ordered[:, 1] - ordered[:, 0] > 1e-4  # a tie has no defined answer
    right = (distance.argmin(axis=1) == labels) & clear
    scores = scores_of(jnp.asarray(outputs), jnp.asarray(vectors))
    counted = np.asarray(is_right(scores, jnp.asarray(labels))) & clear
    assert counted.tolist() == right.tolist()


def test_a_network_that_has_diverged_is_right_about_nothing() -> None:
    outputs = jnp.full((3, 2), jnp.nan)
    assert not is_right(outputs, jnp.zeros(3, jnp.int32)).any()


@given(
    arrays(np.float32, (5, 3), elements=st.integers(-2, 2)),
    arrays(np.int32, (5,), elements=st.integers(0, 2)),
)
def test_a_tie_between_classes_is_wrong(scores: np.ndarray, labels: np.ndarray) -> None:
    ahead = [
        all(row[label] > other for k, other in enumerate(row) if k != label)
        for row, label in zip(scores.tolist(), labels.tolist(), strict=True)
    ]
    assert is_right(jnp.asarray(scores), jnp.asarray(labels)).tolist() == ahead
