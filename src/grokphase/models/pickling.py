"""Equinox modules as bytes, for other processes, also where a script or notebook defines them.

What comes from an installed package is sent by reference, all else by value: what a worker trains
is the code that this process has in memory, whatever has become of the file since.

`cloudpickle` sends a class that cannot be imported by value: it makes an empty class of that name
first and fills it afterwards, so that the class may refer to itself. Equinox looks at a class when
it is made, and would see no fields. Here the class is made with its fields.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import io
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import cloudpickle
import equinox as eqx

from grokphase.code import is_installed


def _init(self: Any) -> None:
    """Stands for the `__init__` of a class until that is put in its place."""


def _declared(module: type) -> dict[str, Any]:
    """What Equinox must see of a class when it is made: its own fields, and whether it has an
    `__init__` of its own."""
    own = inspect.get_annotations(module)
    fields = [field for field in dataclasses.fields(module) if field.name in own]
    found: dict[str, Any] = {"__annotations__": {field.name: object for field in fields}}
    for field in fields:
        asked = ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only")
        options = {name: getattr(field, name) for name in asked}
        given = {name: x for name, x in options.items() if x is not dataclasses.MISSING}
        found[field.name] = _Declared({**given, "metadata": dict(field.metadata)})
    if not module.__dataclass_params__.init:  # type: ignore[attr-defined]
        found["__init__"] = _init
    return found


@dataclasses.dataclass(frozen=True)
class _Declared:
    """A field on its way: a `dataclasses.Field` itself would hold copies of `MISSING`."""

    options: dict[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return _field, (self.options,)


def _field(options: dict[str, Any]) -> Any:
    return dataclasses.field(**options)


def _importable(obj: Any) -> tuple[str, str] | None:
    """The module and name under which every process finds this very object, if there are such."""
    module, name = (getattr(obj, part, None) for part in ("__module__", "__qualname__"))
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if not is_installed(module) or getattr(sys.modules.get(module), name, None) is not obj:
        return None
    return module, name


@contextmanager
def _own_modules_by_value() -> Iterator[None]:
    """Send what this process's own modules define by value, for the duration of a block."""
    already = cloudpickle.cloudpickle.list_registry_pickle_by_value()
    own = [
        module
        for name, module in list(sys.modules.items())
        if getattr(module, "__file__", None)
        and name == getattr(module, "__name__", None)
        and not is_installed(name)
        and name not in already
    ]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)


def _imported(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def reducer_override(self, obj: Any) -> Any:
        """As `cloudpickle`, but for Equinox classes that it sends by value, and for what JAX has
        made of functions, such as `jax.nn.relu`, which loses its name when it is sent so."""
        if not isinstance(obj, type | types.FunctionType) and callable(obj):
            found = _importable(obj)
            if found is not None:
                return _imported, found
        reduced = super().reducer_override(obj)
        if not isinstance(obj, type(eqx.Module)) or not isinstance(reduced, tuple):
            return reduced
        make, (metaclass, name, bases, namespace, *others), (state, slots), *rest = reduced
        begun = metaclass, name, bases, {**namespace, **_declared(obj)}, *others
        # The fields are made with the class. As a part of its state they would hold copies of
        # `dataclasses.MISSING`, which is known by its identity.
        state = {key: value for key, value in state.items() if key != "__dataclass_fields__"}
        return make, begun, (state, slots), *rest


def to_bytes(module: Any) -> bytes:
    """A module, or a function that makes one, with all it needs that cannot be imported.

    Example:
        >>> import equinox as eqx, jax
        >>> class Twice(eqx.Module):
        ...     inner: eqx.Module
        ...
        ...     def __call__(self, x):
        ...         return self.inner(self.inner(x))
        >>> module = Twice(eqx.nn.Linear(3, 3, key=jax.random.key(0)))
        >>> eqx.tree_equal(from_bytes(to_bytes(module)).inner, module.inner).item()
        True
    """
    with _own_modules_by_value(), io.BytesIO() as file:
        _Pickler(file).dump(module)
        return file.getvalue()


@lru_cache(maxsize=32)
def from_bytes(payload: bytes) -> Any:
    """What `to_bytes` was given. The same bytes give the same object: a worker that trains many
    runs of one network compiles it once, as its functions are the same functions."""
    return cloudpickle.loads(payload)
