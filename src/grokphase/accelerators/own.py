"""An accelerator of a user's own, asked for what it gives before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import optax

from grokphase.accelerators.accelerator import Accelerator
from grokphase.code import is_installed
from grokphase.errors import GrokphaseError
from grokphase.models.user import said_of

SAMPLES: Final = 3  # of which losses are asked; any number does

_NUMBER: Final = jax.ShapeDtypeStruct((), jnp.float32)
_STEP: Final = jax.ShapeDtypeStruct((), jnp.int32)


def check_own(arm: Accelerator, params: Any, classes: int) -> None:
    """Refuse an accelerator of a user's own that raises an error, or gives what no step can take.

    Each hook is traced by itself, so that what is wrong is said of the hook. An array of another
    shape than its gradient would else be broadcast without a word.

    Args:
        arm: the accelerator; those of grokphase are right, and are not looked at.
        params: the parameters of the network, of which only shapes matter.
        classes: outputs of the network for a sample.

    Raises:
        GrokphaseError: naming the hook, and what it did.
    """
    if is_installed(type(arm).__module__):
        return
    samples = jax.ShapeDtypeStruct((SAMPLES,), jnp.float32)
    labels = jax.ShapeDtypeStruct((SAMPLES,), jnp.int32)
    outputs = jax.ShapeDtypeStruct((SAMPLES, classes), jnp.float32)
    asked = {
        "losses": ((samples, outputs, labels, _STEP), samples),
        "penalty": ((params, _STEP), _NUMBER),
        "weight_decay": ((_NUMBER, _STEP), _NUMBER),
    }
    for hook, (given, wanted) in asked.items():
        found = _traced(arm, hook, lambda own, *given, hook=hook: getattr(own, hook)(*given), given)
        if found is not None or hook != "penalty":
            _refuse_other(arm, hook, found, wanted)
    if arm.place is not None:
        before, found, after = _traced(arm, "transform", _updated, (params, params, _NUMBER))
        _refuse_other(arm, "transform", found, params)
        _refuse_other(arm, "state of the transform", after, before, _carried)


def _updated(own: Accelerator, params: Any, gradient: Any, loss: Any) -> tuple[Any, Any, Any]:
    """The state of a transform at first, what an update gives, and the state then."""
    transform: Any = own.transform()
    if not isinstance(transform, optax.GradientTransformation):
        raise TypeError(f"{type(transform).__name__} is no transform of Optax's")
    step = optax.with_extra_args_support(transform)
    if own.place == "direction":
        step = optax.masked(step, own.chosen)
    before = step.init(params)
    return before, *step.update(gradient, before, params, value=loss)


def _traced(arm: Accelerator, hook: str, function: Any, given: tuple[Any, ...]) -> Any:
    try:
        return jax.eval_shape(
            lambda numbers, *given: function(arm.traced(numbers), *given), arm.numbers(), *given
        )
    except GrokphaseError:
        raise
    except Exception as error:  # whatever the code of a user raises
        raise GrokphaseError(
            f'The {hook} of the accelerator "{arm.kind}" raised {said_of(error)}.'
        ) from error


def _given(leaf: Any) -> str:
    return f"shape {leaf.shape}"


def _carried(leaf: Any) -> str:
    return f"{leaf.dtype.name} and shape {leaf.shape}"  # a loop carries no other


def _refuse_other(
    arm: Accelerator, hook: str, found: Any, wanted: Any, told: Callable[[Any], str] = _given
) -> None:
    """Refuse what has another structure, or another array, than is wanted."""
    have, want = ([told(leaf) for leaf in jax.tree.leaves(each)] for each in (found, wanted))
    one, other = (str(jax.tree.structure(each)) for each in (found, wanted))
    if one != other:
        raise GrokphaseError(
            f'The {hook} of the accelerator "{arm.kind}" gives another structure than it must: '
            f"arrays of {', '.join(have) or 'nothing'} in place of {', '.join(want)}."
        )
    for ours, theirs in zip(have, want, strict=True):
        if ours != theirs:
            raise GrokphaseError(
                f'The {hook} of the accelerator "{arm.kind}" gives an array of {ours} in place of '
                f"one of {theirs}."
            )
