"""A user's own Equinox module as a model."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from inspect import Parameter, signature
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from grokphase.code import content
from grokphase.errors import GrokphaseError, one_line
from grokphase.models.pickling import from_bytes, to_bytes
from grokphase.models.specification import Initial
from grokphase.tasks import Task


class PerSample(eqx.Module):
    """A module written for one sample, mapped over a batch."""

    module: Any

    batched = True

    def __call__(self, inputs: jax.Array) -> jax.Array:
        """Outputs for a batch of inputs."""
        outputs: jax.Array = jax.vmap(self.module)(inputs)
        return outputs


def _is_array(leaf: object) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _is_program(node: object) -> bool:
    return hasattr(node, "eqns")  # JAX's classes for one differ between its versions


def _captured(program: Any) -> Iterator[Any]:
    """The arrays that the code of a traced program has captured, in functions within it too."""
    yield from getattr(program, "consts", ())
    for equation in program.eqns:
        for inner in filter(_is_program, jax.tree.leaves(equation.params, is_leaf=_is_program)):
            yield from _captured(inner)


def _digest(module: eqx.Module) -> str:
    """SHA-256 of a module's arrays: paths, shapes, types and contents."""
    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(eqx.filter(module, _is_array)):
        digest.update(jax.tree_util.keystr(path).encode() + content(leaf))
    return digest.hexdigest()


def said_of(error: Exception) -> str:
    """The kind of an error and what it says, on one line, as a part of a sentence."""
    return f"{type(error).__name__}: {one_line(error)}".removesuffix(".").removesuffix(": ")


def _parts(module: eqx.Module, kind: type) -> list[Any]:
    leaves = jax.tree.leaves(module, is_leaf=lambda node: isinstance(node, kind))
    return [leaf for leaf in leaves if isinstance(leaf, kind)]


def _check_parts(module: eqx.Module) -> None:
    """Refuse a module that cannot be trained as it is."""
    name = type(module).__name__
    if _parts(module, eqx.nn.StateIndex):
        raise GrokphaseError(
            f"{name} has a layer with a state, such as BatchNorm, and a model is a function of its "
            "weights and inputs alone; use a layer without one, such as LayerNorm."
        )
    arrays = [leaf for leaf in jax.tree.leaves(module) if _is_array(leaf)]
    for array in arrays:
        half = jnp.issubdtype(array.dtype, jnp.floating) and array.dtype.itemsize < 4
        if half or jnp.issubdtype(array.dtype, jnp.complexfloating):
            raise GrokphaseError(
                f"{name} has an array of {array.dtype.name}, and training is in float32; write "
                "its weights as float32."
            )
    if not any(jnp.issubdtype(array.dtype, jnp.floating) for array in arrays):
        raise GrokphaseError(
            f"{name} has no array of floating-point numbers, so there is nothing to train; give "
            "it weights of float32."
        )


def check_outputs(network: eqx.Module, task: Task) -> None:
    """Refuse a network whose outputs are not what the task asks for.

    Args:
        network: a module of batches, as `UserModel.build` makes it.
        task: what it is to learn.

    Raises:
        GrokphaseError: it raises an error, or its outputs have another shape or type.
    """
    module = network.module if isinstance(network, PerSample) else network
    name, samples, outputs = type(module).__name__, len(task), task.outputs
    try:
        found = _outputs(network, task.inputs)
    except GrokphaseError:
        raise
    except Exception as error:
        raise GrokphaseError(_failed(network, module, task, error)) from error
    shape, kind = getattr(found, "shape", None), getattr(found, "dtype", None)
    if shape is None or kind is None:
        raise GrokphaseError(
            f"{name} must return one array, not {type(found).__name__}, for the inputs of "
            f"{task.name}."
        )
    if shape != (samples, outputs):
        raise GrokphaseError(
            f"the network gives outputs of shape {shape} for the {samples} samples of "
            f"{task.name}; they must be ({samples}, {outputs})."
        )
    if kind != jnp.float32:
        raise GrokphaseError(
            f"{name} returns numbers of {kind.name}, and training is in float32; end it with "
            ".astype(jax.numpy.float32)."
        )


def _outputs(network: Any, inputs: Any) -> Any:
    arrays, static = eqx.partition(network, _is_array)
    return jax.eval_shape(lambda a, x: eqx.combine(a, static)(x), arrays, inputs)


def _failed(network: Any, module: Any, task: Task, error: Exception) -> str:
    """What a module did when it was called, and what may be meant."""
    name, per_sample = type(module).__name__, isinstance(network, PerSample)
    given = task.inputs[0] if per_sample else task.inputs
    said = (
        f"{name} raised {said_of(error)}, when called with {'one sample' if per_sample else 'all'} "
        f"of {task.name}, an array of {given.dtype.name} of shape {given.shape}"
    )
    if any(not layer.inference for layer in _parts(module, eqx.nn.Dropout)):
        return f"{said}; Dropout needs a key: write equinox.nn.inference_mode(module)."
    try:
        _outputs(module if per_sample else PerSample(module), task.inputs)
    except Exception:
        return f"{said}."
    kind = "True: it takes a batch" if per_sample else "False: it takes one sample"
    return f"{said}; give its class the attribute batched = {kind}."


def _check_given(make: Callable[..., eqx.Module], arguments: Mapping[str, Argument]) -> None:
    """Refuse a function that asks for more than the task, a generator and its arguments."""
    try:
        asked = [*signature(make).parameters.values()][2:]
    except (TypeError, ValueError):  # of some functions nothing is known
        return
    several = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    for each in asked:
        if each.default is each.empty and each.kind not in several and each.name not in arguments:
            raise GrokphaseError(
                f"the function that makes the model asks for {each.name}, which it is not given; "
                f"write UserModel(make, {each.name}=...)."
            )


def _check_argument(made: bool, argument: str, value: object) -> None:
    if made:
        raise GrokphaseError(
            f"{argument} = {value!r} cannot be used: a module is there already; give the function "
            f"that makes it, as UserModel(make, {argument}={value!r})."
        )
    if argument in _TAKEN:
        raise GrokphaseError(
            f'a model cannot have an argument called "{argument}", which says what its runs are; '
            "call it otherwise."
        )
    if not isinstance(value, float | int | str | None):
        raise GrokphaseError(
            f"{argument} is a {type(value).__name__}, and an argument of a model is a number, a "
            "word, true or false, or None; keep anything else inside the function."
        )


@lru_cache(maxsize=32)  # what one has traced, the next need not
def _from_bytes(payload: bytes, name: str, arguments: str) -> UserModel:
    return UserModel(from_bytes(payload), name, **json.loads(arguments))


Argument = float | str | bool | None
"""What can be varied of a model's own: a number, a word, true or false, or nothing."""

_TAKEN = ("make", "sha256", "program", "arguments")  # beside `name`, which Python refuses itself


@dataclass(frozen=True, init=False)
class UserModel:
    """Any Equinox module, or a function that makes one, as a model.

    A module is used with the weights it has; a function `make(task, generator)` is called once for
    each run with a NumPy generator that depends on the run's seed alone. A module is taken to map
    one sample to one output, as Equinox modules do, unless it has a class attribute
    `batched = True`. Parameters in a field called `embedding` follow `recipe.embedding`, all
    others `recipe.decoder`.

    Args:
        make: an `eqx.Module`, or a function of the task and a generator that returns one.
        name: what the model is called in specifications; a module's class name if not given.
            It is part of a run's identity for a function, so give each function its own; a
            function with arguments has its own name if none is given.
        **arguments: numbers and words that the function is called with. Each is a setting of the
            run, such as `model.width`, and so can be an axis.

    Raises:
        GrokphaseError: if a function is given without a name or arguments, or without one that it
            asks for, or an argument is of a kind that cannot be set.

    Example:
        >>> import equinox as eqx, jax
        >>> model = UserModel(eqx.nn.MLP(8, 2, 16, 1, key=jax.random.key(0)))
        >>> model.spec()["name"]
        'MLP'
        >>> def deep(task, generator, width):
        ...     key = jax.random.key(int(generator.integers(2**31)))
        ...     return eqx.nn.MLP(task.inputs.shape[1], task.outputs, width, 2, key=key)
        >>> UserModel(deep, width=64).spec()
        {'name': 'deep', 'width': 64}
    """

    make: eqx.Module | Callable[..., eqx.Module]
    name: str = ""
    arguments: dict[str, Argument] = field(default_factory=dict, hash=False)
    # Those made from one another: what each computes is found out once.
    _family: dict[str, UserModel] = field(default_factory=dict, repr=False, compare=False)
    _programs: dict[Task, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __init__(
        self,
        make: eqx.Module | Callable[..., eqx.Module],
        name: str = "",
        **arguments: Argument,
    ) -> None:
        if not isinstance(make, eqx.Module):
            _check_given(make, arguments)
        if not name and arguments:
            name = getattr(make, "__name__", "").replace("<lambda>", "")
        if not name and not isinstance(make, eqx.Module):
            raise GrokphaseError(
                "a function that makes a model needs a name for its runs to be known by; "
                'write UserModel(make, name="my-model").'
            )
        for argument, value in arguments.items():
            _check_argument(isinstance(make, eqx.Module), argument, value)
        held: dict[str, Any] = {"make": make, "name": name, "arguments": arguments}
        for attribute, part in {**held, "_programs": {}, "_family": {}}.items():
            object.__setattr__(self, attribute, part)

    def varied(self, **changes: Any) -> UserModel:
        """The same model by another name, or with some of its arguments changed."""
        wanted = {"name": self.name, **self.arguments, **changes}
        key = repr(sorted(wanted.items()))
        if key not in self._family:
            model = UserModel(self.make, **wanted)
            object.__setattr__(model, "_family", self._family)
            self._family[key] = model
        return self._family[key]

    def __reduce__(self) -> tuple[Any, ...]:
        """As bytes, for another process, which is to trace the code that it has itself."""
        return _from_bytes, (self._bytes, self.name, json.dumps(self.arguments))

    @cached_property
    def _bytes(self) -> bytes:
        return to_bytes(self.make)

    def spec(self) -> dict[str, Any]:
        """The name, the arguments and, for a module, a digest of its weights; see `program`."""
        if not isinstance(self.make, eqx.Module):
            return {"name": self.name, **self.arguments}
        return {"name": self.name or type(self.make).__name__, "sha256": _digest(self.make)}

    def program(self, task: Task) -> str:
        """What the network computes, as JAX traces it: changed code is another model.

        Args:
            task: the task whose inputs it is traced for.

        Returns:
            SHA-256 of the traced program and of the arrays its code has captured, without the
            weights.
        """
        if task not in self._programs:
            self._programs[task] = self._traced(task)
        return self._programs[task]

    def _traced(self, task: Task) -> str:
        network = self.build(task, np.random.default_rng(0))
        arrays, static = eqx.partition(network, _is_array)
        try:
            traced = jax.make_jaxpr(lambda a, x: eqx.combine(a, static)(x))(arrays, task.inputs[:1])
        except Exception:
            check_outputs(network, task)  # raises the same as a sentence
            raise
        # A function prints its address, which differs between processes.
        text = re.sub(r" at 0x[0-9a-f]+", "", str(traced))
        # The name of a function that JAX has compiled is lost on the way to another process.
        text = re.sub(r"\bname=[^\s\]]+", "name", text)
        digest = hashlib.sha256(text.encode())
        for array in _captured(traced):  # the text has their shapes alone
            digest.update(content(array))
        return digest.hexdigest()

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> eqx.Module:
        """The module itself, or the one the function makes for this run."""
        if initial is not None:
            raise GrokphaseError(
                "initial= is for Toy, MLP and Transformer; give your module its weights."
            )
        module = self._made(task, generator)
        _check_parts(module)
        return module if getattr(module, "batched", False) else PerSample(module)

    def _made(self, task: Task, generator: np.random.Generator) -> eqx.Module:
        if isinstance(self.make, eqx.Module):
            return self.make
        try:
            made = self.make(task, generator, **self.arguments)
        except GrokphaseError:
            raise
        except Exception as error:
            raise GrokphaseError(
                f"{self.name}(task, generator), which makes the model, raised {said_of(error)}."
            ) from error
        if not isinstance(made, eqx.Module):
            raise GrokphaseError(
                f"{self.name}(task, generator) must return an equinox.Module, not "
                f"{type(made).__name__}; a function of the inputs is not a model, as it has no "
                "weights to train."
            )
        return made
