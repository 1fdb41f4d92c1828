"""Modules of a user's own: what makes two of them the same model."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase.models import UserModel
from grokphase.training import replace
from grokphase.training.session import prepare

PARITY = gp.task("sparse-parity", bits=8, relevant=2, samples=64)


class Turned(eqx.Module):
    """A linear map of what a function makes of the inputs."""

    weight: jax.Array
    turn: Callable[[jax.Array], jax.Array] = eqx.field(static=True)

    batched = True

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.turn(x) @ self.weight


def turned(turn: Callable[[jax.Array], jax.Array]) -> UserModel:
    return UserModel(Turned(jnp.ones((8, 2)), turn))


@pytest.mark.parametrize("kind", [np.array, jnp.array])
@pytest.mark.parametrize("jit", [jax.jit, lambda f: f], ids=["jit", "plain"])
def test_modules_that_differ_only_in_a_captured_matrix_are_different(kind: Any, jit: Any) -> None:
    def program(scale: float) -> str:
        matrix = kind(scale * np.eye(8, dtype=np.float32))
        return turned(jit(lambda x: x @ matrix)).program(PARITY)

    assert program(1.0) == program(1.0) != program(2.0)


def test_a_random_key_may_be_captured() -> None:
    def program(seed: int) -> str:
        key = jax.random.key(seed)
        return turned(lambda x: x + jax.random.normal(key, x.shape)).program(PARITY)

    assert program(0) == program(0) != program(1)


def test_what_captures_nothing_is_known_by_its_traced_text_alone() -> None:
    """As it was before captured arrays were a part of the identity."""
    traced = jax.make_jaxpr(lambda weight, x: (x * x) @ weight)(jnp.ones((8, 2)), PARITY.inputs[:1])
    expected = hashlib.sha256(str(traced).encode()).hexdigest()
    assert turned(lambda x: x * x).program(PARITY) == expected


def test_a_program_is_traced_once_for_all_runs_of_a_model() -> None:
    traced = []

    def counting(x: jax.Array) -> jax.Array:
        traced.append(x)
        return x

    spec = gp.run_spec(PARITY, turned(counting), gp.Recipe(steps=30), split=0.5)
    assert replace(spec, "seed", 3).id != spec.id
    assert len(traced) == 1


class Of(eqx.Module):
    """A module of any arrays, which computes anything."""

    arrays: Any
    compute: Callable[..., Any] = eqx.field(static=True)

    def __call__(self, x: jax.Array) -> Any:
        return self.compute(self.arrays, x)


def linear(arrays: Any, x: jax.Array) -> jax.Array:
    return x @ arrays


class Dropping(eqx.Module):
    """A layer and a dropout without a key."""

    layer: eqx.nn.Linear
    dropout: eqx.nn.Dropout

    def __call__(self, x: jax.Array) -> jax.Array:
        dropped: jax.Array = self.dropout(self.layer(x))
        return dropped


class Normed(eqx.Module):
    """A layer whose statistics are a state."""

    layer: eqx.nn.Linear
    norm: eqx.nn.BatchNorm

    def __init__(self) -> None:
        self.layer = eqx.nn.Linear(8, 2, key=jax.random.key(0))
        self.norm = eqx.nn.BatchNorm(2, axis_name="batch", mode="batch")

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.layer(x)


def failing(_: Any, x: jax.Array) -> jax.Array:
    raise KeyError("layer three")


LAYER = eqx.nn.Linear(8, 2, key=jax.random.key(0))
MAKE: Any = UserModel  # whose types are wrong here on purpose
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "batch norm": (lambda: eqx.nn.make_with_state(Normed)()[0], "layer with a state.*LayerNorm"),
    "dropout": (
        lambda: Dropping(LAYER, eqx.nn.Dropout(0.1)),
        r"Dropping raised RuntimeError: .*needs a key: write equinox\.nn\.inference_mode",
    ),
    "bfloat16": (lambda: Of(jnp.ones((8, 2), jnp.bfloat16), linear), "an array of bfloat16"),
    "float16": (lambda: Of(np.ones((8, 2), np.float16), linear), "an array of float16"),
    "complex": (lambda: Of(np.ones((8, 2), np.complex64), linear), "an array of complex64"),
    "no arrays": (lambda: Of((), lambda _, x: x[:2]), "nothing to train"),
    "integers": (lambda: Of(np.ones((8, 2), np.int32), linear), "nothing to train"),
    "half outputs": (
        lambda: Of(np.ones((8, 2), np.float32), lambda w, x: (x @ w).astype(jnp.float16)),
        "Of returns numbers of float16",
    ),
    "whole outputs": (
        lambda: Of(np.ones((8, 2), np.float32), lambda w, x: jnp.round(x @ w).astype(int)),
        "Of returns numbers of int32",
    ),
    "two outputs": (
        lambda: Of(np.ones((8, 2), np.float32), lambda w, x: (x @ w, x)),
        "Of must return one array, not tuple",
    ),
    "raising": (
        lambda: Of(np.ones((8, 2), np.float32), failing),
        r"Of raised KeyError: 'layer three', when called with one sample of sparse-parity, an "
        r"array of float32 of shape \(8,\)\.",
    ),
    "a batch": (
        lambda: Of(np.ones((8, 2), np.float32), lambda w, x: jnp.einsum("ni,ij->nj", x, w)),
        "give its class the attribute batched = True",
    ),
    "one sample": (
        lambda: type("Batched", (Of,), {"batched": True})(
            np.ones((8, 2), np.float32), lambda w, x: jnp.einsum("i,ij->j", x, w)
        ),
        "give its class the attribute batched = False",
    ),
    "a wrong shape": (lambda: eqx.nn.Linear(8, 3, key=jax.random.key(0)), r"must be \(64, 2\)"),
    "a wrong width": (
        lambda: eqx.nn.Linear(5, 2, key=jax.random.key(0)),
        "Linear raised TypeError",
    ),
    "a function": (
        lambda: MAKE(lambda task, generator: np.ones(3), name="mine"),
        r"mine\(task, generator\) must return an equinox\.Module, not ndarray",
    ),
    "a function of inputs": (
        lambda: MAKE(lambda x: x, name="mine"),
        r"mine\(task, generator\), which makes the model, raised TypeError",
    ),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_trained_is_one_sentence(make: Callable[[], Any], message: str) -> None:
    spec = gp.run_spec(PARITY, make(), gp.Recipe(steps=10))
    with pytest.raises(gp.GrokphaseError, match=message) as refused:
        prepare(spec)
    assert len(str(refused.value).splitlines()) == 1


def test_what_the_user_has_raised_is_the_cause() -> None:
    """Where a run is prepared, and where its identity is computed."""
    spec = gp.run_spec(PARITY, Of(np.ones((8, 2), np.float32), failing), gp.Recipe(steps=10))
    for use in (lambda: spec.id, lambda: prepare(spec)):
        with pytest.raises(gp.GrokphaseError, match="layer three") as refused:
            use()
        assert isinstance(refused.value.__cause__, KeyError)


def test_what_can_be_trained_is() -> None:
    dropped = eqx.nn.inference_mode(Dropping(LAYER, eqx.nn.Dropout(0.1)))
    undefined = Of(np.full((8, 2), np.nan, np.float32), linear)
    for module in (dropped, undefined, Of(np.ones((8, 2), np.float64), linear)):
        run = prepare(gp.run_spec(PARITY, module, gp.Recipe(steps=10)))
        assert {leaf.dtype for leaf in jax.tree.leaves(run.params)} == {jnp.dtype("float32")}


# ---- arguments of a function are settings


def sized(task, generator, width=8, activation="tanh", bias=True):
    key = jax.random.key(int(generator.integers(2**31)))
    chosen = getattr(jax.numpy if activation == "tanh" else jax.nn, activation)
    sizes = (task.inputs.shape[1], task.outputs, width, 1)
    return eqx.nn.MLP(*sizes, activation=chosen, use_bias=bias, key=key)


def test_an_argument_is_a_leaf_that_decides_what_a_run_is():
    model = gp.UserModel(sized, width=4, bias=True)
    assert model.name == "sized"
    spec = gp.run_spec(PARITY, model)
    wider = gp.training.replace(spec, "model.width", 6)
    assert wider.spec()["model"]["width"] == 6
    assert (
        wider.model.build(spec.task, np.random.default_rng(0)).module.layers[0].weight.shape[0] == 6
    )
    assert len({spec.id, wider.id, gp.training.replace(spec, "model.bias", False).id}) == 3
    again = gp.training.replace(wider, "model.width", 4)
    assert again.id == spec.id
    assert gp.training.replace(spec, "model.width", 6).model is wider.model  # traced once


def test_an_argument_travels_to_another_process():
    sent = [pickle.dumps(gp.UserModel(sized, width=4, bias=bias)) for bias in (True, 1)]
    model, other = map(pickle.loads, sent)
    assert model.arguments == {"width": 4, "bias": True}
    assert model.name == "sized"
    assert type(other.arguments["bias"]) is int
    assert pickle.loads(sent[0]) is model  # what one has traced, the next need not


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sha256": 3}, "cannot have an argument called"),
        ({"width": (1, 2)}, "is a number, a word"),
        ({"width": [1, 2]}, "is a number, a word"),
        ({"depth": 3}, "unexpected keyword argument 'depth'"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(arguments: dict, said: str):
    with pytest.raises(gp.GrokphaseError, match=said):
        _ = gp.run_spec(PARITY, gp.UserModel(sized, **arguments)).id


def test_a_module_that_is_there_takes_no_argument():
    module = eqx.nn.MLP(2, 2, 2, 1, key=jax.random.key(0))
    with pytest.raises(gp.GrokphaseError, match="give the function that makes it"):
        gp.UserModel(module, width=3)
    with pytest.raises(gp.GrokphaseError, match="needs a name"):
        gp.UserModel(lambda task, generator, width: module, width=3)


def test_an_argument_without_a_default_is_asked_for():
    def make(task, generator, width, bias=True):
        return sized(task, generator, width, bias=bias)

    with pytest.raises(gp.GrokphaseError, match=r"asks for width.*UserModel\(make, width=\.\.\.\)"):
        gp.UserModel(make, name="mine")
    assert gp.UserModel(make, width=4).spec() == {"name": "make", "width": 4}
