"""What a monitor measures, against the definitions of `grokphase.measures` and closed forms."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase.watch import measures
from grokphase.watch.metrics import understood
from grokphase.watch.weights import Weight, parts, read


def test_margins_and_saturation_are_those_of_our_runs(rng: np.random.Generator) -> None:
    logits = (20 * rng.normal(size=(50, 7))).astype(np.float32)
    labels = logits.argmax(axis=1)
    labels[:5] = 3
    found = measures.margins(logits, labels)
    ours = gp.measures.margins(jnp.asarray(logits), jnp.asarray(labels))
    assert found["train_margin"] == pytest.approx(float(ours.min()), abs=1e-5)
    assert found["mean_train_margin"] == pytest.approx(float(ours.mean()), abs=1e-5)
    saturated = gp.measures.saturated(jnp.asarray(logits), jnp.asarray(labels))
    assert found["saturation"] == np.asarray(saturated).mean()
    assert 0 < found["saturation"] < 1


def test_labels_below_zero_do_not_count() -> None:
    logits = np.array([[[5.0, 0.0], [0.0, 9.0]]])
    assert measures.margins(logits, np.array([[0, -100]]))["train_margin"] == 5.0


@pytest.mark.parametrize("shape", [(9, 4), (4, 9), (6, 6)])
def test_the_spectrum_is_that_of_our_measures(shape: Any, rng: np.random.Generator) -> None:
    matrix = rng.normal(size=shape)
    matrix[1:] *= 1e-3  # small singular values must not be lost in the product
    found = measures.spectrum(matrix)
    assert found["effective_rank"] == pytest.approx(
        float(gp.measures.effective_rank(jnp.asarray(matrix, jnp.float32))), rel=1e-4
    )
    assert found["spectral_entropy"] == pytest.approx(math.log(found["effective_rank"]))


def test_a_matrix_of_zeros_has_no_spectrum() -> None:
    assert math.isnan(measures.spectrum(np.zeros((3, 3)))["effective_rank"])


def test_norms_of_parts_add_up_to_the_whole(rng: np.random.Generator) -> None:
    model = {"embed": rng.normal(size=(5, 3)), "layers": [rng.normal(size=4), rng.normal(size=2)]}
    found = measures.norms(read(model))
    assert found["weight_norm"] ** 2 == pytest.approx(
        found["norm.embed"] ** 2 + found["norm.layers"] ** 2
    )
    assert found["embedding_norm"] == found["norm.embed"]
    assert found["decoder_norm"] == found["norm.layers"]
    assert found["weight_norm"] == pytest.approx(
        math.sqrt(sum((each**2).sum() for each in (model["embed"], *model["layers"]))), rel=1e-6
    )


def test_descent_along_and_across_the_weights() -> None:
    weights = np.array([1.0, 2.0, 2.0])

    def cosine(slope: list[float]) -> float:
        return measures.gradient([Weight("w", weights, np.array(slope))])["gradient_alignment"]

    assert cosine([-1, -2, -2]) == pytest.approx(1)  # only scales the weights up
    assert cosine([2, -1, 0]) == pytest.approx(0)
    assert cosine([3, 6, 6]) == pytest.approx(-1)
    assert math.isnan(cosine([0, 0, 0]))


def test_tied_weights_count_once_and_integers_do_not() -> None:
    shared = np.ones((2, 2))
    model = {"embed": shared, "head": shared, "steps": np.arange(3), "name": "net"}
    assert [each.name for each in read(model)] == ["embed"]


def test_an_equinox_module_is_read_by_its_fields() -> None:
    import equinox as eqx
    import jax

    model = eqx.nn.MLP(2, 3, 4, 1, key=jax.random.key(0))
    names = [each.name for each in read(model)]
    assert names == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    assert parts(names) == ["0", "0", "1", "1"]


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(gp.GrokphaseError, match="has no parameters that can be read"):
        read("net.pt")


def test_the_group_with_most_parameters_speaks_for_the_optimizer() -> None:
    sizes = [SimpleNamespace(shape=(3,)), SimpleNamespace(shape=(30, 30))]
    groups = [
        {"params": sizes[:1], "lr": 1e-3, "weight_decay": 0.0, "momentum": 0.9},
        {"params": sizes[1:], "lr": 1e-2, "weight_decay": 0.1, "momentum": 0.9},
    ]
    found = measures.of_optimizer(type("SGD", (), {"param_groups": groups})())
    assert found["weight_decay"] == 0.1
    assert found["decoupled"] == 0
    assert found["eta_lambda"] == pytest.approx(0.01)  # 0.01 * 0.1 / (1 - 0.9)


def test_names_of_trainers_are_understood() -> None:
    logged = {
        "eval_train_accuracy": 0.9,
        "eval_validation_accuracy": 0.2,
        "eval_runtime": 3.0,
        "val_acc_top5": 0.7,
        "top1": 0.3,
    }
    found = understood(logged, {"top1": "validation_accuracy"})
    assert found == {"train_accuracy": 0.9, "validation_accuracy": 0.3}
