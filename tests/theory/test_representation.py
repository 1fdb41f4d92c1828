"""RQI, predicted accuracy and their ideals: fast paths against the definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.theory import brute
from tests.theory.test_hessian import training_sets

from grokphase import theory
from grokphase.errors import GrokphaseError
from grokphase.tasks import Task, task

TOY = task("addition", p=10)
# Multiples of 1/64: sums and differences are exact, so ties are ties.
GRID = st.integers(-64, 64).map(lambda k: k / 64)


@given(
    st.sampled_from([1, 2]).flatmap(lambda d: arrays(np.float64, (10, d), elements=GRID)),
    st.sampled_from([0.0, 1 / 64, 0.25]),
    st.lists(st.integers(0, 54), unique=True),
)
def test_the_text_convention_is_the_definition(embedding, delta: float, train: list[int]):
    sums = embedding[TOY.inputs].sum(axis=1)
    realised = [(a, b) for a, b in brute.pairs(TOY) if ((sums[a] - sums[b]) ** 2).sum() <= delta**2]
    how = {"convention": "paper", "delta": delta}
    assert theory.rqi(embedding, TOY, **how) == pytest.approx(len(realised) / 70)
    assert theory.realised_parallelograms(embedding, TOY, **how).tolist() == [
        list(one) for one in realised
    ]
    assert theory.predicted_accuracy(embedding, TOY, train, **how) == pytest.approx(
        brute.reached(TOY, train, realised)
    )


@settings(max_examples=20)
@given(arrays(np.float64, (10, 1), elements=st.floats(-1, 1), unique=True))
def test_the_code_convention_is_that_of_the_measure(embedding: np.ndarray):
    from grokphase.measures import rqi

    if embedding.std() > 0.05:
        # The measure counts in float32, where one side may fall on the other side of delta.
        assert abs(theory.rqi(embedding, TOY) - rqi(embedding, TOY)) <= 1 / 70 + 1e-6


@given(st.integers(0, 10**6), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_code_convention_sees_no_shift_or_scale(seed: int, scale: float, shift: float):
    embedding = np.random.default_rng(seed).normal(size=10)
    moved = theory.rqi(shift + scale * embedding, TOY)
    assert abs(moved - theory.rqi(embedding, TOY)) <= 1 / 70 + 1e-12


def test_matrices_follow_both_conventions():
    s3, matrices = task("S3"), theory.permutation_matrices(3)
    assert theory.rqi(matrices, s3) == 1
    assert theory.rqi(matrices, s3, convention="paper", delta=0.0) == 1
    noise = np.random.default_rng(0).normal(size=(6, 3, 3))
    assert theory.rqi(noise, s3, convention="paper") == 0
    assert theory.rqi(np.zeros((6, 3, 3)), s3) == 0
    products = np.einsum("aij,bjk->abik", noise, noise)[tuple(s3.inputs.T)]
    close = [((products[a] - products[b]) ** 2).sum() <= 20 for a, b in brute.pairs(s3)]
    assert theory.rqi(noise, s3, convention="paper", delta=20.0) == pytest.approx(np.mean(close))


@settings(max_examples=30)
@given(training_sets())
def test_implied_parallelograms_are_those_of_equal_rank(case: tuple[Task, list[int]]):
    chosen, train = case
    expected = brute.implied(chosen, train)
    assert theory.implied_parallelograms(chosen, train).tolist() == [list(x) for x in expected]
    assert theory.ideal_rqi(chosen, train) == pytest.approx(len(expected) / theory.count(chosen))
    assert theory.ideal_accuracy(chosen, train) == pytest.approx(
        brute.reached(chosen, train, expected)
    )
    shown = {tuple(x) for x in theory.parallelograms(chosen, train).tolist()}
    assert shown == set(brute.pairs(chosen, train)) <= set(expected)


@given(st.integers(0, 10**6), st.integers(1, 54))
def test_ideals_bound_what_ground_states_realise(seed: int, count: int):
    """Eqs. 16-17, with equality for a generic ground state."""
    random = np.random.default_rng(seed)
    train = random.permutation(55)[:count]
    basis = theory.null_space(TOY, train)
    state = basis @ random.normal(size=(basis.shape[1], 2))
    how = {"convention": "paper", "delta": 1e-8}
    assert theory.rqi(state, TOY, **how) == theory.ideal_rqi(TOY, train)
    assert theory.predicted_accuracy(state, TOY, train, **how) == theory.ideal_accuracy(TOY, train)
    assert (theory.ideal_rqi(TOY, train) == 1) == theory.is_determined(TOY, train)


def test_a_constant_embedding_has_no_quality_in_units_of_its_spread():
    assert theory.rqi(np.ones(10), TOY) == 0
    assert theory.rqi(np.ones(10), TOY, convention="paper") == 1
    assert theory.predicted_accuracy(np.ones(10), TOY, range(11)) == pytest.approx(0.2)
    assert len(theory.realised_parallelograms(np.ones(10), TOY)) == 0


def test_a_thousand_symbols():
    large = task("addition", p=1000)
    assert theory.rqi(np.arange(1000.0), large) == 1
    assert theory.rqi(np.random.default_rng(0).normal(size=1000), large) < 0.1


def test_what_cannot_be_used_is_refused():
    with pytest.raises(GrokphaseError, match='Did you mean "code"'):
        theory.rqi(np.ones(10), TOY, convention="cod")
    with pytest.raises(GrokphaseError, match="matrices"):
        theory.rqi(np.ones((10, 2, 3)), TOY)
    with pytest.raises(GrokphaseError, match="no parallelograms"):
        theory.rqi(np.ones(2), task("addition", p=2))
