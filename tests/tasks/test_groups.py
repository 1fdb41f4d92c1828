"""Groups: their axioms are computed from the tables, their conventions pinned."""

import itertools

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import group, group_from_table

ORDERS = {
    "C2": 2,
    "C12": 12,
    "D1": 2,
    "D5": 10,
    "D6": 12,
    "S3": 6,
    "S4": 24,
    "S5": 120,
    "S6": 720,
    "A3": 3,
    "A4": 12,
    "A5": 60,
    "A6": 360,
    "C2xS3": 12,
    "C2xC2xC3": 12,
}
ABELIAN = {"C2", "C12", "D1", "A3", "C2xC2xC3"}


@pytest.mark.parametrize("name", ORDERS)
def test_every_group_is_one(name):
    one = group(name)
    assert one.symbols == one.classes == ORDERS[name]
    assert len(one) == ORDERS[name] ** 2
    assert one.properties.group
    assert one.properties.quasigroup
    assert one.properties.identity == 0
    assert one.properties.abelian == (name in ABELIAN)


def element_orders(one):
    """How many elements have each order."""
    counts = {}
    for element in range(one.symbols):
        power, order = element, 1
        while power != 0:
            power, order = int(one.table[power, element]), order + 1
        counts[order] = counts.get(order, 0) + 1
    return counts


@pytest.mark.parametrize(
    ("name", "orders"),
    [
        ("C12", {1: 1, 2: 1, 3: 2, 4: 2, 6: 2, 12: 4}),
        ("D5", {1: 1, 2: 5, 5: 4}),
        ("S4", {1: 1, 2: 9, 3: 8, 4: 6}),
        ("A5", {1: 1, 2: 15, 3: 20, 5: 24}),
        ("C2xS3", {1: 1, 2: 7, 3: 2, 6: 2}),
    ],
)
def test_elements_have_the_orders_of_the_textbook(name, orders):
    assert element_orders(group(name)) == orders


@pytest.mark.parametrize(("name", "classes"), [("S3", 3), ("S4", 5), ("S5", 7), ("A5", 5)])
def test_number_of_conjugacy_classes(name, classes):
    """x y x^-1 runs through the conjugacy class of y as x runs through the group."""
    conjugated = group(f"{name}-conjugation").table
    assert len({frozenset(column.tolist()) for column in conjugated.T}) == classes


def test_a_product_of_permutations_applies_the_first_then_the_second():
    """The convention of both papers' code: the product of a and b is b[a]."""
    elements = list(itertools.permutations(range(3)))
    s3 = group("S3")
    for (a, b), label in zip(s3.inputs, s3.labels, strict=True):
        assert elements[label] == tuple(elements[b][i] for i in elements[a])


def test_sandwich_is_the_product_of_three():
    product, sandwich = group("S4").table, group("S4-sandwich").table
    for x, y in itertools.product(range(0, 24, 5), range(24)):
        assert sandwich[x, y] == product[product[x, y], x]


def test_a_dihedral_group_obeys_its_relations():
    n, product = 7, group("D7").table
    r, s = 1, n
    assert product[s, s] == 0
    assert product[product[s, r], s] == n - 1  # s r s = r^-1
    assert product[r, s] == n + 1


def test_a_direct_product_multiplies_each_factor():
    both, c2, s3 = group("C2xS3").table, group("C2").table, group("S3").table
    for (g, h), (k, m) in itertools.product(itertools.product(range(2), range(6)), repeat=2):
        assert both[g * 6 + h, k * 6 + m] == c2[g, k] * 6 + s3[h, m]


def test_names_are_read_in_either_case_and_written_in_one():
    assert group("c2Xs3").name == "C2xS3"
    assert group("s5-Conjugation") == group("S5-conjugation")


@pytest.mark.parametrize("name", ["", "S", "Q8", "C0", "S3x", "S3-", "S3-square", "C2*S3", "3"])
def test_what_is_no_group_is_refused(name):
    with pytest.raises(GrokphaseError, match="There is no group"):
        group(name)


@pytest.mark.parametrize("name", ["C1", "S7", "D501", "C99xC99"])
def test_groups_too_small_or_too_large_are_refused(name):
    with pytest.raises(GrokphaseError, match="its order must be from 2 to 1000"):
        group(name)


def test_a_table_of_a_group_is_taken_and_others_say_which_axiom_fails():
    klein = group("C2xC2").table
    assert group_from_table(klein, pairs="unordered").properties.abelian
    with pytest.raises(GrokphaseError, match="numbered 0 to 3"):
        group_from_table(klein + 1)
    with pytest.raises(GrokphaseError, match="no identity"):
        group_from_table((np.arange(3)[:, None] - np.arange(3)) % 3)
    with pytest.raises(GrokphaseError, match="no inverse"):
        group_from_table([[0, 0], [0, 1]])
    with pytest.raises(GrokphaseError, match="not associative"):
        group_from_table([[0, 1, 2], [1, 0, 0], [2, 1, 0]])
    with pytest.raises(GrokphaseError, match='pairs="ordered"'):
        group_from_table(group("S3").table, pairs="unordered")
