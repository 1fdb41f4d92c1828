"""What is measured of an embedding: closed forms, invariances, and the theory's own counting."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import grokphase as gp
from grokphase import measures, theory

TOY = gp.task("addition", p=10)
SIZES = st.sampled_from([3, 10]), st.sampled_from([1, 4])  # few shapes, few compilations


def drawn(p: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(p, d)).astype(np.float32)


def rotation(d: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0].astype(np.float32)


def structured(p: int, seed: int, broken: int) -> np.ndarray:
    """A line, some of whose symbols are somewhere else, with noise well below the tolerance."""
    generator = np.random.default_rng(seed)
    line = generator.normal(0, 1e-3, p) + np.arange(p)
    line[generator.choice(p, broken, replace=False)] += generator.uniform(-p, p, broken)
    return line[:, None].astype(np.float32)


def clear_of_the_limit(embedding: np.ndarray, task: gp.Task) -> bool:
    """Whether no parallelogram is so near to delta that single precision could decide it."""
    z = (embedding - embedding.mean(0)) / embedding.std(0, ddof=1)
    sides = z[task.inputs[:, 0]] + z[task.inputs[:, 1]]
    pairs = theory.parallelograms(task)
    gap = np.sqrt(((sides[pairs[:, 0]] - sides[pairs[:, 1]]) ** 2).mean(axis=1))
    return bool((np.abs(gap - 0.1) > 1e-4).all())


def nullity(embedding: np.ndarray, task: gp.Task) -> int:
    """By the rank of every realised equation, in double precision."""
    rows = [np.zeros(task.symbols or 0)]
    for one, other in theory.realised_parallelograms(embedding, task):
        counts = [np.bincount(task.inputs[k], minlength=task.symbols or 0) for k in (one, other)]
        rows.append(counts[0] - counts[1])
    return (task.symbols or 0) - int(np.linalg.matrix_rank(np.array(rows)))


def null_dimension(embedding: np.ndarray, task: gp.Task) -> int:
    pairs = measures.parallelograms(task)
    return int(jax.jit(measures.null_dimension)(embedding, task.inputs, pairs, 0.1))


@given(*SIZES, st.integers(0, 999))
def test_the_effective_dimension_is_the_entropy_of_the_principal_components(
    p: int, d: int, seed: int
) -> None:
    embedding = drawn(p, d, seed)
    variance = np.linalg.eigvalsh(np.atleast_2d(np.cov(embedding.T.astype(np.float64))))
    share = np.clip(variance, 1e-300, None) / variance.sum()
    expected = np.exp(-(share * np.log(share)).sum())
    assert measures.effective_dimension(embedding) == pytest.approx(expected, rel=1e-4)


def test_the_effective_dimension_is_one_on_a_line_and_d_for_a_round_cloud() -> None:
    line = np.outer(np.arange(10.0), [1.0, -2.0, 0.5]) + 3
    assert measures.effective_dimension(line[:, :1]) == pytest.approx(1.0)
    assert measures.effective_dimension(line) == pytest.approx(1.0, abs=1e-4)
    for d in (2, 5, 9):
        found = measures.effective_dimension(drawn(20_000, d, 0))
        assert found == pytest.approx(d, rel=2e-3)


@given(*SIZES, st.integers(0, 999), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_effective_dimension_does_not_see_shift_rotation_and_scale(
    p: int, d: int, seed: int, scale: float, shift: float
) -> None:
    embedding = drawn(p, d, seed)
    moved = scale * embedding @ rotation(d, seed) + shift
    expected = measures.effective_dimension(embedding)
    assert measures.effective_dimension(moved) == pytest.approx(float(expected), rel=1e-3)


@given(*SIZES, st.integers(0, 999), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_linear_residual_is_that_of_least_squares_and_sees_no_shift_rotation_scale(
    p: int, d: int, seed: int, scale: float, shift: float
) -> None:
    embedding = drawn(p, d, seed).astype(np.float64)
    design = np.stack([np.ones(p), np.arange(p)], axis=1)
    left = embedding - design @ np.linalg.lstsq(design, embedding, rcond=None)[0]
    expected = (left**2).sum() / ((embedding - embedding.mean(0)) ** 2).sum()
    moved = scale * embedding @ rotation(d, seed) + shift
    for one in (embedding, moved):
        assert measures.linear_residual(jnp.asarray(one)) == pytest.approx(expected, abs=1e-4)


def test_a_linear_representation_has_residual_zero_and_two_degrees_of_freedom() -> None:
    line = 3 + 0.5 * np.arange(10, dtype=np.float32)[:, None]
    assert measures.linear_residual(line) < 1e-12
    assert null_dimension(line, TOY) == 2
    plane = np.concatenate([line, -2 * line], axis=1)
    assert measures.linear_residual(plane) < 1e-12
    assert null_dimension(plane, TOY) == 2


@pytest.mark.parametrize("p", [4, 10, 30, 60])
def test_the_null_dimension_of_a_line_is_two_for_any_number_of_symbols(p: int) -> None:
    assert null_dimension(np.arange(p, dtype=np.float32)[:, None], gp.task("addition", p=p)) == 2


def test_without_parallelograms_every_symbol_is_free() -> None:
    powers = 2.0 ** np.arange(10)[:, None]  # sums of two are all different
    assert null_dimension(np.array(powers, np.float32), gp.task("addition", p=10)) == nullity(
        powers, TOY
    )
    for nothing in (np.ones((10, 1)), np.full((10, 1), np.nan)):
        assert null_dimension(nothing.astype(np.float32), TOY) == 10


def test_the_hardest_chain_is_counted_right() -> None:
    """E_i + E_{i+2} = 2 E_{i+1} alone: the least singular value of all sets known."""
    p = 100
    chain = np.array([[i, i + 2] for i in range(p - 2)] + [[i, i] for i in range(1, p - 1)])
    pairs = np.stack([np.arange(p - 2), np.arange(p - 2) + p - 2], axis=1)
    line = np.arange(p, dtype=np.float32)[:, None]
    assert int(measures.null_dimension(line, chain, pairs, 0.1)) == 2


@given(st.sampled_from([5, 8, 12]), st.integers(0, 999), st.integers(0, 4))
def test_the_null_dimension_is_the_rank_of_the_realised_equations(
    p: int, seed: int, broken: int
) -> None:
    task, embedding = gp.task("addition", p=p), structured(p, seed, broken)
    if clear_of_the_limit(embedding, task):
        assert null_dimension(embedding, task) == nullity(embedding, task)


def test_the_null_dimension_of_a_ground_state_is_that_of_its_training_set() -> None:
    """A ground state in general position realises P(D), which has the rank of P0(D)."""
    generator = np.random.default_rng(3)
    for size in (15, 25, 35, 45):
        train = generator.choice(len(TOY), size, replace=False)
        basis = theory.null_space(TOY, train)
        state = (basis @ generator.normal(size=(basis.shape[1], 6))).astype(np.float32)
        pairs = measures.parallelograms(TOY)
        found = int(measures.null_dimension(state, TOY.inputs, pairs, 1e-3))
        assert found == theory.null_dimension(TOY, train)


@given(
    st.sampled_from([("addition", 10), ("addition", 6), ("modular-addition", 7)]),
    st.integers(0, 999),
    st.integers(0, 4),
    st.floats(0, 1),
)
def test_the_predicted_accuracy_is_that_of_the_theory(
    what: tuple[str, int], seed: int, broken: int, share: float
) -> None:
    name, p = what
    task, embedding = gp.task(name, p=p), structured(p, seed, broken)
    trained = np.random.default_rng(seed).random(len(task)) < share
    if not clear_of_the_limit(embedding, task):
        return
    pairs = measures.parallelograms(task, commuting=False)
    found = jax.jit(measures.predicted_accuracy)(embedding, task.inputs, pairs, trained, 0.1)
    assert found == pytest.approx(theory.predicted_accuracy(embedding, task, trained), abs=1e-6)


def test_the_predicted_accuracy_of_matrices_is_that_of_the_theory() -> None:
    task = gp.task("S3")
    embedding = np.random.default_rng(5).normal(size=(6, 3, 3)).astype(np.float32)
    trained = np.arange(36) % 2 == 0
    pairs = measures.parallelograms(task, commuting=False)
    found = measures.predicted_accuracy(embedding, task.inputs, pairs, trained, 1.5)
    expected = theory.predicted_accuracy(embedding, task, trained, delta=1.5)
    assert 0.5 < expected < 1
    assert found == pytest.approx(expected)


@given(*SIZES, st.integers(0, 999))
def test_distances_are_those_of_standardised_embeddings(p: int, d: int, seed: int) -> None:
    embedding = drawn(p, d, seed)
    z = (embedding - embedding.mean(0)) / embedding.std(0, ddof=1)
    first, second = np.triu_indices(p, k=1)
    apart = np.sqrt(((z[first] - z[second]) ** 2).mean(axis=1))
    moved = -3 * embedding + 2
    for one in (embedding, moved):
        assert measures.nearest_distance(one) == pytest.approx(apart.min(), abs=1e-3)
        assert measures.mean_distance(one) == pytest.approx(apart.mean(), rel=1e-3)


def test_distances_of_a_line_and_of_symbols_that_fell_together() -> None:
    line = np.arange(10.0, dtype=np.float32)[:, None]
    unit = 1 / line.std(ddof=1)
    assert measures.nearest_distance(line) == pytest.approx(unit)
    assert measures.mean_distance(line) == pytest.approx(unit * 11 / 3)  # E|i - j| = (p + 1) / 3
    line[4] = line[7]
    assert measures.nearest_distance(line) == 0


def test_a_constant_or_broken_embedding_has_no_dimension_residual_or_distance() -> None:
    for nothing in (jnp.ones((10, 2)), jnp.full((10, 2), jnp.nan)):
        for measure in (
            measures.effective_dimension,
            measures.linear_residual,
            measures.nearest_distance,
            measures.mean_distance,
        ):
            assert np.isnan(jax.jit(measure)(nothing))
