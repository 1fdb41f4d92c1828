"""Modules of a user's own: what makes two of them the same model."""

from __future__ import annotations

import hashlib
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
