"""P0 and RQI against brute force, closed forms and the invariances of the definition."""

from __future__ import annotations

from itertools import combinations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import grokphase as gp
from grokphase import theory
from grokphase.measures import (
    mean_distance,
    norm,
    null_dimension,
    parallelograms,
    predicted_accuracy,
    realised,
    rqi,
)

TOY = gp.task("addition", p=10)


@pytest.mark.parametrize(("p", "count"), [(4, 3), (6, 13), (10, 70), (11, 95), (20, 615)])
def test_p0_has_the_published_number_of_parallelograms(p: int, count: int) -> None:
    assert len(parallelograms(gp.task("addition", p=p))) == count


def test_s3_has_ninety() -> None:
    assert len(parallelograms(gp.task("S3"), commuting=False)) == 90


@pytest.mark.parametrize("name", ["addition", "modular-addition", "modular-multiplication"])
def test_p0_is_every_pair_of_samples_with_one_result(name: str) -> None:
    task = gp.task(name, p=7)
    expected = {
        (a, b) for a, b in combinations(range(len(task)), 2) if task.labels[a] == task.labels[b]
    }
    found = parallelograms(task, commuting=False)
    assert {tuple(sorted(pair)) for pair in found.tolist()} == expected


@pytest.mark.parametrize("name", ["addition", "modular-addition", "modular-multiplication"])
def test_the_order_of_a_sum_makes_no_new_parallelograms(name: str) -> None:
    def sides(pairs: str) -> set[frozenset[tuple[int, ...]]]:
        task = gp.task(name, p=8, pairs=pairs)
        sorted_inputs = np.sort(task.inputs, axis=1)
        found = [[tuple(sorted_inputs[k].tolist()) for k in pair] for pair in parallelograms(task)]
        assert len(found) == len({frozenset(pair) for pair in found})
        return {frozenset(pair) for pair in found}

    assert sides("ordered") == sides("unordered")


@given(st.floats(-10, 10), st.floats(0.1, 10), st.booleans())
def test_a_linear_representation_has_rqi_one(offset: float, slope: float, down: bool) -> None:
    line = offset + (-slope if down else slope) * np.arange(10.0)
    assert rqi(line[:, None], TOY) == 1.0


@given(
    arrays(np.float64, (10, 2), elements=st.floats(-1, 1), unique=True),
    st.floats(-5, 5),
    st.floats(0.5, 4),
)
def test_rqi_does_not_see_shift_and_scale(
    embedding: np.ndarray, shift: float, scale: float
) -> None:
    if embedding.std(axis=0).min() < 0.05:
        return
    # Where a side is within rounding of delta the answer may flip; one of 70 is allowed to.
    assert abs(rqi(embedding, TOY) - rqi(shift + scale * embedding, TOY)) <= 1 / 70 + 1e-9


@given(arrays(np.float64, (10, 1), elements=st.floats(-1, 1), unique=True))
def test_rqi_is_the_count_of_brute_force(embedding: np.ndarray) -> None:
    if embedding.std() < 0.05:
        return
    z = ((embedding - embedding.mean()) / embedding.std(ddof=1))[:, 0]
    sides = z[TOY.inputs[:, 0]] + z[TOY.inputs[:, 1]]
    gaps = np.abs([sides[a] - sides[b] for a, b in parallelograms(TOY)])
    sure = ((gaps < 0.1 - 1e-5).sum() / 70, (gaps < 0.1 + 1e-5).sum() / 70)
    assert sure[0] - 1e-6 <= rqi(embedding, TOY) <= sure[1] + 1e-6


def test_moving_one_symbol_breaks_only_parallelograms_it_is_in() -> None:
    line = np.arange(10.0)
    line[0] += 1.0
    touched = [
        pair
        for pair in parallelograms(TOY)
        if np.abs(
            np.bincount(TOY.inputs[pair[0]], minlength=10)
            - np.bincount(TOY.inputs[pair[1]], minlength=10)
        )[0]
    ]
    assert rqi(line[:, None], TOY) == pytest.approx(1 - len(touched) / 70)


def test_permutation_matrices_of_s3_have_rqi_one() -> None:
    task = gp.task("S3")
    assert task.table is not None
    # The right regular representation: the operation is b[a], so products are reversed by it.
    regular = np.zeros((6, 6, 6))
    for g in range(6):
        for h in range(6):
            regular[g, h, task.table[h, g]] = 1.0
    assert rqi(regular, task, delta=0.5**0.5) == 1.0
    assert rqi(np.random.default_rng(0).normal(size=(6, 3, 3)), task, delta=0.5**0.5) < 0.3


def test_a_constant_or_broken_embedding_has_no_structure() -> None:
    assert rqi(np.ones((10, 1)), TOY) == 0.0
    assert rqi(np.full((10, 1), np.nan), TOY) == 0.0


def test_an_embedding_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(gp.GrokphaseError, match=r"needs \(10, d\)"):
        rqi(np.zeros((9, 1)), TOY)
    with pytest.raises(gp.GrokphaseError, match="no symbols"):
        parallelograms(gp.task("sparse-parity", bits=6, relevant=2, samples=20))


def test_the_quality_is_that_of_the_theory_for_vectors_and_for_matrices() -> None:
    random = np.random.default_rng(0)
    line = np.arange(10.0)[:, None] + random.normal(0, 0.15, (10, 1))
    exact = theory.permutation_matrices(3)
    matrices = exact + random.normal(0, 0.12, exact.shape)
    for embedding, task in ((line, TOY), (matrices, gp.task("S3"))):
        expected = theory.rqi(embedding, task)
        assert 0.2 < expected < 1
        assert rqi(embedding, task) == pytest.approx(expected)
    assert rqi(matrices, gp.task("S3"), delta=0.1) == 0  # that of vectors is too strict


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_convention_of_the_text_has_its_delta_in_the_units_of_the_embedding(scale) -> None:
    random = np.random.default_rng(1)
    line = np.arange(10.0)[:, None] + random.normal(0, 0.05, (10, 2))
    exact = theory.permutation_matrices(3)
    matrices = exact + random.normal(0, 0.02, exact.shape)
    for embedding, task in ((scale * line, TOY), (scale * matrices, gp.task("S3"))):
        for delta in (None, 0.2):
            expected = theory.rqi(embedding, task, convention="paper", delta=delta)
            found = rqi(embedding, task, convention="paper", delta=delta)
            assert found == pytest.approx(expected)
    # A tenth of a standard deviation is the same at any scale; a hundredth of a unit is not.
    assert rqi(scale * line, TOY) == pytest.approx(rqi(line, TOY), abs=1 / 70 + 1e-6)


def test_sides_that_are_just_delta_apart_meet_in_the_text_and_not_in_the_code() -> None:
    task = gp.task("addition", p=3)  # one parallelogram, E_0 + E_2 = 2 E_1
    apart = np.array([[0.0], [1.0], [2.25]])
    assert rqi(apart, task, convention="paper", delta=0.25) == 1
    assert rqi(apart, task, convention="paper", delta=0.2499) == 0
    spread = np.std(apart, ddof=1)
    assert rqi(apart, task, delta=0.2501 / spread) == 1
    assert rqi(apart, task, delta=0.2499 / spread) == 0


def test_all_that_counts_parallelograms_knows_both_conventions() -> None:
    pairs, everything = parallelograms(TOY), parallelograms(TOY, commuting=False)
    small = jnp.asarray(1e-3 * np.random.default_rng(2).normal(size=(10, 1)), jnp.float32)
    trained = TOY.labels < 5
    assert null_dimension(small, TOY.inputs, pairs, 0.01, "paper") == 2  # all is within 0.01
    assert null_dimension(small, TOY.inputs, pairs, 0.01) > 2
    for convention in ("code", "paper"):
        expected = theory.predicted_accuracy(
            np.asarray(small), TOY, trained, convention=convention, delta=0.01
        )
        found = predicted_accuracy(small, TOY.inputs, everything, trained, 0.01, convention)
        assert found == pytest.approx(expected)


def test_an_embedding_with_one_axis_is_refused_with_the_line_to_write() -> None:
    line, pairs = np.arange(10.0), parallelograms(TOY)
    everything = np.ones(55, bool)
    refusal = pytest.raises(gp.GrokphaseError, match=r"\(10,\).*write embedding\[:, None\]")
    for one in (line, jnp.asarray(line)):
        with refusal:
            realised(one, TOY.inputs, pairs, 0.1)
        with refusal:
            null_dimension(one, TOY.inputs, pairs, 0.1)
        with refusal:
            predicted_accuracy(one, TOY.inputs, pairs, everything, 0.1)
        with refusal:
            mean_distance(one)
    assert realised(jnp.asarray(line)[:, None], TOY.inputs, pairs, 0.1).all()


def test_matrices_have_no_null_dimension() -> None:
    with pytest.raises(gp.GrokphaseError, match=r"\(10, 2, 2\)"):
        null_dimension(jnp.ones((10, 2, 2)), TOY.inputs, parallelograms(TOY), 0.1)


@pytest.mark.parametrize("trained", [np.arange(20), np.ones(55, int), np.ones(54, bool), True])
def test_a_training_set_that_is_no_mask_is_refused(trained: object) -> None:
    line, pairs = jnp.arange(10.0)[:, None], parallelograms(TOY, commuting=False)
    with pytest.raises(gp.GrokphaseError, match="mask of 55 truth values"):
        # Types forbid what is refused here, for those who do not check them.
        predicted_accuracy(line, TOY.inputs, pairs, trained, 0.1)  # type: ignore[arg-type]


def test_the_norm_is_euclidean_over_a_tree() -> None:
    assert float(norm({"a": np.array([2.0, 3.0]), "b": [np.array([[6.0]])]})) == pytest.approx(7.0)
