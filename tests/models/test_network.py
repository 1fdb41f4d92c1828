"""Networks: exact savings are exact, and initial weights are PyTorch's."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.haste import computed

import grokphase as gp
from grokphase.models.network import Dense, small_products
from grokphase.models.specification import OPTIONAL
from grokphase.tasks import stream
from grokphase.training.optimizers import labels_of


def dense(outputs: int, inputs: int, seed: int = 0) -> Dense:
    generator = np.random.default_rng(seed)
    return Dense.of(generator.normal(size=(outputs, inputs)), generator.normal(size=outputs))


@pytest.mark.parametrize(("outputs", "inputs"), [(1, 1), (1, 6), (6, 1), (3, 5)])
def test_a_layer_is_affine_whichever_way_its_weight_is_held(outputs: int, inputs: int) -> None:
    generator = np.random.default_rng(1)
    weight, bias = generator.normal(size=(outputs, inputs)), generator.normal(size=outputs)
    x = generator.normal(size=(3, inputs)).astype(np.float32)
    layer = Dense.of(weight, bias)
    np.testing.assert_allclose(layer(jnp.asarray(x)), x @ weight.T + bias, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(layer.weight, weight, rtol=1e-6)


@pytest.mark.parametrize("outputs", [3, 40])
def test_a_layer_on_one_hot_pairs_is_the_layer_on_concatenated_rows(outputs: int) -> None:
    generator = np.random.default_rng(2)
    rows = jnp.asarray(generator.normal(size=(2, 7, 4)), jnp.float32)  # left and right
    pairs = jnp.asarray(generator.integers(0, 7, (20, 2)))
    layer = dense(outputs, 8)

    def by_symbol(rows: jax.Array, layer: Dense) -> jax.Array:
        return layer.on_one_hot(*rows).of_pairs(pairs)

    def concatenated(rows: jax.Array, layer: Dense) -> jax.Array:
        return layer(jnp.concatenate([rows[0][pairs[:, 0]], rows[1][pairs[:, 1]]], axis=1))

    def squared(given: Any, of: Any) -> Any:
        outputs = of(*given)
        return (outputs**2).sum(), outputs

    ((_, ours), one), ((_, theirs), other) = (
        computed(jax.value_and_grad(partial(squared, of=f), has_aux=True), (rows, layer))
        for f in (by_symbol, concatenated)
    )
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-5)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-3)


def test_one_hot_pairs_are_columns_of_the_weight() -> None:
    pairs = jnp.array([[0, 1], [2, 2], [1, 0]])
    layer = dense(5, 6)
    one_hot = jnp.concatenate([jax.nn.one_hot(pairs[:, k], 3) for k in (0, 1)], axis=1)
    np.testing.assert_allclose(layer.of_pairs(pairs), layer(one_hot), rtol=1e-5, atol=1e-6)


def test_small_products_are_matrix_products() -> None:
    generator = np.random.default_rng(3)
    left, right = (jnp.asarray(generator.normal(size=(6, 3, 3)), jnp.float32) for _ in range(2))
    np.testing.assert_allclose(small_products(left, right), left @ right, rtol=1e-4, atol=1e-5)


def test_the_toy_has_the_papers_size() -> None:
    network = gp.Toy().build(gp.task("addition", p=10), stream(0, "initial"))
    assert sum(leaf.size for leaf in jax.tree.leaves(network)) == 10 + 400 + 40_200 + 6_030


@pytest.mark.parametrize("combine", ["sum", "mean", "product", "concatenation"])
def test_combinations_are_what_they_say(combine: str) -> None:
    task = gp.task("S3")
    network = gp.Toy(dimension=2, combine=combine).build(task, stream(0, "initial"))  # type: ignore[arg-type]
    inputs = jnp.asarray(task.inputs)
    left, right = network.embedding[inputs[:, 0]], network.embedding[inputs[:, 1]]
    by_hand = {
        "sum": lambda: left + right,
        "mean": lambda: (left + right) / 2,
        "product": lambda: left @ right,
        "concatenation": lambda: jnp.concatenate([left, right], axis=1),
    }[combine]()
    np.testing.assert_allclose(network.combined(inputs), by_hand, rtol=1e-5, atol=1e-6)
    assert network(inputs).shape == (36, 6)


@given(st.integers(0, 2**32 - 1))
def test_initial_weights_fill_pytorchs_range(seed: int) -> None:
    network = gp.Toy(widths=(50, 50)).build(gp.task("addition", p=10), stream(seed, "initial"))
    for layer in network.decoder:
        bound = 1 / np.sqrt(layer.weight.shape[1])
        largest = float(np.abs(layer.weight).max())
        assert 0.8 * bound < largest <= bound * (1 + 1e-6)
    assert np.abs(network.embedding).max() <= 0.5


def test_scales_multiply_embedding_and_decoder() -> None:
    task = gp.task("addition", p=10)
    plain, scaled = (
        toy.build(task, stream(4, "initial"))
        for toy in (
            gp.Toy(widths=(8,)),
            gp.Toy(widths=(8,), embedding_scale=2.0, decoder_scale=3.0),
        )
    )
    np.testing.assert_allclose(scaled.embedding, 2 * plain.embedding, rtol=1e-6)
    np.testing.assert_allclose(scaled.decoder[0].bias, 3 * plain.decoder[0].bias, rtol=1e-6)
    np.testing.assert_allclose(scaled.decoder[1].weight, 3 * plain.decoder[1].weight, rtol=1e-6)


def test_a_last_layer_set_apart_is_the_same_network_with_two_groups() -> None:
    for task in (gp.task("sparse-parity", bits=6, samples=20), gp.task("modular-addition", p=5)):
        whole, apart = (
            gp.MLP(None, (8, 7), decoder=decoder).build(task, stream(4, "initial"))
            for decoder in ("all", "last")
        )
        np.testing.assert_array_equal(whole(task.inputs), apart(task.inputs))
        assert len(apart.encoder) == 2
        assert len(apart.decoder) == 1
        groups = jax.tree.leaves(labels_of(apart))
        sizes = {name: 0 for name in groups}
        for leaf, name in zip(jax.tree.leaves(apart), groups, strict=True):
            sizes[name] += leaf.size
        assert sizes["decoder"] == 7 * task.classes + task.classes
        assert set(jax.tree.leaves(labels_of(whole))) == {"decoder"}


def test_what_came_later_is_no_part_of_a_model_that_does_not_use_it() -> None:
    assert set(OPTIONAL) & set(gp.MLP().spec()) == set()
    assert gp.MLP(None, decoder="last").spec()["decoder"] == "last"


def test_separate_embeddings_without_biases_are_the_network_of_chughtai_et_al() -> None:
    task = gp.task("S3")
    model = gp.MLP(256, (128,), embeddings="separate", biases="none", initialization="normal")
    network = model.build(task, stream(0, "initial"))
    left, right = np.asarray(network.embedding), np.asarray(network.right)
    weights = [np.asarray(layer.weight).T for layer in network.decoder]
    assert sum(leaf.size for leaf in jax.tree.leaves(network)) == 2 * 6 * 256 + 512 * 128 + 128 * 6
    for drawn, inputs in ((left, 256), (right, 256), (weights[0], 512), (weights[1], 128)):
        assert drawn.std() * inputs**0.5 == pytest.approx(1, abs=0.1)
    a, b = task.inputs.T
    hidden = np.maximum(np.hstack([left[a], right[b]]) @ weights[0], 0)
    np.testing.assert_allclose(network(task.inputs), hidden @ weights[1], rtol=1e-4, atol=1e-5)
    groups = labels_of(network)
    assert (groups.embedding, groups.right, groups.decoder[0].kernel) == (
        "embedding",
        "embedding",
        "decoder",
    )
    layers = [(weight.T, np.zeros(weight.shape[1])) for weight in weights]
    again = model.build(task, stream(1, "initial"), gp.Initial(np.stack([left, right]), layers))
    np.testing.assert_array_equal(again(task.inputs), network(task.inputs))
    biased = [(weight, bias + 1) for weight, bias in layers]
    with pytest.raises(gp.GrokphaseError, match='has biases, and this model has biases="none"'):
        model.build(task, stream(1, "initial"), gp.Initial(np.stack([left, right]), biased))


def test_usual_initial_weights_can_be_without_biases() -> None:
    learned = gp.task("sparse-parity", bits=6, relevant=2, samples=20)
    with_them, without = (
        gp.MLP(None, (5,), biases=biases).build(learned, stream(0, "initial"))
        for biases in ("all", "none")
    )
    assert [layer.bias for layer in without.decoder] == [None, None]
    for one, other in zip(with_them.decoder, without.decoder, strict=True):
        np.testing.assert_array_equal(one.weight, other.weight)


def test_given_weights_are_used_as_they_are() -> None:
    layers = [(np.ones((4, 1)), np.zeros(4)), (np.full((30, 4), 0.5), np.ones(30))]
    initial = gp.Initial(np.arange(10.0)[:, None], layers)
    network = gp.Toy(widths=(4,)).build(gp.task("addition", p=10), stream(0, "initial"), initial)
    np.testing.assert_array_equal(network.decoder[1].weight, layers[1][0])
    expected = np.tanh(3.0) * 4 * 0.5 + 1
    np.testing.assert_allclose(network(jnp.array([[1, 2]])), np.full((1, 30), expected), rtol=1e-5)


def test_given_weights_of_a_wrong_shape_are_refused_with_the_right_one() -> None:
    initial = gp.Initial(np.zeros((10, 1)), [(np.ones((1, 4)), np.zeros(4))])
    with pytest.raises(gp.GrokphaseError, match=r"needs weights \[\(4, 1\), \(30, 4\)\]"):
        gp.Toy(widths=(4,)).build(gp.task("addition", p=10), stream(0, "initial"), initial)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: gp.Toy(combine="sums"), 'Did you mean "sum"'),  # type: ignore[arg-type]
        (lambda: gp.Toy(activation="thanh"), 'Did you mean "tanh"'),  # type: ignore[arg-type]
        (lambda: gp.Toy(widths=(0,)), r"widths\.0 must be a whole number >= 1"),
        (lambda: gp.Toy(widths=200), r"write widths=\(200, 200\)"),  # type: ignore[arg-type]
        (lambda: gp.MLP(widths="wide"), r"write widths=\(200, 200\)"),  # type: ignore[arg-type]
        (lambda: gp.MLP(widths=("wide",)), r"widths\.0 must be"),  # type: ignore[arg-type]
        (lambda: gp.Toy(dimension="big"), "dimension must be"),  # type: ignore[arg-type]
        (lambda: gp.Toy(dimension=None), "dimension must be"),  # type: ignore[arg-type]
        (lambda: gp.MLP(dimension="big"), "dimension must be"),  # type: ignore[arg-type]
        (lambda: gp.Toy(embedding_scale="small"), "a number 0 or more"),  # type: ignore[arg-type]
        (lambda: gp.MLP(None, decoder="lst"), 'Did you mean "last"'),  # type: ignore[arg-type]
        (
            lambda: gp.MLP(decoder="last"),
            "sets the last of several layers apart in a model without",
        ),
        (lambda: gp.MLP(None, (), decoder="last"), "sets the last of several layers apart"),
        (lambda: gp.MLP(embeddings="apart"), "allowed: shared, separate"),  # type: ignore[arg-type]
        (lambda: gp.MLP(None, embeddings="separate"), 'embeddings="separate" needs embeddings'),
        (lambda: gp.Toy(activation=3), "allowed: tanh"),  # type: ignore[arg-type]
        (lambda: gp.Toy(combine=1), "allowed: sum"),  # type: ignore[arg-type]
        (lambda: gp.UserModel(lambda task, generator: None), "needs a name"),  # type: ignore[arg-type, return-value]
    ],
)
def test_bad_models_are_refused_in_a_sentence(build: object, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        build()  # type: ignore[operator]


@pytest.mark.parametrize(
    "model",
    [
        gp.Toy(widths=(10**12,)),
        gp.Toy(dimension=10**12),
        gp.MLP(widths=(20_000, 20_000)),
        gp.MLP(dimension=10**12),
    ],
)
def test_models_that_would_not_fit_in_memory_are_refused_before_they_are_drawn(
    model: gp.Toy | gp.MLP,
) -> None:
    with pytest.raises(gp.GrokphaseError, match=r"weights, and at most 100,000,000 are allowed"):
        model.build(gp.task("addition", p=10), stream(0, "initial"))


@pytest.mark.parametrize("model", [gp.Toy(), gp.MLP(), gp.MLP(dimension=None)])
def test_symbols_that_are_no_pairs_are_refused(model: gp.Toy | gp.MLP) -> None:
    inputs = np.argwhere(np.ones((3, 3, 3)))
    triples = gp.Task("triples", inputs, inputs.sum(axis=1), 7, symbols=3)
    with pytest.raises(gp.GrokphaseError, match="3 symbols a sample, and Toy and MLP take pairs"):
        model.build(triples, stream(0, "initial"))


@pytest.mark.parametrize("layers", [None, [np.ones((4, 1)), np.ones((30, 4))], [np.ones((2, 1))]])
def test_given_weights_without_biases_are_refused(layers: object) -> None:
    with pytest.raises(gp.GrokphaseError, match=r"write layers=\[\(W1, b1\), \(W2, b2\)\]"):
        gp.Initial(np.zeros((10, 1)), layers)  # type: ignore[arg-type]
