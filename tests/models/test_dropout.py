"""Dropout: its mean, its masks, and where a network has it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.haste import computed

import grokphase as gp
from grokphase.models.dropout import Dropout, as_it_is
from grokphase.tasks import stream
from grokphase.training.steps import sample_keys

TASK = gp.task("modular-addition", p=5)
INPUTS = jnp.asarray(TASK.inputs)
SMALL: dict[str, Any] = {"width": 8, "mlp": 12, "heads": 2}
MODELS = {
    "MLP": gp.MLP(dimension=4, widths=(7, 6)),
    "last position": gp.Transformer(layers=2, layer_norm="post", sequence="a op b =", **SMALL),
    "all positions": gp.Transformer(
        layers=2, readout="concatenation", sequence="a b", causal=False, layer_norm="pre", **SMALL
    ),
}


def dropout(rate: float, samples: int = len(TASK)) -> Dropout:
    return Dropout(jnp.float32(rate), sample_keys(jax.random.key(3), samples))


def network(model: Any) -> Any:
    return jax.tree.map(jnp.asarray, model.build(TASK, stream(1, "initial")))


def test_its_mean_is_what_it_was_given_and_its_share_the_rate() -> None:
    x = jnp.full((400, 50, 5), 2.0)
    found = np.asarray(dropout(0.3, 400)(0, x))
    assert set(np.unique(found).round(5)) == {0.0, np.float32(2 / 0.7).round(5)}
    share = (found == 0).mean()
    assert abs(share - 0.3) < 5 * (0.3 * 0.7 / x.size) ** 0.5
    assert abs(found.mean() / 2 - 1) < 5 * (0.3 / 0.7 / x.size) ** 0.5


def test_a_mask_is_of_a_sample_and_a_place_alone() -> None:
    x = jnp.ones((25, 40))
    drop = dropout(0.5)
    some = Dropout(drop.rate, drop.keys[10:])
    np.testing.assert_array_equal(drop(2, x)[10:], some(2, x[10:]))
    assert not np.array_equal(drop(2, x), drop(3, x))
    assert not np.array_equal(drop(2, x)[0], drop(2, x)[1])


@pytest.mark.parametrize("name", MODELS)
def test_with_nothing_dropped_it_is_the_network(name: str) -> None:
    one = network(MODELS[name])

    def both() -> Any:
        return one(INPUTS), one.with_dropout(INPUTS, as_it_is), one.with_dropout(INPUTS, none)

    none = dropout(0.0)
    by_symbol, plainly, undropped = computed(both)
    np.testing.assert_allclose(plainly, by_symbol, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(undropped, plainly, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "shapes"),
    [
        (MODELS["MLP"], [(25, 7), (25, 6)]),
        # Pattern, what attention adds, the MLP's activations, what it adds; of the last layer at
        # the one position that is read.
        (
            MODELS["last position"],
            [
                *((25, 2, 4, 4), (25, 4, 8), (25, 4, 12), (25, 4, 8)),
                *((25, 2, 1, 4), (25, 1, 8), (25, 1, 12), (25, 1, 8)),
            ],
        ),
        (gp.Transformer(dropout_at="mlp", **SMALL), [(25, 1, 8)]),
    ],
)
def test_where_it_is(model: Any, shapes: list[tuple[int, ...]]) -> None:
    seen: dict[int, tuple[int, ...]] = {}

    def look(place: int, x: jax.Array) -> jax.Array:
        assert place not in seen
        seen[place] = x.shape
        return x

    jax.eval_shape(lambda one: one.with_dropout(INPUTS, look), network(model))
    assert list(seen.values()) == shapes


def test_dropped_patterns_leave_attention_nothing_and_activations_the_mlp_its_bias() -> None:
    one = network(gp.Transformer(dropout=0.5, **SMALL))
    bias = one.blocks[0].mlp.b_out

    def without(place: int, rest: Any = 0.0) -> Any:
        return one.with_dropout(
            INPUTS, lambda at, x: jnp.zeros_like(x) + rest if at == place else x
        )

    pattern, added, activations, mlp = computed(
        lambda: (without(0), without(1), without(2), without(3, bias))
    )
    np.testing.assert_allclose(pattern, added, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(activations, mlp, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rate", [-0.1, 1.0, "much"])
def test_a_rate_that_cannot_be_is_refused(rate: Any) -> None:
    for model in (gp.MLP, gp.Transformer):
        with pytest.raises(
            gp.GrokphaseError, match=r"dropout = .* cannot be used; it is the share"
        ):
            model(dropout=rate)


def test_a_description_has_it_only_where_it_has_an_effect() -> None:
    assert gp.MLP(dropout=0.0).spec() == gp.MLP().spec()
    # What is not optional stays though it is None: one-hot pairs and images keep their ids.
    assert gp.MLP(dimension=None).spec()["dimension"] is None
    assert gp.Transformer(dropout_at="mlp").spec() == gp.Transformer().spec()
    assert not {"dropout", "dropout_at"} & set(gp.Transformer().spec())
    described = gp.Transformer(dropout=0.1, dropout_at="mlp").spec()
    assert (described["dropout"], described["dropout_at"]) == (0.1, "mlp")


def test_what_is_saved_says_that_training_is_by_sample() -> None:
    assert (
        "steps of training, which have dropout 0.2, by sample" in gp.Transformer(dropout=0.2).told()
    )
