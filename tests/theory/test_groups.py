"""Generalised parallelograms: what is deduced is sound, and what is enough is enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokphase import theory
from grokphase.errors import GrokphaseError
from grokphase.tasks import task

S3 = task("S3")
RANDOM_SETS = st.lists(st.integers(0, 35), unique=True, min_size=1)


def test_matrices_represent_the_group():
    product = S3.results[S3.table]
    for matrices in (theory.permutation_matrices(3), theory.regular_matrices(S3)):
        np.testing.assert_array_equal(matrices[:, None] @ matrices[None], matrices[product])


def test_three_parallelograms_make_a_fourth():
    """Eqs. 30-31, by a Latin square in which a d = b c, f c = e d and e h = f g."""
    ring = task("C8")
    a, b, c, d, e, f, g, h = 0, 1, 2, 3, 4, 5, 6, 7
    assert (a + d) % 8 == (b + c) % 8
    shown = [(a, d), (b, c), (f, c), (e, d), (e, h), (f, g)]
    train = [k for k, one in enumerate(ring.inputs.tolist()) if tuple(one) in shown]
    found = theory.deduced_parallelograms(ring, train, compose=False)
    deduced = {frozenset(map(tuple, ring.inputs[list(one)].tolist())) for one in found.tolist()}
    assert frozenset({(a, h), (b, g)}) in deduced


@settings(max_examples=30)
@given(RANDOM_SETS)
def test_deduction_contains_what_is_shown_and_grows_with_composition(train: list[int]):
    shown, chains, deduced = (
        {tuple(one) for one in found.tolist()}
        for found in (
            theory.parallelograms(S3, train),
            theory.deduced_parallelograms(S3, train, compose=False),
            theory.deduced_parallelograms(S3, train),
        )
    )
    assert shown <= chains <= deduced


@settings(max_examples=30)
@given(st.lists(st.integers(0, 48), unique=True, min_size=1))
def test_what_is_deduced_without_commutativity_holds_with_it(train: list[int]):
    ring = task("C7")
    deduced = {tuple(one) for one in theory.deduced_parallelograms(ring, train).tolist()}
    assert deduced <= {tuple(one) for one in theory.implied_parallelograms(ring, train).tolist()}


def test_the_whole_of_s3_leaves_bases_and_factors():
    """d^2 - 2 changes of basis that are felt, 2 factors that commute with the representation."""
    assert theory.free_directions(S3, theory.permutation_matrices(3)) == 9
    assert theory.free_directions(S3, theory.permutation_matrices(3), []) == 54


def test_the_critical_fraction_of_s3_is_about_one_half():
    found = theory.critical_fraction_of_matrices(S3, trials=60)
    assert found.critical_fraction == pytest.approx(0.47, abs=0.04)
    local = theory.critical_fraction_of_matrices(
        S3, trials=30, criterion="local", matrices=theory.permutation_matrices(3)
    )
    chains = theory.critical_fraction_of_matrices(S3, trials=30, criterion="chains")
    assert local.critical_fraction < found.critical_fraction < chains.critical_fraction


def test_what_is_no_group_is_refused():
    with pytest.raises(GrokphaseError, match="not a group"):
        theory.critical_fraction_of_matrices(task("addition", p=5))
    with pytest.raises(GrokphaseError, match="criterion"):
        theory.critical_fraction_of_matrices(S3, criterion="hope")
