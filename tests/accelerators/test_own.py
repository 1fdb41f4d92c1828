"""Accelerators of a user's own: what cannot be trained is refused before it is, in a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest

import grokphase as gp
from grokphase.accelerators import Accelerator
from grokphase.accelerators import accelerator as module
from grokphase.training.session import prepare

TASK = gp.task("modular-addition", p=5)
MODEL = gp.MLP(dimension=3, widths=(6,))


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is defined here is known here only."""
    monkeypatch.setattr(module, "_kinds", dict(module._kinds))


def defined(place: Any = None, **hooks: Any) -> Accelerator:
    """An arm with these hooks."""
    kind: Any = type("Mine", (Accelerator,), {"kind": "my-own", "place": place, **hooks})
    arm: Accelerator = dataclass(frozen=True)(kind)()
    return arm


def prepared(arm: Accelerator) -> Any:
    return prepare(gp.run_spec(TASK, MODEL, gp.Recipe(steps=3, accelerator=arm), seed=0))


def cut(updates: Any, params: Any = None) -> Any:
    """All but the first of the last axis is lost: it would be broadcast back."""
    return jax.tree.map(lambda leaf: leaf[..., :1], updates)


def growing() -> Any:
    return optax.GradientTransformation(
        lambda params: jnp.zeros(1), lambda g, state, params=None: (g, jnp.append(state, 0.0))
    )


def boom(*_: Any) -> Any:
    raise KeyError("boom")


@pytest.mark.parametrize("place", ["gradient", "direction"])
@pytest.mark.parametrize(
    ("transform", "said"),
    [
        (boom, "raised KeyError: 'boom'"),
        (lambda self: 3, "raised TypeError: int is no transform of Optax's"),
        (lambda self: optax.stateless(cut), "in place of one of shape"),
        (lambda self: optax.stateless(lambda g, p: [g]), "another structure|type mismatch"),
        (
            lambda self: growing(),
            r"float32 and shape \(2,\) in place of one of float32 and shape \(1,\)",
        ),
    ],
)
def test_a_transform_that_no_step_can_take_is_refused(
    place: str, transform: Any, said: str
) -> None:
    with pytest.raises(gp.GrokphaseError, match=said) as error:
        prepared(defined(place, transform=transform))
    assert '"my-own"' in str(error.value)


@pytest.mark.parametrize(
    ("hook", "does", "said"),
    [
        ("losses", lambda self, usual, outputs: usual, "raised TypeError: "),
        ("losses", lambda self, usual, *_: usual.mean(), "shape () in place of one of shape (3,)"),
        (
            "penalty",
            lambda self, params, step: jnp.ones(2),
            "shape (2,) in place of one of shape ()",
        ),
        ("penalty", boom, "raised KeyError: 'boom'"),
        ("weight_decay", lambda self, usual, step: None, "nothing in place of shape ()"),
    ],
)
def test_a_hook_that_no_step_can_take_is_refused(hook: str, does: Any, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=re.escape(said)) as error:
        prepared(defined(**{hook: does}))
    assert f'The {hook} of the accelerator "my-own"' in str(error.value)


@pytest.mark.parametrize(
    ("place", "hooks", "said"),
    [
        (None, {}, "changes nothing; define transform, losses"),
        (None, {"loss": boom}, "changes nothing"),  # not what the hook is called
        (None, {"transform": boom}, "has a transform and place = None"),
        ("front", {"transform": boom}, "has a transform and place = 'front'"),
        ("gradient", {"penalty": boom}, "has no transform and place = 'gradient'"),
    ],
)
def test_one_that_could_change_nothing_is_refused_where_it_is_defined(
    place: Any, hooks: dict[str, Any], said: str
) -> None:
    """Or its runs would be AdamW's under another name."""
    with pytest.raises(gp.GrokphaseError, match=said):
        defined(place, **hooks)


@pytest.mark.parametrize("place", ["gradient", "direction"])
def test_a_transform_of_optax_is_taken_as_it_is(place: str) -> None:
    """Most know nothing of the loss, which a step gives to all."""
    from grokphase.training.loop import Loop

    one = prepared(defined(place, transform=lambda self: optax.clip_by_global_norm(1e-3)))
    loop = Loop(one.program, one.static)
    state = jax.eval_shape(loop.start, one.params, one.problem)
    found = jax.eval_shape(loop._step, state, one.problem)
    assert len({jax.tree.structure(each) for each in (found, state)}) == 1


def test_of_a_direction_only_what_is_chosen_is_asked() -> None:
    """A product of a matrix with itself is none of a vector."""
    of_matrices = optax.stateless(lambda g, p: jax.tree.map(lambda m: m @ m.T @ m, g))
    arm = defined(
        "direction",
        transform=lambda self: of_matrices,
        chosen=lambda self, params: jax.tree.map(lambda leaf: leaf.ndim == 2, params),
    )
    assert prepared(arm).spec.recipe.accelerator is arm
