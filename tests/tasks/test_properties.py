"""Properties computed from a table agree with their definitions and do not see the labels."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from grokphase.tasks import OperationProperties, addition, from_function, from_table, group, modular
from grokphase.tasks.properties import operation_properties


def by_definition(values, p):
    """The properties by their definitions, from {(a, b): result} of the pairs defined."""
    every = range(p)

    def follow(a, b):
        return values.get((a, b)) if a in every and b in every else None

    pairs = list(itertools.product(every, repeat=2))
    total = len(values) == p * p
    closed = total and all(value in every for value in values.values())
    sides = [
        (follow(follow(a, b), c), follow(a, follow(b, c)))
        for a, b, c in itertools.product(every, repeat=3)
    ]
    broken = any(left != right for left, right in sides if None not in (left, right))
    neutral = [e for e in every if all(follow(e, a) == a == follow(a, e) for a in every)]
    results = set(values.values())
    latin = (
        total
        and len(results) == p
        and all({values[a, b] for b in every} == results for a in every)
        and all({values[a, b] for a in every} == results for b in every)
    )
    inverses = bool(neutral) and all(
        any(follow(a, b) == neutral[0] == follow(b, a) for b in every) for a in every
    )
    return OperationProperties(
        total=total,
        closed=closed,
        commutative=all(values.get((a, b)) == values.get((b, a)) for a, b in pairs),
        associative=False if broken else True if closed else None,
        identity=neutral[0] if neutral else None,
        latin_square=latin,
        group=closed and not broken and inverses,
    )


def tables(entries, most=4):
    return st.integers(2, most).flatmap(
        lambda p: st.lists(st.lists(entries(p), min_size=p, max_size=p), min_size=p, max_size=p)
    )


@settings(max_examples=300)
@given(tables(lambda p: st.integers(-1, p)).filter(lambda t: any(v >= 0 for r in t for v in r)))
def test_properties_are_those_of_the_definitions(table):
    values = {(a, b): v for a, row in enumerate(table) for b, v in enumerate(row) if v >= 0}
    assert from_table(table).properties == by_definition(values, len(table))


def near_groups():
    """Groups and semigroups, some with one entry changed: where associativity is a close call."""
    bases = [
        group("C4").table,
        group("S3").table,
        np.maximum.outer(np.arange(5), np.arange(5)),
        np.multiply.outer(np.arange(6), np.arange(6)) % 6,
        np.repeat(np.arange(4)[:, None], 4, axis=1),  # left zeros: every element a generator
    ]

    def change(base):
        place = st.integers(0, len(base) - 1)
        return st.tuples(st.just(base), place, place, place)

    return st.sampled_from(bases).flatmap(change)


@given(near_groups())
def test_one_changed_entry_is_seen(case):
    base, a, b, value = case
    table = np.array(base)
    table[a, b] = value
    values = {pair: int(v) for pair, v in np.ndenumerate(table)}
    assert from_table(table).properties == by_definition(values, len(table))


@given(tables(lambda p: st.integers(0, p - 1), most=6), st.randoms(use_true_random=False))
def test_renaming_the_symbols_renames_the_identity_and_nothing_else(table, random):
    old = np.array(table)
    p = len(old)
    new_name = np.array(random.sample(range(p), p))
    renamed = np.empty_like(old)
    renamed[np.ix_(new_name, new_name)] = new_name[old]
    before, after = from_table(old).properties, from_table(renamed).properties
    expected = None if before.identity is None else int(new_name[before.identity])
    assert after.identity == expected
    for name in ("total", "closed", "commutative", "associative", "latin_square", "group"):
        assert getattr(after, name) == getattr(before, name)


def test_known_operations():
    toy = addition(10).properties
    assert (toy.closed, toy.commutative, toy.associative, toy.identity) == (False, True, None, 0)
    product = modular("modular-multiplication", 7).properties
    assert (product.associative, product.identity, product.group) == (True, 1, False)
    minus = modular("modular-subtraction", 7).properties
    assert (minus.quasigroup, minus.associative, minus.identity) == (True, False, None)
    divide = modular("modular-division", 7).properties
    assert (divide.total, divide.associative, divide.commutative) == (False, False, False)


def test_a_latin_square_of_other_results_is_no_quasigroup():
    shifted = from_function(lambda a, b: (a + b) % 5 + 100, p=5).properties
    assert shifted.latin_square
    assert not shifted.quasigroup


def test_the_phrase_names_what_was_found():
    table = group("C3").table
    assert str(operation_properties(table, np.arange(3))).endswith("an abelian group")
    assert "no identity" in str(modular("sum-of-squares", 5).properties)
