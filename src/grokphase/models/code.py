"""Which code a function is: a digest of all of the user's own that it consists of."""

from __future__ import annotations

import functools
import hashlib
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from grokphase.models.pickling import is_installed

# Python may hold two equal ones of these as one, or not.
_COPIED: Final = (tuple, frozenset, types.CodeType)
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), type(...), slice, range)


def digest(function: Callable[..., Any]) -> str:
    """SHA-256 of a function's code, and of what it refers to of the user's own.

    That is what it does, without names of local variables, comments and line numbers; its defaults;
    constants and arrays that it reads from around it; and functions and classes of the user's own
    that it calls, what they call, and so on. What is installed counts by its name alone: which
    version of a library was used is found in the record of a run.

    Example:
        >>> def shift(by):
        ...     return lambda x: x + by
        >>> digest(shift(1)) == digest(shift(1)), digest(shift(1)) == digest(shift(2))
        (True, False)
    """
    found = hashlib.sha256()
    met: dict[int, int] = {}
    # The function itself is looked into wherever it comes from.
    made_of = _of_function(function) if isinstance(function, types.FunctionType) else [function]
    for thing in made_of:
        for part in _parts(thing, met):
            found.update(part)
            found.update(b"\0")
    return found.hexdigest()


def content(array: Any) -> bytes:
    """An array's shape, type and numbers; of a random key those that it is made of."""
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        array = jax.random.key_data(array)
    plain = np.ascontiguousarray(array)
    return f"{plain.shape}{plain.dtype}".encode() + plain.tobytes()


def _parts(thing: Any, met: dict[int, int]) -> Iterator[bytes]:
    """All that a thing consists of; what was met before is named by its place."""
    if isinstance(thing, _PLAIN):
        yield f"{type(thing).__name__} {thing!r}".encode()
        return
    if not isinstance(thing, _COPIED):
        if id(thing) in met:
            yield f"again {met[id(thing)]}".encode()
            return
        met[id(thing)] = len(met)
    if isinstance(thing, jax.Array | np.ndarray | np.generic):
        yield content(np.asarray(thing) if isinstance(thing, np.generic) else thing)
        return
    yield _name(thing)
    for inner in _inside(thing):
        yield from _parts(inner, met)


def _name(thing: Any) -> bytes:
    """The name of what is installed, the kind of what is not: a script's module has two names."""
    if _is_foreign(thing):
        return f"{getattr(thing, '__module__', '')}.{_qualified(thing)}".encode()
    return type(thing).__name__.encode()


def _qualified(thing: Any) -> str:
    return str(getattr(thing, "__qualname__", getattr(thing, "__name__", "")))


def _inside(thing: Any) -> list[Any]:
    """What a thing is made of; nothing of what is installed."""
    if isinstance(thing, list | tuple):
        return [len(thing), *thing]
    if isinstance(thing, dict):
        return [len(thing), *(each for item in thing.items() for each in item)]
    if isinstance(thing, set | frozenset):
        return [len(thing), *sorted(map(repr, thing))]
    if isinstance(thing, types.CodeType):
        return [thing.co_code, thing.co_names, *thing.co_consts, thing.co_exceptiontable]
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if _is_foreign(thing):
        return []
    if isinstance(thing, types.MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, types.FunctionType):
        return _of_function(thing)
    if (wrapped := getattr(thing, "__wrapped__", None)) is not None:  # by jax.jit, say
        return [wrapped]
    if isinstance(thing, type):
        own = {name: each for name, each in vars(thing).items() if not name.startswith("__abc")}
        methods = [getattr(each, "__func__", each) for each in own.values()]
        return [*thing.__bases__, *(m for m in methods if isinstance(m, types.FunctionType))]
    if isinstance(thing, types.ModuleType):  # whose parts are read by name, see `_read`
        return []
    return [type(thing), getattr(thing, "__dict__", None)]


def _of_function(function: types.FunctionType) -> list[Any]:
    around = [function.__defaults__, function.__kwdefaults__]
    around += map(_cell, function.__closure__ or ())
    return [function.__code__, *around, *_read(function.__code__, function.__globals__)]


def _is_foreign(thing: Any) -> bool:
    """Whether a function, class or module comes from Python or an installed package."""
    if isinstance(thing, types.ModuleType):
        return is_installed(thing.__name__)
    return hasattr(thing, "__qualname__") and is_installed(getattr(thing, "__module__", None))


def _cell(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet filled
        return None


def _read(code: types.CodeType, known: dict[str, Any]) -> Iterator[Any]:
    """What code, and functions within it, reads from its module, and from modules of the user's."""
    names = _names(code)
    for name in names:
        if name not in known:
            continue
        yield known[name]
        if isinstance(known[name], types.ModuleType) and not _is_foreign(known[name]):
            part_of = vars(known[name])
            yield from (part_of[part] for part in names if part in part_of)


def _names(code: types.CodeType) -> list[str]:
    inner = (_names(each) for each in code.co_consts if isinstance(each, types.CodeType))
    return list(dict.fromkeys([*code.co_names, *(name for names in inner for name in names)]))
