"""The weights of anybody's model, read without its framework being imported here.

A PyTorch module, a tree of JAX (an Equinox module, a Flax dictionary of parameters), or a nested
dictionary of arrays. Whoever has such a model has imported its framework, so it is found among the
modules that are loaded; nothing is imported, copied, or written to.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError

_EMBEDDING: Final = ("embed", "wte", "wpe")  # in names of arrays that embed symbols or positions
MOST_PARTS: Final = 16
"""Parts of a model whose norms are recorded, at most; blocks of deeper ones are taken together."""

_SHARDED: Final = ("placements", "ds_id", "_is_flat_param")  # of DTensor, DeepSpeed, FSDP


@dataclass(frozen=True)
class Weight:
    """One array of parameters.

    Attributes:
        name: its path in the model, with dots.
        array: of PyTorch (cut from its graph), JAX or NumPy.
        gradient: of the same kind, None where there is none.
        embeds: whether it embeds symbols or positions.
    """

    name: str
    array: Any
    gradient: Any = None
    embeds: bool = False


def read(model: Any, gradients: Any = None) -> list[Weight]:
    """All floating-point parameters of a model, those that two names share once.

    Args:
        model: a PyTorch module, a pytree of JAX, or a nested dictionary or list of arrays.
        gradients: of the same form; of a PyTorch module what lies in ``.grad`` if not given.

    Raises:
        GrokphaseError: if no parameters are found in it, or each process has a share of them.

    Example:
        >>> [each.name for each in read({"embed": np.ones((5, 2)), "out": [np.ones(2)]})]
        ['embed', 'out.0']
    """
    found = _of_torch(model, gradients) if _is_module(model) else _of_tree(model, gradients)
    if not found:
        raise GrokphaseError(
            f"model = {type(model).__name__} has no parameters that can be read; give a PyTorch "
            "module, a pytree of JAX, or a dictionary of arrays."
        )
    return found


def _is_module(model: Any) -> bool:
    return callable(getattr(model, "named_parameters", None))


def _of_torch(model: Any, gradients: Mapping[str, Any] | None) -> list[Weight]:
    embedding = {
        f"{path}.weight" if path else "weight"
        for path, module in model.named_modules()
        if any(kind.__name__ in ("Embedding", "EmbeddingBag") for kind in type(module).__mro__)
    }
    found = []
    for name, parameter in model.named_parameters():
        if any(hasattr(parameter, sign) for sign in _SHARDED):
            raise GrokphaseError(
                "the parameters are shared out over processes, so their norms are not those of "
                "the model: give whole ones, or none."
            )
        if parameter.is_floating_point():
            gradient = parameter.grad if gradients is None else gradients.get(name)
            cut = None if gradient is None else gradient.detach()
            embeds = name in embedding or _embeds(name)
            found.append(Weight(_unwrapped(name), parameter.detach(), cut, embeds))
    return found


def _unwrapped(name: str) -> str:
    """A name without what DistributedDataParallel and torch.compile put before it."""
    return name.replace("_orig_mod.", "").removeprefix("module.")


def _of_tree(model: Any, gradients: Any) -> list[Weight]:
    given = dict(_leaves(gradients)) if gradients is not None else {}
    seen: set[int] = set()
    found = []
    for name, array in _leaves(model):
        if id(array) not in seen:  # tied weights count once
            seen.add(id(array))
            found.append(Weight(name, array, given.get(name), _embeds(name)))
    return found


def _leaves(tree: Any) -> Iterator[tuple[str, Any]]:
    """Floating-point arrays of a tree by their paths, in its order."""
    jax = sys.modules.get("jax")
    if jax is None:
        yield from ((name, leaf) for name, leaf in _plain_leaves(tree) if _is_floating(leaf))
        return
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        if _is_floating(leaf):
            yield ".".join(_step(each) for each in path), leaf


def _plain_leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        children: Iterable[tuple[Any, Any]] = tree.items()
    elif isinstance(tree, list | tuple):
        children = enumerate(tree)
    else:
        yield prefix, tree
        return
    for key, child in children:
        yield from _plain_leaves(child, f"{prefix}.{key}" if prefix else str(key))


def _step(key: Any) -> str:
    """One step of a path of JAX: the name of a field, the key of a dictionary, a place."""
    return str(next(getattr(key, kind) for kind in ("name", "key", "idx") if hasattr(key, kind)))


def _is_floating(leaf: Any) -> bool:
    kind = getattr(leaf, "dtype", None)
    return hasattr(leaf, "shape") and "float" in str(kind)


def _embeds(name: str) -> bool:
    return any(sign in name.lower() for sign in _EMBEDDING)


def squares(arrays: Sequence[Any]) -> NDArray[np.float64]:
    """The sum of squares of each array.

    Example:
        >>> squares([np.array([3.0, 4.0]), np.zeros((2, 2))]).tolist()
        [25.0, 0.0]
    """
    return _numbers(arrays, _torch_norm, lambda array: float(np.linalg.norm(array.ravel()))) ** 2


def products(some: Sequence[Any], others: Sequence[Any]) -> NDArray[np.float64]:
    """The sum of products of the entries of each pair of arrays.

    Example:
        >>> products([np.array([1.0, 2.0])], [np.array([3.0, 4.0])]).tolist()
        [11.0]
    """
    pairs = list(zip(some, others, strict=True))
    return _numbers(pairs, _torch_dot, lambda pair: float(np.vdot(*pair)))


def _numbers(
    given: Sequence[Any], of_torch: Callable[[Any], Any], of_numpy: Callable[[Any], float]
) -> NDArray[np.float64]:
    """A number of each: those of one device are fetched together, as each fetch waits for it."""
    found = np.empty(len(given))
    devices: dict[str, tuple[list[int], list[Any]]] = {}
    for place, each in enumerate(given):
        first = each[0] if isinstance(each, tuple) else each
        if _is_tensor(first):
            places, numbers = devices.setdefault(str(first.device), ([], []))
            places.append(place)
            numbers.append(of_torch(each))
        else:
            floats = tuple(map(_floats, each)) if isinstance(each, tuple) else _floats(each)
            found[place] = of_numpy(floats)
    for places, numbers in devices.values():
        found[places] = sys.modules["torch"].stack(numbers).tolist()
    return found


def _torch_norm(array: Any) -> Any:
    torch = sys.modules["torch"]
    return torch.linalg.vector_norm(array, dtype=_wide(torch, array)).double()


def _torch_dot(pair: tuple[Any, Any]) -> Any:
    torch = sys.modules["torch"]
    kind = _wide(torch, pair[0])
    return torch.dot(*(each.reshape(-1).to(kind) for each in pair)).double()


def _wide(torch: Any, array: Any) -> Any:
    """The type to sum in: half precision would overflow."""
    return torch.float64 if array.dtype == torch.float64 else torch.float32


def _is_tensor(array: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def _floats(array: Any) -> NDArray[Any]:
    found = np.asarray(array)
    return found if found.dtype == np.float64 else found.astype(np.float32, copy=False)


def as_numpy(array: Any) -> NDArray[np.float64]:
    """An array of any framework in double precision."""
    if _is_tensor(array):
        return np.asarray(array.detach().to("cpu", sys.modules["torch"].float64).numpy())
    return np.asarray(array).astype(np.float64)


def parts(names: Sequence[str]) -> list[str]:
    """The part of a model that each parameter belongs to: a module, as deep as `MOST_PARTS` allow.

    Example:
        >>> parts(["net.embed.weight", "net.h.0.weight", "net.h.0.bias", "net.h.1.weight"])
        ['embed', 'h.0', 'h.0', 'h.1']
        >>> len(set(parts([f"h.{layer}.{each}.weight" for layer in range(12) for each in "qkv"])))
        12
    """
    modules = [path[:-1] or path for path in (name.split(".") for name in names)]
    deepest = max(map(len, modules))
    depth = next(
        (at for at in range(deepest, 1, -1) if len(_prefixes(modules, at)) <= MOST_PARTS), 1
    )
    shared = 0
    while shared < min(map(len, modules)) - 1 and len(_prefixes(modules, shared + 1)) == 1:
        shared += 1
    return [".".join(module[shared : max(depth, shared + 1)]) for module in modules]


def _prefixes(paths: Sequence[Sequence[str]], depth: int) -> set[tuple[str, ...]]:
    return {tuple(path[:depth]) for path in paths}


def embedding_share(weights: Sequence[Weight]) -> list[str]:
    """Of each parameter "embedding" or "decoder", the two groups of grokphase's own networks."""
    return ["embedding" if weight.embeds else "decoder" for weight in weights]


def root(total: float) -> float:
    """The norm of a sum of squares; rounding may have left it below zero."""
    return math.sqrt(max(total, 0.0))
