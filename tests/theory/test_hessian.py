"""Counts, Gram matrix and effective loss against the definitions and published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.theory import brute

from grokphase import theory
from grokphase.errors import GrokphaseError
from grokphase.tasks import Task, task
from grokphase.theory import bulk

TASKS = [
    task("addition", p=6),
    task("modular-addition", p=5),
    task("modular-addition", p=6, pairs="unordered"),
    task("modular-multiplication", p=5),
    task("S3"),
]


@st.composite
def training_sets(draw) -> tuple[Task, list[int]]:
    chosen = draw(st.sampled_from(TASKS))
    return chosen, draw(st.lists(st.integers(0, len(chosen) - 1), unique=True))


@pytest.mark.parametrize(("p", "count"), [(4, 3), (6, 13), (10, 70), (11, 95), (20, 615)])
def test_p0_has_the_published_number_of_parallelograms(p: int, count: int):
    assert theory.count(task("addition", p=p)) == count


def test_s3_has_ninety():
    assert theory.count(task("S3")) == 90


@given(training_sets())
def test_gram_is_the_sum_over_parallelograms(case: tuple[Task, list[int]]):
    chosen, train = case
    matrix = brute.rows(chosen, brute.pairs(chosen, train))
    expected = matrix.T @ matrix
    assert (theory.gram(chosen, train) == expected).all()
    assert (theory.constrained(chosen, train) == np.diag(expected)).all()
    assert theory.count(chosen, train) == len(matrix)


@given(training_sets())
def test_many_at_once_are_the_same(case: tuple[Task, list[int]]):
    chosen, train = case
    masks = np.zeros((2, len(chosen)), bool)
    masks[0, train] = True
    (both,) = bulk.grams(chosen, masks)
    np.testing.assert_allclose(both[0], theory.gram(chosen, train), atol=1e-12)
    assert (both[1] == 0).all()


def test_dense_and_sparse_class_sums_agree(monkeypatch: pytest.MonkeyPatch):
    chosen = task("addition", p=40)
    dense = theory.gram(chosen)
    monkeypatch.setattr("grokphase.theory.hessian._SPARSE_COST", 0)
    assert (theory.gram(chosen) == dense).all()


@given(st.integers(1, 3), st.integers(0, 10**6), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_loss_is_that_of_eq_5(dimension: int, seed: int, scale: float, shift: float):
    toy = TASKS[0]
    random = np.random.default_rng(seed)
    train = random.permutation(21)[:12].tolist()
    embedding = random.normal(size=(6, dimension))
    found = brute.pairs(toy, train)
    ell0 = (brute.rows(toy, found) @ embedding) ** 2
    expected = ell0.sum() / max(len(found), 1) / (embedding**2).sum()
    assert theory.effective_loss(embedding, toy, train) == pytest.approx(expected, rel=1e-12)
    assert theory.effective_loss(scale * embedding, toy, train) == pytest.approx(expected)
    line = shift + scale * np.arange(6.0)
    assert theory.effective_loss(line, toy, train) == pytest.approx(0, abs=1e-12)


def test_normalisations_differ_by_their_factors():
    toy, train = task("addition", p=10), np.arange(45)
    paper, plain, code = (
        theory.effective_hessian(toy, train, normalisation=name) for name in theory.NORMALISATIONS
    )
    np.testing.assert_allclose(plain, paper * theory.count(toy, train))
    np.testing.assert_allclose(code, theory.gram(toy) * 2 / 9)


def test_what_cannot_be_used_is_refused():
    toy = task("addition", p=10)
    with pytest.raises(GrokphaseError, match='Did you mean "paper"'):
        theory.effective_hessian(toy, normalisation="papr")
    with pytest.raises(GrokphaseError, match="z0"):
        theory.effective_hessian(toy, z0=0.0)
    with pytest.raises(GrokphaseError, match="from 0 to 54"):
        theory.gram(toy, [55])
    with pytest.raises(GrokphaseError, match="operations on two symbols"):
        theory.gram(task("sparse-parity", bits=10, relevant=2, samples=20))
    with pytest.raises(GrokphaseError, match="zero"):
        theory.effective_loss(np.zeros(10), toy)
    with pytest.raises(GrokphaseError, match=r"\(10, d\)"):
        theory.effective_loss(np.zeros(9), toy)
