"""Which code a function is: a digest of all of the user's own that it consists of."""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib
import importlib.util
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), type(...), slice, range)
# Python may hold two equal ones of these as one, or not.
_COPIED: Final = (tuple, frozenset, types.CodeType)
# Functions in what decorators and descriptors make of them.
_WITHIN: Final = ("__func__", "__wrapped__", "fget", "fset", "fdel", "func")
_STANDARD: Final = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
_PACKAGES: Final = {"site-packages", "dist-packages"}
_FIELDS: Final = "__dataclass_fields__"

Met = dict[int, tuple[int, Any]]  # by their addresses, with themselves: no other may get one


def digest(function: Callable[..., Any]) -> str:
    """SHA-256 of a function's code, and of what it refers to of the user's own.

    That is what it does, without names of local variables, comments and line numbers; its defaults;
    constants, arrays and objects that it reads from around it; functions and classes of the user's
    own that it calls or imports, what they call, and so on. How modules and files are called is no
    part of it. What is installed counts by its name alone: which version of a library was used is
    found in the record of a run. Code that is found by a name made while it runs, as
    `globals()["f"]`, is not seen, and neither are files. Compiled by another minor version of
    Python it is other code.

    Example:
        >>> def shift(by):
        ...     return lambda x: x + by
        >>> digest(shift(1)) == digest(shift(1)), digest(shift(1)) == digest(shift(2))
        (True, False)
    """
    found = hashlib.sha256()
    met: Met = {}
    # The function itself is looked into wherever it comes from.
    made_of = _of_function(function) if isinstance(function, types.FunctionType) else [function]
    for thing in made_of:
        for part in _parts(thing, met):
            found.update(part)
            found.update(b"\0")
    return found.hexdigest()


def is_installed(name: str | None) -> bool:
    """Whether a module of that name is a part of Python or of an installed package.

    Example:
        >>> is_installed("json"), is_installed("my_measures")
        (True, False)
    """
    top = (name or "").partition(".")[0]
    if top in sys.builtin_module_names or top == "grokphase":
        return True
    return is_installed_file(getattr(sys.modules.get(name or ""), "__file__", None))


def is_installed_file(file: str | None) -> bool:
    """Whether a file is a part of Python or of an installed package.

    Example:
        >>> is_installed_file("/usr/lib/python3/dist-packages/numpy/__init__.py")
        True
    """
    if not isinstance(file, str):
        return False
    return file.startswith(_STANDARD) or not _PACKAGES.isdisjoint(Path(file).parts)


def names(code: types.CodeType | None) -> list[str]:
    """All names in some code, and in the functions within it; none where there is no code."""
    if code is None:
        return []
    inner = (names(each) for each in code.co_consts if isinstance(each, types.CodeType))
    return list(dict.fromkeys([*code.co_names, *(name for found in inner for name in found)]))


def content(array: Any) -> bytes:
    """An array's shape, type and numbers; of a random key of JAX those that it is made of."""
    jax = sys.modules.get("jax")
    if jax is not None and jax.dtypes.issubdtype(array.dtype, jax.dtypes.prng_key):
        array = jax.random.key_data(array)
    if hasattr(array, "detach"):
        array = array.detach().cpu()
    plain = np.ascontiguousarray(array)
    return f"{plain.shape}{plain.dtype}".encode() + plain.tobytes()


def _parts(thing: Any, met: Met) -> Iterator[bytes]:
    """All that a thing consists of; what was met before is named by its place."""
    if isinstance(thing, _PLAIN):
        yield f"{type(thing).__name__} {thing!r}".encode()
        return
    if not isinstance(thing, _COPIED):
        if id(thing) in met:
            yield f"again {met[id(thing)][0]}".encode()
            return
        met[id(thing)] = len(met), thing
    if _is_array(thing):
        yield content(thing)
        return
    yield _name(thing)
    for inner in _inside(thing):
        yield from _parts(inner, met)


def _is_array(thing: Any) -> bool:
    if isinstance(thing, type) or not hasattr(thing, "__array__"):
        return False
    return all(hasattr(thing, part) for part in ("dtype", "shape")) and thing.dtype != object


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
    if isinstance(thing, dict | types.MappingProxyType):
        return [len(thing), *(each for item in thing.items() for each in item)]
    if isinstance(thing, set | frozenset):
        return [len(thing), *sorted(map(digest, thing))]
    if isinstance(thing, np.ndarray):  # of objects
        return [thing.shape, *thing.ravel().tolist()]
    if isinstance(thing, types.CodeType):
        return [thing.co_code, thing.co_names, *thing.co_consts, thing.co_exceptiontable]
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if isinstance(thing, types.ModuleType):  # whose parts are read by name
        return []
    if _is_foreign(thing):  # but for what a decorator of others holds
        closure = getattr(thing, "__closure__", None)
        return [*map(_cell, closure or ())]
    if isinstance(thing, types.MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, types.FunctionType):
        return _of_function(thing)
    if isinstance(thing, type):
        return _of_class(thing)
    if inner := [getattr(thing, part) for part in _WITHIN if hasattr(thing, part)]:
        return inner
    return _of_object(thing)


def _of_function(function: types.FunctionType) -> list[Any]:
    around = [function.__defaults__, function.__kwdefaults__, function.__dict__]
    around += map(_cell, function.__closure__ or ())
    return [function.__code__, *around, *_read(function.__code__, function.__globals__)]


def _of_class(thing: type) -> list[Any]:
    """Bases and members; of the names that Python gives only those that do something."""
    members = [
        (name, member)
        for name, member in vars(thing).items()
        if not name.startswith("_abc_")
        and (
            not (name.startswith("__") and name.endswith("__"))
            or isinstance(member, types.FunctionType)
            or name == _FIELDS
        )
    ]
    return [*thing.__bases__, *(part for member in members for part in member)]


def _of_object(thing: Any) -> list[Any]:
    """The class of an object, and its state as `pickle` would keep it."""
    try:
        reduced = thing.__reduce_ex__(4)
    except Exception:  # of what cannot be kept, nothing is known
        return [type(thing)]
    if isinstance(reduced, str):
        return [type(thing), reduced]
    return [type(thing), *(list(part) if isinstance(part, Iterator) else part for part in reduced)]


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
    read = names(code)
    for name in read:
        if name in known and not (name.startswith("__") and name.endswith("__")):
            yield from _with_parts(known[name], read)
    for module in _imported(code, known):
        yield from _with_parts(module, read)


def _with_parts(thing: Any, read: list[str]) -> Iterator[Any]:
    """A thing; of a module of the user's all that is read from it, as in `helpers.losses.mean`."""
    yield thing
    if isinstance(thing, types.ModuleType) and not _is_foreign(thing):
        for part in (vars(thing)[name] for name in read if name in vars(thing)):
            if part is not thing:
                yield from _with_parts(part, read)


def _imported(code: types.CodeType, known: dict[str, Any]) -> Iterator[types.ModuleType]:
    """Modules of the user's own that code imports when it is called."""
    before: list[Any] = [None, None]
    for each in dis.get_instructions(code):
        if each.opname == "IMPORT_NAME":
            package, name, level = known.get("__package__"), str(each.argval), before[0] or 0
            module = _own_module(name, level, package)
            if module is not None:
                yield module
                for part in before[1] or () if hasattr(module, "__path__") else ():
                    inner_module = _own_module(f"{module.__name__}.{part}", 0, None)
                    if inner_module is not None:
                        yield inner_module
        before = [before[1], each.argval]
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _imported(inner, known)


def _own_module(name: str, level: int, package: str | None) -> types.ModuleType | None:
    try:
        whole = importlib.util.resolve_name("." * level + name, package)
        found = importlib.util.find_spec(whole)
        if found is None or found.origin in (None, "built-in", "frozen"):
            return None
        if is_installed(whole) or is_installed_file(found.origin):
            return None
        return importlib.import_module(whole)
    except Exception:  # what cannot be imported now fails where it is called, and says so there
        return None
