"""What training sets determine, by null spaces over the real numbers and finite fields."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.theory import brute
from tests.theory.test_hessian import training_sets

from grokphase import theory
from grokphase.errors import GrokphaseError
from grokphase.tasks import Task, task
from grokphase.theory import bulk, finite_field


@given(training_sets())
def test_n0_is_p_minus_the_rank(case: tuple[Task, list[int]]):
    chosen, train = case
    expected = chosen.symbols - brute.rank(brute.rows(chosen, brute.pairs(chosen, train)))
    whole = chosen.symbols - brute.rank(brute.rows(chosen, brute.pairs(chosen)))
    assert theory.null_dimension(chosen, train) == expected
    assert theory.null_space(chosen, train).shape == (chosen.symbols, expected)
    assert theory.is_determined(chosen, train) == (expected == whole)
    mask = np.isin(np.arange(len(chosen)), train)
    assert bulk.are_determined(chosen, mask[None])[0] == (expected == whole)
    # A large prime divides none of the minors of such small matrices.
    assert theory.null_dimension(chosen, train, modulus=2**31 - 1) == expected


@pytest.mark.parametrize("p", [4, 8, 9, 10, 57])
def test_addition_leaves_shift_and_scale(p: int):
    basis = theory.null_space(task("addition", p=p))
    line = np.stack([np.ones(p), np.arange(p)], axis=1)
    assert basis.shape == (p, 2)
    np.testing.assert_allclose(basis @ (basis.T @ line), line, atol=1e-10)


@pytest.mark.parametrize("name", ["C7", "C2xC3", "C2xC2"])
def test_sums_of_a_finite_abelian_group_leave_a_point(name: str):
    assert theory.null_dimension(task(name)) == 1


@pytest.mark.parametrize(("name", "prime", "left"), [("C7", 7, 2), ("C7", 5, 1), ("C2xC2", 2, 3)])
def test_characters_of_order_q_are_free_modulo_q(name: str, prime: int, left: int):
    """1 + the number of factors of the group whose order q divides."""
    assert theory.null_dimension(task(name), modulus=prime) == left


def test_the_eight_samples_of_appendix_c_are_enough():
    toy = task("addition", p=6)
    # D5 = (0, 2), D6 = (1, 1) and D8 = (3, 3) with D1 ... D4; D7 is D4 again.
    wanted = [[0, 4], [1, 3], [1, 5], [2, 4], [0, 2], [1, 1], [3, 3]]
    train = [k for k, one in enumerate(toy.inputs.tolist()) if one in wanted]
    assert theory.is_determined(toy, train)
    assert not theory.is_determined(toy, train[:-1])


@given(training_sets(), st.integers(0, 20))
def test_more_data_never_frees(case: tuple[Task, list[int]], extra: int):
    chosen, train = case
    more = [*train, extra]
    assert theory.null_dimension(chosen, more) <= theory.null_dimension(chosen, train)


def test_a_modulus_is_a_prime():
    with pytest.raises(GrokphaseError, match="prime"):
        theory.null_dimension(task("modular-addition", p=10), modulus=10)
    assert [n for n in range(30) if finite_field.is_prime(n)] == [
        2,
        3,
        5,
        7,
        11,
        13,
        17,
        19,
        23,
        29,
    ]
