"""Modules that a notebook or script defines reach other processes, and stay the same module."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pickle
import sys
import textwrap
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase.models.pickling import from_bytes, to_bytes
from grokphase.training.session import prepare
from grokphase.workers.pool import call

# Defined where nothing can import it, as in a notebook.
CELL = textwrap.dedent("""
    import equinox as eqx, jax, jax.numpy as jnp

    class Plain(eqx.Module):
        inner: eqx.nn.Linear
        scale: float = eqx.field(static=True)

        def __call__(self, x):
            return self.scale * self.inner(x)

    class WithInit(eqx.Module):
        inner: eqx.nn.Linear
        batched = True

        def __init__(self, key):
            self.inner = eqx.nn.Linear(3, 3, key=key)

        def __call__(self, x):
            return jax.vmap(self.inner)(x)

    class Child(Plain):
        offset: jax.Array

        def __call__(self, x):
            return super().__call__(x) + self.offset

    key = jax.random.key(0)
    linear = eqx.nn.Linear(3, 3, key=key)
    modules = {
        "plain": Plain(linear, 2.0), "with-init": WithInit(key),
        "child": Child(linear, 2.0, jnp.ones(3)),
    }
    made = lambda task, generator: WithInit(jax.random.key(int(generator.integers(100))))
""")


@pytest.fixture(scope="module")
def cell() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(CELL, names)
    return names


def on_the_other_side(payload: bytes, _: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    """What a module gives, and its arrays, in a process that was sent its bytes alone."""
    module = from_bytes(payload)
    leaves = [leaf for leaf in jax.tree.leaves(module) if eqx.is_array(leaf)]
    found: tuple[np.ndarray, list[np.ndarray]] = jax.tree.map(np.asarray, (outputs(module), leaves))
    return found


def outputs(module: Any) -> jax.Array:
    x = jnp.arange(3.0)
    found: jax.Array = module(x[None])[0] if getattr(module, "batched", False) else module(x)
    return found


@pytest.mark.parametrize("name", ["plain", "with-init", "child"])
def test_a_module_is_the_same_on_the_other_side(name: str, cell: dict[str, Any]) -> None:
    module = cell["modules"][name]
    found, leaves = call(functools.partial(on_the_other_side, to_bytes(module)))
    np.testing.assert_array_equal(found, outputs(module))
    for there, here in zip(leaves, jax.tree.leaves(eqx.filter(module, eqx.is_array)), strict=True):
        np.testing.assert_array_equal(there, here)


def test_the_same_bytes_give_the_same_object(cell: dict[str, Any]) -> None:
    payload = to_bytes(cell["modules"]["plain"])
    assert from_bytes(payload) is from_bytes(bytes(payload))


def test_a_user_model_keeps_its_identity_and_its_name(cell: dict[str, Any]) -> None:
    task = gp.Task("three", np.eye(3, dtype=np.float32), np.arange(3), 3, target="classification")
    for model in (
        gp.UserModel(cell["modules"]["plain"], "mine"),
        gp.UserModel(cell["made"], "made"),
    ):
        again = pickle.loads(pickle.dumps(model))
        assert (again.name, again.program(task)) == (model.name, model.program(task))


def identity(run: gp.RunSpec, _: Any) -> str:
    """That of a run where it was sent, and can be prepared."""
    assert prepare(run).params
    return dataclasses.replace(run).id  # found anew


def test_a_network_of_a_notebook_is_the_same_in_a_worker(cell: dict[str, Any]) -> None:
    task = gp.Task("three", np.eye(3, dtype=np.float32), np.arange(3), 3, target="classification")
    run = gp.run_spec(task, cell["modules"]["child"], gp.Recipe(steps=5), split=2)
    assert call(functools.partial(identity, run)) == run.id


def test_the_usual_module_of_equinox_is_the_same_in_a_worker() -> None:
    """Its activation, `jax.nn.relu`, is an object of JAX, whose name is traced with it."""
    task = gp.Task("three", np.eye(3, dtype=np.float32), np.arange(3), 3, target="classification")
    network = eqx.nn.MLP(3, 3, 4, 1, key=jax.random.key(0))
    run = gp.run_spec(task, network, gp.Recipe(steps=2, stop="budget"), split=2)
    assert call(functools.partial(identity, run)) == run.id


def test_a_module_that_was_edited_is_sent_as_it_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_module.py").write_text("def scale():\n    return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("own_module")
    (tmp_path / "own_module.py").write_text("def scale():\n    return 2\n")
    payload = to_bytes(module.scale)
    assert b"own_module" not in to_bytes(jax.nn.relu)
    monkeypatch.delitem(sys.modules, "own_module")
    assert from_bytes(payload)() == 1
    importlib.invalidate_caches()
