"""Which code a function is: its source, and that of what it refers to of the user's own."""

from __future__ import annotations

import hashlib
import inspect
import sys
import sysconfig
import textwrap
import types
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from typing import Any, Final

from grokphase.errors import GrokphaseError

_INSTALLED: Final = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_WITHIN: Final = ("__func__", "__wrapped__", "fget", "fset")  # functions in members of a class
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None))


def digest(function: types.FunctionType) -> str:
    """The identity of a function: 16 hexadecimal digits of the SHA-256 of all that it consists of.

    That is its source; that of functions and classes of the user's own that it names, those that
    they name, and so on; plain constants (numbers, texts, lists of them) that any of these reads
    from its module or from around it; and the version of the package that holds the function.
    What is installed counts by its name alone: which version of a library was used is found in the
    record of the run.

    Raises:
        GrokphaseError: if its source cannot be found.

    Example:
        >>> def train(settings, report): ...
        >>> len(digest(train))
        16
    """
    parts = sorted(f"{name}\n{text}" for name, text in _parts(function).items())
    return hashlib.sha256("\n\n".join(parts).encode()).hexdigest()[:16]


def package_version(function: Callable[..., Any]) -> str | None:
    """The version of what holds a function: its package's, or its module's `__version__`.

    Example:
        >>> import numpy as np
        >>> package_version(np.mean) == np.__version__
        True
    """
    module = function.__module__ or ""
    top = module.partition(".")[0]
    for name in packages_distributions().get(top, []):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    for holder in (module, top):
        if text := getattr(sys.modules.get(holder), "__version__", None):
            return str(text)
    return None


def _parts(function: types.FunctionType) -> dict[str, str]:
    """Every function, class and constant that makes a function what it is, by a name, as text."""
    found = {"version": package_version(function) or ""}
    waiting: list[tuple[str, Any]] = [(function.__qualname__, function)]
    while waiting:
        name, thing = waiting.pop()
        if name in found:
            continue
        found[name] = _source(thing) if _is_code(thing) else _text(thing)
        if _is_code(thing):
            waiting += _named(thing)
    return found


def _source(thing: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError):
        raise GrokphaseError(
            f"The source of {thing.__qualname__} cannot be found, so that its runs could not be "
            "told from those of other code; put it into a file, or give it a name of yours: "
            'gp.Trainer(train, name="my-model v1").'
        ) from None


def _is_code(thing: Any) -> bool:
    return isinstance(thing, types.FunctionType | type)


def _is_own(thing: Any) -> bool:
    """Whether a module, function or class is the user's: neither of Python nor installed."""
    name = thing.__name__ if isinstance(thing, types.ModuleType) else thing.__module__ or ""
    file = getattr(sys.modules.get(name), "__file__", None)
    if name.partition(".")[0] in ("grokphase", *sys.builtin_module_names):
        return False
    return file is None or not file.startswith(_INSTALLED)


def _named(thing: Any) -> Iterator[tuple[str, Any]]:
    """What code reads by a name, where that is code of the user's own or a plain constant."""
    for name, value in _read(thing):
        meant = inspect.unwrap(value) if callable(value) else value
        if _is_code(meant):
            if _is_own(meant):
                yield f"{meant.__module__}:{meant.__qualname__}", meant
        elif _is_plain(meant):
            yield f"{thing.__module__}.{name}", meant


def _read(thing: Any) -> Iterator[tuple[str, Any]]:
    """Names and values that a function, or a class and its methods, read from around them."""
    if isinstance(thing, type):
        yield from ((base.__qualname__, base) for base in thing.__bases__)
        for member in vars(thing).values():
            for part in (member, *(getattr(member, of, None) for of in _WITHIN)):
                if isinstance(part, types.FunctionType):
                    yield from _read(part)
        return
    cells = zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True)
    known = {**thing.__globals__, **{name: _content(cell) for name, cell in cells}}
    for name in (each for each in names(thing.__code__) if each in known):
        value = known[name]
        yield name, value
        if isinstance(value, types.ModuleType) and _is_own(value):  # as in helpers.loss
            of = vars(value)
            yield from (
                (f"{name}.{part}", of[part]) for part in names(thing.__code__) if part in of
            )


def names(code: types.CodeType | None) -> list[str]:
    """All names in some code, and in the functions within it; none where there is no code."""
    if code is None:
        return []
    inner = (names(each) for each in code.co_consts if isinstance(each, types.CodeType))
    return [*code.co_names, *code.co_freevars, *(name for found in inner for name in found)]


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet filled: a function that names itself
        return None


def _is_plain(value: Any) -> bool:
    """Whether the text of a value says all of it."""
    if isinstance(value, dict):
        return all(map(_is_plain, (*value.keys(), *value.values())))
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def _text(value: Any) -> str:
    """A plain value as text, that of a set the same in every process."""
    if isinstance(value, set | frozenset):
        return repr(sorted(map(_text, value)))
    if isinstance(value, list | tuple):
        return repr([_text(each) for each in value])
    if isinstance(value, dict):
        return repr([(_text(key), _text(each)) for key, each in value.items()])
    return repr(value)
