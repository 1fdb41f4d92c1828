"""Counts and structure of the operations on numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.tasks import Classification, Regression, addition, modular, task, told
from grokphase.tasks.operations import MODULAR


@given(st.integers(2, 40))
def test_addition_has_the_triangle_of_unordered_pairs(p):
    toy = addition(p)
    assert len(toy) == p * (p + 1) // 2
    assert toy.classes == 2 * p - 1
    assert np.array_equal(toy.labels, toy.inputs.sum(axis=1))
    assert toy.inputs.tolist() == [[i, j] for i in range(p) for j in range(i, p)]


def test_addition_is_the_toy_of_the_paper_by_default():
    toy = addition()
    assert (len(toy), toy.symbols, toy.pairs) == (55, 10, "unordered")
    assert toy.target == Regression(dimension=30, scale=1.0)
    assert toy.outputs == 30
    assert addition(target="classification").outputs == 19


def test_arrays_are_of_the_agreed_types_and_cannot_be_written():
    toy = addition()
    assert toy.inputs.dtype == toy.labels.dtype == toy.table.dtype == np.int32
    for array in (toy.inputs, toy.labels, toy.table):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("modular-addition", 9409),
        ("modular-subtraction", 9409),
        ("modular-division", 9312),
        ("odd-division-even-subtraction", 9409),
        ("sum-of-squares", 9409),
        ("quadratic-form", 9409),
        ("quadratic-form-plus-x", 9409),
        ("cube-plus-product", 9409),
        ("cubic-form-plus-y", 9409),
        ("S5", 14400),
        ("S5-conjugation", 14400),
        ("S5-sandwich", 14400),
    ],
)
def test_domains_of_the_twelve_operations_of_power_et_al(name, domain):
    assert len(task(name)) == domain


@pytest.mark.parametrize("p", [5, 7, 11])
def test_every_modular_operation_solves_its_equation(p):
    """Each result, put back into the equation it is to solve, holds for every pair."""
    holds = {
        "modular-addition": lambda x, y, z: z - (x + y),
        "modular-subtraction": lambda x, y, z: z + y - x,
        "modular-multiplication": lambda x, y, z: z - x * y,
        "modular-division": lambda x, y, z: z * y - x,
        "odd-division-even-subtraction": lambda x, y, z: z * y - x if y % 2 else z + y - x,
        "sum-of-squares": lambda x, y, z: z - x * x - y * y,
        "quadratic-form": lambda x, y, z: z - x * x - x * y - y * y,
        "quadratic-form-plus-x": lambda x, y, z: z - x * (x + y + 1) - y * y,
        "cube-plus-product": lambda x, y, z: z - x * (x * x + y),
        "cubic-form-plus-y": lambda x, y, z: z - x * (x * x + y * y) - y,
    }
    assert holds.keys() == MODULAR.keys()
    for name, remainder in holds.items():
        one = modular(name, p)
        for (x, y), label in zip(one.inputs.tolist(), one.labels.tolist(), strict=True):
            assert remainder(x, y, int(one.results[label])) % p == 0, (name, x, y)


@pytest.mark.parametrize(("p", "root"), [(7, 3), (11, 2), (59, 2), (97, 5)])
@pytest.mark.parametrize(
    ("additive", "multiplicative"),
    [("modular-addition", "modular-multiplication"), ("modular-subtraction", "modular-division")],
)
def test_multiplication_is_addition_of_exponents_of_a_primitive_root(
    p, root, additive, multiplicative
):
    """Power et al. 2022: x + y mod (p-1) and x y mod p are the same table, relabelled."""
    powers = np.array([pow(root, k, p) for k in range(p - 1)])
    assert sorted(powers.tolist()) == list(range(1, p))
    sums, products = modular(additive, p - 1), modular(multiplicative, p)
    expected = products.results[products.table[np.ix_(powers, powers)]]
    assert np.array_equal(powers[sums.results[sums.table]], expected)


def test_division_by_what_has_no_inverse_is_undefined():
    twelve = modular("modular-division", 12)
    assert set(twelve.inputs[:, 1].tolist()) == {1, 5, 7, 11}
    assert (twelve.table[:, [0, 2, 3, 4, 6, 8, 9, 10]] == -1).all()


@given(st.sampled_from(sorted(MODULAR)), st.integers(2, 25))
def test_unordered_pairs_are_for_commutative_operations_only(name, p):
    ordered = modular(name, p)
    if ordered.properties.commutative:
        unordered = modular(name, p, pairs="unordered")
        assert len(unordered) == p * (p + 1) // 2
        assert np.array_equal(unordered.table, ordered.table)
        assert (unordered.inputs[:, 0] <= unordered.inputs[:, 1]).all()
    else:
        with pytest.raises(GrokphaseError, match=r'not commutative.*pairs="ordered"'):
            modular(name, p, pairs="unordered")


def test_the_target_can_be_chosen():
    assert modular("modular-addition", 5).target == Classification()
    assert modular("modular-addition", 5, target="regression").outputs == 30
    assert modular("modular-addition", 5, target=Regression(dimension=4)).outputs == 4


@pytest.mark.parametrize("p", [1, 0, -3, 2.5, float("nan"), float("inf"), 1001, "ten", True, None])
def test_impossible_sizes_are_refused(p):
    with pytest.raises(GrokphaseError, match="p must be a whole number from 2 to 1000"):
        addition(p)


def test_other_mistakes_are_told():
    with pytest.raises(GrokphaseError, match='pairs is "ordered" or "unordered"'):
        addition(pairs="all")
    with pytest.raises(GrokphaseError, match='Did you mean "regression"'):
        addition(target="regresion")
    with pytest.raises(GrokphaseError, match='Did you mean "modular-addition"'):
        modular("modular-adition")


def test_a_task_shows_for_how_many_numbers_an_inverse_exists():
    shown = "384 of 576 undefined (8 of 24 numbers have an inverse modulo 24, which is not prime)"
    division = task("modular-division", p=24)
    assert shown in repr(division)
    assert shown in division._repr_html_()
    assert shown in told(division)
    assert "5 of 25 undefined\n" in repr(task("modular-division", p=5))
    assert "undefined" not in repr(task("modular-addition", p=5))
