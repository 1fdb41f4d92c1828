"""Optimisers from Optax, with every hyperparameter a traced number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array

from grokphase.accelerators import Accelerator
from grokphase.errors import GrokphaseError
from grokphase.models.network import BuiltIn
from grokphase.training.recipe import USUAL, Group, Optimizer

_CHOSEN = "-chosen"  # of the group of those that take an accelerator's direction


class GroupNumbers(NamedTuple):
    """The numbers of a `Group` as the compiled loop takes them.

    What float32 would spoil is derived on the host in double precision: `1 - 0.999` is off by
    5e-5 in float32, and `beta^t` is taken as `exp(t log beta)`.
    """

    learning_rate: Any
    weight_decay: Any
    beta1: Any
    beta2: Any
    one_minus_beta1: Any
    one_minus_beta2: Any
    log_beta1: Any
    log_beta2: Any
    epsilon: Any

    @classmethod
    def of(cls, group: Group) -> GroupNumbers:
        """The numbers of a group, as float32 scalars.

        Raises:
            GrokphaseError: if one is left to the task and model, as in `Group()`.
        """
        for name, value in vars(group).items():
            if value is USUAL:  # which float32 would take for NaN
                raise GrokphaseError(f"{name} is not known; settle the recipe, as gp.recipe does.")

        def log(x: float) -> float:
            return math.log(x) if x > 0 else -math.inf

        numbers = (
            group.learning_rate,
            group.weight_decay,
            group.beta1,
            group.beta2,
            1 - group.beta1,
            1 - group.beta2,
            log(group.beta1),
            log(group.beta2),
            group.epsilon,
        )
        return cls(*(np.float32(number) for number in numbers))


class AdamState(NamedTuple):
    """What Adam remembers: updates so far, mean gradient `m`, and `sqrt(v)` for mean square `v`."""

    count: Any
    mean: Any
    root: Any


def scale_by_adam(numbers: GroupNumbers) -> optax.GradientTransformation:
    """Adam's direction `m_hat / (sqrt(v_hat) + eps)`, as `optax.scale_by_adam`, in fewer cycles.

    With `c1 = 1 - beta1^t`, `c2 = 1 - beta2^t` and `s = sqrt(c2)`,

        m_hat / (sqrt(v_hat) + eps) = (s / c1) * m / (sqrt(v) + eps * s),

    so the two bias corrections cost two scalars instead of two divisions for every parameter.
    Divisions and square roots are what Adam costs on a CPU, and XLA updates `m`, `v` and the
    parameters in three passes. `sqrt(v)` is remembered instead of `v`, which puts the square root
    into one pass and the division into another, where each overlaps with loads and stores: 5 of
    190 us a step of the toy. Tested against Optax and PyTorch.

    Source: Kingma and Ba (2015), arXiv:1412.6980, section 2, last paragraph.
    """

    def init(params: Any) -> AdamState:
        mean, root = (jax.tree.map(jnp.zeros_like, params) for _ in range(2))
        return AdamState(count=jnp.zeros((), jnp.int32), mean=mean, root=root)

    def update(gradient: Any, state: Any, params: Any = None) -> tuple[Any, AdamState]:
        count = state.count + 1
        t = count.astype(jnp.float32)
        correction1 = -jnp.expm1(t * numbers.log_beta1)
        root2 = jnp.sqrt(-jnp.expm1(t * numbers.log_beta2))
        factor, epsilon = root2 / correction1, numbers.epsilon * root2

        def first(m: Array, g: Array) -> Array:
            moved: Array = m + numbers.one_minus_beta1 * (g - m)
            return moved

        def second(root: Array, g: Array) -> Array:
            v = root * root
            return jnp.sqrt(v + numbers.one_minus_beta2 * (g * g - v))

        mean = jax.tree.map(first, state.mean, gradient)
        root = jax.tree.map(second, state.root, gradient)
        direction = jax.tree.map(lambda m, root: factor * (m / (root + epsilon)), mean, root)
        return direction, AdamState(count, mean, root)

    return optax.GradientTransformation(init, update)


def group_optimizer(
    kind: Optimizer,
    numbers: GroupNumbers,
    noise: optax.GradientTransformation | None = None,
    direction: optax.GradientTransformation | None = None,
) -> optax.GradientTransformation:
    """The optimiser of one group of parameters.

    Args:
        kind: of it.
        numbers: of the group.
        noise: of its direction, if there is any.
        direction: what takes the place of its direction, if anything does; decay is decoupled then.
    """
    decay = optax.add_decayed_weights(numbers.weight_decay)
    step = optax.scale(-numbers.learning_rate)
    if noise is not None:
        step = optax.chain(noise, step)
    if direction is not None:
        return optax.chain(direction, decay, step)
    if kind == "adamw":
        return optax.chain(scale_by_adam(numbers), decay, step)
    if kind == "adam":
        return optax.chain(decay, scale_by_adam(numbers), step)
    return optax.chain(decay, optax.trace(decay=numbers.beta1), step)


def group_of(path: tuple[Any, ...], fields: Sequence[str] = ("embedding",)) -> str:
    """Which group of the recipe a parameter follows: "embedding" or "decoder".

    Args:
        path: to the parameter, in its network.
        fields: names of what follows the embedding's settings.
    """
    names = (getattr(key, "name", getattr(key, "key", None)) for key in path)
    return "embedding" if any(name in fields for name in names) else "decoder"


def labels_of(params: Any) -> Any:
    """The group of every parameter, in the structure of `params`."""
    fields = params.embedding_fields if isinstance(params, BuiltIn) else ("embedding",)
    return jax.tree_util.tree_map_with_path(lambda path, _: group_of(path, fields), params)


def optimizer_of(
    kind: Optimizer,
    embedding: GroupNumbers,
    decoder: GroupNumbers,
    noises: Sequence[optax.GradientTransformation | None] = (None, None),
    arm: Accelerator | None = None,
) -> optax.GradientTransformationExtraArgs:
    """The optimiser of all parameters: one for the embedding, one for the rest.

    Args:
        kind: of both.
        embedding: its numbers.
        decoder: those of all other parameters.
        noises: of the directions of the two.
        arm: an accelerator, whose direction the parameters take that it has chosen.
    """
    groups = {
        "embedding": group_optimizer(kind, embedding, noises[0]),
        "decoder": group_optimizer(kind, decoder, noises[1]),
    }
    if arm is None or arm.place != "direction":
        return optax.partition(groups, labels_of)
    for name, numbers, noise in zip(list(groups), (embedding, decoder), noises, strict=True):
        groups[name + _CHOSEN] = group_optimizer(kind, numbers, noise, arm.transform())

    def labels(params: Any) -> Any:
        return jax.tree.map(
            lambda group, chosen: group + _CHOSEN * chosen, labels_of(params), arm.chosen(params)
        )

    return optax.partition(groups, labels)
