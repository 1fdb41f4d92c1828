"""What a trained transformer computes on the way to its logits, by name."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.models.specification import Initial
from grokphase.models.transformer import Transformer
from grokphase.tasks import stream
from grokphase.training.spec import AnySpec, RunSpec


def cached(spec: AnySpec, weights: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """One activation for every sample of a run's task, with these weights.

    Args:
        spec: the run of a transformer.
        weights: by name, as a run keeps them.
        name: of the activation, such as "blocks.0.hook_resid_post"; "hook_resid_post" alone where
            there is one of that name, as there is in one layer.

    Returns:
        (n, ...) in the order of the task's samples.

    Raises:
        GrokphaseError: for another model, or a name that there is not, or more than once.
    """
    model = spec.model if isinstance(spec, RunSpec) else None
    if not isinstance(spec, RunSpec) or not isinstance(model, Transformer):
        raise GrokphaseError(
            "activations have names in a Transformer only; of another model call the network that "
            "its specification builds."
        )
    network = model.build(spec.task, stream(spec.seed, "initial"), Initial.of(weights))
    inputs = jnp.asarray(spec.task.inputs)
    known = tuple(jax.eval_shape(lambda net: net.activations(inputs), network))
    full = _full(name, known)
    return np.asarray(jax.jit(lambda net: net.activations(inputs)[full])(network))


def _full(name: str, known: tuple[str, ...]) -> str:
    """The whole name of an activation, of which its end may be given."""
    meant = [each for each in known if each == name or each.endswith(f".{name}")]
    if not meant:
        ends = dict.fromkeys(each.rpartition(".")[2] for each in known)
        raise GrokphaseError(
            f'There is no activation "{name}"; there are {", ".join(ends)}.{nearest(name, ends)}'
        )
    if len(meant) > 1 and name not in known:
        raise GrokphaseError(
            f'"{name}" is that of several layers; write one of {", ".join(meant)}.'
        )
    return name if name in known else meant[0]
