"""Linear regions against arrangements and patterns, local complexity against distances."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.measures import (
    areas,
    attacked,
    circuit_complexity,
    directions,
    regions,
)
from grokphase.measures import local_complexity as eager

local_complexity = jax.jit(eager)  # one compilation, and not one an operation

SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def layers_of(*sizes, seed=0):
    random = np.random.default_rng(seed)
    return [
        (random.standard_normal((out, of)) * np.sqrt(2 / of), 0.3 * random.standard_normal(out))
        for of, out in itertools.pairwise(sizes)
    ]


def signs(layers, points):
    found = []
    for weight, bias in layers:
        points = points @ weight.T + bias
        found.append(np.sign(points))
        points = np.maximum(points, 0)
    return np.hstack(found)


@pytest.mark.parametrize("lines", [1, 2, 7, 15])
def test_lines_in_general_position_make_an_arrangement(lines):
    """In any square: one region, one more for each line in it, and for each crossing in it."""
    ((weight, bias),) = layers = layers_of(2, lines)
    corners = SQUARE @ weight.T + bias
    cuts = int((corners.min(axis=0) * corners.max(axis=0) < 0).sum())
    one, other = np.triu_indices(lines, 1)
    crossings = [
        np.linalg.solve(weight[[i, j]], -bias[[i, j]]) for i, j in zip(one, other, strict=True)
    ]
    inside = sum(np.abs(crossing).max() < 1 for crossing in crossings)
    assert len(regions(layers, SQUARE)) == 1 + cuts + inside
    far = SQUARE * (1 + 2 * np.abs([[0.0, 0.0], *crossings]).max() + 10)
    if lines > 1:
        assert len(regions(layers, far)) == 1 + lines + lines * (lines - 1) // 2


def test_regions_of_a_deep_network_are_all_there_are():
    """They cover the square, no neuron changes its sign in one, and no two have one pattern."""
    layers = layers_of(2, 8, 8, 8)
    found = regions(layers, SQUARE)
    assert areas(found).sum() == pytest.approx(4, rel=1e-12)
    centres = np.array([polygon.mean(axis=0) for polygon in found])
    pattern = signs(layers, centres)
    assert len(np.unique(pattern, axis=0)) == len(found) > 100
    for polygon, centre, own in zip(found, centres, pattern, strict=True):
        nearly = centre + (1 - 1e-6) * (polygon - centre)
        assert (signs(layers, nearly) == own).all()
    with pytest.raises(GrokphaseError, match="has 3 inputs"):
        regions(layers_of(3, 4), SQUARE)


def test_local_complexity_of_one_layer_counts_the_hyperplanes_within_reach():
    ((weight, bias),) = layers = layers_of(30, 50)
    frame, radius = directions(30, 12), 0.4
    points = np.random.default_rng(1).standard_normal((40, 30))
    reach = radius * np.abs(frame @ weight.T).max(axis=0)
    expected = (np.abs(points @ weight.T + bias) < reach).sum(axis=1)
    assert local_complexity(layers, points, frame, radius)[0].tolist() == expected.tolist()
    on_it = points - np.outer(points @ weight[0] + bias[0], weight[0]) / (weight[0] @ weight[0])
    tiny = local_complexity([(weight[:1], bias[:1])], jnp.asarray(on_it), frame, 1e-2)
    assert tiny.tolist() == [[1] * 40]
    with pytest.raises(GrokphaseError, match="cannot be orthogonal in 3 dimensions"):
        directions(3, 4)


def test_local_complexity_of_deep_layers_is_that_of_hulls_sample_by_sample():
    layers = layers_of(5, 12, 12)
    frame = directions(5, 5)
    points = np.random.default_rng(2).standard_normal((20, 5))
    found = local_complexity(layers, points, frame, 0.3)
    for point, counts in zip(points, found.T, strict=True):
        vertices = np.concatenate([point + 0.3 * frame, point - 0.3 * frame])
        both = [
            int(((s.min(axis=0) < 0) & (s.max(axis=0) > 0)).sum())
            for s in np.split(signs(layers, vertices), 2, axis=1)
        ]
        assert counts.tolist() == both


def test_an_attack_on_a_linear_network_ends_in_a_corner():
    """Of the cube of allowed changes, where the margin is least; and within the pixels' range."""
    weight = np.random.default_rng(3).standard_normal((2, 6)).astype(np.float32)
    inputs = jnp.full((1, 6), 0.5).at[0, 0].set(0.95)
    moved = jax.jit(
        lambda x: attacked(
            lambda y: y @ weight.T, x, jnp.array([1]), epsilon=0.2, rate=0.05, steps=10
        )
    )(inputs)
    corner = np.clip(inputs - 0.2 * np.sign(weight[1] - weight[0]), 0, 1)
    assert np.allclose(moved, corner, atol=1e-6)


def test_circuit_complexity_is_zero_without_a_loss_of_weights_and_known_without_any():
    weight = jnp.asarray(np.random.default_rng(4).standard_normal((4, 6)), jnp.float32)
    inputs = jnp.eye(6)
    network = jax.tree_util.Partial(lambda w, x: x @ w.T, weight)
    found = jax.jit(lambda share: circuit_complexity(network, inputs, share, jax.random.key(0)))
    none, some, everything = (float(found(share)) for share in (0.0, 0.1, 1.0))
    logits = np.asarray(weight, float).T
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert none == pytest.approx(0, abs=1e-6)
    assert some > 1e-4
    known = np.log(4) + (shares * np.log(shares)).sum(axis=1).mean()
    assert everything == pytest.approx(known, rel=1e-5)
