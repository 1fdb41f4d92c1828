"""The optimisers against Optax and PyTorch, and their closed forms."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import grokphase as gp
from grokphase.training.optimizers import GroupNumbers, group_optimizer, optimizer_of
from grokphase.training.recipe import Group

STEPS = 200


def group(**settings: float) -> Group:
    """The toy's usual group with some settings of its own."""
    return gp.recipe("addition", **settings).decoder


GROUP = group(learning_rate=3e-3, weight_decay=0.7, beta1=0.9, beta2=0.98)


def gradients() -> np.ndarray:
    """Gradients over eight decades, as Adam's denominator meets them."""
    generator = np.random.default_rng(0)
    sizes = 10.0 ** generator.uniform(-7, 1, (STEPS, 40))
    return (sizes * generator.normal(size=(STEPS, 40))).astype(np.float32)


def path(transformation: optax.GradientTransformation) -> np.ndarray:
    params: Any = jnp.linspace(-1, 1, 40)
    state = transformation.init(params)

    @jax.jit
    def step(params: Any, state: Any, gradient: Any) -> Any:
        updates, state = transformation.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    for gradient in gradients():
        params, state = step(params, state, gradient)
    return np.asarray(params)


def torch_path(kind: str, **options: Any) -> np.ndarray:
    torch = pytest.importorskip("torch", reason="compares with PyTorch where it is installed")
    parameter = torch.nn.Parameter(torch.linspace(-1, 1, 40))
    optimizer = getattr(torch.optim, kind)([parameter], **options)
    for gradient in gradients():
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
    return parameter.detach().numpy()


def test_adamw_is_optax_adamw() -> None:
    ours = path(group_optimizer("adamw", GroupNumbers.of(GROUP)))
    theirs = path(optax.adamw(3e-3, 0.9, 0.98, 1e-8, weight_decay=0.7))
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


def test_adamw_is_pytorch_adamw() -> None:
    ours = path(group_optimizer("adamw", GroupNumbers.of(GROUP)))
    theirs = torch_path("AdamW", lr=3e-3, betas=(0.9, 0.98), weight_decay=0.7)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


def test_adam_has_its_decay_in_the_gradient_as_pytorch() -> None:
    ours = path(group_optimizer("adam", GroupNumbers.of(GROUP)))
    theirs = torch_path("Adam", lr=3e-3, betas=(0.9, 0.98), weight_decay=0.7)
    np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)


def test_sgd_with_momentum_is_pytorch_sgd() -> None:
    settings = group(learning_rate=1e-3, weight_decay=0.1, beta1=0.8)
    ours = path(group_optimizer("sgd", GroupNumbers.of(settings)))
    theirs = torch_path("SGD", lr=1e-3, momentum=0.8, weight_decay=0.1)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


def test_without_gradient_adamw_shrinks_weights_by_one_minus_eta_lambda() -> None:
    settings = group(learning_rate=1e-2, weight_decay=3.0)
    transformation = group_optimizer("adamw", GroupNumbers.of(settings))
    params: Any = jnp.array([1.0, -2.0])
    state = transformation.init(params)
    for _ in range(50):
        updates, state = transformation.update(jnp.zeros(2), state, params)
        params = optax.apply_updates(params, updates)
    np.testing.assert_allclose(params, np.array([1.0, -2.0]) * (1 - 0.03) ** 50, rtol=1e-5)


def test_first_adam_step_has_length_eta_whatever_the_gradient() -> None:
    transformation = group_optimizer("adamw", GroupNumbers.of(group(learning_rate=1e-3)))
    params: Any = jnp.zeros(3)
    updates, _ = transformation.update(
        jnp.array([1e-4, -1.0, 1e4]), transformation.init(params), params
    )
    np.testing.assert_allclose(updates, [-1e-3, 1e-3, -1e-3], rtol=2e-4)


def test_zero_betas_are_sign_descent() -> None:
    settings = group(learning_rate=1e-3, beta1=0.0, beta2=0.0)
    transformation = group_optimizer("adamw", GroupNumbers.of(settings))
    params: Any = jnp.zeros(2)
    state = transformation.init(params)
    for _ in range(3):
        updates, state = transformation.update(jnp.array([0.3, -7.0]), state, params)
        np.testing.assert_allclose(updates, [-1e-3, 1e-3], rtol=1e-5)


def test_embedding_and_decoder_take_their_own_rates() -> None:
    embedding, decoder = group(learning_rate=1e-2), group(learning_rate=1e-5)
    transformation = optimizer_of("adamw", GroupNumbers.of(embedding), GroupNumbers.of(decoder))
    params: Any = {"embedding": jnp.ones(2), "decoder": [jnp.ones(2)]}
    gradient = jax.tree.map(jnp.ones_like, params)
    updates, _ = transformation.update(gradient, transformation.init(params), params)
    np.testing.assert_allclose(updates["embedding"], -1e-2, rtol=1e-5)
    np.testing.assert_allclose(updates["decoder"][0], -1e-5, rtol=1e-5)


def test_a_group_that_is_not_settled_is_no_row_of_nans() -> None:
    with pytest.raises(gp.GrokphaseError, match="learning_rate"):
        GroupNumbers.of(Group(weight_decay=1.0))
