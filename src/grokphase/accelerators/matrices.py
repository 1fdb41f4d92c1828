"""Which parameters of a network are matrices, and which of those are hidden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jax
from jaxtyping import Array, Float

from grokphase.errors import GrokphaseError
from grokphase.models.network import Network

_OF_INPUTS: Final = ("W_Q", "W_K", "W_V")  # of all heads, each (width, head)
_OF_HEADS: Final = (*_OF_INPUTS, "W_O")
_EMBEDDINGS: Final = ("embedding", "right", "embed", "pos_embed")
_LAST: Final = (
    "out",
    "output",
    "head",
    "lm_head",
    "readout",
    "logits",
    "classifier",
    "unembed",
    "W_U",
)

Path = tuple[Any, ...]


def names_of(path: Path) -> tuple[str, ...]:
    """The names on the way to a parameter."""
    return tuple(str(getattr(key, "name", getattr(key, "key", ""))) for key in path)


def is_matrix(path: Path, leaf: Any) -> bool:
    """Whether a parameter is a matrix; the weights of all heads of an attention are one."""
    return leaf.ndim == 2 or (leaf.ndim == 3 and names_of(path)[-1] in _OF_HEADS)


def matrices(params: Any) -> Any:
    """Which parameters are matrices, embeddings and logits' weights included: a tree of booleans.

    Biases, LayerNorm and whatever has more axes are none.
    """
    return jax.tree_util.tree_map_with_path(is_matrix, params)


def hidden_matrices(params: Any) -> Any:
    """Which parameters are hidden matrices: neither an embedding nor the last layer's.

    Of an MLP on one-hot pairs the first layer is an embedding too. In a module of a user's own
    embeddings are known by the name `embed...`, and the last layer by a name such as `out`, `head`
    or `unembed`, else it is the last matrix.

    Raises:
        GrokphaseError: where it has no such name in a dict, whose keys JAX puts in order of letters
            and not of layers.

    Example:
        >>> import grokphase as gp
        >>> task, model = gp.task("modular-addition", p=5), gp.MLP(dimension=3, widths=(4, 4))
        >>> found = hidden_matrices(gp.run_spec(task, model).initial_network())
        >>> found.embedding, [layer.kernel for layer in found.decoder]
        (False, [True, True, False])
    """
    flat, structure = jax.tree_util.tree_flatten_with_path(params)
    inner = [path for path, leaf in flat if is_matrix(path, leaf) and not _is_embedding(path)]
    outer = set(_outer(params, inner))
    return jax.tree.unflatten(structure, [path in inner and path not in outer for path, _ in flat])


def _is_embedding(path: Path) -> bool:
    return any(name in _EMBEDDINGS or name.startswith("embed") for name in names_of(path))


def _outer(params: Any, inner: list[Path]) -> list[Path]:
    """The matrix of the last layer, and of one-hot pairs that of the first."""
    if not isinstance(params, Network):
        return _last(inner)
    of_decoder = [path for path in inner if names_of(path)[0] == "decoder"]
    layers = [path for path in inner if path not in of_decoder] + of_decoder
    one_hot = params.symbols is not None and params.embedding is None
    return [*layers[-1:], *layers[: int(one_hot)]]


def _last(inner: list[Path]) -> list[Path]:
    """The matrix of the last layer of a module that is not ours."""
    named = [path for path in inner if any(name in _LAST for name in names_of(path))]
    if named or not inner:
        return named
    if any(isinstance(key, jax.tree_util.DictKey) for key in inner[-1]):
        found = ", ".join(dict.fromkeys(names_of(path)[-1] for path in inner))
        raise GrokphaseError(
            f"Which matrix of a dict of {found} is that of the last layer cannot be told, as its "
            f"keys have no order of layers; call it {_LAST[0]} or {_LAST[2]}, or say yourself "
            "which matrices are hidden."
        )
    return inner[-1:]


def as_matrix(path: Path, leaf: Array) -> Float[Array, "m n"]:
    """A parameter that `is_matrix`, with the heads of an attention taken together: queries, keys
    and values as (width, heads times head), outputs as (heads times head, width)."""
    if leaf.ndim == 2:
        return leaf
    heads, one, other = leaf.shape
    if names_of(path)[-1] not in _OF_INPUTS:
        return leaf.reshape(heads * one, other)
    return leaf.transpose(1, 0, 2).reshape(one, heads * other)


def listed(params: Any) -> list[Float[Array, "m n"]]:
    """The matrices among parameters, see `as_matrix`.

    Example:
        >>> import jax.numpy as jnp
        >>> [m.shape for m in listed({"W_Q": jnp.ones((4, 8, 2)), "b_Q": jnp.ones(8)})]
        [(8, 8)]
    """
    flat, _ = jax.tree_util.tree_flatten_with_path(params)
    return [as_matrix(path, leaf) for path, leaf in flat if is_matrix(path, leaf)]


def on_matrices(function: Callable[[Float[Array, "m n"]], Float[Array, "m n"]], tree: Any) -> Any:
    """A tree whose matrices are what a function makes of them (`as_matrix`); all else is zero."""

    def of_leaf(path: Path, leaf: Array) -> Array:
        if not is_matrix(path, leaf):
            return 0 * leaf
        found = function(as_matrix(path, leaf))
        if leaf.ndim == 2 or names_of(path)[-1] not in _OF_INPUTS:
            return found.reshape(leaf.shape)
        heads, one, other = leaf.shape
        return found.reshape(one, heads, other).transpose(1, 0, 2)

    return jax.tree_util.tree_map_with_path(of_leaf, tree)
